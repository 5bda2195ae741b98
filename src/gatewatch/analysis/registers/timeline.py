"""Snapshots in the order of their own time: which to believe, and what each one changed.

Pure, and the same for the first snapshot, the next one, and one that turns up years late: whether
a snapshot is accepted depends only on those before it in time and on people's decisions, never on
the order of arrival.
"""

from collections.abc import Callable, Iterable, Iterator, Mapping, Sequence
from math import inf
from typing import Protocol

import msgspec

from gatewatch.analysis.registers import aside
from gatewatch.model.entry import UNREAD_ID, Entry, stands_for_unread, version_of
from gatewatch.model.history import Change, Op, Snapshot, Status
from gatewatch.model.register import Expectations
from gatewatch.model.unread import may_name

_FEW_UNREADABLE = 5
_SHARE_ANEW = 1 / 3
"""Of unread records among few entries, where little of the list of before is left."""
_SMALL = 250
"""From as many entries on `largest_unreadable` decides alone: its 2 in a hundred are five."""
_FEW_ENTRIES = 10
"""Fewer may all be exchanged in a day: the German list grew from 2 to 9 in five months of 2021."""
_FEW_NEW = 50
_MOST_HIDDEN = 1000
"""Unreadable records that a snapshot names: more missing entries are not hidden in them."""
_DAMAGE = ("\ufffd", "\\x")
"""What stands for lost bytes: with them a text may have named anything."""
_SHARE_MOVED = 0.1
"""Of entries under other ids than before, from which on that is looked for and told."""

State = dict[str, str]
"""Entry id to the digest of its version."""


class Versions(Protocol):
    """A state that can be asked for the version of an entry, wherever it lies."""

    def get(self, entry_id: str, /) -> str | None:
        """None: the entry is not on the list."""
        ...


class EveryVersion(Versions, Protocol):
    """A state that can be gone through."""

    def items(self) -> Iterable[tuple[str, str]]:
        """Every entry with its version."""
        ...


class Point(msgspec.Struct):
    """A snapshot with all it holds. `recorded` is how the ledger has it, None for a new one."""

    snapshot: Snapshot
    state: State
    recorded: Snapshot | None
    withheld: frozenset[str] = frozenset()


class Difference(msgspec.Struct, frozen=True):
    """How a snapshot's entries differ from those of the one before it; see `compare`."""

    missing: int = 0
    added: int = 0
    changed: int = 0
    cut: bool = False
    """Whether its last record is the beginning of one that is missing, or one that was there."""
    cut_anew: bool = False
    """Whether its last record is new, and the beginning of one that is missing: so a cut shows in a
    list that never closes its last line."""
    cut_short: bool = False
    """Whether nothing came or went, and its last record names something else than before."""
    renamed: int = 0
    """Entries that name nothing under their id that they named before, and whose content stands
    under no other id; told where many changed."""
    moved: int = 0
    """Such entries whose content stands under another id, as where rows are numbered."""
    emptied: int = 0
    """Entries that named something before and name nothing now; told where many changed, and of a
    small list."""
    reopened: int = 0
    """Entries that bore a day of removal and bear none now."""
    ended: int = 0
    """Entries that bore one before; told where many are reopened."""
    hiding: frozenset[str] | None = None
    """Digests of unreadable records that may be entries which are missing; None: any may."""


def judge(
    snapshot: Snapshot,
    previous: Snapshot | None,
    last_seen: Snapshot | None,
    differs: Difference,
    expected: Expectations,
) -> tuple[str, str | None]:
    """Accept a snapshot, or set it aside with the reason. A person's decision stands.

    `previous` is the last accepted one, `last_seen` the one just before whatever became of it,
    `differs` how this one differs from `previous`.
    """
    if snapshot.decided:
        return snapshot.status, snapshot.reason
    reason = _fault(snapshot, previous, expected)
    if reason is None and previous is not None:
        reason = _implausible(snapshot, previous, differs, expected)
    if reason is None and differs.missing:
        reason = _hidden(snapshot, last_seen, differs)
    return (Status.QUARANTINED, reason) if reason else (Status.ACCEPTED, None)


