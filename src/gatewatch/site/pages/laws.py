"""Laws for people: all of them, one with its cases, and what they ask of a service."""

from itertools import groupby
from typing import Any

import msgspec
from litestar import Request, Response, get
from litestar.params import FromPath, FromQuery
from litestar.types import AnyCallable

from gatewatch.cases.case import Case, Duty
from gatewatch.catalogue.facts import Catalogue
from gatewatch.errors import UsageError
from gatewatch.model.message import Message, message
from gatewatch.model.service import Authority, Instrument, OfficialList, Service
from gatewatch.query.ledger import Ledger
from gatewatch.query.obligations import LawOfKind, kinds, of_kind, of_service
from gatewatch.site.caching import repository_of
from gatewatch.site.problem import ProblemError
from gatewatch.site.render import lang_of, page_reply
from gatewatch.site.subjects import every_case, place_of, service_named
from gatewatch.site.times import Times
from gatewatch.words import country
from gatewatch.words.basis import of_law
from gatewatch.words.cases import OFFICIAL
from gatewatch.words.cases import named as step_named


class LawsPage(msgspec.Struct, frozen=True):
    """Every legal instrument on record; of a day that is named, those in force then."""

    places: list[tuple[str, list[Instrument]]]
    """By jurisdiction, in the order of its name."""


class LawPage(msgspec.Struct, frozen=True):
    """One legal instrument."""

    law: Instrument
    brought_by: Instrument | None
    """The law that put it into another."""
    ended_by: Instrument | None
    """The law that repealed it, where one did."""
    revises: Instrument | None
    """The act of which it is the text as revised."""
    amended: list[Instrument]
    """The laws that amended it, the first one first."""
    amends: list[Instrument]
    """What it put into others or changed there."""
    official: Message
    """What its official source is, or that none was found."""
    register: OfficialList | None
    held: frozenset[str]
    """Registers whose history is held here."""
    authorities: tuple[Authority, ...]
    cases: list[tuple[Case, Message | None]]
    """Each with how it rests on the law, where that is not all there is to say."""
    """Cases that rest on it, by what sources say."""
    named: list[Case]
    """Others in which a source names it: their last steps rest on another law."""


class AuthorityPage(msgspec.Struct, frozen=True):
    """A body that demands, orders, lists or judges, with what it keeps and where it acted."""

    body: Authority
    laws: list[Instrument]
    """That it enforces."""
    lists: list[OfficialList]
    """That it keeps."""
    held: frozenset[str]
    """Registers whose history is held here."""
    cases: list[Case]
    """In which it acts, by what sources say."""


class AskedOf(msgspec.Struct, frozen=True):
    """One duty of the service, and what shows that it was met."""

    duty: Duty
    met: list[tuple[int, Message]]
    """Steps by number and name."""


class Asking(msgspec.Struct, frozen=True):
    """What one jurisdiction asks of a service."""

    case: Case
    duties: list[AskedOf]
    has_case: bool
    """Whether there is a case with more than what laws ask, to which a link leads."""


class ObligationsPage(msgspec.Struct, frozen=True):
    """What laws ask of a service, jurisdiction by jurisdiction."""

    service: Service
    chosen: str | None
    """The only jurisdiction shown, if one is."""
    places: list[str]
    asking: list[Asking]


class KindPage(msgspec.Struct, frozen=True):
    """What laws ask of services of a kind, country by country."""

    kind: str
    kinds: tuple[str, ...]
    chosen: str | None
    """The only jurisdiction shown, if one is."""
    places: list[str]
    asking: dict[str, list[LawOfKind]]


def _page(path: str) -> AnyCallable:
    return get(path, include_in_schema=False, sync_to_thread=True)


@_page("/rules")
def laws(request: Request[Any, Any, Any], times: Times) -> Response[bytes]:
    """Every legal instrument on record."""
    known = repository_of(request).facts(times.moment).catalogue.instruments.values()
    found = sorted(known, key=lambda i: (i.jurisdiction, i.id))
    if times.valid_at:
        found = [one for one in found if one.stands(times.moment.day)]
    lang = lang_of(request)
    grouped = {code: list(mine) for code, mine in groupby(found, key=lambda one: one.jurisdiction)}
    places = sorted(grouped.items(), key=lambda pair: country(pair[0], lang))
    return page_reply(request, times.of_all_days(), "rules.html", lambda _: LawsPage(places))


