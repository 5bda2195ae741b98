"""Delimited text with a header: where its rows are, and a row as named cells."""

import csv
import io
import re
from collections.abc import Iterator, Mapping, Sequence

import msgspec

from gatewatch.errors import SourceError
from gatewatch.model.moment import tellable
from gatewatch.sources.registers.encodings import Text
from gatewatch.sources.registers.format import Frame

JOIN = "\n"
"""Between the parts of a context; none of them can hold it."""
FIXED = "fixed"
_WORDS = re.compile(r"\S+(?: \S+)*")
_QUOTE = b'"'


class Shape(msgspec.Struct, frozen=True):
    """How the header of a table stands: rows before it, and rows that make it."""

    delimiter: str
    skip: int = 0
    header: int = 1


class Context(msgspec.Struct, frozen=True):
    """What a row needs beside its own bytes."""

    encoding: str
    delimiter: str
    header: tuple[str, ...]
    starts: tuple[int, ...] = ()
    """Of columns of fixed width, in characters."""

    def __str__(self) -> str:
        starts = " ".join(map(str, self.starts))
        return JOIN.join((self.encoding, self.delimiter, starts, *self.header))


def context_of(text: str) -> Context:
    """The context that `str` gave; an empty file has none."""
    if not text:
        return Context("utf-8", ",", ())
    encoding, delimiter, starts, *header = text.split(JOIN)
    return Context(encoding, delimiter, tuple(header), tuple(map(int, starts.split())))


def frame(part: str, text: Text, shape: Shape, columns: Sequence[str], start: int = 0) -> Frame:
    """Rows after the header, which is their context. Unknown and missing columns are named.

    `start` is where the table begins, behind comments.
    """
    at = max(start, text.start)
    if not text.data[at:].strip():
        return Frame(start=at, end=len(text.data))
    for _ in range(shape.skip):
        at = _line_end(text.data, at)
    rows, at = _header_rows(text, at, shape.header)
    header, starts = _header(text, rows, shape)
    gone = [column for column in columns if column not in header]
    if columns and len(gone) == len(columns):
        raise SourceError(f"{part}: none of the columns {', '.join(columns)} is in the first line")
    strange = tuple(f"column {name}" for name in header if name and name not in columns)
    twice = tuple(f"column {name} is there twice" for name in columns if header.count(name) > 1)
    context = Context(text.encoding, shape.delimiter, header, starts)
    return Frame(
        start=at,
        end=len(text.data),
        records=quoted_rows(text.data[at:], context),
        context=str(context),
        unknown=(*strange, *(f"column {name} is missing" for name in gone), *twice),
    )


def _header_rows(text: Text, at: int, count: int) -> tuple[list[bytes], int]:
    """The rows of the header, each with the line ends that its quotes hold, and where they end."""
    rows = []
    for _ in range(count):
        end = _line_end(text.data, at)
        while text.data[at:end].count(_QUOTE) % 2 and end < len(text.data) and end - at < 65536:
            end = _line_end(text.data, end)
        rows.append(text.data[at:end])
        at = end
    return rows, at


def _header(text: Text, rows: list[bytes], shape: Shape) -> tuple[tuple[str, ...], tuple[int, ...]]:
    if not rows:
        first = text.data[text.start : _line_end(text.data, text.start)]
        width = len(cells(first, Context(text.encoding, shape.delimiter, ())))
        return tuple(str(n) for n in range(1, width + 1)), ()
    if shape.delimiter == FIXED:
        line = rows[-1].decode(text.encoding, "backslashreplace")
        found = [(word[0], word.start()) for word in _WORDS.finditer(line)]
        return tuple(name for name, _ in found), tuple(at for _, at in found)
    lines = [cells(row, Context(text.encoding, shape.delimiter, ())) for row in rows]
    width = max(map(len, lines))
    padded = [[*line, *[""] * (width - len(line))] for line in lines]
    return tuple(" ".join(filter(None, column)) for column in zip(*padded, strict=True)), ()


