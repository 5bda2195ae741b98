"""Events folded to versions of an entry, and to the times over which each selector was listed."""

from hypothesis import given
from tests.analysis.worlds import World, at, entry, events, late, worlds, woven

from gatewatch.analysis.registers import listings
from gatewatch.model.history import Listing
from gatewatch.model.moment import Bracket
from gatewatch.model.register import Expectations
from gatewatch.model.selector import parse

ANYTHING_GOES = Expectations(minimum_entries=0, largest_drop=1.0)


def found(world: World) -> list[Listing]:
    held = woven([[late(hour, holds) for hour, holds in world.items()]], ANYTHING_GOES)
    return [
        listing
        for (register, name), told in listings.by_entry(events(held))
        for listing in listings.listings(register, name, listings.versions(told))
    ]


def stands(listing: Listing, hour: int) -> bool:
    """At the instant of a snapshot both brackets are sharp."""
    came, went = listing.came.by, listing.went.by if listing.went else None
    return came is not None and came <= at(hour) and (went is None or went > at(hour))


def test_what_leaves_and_comes_back_is_listed_twice() -> None:
    """Each unbroken time is a listing of its own, with the brackets of its ends."""
    always = {"z": 0}
    world = {0: always, 1: always | {"a": 0}, 5: always, 9: always | {"a": 0}}
    first, second = [x for x in found(world) if x.entry_id == "a"]
    assert (first.came, first.went) == (Bracket(at(0), at(1)), Bracket(at(1), at(5)))
    assert (second.came, second.went) == (Bracket(at(5), at(9)), None)


def test_a_change_of_the_decision_keeps_the_listing_and_adds_a_version() -> None:
    """One listing holds all versions of its entry, each with the snapshots that showed it."""
    (one,) = found({0: {"a": 0}, 1: {"a": 1}})
    assert [v.entry.decision and v.entry.decision.number for v in one.versions] == ["0", "1"]
    assert [v.snapshots for v in one.versions] == [("s00", "s01"), ("s01",)]


def test_a_selector_that_an_entry_drops_is_delisted_alone() -> None:
    """The entry stays, one of its selectors goes."""
    kept, gone = sorted(found({0: {"a": 2}, 4: {"a": 0}}), key=lambda x: x.went is not None)
    assert (kept.selector, kept.went) == (parse("a.example"), None)
    assert (gone.selector, gone.went) == (parse("two.example"), Bracket(at(0), at(4)))


@given(world=worlds)
def test_listings_are_exactly_what_snapshots_show(world: World) -> None:
    """At every believed snapshot the selectors that stand are those of the entries it holds."""
    listed = found(world)
    for hour, holds in world.items():
        if not holds:
            continue
        shown = {(name, s) for name, v in holds.items() for s in entry(name, v).selectors}
        standing = {(x.entry_id, x.selector) for x in listed if stands(x, hour)}
        assert standing == shown


@given(world=worlds)
def test_every_listing_names_the_snapshots_that_made_it(world: World) -> None:
    """Law 4: each version names the snapshot that first showed it and the one that ended it."""
    for listing in found(world):
        for version in listing.versions:
            hours = [int(name[1:]) for name in version.snapshots]
            assert at(hours[0]) == version.since.by
            assert (len(hours) == 2) == (version.until is not None)
            if version.until is not None:
                assert at(hours[1]) == version.until.by
