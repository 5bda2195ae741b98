"""The list of gambling sites blocked by order of the French regulator, ANJ.

UTF-8 behind a byte order mark that was encoded twice; `SITE;URL;DATE DE LA DECISION`. A site that
is no longer restricted is simply absent.
"""

from collections.abc import Sequence
from typing import ClassVar

from gatewatch.model.entry import Decision, Entry
from gatewatch.model.register import Register
from gatewatch.sources.registers import folding, table
from gatewatch.sources.registers.format import Fragment, Frame, Unread

_SITE, _URL, _DAY = "SITE", "URL", "DATE DE LA DECISION"
_BODY = "Autorité nationale des jeux"


class FrAnj:
    """One entry an address as published."""

    default_path = "blocage_sites_illegaux.csv"
    companions: str | None = None
    marks: ClassVar[tuple[bytes, ...]] = (b"SITE;URL;DATE DE LA DECISION",)

    def __init__(self, register: Register) -> None:
        self._register = register

    def frame(self, part: str, data: bytes) -> Frame:
        return table.frame(part, data, "utf-8", ";", (_SITE, _URL, _DAY))

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
    cells = table.cells(record, "utf-8", ";")
    if not any(cells):
        return []
    row = table.named(header, cells)
    if row is None or not row.get(_URL):
        text = record.decode("utf-8", "backslashreplace").strip()
        return [Unread("not a row with a URL and the header's number of cells", text)]
    problems: list[str] = []
    selectors, unparsed = table.try_site(row[_URL], problems)
    day = table.day(row.get(_DAY, ""), "%d/%m/%Y")
    if day is None:
        problems.append(f"{_DAY} {row.get(_DAY)!r} is not a day")
    entry = Entry(
        id=selectors[0].value if selectors else row[_URL].lower(),
        selectors=selectors,
        decision=Decision(body=_BODY, date=day),
        block_type="url" if selectors and selectors[0].kind == "url" else "domain",
        attributes=(("site", row[_SITE]),) if row.get(_SITE) else (),
        unparsed=unparsed,
    )
    return [Fragment(entry, problems=tuple(problems))]
