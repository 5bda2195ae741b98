"""Does the network agree with the register? Per target, as of a moment. Pure.

Paper says listed, delisted or unlisted; the network says blocked, reachable or nothing. Absence of
measurements is insufficient, never reachable.
"""

from collections.abc import Iterable, Sequence
from datetime import datetime, timedelta
from enum import StrEnum

import msgspec

from gatewatch.model.episode import Episode
from gatewatch.model.history import Listing
from gatewatch.model.moment import Bracket
from gatewatch.model.states import Agreement

FRESH = timedelta(days=7)
"""How near a measurement has to lie to tell of a moment."""


class Network(StrEnum):
    """What measurements say of a target at a moment."""

    BLOCKED = "blocked"
    REACHABLE = "reachable"
    INSUFFICIENT = "insufficient"


class Lag(msgspec.Struct, frozen=True):
    """Hours from a listing to an onset, or from a delisting to an end: not less, not more. None where
    a side is open. Negative: the network was first."""

    least: float | None
    most: float | None


class Reconciled(msgspec.Struct, frozen=True):
    """One target in one jurisdiction at a moment, with what it rests on."""

    target: str
    jurisdiction: str
    state: Agreement
    network: Network
    listing: Listing | None
    episode: Episode | None
    lag: Lag | None
    collateral: tuple[str, ...] = ()
    """Listed addresses that the target shares."""


def network_at(
    episodes: Iterable[Episode], measured: Sequence[datetime], when: datetime
) -> tuple[Network, Episode | None]:
    """What the network says at a moment, from episodes of the target and the hours it was measured.

    An episode without an end counts only while measurements of it are fresh.
    """
    near = any(abs(when - at) <= FRESH for at in measured)
    for one in episodes:
        until = one.resolution_earliest + (FRESH if one.ongoing else timedelta())
        if one.onset_latest <= when <= until:
            return Network.BLOCKED, one
    return (Network.REACHABLE if near else Network.INSUFFICIENT), None


def paper_at(listings: Sequence[Listing], when: datetime) -> tuple[str, Listing | None]:
    """listed, delisted or unlisted at a moment, and the listing that says so. Within the bracket of a
    change the side that surely held before it counts."""
    gone: Listing | None = None
    for one in listings:
        came = one.came.by or one.came.after
        if came is None or came > when:
            continue
        if one.went is None or (one.went.by or when) > when:
            return "listed", one
        if gone is None or _went(one) >= _went(gone):
            gone = one
    return ("delisted", gone) if gone else ("unlisted", None)


def _went(one: Listing) -> datetime:
    assert one.went is not None
    assert one.went.by is not None
    return one.went.by


def reconcile(
    target: str, jurisdiction: str, listings: Sequence[Listing], episodes: Sequence[Episode],
    measured: Sequence[datetime], when: datetime,
) -> Reconciled:  # fmt: skip
    """One target: its listings, its episodes and the hours in which it was measured."""
    paper, listing = paper_at(listings, when)
    network, episode = network_at(episodes, measured, when)
    if paper == "delisted" and network == Network.BLOCKED:
        state = Agreement.DELISTED_STILL_BLOCKED
    elif paper == "delisted" and network == Network.REACHABLE:
        state = Agreement.DELISTED_REACHABLE
    else:
        state = Agreement(f"{'listed' if paper == 'listed' else 'unlisted'}_{network}")
    lag = _lag(paper, listing, episodes) if listing else None
    return Reconciled(target, jurisdiction, state, network, listing, episode, lag)


def _lag(paper: str, listing: Listing | None, episodes: Sequence[Episode]) -> Lag | None:
    """From the listing to the first onset after it, or from the delisting to the end of what it
    concerned."""
    if listing is None:
        return None
    if paper == "delisted" and listing.went:
        ended = [e for e in episodes if e.resolution_latest]
        return _between(listing.went, Bracket(ended[-1].resolution_earliest, ended[-1].resolution_latest)) if ended else None  # fmt: skip
    return _between(listing.came, Bracket(episodes[0].onset_earliest, episodes[0].onset_latest)) if episodes else None  # fmt: skip


def _between(first: Bracket, then: Bracket) -> Lag:
    least = _hours(then.after, first.by)
    most = _hours(then.by, first.after)
    return Lag(least, most)


def _hours(later: datetime | None, earlier: datetime | None) -> float | None:
    if later is None or earlier is None:
        return None
    return round((later - earlier) / timedelta(hours=1), 2)
