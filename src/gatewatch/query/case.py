"""Cases joined with what a ledger holds of them: listings of the service's names, verdicts."""

from collections.abc import Collection, Iterable, Iterator
from datetime import date, datetime

import msgspec

from gatewatch.analysis.registers.lookup import How
from gatewatch.cases.case import Case, Listed, Network, Position, Question
from gatewatch.cases.fold import NOTHING_MEASURED, fold
from gatewatch.catalogue import facts
from gatewatch.catalogue.facts import Catalogue
from gatewatch.model.moment import Moment
from gatewatch.model.redaction import value, withholds
from gatewatch.model.report import Reported
from gatewatch.model.service import Service
from gatewatch.query import network as networks
from gatewatch.query.ledger import Ledger, When
from gatewatch.query.network import day_of

_OWN = frozenset({How.HOST, How.MASK, How.MASK_APEX, How.PARENT, How.URL_ON_HOST})


class Contradiction(msgspec.Struct, frozen=True):
    """One thing that sources do not agree on. `about` is the step, or reason, law, law_year."""

    service: str
    jurisdiction: str
    about: str
    step: int | None
    question: Question


def case(
    catalogue: Catalogue,
    service: Service,
    jurisdiction: str,
    *,
    valid_at: str | date | datetime | None = None,
    as_of: str | date | datetime | None = None,
    recorded_by: str | date | datetime | None = None,
    ledger: Ledger | None = None,
) -> Case:
    """One case at three times; with a ledger, beside its listings and verdicts."""
    when = Moment.parse(valid_at, as_of, recorded_by)
    listings: tuple[Listed, ...] = ()
    network = NOTHING_MEASURED
    if ledger:
        listings = tuple(_listings(ledger, service, jurisdiction, as_of, recorded_by))
        network = networks.of(ledger, service, jurisdiction, when, as_of, recorded_by)
    told = fold(
        catalogue,
        service,
        jurisdiction,
        valid_at=day_of(when.valid_at),
        as_of=day_of(when.as_of) if as_of is not None else None,
        listings=listings,
        network=network,
    )
    if not ledger:
        return told
    known = ledger.reported(
        service=service.id, jurisdiction=jurisdiction, as_of=as_of, recorded_by=recorded_by
    )
    return msgspec.structs.replace(told, reports=known.get((service.id, jurisdiction), Reported()))


def tell(
    service: str,
    jurisdiction: str,
    *,
    valid_at: str | date | datetime | None = None,
    as_of: str | date | datetime | None = None,
    recorded_by: str | date | datetime | None = None,
    ledger: Ledger | None = None,
) -> Case:
    """One case by the service's name, from the shipped catalogue and users' own."""
    catalogue = facts.load()
    return case(
        catalogue,
        catalogue.service(service),
        jurisdiction,
        valid_at=valid_at,
        as_of=as_of,
        recorded_by=recorded_by,
        ledger=ledger,
    )


def _listings(
    ledger: Ledger,
    service: Service,
    jurisdiction: str,
    as_of: str | date | datetime | None,
    recorded_by: str | date | datetime | None,
) -> Iterator[Listed]:
    known = ledger.history_of.registers()
    if jurisdiction not in {register.jurisdiction for register in known.values()}:
        return
    seen: set[tuple[str, str, str]] = set()
    histories = ledger.histories(
        service.hosts, as_of=as_of, recorded_by=recorded_by, jurisdiction=jurisdiction
    )
    for met in histories:
        for how, held in met:
            hidden = withholds(held.entry, known[held.register].redaction)
            shown = value(held.selector, withhold=hidden)
            key = (held.register, held.entry_id, shown)
            if how in _OWN and key not in seen:
                seen.add(key)
                yield Listed(held.register, held.entry_id, shown, held.came, held.went)


def every(
    catalogue: Catalogue,
    *,
    valid_at: date,
    as_of: date | None = None,
    recorded_by: When = None,
    ledger: Ledger | None = None,
    jurisdictions: Collection[str] = (),
) -> Iterator[Case]:
    """Every case that a claim tells of, by service and jurisdiction; with a ledger, beside what probes
    saw. Only those of some jurisdictions, if any is named."""
    seen: dict[str, dict[str, Network]] = {}
    for service, jurisdiction in sorted(catalogue.cases):
        if jurisdictions and jurisdiction not in jurisdictions:
            continue
        if ledger and jurisdiction not in seen:
            seen[jurisdiction] = networks.by_service(
                ledger, catalogue, jurisdiction, valid_at, as_of, recorded_by
            )
        network = seen.get(jurisdiction, {}).get(service, NOTHING_MEASURED)
        yield fold(
            catalogue,
            catalogue.services[service],
            jurisdiction,
            valid_at=valid_at,
            as_of=as_of,
            network=network,
        )


def contradictions(cases: Iterable[Case]) -> Iterator[Contradiction]:
    """What the sources of cases do not agree on."""
    for one in cases:
        where = (one.service.id, one.jurisdiction)
        for step in one.steps:
            if step.disputed and step.dates.positions:
                yield Contradiction(*where, step.action, step.number, step.dates)
        for about in ("reason", "ground", "law_year"):
            question: Question = getattr(one, about)
            if question.disputed:
                yield Contradiction(*where, about, None, question)


def on_paper(one: Case) -> str:
    """Where the service stands on the lists at the day asked about: listed, delisted, unlisted."""
    found = "unlisted"
    for step in one.steps:
        last = step.day.last or step.day.first
        if step.duty or step.scope != "whole" or step.inferred or not last or last > one.valid_at:
            continue
        if step.action == "listed":
            found = "listed"
        elif step.action == "delisted" and found == "listed":
            found = "delisted"
    return found


def agreement(one: Case) -> str:
    """Register beside network; with nothing measured that is never more than insufficient."""
    paper, network = on_paper(one), one.network.state
    if paper == "delisted" and network != "insufficient":
        return "delisted_still_blocked" if network == "blocked" else "delisted_reachable"
    return f"{'listed' if paper == 'listed' else 'unlisted'}_{network}"


def main(question: Question) -> Position | None:
    """The position held; of a tie none."""
    return None if question.tie else question.held
