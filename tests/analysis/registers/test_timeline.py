"""Which snapshots are believed, and what each one changed."""

from typing import Any

import msgspec
import pytest
from hypothesis import given
from hypothesis import strategies as st
from tests.analysis.worlds import EXPECTED, World, at, entry, late, worlds, woven

from gatewatch.analysis.registers import aside, timeline
from gatewatch.analysis.registers.timeline import Difference
from gatewatch.model.entry import version_of
from gatewatch.model.history import Op, Snapshot, Status
from gatewatch.model.message import Message
from gatewatch.model.register import Expectations


def told(held: dict[str, timeline.Recorded]) -> dict[str, timeline.Recorded]:
    return dict(sorted(held.items()))


@given(world=worlds, chance=st.randoms(use_true_random=False))
def test_the_order_of_arrival_does_not_matter(world: World, chance) -> None:
    """However snapshots are dealt to batches, and in whatever order, the same is recorded."""
    snapshots = [late(hour, holds) for hour, holds in world.items()]
    in_order = woven([[one] for one in sorted(snapshots, key=lambda one: one.snapshot.order)])
    chance.shuffle(snapshots)
    cuts = sorted(chance.choices(range(len(snapshots) + 1), k=3))
    batches = [snapshots[a:b] for a, b in zip([0, *cuts], [*cuts, len(snapshots)], strict=True)]
    assert told(woven(batches)) == told(in_order)


def test_the_reason_is_told_anew_when_what_it_compares_to_turns_up() -> None:
    """A collapse is measured against the last believed snapshot, however late that one came."""
    world = {4: {"a": 0, "b": 0, "c": 0, "d": 0}, 5: {"a": 0, "b": 0, "c": 0}, 7: {}, 8: {"a": 0}}
    snapshots = {hour: late(hour, holds) for hour, holds in world.items()}
    held = woven([[snapshots[4], snapshots[7], snapshots[8]], [snapshots[5]]])
    assert held["s08"].snapshot.reason == "collapse: 3 to 1 entries"


@given(world=worlds)
def test_events_lead_from_state_to_state(world: World) -> None:
    """Replaying the events of what was recorded gives back what each snapshot held."""
    held = woven([[late(hour, holds) for hour, holds in world.items()]])
    recorded = sorted(held.values(), key=lambda known: known.snapshot.order)
    for known, state in timeline.replay(recorded):
        holds = world[int(known.snapshot.origin)]
        assert state == {name: version_of(entry(name, version)) for name, version in holds.items()}


@given(world=worlds)
def test_a_snapshot_set_aside_moves_nobody(world: World) -> None:
    """Without the snapshots that were set aside, the believed ones say exactly the same."""
    held = woven([[late(hour, holds) for hour, holds in world.items()]])
    believed = {
        name: known for name, known in held.items() if known.snapshot.status == Status.ACCEPTED
    }
    alone = woven(
        [
            [late(int(k.snapshot.origin), world[int(k.snapshot.origin)])]
            for k in sorted(believed.values(), key=lambda k: k.snapshot.order)
        ]
    )
    assert told(alone) == told(believed)


@given(world=worlds, accept=st.booleans(), chance=st.randoms(use_true_random=False))
def test_a_decision_taken_back_leaves_no_trace(world: World, accept: bool, chance) -> None:
    """Deciding on a snapshot and deciding back gives what stood before, but for the decision."""
    held = woven([[late(hour, holds) for hour, holds in world.items()]])
    chosen = held[chance.choice(sorted(held))].snapshot
    after = held
    for status in (Status.ACCEPTED if accept else Status.REJECTED, chosen.status):
        decided = msgspec.structs.replace(chosen, status=status, decided=True)
        recorded = sorted(after.values(), key=lambda known: known.snapshot.order)
        rows = timeline.weave(recorded, [], {chosen.id: decided}, EXPECTED)
        after = after | {row.snapshot.id: row for row in rows}
    undecided = {
        name: msgspec.structs.replace(
            known, snapshot=msgspec.structs.replace(known.snapshot, decided=False)
        )
        for name, known in after.items()
    }
    assert told(undecided) == told(held)


def snapshot(**more) -> Snapshot:
    return Snapshot("s", "xx", at(1), content="c", origin="o", **more)


BEFORE = Snapshot("b", "xx", at(0), content="b", origin="b", entries=100)
SOUND = Expectations(minimum_entries=10, largest_drop=0.3, largest_unreadable=0.02)


@pytest.mark.parametrize(
    ("new", "missing", "reason"),
    [
        ({"entries": 100}, 0, None),
        ({"entries": 70}, 30, None),
        ({"entries": 69}, 31, "collapse: 100 to 69 entries"),
        ({"entries": 0}, 100, "empty: no entry in it"),
        ({"entries": 9}, 91, "9 entries, fewer than the 10 expected"),
        ({"entries": 99, "complete": False}, 1, "truncated: the file ends before its end mark"),
        ({"entries": 94, "unparsed": 6}, 0, "6 of 94 records could not be read"),
        ({"entries": 95, "unparsed": 5}, 0, None),
        ({"entries": 99, "unreadable": ("x",)}, 0, None),
        (
            {"entries": 99, "unreadable": ("x",)},
            1,
            "1 unreadable records may hide the 1 entries that are missing",
        ),
        ({"entries": 0, "complete": False, "reason": "no XML"}, 100, "no XML"),
    ],
)
def test_a_snapshot_is_judged_by_its_register_s_expectations(
    new: dict[str, Any], missing: int, reason: str | None
) -> None:
    """Each way a snapshot can be broken has its reason; the bounds themselves are still sound."""
    status, why = timeline.judge(
        snapshot(**new), BEFORE, BEFORE, Difference(missing=missing), SOUND
    )
    assert why == reason
    assert status == (Status.QUARANTINED if reason else Status.ACCEPTED)
    if timeline.fails_at_sight(snapshot(**new), BEFORE, SOUND):
        assert (status, why) == timeline.judge(snapshot(**new), BEFORE, BEFORE, Difference(), SOUND)
    else:
        assert why is None or "are missing" in why


