"""What registers are known to have done that they were not known to have done before: the
difference of two times of recording, entry by entry.
"""

from collections import Counter
from collections.abc import Iterable, Iterator, Sequence
from datetime import datetime, timedelta
from itertools import groupby, zip_longest
from typing import TYPE_CHECKING

import msgspec

from gatewatch.analysis.following.news import NewsItem, Spanned, news
from gatewatch.analysis.registers import lookup
from gatewatch.analysis.registers.standing import stated_time
from gatewatch.ledger.bounds import FAR, Bounds
from gatewatch.ledger.event_rows import in_order
from gatewatch.ledger.filed import filed_under
from gatewatch.ledger.moves import (
    came,
    entries_removed,
    moved_counts,
    moved_entries,
    registers_that_count,
    removals_told,
)
from gatewatch.ledger.schema import micros, moment_of
from gatewatch.model.entry import Entry
from gatewatch.model.history import Op, RegisterEvent
from gatewatch.model.moment import Moment
from gatewatch.model.register import Register
from gatewatch.model.selector import Kind, Selector
from gatewatch.query import standings
from gatewatch.query.changes import ChangeList

if TYPE_CHECKING:
    from gatewatch.query.opened import OpenedLedger

_POINT = timedelta(microseconds=1)
MANY = 20
"""Entries that one published state adds, changes or takes off: above it who follows the whole
register or country is told their number, and who follows one of them is told of that one."""
_MOST_READ = 2_000
"""Entries of one register that are compared one by one; of more, those that somebody follows."""
KINDS = {Op.ADDED: "listing", Op.CHANGED: "change", Op.REMOVED: "delisting"}


class ToldMove(msgspec.Struct, frozen=True):
    """One thing that happened to an entry by its story. `announced`: when the state was published
    that had told ahead of the removal whose day came; the event's time is then that day."""

    kind: str
    event: RegisterEvent
    announced: datetime | None = None


class EntryMove(msgspec.Struct, frozen=True, kw_only=True):
    """One thing that happened to an entry. `before`: how it was told; None: it was not. `now`: how
    it is told; None: by what is known now it did not happen."""

    register: Register
    before: RegisterEvent | None
    now: RegisterEvent | None
    kind: str
    """One of the values of `KINDS`."""
    entry: Entry
    """The entry as it stood, also where it is gone."""
    was: Entry | None = None
    """What it said before, where it is held."""
    one_of_many: bool = False
    announced: datetime | None = None
    """As of `ToldMove`."""

    @property
    def told(self) -> RegisterEvent:
        """The happening itself."""
        found = self.now or self.before
        assert found is not None
        return found


class Crowd(msgspec.Struct, frozen=True, kw_only=True):
    """More entries than anybody would be told one by one. `first`: the register is new here, and
    `count` is how many stand in its last state."""

    register: Register
    kind: str
    at: datetime
    after: datetime | None
    count: int
    first: bool = False


def by_recording(when: datetime | None) -> Bounds:
    """Whatever had been recorded by then; None: nothing."""
    return Bounds((), (micros(when) if when else -FAR,), (FAR,))


class LookedAt(msgspec.Struct, frozen=True):
    """What is known at a look: what had been recorded, and which day it is."""

    recorded: datetime | None
    """None: nothing."""
    clock: datetime


def moved(
    ledger: "OpenedLedger", since: LookedAt, until: LookedAt, followed: Sequence[Selector] = ()
) -> tuple[list[EntryMove], list[Crowd]]:
    """What became known between two looks: by entry, and in numbers where they are many.

    `followed`: names and addresses whose entries are compared however many others moved.
    """
    before, after = by_recording(since.recorded), by_recording(until.recorded)
    history, kept = ledger.history_of, ledger.history_of.registers()
    known = registers_that_count(history, before)
    moves: list[EntryMove] = []
    crowds: list[Crowd] = []
    clocks = since.clock, until.clock
    numbers, due = moved_counts(history, before, after), _due(ledger, after, *clocks)
    for name in sorted({*numbers, *due}):
        register, number = kept[name], numbers.get(name, 0)
        few = number + len(due.get(name, ())) <= _MOST_READ
        entries = (
            sorted({*moved_entries(history, name, before, after), *due.get(name, ())})
            if few
            else None
        )
        if name not in known:
            met = _met(ledger, register, after, followed)
            moves += _standing(ledger, register, after, entries=met, clock=until.clock)
            crowds += _first(ledger, register, after)
        elif entries is not None:
            found = _moves(ledger, register, entries, recorded=(before, after), clocks=clocks)
            told, many = _crowded(found)
            moves += told
            crowds += many
        else:
            met = _met(ledger, register, after, followed)
            found = _moves(ledger, register, sorted(met), recorded=(before, after), clocks=clocks)
            told, many = _of_their_day(
                ledger, register, due.get(name, ()), recorded=(before, after), clocks=clocks
            )
            alone = {(one.told.change.entry_id, one.told.at) for one in told}
            moves += [
                msgspec.structs.replace(one, one_of_many=True)
                for one in found
                if (one.told.change.entry_id, one.told.at) not in alone
            ]
            moves += told
            crowds += [*_counted(ledger, register, before, after), *many]
    return moves, crowds


