"""Rows of a spreadsheet: xlsx, xlsm, xls, xlsb and ods."""

import io
import zipfile
from datetime import date, datetime
from typing import Any

from gatewatch import config
from gatewatch.errors import SourceError, needs
from gatewatch.model.register import Declared
from gatewatch.sources.registers.layouts import Rows
from gatewatch.sources.registers.layouts.grid import named, plain


def rows(part: str, data: bytes, how: Declared) -> Rows:
    """The rows of one sheet, the first unless `how.sheet` names another."""
    with needs("documents"):
        from python_calamine import CalamineError, CalamineWorkbook
    _refuse_bomb(part, data)
    try:
        book = CalamineWorkbook.from_filelike(io.BytesIO(data))
        sheets = book.sheet_names
        if not sheets or (how.sheet and how.sheet not in sheets):
            raise SourceError(f"{part}: no sheet {how.sheet!r}; there are {', '.join(sheets)}")
        found = book.get_sheet_by_name(how.sheet or sheets[0]).to_python(skip_empty_area=True)
    except (CalamineError, OSError, ValueError) as fault:
        raise SourceError(f"{part}: no spreadsheet, or damaged: {fault}") from None
    grid = [[_text(cell) for cell in row] for row in found]
    head = "\n".join(" ".join(row) for row in grid[:32])
    return Rows(named(grid, how), head)


def _refuse_bomb(part: str, data: bytes) -> None:
    """What a spreadsheet expands to is bounded as every other state is."""
    if not data.startswith(b"PK"):
        return
    try:
        size = sum(info.file_size for info in zipfile.ZipFile(io.BytesIO(data)).infolist())
    except (zipfile.BadZipFile, ValueError) as fault:
        raise SourceError(f"{part}: a damaged spreadsheet: {fault}") from None
    if size > config.snapshot_limit():
        raise SourceError(
            f"{part}: expands to more than {config.snapshot_limit():,} bytes; see GATEWATCH_MAX_SNAPSHOT"
        )


def _text(cell: Any) -> str:
    if isinstance(cell, datetime | date):
        return cell.isoformat().removesuffix("T00:00:00")
    if isinstance(cell, float) and cell.is_integer():
        return str(int(cell))
    lines = (plain(line) for line in str(cell).splitlines())
    return "\n".join(filter(None, lines))
