"""Rows of a PDF: lines of its text by an expression, or its tables."""

import io
import re
from collections.abc import Iterator
from typing import Any

from gatewatch.errors import SourceError, needs
from gatewatch.model.expression import compiled
from gatewatch.model.register import Declared
from gatewatch.model.unread import may_name
from gatewatch.sources.registers.layouts import UNREAD, Rows, row_of
from gatewatch.sources.registers.layouts.grid import named, plain

_MOST_PAGES = 2000
_NUMBERED = re.compile(r"\(?\d{1,6}[.)]\s+\S")
_WRAPPED = ("-", ".", "/", "_")
"""A line that ends with one of these within a cell was broken in the middle of a word."""


def rows(part: str, data: bytes, how: Declared) -> Rows:
    """With `how.line` a row a line of text, else a row a row of the tables."""
    with needs("documents"):
        import pdfplumber
        from pdfplumber.utils.exceptions import PdfminerException
    try:
        with pdfplumber.open(io.BytesIO(data)) as document:
            pages = document.pages[:_MOST_PAGES]
            head = (pages[0].extract_text() or "") if pages else ""
            found = list(_lines(pages, how.line) if how.line else _tables(pages, how))
    except (PdfminerException, ValueError, TypeError, KeyError, OSError) as fault:
        raise SourceError(f"{part}: no PDF, or damaged: {fault}") from None
    return Rows(found, head, complete=b"%%EOF" in data[-2048:])


def _lines(pages: list[Any], line: str) -> Iterator[dict[str, str]]:
    expression = compiled(line)
    for page in pages:
        above = ""
        for text in map(plain, (page.extract_text() or "").splitlines()):
            found = expression.search(text)
            if found:
                yield row_of(found, text)
            else:
                yield from _passed_over(above, text)
            above = "" if found else text
        page.close()


def _passed_over(above: str, text: str) -> Iterator[dict[str, str]]:
    """A line that is not like the expression and yet names something or begins like a record;
    headings and numbers of pages are none. A name may be broken at the end of the line above."""
    if may_name(text) or _NUMBERED.match(text):
        yield {UNREAD: text}
    if above and text:
        joined = above.rsplit(maxsplit=1)[-1] + text.split(maxsplit=1)[0]
        if set(may_name(joined)) - {*may_name(above), *may_name(text)}:
            yield {UNREAD: joined}


def _tables(pages: list[Any], how: Declared) -> Iterator[dict[str, str]]:
    grid: list[list[str]] = []
    outside: dict[str, None] = {}
    for page in pages:
        beside = page
        for table in page.find_tables():
            grid += [[_cell(cell) for cell in row] for row in table.extract()]
            beside = beside.outside_bbox(table.bbox)
        outside.update(dict.fromkeys(map(plain, (beside.extract_text() or "").splitlines())))
        page.close()
    yield from named(grid, how)
    yield from ({UNREAD: text} for text in outside if may_name(text))


def _cell(cell: str | None) -> str:
    """The text of a cell; lines that were broken for want of room are joined."""
    joined = ""
    for line in map(plain, (cell or "").splitlines()):
        joined += line if not joined or joined.endswith(_WRAPPED) else f" {line}"
    return joined
