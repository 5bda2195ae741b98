"""What is answered, and how the nearest of all that met a question is found."""

from collections.abc import Iterator
from datetime import UTC, date, datetime

import msgspec

from gatewatch.analysis.registers import lookup, standing
from gatewatch.analysis.registers.lookup import Coverage, How
from gatewatch.analysis.registers.standing import Held, State
from gatewatch.model.history import Listing, Snapshot, Status, Version
from gatewatch.model.moment import Moment
from gatewatch.model.register import Register
from gatewatch.model.selector import Selector

When = str | date | datetime | None


class Match(msgspec.Struct, frozen=True):
    """A listing that met the question: how, how much of it is covered, and whether it stood."""

    how: str
    coverage: str
    state: str
    why: str
    listing: Listing
    shown: Version
    """The version that the register showed at the time asked about."""


class RegisterAnswer(msgspec.Struct, frozen=True):
    """One register's answer, with what of it is held around the time asked about."""

    register: str
    jurisdiction: str
    state: str
    why: str
    matches: tuple[Match, ...]
    first: datetime | None
    last: datetime | None


class Answer(msgspec.Struct, frozen=True):
    """Is it listed? By each register, and over all of them."""

    asked: str
    selector: Selector
    state: str
    moment: Moment
    registers: tuple[RegisterAnswer, ...]


class Freshness(msgspec.Struct, frozen=True):
    """A register as held: how far it reaches and since when it is silent."""

    register: Register
    snapshots: int
    quarantined: int
    entries: int
    first_published: datetime
    last_published: datetime
    last_checked: datetime
    silent_since: datetime | None
    """The last publication, if by its declared cadence and patience another one is overdue."""


def meetings(
    selector: Selector,
    probe: list[tuple[str, How]],
    filed: dict[str, list[tuple[str, str]]],
    known: dict[tuple[str, str], list[Listing]],
) -> Iterator[tuple[How, Listing]]:
    seen: set[int] = set()
    for key, how in probe:
        for owner in filed.get(key, ()):
            for listing in known.get(owner, ()):
                if key not in lookup.stored(listing.selector) or id(listing) in seen:
                    continue
                seen.add(id(listing))
                exact = listing.selector.value == selector.value
                yield (How.OTHER_SCHEME if how == How.EXACT_URL and not exact else how), listing


def match(
    how: How, listing: Listing, start: datetime, end: datetime, held: Held, register: Register
) -> Match:
    shown = standing.version_at(listing, end)
    prescribed = listing.selector in shown.entry.targets
    coverage = lookup.covers(
        how, prescribed=prescribed, covers_subdomains=register.covers_subdomains
    )
    state, why = standing.standing(listing, start, end, held)
    return Match(how, coverage, state, why, listing, shown)


def nearest(match: Match) -> tuple[int, int, int, str]:
    order = [State.LISTED, State.INSUFFICIENT, State.NOT_LISTED]
    coverage = [Coverage.WHOLE, Coverage.PART, Coverage.RELATED]
    return (
        order.index(State(match.state)),
        coverage.index(Coverage(match.coverage)),
        lookup.NEAREST[How(match.how)],
        match.listing.entry_id,
    )


def freshness(
    register: Register, held: list[Snapshot], accepted: list[Snapshot], now: datetime
) -> Freshness:
    last = accepted[-1]
    recorded = [s.recorded_at for s in held if s.recorded_at]
    now = min(now, datetime.now(UTC))
    overdue = now - last.published_at > register.patience
    return Freshness(
        register=register,
        snapshots=len(held),
        quarantined=sum(s.status == Status.QUARANTINED for s in held),
        entries=last.entries,
        first_published=accepted[0].published_at,
        last_published=last.published_at,
        last_checked=max(recorded),
        silent_since=last.published_at if overdue else None,
    )
