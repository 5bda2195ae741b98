"""Search: a name that only one thing bears leads there; else what it may be, by kind. Of a domain,
web address or IP address also what registers, network and record say."""

from datetime import tzinfo
from typing import Any

import msgspec
from litestar import Request, Response, get
from litestar.params import FromQuery
from litestar.response import Redirect

from gatewatch.cases.case import Case
from gatewatch.cases.lanes import published
from gatewatch.model.lane import LaneName, lane
from gatewatch.model.message import Message, message
from gatewatch.model.service import Service
from gatewatch.model.states import Agreement, CaseOrder
from gatewatch.query import history as histories
from gatewatch.query.case_filter import ordered
from gatewatch.query.check import check
from gatewatch.query.joined import JurisdictionAnswer
from gatewatch.query.ledger import Ledger
from gatewatch.query.search import SearchResults, search
from gatewatch.query.standings import known_days
from gatewatch.records import registers as rows
from gatewatch.records import search as search_records
from gatewatch.site.api.search import LONGEST
from gatewatch.site.caching import repository_of
from gatewatch.site.render import lang_of, page_reply
from gatewatch.site.repository import Repository
from gatewatch.site.speech import Speech
from gatewatch.site.subjects import cases_of
from gatewatch.site.times import RequestTimes, Times


class SearchPage(msgspec.Struct, frozen=True):
    """What was asked, and what is known of it."""

    q: str
    groups: dict[str, list[dict[str, Any]]]
    """What it may name, by kind: rows as `records.search.rows` gives them."""
    answer: dict[str, Any] | None = None
    """What registers say, as `records.registers.answer` gives it; None for what is no selector."""
    listings: tuple[dict[str, Any], ...] = ()
    zones: dict[str, tzinfo] = {}
    """In which each register tells its days, by its id: midnight there is no other day here."""
    service: Service | None = None
    """Whose host it is."""
    reasons: dict[str, Message] = {}
    """Why each register says what it says, by its id."""
    places: tuple[JurisdictionAnswer, ...] = ()
    """What each jurisdiction says, in five lanes, the one that says most first."""
    cases: tuple[Case, ...] = ()
    """Of that service, in every country of which something is on record."""

    def head(self, place: JurisdictionAnswer) -> tuple[str, Message | None]:
        """The state that a place is headed with: both together, else the case's, else what lists
        last said, and when."""
        if place.agreement != Agreement.INSUFFICIENT:
            return place.agreement, None
        if place.state:
            return place.state, None
        on_lists = lane(place.lanes, LaneName.LISTINGS)
        if on_lists.current or on_lists.last_known is None:
            return place.agreement, None
        day = published(on_lists.published, on_lists.last_known)
        return on_lists.called, message("when last published, {day}", day=day)


@get("/find", include_in_schema=False, sync_to_thread=True)
def find(
    request: Request[Any, Any, Any], times: Times, q: FromQuery[str] = ""
) -> Response[bytes] | Redirect:
    """The page of the one thing that is called so; else everything that it may be."""
    repository, asked = repository_of(request), q.strip()[:LONGEST]
    speech = Speech(lang_of(request), times)
    if repository.settings.copied:
        return page_reply(request, times, "find_copied.html", lambda _: SearchPage("", {}))
    if not asked:
        return Redirect(speech.at("/"), status_code=303)
    catalogue = repository.facts(times.moment).catalogue
    with repository.ledger() as ledger:
        found = search(ledger, catalogue, asked, times.moment)
    told = search_records.rows(found, catalogue)
    if found.case:
        service, code = found.case
        return Redirect(speech.at(f"/case/{service}/{code}"), status_code=303)
    if found.only:
        (path,) = (row["path"] for row in told if _is(row, found))
        return Redirect(speech.at(path), status_code=303)
    return page_reply(
        request,
        times,
        "find.html",
        lambda ledger: _page(repository, ledger, asked, times, told=told),
    )


def _is(row: dict[str, Any], found: SearchResults) -> bool:
    return found.only is not None and (row["kind"], row["id"]) == (found.only.kind, found.only.id)


def _page(
    repository: Repository,
    ledger: Ledger,
    asked: str,
    times: RequestTimes,
    *,
    told: list[dict[str, Any]],
) -> SearchPage:
    groups: dict[str, list[dict[str, Any]]] = {}
    for row in told:
        groups.setdefault(row["kind"], []).append(row)
    if not groups.pop("selector", None):
        return SearchPage(asked, groups)
    catalogue = repository.facts(times.moment).catalogue
    answer = check(ledger, [asked], times.moment, None, catalogue=catalogue)[0]
    known = ledger.history_of.registers()
    met = histories.history(ledger, asked, times.published)
    days = known_days(ledger, known, times.moment)
    listings = tuple(
        rows.listing_row(str(how), li, known[li.register], known=days) for how, li in met
    )
    answered = rows.answer(answer, known)
    return SearchPage(
        q=asked,
        groups=groups,
        answer=answered,
        listings=listings,
        zones={li.register: known[li.register].zone for _, li in met},
        service=answer.service,
        reasons={one.register: one.why.said for one in answer.registers},
        places=answer.places,
        cases=_cases(repository, ledger, answer.service, times) if answer.service else (),
    )


def _cases(
    repository: Repository, ledger: Ledger, service: Service, times: RequestTimes
) -> tuple[Case, ...]:
    mine = cases_of(repository, ledger, service, times)
    return tuple(ordered(mine, CaseOrder.STATE))


ROUTES = (find,)
