"""Delimited text with a header line: where its rows are, and a row as named cells."""

import csv
import io
from collections.abc import Mapping, Sequence

from gatewatch.errors import SourceError, UsageError
from gatewatch.model import selector
from gatewatch.model.selector import Selector
from gatewatch.sources.format import Frame

_BOMS = (b"\xef\xbb\xbf", b"\xc3\xaf\xc2\xbb\xc2\xbf")
"""A byte order mark, and one that was encoded a second time."""


def frame(part: str, data: bytes, encoding: str, delimiter: str, columns: Sequence[str]) -> Frame:
    """Rows after the header line; the header is their context. Unknown columns are named."""
    start = next((len(bom) for bom in _BOMS if data.startswith(bom)), 0)
    if not data[start:].strip():
        return Frame(start=start, end=len(data))
    end_of_header = data.find(b"\n", start)
    end_of_header = len(data) if end_of_header < 0 else end_of_header + 1
    header = cells(data[start:end_of_header], encoding, delimiter)
    missing = [column for column in columns if column not in header]
    if len(missing) == len(columns):
        raise SourceError(f"{part}: none of the columns {', '.join(columns)} is in the first line")
    unknown = tuple(f"column {name}" for name in header if name and name not in columns)
    gone = tuple(f"column {name} is missing" for name in missing)
    rows = quoted_rows(data[end_of_header:], encoding) if b'"' in data else None
    return Frame(
        start=end_of_header,
        end=len(data),
        records=rows,
        context=delimiter.join(header),
        complete=True,
        unknown=unknown + gone,
    )


def quoted_rows(data: bytes, encoding: str) -> tuple[bytes, ...] | None:
    """Rows of a file with quotes; None if no quoted cell holds a line end, so that lines are rows."""
    if all(line.count(b'"') % 2 == 0 for line in data.splitlines()):
        return None
    del encoding
    rows: list[bytes] = []
    open_row = b""
    for line in data.splitlines(keepends=True):
        open_row += line
        if open_row.count(b'"') % 2 == 0:
            rows.append(open_row)
            open_row = b""
    return (*rows, open_row) if open_row else tuple(rows)


def cells(record: bytes, encoding: str, delimiter: str) -> list[str]:
    """The cells of one row, stripped of outer spaces; undecodable bytes are spelt out."""
    text = record.decode(encoding, "backslashreplace").replace("\0", "\\x00")
    try:
        rows = list(csv.reader(io.StringIO(text), delimiter=delimiter))
    except csv.Error:
        return [cell.strip() for cell in text.split(delimiter)]
    return [" ".join(cell.split()) for cell in rows[0]] if rows else []


def named(header: Sequence[str], row: Sequence[str]) -> Mapping[str, str] | None:
    """A row by column name; None if it has another number of cells than the header."""
    return dict(zip(header, row, strict=True)) if len(row) == len(header) else None


def site(text: str) -> Selector:
    """What lists of sites put in one column: a host, or a URL if there is a path."""
    bare = text.strip().rstrip("/")
    if "/" in bare.partition("://")[2] or ("/" in bare and "://" not in bare):
        return selector.url(text)
    return selector.domain(bare.partition("://")[2] or bare)


def try_site(text: str, problems: list[str]) -> tuple[tuple[Selector, ...], tuple[str, ...]]:
    """The selectors and the unparsed texts of one cell."""
    try:
        return (site(text),), ()
    except UsageError as problem:
        problems.append(str(problem))
        return (), (text,)


def day(text: str, order: str) -> str | None:
    """A day such as 26.07.2017 in ISO; `order` is a strptime format. None if it is not one."""
    from datetime import datetime

    try:
        return datetime.strptime(text.strip(), order).date().isoformat()  # noqa: DTZ007 - a day has no zone
    except ValueError:
        return None
