"""Whether something was listed at a time, and how surely: the rules that turn brackets to words."""

from datetime import UTC, date, datetime, time, timedelta
from enum import StrEnum
from zoneinfo import ZoneInfo

import msgspec

from gatewatch.analysis.registers.lookup import MatchCoverage
from gatewatch.model.history import Listing, SnapshotCoverage, Version
from gatewatch.model.message import Message, message
from gatewatch.model.moment import Bracket
from gatewatch.model.selector import Kind


class ListingState(StrEnum):
    """The answer to "is it listed?"."""

    LISTED = "listed"
    IN_PART = "listed_in_part"
    NOT_LISTED = "not_listed"
    INSUFFICIENT = "insufficient"


class Why(StrEnum):
    """What a standing rests on: a code for programs, and `said` for people."""

    SNAPSHOTS = "snapshots"
    LAST_PUBLISHED = "last_published"
    STATED = "stated"
    ABSENT = "absent"
    BRACKET = "bracket"
    BEGINS = "begins"
    ENDS = "ends"
    GAP = "gap"
    UNREAD = "unread"
    NOTHING = "nothing"
    ABOVE_ALONE = "above_alone"
    ABOVE_PERHAPS = "above_perhaps"
    BEYOND_PART = "beyond_part"

    @property
    def said(self) -> Message:
        """The reason as a sentence."""
        return _SAID[self]


_SAID = {
    Why.SNAPSHOTS: message("snapshots on both sides show it"),
    Why.LAST_PUBLISHED: message("as last published"),
    Why.STATED: message("by the entry's own dates"),
    Why.ABSENT: message("no snapshot around it shows it"),
    Why.BRACKET: message("the change lies between two snapshots"),
    Why.BEGINS: message("the history held here begins later"),
    Why.ENDS: message("the history held here ends earlier"),
    Why.GAP: message("no snapshot is held around it"),
    Why.UNREAD: message("a text of this register that could not be read may say so"),
    Why.NOTHING: message("nothing is held of this register by then"),
    Why.ABOVE_ALONE: message(
        "a domain above it is listed, which in this register does not cover what lies beneath"
    ),
    Why.ABOVE_PERHAPS: message(
        "a domain above it is listed; whether that covers what lies beneath is not known"
    ),
    Why.BEYOND_PART: message(
        "this register restates only a part of a list, and the name is not of that part"
    ),
}


class RegisterCoverage(SnapshotCoverage, frozen=True):
    """What is held of a register around the time asked about, and how long its silence is borne."""

    patience: timedelta
    zone: ZoneInfo

    def last_list(self, *, insufficient: bool = False) -> datetime | None:
        """When the last list was published on which the state of a span rests, or where that is
        open the state known last."""
        return self.since or self.before if insufficient else self.before

    def last_known(self, *, insufficient: bool = False) -> date | None:
        """Its day, in the register's zone."""
        last = self.last_list(insufficient=insufficient)
        return last.astimezone(self.zone).date() if last else None

    def hole(self, start: datetime, end: datetime) -> Why | None:
        """Why nothing can be said of a span, or None if snapshots cover it."""
        if self.first is None or self.last is None:
            return Why.NOTHING
        if end < self.first:
            return Why.BEGINS
        if start > self.last:
            return Why.ENDS if start - self.last > self.patience else None
        in_span = self.before is not None and start <= self.before <= end
        if in_span or self.before is None or self.after is None:
            return None
        return Why.GAP if self.after - self.before > self.patience else None

    def unseen(self, start: datetime, end: datetime) -> Why | None:
        """Why not all of a span is seen, or None: "not listed on a day" says it of the whole
        day."""
        hole = self.hole(start, end)
        if hole is not None or start == end or self.before is None or start > self.before:
            return hole
        if self.since is None:
            return Why.BEGINS
        if self.until is None and end - self.before > self.patience:
            return Why.ENDS
        gaps = ((self.since, self.after), (self.before, self.until))
        return (
            Why.GAP
            if any(b is not None and b - a > self.patience and a < end for a, b in gaps)
            else None
        )


def standing(
    listing: Listing, start: datetime, end: datetime, held: RegisterCoverage
) -> tuple[ListingState, Why]:
    """LISTED, NOT_LISTED or INSUFFICIENT for one listing over [start, end] (often one instant)."""
    included, removed = _stated(listing, held.zone)
    if listing.selector.kind == Kind.UNREAD:
        return _unread(listing, start, end)
    opens = included or listing.came.by
    may_open = included or listing.came.after
    closes, may_close = _end(listing, removed)
    assert opens is not None
    if may_open is not None and (end < may_open or (included is None and end <= may_open)):
        return ListingState.NOT_LISTED, Why.STATED if included else Why.ABSENT
    if may_close is not None and start >= may_close:
        return ListingState.NOT_LISTED, Why.STATED if removed == may_close else Why.ABSENT
    if end < opens or (closes is not None and start > closes):
        return ListingState.INSUFFICIENT, _unsure(end, held)
    hole = held.hole(start, end)
    doubted = _doubted_since(listing, held.zone)
    if doubted is not None and end > doubted:
        return ListingState.INSUFFICIENT, Why.UNREAD
    if hole in {None, Why.BEGINS}:
        return ListingState.LISTED, _sure(included, start, listing, held)
    return ListingState.INSUFFICIENT, hole or Why.GAP