def _of_their_day(
    ledger: "OpenedLedger",
    register: Register,
    due: Sequence[str],
    *,
    recorded: tuple[Bounds, Bounds],
    clocks: tuple[datetime, datetime],
) -> tuple[list[EntryMove], list[Crowd]]:
    """Removals that entries had told ahead, where a register has more news than are compared at
    once: read a part at a time, one by one where a day has few, else their number."""
    held: dict[datetime, list[EntryMove]] = {}
    numbers: Counter[datetime] = Counter()
    for start in range(0, len(due), _MOST_READ):
        part = sorted(due[start : start + _MOST_READ])
        for one in _moves(ledger, register, part, recorded=recorded, clocks=clocks):
            if one.announced and one.before is None:
                numbers[one.told.at] += 1
                if len(some := held.setdefault(one.told.at, [])) <= MANY:
                    some.append(one)
    told = [one for some in held.values() if len(some) <= MANY for one in some]
    many = [
        Crowd(
            register=register,
            kind=KINDS[Op.REMOVED],
            at=at,
            after=some[0].told.after,
            count=numbers[at],
        )
        for at, some in held.items()
        if len(some) > MANY
    ]
    return sorted(told, key=lambda one: in_order(one.told)), many


def _moves(
    ledger: "OpenedLedger",
    register: Register,
    entries: Sequence[str],
    *,
    recorded: tuple[Bounds, Bounds],
    clocks: tuple[datetime, datetime],
) -> list[EntryMove]:
    """What is told otherwise of some entries at the second of two looks, by time."""
    history = ledger.history_of
    then, now = (_by_entry(history.events(register.id, entries, by)) for by in recorded)
    found = [
        _move(register, one, (*then.get(entry, ()), *now.get(entry, ())))
        for entry in entries
        for one in news(
            _spanned(then.get(entry, ()), register, clocks[0]),
            _spanned(now.get(entry, ()), register, clocks[1]),
        )
    ]
    return sorted(found, key=lambda one: in_order(one.told))


def _by_entry(events: Iterable[RegisterEvent]) -> dict[str, list[RegisterEvent]]:
    def owner(event: RegisterEvent) -> str:
        return event.change.entry_id

    return {
        entry: sorted(g, key=in_order) for entry, g in groupby(sorted(events, key=owner), owner)
    }


def _due(
    ledger: "OpenedLedger", by: Bounds, since: datetime, until: datetime
) -> dict[str, list[str]]:
    """Entries that bore a day of removal in (since, until], by register."""
    history, kept = ledger.history_of, ledger.history_of.registers()
    found = {}
    for name, texts in removals_told(history, by).items():
        days = ((text, stated_time(text, kept[name].zone)) for text in texts)
        told = [text for text, day in days if day is not None and since < day <= until]
        if told:
            found[name] = entries_removed(history, name, told, by)
    return found


def _spanned(
    events: Sequence[RegisterEvent], register: Register, clock: datetime
) -> list[tuple[Spanned, ToldMove]]:
    """A story as it is told on a day."""
    found = [
        ToldMove(_kind(event, events, register), event)
        for event in events
        if not _lifted_before(event, events, register)
    ]
    found += _announced(events, register, clock)
    return [
        (Spanned(one.kind, one.event.bracket, one.event.change.version), one)
        for one in sorted(found, key=lambda one: in_order(one.event))
    ]


