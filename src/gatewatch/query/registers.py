"""Registers as held: how fresh they are, their snapshots, what of them was not understood."""

from collections.abc import Sequence
from datetime import date, datetime
from itertools import pairwise
from typing import TYPE_CHECKING

import msgspec

from gatewatch.ledger.history import Aside
from gatewatch.model.history import Snapshot, Status
from gatewatch.model.jurisdiction import Jurisdiction
from gatewatch.model.moment import Moment
from gatewatch.model.register import Register
from gatewatch.query import standings
from gatewatch.query.moments import of_registers

if TYPE_CHECKING:
    from gatewatch.query.opened import OpenedLedger


class Freshness(msgspec.Struct, frozen=True):
    """A register as held: how far it reaches and since when it is silent."""

    register: Register
    snapshots: int
    quarantined: int
    entries: int
    """Of its last state, those that could be read."""
    unread: int
    """Those that could not."""
    first_published: datetime
    last_published: datetime
    """When a list of other bytes than the one before it last came: a repository that holds the same
    list again has checked it, and published nothing."""
    last_changed: datetime
    """When its entries last changed."""
    last_checked: datetime
    """When it was last looked at: by a repository that held it, or here."""
    silent_since: datetime | None
    """The last state of all, if by its declared cadence and patience another one is overdue."""


def registers(
    ledger: "OpenedLedger", moment: Moment, jurisdiction: Jurisdiction | None = None
) -> list[Freshness]:
    """Registers held, with how fresh they were at the moment."""
    found = []
    by_register: dict[str, list[Snapshot]] = {}
    for one in snapshots(ledger, None, moment, jurisdiction):
        by_register.setdefault(one.register, []).append(one)
    for name, register in standings.registers_of(ledger, jurisdiction).items():
        held = by_register.get(name, [])
        accepted = [s for s in held if s.status == Status.ACCEPTED]
        if accepted:
            end = min(moment.as_of_in(register.zone), moment.span(register.zone)[1])
            now = min(end, moment.now) if moment.now else end
            found.append(_freshness(register, held, accepted, now))
    return found


def _freshness(
    register: Register, held: list[Snapshot], accepted: list[Snapshot], now: datetime
) -> Freshness:
    first, last = accepted[0].published_at, accepted[-1]
    anew = [b for a, b in pairwise(accepted) if b.content != a.content]
    recorded = [s.recorded_at for s in held if s.recorded_at]
    overdue = now - last.published_at > register.patience
    return Freshness(
        register=register,
        snapshots=len(held),
        quarantined=sum(s.status == Status.QUARANTINED for s in held),
        entries=last.read,
        unread=last.unread,
        first_published=first,
        last_published=anew[-1].published_at if anew else first,
        last_changed=max((s.published_at for s in accepted if _changed(s)), default=first),
        last_checked=max(*recorded, last.published_at),
        silent_since=last.published_at if overdue else None,
    )


def last_covered(ledger: "OpenedLedger", register: str, moment: Moment) -> datetime | None:
    """When a register was last published, where it no longer tells of the moment; None where it
    does, or never was."""
    kept = {register: ledger.history_of.registers()[register]}
    moment = of_registers(ledger, moment)
    held = standings.around(ledger, kept, moment)[register]
    return held.last if held.hole(*moment.span(held.zone)) is not None else None


def covered(ledger: "OpenedLedger", register: str, moment: Moment) -> tuple[Moment, date | None]:
    """The moment of which a list of a register tells, and its day in the register's zone where that
    is an earlier one: where no time is asked for, the last that the register reaches."""
    last = None if moment.asked else last_covered(ledger, register, moment)
    if last is None:
        return moment, None
    zone = ledger.history_of.registers()[register].zone
    return msgspec.structs.replace(moment, valid_at=last), last.astimezone(zone).date()


def _changed(state: Snapshot) -> bool:
    """Whether a state says anything else than the one before it."""
    return bool(state.added or state.changed or state.removed)


def snapshots(
    ledger: "OpenedLedger",
    register: str | None,
    moment: Moment,
    jurisdiction: Jurisdiction | None = None,
    statuses: Sequence[str] | None = None,
) -> list[Snapshot]:
    """Snapshots as last recorded, by their own time, up to the moment."""
    moment = of_registers(ledger, moment)
    ends = _ends(ledger, moment, jurisdiction)
    history = ledger.history_of
    found = history.snapshots(register, history.bounds(moment), statuses)
    return [s for s in found if s.register in ends and s.published_at <= ends[s.register]]


def by_id(ledger: "OpenedLedger", register: str) -> dict[str, Snapshot]:
    """Every snapshot held of a register by its id, whatever became of it."""
    return {s.id: s for s in ledger.history_of.snapshots(register)}


def set_aside(
    ledger: "OpenedLedger",
    moment: Moment,
    jurisdiction: Jurisdiction | None = None,
    snapshot: str = "",
) -> list[Aside]:
    """Records that were not understood, each under the snapshot that showed it first, up to the
    moment. `snapshot` may be the beginning of a snapshot's id."""
    moment = of_registers(ledger, moment)
    ends = _ends(ledger, moment, jurisdiction)
    history = ledger.history_of
    found = history.set_aside(history.bounds(moment), snapshot)
    return [a for a in found if a.register in ends and a.published_at <= ends[a.register]]


def _ends(
    ledger: "OpenedLedger", moment: Moment, jurisdiction: Jurisdiction | None
) -> dict[str, datetime]:
    """The last instant of the time asked about, in each register's own zone."""
    kept = standings.registers_of(ledger, jurisdiction)
    return {name: moment.span(known.zone)[1] for name, known in kept.items()}