def fails_at_sight(snapshot: Snapshot, previous: Snapshot | None, expected: Expectations) -> bool:
    """Whether a snapshot is set aside however its entries differ from those before: nobody then has
    to walk through both. A list that was begun anew is short for months."""
    if snapshot.decided:
        return False
    short = previous is not None and snapshot.tail is None and _short(snapshot, previous, expected)
    return short or _fault(snapshot, previous, expected) is not None


def many_changed(previous: Snapshot | None, expected: Expectations) -> float:
    """More changed entries than this are looked at closely."""
    return min(expected.largest_drop, _SHARE_MOVED) * previous.entries if previous else inf


class Renamed(msgspec.Struct, frozen=True):
    """As `Difference` has both."""

    renamed: int = 0
    moved: int = 0
    emptied: int = 0


def renamed(changed: Iterable[tuple[Entry, Entry]]) -> Renamed:
    """Of entries that changed, before and now: how many name nothing that they named before."""
    others = []
    emptied = 0
    for before, now in changed:
        emptied += bool(before.selectors) and not (now.selectors or now.unparsed)
        if _names_others(before, now):
            others.append((_content(before), _content(now)))
    stand = {now for _, now in others}
    moved = sum(before in stand for before, _ in others)
    return Renamed(len(others) - moved, moved, emptied)


def hides(texts: Mapping[str, str | None], missing: Iterable[Entry]) -> frozenset[str]:
    """Of unreadable records, by digest and text, those that may be one of the entries: they may
    name what it named, or nobody knows what they named."""
    named = {name for entry in missing for name in _named(entry)}
    return frozenset(digest for digest, text in texts.items() if _may_be(text, named))


def _may_be(text: str | None, named: set[str]) -> bool:
    told = may_name(text or "")
    damaged = text is not None and any(sign in text for sign in _DAMAGE)
    return damaged or not told or any(_meets(one.removeprefix("www."), named) for one in told)


def _meets(one: str, named: set[str]) -> bool:
    if "/" in one:
        return True
    return any(name.endswith(one[1:]) for name in named) if one[:2] == "*." else one in named


def ids_moved(differs: Difference, previous: Snapshot | None) -> bool:
    """Whether so many ids went from entry to entry that they cannot be the register's own."""
    return previous is not None and differs.moved > _SHARE_MOVED * previous.entries


def _content(entry: Entry) -> str:
    """What an entry says, whatever it is called; notes beside it are rewritten at will."""
    return version_of(msgspec.structs.replace(entry, id="", attributes=()))


def _names_others(before: Entry, now: Entry) -> bool:
    """Whether an entry names nothing that it named before, by hosts and addresses."""
    old, new = _named(before), _named(now)
    return bool(old and new) and old.isdisjoint(new)


def _named(entry: Entry) -> set[str]:
    return {(one.host or one.value).removeprefix("www.") for one in entry.selectors}


def _short(snapshot: Snapshot, previous: Snapshot, expected: Expectations) -> bool:
    return snapshot.entries < (1 - expected.largest_drop) * previous.entries


def _fault(snapshot: Snapshot, previous: Snapshot | None, expected: Expectations) -> str | None:
    """What is wrong with a snapshot by itself."""
    if snapshot.reason and not snapshot.complete and not snapshot.entries:
        return snapshot.reason
    if not snapshot.complete:
        return aside.CUT.id
    bad, total = _unread(snapshot)
    if total == 0:
        return aside.EMPTY.id
    if bad - _unread_before(previous) > max(
        expected.largest_unreadable * total, _few(total) if previous else _few_at_first(total)
    ):
        return aside.told(aside.UNREADABLE, bad=bad, total=total)
    if snapshot.entries < max(expected.minimum_entries, 1):
        return aside.told(aside.FEWER, entries=snapshot.entries, expected=expected.minimum_entries)
    return None


def _implausible(
    snapshot: Snapshot, previous: Snapshot, differs: Difference, expected: Expectations
) -> str | None:
    """What cannot have happened between two snapshots, by number and by content, up and down."""
    before = previous.entries
    if snapshot.tail is not None and differs.cut and (previous.tail is None or differs.cut_anew):
        return aside.told(aside.CUT_IN_A_LINE, missing=differs.missing)
    if snapshot.tail is not None and previous.tail is None and differs.cut_short:
        return aside.CUT_IN_THE_LAST.id
    if _short(snapshot, previous, expected):
        return aside.told(aside.COLLAPSE, before=before, now=snapshot.entries)
    if differs.emptied > expected.largest_drop * before:
        return aside.told(aside.EMPTIED, emptied=differs.emptied, before=before)
    judged = _exchanged if before < _FEW_ENTRIES else _another
    return judged(snapshot, before, differs, expected)


