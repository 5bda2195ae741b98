"""Whether it was listed: held against a plain model that only looks at snapshots left and right."""

from collections.abc import Sequence
from datetime import UTC, datetime, timedelta
from typing import Any
from zoneinfo import ZoneInfo

import pytest
from hypothesis import given
from hypothesis import strategies as st
from tests.analysis.worlds import HOUR, World, at, events, late, worlds, woven

from gatewatch.analysis.registers import listings, standing
from gatewatch.analysis.registers.lookup import MatchCoverage
from gatewatch.analysis.registers.standing import ListingState, RegisterCoverage, Why
from gatewatch.model.entry import Entry
from gatewatch.model.history import Listing, Version
from gatewatch.model.moment import Bracket
from gatewatch.model.register import Expectations
from gatewatch.model.selector import parse

UTC_ZONE = ZoneInfo("UTC")
PATIENCE = 10
ANYTHING_GOES = Expectations(minimum_entries=0, largest_drop=1.0)


def held_around(hours: Sequence[float], start: float, end: float) -> RegisterCoverage:
    before = [h for h in hours if h <= end]
    after = [h for h in hours if h > start]
    return RegisterCoverage(
        unread=0,
        before_anew=None,
        since_anew=None,
        first=at(min(hours)),
        last=at(max(hours)),
        before=at(max(before)) if before else None,
        after=at(min(after)) if after else None,
        since=at(max(h for h in hours if h <= start)) if min(hours) <= start else None,
        until=at(min(h for h in hours if h > end)) if max(hours) > end else None,
        patience=PATIENCE * HOUR,
        zone=UTC_ZONE,
    )


def answer(world: World, name: str, hour: float) -> ListingState:
    """What the whole path answers for one domain at one instant."""
    held = woven([[late(h, holds) for h, holds in world.items()]], ANYTHING_GOES)
    hours = [h for h in world if held[f"s{h:02}"].snapshot.status == "accepted"]
    if not hours:
        return ListingState.INSUFFICIENT
    found = [
        listing
        for (register, entry), told in listings.by_entry(events(held))
        for listing in listings.listings(register, entry, listings.versions(told))
        if listing.selector == parse(f"{name}.example")
    ]
    around = held_around(hours, hour, hour)
    told = [
        (*standing.standing(one, at(hour), at(hour), around), MatchCoverage.WHOLE) for one in found
    ]
    return standing.combine(told, at(hour), at(hour), around)[0]


def expected(world: World, name: str, hour: float) -> ListingState:
    """The model: look at the nearest snapshots on both sides, nothing else. Empty ones are none."""
    hours = sorted(h for h, holds in world.items() if holds)
    left = [h for h in hours if h <= hour]
    right = [h for h in hours if h >= hour]
    if not left:
        return ListingState.INSUFFICIENT
    nearest = right[0] if right else left[-1]
    if (hour if not right else nearest) - left[-1] > PATIENCE:
        return ListingState.INSUFFICIENT
    shown = {name in world[left[-1]], name in world[nearest]}
    if len(shown) == 2:
        return ListingState.INSUFFICIENT
    return ListingState.LISTED if shown == {True} else ListingState.NOT_LISTED


@given(world=worlds, name=st.sampled_from("abc"), half_hours=st.integers(-8, 160))
def test_an_answer_is_what_the_nearest_snapshots_show(
    world: World, name: str, half_hours: int
) -> None:
    """Both show it: listed. Neither: not listed. One, or too far apart, or none: insufficient."""
    hour = half_hours / 2
    assert answer(world, name, hour) == expected(world, name, hour)


def listing(came: tuple[int | None, int], went: tuple[int, int] | None, **stated: Any) -> Listing:
    name = parse("a.example")
    bracket = Bracket(None if came[0] is None else at(came[0]), at(came[1]))
    gone = Bracket(at(went[0]), at(went[1])) if went else None
    version = Version(Entry("a", (name,), **stated), bracket, gone, gone is not None)
    return Listing("xx", "a", name, bracket, gone, (version,))


