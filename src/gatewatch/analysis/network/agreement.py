"""What measurements say of a target at a moment. Pure. Absence of measurements is insufficient,
never reachable."""

from collections.abc import Iterable, Iterator
from datetime import UTC, datetime, time, timedelta
from enum import StrEnum
from typing import TYPE_CHECKING

import msgspec

from gatewatch.model.episode import Episode, Silence, Worldwide

if TYPE_CHECKING:
    import numpy as np
    import numpy.typing as npt

    from gatewatch.analysis.network.forward_backward import Floats

    Flags = npt.NDArray[np.bool_]

FRESH = timedelta(days=7)
"""How near a measurement has to lie to tell of a moment."""


class NetworkState(StrEnum):
    """What measurements say of a target at a moment."""

    BLOCKED = "blocked"
    REACHABLE = "reachable"
    INSUFFICIENT = "insufficient"


def network_at(
    episodes: Iterable[Episode], when: datetime, worldwide: Iterable[Episode], *, reached: bool
) -> tuple[NetworkState, Episode | None]:
    """What the network says at a moment, from episodes of the target and whether access to it was
    seen (`saw_access`) as near as `FRESH`: a block of which there is too little for an episode is
    no word on access either. An episode without an end counts only while measurements of it are
    fresh.

    `worldwide` are those of what began here and in most other countries at once: while such a one
    lasts, what measures the target, or the target, is at fault, and nothing is known of the
    network."""
    if one := next(standing(episodes, when), None):
        return NetworkState.BLOCKED, one
    if next(standing(worldwide, when), None):
        return NetworkState.INSUFFICIENT, None
    return (NetworkState.REACHABLE if reached else NetworkState.INSUFFICIENT), None


def saw_access(blocked: "Floats", total: "Floats") -> "Flags":
    """Of each network's hour, whether most of its results saw the target reached."""
    return blocked * 2 < total


def standing(episodes: Iterable[Episode], when: datetime) -> Iterator[Episode]:
    """Those that last at a moment, as far as measurements are fresh."""
    for one in episodes:
        until = one.resolution_earliest + (FRESH if one.resolution_latest is None else timedelta())
        if one.onset_latest <= when <= until:
            yield one


def may_last(one: Episode | Worldwide | Silence, start: datetime, end: datetime) -> bool:
    """Whether it lasted in [start, end], or may have: what `standing` tells of an instant is told
    of a time that holds it."""
    if isinstance(one, Silence):
        first, last = (datetime.combine(day, time(), UTC) for day in (one.first, one.last))
        return first <= end and start < last + timedelta(days=1)
    if isinstance(one, Worldwide):
        return any(may_last(each, start, end) for each in one.episodes)
    until = one.resolution_latest or one.resolution_earliest + FRESH
    return one.onset_earliest <= end and start <= until


def last_seen(one: Episode, as_of: datetime) -> Episode:
    """The episode as it is told by a day of publication: one without an end goes on only while
    measurements of it are fresh."""
    seen = one.resolution_earliest
    stale = one.resolution_latest is None and seen + FRESH < as_of
    return msgspec.structs.replace(one, last_seen=seen if stale else None)
