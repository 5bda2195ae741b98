"""What is known beside registers and measurements: services, rules, claims, and the cases folded
from them."""

from enum import StrEnum
from typing import Annotated, Any, TypeVar

import msgspec
from litestar import Request, Response
from litestar.di import NamedDependency
from litestar.params import FromPath, PathParameter, QueryParameter, SkipValidation

from gatewatch.cases.case import Case
from gatewatch.cases.sources import known_by, of_the_day
from gatewatch.errors import MistakeError, UsageError
from gatewatch.model.claim import Claim
from gatewatch.model.jurisdiction import Jurisdiction as Place
from gatewatch.model.states import CaseOrder, State
from gatewatch.query.case_filter import CaseFilter, filtered, ordered
from gatewatch.query.ledger import Ledger
from gatewatch.query.moments import of_all
from gatewatch.query.obligations import of_kind, of_service
from gatewatch.records import cases as case_rows
from gatewatch.records import obligations as duties
from gatewatch.site.api.about import record, rows
from gatewatch.site.api.asked import Jurisdiction
from gatewatch.site.caching import repository_of
from gatewatch.site.problem import ProblemError
from gatewatch.site.replies import (
    MOST,
    TABLES,
    Form,
    Limit,
    PageMark,
    form_of,
    list_reply,
    record_reply,
)
from gatewatch.site.subjects import case_of, cases_of, every_case, service_named
from gatewatch.site.times import RequestTimes, Times

E = TypeVar("E", bound=StrEnum)
ServiceName = Annotated[
    str | None, QueryParameter(description="A service by any of its names, as wechat or 微信.")
]


@rows("/api/v1/services", "facts", "Services")
def services(
    request: Request[Any, Any, Any],
    times: Times,
    limit: Limit = None,
    page: PageMark = None,
    form: Form = None,
) -> Response[bytes]:
    """Things people use, with their names, hosts and operators."""
    held = sorted(
        repository_of(request).facts(times.moment).catalogue.services.values(),
        key=lambda one: one.id,
    )
    return list_reply(
        request, times, lambda _, __: held, limit=limit, mark=page, form=form, row=case_rows.service
    )


@record("/api/v1/services/{service:str}", "facts", "One service")
def service(
    request: Request[Any, Any, Any], times: Times, service: FromPath[str], form: Form = None
) -> Response[bytes]:
    """With its cases."""
    repository = repository_of(request)
    one = service_named(repository, service, times)

    def find(ledger: Ledger) -> dict[str, Any]:
        told = cases_of(repository, ledger, one, times)
        return {**case_rows.service(one), "cases": [case_rows.overview(c) for c in told]}

    return record_reply(request, times, find, form=form)


@rows("/api/v1/rules", "facts", "Legal instruments")
def rules(
    request: Request[Any, Any, Any],
    times: Times,
    jurisdiction: Jurisdiction = None,
    limit: Limit = None,
    page: PageMark = None,
    form: Form = None,
) -> Response[bytes]:
    """What each asks of whom, with which sanction, and what lifts it. With `valid_at`, those alone
    that were in force then, or may have been."""
    place = Place.parse_any(jurisdiction)
    catalogue = repository_of(request).facts(times.moment).catalogue
    found = [
        i
        for _, i in sorted(catalogue.instruments.items())
        if place in {None, Place(i.jurisdiction)}
        and (not times.valid_at or i.stands(times.moment.day))
    ]
    return list_reply(
        request,
        times.of_all_days(),
        lambda _, __: found,
        limit=limit,
        mark=page,
        form=form,
        row=lambda one: case_rows.rule(one, catalogue),
    )


@record("/api/v1/rules/{rule:str}", "facts", "One legal instrument")
def rule(
    request: Request[Any, Any, Any], times: Times, rule: FromPath[str], form: Form = None
) -> Response[bytes]:
    """Its obligation, sanction and what lifts it, with sources."""
    catalogue = repository_of(request).facts(times.moment).catalogue
    try:
        one = catalogue.instrument(rule)
    except UsageError as fault:
        raise ProblemError(404, fault) from fault
    return record_reply(request, times, lambda _: case_rows.rule(one, catalogue), form=form)


