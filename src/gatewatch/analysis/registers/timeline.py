"""Snapshots in the order of their own time: which to believe, and what each one changed.

Pure, and the same for the first snapshot, the next one, and one that turns up years late: whether
a snapshot is accepted depends only on those before it in time and on people's decisions, never on
the order of arrival.
"""

from collections.abc import Callable, Iterable, Iterator, Mapping

import msgspec

from gatewatch.model.entry import Entry, version_of
from gatewatch.model.history import Change, Op, Snapshot, Status
from gatewatch.model.register import Expectations

State = dict[str, str]
"""Entry id to the digest of its version."""


class Point(msgspec.Struct):
    """A snapshot with all it holds. `recorded` is how the ledger has it, None for a new one."""

    snapshot: Snapshot
    state: State
    recorded: Snapshot | None
    withheld: frozenset[str] = frozenset()


def judge(
    snapshot: Snapshot,
    previous: Snapshot | None,
    last_seen: Snapshot | None,
    missing: int,
    expected: Expectations,
) -> tuple[str, str | None]:
    """Accept a snapshot, or set it aside with the reason. A person's decision stands.

    `previous` is the last accepted one, `last_seen` the one just before whatever became of it,
    `missing` how many of the entries of `previous` this one lacks.
    """
    if snapshot.decided:
        return snapshot.status, snapshot.reason
    reason = _fault(snapshot, previous, last_seen, missing, expected)
    return (Status.QUARANTINED, reason) if reason else (Status.ACCEPTED, None)


def _fault(
    snapshot: Snapshot,
    previous: Snapshot | None,
    last_seen: Snapshot | None,
    missing: int,
    expected: Expectations,
) -> str | None:
    if snapshot.reason and not snapshot.complete and not snapshot.entries:
        return snapshot.reason
    if not snapshot.complete:
        return "truncated: the file ends before its end mark"
    if snapshot.entries == 0:
        return "empty: no entry in it"
    if snapshot.entries < expected.minimum_entries:
        return f"{snapshot.entries:,} entries, fewer than the {expected.minimum_entries:,} expected"
    bad = len(snapshot.unreadable) + snapshot.unparsed
    if bad > max(5, expected.largest_unreadable * (snapshot.entries + bad)):
        return f"{bad:,} records could not be read"
    if previous is not None and snapshot.entries < (1 - expected.largest_drop) * previous.entries:
        return f"collapse: {previous.entries:,} to {snapshot.entries:,} entries"
    known = set(last_seen.unreadable) if last_seen else set()
    fresh = [digest for digest in snapshot.unreadable if digest not in known]
    if fresh and missing:
        return (
            f"{len(fresh):,} unreadable records may hide the {missing:,} entries that are missing"
        )
    return None


def missing_from(state: State, base: State) -> int:
    """How many entries of `base` are not in `state`."""
    return len(base.keys() - state.keys())


def changes(
    base: State,
    state: State,
    candidates: Iterable[str],
    entry: Callable[[str], Entry | None],
    removal: Callable[[str], Entry | None],
) -> Iterator[Change]:
    """What happened between two states, looking at the candidates alone, in order of id."""
    for entry_id in sorted(candidates):
        before, now = base.get(entry_id), state.get(entry_id)
        if before == now:
            continue
        if now is None:
            assert before is not None
            yield Change(Op.REMOVED, entry_id, before, removal(entry_id))
        else:
            yield Change(Op.CHANGED if before else Op.ADDED, entry_id, now, entry(entry_id))


def apply(state: State, happened: Iterable[Change]) -> None:
    """Move a state on, in place."""
    for change in happened:
        if change.op == Op.REMOVED:
            state.pop(change.entry_id, None)
        else:
            state[change.entry_id] = change.version


def counted(snapshot: Snapshot, happened: Iterable[Change]) -> Snapshot:
    """A snapshot with its changes counted."""
    ops = [change.op for change in happened]
    return msgspec.structs.replace(
        snapshot,
        added=ops.count(Op.ADDED),
        changed=ops.count(Op.CHANGED),
        removed=ops.count(Op.REMOVED),
    )