def _line_end(data: bytes, at: int) -> int:
    end = data.find(b"\n", at)
    return len(data) if end < 0 else end + 1


def quoted_rows(data: bytes, context: Context) -> tuple[bytes, ...] | None:
    """Rows of a file with quotes; None if no quoted cell holds a line end, so that lines are rows.

    A quote that is only a sign (an inch) must not swallow the rows up to the next one: lines are
    joined to a row only if that gives the number of cells there should be.
    """
    if _QUOTE not in data:
        return None
    lines = _lines(data)
    if all(line.count(_QUOTE) % 2 == 0 for line in lines):
        return None
    rows: list[bytes] = []
    at = 0
    while at < len(lines):
        end = _closing(lines, at)
        row = b"".join(lines[at:end])
        if end - at > 1 and not _one_row(row, context):
            end, row = at + 1, lines[at]
        rows.append(row)
        at = end
    return tuple(rows)


def _closing(lines: Sequence[bytes], at: int) -> int:
    """Behind the line that closes the quote which the line at `at` leaves open."""
    if lines[at].count(_QUOTE) % 2 == 0:
        return at + 1
    for other in range(at + 1, len(lines)):
        if lines[other].count(_QUOTE) % 2:
            return other + 1
    return at + 1


def _lines(data: bytes) -> list[bytes]:
    return [line + b"\n" for line in data.removesuffix(b"\n").split(b"\n")]


def _one_row(row: bytes, context: Context) -> bool:
    try:
        found = list(_reader(_text(row, context.encoding), context.delimiter))
    except csv.Error:
        return False
    return len(found) == 1 and len(found[0]) == len(context.header)


def cells(record: bytes, context: Context) -> list[str]:
    """The cells of one row, stripped of outer spaces; undecodable bytes are spelt out."""
    text = _text(record, context.encoding)
    if context.delimiter == FIXED:
        starts = (0, *context.starts[1:])
        ends = (*starts[1:], len(text))
        return [text[a:b].strip() for a, b in zip(starts, ends, strict=True)]
    try:
        rows = list(_reader(text, context.delimiter))
    except csv.Error:
        return [cell.strip() for cell in text.split(context.delimiter)]
    return [" ".join(cell.split()) for cell in rows[0]] if rows else []


def crosses(record: bytes, context: Context) -> bool:
    """Whether text of a row with columns of fixed width lies over a border: its cells are cut
    anywhere then, and what each of them says is not what was published."""
    if context.delimiter != FIXED:
        return False
    text = _text(record, context.encoding)
    return any(text[at - 1 : at].strip() and text[at : at + 1].strip() for at in context.starts[1:])


def _reader(text: str, delimiter: str) -> Iterator[list[str]]:
    return csv.reader(io.StringIO(text), delimiter=delimiter, skipinitialspace=delimiter != " ")


def _text(record: bytes, encoding: str) -> str:
    return record.decode(encoding, "backslashreplace").replace("\0", "\\x00")


def named(header: Sequence[str], row: Sequence[str]) -> Mapping[str, str] | None:
    """A row by column name; None if it has another number of cells than the header. Empty cells
    behind the last column are only separators."""
    width = len(header)
    if len(row) < width or any(row[width:]):
        return None
    if len({*header}) == width:
        return dict(zip(header, row[:width], strict=True))
    told: dict[str, str] = {}
    for name, cell in zip(header, row[:width], strict=True):
        # Cells under one name are several values, a line each.
        told[name] = "\n".join(filter(None, (told.get(name), cell)))
    return told


def day(text: str, order: str) -> str | None:
    """A day such as 26.07.2017 in ISO; `order` is a strptime format. None if it is not one."""
    from datetime import datetime

    try:
        when = datetime.strptime(text.strip(), order).date()  # noqa: DTZ007 - a day has no zone
    except ValueError:
        return None
    return when.isoformat() if tellable(when) else None
