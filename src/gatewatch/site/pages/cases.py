"""Cases for people: all of them, one with its lanes and steps, a service, a jurisdiction."""

from datetime import date
from typing import Any

import msgspec
from litestar import Request, Response, get
from litestar.params import FromPath, FromQuery
from litestar.types import AnyCallable

from gatewatch.cases.agreement import remark
from gatewatch.cases.case import Case, Step
from gatewatch.cases.headline import headline
from gatewatch.cases.positions import Position, Question
from gatewatch.catalogue.facts import Catalogue
from gatewatch.draw import case as pictures
from gatewatch.draw.case.sheet import when
from gatewatch.model.jurisdiction import Jurisdiction
from gatewatch.model.lane import Lanes
from gatewatch.model.message import Message, message
from gatewatch.model.service import Instrument, Service
from gatewatch.model.states import DEGREE, CaseOrder
from gatewatch.query import case as joined
from gatewatch.query import registers as fresh
from gatewatch.query.case_filter import filtered, ordered
from gatewatch.query.ledger import Ledger
from gatewatch.records import linked
from gatewatch.records import registers as rows
from gatewatch.site.api.facts import CasesWanted
from gatewatch.site.caching import repository_of
from gatewatch.site.paging import ListPart, part
from gatewatch.site.problem import ProblemError
from gatewatch.site.render import Picture, both_widths, lang_of, page_reply
from gatewatch.site.subjects import case_of, cases_of, every_case, place_of, service_named
from gatewatch.site.times import RequestTimes, Times
from gatewatch.words import country
from gatewatch.words.basis import beside
from gatewatch.words.cases import named as step_named
from gatewatch.words.cases import title
from gatewatch.words.disputes import nearest, questions, settled, shown_by


class CasesPage(msgspec.Struct, frozen=True):
    """Cases, as they were asked for, some at a time, with counts of all."""

    cases: list[Case]
    total: int
    """Of all cases on record."""
    part: ListPart
    sought: dict[str, str]
    """What was asked, by the name of its field."""
    order: str
    counts: dict[str, dict[str, int]]
    """Of each value of a field, as many cases as there would be: `CasesFound.counts`."""
    places: list[str]
    """Codes of all countries that have a case, by their names."""
    kinds: list[str]


class CasePage(msgspec.Struct, frozen=True):
    """One service in one jurisdiction."""

    case: Case
    title: Message
    headline: Message
    lanes: Lanes
    agreement: str
    """Lists and network together, as a state."""
    remark: Message | None
    """Why they cannot be told together, where no list is held, or that the network's word was
    invented for show."""
    law: Instrument | None
    """The instrument that the restriction rests on, where the catalogue has it."""
    laws_beside: tuple[Message, ...]
    """Of which measure that law was said, where another one brought the state; and laws of other
    measures, which stand beside."""
    reasons_beside: tuple[Message, ...]
    """The same of reasons."""
    questions: list[tuple[Message, Question, Message | None]]
    """What sources do not agree on."""
    steps: list[tuple[Message, str, Message | None]]
    """The name of each step, its day, and what shows it where no source does; as `case.steps`."""
    picture: Picture
    claims: dict[int, list[str]]
    """By the number of its source, the names by which each claim of the case is cited."""
    days: list[date]
    """Days on which something happened, to walk through."""

    def nearest(self, position: Position) -> Message:
        """What the source of a position is that stands nearest to the act."""
        return nearest(position)

    def linked(self, url: str, language: str, title: str, headline: str) -> dict[str, Any]:
        """The case as schema.org has it, for engines that read pages: records/linked.py."""
        return linked.claim(self.case, url=url, language=language, title=title, headline=headline)


class ServicePage(msgspec.Struct, frozen=True):
    """One service over all jurisdictions."""

    service: Service
    cases: list[Case]


class JurisdictionPage(msgspec.Struct, frozen=True):
    """One jurisdiction: its cases, its registers and its laws."""

    code: str
    cases: list[Case]
    laws: list[Instrument]
    registers: list[dict[str, Any]]
    """As `records.registers.freshness` gives them."""
    held: bool
    """Whether any register of it is held, be it that nothing had been published by then."""


_WALKED = 8
_A_PAGE = 25


def _page(path: str) -> AnyCallable:
    return get(path, include_in_schema=False, sync_to_thread=True)


@_page("/cases")
def all_cases(
    request: Request[Any, Any, Any],
    times: Times,
    cases: CasesWanted,
    offset: FromQuery[int] = 0,
) -> Response[bytes]:
    """Cases by country, state, kind of service, age of the evidence and text, some at a time."""
    repository, lang = repository_of(request), lang_of(request)
    start = max(offset, 0)

    def context(ledger: Ledger) -> CasesPage:
        every = every_case(repository, ledger, times)
        found = filtered(every, cases.wanted)
        chosen = ordered(found.cases, cases.order)
        if cases.order == CaseOrder.JURISDICTION:
            chosen.sort(key=lambda one: country(str(one.jurisdiction), lang))
        return CasesPage(
            cases=chosen[start : start + _A_PAGE],
            total=found.total,
            part=part(len(chosen), start, _A_PAGE),
            sought=cases.wanted.given(),
            order=cases.order,
            counts=found.counts,
            places=sorted(
                {str(one.jurisdiction) for one in every}, key=lambda code: country(code, lang)
            ),
            kinds=sorted({one.service.kind for one in every}),
        )

    return page_reply(request, times, "cases.html", context)