class Recorded(msgspec.Struct, frozen=True):
    """A snapshot as the ledger has it, with its events."""

    snapshot: Snapshot
    changes: tuple[Change, ...]


def replay(recorded: Iterable[Recorded]) -> Iterator[tuple[Recorded, State]]:
    """Each recorded snapshot, in the order of time, with all it holds."""
    held: State = {}
    seen: State = {}
    for known in recorded:
        believed = known.snapshot.status == Status.ACCEPTED
        state = dict(held if believed else seen)
        apply(state, known.changes)
        seen = state
        if believed:
            held = state
        yield known, state


class Late(msgspec.Struct, frozen=True):
    """A snapshot that belongs before others already recorded, with all its entries."""

    snapshot: Snapshot
    entries: Mapping[str, Entry]
    withheld: frozenset[str] = frozenset()
    """Entries that are in it but unreadable: they stay as they were."""


def weave(
    recorded: Iterable[Recorded],
    late: Iterable[Late],
    decided: Mapping[str, Snapshot],
    expected: Expectations,
) -> Iterator[Recorded]:
    """The rows that must be written anew when late snapshots or decisions come in.

    Walks both in the order of time. A recorded snapshot is written again only if its neighbour
    before it, or what became of it, is no longer the same; what was recorded before stays.
    """
    entries: dict[str, Entry] = {}
    removals: dict[tuple[str, str], Entry | None] = {}
    points = _points(recorded, late, decided, entries, removals)
    base: State = {}
    seen: State = {}
    previous: Snapshot | None = None
    last_seen: Snapshot | None = None
    for point in points:
        missing = missing_from(_filled(point, base), base) if previous else 0
        status, reason = judge(point.snapshot, previous, last_seen, missing, expected)
        believed = status == Status.ACCEPTED
        before, origin = (previous, base) if believed else (last_seen, seen)
        point.state = _filled(point, origin)
        was = point.recorded
        basis = before.id if before else None
        if was is None or (was.status, was.reason, was.base) != (status, reason, basis):
            told = tuple(
                changes(
                    origin,
                    point.state,
                    origin.keys() | point.state.keys(),
                    lambda i, state=point.state: entries[state[i]],  # type: ignore[misc]
                    lambda i, s=point.snapshot.id: removals.get((s, i)),  # type: ignore[misc]
                )
            )
            fresh = msgspec.structs.replace(
                point.snapshot,
                status=status,
                reason=reason,
                base=basis,
                base_at=before.published_at if before else None,
            )
            yield Recorded(counted(fresh, told), told)
        last_seen, seen = point.snapshot, point.state
        if believed:
            base, previous = point.state, point.snapshot


def _filled(point: Point, before: State) -> State:
    """What a snapshot holds, with entries that are there but unreadable as they were before."""
    hidden = point.withheld & before.keys() - point.state.keys()
    return (
        point.state | {entry_id: before[entry_id] for entry_id in hidden} if hidden else point.state
    )


def _points(
    recorded: Iterable[Recorded],
    late: Iterable[Late],
    decided: Mapping[str, Snapshot],
    entries: dict[str, Entry],
    removals: dict[tuple[str, str], Entry | None],
) -> Iterator[Point]:
    """Known and new snapshots in the order of time, each with its full state."""
    waiting = sorted(late, key=lambda item: item.snapshot.order)
    for known, state in replay(sorted(recorded, key=lambda item: item.snapshot.order)):
        while waiting and waiting[0].snapshot.order < known.snapshot.order:
            yield _late_point(waiting.pop(0), entries)
        for change in known.changes:
            if change.op == Op.REMOVED:
                removals[known.snapshot.id, change.entry_id] = change.entry
            elif change.entry is not None:
                entries[change.version] = change.entry
        now = decided.get(known.snapshot.id, known.snapshot)
        yield Point(now, state, known.snapshot)
    for item in waiting:
        yield _late_point(item, entries)


def _late_point(item: Late, entries: dict[str, Entry]) -> Point:
    state: State = {}
    for entry_id, entry in item.entries.items():
        digest = version_of(entry)
        entries[digest] = entry
        state[entry_id] = digest
    return Point(item.snapshot, state, None, item.withheld)
