"""A list that its declaration describes: no code is needed (docs/add-a-register.md).

Lists of lines are compared and read line by line. A page, a tree, a sheet or a document is read
whole into rows of named cells, and the rows are compared.
"""

from collections.abc import Iterable, Iterator, Mapping, Sequence
from datetime import datetime
from typing import ClassVar

import msgspec

from gatewatch.errors import CatalogueError, SourceError
from gatewatch.model.expression import compiled
from gatewatch.model.moment import tellable
from gatewatch.model.register import LAYOUTS, Declared, Register
from gatewatch.model.unread import may_name
from gatewatch.sources.registers import encodings, folding, table
from gatewatch.sources.registers.dates import OF_COUNTRY, common_years, in_zone, says_nothing
from gatewatch.sources.registers.encodings import Text
from gatewatch.sources.registers.format import Fragment, Frame, Unread
from gatewatch.sources.registers.layouts import UNREAD, Rows, row_of, rows_of
from gatewatch.sources.registers.rows import RowReader, missing
from gatewatch.sources.registers.values import FIELDS as SELECTORS

_LINES = "lines"
_HEAD = 4096
_HINT = 8
"""As long as `sep=;` and its line end: a first line by which a spreadsheet knows the delimiter."""
_SHOWN = 400
_row = msgspec.json.Decoder(dict[str, str])


