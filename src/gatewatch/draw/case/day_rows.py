"""Days that run down: a row for each day that something is told of, gaps between them by name."""

from bisect import bisect_right
from collections.abc import Callable, Iterable, Iterator, Mapping
from datetime import date, timedelta

import msgspec

from gatewatch.draw.scale import Scale
from gatewatch.model.message import Message, message

_DAY = timedelta(days=1)
_YEAR, _GAP, _SLOT = 38.0, 29.0, 27.0


class Stretch(msgspec.Struct, frozen=True):
    """A row: one day, or a gap of many in which nothing is told."""

    first: date
    last: date
    top: float
    bottom: float
    gap: bool

    @property
    def height(self) -> float:
        return self.bottom - self.top

    @property
    def days(self) -> int:
        return (self.last - self.first).days + 1


class DayRows(msgspec.Struct, frozen=True):
    """Days to heights. Outside the rows lies the picture's edge."""

    rows: list[Stretch]

    @property
    def top(self) -> float:
        return self.rows[0].top

    @property
    def bottom(self) -> float:
        return self.rows[-1].bottom

    def start(self, day: date) -> float:
        """Where a day begins."""
        return self._at(day, 0)

    def end(self, day: date) -> float:
        """Where a day ends."""
        return self._at(day, 1)

    def row(self, day: date) -> Stretch:
        """The row of a day, or the nearest one."""
        place = bisect_right([row.first for row in self.rows], day) - 1
        return self.rows[max(place, 0)]

    def holds(self, day: date) -> bool:
        return self.rows[0].first <= day <= self.rows[-1].last

    def _at(self, day: date, side: int) -> float:
        row = self.row(day)
        share = ((day - row.first).days + side) / row.days
        return row.top + min(max(share, 0.0), 1.0) * (row.bottom - row.top)


def day_rows(scale: Scale, told: Iterable[date], slots: Mapping[date, int], top: float) -> DayRows:
    """Every day of a short span; of a long one those that are told, with gaps between them. `slots`
    is how many marks have to stand one under another on a day."""
    if scale.daily:
        days = [scale.first + n * _DAY for n in range(scale.days)]
    else:
        days = sorted({d for d in told if scale.first < d < scale.last})
    rows: list[Stretch] = []
    y, year = top, 0
    for first, last, gap in _spans(days, scale):
        turn = not gap and first.year != year
        least = _YEAR if turn or scale.daily else _GAP
        tall = max(least, _SLOT * slots.get(first, 0) + 8)
        rows.append(Stretch(first=first, last=last, top=y, bottom=y + tall, gap=gap))
        y, year = y + tall, year if gap else first.year
    return DayRows(rows)


def _spans(days: list[date], scale: Scale) -> Iterator[tuple[date, date, bool]]:
    """Days and the gaps before, between and after them."""
    at = scale.first
    for day in days:
        if day > at:
            yield at, day - _DAY, True
        yield day, day, False
        if day == scale.last:
            return
        at = day + _DAY
    yield at, scale.last, True


def length(row: Stretch) -> Message:
    """A gap in words: in years, months or days, whichever gives two or more."""
    for days, name in _LENGTHS:
        n = round(row.days / days)
        if row.days >= 2 * days or days == 1.0:
            return name(n)
    raise AssertionError


_LENGTHS: tuple[tuple[float, Callable[[int], Message]], ...] = (
    (365.25, lambda n: message("{n} year", "{n} years", n=n)),
    (30.44, lambda n: message("{n} month", "{n} months", n=n)),
    (1.0, lambda n: message("{n} day", "{n} days", n=n)),
)
"""Days in each, on average."""
