"""What is kept of a page: names of headers, the title, a digest. No body."""

import re
from html import unescape

import msgspec
from blake3 import blake3

from gatewatch.model.measurement import Binary, body_bytes

# Classes and no flag: it needs no copy in small letters of what it looks through.
_TITLE = re.compile(
    rb"<[tT][iI][tT][lL][eE]\b[^<>]{0,400}>(.{0,600}?)</[tT][iI][tT][lL][eE]", re.DOTALL
)
_BARE_TITLE = re.compile(rb"<title>[^<]{1,128}</title", re.IGNORECASE)
"""A title that every test helper reads. Of one with an attribute, with an element in it or longer
than 128 characters some of them say "" (OONI's WebGetTitle and its forerunners)."""
_TITLE_WITHIN = 65_536
_MOST_LEAPS = 64
_T = (b"t", b"T")
_plain_headers = msgspec.json.Decoder(list[tuple[str, str]]).decode
_headers = msgspec.json.Decoder(list[tuple[str, str | Binary | None]]).decode
_header_map = msgspec.json.Decoder(dict[str, str | Binary | list[str] | None]).decode
_lower = str.lower
_DIGEST_BYTES = 16


def read_headers(listed: msgspec.Raw, named: msgspec.Raw) -> dict[str, str]:
    """Headers by lower-case name; of repeated ones the first."""
    try:
        if len(listed) > len("null"):
            try:  # as nearly all are
                return {name.lower(): value for name, value in reversed(_plain_headers(listed))}
            except msgspec.ValidationError:
                return {name.lower(): _text(value) for name, value in reversed(_headers(listed))}
        if len(named) > len("null"):
            return {
                name.lower(): value if type(value) is str else _text(value)
                for name, value in _header_map(named).items()
            }
    except (msgspec.DecodeError, UnicodeDecodeError):
        pass
    return {}


def header_names(named: msgspec.Raw) -> tuple[str, ...]:
    """The names of headers that are given by name, in lower case."""
    if len(named) <= len("null"):
        return ()
    try:
        return tuple(dict.fromkeys(map(_lower, _header_map(named))))
    except (msgspec.DecodeError, UnicodeDecodeError):
        return ()


def _text(value: str | Binary | list[str] | None) -> str:
    if isinstance(value, str):
        return value
    if isinstance(value, list):
        return value[0] if value else ""
    return body_bytes(value).decode("utf-8", "replace")


def digest(body: bytes) -> str:
    """BLAKE3 to 128 bits, after the name of what it is: SHA-256, which stood here bare, took a
    quarter of all that an encrypted page of 130 kB costs."""
    return f"blake3:{blake3(body).hexdigest(_DIGEST_BYTES)}"


def title_element(body: bytes) -> re.Match[bytes] | None:
    """The title's element. From one "<" to the next, which the C library finds many bytes at a time
    and an expression each by itself; among many of them the expression is the quicker."""
    at = body.find(b"<", 0, _TITLE_WITHIN)
    for _ in range(_MOST_LEAPS):
        if at < 0:
            return None
        if body[at + 1 : at + 2] in _T and (found := _TITLE.match(body, at, _TITLE_WITHIN)):
            return found
        at = body.find(b"<", at + 1, _TITLE_WITHIN)
    return _TITLE.search(body, at, _TITLE_WITHIN) if at >= 0 else None


def title_words(title: bytes) -> str:
    return _plain_title(title.decode("utf-8", "replace"))


def _plain_title(title: str) -> str:
    """A title as a reader sees it: without what HTML writes for letters, and one space for any."""
    return " ".join(unescape(title).split())


def title_there(told: str | None, found: re.Match[bytes] | None) -> str | None:
    """The title of the control's page as it was told, which is as it stands in the page; None where
    it is told empty and the probe's own is one that the helper could not read."""
    if told:
        return _plain_title(told)
    return None if found is not None and not _BARE_TITLE.match(found[0]) else told
