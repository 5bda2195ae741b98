"""Rows of a PDF: lines of its text by an expression, or its tables."""

import io
from collections.abc import Iterator
from typing import Any

from gatewatch.errors import SourceError, needs
from gatewatch.model.expression import compiled
from gatewatch.model.register import Declared
from gatewatch.sources.registers.layouts import Rows
from gatewatch.sources.registers.layouts.grid import named, plain

_MOST_PAGES = 2000
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
        for text in (page.extract_text() or "").splitlines():
            found = expression.search(plain(text))
            if found:
                yield {name: value or "" for name, value in found.groupdict().items()}
        page.close()


def _tables(pages: list[Any], how: Declared) -> Iterator[dict[str, str]]:
    grid = []
    for page in pages:
        for table in page.extract_tables():
            grid += [[_cell(cell) for cell in row] for row in table]
        page.close()
    yield from named(grid, how)


def _cell(cell: str | None) -> str:
    """The text of a cell; lines that were broken for want of room are joined."""
    joined = ""
    for line in map(plain, (cell or "").splitlines()):
        joined += line if not joined or joined.endswith(_WRAPPED) else f" {line}"
    return joined