class DeclaredList:
    """Entries as the declaration's columns give them; identity is `id`, else the selectors."""

    companions: str | None = None
    marks: ClassVar[tuple[bytes, ...]] = ()

    def __init__(self, register: Register) -> None:
        self._how = register.declared or Declared()
        if self._how.layout not in LAYOUTS:
            raise CatalogueError(
                f"{register.id}: declared.layout is one of {', '.join(LAYOUTS)}, "
                f"not {self._how.layout!r}"
            )
        self._zone, self._country = register.zone, register.jurisdiction
        self.names_elements = self._how.layout == "xml" and bool(self._how.columns)
        """A tree without them lists nothing; an element named register is no mark of another
        format then."""
        self.default_path = register.default_path or "list.txt"
        self._rows = RowReader(register, self._how)

    def frame(self, part: str, data: bytes) -> Frame:
        if self._how.layout not in {"hosts", "table", "lines"}:
            return self._frame_rows(part, rows_of(part, data, self._how))
        text = encodings.detect(part, data, self._how.encodings, self._country)
        head = text.data[:_HEAD].decode(text.encoding, "replace")
        published, said, doubt = self._published(part, head)
        framed = (
            self._frame_table(part, text) if self._how.layout == "table" else _frame_lines(text)
        )
        if text.data is not data:
            framed = _apart_from_its_bytes(framed, text)
        return msgspec.structs.replace(
            framed, published_at=published, published_text=said, doubt=doubt
        )

    def parse(self, context: str, records: Sequence[bytes]) -> list[list[Fragment | Unread]]:
        if self._how.layout in {"hosts", "lines"}:
            encoding = context.partition(table.JOIN)[2]
            read = self._host if self._how.layout == "hosts" else self._line
            return [read(record.decode(encoding, "backslashreplace")) for record in records]
        if self._how.layout == "table":
            known = table.context_of(context)
            return [self._row(known, record) for record in records]
        return [self._whole_row(record) for record in records]

    def recut(self, part: str, data: bytes) -> tuple[bytes, ...] | None:
        """Quotes are looked at when the file is framed; there is no surer way."""
        del part, data
        return None

    fold = staticmethod(folding.fold)
    removal = staticmethod(folding.removal)

    def _frame_table(self, part: str, text: Text) -> Frame:
        shape = table.Shape(self._how.delimiter, self._how.skip, self._how.header)
        start = self._behind_comments(text)
        line = text.data[start : start + _HINT].partition(b"\n")[0].rstrip(b"\r")
        if line.lower() == b"sep=" + self._how.delimiter.encode():
            start += text.data[start:].find(b"\n") + 1
        framed = table.frame(part, text, shape, list(self._how.columns), start=start)
        if framed.context:
            known = table.context_of(framed.context)
            self._refuse_without(part, known.header)
            self._refuse_nameless(part, self._named_rows(text, framed, known))
            if self._how.filled:
                self._refuse_empty(part, self._named_rows(text, framed, known))
        return framed

    def _named_rows(
        self, text: Text, framed: Frame, known: table.Context
    ) -> Iterator[Mapping[str, str]]:
        for record in framed.records or _lines_of(text.data, framed):
            row = table.named(known.header, table.cells(record, known))
            if row and any(row.values()):
                yield row

    def _refuse_nameless(self, part: str, rows: Iterable[Mapping[str, str]]) -> None:
        """Rows of which not one says anything where their sites should stand list nothing."""
        sites = [c for c, field in self._how.columns.items() if field in SELECTORS]
        at = 0
        for at, row in enumerate(rows, 1):  # noqa: B007
            if any(row.get(one) and not says_nothing(row[one]) for one in sites):
                return
        if at:
            raise SourceError(f"{part}: no row says anything under {', '.join(sites)}")

    def _refuse_empty(self, part: str, rows: Iterable[Mapping[str, str]]) -> None:
        """A column that is there and says nothing is as good as missing."""
        held = list(rows)
        for column, share in self._how.filled.items():
            told = sum(1 for row in held if row.get(column))
            if held and told < share * len(held):
                raise SourceError(
                    f"{part}: the column {column} is filled in {told:,} of {len(held):,} rows"
                )

    def _frame_rows(self, part: str, found: Rows) -> Frame:
        published, said, doubt = self._published(part, found.head)
        read = [row for row in found.rows if UNREAD not in row]
        header = dict.fromkeys(name for row in read for name in row)
        if found.rows:
            self._refuse_without(part, self._told(found, header))
            self._refuse_empty(part, read)
        strange = [name for name in header if name not in self._how.columns]
        return Frame(
            records=tuple(msgspec.json.encode(row) for row in found.rows),
            context=self._how.layout,
            complete=found.complete,
            published_at=published,
            published_text=said,
            doubt=doubt,
            unknown=tuple(f"column {name}" for name in strange),
        )

    def _told(self, found: Rows, header: dict[str, None]) -> dict[str, None]:
        """Columns that say something somewhere: in a tree, what is empty everywhere is not there. A
        removal may well be."""
        told = {name for row in found.rows for name, value in row.items() if value}
        return {n: None for n in header if n in told or self._how.columns.get(n) == "removed"}

    def _refuse_without(self, part: str, header: Sequence[str] | dict[str, None]) -> None:
        """A list that lost the column of its names says something else than it means."""
        gone = missing(self._how, header)
        if gone:
            raise SourceError(
                f"{part}: the column {', '.join(gone)} is missing; there are "
                f"{', '.join(filter(None, header))[:_SHOWN] or 'none'}"
            )

    def _host(self, line: str) -> list[Fragment | Unread]:
        bare = line.strip().lstrip("\ufeff").partition(self._how.comment)[0].strip()
        return self._rows.host(bare) if bare else []

    def _line(self, line: str) -> list[Fragment | Unread]:
        text = line.strip().lstrip("\ufeff")
        if not text or text.startswith(self._how.comment):
            return []
        found = compiled(self._how.line or "").search(text)
        if found is None:
            return [Unread("not like the declared line", text, vital=bool(may_name(text)))]
        return self._rows.read(row_of(found, text), text)

    def _row(self, known: table.Context, record: bytes) -> list[Fragment | Unread]:
        found = table.cells(record, known)
        text = record.decode(known.encoding, "backslashreplace").strip()
        if not any(found) or text.startswith(self._how.comment):
            return []
        if table.crosses(record, known):
            # Where it goes on and where the next begins is not known: both readings weigh.
            both = f"{text}\n{'; '.join(filter(None, found))}"
            why = "text lies over the border of a column"
            return [Unread(why, both, vital=bool(may_name(both)))]
        if self._how.header and tuple(found) == known.header:
            return []
        row = table.named(known.header, found)
        if row is None:
            why = f"{len(found)} cells where {len(known.header)} are expected"
            return [Unread(why, text, vital=not _is_note(found, text))]
        return self._rows.read(row, text)

    def _whole_row(self, record: bytes) -> list[Fragment | Unread]:
        try:
            row = _row.decode(record)
        except (msgspec.DecodeError, UnicodeDecodeError) as fault:
            return [Unread(str(fault), record.decode("utf-8", "backslashreplace"))]
        if UNREAD in row:
            held = row[UNREAD]
            return [Unread("not like the declared line", held, vital=bool(may_name(held)))]
        text = "; ".join(filter(None, row.values()))
        if not any(row.get(column) for column in self._how.columns):
            return [Unread("nothing in a declared column", text)] if may_name(text) else []
        return self._rows.read(row, text)

    def _behind_comments(self, text: Text) -> int:
        """Where the header line of a table starts."""
        at = text.start
        while at < len(text.data):
            end = text.data.find(b"\n", at)
            end = len(text.data) if end < 0 else end + 1
            line = text.data[at:end].decode(text.encoding, "replace").lstrip("\ufeff")
            if not line.startswith(self._how.comment):
                break
            at = end
        return at

    def _published(self, part: str, head: str) -> tuple[datetime | None, str | None, str | None]:
        """The time that the file states, in UTC and as published, and what is doubtful about it.

        A declaration that says where it stands is held to it: a state dated by the day it was
        copied would be worse than one set aside."""
        if not self._how.published or not head.strip():
            return None, None, None
        found = compiled(self._how.published).search(head)
        said = found.group(1) if found else None
        if said is None:
            raise SourceError(f"{part}: no time of publication where 'published' looks for it")
        calendar = self._how.calendar or OF_COUNTRY.get(self._country)
        when = _stamp(common_years(said, calendar), self._how.published_format)
        if when is None or not tellable(when):
            raise SourceError(f"{part}: the time of publication {said!r} does not fit its format")
        known, doubt = in_zone(when, self._zone)
        return known, said, doubt