def _announced(
    events: Sequence[RegisterEvent], register: Register, clock: datetime
) -> Iterator[ToldMove]:
    """Removals that were told ahead and whose day came while that stood."""
    for event, then in zip_longest(events, events[1:]):
        day = _removal(event, register)
        if day and event.at < day <= clock and (then is None or then.at >= day):
            point = {"at": day, "after": day - _POINT}
            yield ToldMove(KINDS[Op.REMOVED], msgspec.structs.replace(event, **point), event.at)


def _lifted_before(
    event: RegisterEvent, story: Sequence[RegisterEvent], register: Register
) -> bool:
    """Whether an entry only leaves the list after the day that it had told as that of its removal:
    one lift, told on that day, or when it told of a day that was over."""
    if event.change.op != Op.REMOVED:
        return False
    at = next((n for n, one in enumerate(story) if one is event), 0)
    return at > 0 and _over(story[at - 1], register, event.at)


def _kind(event: RegisterEvent, story: Sequence[RegisterEvent], register: Register) -> str:
    """What it is called: an entry whose own day of removal came is a delisting, once."""
    op = Op(event.change.op)
    if op == Op.CHANGED and _over(event, register, event.at):
        at = next((n for n, one in enumerate(story) if one is event), 0)
        if at == 0 or not _over(story[at - 1], register, event.at):
            return KINDS[Op.REMOVED]
    return KINDS[op]


def _over(event: RegisterEvent, register: Register, when: datetime) -> bool:
    """Whether the day had come that an entry told as that of its own removal."""
    removed = _removal(event, register)
    return removed is not None and removed <= when


def _removal(event: RegisterEvent, register: Register) -> datetime | None:
    """The day that an entry tells as that of its own removal."""
    entry = event.change.entry if event.change.op != Op.REMOVED else None
    return stated_time(entry.removed_at, register.zone) if entry else None


def _move(
    register: Register, one: NewsItem[ToldMove, ToldMove], story: Sequence[RegisterEvent]
) -> EntryMove:
    told = one.now or one.before
    assert told is not None
    return EntryMove(
        register=register,
        before=one.before.event if one.before else None,
        now=one.now.event if one.now else None,
        kind=told.kind,
        entry=_shown(told.event, story),
        was=_was(told.event, story),
        announced=told.announced,
    )


def _was(event: RegisterEvent, story: Sequence[RegisterEvent]) -> Entry | None:
    """What the entry said until then, by the newest that is known."""
    own = event.change.entry_id
    before = [e for e in story if e.change.entry_id == own and e.at < event.at]
    last = max(before, key=in_order, default=None)
    return last.change.entry if last and last.change.op != Op.REMOVED else None


def _shown(event: RegisterEvent, story: Sequence[RegisterEvent]) -> Entry:
    """The entry as it stood, of one that is gone as it stood last."""
    if event.change.op != Op.REMOVED and event.change.entry:
        return event.change.entry
    earlier = [e for e in story if e.at <= event.at and e.change.op != Op.REMOVED]
    last = max(earlier, key=in_order, default=None)
    entry = last.change.entry if last else None
    return entry or event.change.entry or Entry(event.change.entry_id)


def _crowded(found: Sequence[EntryMove]) -> tuple[list[EntryMove], list[Crowd]]:
    """Where one published state did the same to many entries, each is one of many."""
    numbers = Counter((one.kind, one.told.at) for one in found if one.before is None)
    told = [
        msgspec.structs.replace(one, one_of_many=numbers[one.kind, one.told.at] > MANY)
        for one in found
    ]
    crowds = {
        (one.kind, one.told.at): Crowd(
            register=one.register,
            kind=one.kind,
            at=one.told.at,
            after=one.told.after,
            count=numbers[one.kind, one.told.at],
        )
        for one in found
        if one.before is None and numbers[one.kind, one.told.at] > MANY
    }
    return told, list(crowds.values())


def _counted(
    ledger: "OpenedLedger", register: Register, before: Bounds, after: Bounds
) -> list[Crowd]:
    return [
        Crowd(
            register=register,
            kind=KINDS[Op(op)],
            at=moment_of(at),  # type: ignore[arg-type]
            after=moment_of(base) if base is not None else None,
            count=number,
        )
        for at, base, op, number in came(ledger.history_of, register.id, before, after)
    ]


def _first(ledger: "OpenedLedger", register: Register, after: Bounds) -> list[Crowd]:
    held = ledger.history_of.snapshots(register.id, after, ("accepted",))
    last = held[-1] if held else None
    return (
        [
            Crowd(
                register=register,
                kind="listing",
                at=last.published_at,
                after=None,
                count=last.read,
                first=True,
            )
        ]
        if last
        else []
    )


