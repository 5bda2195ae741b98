"""What registers did over a time."""

from collections import Counter
from collections.abc import Sequence
from datetime import date, datetime, timedelta
from functools import cached_property
from typing import TYPE_CHECKING

import msgspec

from gatewatch.analysis.registers.standing import stated_time
from gatewatch.errors import MistakeError
from gatewatch.ledger.bounds import FAR, Bounds
from gatewatch.ledger.moves import Windows, dated_changes, move_counts, newest
from gatewatch.ledger.schema import EPOCH, micros
from gatewatch.model.entry import Entry
from gatewatch.model.history import Op, RegisterEvent
from gatewatch.model.jurisdiction import Jurisdiction
from gatewatch.model.moment import Moment, When, period
from gatewatch.model.register import Register
from gatewatch.query import standings
from gatewatch.query.moments import of_registers

if TYPE_CHECKING:
    from gatewatch.query.opened import OpenedLedger


_PAST = -(1 << 62)


def changes(
    ledger: "OpenedLedger",
    register: str | None,
    moment: Moment,
    jurisdiction: Jurisdiction | None = None,
    *,
    since: When = None,
    until: When = None,
    standing: bool = False,
) -> list[RegisterEvent]:
    """What registers did in [since, until), by the time of the snapshots that show it, oldest
    first. A day is a day of each register. `standing`: those alone whose bracket says that it may
    have happened at the moment."""
    moment = of_registers(ledger, moment)
    kept = _kept(ledger, register, jurisdiction)
    bounds = {name: period(since, until, one.zone) for name, one in kept.items()}
    history = ledger.history_of
    found = [
        event
        for event in history.events(
            register,
            by=history.bounds(moment),
            since=min((s for s, _ in bounds.values() if s), default=None),
            until=max((u for _, u in bounds.values() if u), default=None),
        )
        if event.register in kept and _within(event, *bounds[event.register])
    ]
    found = _told(ledger, found, moment, kept)
    if not standing:
        return found
    spans = {name: moment.span(known.zone) for name, known in kept.items()}
    return [event for event in found if _may_have_happened(event, *spans[event.register])]


def befores(
    ledger: "OpenedLedger", found: Sequence[RegisterEvent], moment: Moment
) -> dict[tuple[str, str, str], Entry]:
    """What entries said before they were changed or removed, by register, entry and snapshot."""
    moment = of_registers(ledger, moment)
    wanted = {_key(event) for event in found if event.change.op != Op.ADDED}
    if not wanted:
        return {}
    history = ledger.history_of
    entries = {entry for _, entry, _ in wanted}
    told: dict[tuple[str, str, str], Entry] = {}
    last: dict[tuple[str, str], Entry] = {}
    for event in history.events(None, entries, history.bounds(moment)):
        owner = (event.register, event.change.entry_id)
        if (before := last.get(owner)) and _key(event) in wanted:
            told[_key(event)] = before
        if event.change.entry is not None and event.change.op != Op.REMOVED:
            last[owner] = event.change.entry
    return told


def _key(event: RegisterEvent) -> tuple[str, str, str]:
    return event.register, event.change.entry_id, event.snapshot


