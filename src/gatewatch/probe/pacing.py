"""How fast: so many measurements at once, so many a second in all, and none of one host too soon
after the last. Decisions alone; who waits is the runner."""

from collections import OrderedDict
from datetime import time

import msgspec

from gatewatch.errors import UsageError

_HOURS = 24
_MOST_HOSTS = 20_000


class ProbePace(msgspec.Struct, frozen=True, kw_only=True):
    """`a_second` is of all measurements together, 0 for no limit; `apart` seconds lie between the
    beginnings of two measurements of one host."""

    at_once: int = 8
    a_second: float = 2.0
    apart: float = 5.0


class Pacer:
    """When each may begin. Times are seconds on one clock, given by the caller."""

    def __init__(self, pace: ProbePace) -> None:
        self._pace = pace
        self._next = 0.0
        self._hosts: OrderedDict[str, float] = OrderedDict()

    def begin(self, host: str, now: float) -> float:
        """When a measurement of a host may begin, and it is noted that it does."""
        pace = self._pace
        at = max(now, self._next, self._hosts.pop(host, 0.0))
        if pace.a_second:
            self._next = max(now, self._next) + 1 / pace.a_second
        self._hosts[host] = at + pace.apart
        while len(self._hosts) > _MOST_HOSTS:
            self._hosts.popitem(last=False)
        return at


def hours_of(text: str) -> tuple[int, int]:
    """Quiet hours as they are written, `23-6`; raises UsageError."""
    first, dash, last = text.partition("-")
    if not (dash and first.isdecimal() and last.isdecimal()):
        raise UsageError(f"--quiet-hours {text!r}: write two hours of the day, as 23-6")
    if not (int(first) < _HOURS and int(last) < _HOURS):
        raise UsageError(f"--quiet-hours {text!r}: hours go from 0 to 23")
    if int(first) == int(last):
        raise UsageError(f"--quiet-hours {text!r}: none of the day, or all of it? Write two hours")
    return int(first), int(last)


def until_loud(at: time, hours: tuple[int, int] | None) -> float:
    """Seconds from a time of the day to the end of the quiet hours; 0 outside of them. They go from
    the first up to the second, which may lie beyond midnight."""
    if hours is None:
        return 0.0
    first, last = hours
    quiet = first <= at.hour < last if first <= last else at.hour >= first or at.hour < last
    if not quiet:
        return 0.0
    now = at.hour * 3600 + at.minute * 60 + at.second
    return float((last * 3600 - now) % 86_400)
