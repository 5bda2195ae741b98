"""Delimited text with a header line: where its rows are, and a row as named cells."""

import csv
import io
from collections.abc import Mapping, Sequence

from gatewatch.errors import SourceError, UsageError
from gatewatch.model import selector
from gatewatch.model.moment import tellable
from gatewatch.model.selector import Selector
from gatewatch.sources.registers.format import Frame

_BOMS = (b"\xef\xbb\xbf", b"\xc3\xaf\xc2\xbb\xc2\xbf")
"""A byte order mark, and one that was encoded a second time."""
JOIN = "\n"
"""Between column names in a context; none of them can hold it."""


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
    twice = tuple(f"column {name} is there twice" for name in columns if header.count(name) > 1)
    rest = data[end_of_header:]
    rows = quoted_rows(rest, encoding, delimiter, len(header))
    return Frame(
        start=end_of_header,
        end=len(data),
        records=rows,
        context=JOIN.join(header),
        complete=True,
        unknown=unknown + gone + twice,
    )


def quoted_rows(data: bytes, encoding: str, delimiter: str, width: int) -> tuple[bytes, ...] | None:
    """Rows of a file with quotes; None if no quoted cell holds a line end, so that lines are rows.

    A quote that is only a sign (an inch) must not swallow the rows up to the next one: lines are
    joined to a row only if that gives the number of cells there should be.
    """
    if b'"' not in data:
        return None
    lines = _lines(data)
    if all(line.count(b'"') % 2 == 0 for line in lines):
        return None
    rows: list[bytes] = []
    at = 0
    while at < len(lines):
        end = _closing(lines, at)
        row = b"".join(lines[at:end])
        if end - at > 1 and not _one_row(row, encoding, delimiter, width):
            end, row = at + 1, lines[at]
        rows.append(row)
        at = end
    return tuple(rows)


def _closing(lines: Sequence[bytes], at: int) -> int:
    """Behind the line that closes the quote which the line at `at` leaves open."""
    if lines[at].count(b'"') % 2 == 0:
        return at + 1
    for other in range(at + 1, len(lines)):
        if lines[other].count(b'"') % 2:
            return other + 1
    return at + 1


def _lines(data: bytes) -> list[bytes]:
    return [line + b"\n" for line in data.removesuffix(b"\n").split(b"\n")]


def _one_row(row: bytes, encoding: str, delimiter: str, width: int) -> bool:
    try:
        found = list(csv.reader(io.StringIO(_text(row, encoding)), delimiter=delimiter))
    except csv.Error:
        return False
    return len(found) == 1 and len(found[0]) == width


def cells(record: bytes, encoding: str, delimiter: str) -> list[str]:
    """The cells of one row, stripped of outer spaces; undecodable bytes are spelt out."""
    text = _text(record, encoding)
    try:
        rows = list(csv.reader(io.StringIO(text), delimiter=delimiter))
    except csv.Error:
        return [cell.strip() for cell in text.split(delimiter)]
    return [" ".join(cell.split()) for cell in rows[0]] if rows else []


def _text(record: bytes, encoding: str) -> str:
    return record.decode(encoding, "backslashreplace").replace("\0", "\\x00")


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
        when = datetime.strptime(text.strip(), order).date()  # noqa: DTZ007 - a day has no zone
    except ValueError:
        return None
    return when.isoformat() if tellable(when) else None