def combine(
    standings: list[tuple[ListingState, Why, MatchCoverage]],
    start: datetime,
    end: datetime,
    held: RegisterCoverage,
    *,
    beyond: bool = False,
) -> tuple[ListingState, Why]:
    """One register's answer from all that met the question in it. `beyond`: the register is a part
    of a list, and the name is not of that part."""
    hole = held.unseen(start, end)
    for wanted, state in (
        (MatchCoverage.WHOLE, ListingState.LISTED),
        (MatchCoverage.PART, ListingState.IN_PART),
    ):
        for found, why, coverage in standings:
            if found == ListingState.LISTED and coverage == wanted:
                return state, why
    unsure = [
        w for s, w, c in standings if s == ListingState.INSUFFICIENT and c != MatchCoverage.RELATED
    ]
    if unsure:
        return ListingState.INSUFFICIENT, unsure[0]
    if beyond:
        return ListingState.INSUFFICIENT, Why.BEYOND_PART
    if hole is not None:
        return ListingState.INSUFFICIENT, hole
    if any(w == Why.STATED and c != MatchCoverage.RELATED for _, w, c in standings):
        return ListingState.NOT_LISTED, Why.STATED
    later = held.last is not None and start > held.last
    return ListingState.NOT_LISTED, Why.LAST_PUBLISHED if later else Why.ABSENT


def overall(states: list[ListingState]) -> ListingState:
    """One answer over several registers: a listing anywhere counts, then what is not known."""
    for state in (ListingState.LISTED, ListingState.IN_PART, ListingState.INSUFFICIENT):
        if state in states:
            return state
    return ListingState.NOT_LISTED if states else ListingState.INSUFFICIENT


def version_at(listing: Listing, end: datetime) -> Version:
    """The version that the register showed at a time; the first if it is asked about earlier."""
    shown = [v for v in listing.versions if v.since.by is not None and v.since.by <= end]
    return shown[-1] if shown else listing.versions[0]


def stated_time(text: str | None, zone: ZoneInfo) -> datetime | None:
    """A register's own local time or day as UTC; a day is its first moment. None if it is none."""
    try:
        if text is None:
            return None
        if len(text) == 10:
            return datetime.combine(date.fromisoformat(text), time(), zone).astimezone(UTC)
        return datetime.fromisoformat(text).replace(tzinfo=zone).astimezone(UTC)
    except (ValueError, OverflowError):  # the register's own word may be no time at all
        return None


def _stated(listing: Listing, zone: ZoneInfo) -> tuple[datetime | None, datetime | None]:
    """The entry's own dates, where they can be true: inclusion may have been rewritten later."""
    included = stated_time(listing.versions[0].entry.included_at, zone)
    after, by = listing.came.after, listing.came.by
    if included and ((after and included <= after) or (by and included > by)):
        included = None
    return included, _removed(listing, zone)


def _removed(listing: Listing, zone: ZoneInfo) -> datetime | None:
    """The day of removal; where it cannot be read any more, as it was read before."""
    if listing.entry.removed_at is None:
        return None
    told = (stated_time(v.entry.removed_at, zone) for v in reversed(listing.versions))
    return next((day for day in told if day is not None), None)


def _doubted_since(listing: Listing, zone: ZoneInfo) -> datetime | None:
    """Since when a removal is stated that cannot be read: the last time that none was. None if
    there is no such removal."""
    if listing.entry.removed_at is None or _removed(listing, zone) is not None:
        return None
    known = [v.since.after for v in listing.versions if v.entry.removed_at is not None]
    return known[0] or datetime.min.replace(tzinfo=UTC)


def _unread(listing: Listing, start: datetime, end: datetime) -> tuple[ListingState, Why]:
    """A text that may name what was asked: nothing can be said of the time in which it may
    stand."""
    came, went = listing.came.after, listing.went
    if (came is not None and end <= came) or (went and went.by is not None and start >= went.by):
        return ListingState.NOT_LISTED, Why.ABSENT
    return ListingState.INSUFFICIENT, Why.UNREAD


def _end(listing: Listing, removed: datetime | None) -> tuple[datetime | None, datetime | None]:
    """The last moment it surely stood and the first it surely did not."""
    closes = listing.went.after if listing.went else None
    may_close = listing.went.by if listing.went else None
    if removed is not None and (may_close is None or removed < may_close):
        return removed, removed
    return closes, may_close


def as_stated(listing: Listing, zone: ZoneInfo) -> Listing:
    """With its end as it is to be told: the entry's own day of removal where that comes first."""
    closes, may_close = _end(listing, _stated(listing, zone)[1])
    if listing.went and (listing.went.after, listing.went.by) == (closes, may_close):
        return listing
    went = Bracket(closes, may_close) if may_close else None
    return msgspec.structs.replace(listing, went=went)


def ended_by(listing: Listing, zone: ZoneInfo) -> datetime | None:
    """From when on a listing surely did not stand, by its own day or by a snapshot; None: it
    does."""
    return _end(listing, _stated(listing, zone)[1])[1]


def _unsure(end: datetime, held: RegisterCoverage) -> Why:
    if held.first is not None and end < held.first:
        return Why.BEGINS
    return Why.BRACKET


def _sure(
    included: datetime | None, start: datetime, listing: Listing, held: RegisterCoverage
) -> Why:
    if listing.came.by is not None and start < listing.came.by and included is not None:
        return Why.STATED
    if held.last is not None and start > held.last:
        return Why.LAST_PUBLISHED
    return Why.SNAPSHOTS
