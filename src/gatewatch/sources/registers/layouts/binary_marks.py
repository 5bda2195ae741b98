"""Which cells of a binary workbook are struck out: xls ([MS-XLS] within [MS-CFB]) and xlsb
([MS-XLSB])."""

import io
import posixpath
import zipfile
from collections.abc import Iterable, Iterator
from struct import Struct, error, unpack_from

from gatewatch.sources.registers.layouts.binary_texts import struck_parts
from gatewatch.sources.registers.layouts.sheet_marks import Marks

_OLE = b"\xd0\xcf\x11\xe0\xa1\xb1\x1a\xe1"
_BOOK, _STYLES = "xl/workbook.bin", "xl/styles.bin"
_STRUCK = 0x0008
"""The bit of a font, in both formats."""
_HEAD = Struct("<HH")
_SHIFTS = frozenset({9, 12})
"""Sectors have 512 or 4,096 bytes ([MS-CFB] 2.2)."""
_FREE = 0xFFFFFFF0
"""Numbers of sectors from here on end a chain."""
_XLS_FONT, _XLS_XF, _XLS_SHEET, _XLS_EOF = 0x31, 0xE0, 0x85, 0x0A
_XLS_CELLS = frozenset({0x0006, 0x00FD, 0x0203, 0x0204, 0x0205, 0x027E})
"""Formula, shared text, number, text, truth, small number: each begins with row, column, format."""
_XLS_SHARED, _XLS_TEXTS, _XLS_GOES_ON = 0x00FD, 0x00FC, 0x003C
_MISSING_FONT = 4
"""No font has this number ([MS-XLS] 2.5.129)."""
_XLSB_FONT, _XLSB_XF, _XLSB_XFS, _XLSB_SHEET = 43, 47, (617, 618), 156
_XLSB_CELLS = range(1, 12)
Record = tuple[int, bytes]


def is_binary(data: bytes) -> bool:
    """Whether a file is a workbook of either kind."""
    if data.startswith(_OLE):
        return True
    if not data.startswith(b"PK"):
        return False
    with zipfile.ZipFile(io.BytesIO(data)) as book:
        return _BOOK in book.namelist()


def marks(data: bytes, sheet: str) -> Marks:
    """The struck cells of one sheet. Raises ValueError, KeyError, zipfile.BadZipFile or lxml's
    XMLSyntaxError for a damaged file."""
    found = Marks()
    try:
        if data.startswith(_OLE):
            _xls(data, sheet, found)
        else:
            found.struck.update(_xlsb(data, sheet))
    except (error, IndexError) as fault:
        raise ValueError(f"records end within a value: {fault}") from None
    return found


def _xls(data: bytes, sheet: str, found: Marks) -> None:
    stream = _stream(data)
    fonts: list[bool] = []
    formats: list[int] = []
    start = None
    for kind, body in _xls_records(stream, 0):
        if kind == _XLS_FONT:
            fonts.append(bool(unpack_from("<H", body, 2)[0] & _STRUCK))
        elif kind == _XLS_XF:
            formats.append(unpack_from("<H", body)[0])
        elif kind == _XLS_SHEET and _xls_name(body) == sheet:
            start = unpack_from("<I", body)[0]
    numbers = {n + (n >= _MISSING_FONT) for n, struck in enumerate(fonts) if struck}
    struck = {n for n, font in enumerate(formats) if font in numbers}
    if not numbers or start is None:
        return
    parts = struck_parts(_xls_texts(stream), numbers)
    for kind, body in _xls_records(stream, start):
        if kind in _XLS_CELLS:
            row, column, form = unpack_from("<HHH", body)
            if form in struck:
                found.struck.add((row, column))
            elif kind == _XLS_SHARED and (text := parts.get(unpack_from("<I", body, 6)[0])):
                found.shown[row, column] = text


def _xls_texts(stream: bytes) -> list[bytes]:
    """The record of shared texts, with those that go on with it."""
    found: list[bytes] = []
    for kind, body in _xls_records(stream, 0):
        if kind == _XLS_TEXTS or (found and kind == _XLS_GOES_ON):
            found.append(body)
        elif found:
            break
    return found


def _xls_name(body: bytes) -> str:
    length, wide = body[6], body[7] & 1
    return body[8 : 8 + length * (1 + wide)].decode("utf-16-le" if wide else "latin-1")


