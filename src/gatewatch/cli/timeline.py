"""A case's lanes in characters: a column is a day for short spans, else a share of the whole."""

from datetime import date, timedelta

from gatewatch.cases.case import Case, Position, Step
from gatewatch.model.states import State

_LEFT = 16
_COLUMNS = 56
_WIDTH = 100
NARROWEST = 90
"""Under so many columns lanes and their notes have no room beside one another."""
_DAY_WIDTH = 3
_MARGIN = timedelta(days=3)
_SAID = frozenset({"announced", "denied", "warned"})
_PAPER = {
    "demanded": "◧",
    "notified": "◧",
    "ordered": "◧",
    "fined": "◧",
    "listed": "■",
    "delisted": "◎",
    "revoked": "◎",
    "registered": "□",
    "complied": "□",
    "in_force": "□",
}
_ACCESS = {"blocked": "●", "throttled": "◐", "partially_blocked": "◐", "restored": "◎"}
_HATCH = "╱"  # noqa: RUF001 - hatching
_BAR = {State.LISTED: "█", State.RESTRICTED: "█", State.PARTLY_RESTRICTED: "▒"}


class Timeline:
    """Draws the lanes of one case."""

    def __init__(self, case: Case) -> None:
        self._case = case
        days = [d for s in case.steps if s.action != "in_force" for d in _days(s)]
        first = min(days, default=case.valid_at) - _MARGIN
        last = max(days, default=case.valid_at) + _MARGIN
        if case.state in _BAR:
            last = max(last, min(case.valid_at, last + (last - first)))
        self._first = first
        length = (last - first).days + 1
        self._daily = length * _DAY_WIDTH <= _COLUMNS
        self._columns = length * _DAY_WIDTH if self._daily else _COLUMNS
        self._per_column = length / self._columns

    def lines(self) -> list[str]:
        """The scale, the lanes in their order, and the mark of the day asked about."""
        rows = [self._scale(), *self._obligations(), *self._claims(), *self._listings()]
        network = self._case.network
        hatch = "".join(_HATCH if n % 2 == 0 else " " for n in range(self._columns))
        rows.append(self._row("Network", hatch, f"{network.state}"))
        rows.append(self._row("Reports", " " * self._columns, "none sent"))
        at = self._at(self._case.valid_at)
        if 0 <= at < self._columns:
            rows.append(" " * (_LEFT + at) + "▲ valid at")
        return rows

    def _at(self, day: date) -> int:
        return int((day - self._first).days / self._per_column)

    def _scale(self) -> str:
        if self._daily:
            days = [self._first + timedelta(days=n) for n in range(self._columns // _DAY_WIDTH)]
            marks = "".join(f"{d.day:<{_DAY_WIDTH}}" for d in days)
            months = dict.fromkeys(f"{d:%B}" for d in (days[0], days[-1]))
            return f"{'':<{_LEFT}}{marks}  {' to '.join(months)} {days[-1].year}".rstrip()
        cells = [" "] * (self._columns + 8)
        used = -1
        for n in range(self._columns):
            day = self._first + timedelta(days=n * self._per_column)
            before = self._first + timedelta(days=(n - 1) * self._per_column)
            label = f"{day.year}"
            if n == 0 or (day.year != before.year and n > used + 1):
                cells[n : n + len(label)] = label
                used = n + len(label)
        return f"{'':<{_LEFT}}{''.join(cells)}".rstrip()

    def _row(self, name: str, cells: str, note: str = "") -> str:
        return f"  {name:<{_LEFT - 2}}{cells}  {note}"[:_WIDTH].rstrip()

    def _cells(self) -> list[str]:
        return [" "] * self._columns

    def _put(self, cells: list[str], day: date | None, mark: str) -> None:
        if day and 0 <= (at := self._at(day)) < self._columns:
            cells[at] = mark

    def _obligations(self) -> list[str]:
        since = [d.since.first for d in self._case.duties if d.since.first]
        cells = self._cells()
        if since:
            for n in range(max(0, self._at(min(since))), self._columns):
                cells[n] = "━"
        rows = [self._row("Obligations", "".join(cells), self._duty())]
        for one in self._case.steps:
            if (
                one.action in {"demanded", "notified", "complied", "registered"}
                and one.scope == "whole"
            ):
                rows.append(self._row(f"  {one.action}", self._bracketed(one), _told(one)))  # noqa: PERF401
        return rows

    def _duty(self) -> str:
        held = self._case.ground.held
        names = {d.instrument.id: d.instrument.number for d in self._case.duties}
        return names.get(held.value, "") if held else ""

    def _bracketed(self, one: Step) -> str:
        """A day as a mark; an open side as dots, and a cap where the other side is known."""
        cells = self._cells()
        if exact := one.day.exact:
            self._put(cells, exact, _PAPER[one.action])
            return "".join(cells)
        start = max(0, self._at(one.day.first)) if one.day.first else 0
        end = min(self._columns - 1, self._at(one.day.last)) if one.day.last else self._columns - 1
        for n in range(start, end):
            cells[n] = "·"
        if one.day.last and end >= 0:
            cells[end] = "]"
        if one.day.first:
            cells[start] = "["
        return "".join(cells)

    def _claims(self) -> list[str]:
        rows = []
        speakers: dict[str, list[Step]] = {}
        for one in self._case.steps:
            if one.action in _SAID:
                speakers.setdefault(one.actor or "others", []).append(one)
        for name, steps in speakers.items():
            cells = self._cells()
            for one in steps:
                for place, position in enumerate(one.dates.positions):
                    self._put(
                        cells, _day(position), "◆" if not place and not one.dates.tie else "◇"
                    )
            rows.append(
                self._row(
                    f"  {name[: _LEFT - 5]}",
                    "".join(cells),
                    "≠" if any(s.disputed for s in steps) else "",
                )
            )
        cells = self._cells()
        self._stays(cells, {State.RESTRICTED, State.PARTLY_RESTRICTED})
        access = [s for s in self._case.steps if s.action in _ACCESS and s.scope != "collateral"]
        for one in access:
            for position in one.dates.positions[1:]:
                self._put(cells, _day(position), "◇")
        for one in sorted(access, key=lambda s: s.action in {"blocked", "restored"}):
            self._put(cells, one.day.exact or one.day.last, _ACCESS[one.action])
        rows.append(
            self._row("  access", "".join(cells), "by what was said" if access else "nobody tells")
        )
        return [self._row("Claims", "", ""), *rows]

    def _stays(self, cells: list[str], states: set[State]) -> None:
        """Solid only where a state surely held."""
        for stay in self._case.stays:
            start = stay.since.last or stay.since.first
            if stay.state not in states or not start:
                continue
            until = (stay.until.first or stay.until.last) if stay.until else None
            end = self._at(until) if until else self._at(min(self._case.valid_at, date.max))
            for n in range(max(0, self._at(start)), min(self._columns, end)):
                cells[n] = _BAR[stay.state]

    def _listings(self) -> list[str]:
        rows = []
        listed: Step | None = None
        for one in self._case.steps:
            if one.action == "listed" and not one.duty and one.scope == "whole":
                listed = one
            elif one.action == "delisted" and listed:
                rows.append(self._listing(listed, one))
                listed = None
        if listed:
            rows.append(self._listing(listed, None))
        return rows or [self._row("Listings", "", "no entry on record")]

    def _listing(self, came: Step, went: Step | None) -> str:
        cells = self._cells()
        start = came.day.last or came.day.first
        end = (went.day.first or went.day.last) if went else None
        if start:
            stop = self._at(end) if end else self._columns
            for n in range(max(0, self._at(start)), min(self._columns, stop)):
                cells[n] = "█"
        for one in (came, went):
            if one:
                self._put(cells, one.day.exact, "░")
        return self._row("Listings", "".join(cells), came.register)


def _days(step: Step) -> list[date]:
    told = [_day(p) for p in step.dates.positions]
    return [d for d in (step.day.first, step.day.last, *told) if d]


def _day(position: Position) -> date | None:
    from gatewatch.model import day

    return day.parse(position.value).exact


def _told(one: Step) -> str:
    if one.day.exact:
        return one.day.text
    if one.day.first is None and one.day.last:
        return f"not after {one.day.last}"
    return one.day.text or "day not known"