@rows("/api/v1/obligations", "facts", "What laws ask")
def obligations(
    request: Request[Any, Any, Any],
    times: Times,
    service: ServiceName = None,
    kind: Annotated[
        str | None,
        QueryParameter(description="Instead of a service a kind of services, as messenger."),
    ] = None,
    jurisdiction: Jurisdiction = None,
    limit: Limit = None,
    page: PageMark = None,
    form: Form = None,
) -> Response[bytes]:
    """Of a service, with what shows each duty met; or of services of a kind."""
    place, repository = Place.parse_any(jurisdiction), repository_of(request)
    catalogue = repository.facts(times.moment).catalogue
    if bool(service) == bool(kind):
        raise ProblemError(400, "name a service or a kind of services, as service=wechat")
    code = place.code if place else None

    def find(ledger: Ledger, at: RequestTimes) -> list[dict[str, Any]]:
        if kind:
            told = of_kind(catalogue, kind, at.moment, code)
            return [duties.law(one.law, one.revised) for one in told]
        one = service_named(repository, service or "", times)
        found = of_service(
            catalogue, one, at.moment, ledger, jurisdictions=[code] if code else None
        )
        return [row for case in found for row in duties.of_case(case)]

    return list_reply(request, times, find, limit=limit, mark=page, form=form)


@rows("/api/v1/claims", "facts", "Who said what, when, with a citation")
def claims(
    request: Request[Any, Any, Any],
    times: Times,
    service: ServiceName = None,
    jurisdiction: Jurisdiction = None,
    limit: Limit = None,
    page: PageMark = None,
    form: Form = None,
) -> Response[bytes]:
    """One statement by one source each. What contradicts another stands beside it. With
    `valid_at`, of what had happened by then, or may have."""
    place = Place.parse_any(jurisdiction)
    repository = repository_of(request)
    wanted = service_named(repository, service, times).id if service else None

    def find(ledger: Ledger, at: RequestTimes) -> list[Claim]:
        known = repository.facts(at.moment).catalogue
        asked = [
            one
            for _, one in sorted(known.claims.items())
            if wanted in {None, one.service} and place in {None, Place(one.jurisdiction)}
        ]
        found = known_by(asked, of_all(ledger, at.moment), known)
        return of_the_day(found, at.moment.day) if at.valid_at else found

    return list_reply(
        request,
        times.of_all_days(),
        find,
        limit=limit,
        mark=page,
        form=form,
        row=case_rows.claim,
    )


class CasesSought(msgspec.Struct, frozen=True):
    """Which cases, and in which order."""

    wanted: CaseFilter
    order: CaseOrder


def cases_sought(
    times: Times,
    request: Request[Any, Any, Any],
    service: ServiceName = None,
    jurisdiction: Annotated[
        str | None,
        QueryParameter(description="One jurisdiction, by its ISO 3166-1 code.", max_length=2),
    ] = None,
    standing: Annotated[
        str | None,
        QueryParameter(name="state", description="Only cases in this state.", enum=list(State)),
    ] = None,
    kind: Annotated[
        str | None,
        QueryParameter(description="Only cases of services of this kind, as messenger."),
    ] = None,
    current: Annotated[
        str | None,
        QueryParameter(
            description="Only states that are of the day asked about, or (false) only such as were "
            "last known before.",
            enum=["true", "false"],
        ),
    ] = None,
    rule: Annotated[
        str | None,
        QueryParameter(description="Only cases for which somebody names this law, as 149-FZ."),
    ] = None,
    authority: Annotated[
        str | None,
        QueryParameter(description="Only cases in which this body acts, by a part of its name."),
    ] = None,
    year: Annotated[
        str | None, QueryParameter(description="Only cases with a step in this year.")
    ] = None,
    text: Annotated[
        str | None,
        QueryParameter(
            description="Only cases in whose service, operator, country, law or reason it is.",
            max_length=500,
        ),
    ] = None,
    sort: Annotated[
        str | None,
        QueryParameter(
            description="Days with the newest first, counts with the greatest first. Default "
            "service.",
            enum=list(CaseOrder),
        ),
    ] = None,
) -> CasesSought:
    """What cases are sought by. An empty field of a form is one that was left out."""
    catalogue = repository_of(request).facts(times.moment).catalogue
    place = Place.parse_any(jurisdiction or None)
    if year and not (year.isdecimal() and len(year) == 4):
        raise MistakeError("year '{year}' is none: write four figures, as 2017", year=year)
    wanted = CaseFilter(
        service=catalogue.service(service).id if service else None,
        jurisdiction=place.code if place else None,
        state=_one_of(State, "state", standing) if standing else None,
        kind=catalogue.kind(kind) if kind else None,
        current=_one_of(_Truth, "current", current) == _Truth.TRUE if current else None,
        rule=catalogue.instrument(rule).id if rule else None,
        authority=authority or None,
        year=int(year) if year else None,
        text=text or None,
    )
    return CasesSought(wanted, _one_of(CaseOrder, "sort", sort or CaseOrder.SERVICE))


