"""The table or the JSON in a file, as people have it: saved by a spreadsheet, with a title over its
head, with one record a line.

What it is not, it says: a page, a spreadsheet, an empty file.
"""

import csv
import io
import re
from collections.abc import Iterable, Iterator, Mapping
from typing import Any

import msgspec

from gatewatch.errors import SourceError

LIMIT = 64 << 20
"""Bytes of the longest file: Access Now's table of ten years has 2 MB."""
_SEPARATORS = ",;\t|"
_OVER_THE_HEAD = 10
"""Lines among which the head of a table stands."""
_NO_LETTER = re.compile(r"[^a-z0-9]+")
_PAGE = re.compile(r"\s*<(?:!doctype html|html|head|body|\?xml)\b", re.IGNORECASE)
_ZIPPED = b"PK\x03\x04"
_UTF16 = (b"\xff\xfe", b"\xfe\xff")


def text_in(data: bytes) -> str:
    """The text of a file, or SourceError where it has none."""
    if len(data) > LIMIT:
        raise SourceError(f"the file is longer than {LIMIT >> 20} MB")
    if data.startswith(_ZIPPED):
        raise SourceError("this is a spreadsheet or an archive: save the table as CSV")
    if data.startswith(_UTF16):
        text = data.decode("utf-16", "replace")
    else:
        try:
            text = data.decode("utf-8-sig")
        except UnicodeDecodeError:
            text = data.decode("cp1252", "replace")
    if not text.strip():
        raise SourceError("the file is empty")
    if _PAGE.match(text):
        raise SourceError("this is a page and no data: save the file that it links to")
    return text


def rows_of(
    data: bytes, columns: Iterable[str], aliases: Mapping[str, str] | None = None
) -> list[dict[str, str]] | None:
    """The rows of a table as records, blank ones as empty records, so that they count; None where
    the file is JSON. `columns`: the names that a reader knows, written in any case and with any
    marks between their words; `aliases`: other names of some of them."""
    text = text_in(data)
    if text.lstrip()[:1] in {"{", "["}:
        return None
    known = {_plain(name): name for name in columns}
    known |= {_plain(name): name_of for name, name_of in (aliases or {}).items()}
    lines = text.split("\n", _OVER_THE_HEAD)[:_OVER_THE_HEAD]
    best = max(
        (
            (_met(line, mark, known), -at, mark)
            for at, line in enumerate(lines)
            for mark in _SEPARATORS
        ),
        key=lambda one: one[:2],
    )
    met, at, mark = best
    start = -at if met else 0
    body = "\n".join(text.split("\n")[start:]) if start else text
    rows = csv.reader(io.StringIO(body, newline=""), delimiter=mark if met else ",")
    try:
        return list(_records(rows, known))
    except csv.Error as fault:
        raise SourceError(f"the table cannot be read: {fault}") from None


def _plain(name: str) -> str:
    return _NO_LETTER.sub("", name.casefold())


def _cells(line: str, mark: str) -> list[str]:
    try:
        return next(csv.reader([line], delimiter=mark), [])
    except csv.Error:
        return []


def _met(line: str, mark: str, known: Mapping[str, str]) -> int:
    """How many names of columns a line has, parted by a mark."""
    return len({_plain(cell) for cell in _cells(line, mark)} & known.keys())


def _records(rows: Iterator[list[str]], known: Mapping[str, str]) -> Iterator[dict[str, str]]:
    head = [known.get(_plain(name), name.strip()) for name in next(rows, [])]
    for row in rows:
        record = {name: cell for name, cell in zip(head, row, strict=False) if name}
        blank = not any(cell.strip() for cell in row)
        yield {} if blank else {name: record.get(name, "") for name in head if name}


def numbered(rows: Iterable[Any]) -> Iterator[tuple[int, Any]]:
    """Records with their numbers, without the blank rows of a table."""
    return ((number, row) for number, row in enumerate(rows, 1) if row != {})


def json_of(data: bytes) -> Any:
    """The JSON of a file; of one with a record on each line their list; or SourceError."""
    text = text_in(data)
    try:
        return msgspec.json.decode(text)
    except (msgspec.DecodeError, UnicodeError, RecursionError) as fault:
        why = str(fault)
    lines = [line for line in text.splitlines() if line.strip()]
    if len(lines) > 1 and all(line.lstrip()[:1] == "{" for line in lines):
        try:
            return [msgspec.json.decode(line) for line in lines]
        except (msgspec.DecodeError, UnicodeError, RecursionError) as fault:
            why = str(fault)
    raise SourceError(f"this is no JSON: {why}")
