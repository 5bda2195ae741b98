"""A day as sources tell it: to the day, the month or the year, as an interval, or not at all.

Written in EDTF (ISO 8601-2), the archivists' notation: `2017-05-04`, `2017-05`, `2017`,
`2017-04-28/2017-04-29`, `../2017-05-10` (not after), `2017-05-04/..` (not before), and an empty
text for a day that is not known.
"""

import calendar
import re
from datetime import date
from functools import lru_cache

import msgspec

from gatewatch.errors import MistakeError

_POINT = re.compile(r"(\d{4})(?:-(\d{2})(?:-(\d{2}))?)?")
_OPEN = ("", "..")


class Day(msgspec.Struct, frozen=True, order=False):
    """Not before `first`, not after `last`; None where that side is open. `text` is the EDTF."""

    text: str
    first: date | None
    last: date | None

    @property
    def precision(self) -> str:
        """day, month, year, interval or unknown."""
        if self.first is None and self.last is None:
            return "unknown"
        if self.first == self.last:
            return "day"
        if "/" in self.text:
            return "interval"
        return {7: "month", 4: "year"}.get(len(self.text), "interval")

    @property
    def exact(self) -> date | None:
        """The day itself, if it is known to the day."""
        return self.first if self.first == self.last else None

    def begins_by(self, other: date) -> bool:
        """Whether it lies on that day or before, or may."""
        return self.first is None or self.first <= other

    def agrees(self, other: "Day") -> bool:
        """Whether both can be true of one event."""
        starts = [day for day in (self.first, other.first) if day]
        ends = [day for day in (self.last, other.last) if day]
        return not starts or not ends or max(starts) <= min(ends)


UNKNOWN = Day("", None, None)


def parse(text: str) -> Day:
    """A Day from its EDTF; raises UsageError with the ways to write one."""
    try:
        return _parse(text.strip())
    except ValueError:
        raise MistakeError(
            "'{text}' is not a day: write 2017-05-04, 2017-05, 2017, ../2017-05-10 (not after), "
            "2017-04-28/2017-04-29 (between), or leave it out",
            text=text,
        ) from None


@lru_cache(maxsize=65_536)
def _parse(text: str) -> Day:
    if not text:
        return UNKNOWN
    start, slash, end = text.partition("/")
    if not slash:
        first, last = _point(text)
        return Day(text, first, last)
    begins = None if start in _OPEN else _point(start)[0]
    ends = None if end in _OPEN else _point(end)[1]
    if begins is None and ends is None:
        raise ValueError(text)
    if begins and ends and ends < begins:
        raise ValueError(text)
    return Day(text, begins, ends)


def _point(text: str) -> tuple[date, date]:
    found = _POINT.fullmatch(text)
    if not found:
        raise ValueError(text)
    year, month, day = (int(part) if part else None for part in found.groups())
    assert year is not None
    if month is None:
        return date(year, 1, 1), date(year, 12, 31)
    if day is None:
        return date(year, month, 1), date(year, month, calendar.monthrange(year, month)[1])
    known = date(year, month, day)
    return known, known
