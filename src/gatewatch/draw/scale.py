"""Days to pixels, and the ticks that name them."""

from collections.abc import Iterator
from datetime import UTC, date, datetime, time, timedelta

import msgspec

_DAY = timedelta(days=1)
_NARROWEST = 30.0
"""Pixels of a day that has its own name: two signs of Han, or three letters, and a gap."""
_CROWDED = 21
"""Days that have each its own name in the wide picture: 38 pixels, two digits and a weekday."""


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
        return self.days <= _CROWDED and self.width >= _NARROWEST

    def start(self, day: date) -> float:
        """Where a day begins, kept inside the picture."""
        x = self.left + (day - self.first).days * self.width
        return min(max(x, self.left), self.right)

    def end(self, day: date) -> float:
        """Where a day ends."""
        return min(self.start(day) + self.width, self.right) if day >= self.first else self.left

    def middle(self, day: date) -> float:
        return (self.start(day) + self.end(day)) / 2

    def at(self, when: datetime) -> float:
        """Where a moment lies, in UTC, kept inside the picture."""
        start = datetime.combine(self.first, time(), UTC)
        x = self.left + (when - start) / _DAY * self.width
        return min(max(x, self.left), self.right)

    def holds(self, day: date) -> bool:
        return self.first <= day <= self.last

    def weekends(self) -> Iterator[date]:
        """Saturdays and Sundays, where days are told apart."""
        if self.daily:
            for n in range(self.days):
                day = self.first + n * _DAY
                if day.weekday() >= 5:
                    yield day
