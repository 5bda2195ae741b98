"""Rows of a spreadsheet: xlsx, xlsm, xls, xlsb and ods."""

import io
import zipfile
from collections.abc import Callable, Iterator, Sequence
from contextlib import contextmanager
from datetime import date, datetime
from typing import Any

from gatewatch import config
from gatewatch.errors import SourceError, needs
from gatewatch.model.register import Declared
from gatewatch.model.unread import may_name
from gatewatch.sources.containers.expand import allowed
from gatewatch.sources.registers.layouts import Rows, binary_marks, opened_marks
from gatewatch.sources.registers.layouts.grid import named, plain
from gatewatch.sources.registers.layouts.sheet_marks import Marks, Place, marks
from gatewatch.sources.registers.rows import needed

UNCOMPUTED = "\u2192formula"
"""Stands in a cell whose formula nobody has computed."""


def rows(part: str, data: bytes, how: Declared) -> Rows:
    """The rows of one sheet, the first unless `how.sheet` names another."""
    with needs("documents"):
        from lxml import etree
        from python_calamine import CalamineError, CalamineWorkbook
    _refuse_bomb(part, data)
    try:
        with _panics_told():
            book = CalamineWorkbook.from_filelike(io.BytesIO(data))
            sheets = book.sheet_names
            if not sheets or (how.sheet and how.sheet not in sheets):
                raise SourceError(f"{part}: no sheet {how.sheet!r}; there are {', '.join(sheets)}")
            sheet = book.get_sheet_by_name(how.sheet or sheets[0])
            found = sheet.to_python(skip_empty_area=True)
            merged = sheet.merged_cell_ranges or []
        told = _reader(data)(data, how.sheet or sheets[0])
    except (
        *(CalamineError, OSError, ValueError, KeyError, StopIteration),
        *(zipfile.BadZipFile, etree.XMLSyntaxError),
    ) as fault:
        raise SourceError(f"{part}: no spreadsheet, or damaged: {fault}") from None
    grid = [[_text(cell) for cell in row] for row in found]
    start = sheet.start or (0, 0)
    links = _marked(grid, told, start)
    try:
        _spread(grid, merged, start)
    except ValueError as fault:
        raise SourceError(f"{part}: no spreadsheet, or damaged: {fault}") from None
    rows = named(grid, how, links if told.links else ())
    _refuse_uncomputed(part, rows, how)
    head = "\n".join(" ".join(row) for row in grid[:32])
    return Rows(rows, head)


@contextmanager
def _panics_told() -> Iterator[None]:
    """Turn a panic of the Rust library, which is no Exception, into a fault of the file."""
    try:
        yield
    except BaseException as fault:
        if type(fault).__name__ != "PanicException":
            raise
        raise ValueError(str(fault)) from None


def _reader(data: bytes) -> Callable[[bytes, str], Marks]:
    if binary_marks.is_binary(data):
        return binary_marks.marks
    return opened_marks.marks if opened_marks.is_opened(data) else marks


def _marked(grid: list[list[str]], told: Marks, start: Place) -> list[list[str]]:
    """Write what is told of cells into a grid that begins at `start`; a grid of the links."""
    links = [[""] * len(row) for row in grid]

    def at(place: Place) -> tuple[int, int] | None:
        row, column = place[0] - start[0], place[1] - start[1]
        inside = 0 <= row < len(grid) and 0 <= column < len(grid[row])
        return (row, column) if inside else None

    for place, text in (*told.shown.items(), *((p, UNCOMPUTED) for p in told.formulas)):
        if spot := at(place):
            grid[spot[0]][spot[1]] = _text(text)
    for place in told.struck:
        if (spot := at(place)) and may_name(text := grid[spot[0]][spot[1]]):
            grid[spot[0]][spot[1]] = f"~~{text.replace('~~', '')}~~"
    for place, address in told.links.items():
        if spot := at(place):
            links[spot[0]][spot[1]] = address
    return links


def _spread(grid: list[list[str]], merged: Sequence[tuple[Place, Place]], start: Place) -> None:
    """Say what a cell over several rows says in each of them, as on a page. No cell is part of two,
    and so all together have no more than the sheet: ValueError where they do."""
    room = sum(map(len, grid))
    for (top, left), (bottom, _) in merged:
        row, column = top - start[0], left - start[1]
        if not (0 <= row < len(grid) and 0 <= column < len(grid[row])):
            continue
        under = grid[row + 1 : bottom - start[0] + 1]
        room -= len(under)
        if room < 0:
            raise ValueError("cells are parts of several others")
        for below in under:
            if column < len(below):
                below[column] = below[column] or grid[row][column]


def _refuse_uncomputed(part: str, rows: list[dict[str, str]], how: Declared) -> None:
    """A list that names its sites by formulas and has none of their values names nobody."""
    wanted = needed(how)
    empty = sum(UNCOMPUTED in {row.get(column) for column in wanted} for row in rows)
    if empty:
        raise SourceError(
            f"{part}: {empty:,} of {len(rows):,} rows hold formulas without their values: open it "
            "in a program for spreadsheets and save it, or read a copy with values"
        )


def _refuse_bomb(part: str, data: bytes) -> None:
    """What a spreadsheet expands to is bounded as every other state is."""
    if not data.startswith(b"PK"):
        return
    try:
        size = sum(info.file_size for info in zipfile.ZipFile(io.BytesIO(data)).infolist())
    except (zipfile.BadZipFile, ValueError) as fault:
        raise SourceError(f"{part}: a damaged spreadsheet: {fault}") from None
    most = allowed(len(data), config.snapshot_limit())
    if size > most:
        raise SourceError(
            f"{part}: expands to more than {most:,} bytes; see GATEWATCH_MAX_SNAPSHOT"
        )


def _text(cell: Any) -> str:
    if isinstance(cell, datetime | date):
        return cell.isoformat().removesuffix("T00:00:00")
    if isinstance(cell, float) and cell.is_integer():
        return str(int(cell))
    lines = (plain(line) for line in str(cell).splitlines())
    return "\n".join(filter(None, lines))
