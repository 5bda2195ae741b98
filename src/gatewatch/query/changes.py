"""What registers did over a time."""

from datetime import datetime
from typing import TYPE_CHECKING

import msgspec

from gatewatch.analysis.registers.standing import stated_time
from gatewatch.errors import UsageError
from gatewatch.model.history import Op, RegisterEvent
from gatewatch.model.jurisdiction import Jurisdiction
from gatewatch.model.moment import Moment, When, bound
from gatewatch.model.register import Register
from gatewatch.query import standings
from gatewatch.query.moments import of_registers

if TYPE_CHECKING:
    from gatewatch.query.opened import OpenedLedger


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
    kept = standings.registers_of(ledger, jurisdiction)
    if register is not None and register not in kept:
        raise UsageError(
            f"{register!r} is not in this ledger: gatewatch registers lists those that are"
        )
    bounds = {
        name: (bound(since, "since", one.zone), bound(until, "until", one.zone))
        for name, one in kept.items()
    }
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