def _another(
    snapshot: Snapshot, before: int, differs: Difference, expected: Expectations
) -> str | None:
    """What of a list of ten and more is another list rather than its next state."""
    del snapshot
    if differs.missing > expected.largest_drop * before:
        return aside.told(aside.ANOTHER_LIST, missing=differs.missing, before=before)
    if differs.renamed > expected.largest_drop * before:
        return aside.told(aside.OTHER_NAMES, renamed=differs.renamed, before=before)
    if differs.added > max(_FEW_NEW, expected.largest_growth * before):
        return aside.told(aside.GROWTH, added=differs.added, before=before)
    if (
        differs.reopened >= _FEW_ENTRIES
        and differs.reopened > expected.largest_drop * differs.ended
    ):
        return aside.told(aside.REMOVALS_GONE, reopened=differs.reopened, ended=differs.ended)
    if differs.changed > expected.largest_change * before:
        return aside.told(aside.MASS_CHANGE, changed=differs.changed, before=before)
    return None


def _exchanged(
    snapshot: Snapshot, before: int, differs: Difference, expected: Expectations
) -> str | None:
    """A small list may be another one from day to day, unless much of it could not be read."""
    bad, total = _unread(snapshot)
    if differs.missing <= expected.largest_drop * before or bad <= total * _SHARE_ANEW:
        return None
    return aside.told(aside.ANOTHER_LIST, missing=differs.missing, before=before)


