"""A row of named cells to what it says of an entry, by the columns of a declaration."""

import re
from collections.abc import Iterable, Mapping, Sequence
from hashlib import blake2b

from gatewatch.errors import CatalogueError
from gatewatch.model.entry import Decision, Entry, block_types
from gatewatch.model.expression import compiled
from gatewatch.model.register import Declared, Register
from gatewatch.model.selector import Selector
from gatewatch.model.unread import may_name
from gatewatch.sources.registers import cells
from gatewatch.sources.registers.dates import DateReader, months, says_nothing
from gatewatch.sources.registers.format import Fragment, Unread

FIELDS = frozenset(
    {
        *cells.FIELDS,
        "id",
        "body",
        "number",
        "date",
        "included",
        "removed",
        "ground",
        "block_type",
        "ignore",
    }
)
LINE = "line"
"""The one column of a list of hosts."""
ATTRIBUTE = "attribute:"
_LOGIN = re.compile(r"//[^/@\s]*@")
_NEVER = "9999"
_BLANKS = dict.fromkeys(map(ord, "\u00a0\u2007\u202f"), " ")
_SINK = re.compile(r"^(?:\d{1,3}(?:\.\d{1,3}){3}|::1?)\s+(?=[^\s/\u2013\u2014-])")
"""The address that a hosts file points its names at, whichever it is; not the begin of a range."""


class RowReader:
    """Rows of one declared list."""

    def __init__(self, register: Register, how: Declared) -> None:
        self._how = how
        self._columns = how.columns or {LINE: "selector"}
        self._days = DateReader(
            how.date_forms, months(how.months) if how.months else {}, how.century
        )
        self._rewrite = {
            column: [(compiled(expression), to) for expression, to in pairs]
            for column, pairs in how.rewrite.items()
        }
        self._where = {
            column: {value.casefold() for value in values} for column, values in how.where.items()
        }
        check(register.id, how)

    def host(self, text: str) -> list[Fragment | Unread]:
        """A line of a list of hosts. Behind a sink may stand several names."""
        bare = _SINK.sub("", text)
        if bare != text and " " in bare.strip():
            bare = "\n".join(bare.split())
        return self.read({LINE: bare}, text)

    def read(self, row: Mapping[str, str], text: str) -> list[Fragment | Unread]:
        """What one row says; `text` is the row as published."""
        row = self._corrected(row)
        if not any(row.values()):
            return []
        problems: list[str] = []
        removed = self._removed(row, problems)
        if not self._in_force(row) and removed is None:
            return []
        found, unread = self._selectors(row, problems)
        names = [s.value for s in found] or [word for word in unread if may_name(word)]
        entry_id = self._id(row) or " ".join(map(_named, names))
        if not entry_id:
            why = problems[0] if problems else "neither an id nor a selector in this row"
            return [Unread(why, text, vital=not problems)]
        entry = Entry(
            id=entry_id,
            selectors=found,
            decision=self._decision(row, problems),
            block_type=self._one(row, "block_type") or self._how.block_type or block_types(found),
            ground=self._one(row, "ground"),
            included_at=self._day(row, "included", problems),
            removed_at=removed,
            attributes=self._attributes(row),
            unparsed=unread,
        )
        return [Fragment(entry, problems=tuple(problems))]

    def _corrected(self, row: Mapping[str, str]) -> Mapping[str, str]:
        if not self._rewrite and not self._how.corrections:
            return row
        mended = dict(row)
        for column, pairs in self._rewrite.items():
            for expression, to in pairs:
                if column in mended:
                    # A blank that does not break is a blank to who writes an expression; RE2's \s
                    # has none.
                    blank = mended[column].translate(_BLANKS)
                    mended[column] = expression.sub(to, blank).strip()
        for column, known in self._how.corrections.items():
            if column in mended:
                mended[column] = known.get(mended[column], mended[column])
        return mended

    def _in_force(self, row: Mapping[str, str]) -> bool:
        return all(
            row.get(column, "").casefold() in values for column, values in self._where.items()
        )

    def _selectors(
        self, row: Mapping[str, str], problems: list[str]
    ) -> tuple[tuple[Selector, ...], tuple[str, ...]]:
        found: set[Selector] = set()
        unread: set[str] = set()
        for column, field in self._columns.items():
            if field not in cells.FIELDS or not row.get(column):
                continue
            cell = cells.read(row[column], field, self._how.separators)
            found.update(cell.found)
            unread.update(cell.unread)
            problems += cell.problems
        return tuple(sorted(found)), tuple(sorted(unread))

    def _id(self, row: Mapping[str, str]) -> str:
        return "/".join(self._all(row, "id"))

    def _all(self, row: Mapping[str, str], field: str) -> list[str]:
        return [row[c] for c, meant in self._columns.items() if meant == field and row.get(c)]

    def _one(self, row: Mapping[str, str], field: str) -> str | None:
        return next(iter(self._all(row, field)), None)

    def _day(
        self, row: Mapping[str, str], field: str, problems: list[str], *, past: bool = True
    ) -> str | None:
        text = self._one(row, field)
        if text is None or says_nothing(text):
            return None
        try:
            return self._days.day(text, past=past)
        except ValueError as problem:
            problems.append(f"{field} {problem}")
            return None

    def _removed(self, row: Mapping[str, str], problems: list[str]) -> str | None:
        """A day of removal that is there and cannot be read is no "not removed": it stays as
        text."""
        text = self._one(row, "removed")
        if text is None or _NEVER in text or says_nothing(text):
            return None
        return self._day(row, "removed", problems, past=False) or text

    def _decision(self, row: Mapping[str, str], problems: list[str]) -> Decision | None:
        body = self._one(row, "body") or self._how.body
        decision = Decision(body, self._one(row, "number"), self._day(row, "date", problems))
        return None if decision == Decision() else decision

    def _attributes(self, row: Mapping[str, str]) -> tuple[tuple[str, str], ...]:
        named = [
            (field.removeprefix(ATTRIBUTE), row[column])
            for column, field in self._columns.items()
            if field.startswith(ATTRIBUTE) and row.get(column)
        ]
        return tuple(sorted(named))