@_page("/case/{name:str}/{code:str}")
def case(
    request: Request[Any, Any, Any], times: Times, name: FromPath[str], code: FromPath[str]
) -> Response[bytes]:
    """The sentence, the lanes, the steps, who disagrees, what would lift it, sources."""
    return _of_case(request, times, name, code, template="case.html")


@_page("/embed/case/{name:str}/{code:str}")
def embedded(
    request: Request[Any, Any, Any], times: Times, name: FromPath[str], code: FromPath[str]
) -> Response[bytes]:
    """The sentence and the picture of a case, the one page that others may frame:
    site/shield.py."""
    return _of_case(request, times, name, code, template="embed.html")


def _of_case(
    request: Request[Any, Any, Any], times: RequestTimes, name: str, code: str, template: str
) -> Response[bytes]:
    repository = repository_of(request)
    one, place, lang = service_named(repository, name, times), place_of(code), lang_of(request)
    whole = template == "case.html"  # elsewhere there are no steps that marks could lead to

    def context(ledger: Ledger) -> CasePage:
        told = case_of(repository, one, Jurisdiction(place), times, ledger=ledger)
        law = told.ground.held
        return CasePage(
            case=told,
            title=title(told),
            headline=headline(told),
            lanes=told.lanes,
            agreement=joined.agreement(told),
            remark=remark(told.lanes),
            law=repository.facts(times.moment).catalogue.instruments.get(law.value)
            if law
            else None,
            laws_beside=beside(told, "ground"),
            reasons_beside=beside(told, "reason"),
            questions=[(name, one, settled(one)) for name, one in questions(told)],
            steps=[_told(one, lang) for one in told.steps],
            picture=both_widths(lambda **how: pictures.svg(told, linked=whole, **how), "c", lang),
            claims=_claims(told, repository.facts(times.moment).catalogue),
            days=walked(told),
        )

    return page_reply(request, times, template, context)


def _claims(told: Case, catalogue: Catalogue) -> dict[int, list[str]]:
    numbers = {one.citation.key: one.number for one in told.sources}
    found: dict[int, list[str]] = {}
    for one in catalogue.cases.get((told.service.id, told.jurisdiction), ()):
        if number := numbers.get(one.source.key):
            found.setdefault(number, []).append(one.id)
    return found


def _told(step: Step, lang: str) -> tuple[Message, str, Message | None]:
    shown = None if step.says else shown_by(step)
    return step_named(step), when(step.day, lang), shown


def walked(told: Case) -> list[date]:
    """Up to eight days to walk through: those on which the state changed, the newest of them if
    they are more, then the newest of others on which something happened."""
    changed = {one.since.exact for one in told.stays} - {None}
    others = {s.day.exact for s in told.steps if s.action != "in_force"} - {None}
    newest_first = [
        *sorted((day for day in changed if day), reverse=True),
        *sorted((day for day in others - changed if day), reverse=True),
    ]
    return sorted(newest_first[:_WALKED])


@_page("/service/{name:str}")
def service(request: Request[Any, Any, Any], times: Times, name: FromPath[str]) -> Response[bytes]:
    """One service over all jurisdictions."""
    repository = repository_of(request)
    one = service_named(repository, name, times)

    def context(ledger: Ledger) -> ServicePage:
        mine = cases_of(repository, ledger, one, times)
        return ServicePage(one, mine)

    return page_reply(request, times, "service.html", context)


@_page("/jurisdiction/{code:str}")
def jurisdiction(
    request: Request[Any, Any, Any], times: Times, code: FromPath[str]
) -> Response[bytes]:
    """One jurisdiction: cases, registers, laws."""
    repository, place = repository_of(request), place_of(code)

    def context(ledger: Ledger) -> JurisdictionPage:
        mine = [c for c in every_case(repository, ledger, times) if str(c.jurisdiction) == place]
        laws = [
            i
            for i in repository.facts(times.moment).catalogue.instruments_in.get(place, ())
            if not times.valid_at or i.stands(times.moment.day)
        ]
        lists = [
            rows.freshness(one)
            for one in fresh.registers(ledger, times.moment)
            if str(one.register.jurisdiction) == place
        ]
        held = any(one.jurisdiction == place for one in repository.registers().values())
        if not (mine or laws or held):
            raise ProblemError(
                404,
                message(
                    "nothing is on record of {place}, which says nothing about it",
                    place=Jurisdiction(place),
                ),
            )
        mine.sort(key=lambda c: DEGREE.index(c.state))
        return JurisdictionPage(place, mine, laws, lists, held=held)

    return page_reply(request, times, "jurisdiction.html", context)


ROUTES = (all_cases, case, embedded, service, jurisdiction)
