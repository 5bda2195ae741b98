"""Cases joined with what a ledger holds of them: listings of the service's names, verdicts,
reports."""

from collections.abc import Collection, Iterable, Iterator
from typing import TYPE_CHECKING

import msgspec

from gatewatch.analysis.registers.standing import ListingState as Standing
from gatewatch.cases.agreement import agreed, paper
from gatewatch.cases.case import Case, OnRegister
from gatewatch.cases.fold import NOTHING_MEASURED, fold
from gatewatch.cases.positions import Position, Question
from gatewatch.cases.sources import known_by
from gatewatch.catalogue.facts import Catalogue
from gatewatch.model.jurisdiction import Jurisdiction
from gatewatch.model.moment import Moment
from gatewatch.model.report import Reported
from gatewatch.model.service import Service
from gatewatch.query import standings
from gatewatch.query.listings import OnRegisters, by_service, names_of
from gatewatch.query.moments import of_all

if TYPE_CHECKING:
    from gatewatch.query.opened import OpenedLedger


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
    jurisdiction: Jurisdiction,
    moment: Moment,
    ledger: "OpenedLedger | None" = None,
) -> Case:
    """One case at three times; with a ledger, beside its listings, verdicts and reports."""
    code = jurisdiction.code
    if ledger is None:
        return fold(catalogue, service, code, moment)
    from gatewatch.query import network, reports

    moment = of_all(ledger, moment)
    key = (service.id, code)
    registers = on_registers(ledger, [service], moment, [code])
    known = reports.reported(ledger, moment, service=service.id, jurisdiction=jurisdiction)
    return fold(
        catalogue,
        service,
        code,
        moment,
        registers=registers.get(key, ()),
        network=network.of(ledger, catalogue, service, code, moment=moment),
        reports=known.get(key, Reported()),
    )


def on_registers(
    ledger: "OpenedLedger",
    services: Iterable[Service],
    moment: Moment,
    codes: Collection[str] = (),
) -> OnRegisters:
    """What the registers held say of services, by service and jurisdiction."""
    known = ledger.history_of.registers()
    kept = {n: r for n, r in known.items() if not codes or r.jurisdiction in codes}
    wanted = list(services)
    if not kept or not wanted:
        return {}
    question = standings.RegisterQuestion(moment, kept, standings.around(ledger, kept, moment))
    names = [name for one in wanted for name in names_of(one)]
    met = standings.meetings(ledger, [name.selector for name in names], moment, kept)
    return by_service(list(zip(names, met, strict=True)), question)


def every(
    catalogue: Catalogue,
    moment: Moment,
    ledger: "OpenedLedger | None" = None,
    codes: Collection[str] = (),
    services: Collection[str] = (),
) -> Iterator[Case]:
    """Every case of which any layer but the law holds something that was published by the moment,
    by service and jurisdiction: a law alone binds all services of a kind, and `obligations` tells
    of those. Only those of some jurisdictions, if any is named, and of some services by their
    ids."""
    wanted = [catalogue.services[one] for one in services] or catalogue.services.values()
    chosen = {one.id for one in wanted}

    def asked(service: str, code: str) -> bool:
        return service in chosen and (not codes or code in codes)

    moment = moment if ledger is None else of_all(ledger, moment)
    keys = {
        key
        for key, told in catalogue.cases.items()
        if asked(*key) and known_by(told, moment, catalogue)
    }
    registers: OnRegisters = {}
    networks = {}
    known: dict[tuple[str, str], Reported] = {}
    if ledger is not None:
        from gatewatch.query import network, reports

        registers = on_registers(ledger, wanted, moment, codes)
        networks = dict(
            network.by_service(ledger, catalogue, sorted(codes), moment, ids=services or None)
        )
        known = reports.reported(ledger, moment)
        listed = {key for key, told in registers.items() if any(map(_says_something, told))}
        keys |= {key for key in (*listed, *networks, *known) if asked(*key)}
    for service, code in sorted(keys):
        yield fold(
            catalogue,
            catalogue.services[service],
            code,
            moment,
            registers=registers.get((service, code), ()),
            network=networks.get((service, code), NOTHING_MEASURED),
            reports=known.get((service, code), Reported()),
        )


def _says_something(one: OnRegister) -> bool:
    """Whether a register lists, or listed, any of a service's names."""
    return any(held.coverage != "related" for held in one.listings) or one.state not in {
        Standing.NOT_LISTED,
        Standing.INSUFFICIENT,
    }


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
    """Where the service stands on the lists: see cases/agreement.py."""
    return paper(one.lanes)


def agreement(one: Case) -> str:
    """Register beside network: see cases/agreement.py."""
    return agreed(one.lanes)


def main(question: Question) -> Position | None:
    """The position held; of a tie none."""
    return None if question.tie else question.held