class _Truth(StrEnum):
    TRUE = "true"
    FALSE = "false"


def _one_of(known: type[E], name: str, given: str) -> E:
    try:
        return known(given)
    except ValueError:
        raise MistakeError(
            "{name} '{given}' is none of {known}", name=name, given=given, known=", ".join(known)
        ) from None


CasesWanted = NamedDependency[SkipValidation[CasesSought]]
"""What handlers of lists of cases take as `cases`."""


@record("/api/v1/claims/{claim:str}", "facts", "One claim")
def claim(
    request: Request[Any, Any, Any], times: Times, claim: FromPath[str], form: Form = None
) -> Response[bytes]:
    """By the name that pages of cases and other answers give it."""
    repository = repository_of(request)

    def find(ledger: Ledger) -> dict[str, Any]:
        known = repository.facts(times.moment).catalogue
        asked = [known.claims[claim]] if claim in known.claims else []
        for one in known_by(asked, of_all(ledger, times.moment), known):
            return case_rows.claim(one)
        raise ProblemError(404, f"no claim {claim!r} is on record that had been published by then")

    return record_reply(request, times, find, form=form)


@rows("/api/v1/cases", "facts", "Cases: where each service stands in each jurisdiction")
def all_cases(
    request: Request[Any, Any, Any],
    times: Times,
    cases: CasesWanted,
    limit: Limit = None,
    page: PageMark = None,
    form: Form = None,
) -> Response[bytes]:
    """A state, since when, under which law, for which stated reason, and whether sources differ."""
    repository = repository_of(request)

    def find(ledger: Ledger, at: RequestTimes) -> list[dict[str, Any]]:
        found = filtered(every_case(repository, ledger, at), cases.wanted)
        return [case_rows.overview(one) for one in ordered(found.cases, cases.order)]

    return list_reply(request, times, find, limit=limit, mark=page, form=form)


@record("/api/v1/cases/{service:str}/{jurisdiction:str}", "facts", "One case, whole")
def case(
    request: Request[Any, Any, Any],
    times: Times,
    service: FromPath[str],
    jurisdiction: Annotated[str, PathParameter(min_length=2, max_length=2)],
    form: Form = None,
) -> Response[bytes]:
    """Steps, positions, listings, network, what would lift it, sources. As CSV and Parquet its
    steps, a row each."""
    repository = repository_of(request)
    one, code = service_named(repository, service, times), Place.parse(jurisdiction)

    def find(ledger: Ledger) -> Case:
        told = case_of(repository, one, code, times, ledger=ledger)
        if (
            not told.on_record
            and (one.id, code.code) not in repository.facts(times.moment).catalogue.cases
        ):
            raise ProblemError(
                404, f"nothing is on record of {one.name} in {code}: no record is not a no"
            )
        return told

    if form_of(request, form) in TABLES:
        return list_reply(
            request,
            times,
            lambda ledger, _: case_rows.flat_steps(find(ledger)),
            limit=MOST,
            form=form,
        )
    return record_reply(
        request,
        times,
        lambda ledger: case_rows.document(find(ledger), times.recorded_by),
        form=form,
    )


ROUTES = (services, service, rules, rule, obligations, claims, claim, all_cases, case)