def _few(total: int) -> int:
    """Unread records that a list too small for `largest_unreadable` may have: one, or less than a
    half, and up to five. They say nothing against what stands beside them, and weigh by what they
    may name."""
    return min(_FEW_UNREADABLE, max((total - 1) // 2, 1), total - 1)


def _few_at_first(total: int) -> int:
    """Those that a small list may have of which no other state is believed: half of it, from five
    records on. There is nothing that it could take off wrongly, and what can be read in it is
    listed."""
    return total // 2 if _FEW_UNREADABLE <= total < _SMALL else _few(total)


def _unread_before(previous: Snapshot | None) -> int:
    """What could not be read in the state that is believed is no sign that the next is bad."""
    return _unread(previous)[0] if previous else 0


def _unread(snapshot: Snapshot) -> tuple[int, int]:
    """How many records could not be read, and of how many."""
    bad = len(snapshot.unreadable) + snapshot.unparsed
    return bad, snapshot.entries + len(snapshot.unreadable)


def _hidden(snapshot: Snapshot, last_seen: Snapshot | None, differs: Difference) -> str | None:
    """As many new unreadable records as entries are missing may be these entries. Fewer are not:
    most that are missing are gone, and the records weigh by what they may name. One that names
    others, and nothing that is missing, hides nothing."""
    known = set(last_seen.unreadable) if last_seen else set()
    may = differs.hiding
    fresh = [one for one in snapshot.unreadable if one not in known and (may is None or one in may)]
    if len(fresh) < differs.missing:
        return None
    return aside.told(aside.HIDDEN, unreadable=len(fresh), missing=differs.missing)


def compare(
    base: State | EveryVersion,
    state: Versions,
    candidates: Iterable[str],
    tail: str | None,
    is_ended: Callable[[str, str], bool] = lambda _entry, _version: False,
    *,
    many: float = inf,
    hiding: Callable[[Sequence[tuple[str, str]]], frozenset[str] | None] = lambda _: None,
    other_names: Callable[[Sequence[tuple[str, str, str]]], Renamed] = lambda _: Renamed(),
) -> Difference:
    """How `state` differs from `base` over the candidates; what stands for unread records aside.

    `is_ended` says of an entry's version whether it bears a day of removal; `other_names`, asked
    where more than `many` changed, how many of these (id, version before, version now) name nothing
    that they named before; `hiding`, which unreadable records may be some of the entries (id,
    version before) that are missing."""
    gone: list[tuple[str, str]] = []
    missing = added = reopened = 0
    other: list[tuple[str, str, str]] = []
    begun = False
    for entry_id in candidates:
        before, now = base.get(entry_id), state.get(entry_id)
        if before == now or stands_for_unread(entry_id):
            continue
        missing += now is None
        if now is None and before is not None and len(gone) <= _MOST_HIDDEN:
            gone.append((entry_id, before))
        added += before is None
        if before is not None and now is not None:
            other.append((entry_id, before, now))
            reopened += is_ended(entry_id, before) and not is_ended(entry_id, now)
        begun = begun or (tail is not None and now is None and _begins(entry_id, tail))
    # A cut takes away and adds nothing: a list that gained more than it lost was written anew, and
    # only its last line end was forgotten (the Brazilian state of 2024-04-19 18:36, 1 off, 51 on).
    known_tail = tail is not None and base.get(tail) is not None and missing > added
    fresh = bool(tail) and base.get(tail or "") is None and missing > added
    last = [one for one in other if one[0] == tail] if missing == added == 0 else []
    looked_at = len(other) > max(many, _FEW_ENTRIES) or many < _FEW_ENTRIES * _SHARE_MOVED
    exchanged = other_names(other) if other and looked_at else Renamed()
    ended = 0
    if reopened >= _FEW_ENTRIES:
        ended = sum(is_ended(entry_id, version) for entry_id, version in base.items())
    return Difference(
        missing,
        added,
        len(other),
        renamed=exchanged.renamed,
        moved=exchanged.moved,
        emptied=exchanged.emptied,
        cut=begun or known_tail,
        cut_anew=begun and fresh,
        cut_short=bool(last) and other_names(last).renamed > 0,
        reopened=reopened,
        ended=ended,
        hiding=hiding(gone) if gone and missing <= _MOST_HIDDEN else None,
    )


def _begins(entry_id: str, tail: str) -> bool:
    """Whether an entry's name goes on where the last record of a list stops; the digest of a path
    in a name says nothing of the path."""
    return entry_id.startswith(tail.partition("/~")[0])


def changes(
    base: Versions,
    state: Versions,
    candidates: Iterable[str],
    entry: Callable[[str], Entry | None],
    removal: Callable[[str], Entry | None],
) -> Iterator[Change]:
    """What happened between two states, looking at the candidates alone, in the order they come
    in."""
    for entry_id in candidates:
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

    Walks both in the order of time. What is recorded before the first that comes in stays. A
    recorded snapshot after it is judged again, and written again if its neighbour before it, or
    what became of it, is no longer the same.
    """
    entries: dict[str, Entry] = {}
    removals: dict[tuple[str, str], Entry | None] = {}
    points = _points(recorded, late, decided, entries, removals=removals)
    base: State = {}
    seen: State = {}
    previous: Snapshot | None = None
    last_seen: Snapshot | None = None
    stands = True
    for point in points:
        stands = stands and point.snapshot == point.recorded
        status, reason = point.snapshot.status, point.snapshot.reason
        if not stands:
            filled = _filled(point, base)
            differs = Difference()
            if not fails_at_sight(point.snapshot, previous, expected):
                differs = compare(
                    base,
                    filled,
                    base.keys() | filled.keys(),
                    point.snapshot.tail,
                    is_ended=lambda _, version: entries[version].removed_at is not None,
                    many=many_changed(previous, expected),
                    hiding=lambda gone, s=point.snapshot, now=filled: hides(  # type: ignore[misc]
                        {d: _text_of(now.get(f"{UNREAD_ID}{d}"), entries) for d in s.unreadable},
                        [entries[version] for _, version in gone],
                    ),
                    other_names=lambda changed: renamed(
                        (entries[before], entries[now]) for _, before, now in changed
                    ),
                )
            status, reason = judge(point.snapshot, previous, last_seen, differs, expected=expected)
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
                    sorted(origin.keys() | point.state.keys()),
                    lambda i, state=point.state: entries[state[i]],  # type: ignore[misc]
                    removal=lambda i, s=point.snapshot.id: removals.get((s, i)),  # type: ignore[misc]
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


def _text_of(version: str | None, entries: Mapping[str, Entry]) -> str | None:
    """The text of what stands for an unreadable record."""
    return " ".join(entries[version].unparsed) if version else None


def _filled(point: Point, before: State) -> State:
    """What a snapshot holds, with entries that are there but unreadable as they were before."""
    hidden = {i: before[i] for i in point.withheld if i in before and i not in point.state}
    return point.state | hidden if hidden else point.state


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