def test_what_was_judged_before_a_late_snapshot_stays() -> None:
    """Whatever the expectations of today would say: only what follows is judged again."""
    rows = [late(0, {"a": 0}), late(2, {"a": 0, "b": 0}), late(6, {"a": 0, "b": 0})]
    held = woven([rows])
    strict = msgspec.structs.replace(SOUND, minimum_entries=1000)
    told = timeline.weave(held.values(), [late(4, {"a": 0})], {}, strict)
    assert [one.snapshot.id for one in told] == ["s04", "s06"]


def test_a_record_that_was_unreadable_before_hides_nobody_again() -> None:
    """Only an unreadable record that is new may hide what is missing."""
    before = msgspec.structs.replace(BEFORE, unreadable=("x",))
    new = snapshot(entries=99, unreadable=("x",))
    assert timeline.judge(new, before, before, Difference(missing=1), SOUND) == (
        Status.ACCEPTED,
        None,
    )


def test_a_person_s_decision_stands_against_the_rules() -> None:
    """A decided snapshot is never judged again."""
    new = snapshot(entries=0, decided=True, status=Status.ACCEPTED)
    assert timeline.judge(new, BEFORE, BEFORE, Difference(missing=100), SOUND) == (
        Status.ACCEPTED,
        None,
    )


def test_a_late_snapshot_narrows_the_bracket_of_what_follows() -> None:
    """A snapshot between two others moves the change to one side, and the event is told anew."""
    early, new = late(0, {"a": 0}), late(9, {"a": 0, "b": 0})
    held = woven([[early, new]])
    assert held["s09"].snapshot.base_at == at(0)
    between = late(4, {"a": 0, "b": 0})
    refined = woven([[early, new], [between]])
    assert refined["s04"].changes[0].op == Op.ADDED
    assert refined["s09"].changes == ()
    assert refined["s09"].snapshot.base_at == at(4)


def test_a_kept_reason_is_read_back_as_the_sentence_it_was_made_of() -> None:
    """With its numbers; what a reader of the source wrote stays text."""
    kept = aside.told(aside.COLLAPSE, before=12_345, now=7)
    assert kept == "collapse: 12,345 to 7 entries"
    known = aside.read(kept)
    assert isinstance(known, Message)
    assert (known.id, known.params) == (aside.COLLAPSE.id, {"before": 12_345, "now": 7})
    assert aside.read("not a zip: collapse") == "not a zip: collapse"


@pytest.mark.parametrize(
    ("entries", "unparsed", "is_believed"),
    [
        (1, 1, False),
        (4, 2, False),
        (5, 3, False),
        (6, 3, True),
        (30, 15, True),
        (30, 16, False),
        (250, 6, False),
    ],
)
def test_half_of_a_small_list_may_be_unread_where_none_stands_before_it(
    entries: int, unparsed: int, is_believed: bool
) -> None:
    """It takes nobody off. What was unread in it is no sign that its next state is bad."""
    few = Expectations(minimum_entries=1)
    first = snapshot(entries=entries, unparsed=unparsed)
    status, _ = timeline.judge(first, None, None, Difference(), few)
    assert (status == Status.ACCEPTED) == is_believed
    if is_believed:
        again = timeline.judge(
            snapshot(entries=entries + 1, unparsed=unparsed), first, first, Difference(added=1), few
        )
        assert again == (Status.ACCEPTED, None)
        worse = snapshot(entries=entries, unparsed=entries)
        assert timeline.judge(worse, first, first, Difference(), few)[0] == Status.QUARANTINED


@pytest.mark.parametrize("count", [4, 40])
def test_sites_that_went_out_of_most_rows_are_no_removals(count: int) -> None:
    """Their entries stand under the same ids and name nothing."""
    few = Expectations(minimum_entries=1)
    before = msgspec.structs.replace(BEFORE, entries=count)
    now = snapshot(entries=count)
    for emptied in (count // 2, count // 2 + 1):
        differs = Difference(changed=emptied, emptied=emptied)
        status, why = timeline.judge(now, before, before, differs, few)
        right = f"{emptied} of {count} entries name nothing any more"
        assert (status, why) == (
            (Status.ACCEPTED, None) if emptied * 2 <= count else (Status.QUARANTINED, right)
        )


@pytest.mark.parametrize(
    ("entries", "unparsed", "missing", "is_believed"),
    [
        *((1, 1, 0, False), (2, 1, 0, True), (4, 2, 0, False), (5, 2, 0, True)),
        *((5, 2, 4, False), (5, 1, 4, True), (13, 6, 0, False)),
    ],
)
def test_less_than_half_of_a_small_list_may_be_unread_if_it_is_the_list_of_before(
    entries: int, unparsed: int, missing: int, is_believed: bool
) -> None:
    """What is unread weighs by what it may name; another list of which much is unread is none."""
    new = snapshot(entries=entries, unparsed=unparsed)
    before = msgspec.structs.replace(BEFORE, entries=4)
    few = Expectations(minimum_entries=1)
    status, _ = timeline.judge(new, before, before, Difference(missing=missing), few)
    assert (status == Status.ACCEPTED) == is_believed
