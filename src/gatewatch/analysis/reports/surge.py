"""Reports against their own weekly pattern. Pure.

Counted in quarters of a day. A network's reporters of a quarter count as the square root of their
number, so that many from one place, who may be one, weigh less than few from many.
"""

from collections.abc import Iterable
from datetime import UTC, date, datetime, timedelta
from math import sqrt
from statistics import median

import msgspec

from gatewatch.model.documentation import all_invented
from gatewatch.model.report import K, Report, Reported, Surge

_QUARTER = timedelta(hours=6)
_A_WEEK = 28
"""Quarters."""
_WEEKS = 4
_TIMES = 3.0
"""How many times what was expected, and one more, makes a surge."""
Key = tuple[str, str]


def reported(reports: Iterable[Report]) -> dict[Key, Reported]:
    """By service and jurisdiction: days that may be shown, and surges."""
    held: dict[Key, list[Report]] = {}
    for one in reports:
        held.setdefault((one.service, one.jurisdiction), []).append(one)
    return {
        key: Reported(
            days=_days(mine),
            regions=_regions(mine),
            surges=tuple(_surges(key, mine)),
            invented=all_invented(one.network for one in mine),
        )
        for key, mine in sorted(held.items())
    }


def within(one: Reported, start: datetime, end: datetime) -> Reported | None:
    """What lies in [start, end]; None if nothing does."""
    days = tuple(each for each in one.days if start.date() <= each[0] <= end.date())
    regions = tuple(each for each in one.regions if start.date() <= each[0] <= end.date())
    surges = tuple(s for s in one.surges if s.first <= end and start < s.last + _QUARTER)
    if not (days or regions or surges):
        return None
    return msgspec.structs.replace(one, days=days, regions=regions, surges=surges)


def _days(reports: list[Report]) -> tuple[tuple[date, int], ...]:
    """Distinct reporters by day, of days with at least `K`. A reporter's hash is of one day."""
    seen: dict[date, set[str]] = {}
    for one in reports:
        seen.setdefault(one.received_at.date(), set()).add(one.reporter)
    return tuple((day, len(who)) for day, who in sorted(seen.items()) if len(who) >= K)


def _regions(reports: list[Report]) -> tuple[tuple[date, str, int], ...]:
    """The same by region, each under the same bound: where few named it, none is told."""
    by_region: dict[str, list[Report]] = {}
    for one in reports:
        if one.region:
            by_region.setdefault(one.region, []).append(one)
    return tuple(
        sorted((day, region, n) for region, mine in by_region.items() for day, n in _days(mine))
    )


def _surges(key: Key, reports: list[Report]) -> list[Surge]:
    who: dict[int, dict[int | None, set[str]]] = {}
    for one in reports:
        place = int(one.received_at.timestamp() // _QUARTER.total_seconds())
        who.setdefault(place, {}).setdefault(one.network, set()).add(one.reporter)
    first, last = min(who), max(who)
    weight = [0.0] * (last - first + 1 + _WEEKS * _A_WEEK)
    for place, networks in who.items():
        weight[place - first + _WEEKS * _A_WEEK] = sum(sqrt(len(one)) for one in networks.values())
    found: list[Surge] = []
    for place in sorted(who):
        at = place - first + _WEEKS * _A_WEEK
        expected = median(weight[at - _WEEKS * _A_WEEK : at : _A_WEEK])
        people = {one for mine in who[place].values() for one in mine}
        if len(people) < K or weight[at] < _TIMES * (expected + 1):
            continue
        when = datetime.fromtimestamp(place * _QUARTER.total_seconds(), UTC)
        if found and when - found[-1].last <= _QUARTER:
            before = found.pop()
            found.append(
                Surge(
                    service=key[0],
                    jurisdiction=key[1],
                    first=before.first,
                    last=when,
                    reporters=before.reporters + len(people),
                    expected=before.expected + expected,
                    seen=round(before.seen + weight[at], 2),
                )
            )
        else:
            found.append(
                Surge(
                    service=key[0],
                    jurisdiction=key[1],
                    first=when,
                    last=when,
                    reporters=len(people),
                    expected=expected,
                    seen=round(weight[at], 2),
                )
            )
    return found