def _standing(
    ledger: "OpenedLedger",
    register: Register,
    after: Bounds,
    *,
    entries: Iterable[str],
    clock: datetime,
) -> list[EntryMove]:
    """Of a register that is new here: since when those entries are listed that are."""
    stories = _by_entry(ledger.history_of.events(register.id, sorted(entries), after))
    found = []
    for story in stories.values():
        spans = _spanned(story, register, clock)
        if spans and spans[-1][0].kind != "delisting":
            first = ToldMove(KINDS[Op.ADDED], story[0])
            *_, came = [told for span, told in spans if span.kind == "listing"] or [first]
            move = _move(register, NewsItem(None, came), story)
            found.append(msgspec.structs.replace(move, one_of_many=True))
    return sorted(found, key=lambda one: in_order(one.told))


def _met(
    ledger: "OpenedLedger", register: Register, after: Bounds, followed: Sequence[Selector]
) -> set[str]:
    """Entries of a register that bear a name or an address that somebody follows."""
    if not followed:
        return set()
    keys = [key for one in followed for key, _ in lookup.probes(one)]
    keys += [
        key
        for one in followed
        if one.kind in {Kind.CIDR, Kind.MASK}
        for key, _ in standings.within(ledger, one)
    ]
    beneath = [f".{one.value}" for one in followed if one.kind == Kind.DOMAIN]
    # Of names filed together with those that are asked about more may come: whoever is told of an
    # event is asked whether they want it.
    events = filed_under(ledger.history_of, keys, after, within=beneath)
    return {one.change.entry_id for one in events if one.register == register.id}


def recent(
    ledger: "OpenedLedger", moment: Moment, register: str, since: datetime, most: int = 300
) -> tuple[list[EntryMove], list[Crowd]]:
    """The newest of what a register did since a time: one by one, and in numbers where one
    published state did much at once."""
    changes, kept = ChangeList(ledger, register, moment, since=since), ledger.history_of.registers()
    groups: dict[tuple[int, str], dict[str, int]] = {}
    for name, at, op, number in changes.by_state():
        groups.setdefault((at, name), {})[op] = number
    offset, events, crowds = 0, [], []
    for (at, name), ops in sorted(groups.items(), reverse=True):
        size = sum(ops.values())
        if max(ops.values()) <= MANY:
            events += changes[offset : offset + size]
        else:
            state_before = changes[offset : offset + 1][0].after
            crowds += [
                Crowd(
                    register=kept[name],
                    kind=KINDS[Op(op)],
                    at=when,
                    after=state_before,
                    count=number,
                )
                for op, number in ops.items()
                if (when := moment_of(at))
            ]
        offset += size
        if len(events) >= most:
            break
    moves = _told_now(ledger, events, changes.bounds)
    came = _came_due(ledger, kept[register], changes.bounds, since=since, moment=moment)
    return moves + came, crowds


def _came_due(
    ledger: "OpenedLedger", register: Register, by: Bounds, *, since: datetime, moment: Moment
) -> list[EntryMove]:
    """Removals told ahead whose day came since a time."""
    clock = moment.as_of_in(register.zone)
    entries = _due(ledger, by, since, clock).get(register.id, ())
    stories = _by_entry(ledger.history_of.events(register.id, entries, by))
    return [
        _move(register, NewsItem(None, told), story)
        for story in stories.values()
        for told in _announced(story, register, clock)
        if told.event.at > since
    ]


def _told_now(
    ledger: "OpenedLedger", events: Sequence[RegisterEvent], by: Bounds
) -> list[EntryMove]:
    """Events as they are told, each with its entry."""
    asked = {e.change.entry_id for e in events if e.change.op != Op.ADDED}
    stories = _by_entry(ledger.history_of.events(None, sorted(asked), by)) if asked else {}
    kept = ledger.history_of.registers()
    found = []
    for one in events:
        register = kept[one.register]
        story = [e for e in stories.get(one.change.entry_id, ()) if e.register == one.register]
        own = next((e for e in story if e.snapshot == one.snapshot), one)
        if one.change.entry is None and _lifted_before(own, story, register):
            continue
        found.append(
            EntryMove(
                register=register,
                before=None,
                now=own,
                kind=_kind(own, story, register),
                entry=one.change.entry or _shown(one, story),
                was=_was(own, story),
            )
        )
    return found