def _is_note(found: Sequence[str], text: str) -> bool:
    """Whether a line among rows is a title, a total or a footnote: words alone, in one cell."""
    return (
        sum(map(bool, found)) == 1
        and any(letter.isalpha() for letter in text)
        and not may_name(text)
    )


def _lines_of(data: bytes, framed: Frame) -> Iterator[bytes]:
    """One at a time: the first often says enough, of a file of any size."""
    at = framed.start
    while at < framed.end:
        end = data.find(b"\n", at, framed.end)
        end = framed.end if end < 0 else end + 1
        yield data[at:end]
        at = end


def _frame_lines(text: Text) -> Frame:
    return Frame(
        start=text.start,
        end=len(text.data),
        context=table.JOIN.join((_LINES, text.encoding)),
    )


def _apart_from_its_bytes(framed: Frame, text: Text) -> Frame:
    """Of a file whose records are cut from other bytes than its own: spans say nothing of it."""
    lines = text.data[framed.start : framed.end].splitlines(keepends=True)
    last = lines[-1] if lines and not lines[-1].endswith(b"\n") else b""
    return msgspec.structs.replace(
        framed,
        start=0,
        end=0,
        records=framed.records if framed.records is not None else tuple(lines),
        open_line=last,
    )


def _stamp(said: str, order: str | None) -> datetime | None:
    try:
        if order:
            return datetime.strptime(said, order)  # noqa: DTZ007 - placed in the register's zone
        return datetime.fromisoformat(said)
    except ValueError:
        return None
