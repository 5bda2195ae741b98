"""In which encoding a text list is written: tried in order, and a wrong one is not believed."""

import re
from collections.abc import Sequence

import msgspec

from gatewatch.errors import SourceError
from gatewatch.sources.registers import plausible

_BOMS = (b"\xef\xbb\xbf", b"\xc3\xaf\xc2\xbb\xc2\xbf")
"""A byte order mark, and one that was encoded a second time."""
_WIDE = {b"\xff\xfe": "utf-16-le", b"\xfe\xff": "utf-16-be"}
_MAGIC = {
    b"%PDF": "a PDF",
    b"PK\x03\x04": "a zip archive or a spreadsheet",
    b"\xd0\xcf\x11\xe0": "an old Office file",
}
_PAGE = re.compile(
    rb"\s*(?:<!--.*?-->\s*)*<(?:!doctype\s+html|html|head|body)\b", re.IGNORECASE | re.DOTALL
)
_SAMPLE = 4096
_LEAST_PLAIN = 0.2
_NO_TEXT = re.compile("[\x00-\x08\x0e-\x1f\ufffd]")
_FEW_STRANGE = 1
_SHARE_STRANGE = 0.5
_SHARE_OF_ALL = 0.1
_CHARSET = re.compile(
    rb"""<meta\b[^>]*?charset\s*=\s*["']?\s*([A-Za-z0-9_-]{3,20})""", re.IGNORECASE
)
_STRUCTURED = re.compile(rb"\s*[\[{]\s*(?:[\"\[{\]}]|$)")


class Text(msgspec.Struct, frozen=True):
    """Bytes of a text list, the encoding they are in, and where the text begins behind its
    marks."""

    data: bytes
    encoding: str
    start: int


def detect(part: str, data: bytes, encodings: Sequence[str], country: str | None = None) -> Text:
    """The first encoding in which all of the bytes are text; UTF-8 first, if there is a sign of it.

    Bytes beyond ASCII that happen to be well-formed UTF-8 are UTF-8: a single-byte text is so by
    accident about once in 2^n for n such letters. One of its kin is taken if its words are no
    words in the first; `country` tells of which language they are. Raises SourceError for what is
    no text list.
    """
    _refuse(part, data)
    if form := wide(data):
        return Text(_narrow(part, data, form), "utf-8", 0)
    if b"\0" in data[:4096]:
        raise SourceError(f"{part}: zero bytes in it: no text, or damaged UTF-16")
    start = next((len(bom) for bom in _BOMS if data.startswith(bom)), 0)
    if b"\r" in data and b"\n" not in data:
        data = data.replace(b"\r", b"\n")  # lines as old spreadsheets and mainframes end them
    if data.isascii():
        return Text(data, encodings[0], start)
    for name in dict.fromkeys(("utf-8", *encodings)):
        try:
            data[start:].decode(name)
        except (UnicodeDecodeError, LookupError):
            continue
        rather = None if name == "utf-8" else plausible.better(data, name, country)
        return Text(data, rather or name, start)
    rather = plausible.better(data, encodings[0], country)
    _refuse_strange(part, data[start:], rather or encodings[0])
    return Text(data, rather or encodings[0], start)


def _refuse_strange(part: str, data: bytes, encoding: str) -> None:
    """A list of which many lines are no text in any encoding it may have is in another one. A few
    such lines, of those beyond ASCII or of all, are damage, and each is read as far as it can
    be."""
    every = data.splitlines()
    lines = [line for line in every if not line.isascii()]
    strange = sum(not _decodes(line, encoding) for line in lines)
    if strange > max(_FEW_STRANGE, _SHARE_STRANGE * len(lines), _SHARE_OF_ALL * len(every)):
        raise SourceError(
            f"{part}: {strange:,} of {len(lines):,} lines with letters beyond ASCII are no text in "
            f"{encoding}: another encoding?"
        )


def _decodes(line: bytes, encoding: str) -> bool:
    try:
        line.decode(encoding)
    except (UnicodeDecodeError, LookupError):
        return False
    return True


def wide(data: bytes) -> str | None:
    """The form of UTF-16 that bytes are in, by their mark or by their look; None for others.

    Read the wrong way round, hardly a letter is ASCII, and names of hosts are."""
    for mark, form in _WIDE.items():
        if data.startswith(mark):
            return form
    if b"\0" not in data[:_SAMPLE]:
        return None
    head = data[: _SAMPLE & ~1]
    plain = {form: _plain_share(head, form) for form in _WIDE.values()}
    best = max(plain, key=plain.__getitem__)
    return best if plain[best] >= _LEAST_PLAIN else None


def _plain_share(data: bytes, form: str) -> float:
    """How much of a text read so is visible ASCII; 0 where it holds what no text does."""
    text = data[: len(data) & ~1].decode(form, "replace").rstrip("\ufffd")
    if not text or _NO_TEXT.search(text):
        return 0.0
    return sum(sign.isascii() for sign in text) / len(text)


def in_utf_8(part: str, data: bytes) -> bytes:
    """Bytes in UTF-16 as UTF-8; others as they are."""
    form = wide(data)
    return _narrow(part, data, form) if form else data


def _narrow(part: str, data: bytes, form: str) -> bytes:
    try:
        return data.decode(form).removeprefix("\ufeff").encode()
    except UnicodeError:
        raise SourceError(f"{part}: damaged UTF-16") from None


def _refuse(part: str, data: bytes) -> None:
    for magic, what in _MAGIC.items():
        if data.startswith(magic):
            raise SourceError(f"{part}: {what}, not a text list: declare the layout it has")
    if _PAGE.match(data[:4096]):
        raise SourceError(f"{part}: a web page, not a text list")
    if _STRUCTURED.match(data[:256]) and data.rstrip().endswith((b"]", b"}")):
        raise SourceError(f'{part}: JSON, not a text list: declare layout = "json"')


def page_encoding(data: bytes, encodings: Sequence[str]) -> str:
    """The encoding of a web page: UTF-8 if all of it is, else the first declared, else its own
    word; one of its kin if its words are no words in that."""
    if is_utf_8(data):
        return "utf-8"
    said = _CHARSET.search(data[:4096])
    own = said[1].decode("ascii") if said else "windows-1252"
    name = next((name for name in encodings if name != "utf-8"), own)
    return plausible.better(data, name) or name


def is_utf_8(data: bytes) -> bool:
    """Whether all of it is UTF-8, whatever it says of itself."""
    try:
        data.decode()
    except UnicodeDecodeError:
        return False
    return True