@_page("/rule/{name:str}")
def law(request: Request[Any, Any, Any], times: Times, name: FromPath[str]) -> Response[bytes]:
    """One legal instrument, with the cases that rest on it."""
    repository = repository_of(request)
    catalogue = repository.facts(times.moment).catalogue
    try:
        one = catalogue.instrument(name)
    except UsageError as fault:
        raise ProblemError(404, message("no law '{name}' is on record", name=name)) from fault

    def context(ledger: Ledger) -> LawPage:
        told = every_case(repository, ledger, times)
        mine = [c for c in told if _rests(c, one.id)]
        named = [c for c in told if c not in mine and _names(c, one.id, catalogue)]
        return LawPage(
            law=one,
            brought_by=catalogue.instruments.get(one.brought_by),
            ended_by=catalogue.instruments.get(one.ended_by),
            revises=catalogue.instruments.get(one.revises),
            amended=[catalogue.instruments[other] for other in one.amended],
            amends=[
                other
                for other in catalogue.instruments.values()
                if one.id in {other.brought_by, *other.amended}
            ],
            official=OFFICIAL[one.official_kind],
            register=catalogue.lists.get(one.register),
            held=frozenset(repository.registers()),
            authorities=catalogue.authorities_in(one.authority),
            cases=[(c, of_law(c, one.id)) for c in mine],
            named=named,
        )

    return page_reply(request, times, "rule.html", context)


def _rests(case: Case, law: str) -> bool:
    return law in case.grounds


def _names(case: Case, law: str, catalogue: Catalogue) -> bool:
    """Whether a source of one of its steps names the law, as that of an earlier spell."""
    known = (catalogue.claims.get(name) for step in case.steps for name in step.claims)
    return any(claim is not None and claim.rule == law for claim in known)


@_page("/authority/{name:str}")
def authority(
    request: Request[Any, Any, Any], times: Times, name: FromPath[str]
) -> Response[bytes]:
    """One body, with the laws it enforces, the lists it keeps, the cases in which it acts."""
    repository = repository_of(request)
    catalogue = repository.facts(times.moment).catalogue
    if name not in catalogue.authorities:
        raise ProblemError(404, message("no authority '{name}' is on record", name=name))

    body = catalogue.authorities[name]

    def acts(text: str) -> bool:
        return body in catalogue.authorities_in(text)

    def context(ledger: Ledger) -> AuthorityPage:
        acted = {
            key for key, told in catalogue.cases.items() if any(acts(claim.actor) for claim in told)
        }
        return AuthorityPage(
            body=body,
            laws=[one for one in catalogue.instruments.values() if acts(one.authority)],
            lists=[one for one in catalogue.lists.values() if acts(one.authority)],
            held=frozenset(repository.registers()),
            cases=[
                case
                for case in every_case(repository, ledger, times)
                if (case.service.id, str(case.jurisdiction)) in acted
            ],
        )

    return page_reply(request, times, "authority.html", context)


@_page("/service/{name:str}/obligations")
def obligations(
    request: Request[Any, Any, Any],
    times: Times,
    name: FromPath[str],
    jurisdiction: FromQuery[str | None] = None,
) -> Response[bytes]:
    """What laws ask of one service and what would lift a restriction, in all jurisdictions or
    one."""
    repository = repository_of(request)
    one = service_named(repository, name, times)
    places = sorted(str(code) for code in repository.facts(times.moment).catalogue.instruments_in)
    chosen = place_of(jurisdiction) if jurisdiction else None

    def context(ledger: Ledger) -> ObligationsPage:
        codes = [chosen] if chosen else None
        catalogue = repository.facts(times.moment).catalogue
        told = ledger.once(  # in each language it is the same
            ("obligations", one.id, chosen, times.moment),
            lambda: list(of_service(catalogue, one, times.moment, ledger, jurisdictions=codes)),
        )
        known = {(c.service.id, c.jurisdiction) for c in every_case(repository, ledger, times)}
        asking = [
            Asking(c, [_asked(c, d) for d in c.duties], (one.id, c.jurisdiction) in known)
            for c in told
        ]
        return ObligationsPage(one, chosen, places, asking)

    return page_reply(request, times, "obligations.html", context)


@_page("/obligations")
def of_a_kind(
    request: Request[Any, Any, Any],
    times: Times,
    kind: FromQuery[str] = "messenger",
    jurisdiction: FromQuery[str | None] = None,
) -> Response[bytes]:
    """What laws ask of services of a kind, in all jurisdictions or one."""
    catalogue = repository_of(request).facts(times.moment).catalogue
    chosen = place_of(jurisdiction) if jurisdiction else None
    asking: dict[str, list[LawOfKind]] = {}
    for one in of_kind(catalogue, kind, times.moment, chosen):
        asking.setdefault(one.law.jurisdiction, []).append(one)
    places = sorted({str(code) for code in catalogue.instruments_in})
    page = KindPage(kind=kind, kinds=kinds(catalogue), chosen=chosen, places=places, asking=asking)
    return page_reply(request, times, "kind.html", lambda _: page)


def _asked(case: Case, duty: Duty) -> AskedOf:
    steps = {step.number: step for step in case.steps}
    return AskedOf(duty, [(n, step_named(steps[n])) for n in duty.met if n in steps])


ROUTES = (laws, law, authority, obligations, of_a_kind)
