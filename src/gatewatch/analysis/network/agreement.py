"""What measurements say of a target at a moment. Pure. Absence of measurements is insufficient,
never reachable."""

from collections.abc import Iterable, Iterator
from datetime import datetime, timedelta
from enum import StrEnum
from typing import TYPE_CHECKING

from gatewatch.model.episode import Episode

if TYPE_CHECKING:
    from gatewatch.analysis.network.forward_backward import Ints

FRESH = timedelta(days=7)
"""How near a measurement has to lie to tell of a moment."""


class NetworkState(StrEnum):
    """What measurements say of a target at a moment."""

    BLOCKED = "blocked"
    REACHABLE = "reachable"
    INSUFFICIENT = "insufficient"


def network_at(
    episodes: Iterable[Episode], measured: "Ints", when: datetime, worldwide: Iterable[Episode] = ()
) -> tuple[NetworkState, Episode | None]:
    """What the network says at a moment, from episodes of the target and the hours since 1970 in
    which it was measured. An episode without an end counts only while measurements of it are fresh.

    `worldwide` are those of what began everywhere at once: while such a one lasts, what measures
    the target, or the target, is at fault, and nothing is known of the network."""
    if one := next(standing(episodes, when), None):
        return NetworkState.BLOCKED, one
    if next(standing(worldwide, when), None):
        return NetworkState.INSUFFICIENT, None
    near = abs(measured * 3600.0 - when.timestamp()) <= FRESH.total_seconds()
    return (NetworkState.REACHABLE if near.any() else NetworkState.INSUFFICIENT), None


def standing(episodes: Iterable[Episode], when: datetime) -> Iterator[Episode]:
    """Those that last at a moment, as far as measurements are fresh."""
    for one in episodes:
        until = one.resolution_earliest + (FRESH if one.ongoing else timedelta())
        if one.onset_latest <= when <= until:
            yield one