def check(register: str, how: Declared) -> None:
    """Refuse columns that mean nothing, and a declaration without a selector."""
    for column, field in how.columns.items():
        if field not in FIELDS and not field.startswith(ATTRIBUTE):
            raise CatalogueError(
                f"{register}: declared.columns.{column} is {field!r}; one of "
                f"{', '.join(sorted(FIELDS))} or {ATTRIBUTE}NAME"
            )
    if how.layout == "hosts" and not how.columns:
        return
    if how.layout == "lines" and how.line is None:
        raise CatalogueError(f"{register}: layout 'lines' needs declared.line, an expression")
    if how.line is not None:
        unnamed = [c for c in how.columns if c not in compiled(how.line).groupindex]
        if unnamed:
            raise CatalogueError(
                f"{register}: declared.line has no group named {', '.join(unnamed)}"
            )
    if not any(field in cells.FIELDS for field in how.columns.values()):
        raise CatalogueError(
            f"{register}: declared.columns names no column as {', '.join(sorted(cells.FIELDS))}"
        )
    for table in ("where", "rewrite", "corrections", "filled"):
        strange = getattr(how, table).keys() - {*how.columns, LINE}
        if strange:
            raise CatalogueError(
                f"{register}: declared.{table} names {', '.join(sorted(strange))}, "
                "which declared.columns does not"
            )


def needed(how: Declared) -> Sequence[str]:
    """The columns without which a state says something else than it means."""
    kinds = {*cells.FIELDS, "id", "removed"}
    meant = [column for column, field in how.columns.items() if field in kinds]
    return [*meant, *(c for c in (*how.where, *how.filled) if c not in meant)]


def missing(how: Declared, header: Iterable[str]) -> list[str]:
    """Those of them that a header lacks."""
    known = set(header)
    return [column for column in needed(how) if column not in known]


def _named(text: str) -> str:
    """A selector as a part of an entry's name, which is always shown: a path only as its digest."""
    text = _LOGIN.sub("//", text)
    _, _, rest = text.partition("://")
    host, _, path = rest.partition("/")
    if not path:
        return text
    return f"{host}/~{blake2b(text.encode('utf-8', 'backslashreplace'), digest_size=6).hexdigest()}"
