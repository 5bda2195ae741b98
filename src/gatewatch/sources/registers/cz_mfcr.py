"""The Czech Ministry of Finance's list of unlicensed gambling sites.

ISO-8859-2, semicolons, one row a site with the days of publication and of removal, then a payment
account with the same two. A site stays in the file after its removal: the day in the row counts.
"""

from collections.abc import Mapping, Sequence
from typing import ClassVar

from gatewatch.model.entry import Entry
from gatewatch.model.register import Register
from gatewatch.sources.registers import folding, table
from gatewatch.sources.registers.format import Fragment, Frame, Unread

_ENCODING = "iso8859-2"
_DAY = "%d.%m.%Y"
_SITE = "Adresa Internetové stránky"
_SHOWN = "Datum zveřejnění údajů IS"
_GONE = "Výmaz zveřejněných údajů IS"
_ACCOUNT = "Jedinečný identifikátor platebního účtu"
_ACCOUNT_SHOWN = "Datum zveřejnění údajů PÚ"
_ACCOUNT_GONE = "Výmaz zveřejněných údajů PÚ"
_COLUMNS = (_SITE, _SHOWN, _GONE, _ACCOUNT, _ACCOUNT_SHOWN, _ACCOUNT_GONE)


class CzMfcr:
    """One entry a site."""

    default_path = "mfcr.csv"
    companions: str | None = None
    marks: ClassVar[tuple[bytes, ...]] = ("Adresa Internetové".encode(_ENCODING),)

    def __init__(self, register: Register) -> None:
        self._register = register

    def frame(self, part: str, data: bytes) -> Frame:
        return table.frame(part, data, _ENCODING, ";", _COLUMNS)

    def parse(self, context: str, records: Sequence[bytes]) -> list[list[Fragment | Unread]]:
        header = context.split(table.JOIN)
        return [_row(header, record) for record in records]

    def recut(self, part: str, data: bytes) -> tuple[bytes, ...] | None:
        """Quotes are looked at when the file is framed; there is no surer way."""
        del part, data
        return None

    fold = staticmethod(folding.fold)
    removal = staticmethod(folding.removal)


def _row(header: Sequence[str], record: bytes) -> list[Fragment | Unread]:
    cells = table.cells(record, _ENCODING, ";")
    if not any(cells):
        return []
    row = table.named(header, cells)
    if row is None or not row.get(_SITE):
        text = record.decode(_ENCODING).strip()
        return [Unread("not a row with a site and the header's number of cells", text)]
    problems: list[str] = []
    selectors, unparsed = table.try_site(row[_SITE], problems)
    facts = {"account": row.get(_ACCOUNT), "account published": row.get(_ACCOUNT_SHOWN)}
    facts["account removed"] = row.get(_ACCOUNT_GONE)
    entry = Entry(
        id=selectors[0].value if selectors else row[_SITE],
        selectors=selectors,
        block_type="url" if selectors and selectors[0].kind == "url" else "domain",
        included_at=_date(row, _SHOWN, problems),
        removed_at=_date(row, _GONE, problems),
        attributes=tuple((name, value) for name, value in sorted(facts.items()) if value),
        unparsed=unparsed,
    )
    return [Fragment(entry, problems=tuple(problems))]


def _date(row: Mapping[str, str], column: str, problems: list[str]) -> str | None:
    text = row.get(column, "")
    day = table.day(text, _DAY)
    if text and day is None:
        problems.append(f"{column} {text!r} is not a day")
    return day