class ChangeList:
    """What registers did, newest first, of which a slice is read from the ledger and not all.

    The same as `changes` backwards: docs/security.md says what a question may cost.
    """

    def __init__(
        self,
        ledger: "OpenedLedger",
        register: str | None,
        moment: Moment,
        jurisdiction: Jurisdiction | None = None,
        *,
        since: When = None,
        until: When = None,
        standing: bool = False,
    ) -> None:
        self._ledger, self._moment = ledger, of_registers(ledger, moment)
        kept = _kept(ledger, register, jurisdiction)
        self._kept = {n: one for n, one in kept.items() if register in {None, n}}
        spans = [self._moment.span(one.zone) for one in self._kept.values()]
        periods = [period(since, until, one.zone) for one in self._kept.values()]
        starts = [
            max(_micros(begins, _PAST), micros(start) if standing else _PAST)
            for (begins, _), (start, _) in zip(periods, spans, strict=True)
        ]
        self._windows = Windows(
            registers=tuple(self._kept),
            since=tuple(starts),
            until=tuple(_micros(ends, FAR) for _, ends in periods),
            ends=tuple(micros(end) if standing else FAR for _, end in spans),
        )
        self._bounds = ledger.history_of.bounds(self._moment)

    def __len__(self) -> int:
        return sum(number for *_, number in self._moves)

    def __getitem__(self, part: slice) -> list[RegisterEvent]:
        start, stop, _ = part.indices(len(self))
        found = newest(
            self._ledger.history_of,
            self._bounds,
            self._windows,
            offset=start,
            limit=max(0, stop - start),
        )
        return _told(self._ledger, found, self._moment, self._kept)

    @cached_property
    def _moves(self) -> list[tuple[str, int, str, int]]:
        return move_counts(self._ledger.history_of, self._bounds, self._windows)

    def by_state(self) -> list[tuple[str, int, str, int]]:
        """How many there are: register, time of the published state in microseconds since 1970,
        operation as the list shows it, number."""
        return self._moves

    @property
    def bounds(self) -> Bounds:
        """By when what is told had been published and recorded."""
        return self._bounds

    def counts(self) -> Counter[tuple[str, date, str]]:
        """How many there are, by register, day in UTC, and operation as it is told."""
        found: Counter[tuple[str, date, str]] = Counter()
        for name, at, op, number in self._moves:
            found[name, (EPOCH + timedelta(microseconds=at)).date(), op] += number
        dated = dated_changes(self._ledger.history_of, self._bounds, self._windows)
        told = _told(self._ledger, dated, self._moment, self._kept)
        for before, now in zip(dated, told, strict=True):
            day = before.at.date()
            found[before.register, day, str(before.change.op)] -= 1
            found[before.register, day, str(now.change.op)] += 1
        return +found


def _kept(
    ledger: "OpenedLedger", register: str | None, jurisdiction: Jurisdiction | None
) -> dict[str, Register]:
    kept = standings.registers_of(ledger, jurisdiction)
    if register is not None and register not in kept:
        raise MistakeError(
            "no register '{register}' is in this ledger",
            hint="Those that are: gatewatch registers",
            register=register,
        )
    return kept


def _micros(when: datetime | None, otherwise: int) -> int:
    return micros(when) if when else otherwise


def _told(
    ledger: "OpenedLedger", found: list[RegisterEvent], moment: Moment, kept: dict[str, Register]
) -> list[RegisterEvent]:
    """With an entry whose own day of removal came as what it is: a removal, not a change."""
    over = {id(e) for e in found if e.change.op == Op.CHANGED and _over(e, kept)}
    if not over:
        return found
    entries = {e.change.entry_id for e in found if id(e) in over}
    history = ledger.history_of
    before: dict[tuple[str, str], bool] = {}
    again: set[tuple[str, str, str]] = set()
    for event in history.events(None, entries, history.bounds(moment)):
        if event.register in kept:
            owner = (event.register, event.change.entry_id)
            if before.get(owner):
                again.add((*owner, event.snapshot))
            before[owner] = _over(event, kept)
    return [
        msgspec.structs.replace(e, change=msgspec.structs.replace(e.change, op=Op.REMOVED))
        if id(e) in over and (e.register, e.change.entry_id, e.snapshot) not in again
        else e
        for e in found
    ]


def _over(event: RegisterEvent, kept: dict[str, Register]) -> bool:
    """Whether the entry says of itself that it had been removed by then."""
    entry = event.change.entry
    removed = stated_time(entry.removed_at, kept[event.register].zone) if entry else None
    return removed is not None and removed <= event.at


def _within(event: RegisterEvent, since: datetime | None, until: datetime | None) -> bool:
    return (since is None or event.at >= since) and (until is None or event.at < until)


def _may_have_happened(event: RegisterEvent, start: datetime, end: datetime) -> bool:
    return event.at >= start and (event.after is None or event.after <= end)
