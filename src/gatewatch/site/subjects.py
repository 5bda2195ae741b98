"""What a request is about: a service, a jurisdiction, their cases, at the times asked about."""

from gatewatch.cases.case import Case
from gatewatch.errors import UsageError
from gatewatch.model.jurisdiction import Jurisdiction
from gatewatch.model.service import Service
from gatewatch.query import case as cases
from gatewatch.query.ledger import Ledger
from gatewatch.site.problem import ProblemError
from gatewatch.site.repository import Repository
from gatewatch.site.times import RequestTimes


def place_of(code: str) -> str:
    """A jurisdiction's code in capitals; 404 for what is none."""
    try:
        return Jurisdiction.parse(code).code
    except UsageError as fault:
        raise ProblemError(404, fault) from fault


def service_named(repository: Repository, name: str, times: RequestTimes | None = None) -> Service:
    """A service by any of its names, at the times asked about or today; 404 if none is called
    so."""
    known = repository.facts(times.moment).catalogue if times else repository.catalogue
    try:
        return known.service(name)
    except UsageError as fault:
        raise ProblemError(404, fault) from fault


def every_case(repository: Repository, ledger: Ledger, times: RequestTimes) -> list[Case]:
    """Every case at the times asked about, with what probes saw."""
    key = ("cases", times.moment)
    return ledger.once(
        key,
        lambda: list(cases.every(repository.facts(times.moment).catalogue, times.moment, ledger)),
    )


def cases_of(
    repository: Repository, ledger: Ledger, service: Service, times: RequestTimes
) -> list[Case]:
    """Every case of one service, without a look at all others."""
    known = repository.facts(times.moment).catalogue
    return ledger.once(
        ("cases of", service.id, times.moment),
        lambda: list(cases.every(known, times.moment, ledger, services=[service.id])),
    )


def case_of(
    repository: Repository,
    service: Service,
    code: Jurisdiction,
    times: RequestTimes,
    ledger: Ledger,
) -> Case:
    """One case at the times asked about."""
    known = repository.facts(times.moment).catalogue
    return ledger.once(  # page and picture, in each language, tell the same
        ("case", service.id, code.code, times.moment),
        lambda: cases.case(known, service, code, times.moment, ledger=ledger),
    )
