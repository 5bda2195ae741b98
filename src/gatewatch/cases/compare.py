"""Services beside jurisdictions: who restricts what, since when, on which ground."""

from collections.abc import Iterable, Sequence

import msgspec

from gatewatch.cases.case import Case
from gatewatch.cases.state import RESTRICTED


class ComparisonCell(msgspec.Struct, frozen=True):
    """One service in one jurisdiction. Without a case there is no record, which is not a no."""

    case: Case | None

    @property
    def restricted(self) -> bool:
        return self.case is not None and self.case.state in RESTRICTED

    @property
    def current(self) -> bool:
        """Whether its state is of the day asked about; what has no record is not known now."""
        return self.case is None or self.case.current

    @property
    def was(self) -> bool:
        """Restricted now or once."""
        return self.case is not None and any(stay.state in RESTRICTED for stay in self.case.stays)


class ComparisonRow(msgspec.Struct, frozen=True):
    """One service over the jurisdictions asked about."""

    service: str
    name: str
    cells: tuple[ComparisonCell, ...]


class Comparison(msgspec.Struct, frozen=True):
    """Rows in order: restricted in more jurisdictions first, then by where and since when."""

    jurisdictions: tuple[str, ...]
    rows: tuple[ComparisonRow, ...]

    @property
    def both(self) -> tuple[ComparisonRow, ...]:
        """Restricted in each."""
        return tuple(row for row in self.rows if all(cell.restricted for cell in row.cells))

    @property
    def older(self) -> int:
        """How many are restricted by their last evidence alone, which is not of the day."""
        cells = [cell for row in self.rows for cell in row.cells]
        return sum(cell.restricted and not cell.current for cell in cells)

    def alone(self, place: int) -> tuple[ComparisonRow, ...]:
        """Restricted in one of them and in no other."""
        return tuple(
            row
            for row in self.rows
            if row.cells[place].restricted and sum(c.restricted for c in row.cells) == 1
        )


def compare(cases: Iterable[Case], jurisdictions: Sequence[str]) -> Comparison:
    """Cases of some jurisdictions side by side. Services restricted nowhere now or once are left
    out."""
    held: dict[str, dict[str, Case]] = {}
    names: dict[str, str] = {}
    for one in cases:
        if one.jurisdiction in jurisdictions:
            held.setdefault(one.service.id, {})[one.jurisdiction] = one
            names[one.service.id] = one.service.name
    rows = [
        ComparisonRow(
            service, names[service], tuple(ComparisonCell(by.get(code)) for code in jurisdictions)
        )
        for service, by in held.items()
    ]
    shown = [row for row in rows if any(cell.was for cell in row.cells)]
    return Comparison(tuple(jurisdictions), tuple(sorted(shown, key=_order)))


def _order(row: ComparisonRow) -> tuple[int, tuple[bool, ...], str, str]:
    first = next((c.case for c in row.cells if c.was and c.case), None)
    since = first.since.text if first and first.since else ""
    return (
        -sum(c.restricted for c in row.cells),
        tuple(not c.restricted for c in row.cells),
        since,
        row.name,
    )


def alike(cases: Iterable[Case]) -> list[tuple[str, str, int, int, float]]:
    """Which jurisdictions restrict like which: two codes, services that both restrict, that either
    does, and their share. Few services are watched everywhere: the counts say how few."""
    held: dict[str, set[str]] = {}
    for one in cases:
        if one.state in RESTRICTED:
            held.setdefault(one.jurisdiction, set()).add(one.service.id)
    codes = sorted(held)
    pairs = [
        (a, b, len(held[a] & held[b]), len(held[a] | held[b]))
        for n, a in enumerate(codes)
        for b in codes[n + 1 :]
    ]
    found = [(a, b, both, either, both / either) for a, b, both, either in pairs if both]
    return sorted(found, key=lambda row: (-row[4], -row[2], row[:2]))
