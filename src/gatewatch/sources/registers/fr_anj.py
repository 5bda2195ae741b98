"""The list of gambling sites blocked by order of the French regulator, ANJ.

UTF-8 behind a byte order mark that was encoded twice; `SITE;URL;DATE DE LA DECISION`. A site that
is no longer restricted is simply absent.
"""

from collections.abc import Sequence
from typing import ClassVar

from gatewatch.errors import SourceError
from gatewatch.model.entry import Decision, Entry, block_types
from gatewatch.model.register import Register
from gatewatch.sources.registers import cells, encodings, folding, table
from gatewatch.sources.registers.dates import DateReader
from gatewatch.sources.registers.format import Fragment, Frame, Unread

_SITE, _URL, _DAY = "SITE", "URL", "DATE DE LA DECISION"
_BODY = "Autorité nationale des jeux"
_DAYS = DateReader(("%d/%m/%Y",))


class FrAnj:
    """One entry an address as published."""

    default_path = "blocage_sites_illegaux.csv"
    companions: str | None = None
    marks: ClassVar[tuple[bytes, ...]] = (b"SITE;URL;DATE DE LA DECISION",)

    def __init__(self, register: Register) -> None:
        self._register = register

    def frame(self, part: str, data: bytes) -> Frame:
        text = encodings.detect(part, data, ("utf-8", "windows-1252"))
        framed = table.frame(part, text, table.Shape(";"), (_SITE, _URL, _DAY))
        if framed.context and _URL not in table.context_of(framed.context).header:
            raise SourceError(f"{part}: the column {_URL} is missing")
        return framed

    def parse(self, context: str, records: Sequence[bytes]) -> list[list[Fragment | Unread]]:
        known = table.context_of(context)
        return [_row(known, record) for record in records]

    def recut(self, part: str, data: bytes) -> tuple[bytes, ...] | None:
        """Quotes are looked at when the file is framed; there is no surer way."""
        del part, data
        return None

    fold = staticmethod(folding.fold)
    removal = staticmethod(folding.removal)


def _row(known: table.Context, record: bytes) -> list[Fragment | Unread]:
    found = table.cells(record, known)
    if not any(found):
        return []
    row = table.named(known.header, found)
    if row is None or not row.get(_URL):
        text = record.decode(known.encoding, "backslashreplace").strip()
        return [Unread("not a row with a URL and the header's number of cells", text)]
    cell = cells.read(row[_URL], "site")
    problems = list(cell.problems)
    day = None
    try:
        day = _DAYS.day(row.get(_DAY, ""), past=True)
    except ValueError as problem:
        problems.append(f"{_DAY} {problem}")
    entry = Entry(
        id=cell.found[0].value if cell.found else row[_URL].lower(),
        selectors=tuple(sorted(cell.found)),
        decision=Decision(body=_BODY, date=day),
        block_type=block_types(sorted(cell.found)) if cell.found else "domain",
        attributes=(("site", row[_SITE]),) if row.get(_SITE) else (),
        unparsed=cell.unread,
    )
    return [Fragment(entry, problems=tuple(problems))]
