"""The Czech Ministry of Finance's list of unlicensed gambling sites.

Semicolons, in a single-byte encoding or UTF-8. Until the end of 2023 one row a site with the days
of publication and of removal, then a payment account with the same two. Since March 2024 one row
an object: a site, an application or an account. What was removed stays in the file: the day in the
row counts.
"""

from collections.abc import Mapping, Sequence
from typing import ClassVar

import msgspec

from gatewatch.errors import SourceError
from gatewatch.model.entry import NO_SITE, Entry, block_types
from gatewatch.model.register import Register
from gatewatch.sources.registers import cells, encodings, folding, table
from gatewatch.sources.registers.dates import DateReader, says_nothing
from gatewatch.sources.registers.format import Fragment, Frame, Unread

_ENCODINGS = ("windows-1250", "iso8859-2")
_MARKS = ("Adresa Internetové", "Objekt blokace;Adresa")
_DAYS = DateReader(("%d.%m.%Y",))


class _Columns(msgspec.Struct, frozen=True):
    """The column of each fact, in small letters; attributes by the name they get."""

    site: str
    shown: str
    gone: str
    attributes: Mapping[str, str]
    ignored: tuple[str, ...] = ()

    @property
    def all(self) -> tuple[str, ...]:
        return (self.site, self.shown, self.gone, *self.attributes, *self.ignored)


_SITE = "adresa internetové stránky"
_ACCOUNT = "jedinečný identifikátor platebního účtu"
_BY_SITE = _Columns(
    _SITE,
    "datum zveřejnění údajů is",
    "výmaz zveřejněných údajů is",
    {
        _ACCOUNT: "account",
        "datum zveřejnění údajů pú": "account published",
        "výmaz zveřejněných údajů pú": "account removed",
    },
)
_BY_OBJECT = _Columns(
    site=_SITE,
    shown="datum zápisu a zveřejnění na seznamu",
    gone="datum výmazu a zveřejnění na seznamu",
    attributes={
        "název aplikace": "application",
        "identifikátor aplikace": "application id",
        "identifikátor aplikace; umístění aplikace": "application id",
        _ACCOUNT: "account",
        "důvody zápisu na seznam": "reasons",
    },
    ignored=("objekt blokace",),
)


class CzMfcr:
    """One entry an object: a site, or an account or application that names none."""

    default_path = "mfcr.csv"
    companions: str | None = None
    marks: ClassVar[tuple[bytes, ...]] = tuple(
        mark.encode(name) for mark in _MARKS for name in ("iso8859-2", "utf-8")
    )

    def __init__(self, register: Register) -> None:
        self._register = register

    def frame(self, part: str, data: bytes) -> Frame:
        text = encodings.detect(part, data, _ENCODINGS)
        framed = table.frame(part, text, table.Shape(";"), ())
        if not framed.context:
            return framed
        header = _small(table.context_of(framed.context).header)
        columns = _columns(header)
        if not {*columns.all} & {*header}:
            raise SourceError(f"{part}: none of the columns {', '.join(columns.all)} is in it")
        gone = [name for name in (columns.site, columns.gone) if name not in header]
        if gone:
            raise SourceError(f"{part}: the column {', '.join(gone)} is missing")
        written = table.context_of(framed.context).header
        strange = tuple(
            f"column {name}" for name in written if name and name.casefold() not in columns.all
        )
        return msgspec.structs.replace(framed, unknown=strange)

    def parse(self, context: str, records: Sequence[bytes]) -> list[list[Fragment | Unread]]:
        known = table.context_of(context)
        header = _small(known.header)
        columns = _columns(header)
        return [_row(known, header, columns, record) for record in records]

    def recut(self, part: str, data: bytes) -> tuple[bytes, ...] | None:
        """Quotes are looked at when the file is framed; there is no surer way."""
        del part, data
        return None

    fold = staticmethod(folding.fold)
    removal = staticmethod(folding.removal)


def _small(header: Sequence[str]) -> tuple[str, ...]:
    return tuple(name.casefold() for name in header)


def _columns(header: Sequence[str]) -> _Columns:
    return _BY_OBJECT if _BY_OBJECT.shown in header else _BY_SITE


def _row(
    known: table.Context, header: tuple[str, ...], columns: _Columns, record: bytes
) -> list[Fragment | Unread]:
    found = table.cells(record, known)
    if not any(found):
        return []
    row = table.named(header, found)
    facts = _facts(row, columns) if row else ()
    if row is None or not (row[columns.site] or facts):
        text = record.decode(known.encoding, "backslashreplace").strip()
        return [Unread("not a row with the header's number of cells that names anything", text)]
    problems: list[str] = []
    cell = cells.read(row[columns.site], "site") if row[columns.site] else cells.Cell()
    entry = Entry(
        id=cell.found[0].value if cell.found else row[columns.site] or _name(dict(facts)),
        selectors=tuple(sorted(cell.found)),
        block_type=_prescribed(cell, row[columns.site]),
        included_at=_day(row, columns.shown, problems),
        removed_at=_removal(row, columns.gone, problems),
        attributes=facts,
        unparsed=cell.unread,
    )
    return [Fragment(entry, problems=(*cell.problems, *problems))]


def _name(facts: Mapping[str, str]) -> str:
    """What names a record that names no site: an application by its identifier, before its
    title."""
    known = (facts.get(key) for key in ("account", "application id", "application"))
    return next(filter(None, known), next(iter(facts.values())))


def _facts(row: Mapping[str, str], columns: _Columns) -> tuple[tuple[str, str], ...]:
    told = {name: row[column] for column, name in columns.attributes.items() if row.get(column)}
    return tuple(sorted(told.items()))


def _prescribed(cell: cells.Cell, site: str) -> str:
    if not site:
        return NO_SITE
    return block_types(sorted(cell.found)) if cell.found else "domain"


def _day(row: Mapping[str, str], column: str, problems: list[str]) -> str | None:
    text = row.get(column, "")
    if not text or says_nothing(text):
        return None
    try:
        return _DAYS.day(text, past=True)
    except ValueError as problem:
        problems.append(f"{column} {problem}")
        return None


def _removal(row: Mapping[str, str], column: str, problems: list[str]) -> str | None:
    """A day of removal that cannot be read is a removal all the same: it stays as published."""
    text = row.get(column, "")
    return None if says_nothing(text) else _day(row, column, problems) or text
