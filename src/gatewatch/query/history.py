"""What was, over its whole time: the listings of a name, the versions of an entry."""

from collections.abc import Sequence
from enum import StrEnum
from typing import TYPE_CHECKING

from gatewatch.analysis.registers import listings as fold
from gatewatch.analysis.registers import standing as standings_of
from gatewatch.analysis.registers.lookup import How
from gatewatch.analysis.registers.standing import ListingState, RegisterCoverage
from gatewatch.errors import MistakeError
from gatewatch.model import selector as selectors
from gatewatch.model.history import Listing, Version
from gatewatch.model.jurisdiction import Jurisdiction
from gatewatch.model.moment import Moment
from gatewatch.model.selector import Kind, Selector
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
    told = zip(found, on_the_day(ledger, register, found, moment), strict=True)
    return [version for version, stood in told if stood in STOOD]


class OnTheDay(StrEnum):
    """How a version of an entry stands to the time asked about."""

    IN_FORCE = "in_force"
    PERHAPS = "perhaps"
    OVER = "over"
    LATER = "later"


STOOD = frozenset({OnTheDay.IN_FORCE, OnTheDay.PERHAPS})


def on_the_day(
    ledger: "OpenedLedger", register: str, versions: Sequence[Version], moment: Moment
) -> list[OnTheDay]:
    """Of each version of an entry whether it stood at the moment, by what a listing means then."""
    moment = of_registers(ledger, moment)
    declared = ledger.history_of.registers(moment.recorded_by)[register]
    held = standings.around(ledger, {register: declared}, moment)[register]
    start, end = moment.span(held.zone)
    return [_on_the_day(one, start, end, held) for one in versions]


def _on_the_day(
    one: Version, start: "datetime", end: "datetime", held: RegisterCoverage
) -> OnTheDay:
    whole = Listing(
        register="",
        entry_id="",
        selector=Selector(Kind.APP, ""),
        came=one.since,
        went=one.until,
        versions=(one,),
    )
    state, _ = standings_of.standing(whole, start, end, held)
    if state == ListingState.LISTED:
        return OnTheDay.IN_FORCE
    if state == ListingState.INSUFFICIENT:
        return OnTheDay.PERHAPS
    return OnTheDay.LATER if one.since.by and end < one.since.by else OnTheDay.OVER


def _may_stand(listing: Listing, moment: Moment, held: RegisterCoverage) -> bool:
    start, end = moment.span(held.zone)
    return standings_of.standing(listing, start, end, held)[0] != ListingState.NOT_LISTED