def _xls_records(stream: bytes, at: int) -> Iterator[Record]:
    while at + _HEAD.size <= len(stream):
        kind, size = _HEAD.unpack_from(stream, at)
        if kind == _XLS_EOF:
            return
        yield kind, stream[at + _HEAD.size : at + _HEAD.size + size]
        at += _HEAD.size + size


def _stream(data: bytes) -> bytes:
    """The workbook within a compound file. One too small for sectors of its own has no cells."""
    shift = unpack_from("<H", data, 30)[0]
    if shift not in _SHIFTS:
        raise ValueError(f"sectors of 2^{shift} bytes")
    size = 1 << shift
    tables = [one for one in unpack_from("<109I", data, 76) if one < _FREE]
    further = unpack_from("<I", data, 68)[0]
    most = len(data) // size + 1
    for _ in range(most):
        if further >= _FREE:
            break
        *more, further = unpack_from(f"<{size // 4}I", data, (further + 1) * size)
        tables += [one for one in more if one < _FREE]
    following = [
        one for at in tables[:most] for one in unpack_from(f"<{size // 4}I", data, (at + 1) * size)
    ]

    def chain(at: int) -> bytes:
        held: list[bytes] = []
        while at < _FREE and len(held) <= most:
            held.append(data[(at + 1) * size : (at + 2) * size])
            at = following[at]
        return b"".join(held)

    folder = chain(unpack_from("<I", data, 48)[0])
    for at in range(0, len(folder), 128):
        length = unpack_from("<H", folder, at + 64)[0]
        name = folder[at : at + max(length - 2, 0)].decode("utf-16-le", "replace")
        if name in {"Workbook", "Book"}:
            first, whole = unpack_from("<II", folder, at + 116)
            return chain(first)[:whole] if whole >= unpack_from("<I", data, 56)[0] else b""
    return b""


def _xlsb(data: bytes, sheet: str) -> Iterator[tuple[int, int]]:
    from lxml import etree

    with zipfile.ZipFile(io.BytesIO(data)) as book:
        struck = _xlsb_struck(_xlsb_records(book.read(_STYLES)))
        if not struck:
            return
        safe = etree.XMLParser(resolve_entities=False, no_network=True, load_dtd=False)
        links = etree.fromstring(book.read("xl/_rels/workbook.bin.rels"), safe)
        targets = {str(one.get("Id")): str(one.get("Target")) for one in links}
        sheets = (b for kind, b in _xlsb_records(book.read(_BOOK)) if kind == _XLSB_SHEET)
        link = {name: link for link, name in map(_xlsb_sheet, sheets)}[sheet]
        path = posixpath.normpath(posixpath.join("/xl", targets[link])).lstrip("/")
        row = 0
        for kind, body in _xlsb_records(book.read(path)):
            if kind == 0:
                row = unpack_from("<I", body)[0]
            elif kind in _XLSB_CELLS:
                column, form = unpack_from("<II", body)
                if form & 0xFFFFFF in struck:
                    yield row, column


def _xlsb_struck(records: Iterable[Record]) -> set[int]:
    """Numbers of the formats of cells whose font is struck."""
    fonts: list[bool] = []
    formats: list[int] = []
    of_cells = False
    for kind, body in records:
        if kind == _XLSB_FONT:
            fonts.append(bool(unpack_from("<H", body, 2)[0] & _STRUCK))
        elif kind in _XLSB_XFS:
            of_cells = kind == _XLSB_XFS[0]
        elif kind == _XLSB_XF and of_cells:
            formats.append(unpack_from("<H", body, 4)[0])
    return {n for n, font in enumerate(formats) if font < len(fonts) and fonts[font]}


def _xlsb_sheet(body: bytes) -> tuple[str, str]:
    """The link and the name of a sheet."""
    texts, at = [], 8
    for _ in range(2):
        length = 2 * unpack_from("<I", body, at)[0]
        texts.append(body[at + 4 : at + 4 + length].decode("utf-16-le"))
        at += 4 + length
    return texts[0], texts[1]


def _xlsb_records(data: bytes) -> Iterator[Record]:
    at = 0
    while at < len(data):
        kind, at = _varied(data, at, 2)
        size, at = _varied(data, at, 4)
        yield kind, data[at : at + size]
        at += size


def _varied(data: bytes, at: int, most: int) -> tuple[int, int]:
    """A number in groups of seven bits, and where it ends. A kind keeps no marks of its bytes."""
    number = 0
    for n in range(most):
        byte = data[at]
        at += 1
        number |= (byte & 0x7F) << (7 * n)
        if not byte & 0x80:
            break
    return number, at
