"""What begins everywhere on earth in the same hours is no restriction: the target's fault, or the
helper's that measurements are compared with. Pure."""

from collections.abc import Mapping, Sequence
from datetime import UTC, datetime, timedelta
from itertools import groupby
from operator import attrgetter

import msgspec
import numpy as np

from gatewatch.analysis.network.forward_backward import Ints
from gatewatch.model.episode import Episode, Worldwide

Hours = Mapping[tuple[str, str], Ints]
"""Hours since 1970 in which each target was measured in each jurisdiction."""
_EPOCH = datetime(1970, 1, 1, tzinfo=UTC)
_HOUR = timedelta(hours=1)


class WorldwideLimits(msgspec.Struct, frozen=True):
    """When a beginning is one beginning everywhere."""

    countries: int = 4
    """Measured before and after, at the least: two neighbours that act on one day are no world."""
    share: float = 0.5
    """Of them in which it began then; more than this."""
    slack: timedelta = timedelta(hours=6)
    """By which an onset's interval, right nine times of ten, may miss the true hour."""
    apart: timedelta = timedelta(days=1)
    """How much later than elsewhere it may be seen where little is measured."""
    widest: timedelta = timedelta(days=3)
    """The widest interval of an onset that says anything about its hour."""
    around: timedelta = timedelta(days=7)
    """How near the onset a country must have been measured to have a word on it."""


def everywhere(
    episodes: Sequence[Episode],
    hours: Hours,
    limits: WorldwideLimits = WorldwideLimits(),  # noqa: B008 - frozen
) -> tuple[list[Episode], list[Worldwide]]:
    """Episodes that are a country's own, and what was told of many countries at once."""
    own: list[Episode] = []
    worldwide: list[Worldwide] = []
    by_target = attrgetter("target")
    for target, group in groupby(sorted(episodes, key=by_target), key=by_target):
        left = list(group)
        places = {code: held for (name, code), held in hours.items() if name == target}
        while found := _one(target, left, places, limits):
            worldwide.append(found)
            left = [one for one in left if one not in found.episodes]
        own += left
    place = {id(one): n for n, one in enumerate(episodes)}
    return sorted(own, key=lambda one: place[id(one)]), worldwide


def _one(
    target: str, episodes: Sequence[Episode], places: Mapping[str, Ints], limits: WorldwideLimits
) -> Worldwide | None:
    """The hours in which most countries' onsets lie, if they are most of those that measured."""
    best: tuple[int, datetime, list[Episode], list[str]] | None = None
    told = [one for one in episodes if one.onset_latest - one.onset_earliest <= limits.widest]
    vague = {one.probe_cc for one in episodes} - {one.probe_cc for one in told}
    for when in sorted({one.onset_earliest for one in told}):
        began = [one for one in told if _near(one, when, limits.slack)]
        codes = {one.probe_cc for one in began}
        if best is not None and len(codes) <= best[0]:
            continue
        measured = {code for code in places if _measured(places[code], when, limits.around)}
        blocked = {one.probe_cc for one in episodes if _lasted(one, when, limits.apart)}
        known = codes | (measured - blocked - vague)
        if len(known) >= limits.countries and len(codes) > limits.share * len(known):
            best = (len(codes), when, began, sorted(known))
    if best is None:
        return None
    _, when, began, others = best
    late = [one for one in episodes if _near(one, when, limits.apart)]
    ends = sorted((max(e.onset_earliest for e in began), min(e.onset_latest for e in began)))
    return Worldwide(
        target=target,
        onset_earliest=ends[0],
        onset_latest=ends[1],
        countries=tuple(sorted({one.probe_cc for one in late})),
        measured=tuple(sorted({*others, *(one.probe_cc for one in late)})),
        mechanisms=tuple(sorted({how for one in late for how in one.mechanisms})),
        episodes=tuple(late),
    )


def _near(one: Episode, when: datetime, slack: timedelta) -> bool:
    return one.onset_earliest - slack <= when <= one.onset_latest + slack


def _lasted(one: Episode, when: datetime, apart: timedelta) -> bool:
    """Whether it had begun well before, and lasted: it could not begin again."""
    return one.onset_latest < when - apart and (one.resolution_latest or when) >= when


def _measured(hours: Ints, when: datetime, around: timedelta) -> bool:
    at, reach = (when - _EPOCH) / _HOUR, around / _HOUR
    before = (hours >= at - reach) & (hours < at)
    after = (hours >= at) & (hours <= at + reach)
    return bool(np.any(before)) and bool(np.any(after))
