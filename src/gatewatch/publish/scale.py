"""Days to pixels, and the ticks that name them."""

from collections.abc import Iterator
from datetime import date, timedelta

import msgspec

_DAY = timedelta(days=1)
_CROWDED = 21


class Scale(msgspec.Struct, frozen=True):
    """A span of whole days over `left` to `right`. A day is a width."""

    first: date
    last: date
    left: float
    right: float

    @property
    def days(self) -> int:
        return (self.last - self.first).days + 1

    @property
    def width(self) -> float:
        """Pixels of one day."""
        return (self.right - self.left) / self.days

    @property
    def daily(self) -> bool:
        """Whether each day has room for its own name."""
        return self.days <= _CROWDED

    def start(self, day: date) -> float:
        """Where a day begins, kept inside the picture."""
        x = self.left + (day - self.first).days * self.width
        return min(max(x, self.left), self.right)

    def end(self, day: date) -> float:
        """Where a day ends."""
        return min(self.start(day) + self.width, self.right) if day >= self.first else self.left

    def middle(self, day: date) -> float:
        return (self.start(day) + self.end(day)) / 2

    def holds(self, day: date) -> bool:
        return self.first <= day <= self.last

    def ticks(self) -> Iterator[tuple[date, str]]:
        """Days to name: each, or beginnings of months or years at a distance that reads well."""
        if self.daily:
            for n in range(self.days):
                day = self.first + n * _DAY
                yield day, f"{day:%a} {day.day}"
            return
        months = max(1, round(self.days / 30 / 10))
        step = next((s for s in (1, 2, 3, 6, 12, 24, 60, 120) if s >= months), 120)
        year, month = self.first.year, 1
        while (day := date(year, month, 1)) <= self.last:
            if day >= self.first:
                yield day, str(year) if step >= 12 else f"{day:%b} {year}"
            month += step
            year, month = year + (month - 1) // 12, (month - 1) % 12 + 1

    def weekends(self) -> Iterator[date]:
        """Saturdays and Sundays, where days are told apart."""
        if self.daily:
            for n in range(self.days):
                day = self.first + n * _DAY
                if day.weekday() >= 5:
                    yield day


def around(days: list[date], valid_at: date, left: float, right: float) -> Scale:
    """A span around days with a margin; the day asked about is in it if it is not far off."""
    first, last = min(days, default=valid_at), max(days, default=valid_at)
    length = max((last - first).days, 7)
    if first - length * _DAY <= valid_at <= last + length * _DAY:
        first, last = min(first, valid_at), max(last, valid_at)
    margin = max(3, round((last - first).days * 0.06)) * _DAY
    return Scale(_kept(first, -margin), _kept(last, margin), left, right)


def _kept(day: date, by: timedelta) -> date:
    try:
        return day + by
    except OverflowError:
        return day
