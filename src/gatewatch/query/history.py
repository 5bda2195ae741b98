"""What was, over its whole time: the listings of a name, the versions of an entry."""

from collections.abc import Sequence
from typing import TYPE_CHECKING

from gatewatch.analysis.registers import listings as fold
from gatewatch.analysis.registers import standing as standings_of
from gatewatch.analysis.registers.lookup import How
from gatewatch.analysis.registers.standing import ListingState, RegisterCoverage
from gatewatch.errors import MistakeError
from gatewatch.model import selector as selectors
from gatewatch.model.history import Listing, Version
from gatewatch.model.jurisdiction import Jurisdiction
from gatewatch.model.moment import Bracket, Moment
from gatewatch.query import standings
from gatewatch.query.moments import of_registers

if TYPE_CHECKING:
    from datetime import datetime

    from gatewatch.query.opened import OpenedLedger


def history(
    ledger: "OpenedLedger",
    asked: str,
    moment: Moment,
    jurisdiction: Jurisdiction | None = None,
    *,
    standing: bool = False,
) -> list[tuple[How, Listing]]:
    """Every listing that ever met a selector, oldest first, with how it met it. `standing`: those
    alone that stood at the moment or may have."""
    moment = of_registers(ledger, moment)
    (met,) = histories(ledger, [asked], moment, jurisdiction)
    if not standing:
        return met
    held = standings.question(ledger, moment, jurisdiction).held
    return [(how, li) for how, li in met if _may_stand(li, moment, held[li.register])]


def histories(
    ledger: "OpenedLedger",
    asked: Sequence[str],
    moment: Moment,
    jurisdiction: Jurisdiction | None = None,
) -> list[list[tuple[How, Listing]]]:
    """The histories of many selectors from one look into the ledger, in their order."""
    moment = of_registers(ledger, moment)
    kept = standings.registers_of(ledger, jurisdiction)
    parsed = [selectors.parse(one) for one in asked]
    return [
        sorted(met, key=lambda m: (m[1].came.by or moment.as_of, m[1].register, m[1].entry_id))
        for met in standings.meetings(ledger, parsed, moment, kept, doubts=False)
    ]


def entry(
    ledger: "OpenedLedger", register: str, entry_id: str, moment: Moment, *, standing: bool = False
) -> list[Version]:
    """Every version of one entry, oldest first; empty if the register never held it. `standing`:
    those alone that stood at the moment or may have."""
    moment = of_registers(ledger, moment)
    history_of = ledger.history_of
    known = history_of.registers(moment.recorded_by)
    if register not in known:
        raise MistakeError(
            "no register '{register}' is in this ledger",
            hint="Those that are: gatewatch registers",
            register=register,
        )
    by = history_of.bounds(moment)
    found = fold.versions(history_of.events(register, [entry_id], by))
    if not standing:
        return found
    start, end = moment.span(known[register].zone)
    return [v for v in found if _between(v.since.after, v.until, start, end)]


def _may_stand(listing: Listing, moment: Moment, held: RegisterCoverage) -> bool:
    start, end = moment.span(held.zone)
    return standings_of.standing(listing, start, end, held)[0] != ListingState.NOT_LISTED


def _between(
    opens: "datetime | None", until: Bracket | None, start: "datetime", end: "datetime"
) -> bool:
    """Whether [start, end] may touch what came after `opens` and went by `until`."""
    closes = until.by if until else None
    return (opens is None or end > opens) and (closes is None or start < closes)
