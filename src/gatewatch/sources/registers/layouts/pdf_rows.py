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
from gatewatch.sources.registers.values import FIELDS as SELECTORS

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
            found = list(_lines(pages, how) if how.line else _tables(pages, how))
    except (PdfminerException, ValueError, TypeError, KeyError, OSError) as fault:
        raise SourceError(f"{part}: no PDF, or damaged: {fault}") from None
    return Rows(found, head, complete=b"%%EOF" in data[-2048:])


def _lines(pages: list[Any], how: Declared) -> Iterator[dict[str, str]]:
    expression = compiled(how.line or "")
    for page in pages:
        above, open_name = "", ""
        for text in map(plain, (page.extract_text() or "").splitlines()):
            found = expression.search(text)
            row = row_of(found, text) if found else {}
            if open_name and text:
                # Whether the hyphen is the name's own is not known; the end by itself is no name.
                first = text.split(maxsplit=1)[0]
                yield {UNREAD: f"{open_name} {_site_alone(row, how) or first}"}
            if not found:
                yield from _passed_over(above, text)
            elif not (open_name and _site_alone(row, how)):
                yield row
            above = "" if found else text
            open_name = _open_name(row, how)
        page.close()


def _site_alone(row: dict[str, str], how: Declared) -> str:
    """The site of a row that says nothing else."""
    told = [name for name, value in row.items() if value]
    return row[told[0]] if len(told) == 1 and how.columns.get(told[0]) in SELECTORS else ""


def _open_name(row: dict[str, str], how: Declared) -> str:
    """A name in a row that was broken at its hyphen, and goes on in the next line."""
    sites = (value for name, value in row.items() if how.columns.get(name) in SELECTORS)
    return next((one for one in sites if one.endswith("-") and len(one) > 1), "")


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
