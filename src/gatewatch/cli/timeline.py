"""A case's lanes in characters: a column is a day for short spans, else a share of the whole."""

from collections.abc import Iterator
from datetime import date, datetime, timedelta
from functools import singledispatchmethod
from itertools import groupby
from typing import NamedTuple

import msgspec

from gatewatch.cases.case import Case, Duty, Listed, Measured, ReportedDay, Step
from gatewatch.cases.positions import Position
from gatewatch.model import day as days
from gatewatch.model.day import Day
from gatewatch.model.episode import Episode, Silence
from gatewatch.model.lane import Lane
from gatewatch.model.report import Surge

_LEFT = 16
_NOTES = 26
_MOST_COLUMNS = 84
NARROWEST = 60
"""Under so many columns a share of the whole is no longer a picture."""
_NOTES_FROM = 90
"""From so many columns on there is room for notes beside the lanes."""
_DAY_WIDTH = 3
_MARGIN = timedelta(days=3)
_MOST_ROWS = 4
"""Of one lane; what else it holds stands among the steps."""
_MARKS = {
    "demanded": "◧",
    "warned": "◆",
    "notified": "◧",
    "ordered": "◧",
    "fined": "◧",
    "listed": "■",
    "delisted": "◎",
    "revoked": "◎",
    "registered": "□",
    "complied": "□",
    "in_force": "□",
    "blocked": "●",
    "throttled": "◐",
    "partially_blocked": "◐",
    "restored": "◎",
}
_ASKED = "valid at"
_SAID, _SAID_TOO = "◆", "◇"
HATCH = "╱ "  # noqa: RUF001 - hatching
_SURE, _UNSURE, _LAW, _NOBODY, _REPORT = "█", "░", "━", "·", "╹"


class _Row(NamedTuple):
    """One line of a lane: its name, its cells, what is told beside them."""

    name: str
    cells: list[str]
    note: str = ""


_KINDS: dict[type, str] = {
    Duty: "in force",
    Listed: "entry",
    Episode: "blocked",
    Silence: "silent",
    Measured: "measured",
    ReportedDay: "reported",
    Surge: "surge",
}
"""What a row of one kind of item is called; none is longer than its place."""
_SHORT = {"partially_blocked": "in part"}