@pytest.mark.parametrize(
    ("came", "went", "stated", "hour", "state", "why"),
    [
        ((0, 10), None, {}, 5, ListingState.INSUFFICIENT, Why.BRACKET),
        ((0, 10), None, {"included_at": "2020-01-01T04:00:00"}, 5, ListingState.LISTED, Why.STATED),
        (
            (0, 10),
            None,
            {"included_at": "2020-01-01T04:00:00"},
            3,
            ListingState.NOT_LISTED,
            Why.STATED,
        ),
        # Rewritten later: an inclusion that the snapshots contradict is not believed.
        (
            (0, 10),
            None,
            {"included_at": "2020-01-01T11:00:00"},
            5,
            ListingState.INSUFFICIENT,
            Why.BRACKET,
        ),
        (
            (6, 10),
            None,
            {"included_at": "2020-01-01T04:00:00"},
            5,
            ListingState.NOT_LISTED,
            Why.ABSENT,
        ),
        ((None, 0), None, {"included_at": "2019-06-01"}, -100, ListingState.LISTED, Why.STATED),
        ((None, 0), None, {}, -100, ListingState.INSUFFICIENT, Why.BEGINS),
        (
            (0, 1),
            None,
            {"removed_at": "2020-01-01T07:00:00"},
            8,
            ListingState.NOT_LISTED,
            Why.STATED,
        ),
        (
            (0, 1),
            None,
            {"removed_at": "2020-01-01T07:00:00"},
            6,
            ListingState.LISTED,
            Why.SNAPSHOTS,
        ),
        ((0, 1), (6, 9), {}, 7, ListingState.INSUFFICIENT, Why.BRACKET),
        ((0, 1), (6, 9), {}, 9, ListingState.NOT_LISTED, Why.ABSENT),
        ((0, 1), None, {}, 21, ListingState.LISTED, Why.LAST_PUBLISHED),
        ((0, 1), None, {}, 31, ListingState.INSUFFICIENT, Why.ENDS),
    ],
)
def test_an_entry_s_own_dates_count_where_they_can_be_true(
    came: tuple[int | None, int],
    went: tuple[int, int] | None,
    stated: dict[str, str],
    hour: int,
    state: ListingState,
    why: Why,
) -> None:
    """Stated days sharpen a bracket and never contradict a snapshot."""
    hours = [h for h in (*came, *(went or ()), 8, 15, 20) if h is not None]
    around = held_around(hours, hour, hour)
    assert standing.standing(listing(came, went, **stated), at(hour), at(hour), around) == (
        state,
        why,
    )


def test_a_day_is_listed_if_it_was_at_some_time_of_it() -> None:
    """A whole day asked about needs only one sure moment; a day without one is unsure."""
    held = RegisterCoverage(
        *(at(0), at(100), at(40), at(41), at(40), at(41), 0, at(40), at(40)),
        timedelta(hours=200),
        UTC_ZONE,
    )
    one = listing((20, 30), (40, 60))
    assert standing.standing(one, at(24), at(47), held)[0] == ListingState.LISTED
    assert standing.standing(one, at(48), at(71), held)[0] == ListingState.INSUFFICIENT
    assert standing.standing(one, at(72), at(95), held)[0] == ListingState.NOT_LISTED


@pytest.mark.parametrize(
    ("states", "one"),
    [
        ([], ListingState.INSUFFICIENT),
        ([ListingState.NOT_LISTED], ListingState.NOT_LISTED),
        ([ListingState.NOT_LISTED, ListingState.INSUFFICIENT], ListingState.INSUFFICIENT),
        ([ListingState.INSUFFICIENT, ListingState.IN_PART], ListingState.IN_PART),
        (
            [ListingState.IN_PART, ListingState.LISTED, ListingState.INSUFFICIENT],
            ListingState.LISTED,
        ),
    ],
)
def test_over_several_registers_the_nearest_answer_wins(
    states: list[ListingState], one: ListingState
) -> None:
    """Listed anywhere is listed; what is not known comes before not listed."""
    assert standing.overall(states) == one


def test_a_day_without_time_begins_in_the_register_s_zone() -> None:
    """A stated day is its first moment where the register is kept."""
    assert standing.stated_time("2020-07-01", ZoneInfo("Europe/Prague")) == datetime(
        2020, 6, 30, 22, tzinfo=UTC
    )


@pytest.mark.parametrize(
    ("hours", "start", "state", "why"),
    [
        ([0, 10, 20, 30], 12, ListingState.NOT_LISTED, Why.ABSENT),
        ([0, 10, 40], 12, ListingState.INSUFFICIENT, Why.GAP),
        # One snapshot in the day, then a long gap: the rest of the day is not seen.
        ([0, 10, 14, 80], 12, ListingState.INSUFFICIENT, Why.GAP),
        ([0, 30, 35, 40], 24, ListingState.INSUFFICIENT, Why.GAP),
        ([14, 20, 30], 12, ListingState.INSUFFICIENT, Why.BEGINS),
        ([0, 10, 14, 20], 12, ListingState.INSUFFICIENT, Why.ENDS),
        ([0, 10, 20, 28], 12, ListingState.NOT_LISTED, Why.ABSENT),
    ],
)
def test_not_listed_on_a_day_needs_the_whole_day_seen(
    hours: list[float], start: int, state: ListingState, why: Why
) -> None:
    """A day of which a part lies in a gap, or before the history, is not called not listed."""
    end = start + 24
    held = held_around(hours, start, end)
    assert standing.combine([], at(start), at(end), held) == (state, why)


def test_an_answer_says_that_it_rests_on_the_entry_s_own_day() -> None:
    """Where a row bears its day of removal, so does the reason of the answer."""
    hours = [0, 1, 8, 15, 20]
    gone = listing((0, 1), None, removed_at="2020-01-01T07:00:00")
    held = held_around(hours, 9, 9)
    told = [(*standing.standing(gone, at(9), at(9), held), MatchCoverage.WHOLE)]
    assert standing.combine(told, at(9), at(9), held) == (ListingState.NOT_LISTED, Why.STATED)


@pytest.mark.parametrize("text", ["soon", "2020-13-01", "2020-01-01T", "0001-01-01", None])
def test_a_stated_time_that_is_none_is_no_time(text: str | None) -> None:
    """What a register wrote in place of a time never makes an answer fail."""
    assert standing.stated_time(text, ZoneInfo("Asia/Tokyo")) is None