class Timeline:
    """Draws the lanes of one case, each from its items, in a terminal so many columns wide."""

    def __init__(self, case: Case, width: int) -> None:
        self._case = case
        self._notes = width >= _NOTES_FROM
        room = width - _LEFT - (_NOTES if self._notes else 1)
        known = list(_known(case))
        self._first = min(known, default=case.valid_at) - _MARGIN
        last = max(known, default=case.valid_at) + _MARGIN
        length = (last - self._first).days + 1
        self._daily = length * _DAY_WIDTH <= room
        self._columns = length * _DAY_WIDTH if self._daily else min(room, _MOST_COLUMNS)
        self._per_column = length / self._columns

    def lines(self) -> list[str]:
        """The scale, the lanes in their order, and the mark of the day asked about."""
        rows = [self._scale()]
        for lane in self._case.lanes:
            rows += [self._written(row) for row in self._lane(lane)]
        at = self._at(self._case.valid_at)
        if 0 <= at < self._columns:
            rows.append(self._pointer(at))
        return rows

    def _pointer(self, at: int) -> str:
        """The mark of the day asked about, with its words on the side that has room for them."""
        right = f"▲ {_ASKED}"
        if at + len(right) <= self._columns:
            return " " * (_LEFT + at) + right
        left = f"{_ASKED} ▲"
        return " " * (_LEFT + at + 1 - len(left)) + left

    def _lane(self, lane: Lane) -> Iterator[_Row]:
        """A lane's rows, the first under its name. One with nothing to draw keeps its height:
        hatched where it is not known, empty where it is."""
        rows = [row for kind, items in self._by_kind(lane) for row in self._rows(items)][
            :_MOST_ROWS
        ]
        state = lane.state.replace("_", " ")
        name = lane.name.capitalize()
        if not rows:
            unknown = lane.state in {"insufficient", "none"}
            cells = list((HATCH * self._columns)[: self._columns]) if unknown else self._cells()
            yield _Row(name, cells, state)
            return
        yield rows[0]._replace(name=name, note=rows[0].note or state)
        for row in rows[1:]:
            yield row._replace(name=f"  {row.name}")

    def _by_kind(self, lane: Lane) -> Iterator[tuple[type, list[msgspec.Struct]]]:
        """Items of one kind are drawn together; steps by what they are."""
        for kind, items in groupby(lane.items, key=type):
            yield kind, list(items)

    def _rows(self, items: list[msgspec.Struct]) -> Iterator[_Row]:
        if isinstance(items[0], Step):
            yield from self._steps([one for one in items if isinstance(one, Step)])
            return
        cells = self._cells()
        for one in items:
            self._draw(one, cells)
        yield _Row(_KINDS[type(items[0])], cells, _about(items))

    def _steps(self, steps: list[Step]) -> Iterator[_Row]:
        """Steps of one action on one row, in the order in which they begin."""
        actions = dict.fromkeys(step.action for step in steps)
        for action in actions:
            cells, told = self._cells(), [step for step in steps if step.action == action]
            for step in told:
                self._draw(step, cells)
            disputed = " ≠" if any(step.disputed for step in told) else ""
            yield _Row(
                _SHORT.get(action, action.replace("_", " ")), cells, _when(told[0].day) + disputed
            )

    @singledispatchmethod
    def _draw(self, one: object, cells: list[str]) -> None:
        """An item as marks over the time; one that has no picture is left to the steps."""

    @_draw.register
    def _(self, one: Duty, cells: list[str]) -> None:
        start = one.since.first or one.since.last
        end = one.instrument.ended
        self._fill(cells, start or date.min, (end and end.last) or date.max, _LAW)

    @_draw.register
    def _(self, one: Step, cells: list[str]) -> None:
        for position in one.dates.positions[1:]:
            self._put(cells, _day(position), _SAID_TOO)
        mark = _MARKS.get(one.action, _SAID)
        if one.day.exact:
            self._put(cells, one.day.exact, mark)
            return
        self._fill(cells, one.day.first or date.min, one.day.last or date.max, _NOBODY)
        self._put(cells, one.day.first, "[")
        self._put(cells, one.day.last, "]")

    @_draw.register
    def _(self, one: Listed, cells: list[str]) -> None:
        came, went = one.came, one.went
        self._between(cells, (came.after, came.by), (went.after, went.by) if went else None)

    @_draw.register
    def _(self, one: Episode, cells: list[str]) -> None:
        end = (one.resolution_earliest, one.resolution_latest) if one.resolution_latest else None
        self._between(cells, (one.onset_earliest, one.onset_latest), end)

    @_draw.register
    def _(self, one: Silence, cells: list[str]) -> None:
        self._fill(cells, one.first, one.last, HATCH[0])

    @_draw.register
    def _(self, one: Measured, cells: list[str]) -> None:
        self._fill(cells, one.first, one.last, _NOBODY)

    @_draw.register
    def _(self, one: ReportedDay, cells: list[str]) -> None:
        self._put(cells, one.day, _REPORT)

    @_draw.register
    def _(self, one: Surge, cells: list[str]) -> None:
        self._fill(cells, one.first.date(), one.last.date(), _REPORT)

    def _between(
        self,
        cells: list[str],
        start: tuple[datetime | None, datetime | None],
        end: tuple[datetime | None, datetime | None] | None,
    ) -> None:
        """Solid only where it surely held, a tint where a change may lie."""
        opens, surely = (_date(side) for side in start)
        still, closes = (_date(side) for side in end) if end else (date.max, date.max)
        self._fill(cells, opens or date.min, closes or date.max, _UNSURE)
        self._fill(cells, surely or date.min, still or date.max, _SURE)

    def _fill(self, cells: list[str], first: date, last: date, mark: str) -> None:
        if last < self._first or first > last:
            return
        start = max(self._at(max(first, self._first)), 0)
        end = min(self._at(min(last, date.max)), self._columns - 1)
        cells[start : end + 1] = [mark] * max(end + 1 - start, 0)

    def _put(self, cells: list[str], day: date | None, mark: str) -> None:
        if day and 0 <= (at := self._at(day)) < self._columns:
            cells[at] = mark

    def _at(self, day: date) -> int:
        return int((day - self._first).days / self._per_column)

    def _cells(self) -> list[str]:
        return [" "] * self._columns

    def _written(self, row: _Row) -> str:
        note = f"  {row.note[: _NOTES - 3]}" if self._notes else ""
        return f"  {row.name[: _LEFT - 4]:<{_LEFT - 2}}{''.join(row.cells)}{note}".rstrip()

    def _scale(self) -> str:
        if self._daily:
            shown = [self._first + timedelta(days=n) for n in range(self._columns // _DAY_WIDTH)]
            marks = "".join(f"{d.day:<{_DAY_WIDTH}}" for d in shown)
            months = " to ".join(dict.fromkeys(f"{d:%B}" for d in (shown[0], shown[-1])))
            note = f"  {months} {shown[-1].year}" if self._notes else ""
            return f"{'':<{_LEFT}}{marks}{note}".rstrip()
        cells = [" "] * (self._columns + len("2017") + 1)
        free = 0
        for n in range(self._columns):
            year = (self._first + timedelta(days=n * self._per_column)).year
            before = (self._first + timedelta(days=(n - 1) * self._per_column)).year
            # A year that has no room beside the one before is left out: its successors are not.
            if (n == 0 or year != before) and n >= free:
                cells[n : n + 4] = f"{year}"
                free = n + 5
        return f"{'':<{_LEFT}}{''.join(cells)[: self._columns]}".rstrip()


def _known(case: Case) -> Iterator[date]:
    """Days that the picture must show: of steps, of listings, of episodes, of the day asked
    about."""
    yield case.valid_at
    for step in case.steps:
        if step.action != "in_force":
            told = (_day(position) for position in step.dates.positions)
            yield from (day for day in (step.day.first, step.day.last, *told) if day)
    for lane in case.lanes:
        for one in lane.items:
            if isinstance(one, Episode):
                yield from (one.onset_earliest.date(), one.resolution_earliest.date())
            elif isinstance(one, ReportedDay):
                yield one.day


def _about(items: list[msgspec.Struct]) -> str:
    """What is told beside a row: whose law, which register."""
    first = items[0]
    if isinstance(first, Duty):
        return first.instrument.short
    if isinstance(first, Listed):
        return first.register
    if isinstance(first, Episode):
        return f"{len(first.networks)} of {first.measured} networks"
    return ""


def _date(when: datetime | None) -> date | None:
    return when.date() if when else None


def _day(position: Position) -> date | None:
    return days.parse(position.value).exact


def _when(day: Day) -> str:
    if day.exact or not day.last or day.first:
        return day.text or "day not known"
    return f"not after {day.last}"
