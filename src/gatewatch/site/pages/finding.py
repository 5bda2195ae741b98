"""Where people begin: the front page, a search, services, cases, jurisdictions, countries side by side."""

from collections import Counter
from collections.abc import Iterable, Sequence
from datetime import date, timedelta
from typing import Any

from litestar import Request, Response, get
from litestar.response import Redirect
from litestar.types import AnyCallable

from gatewatch.cases.case import Case
from gatewatch.cases.compare import compare
from gatewatch.cases.state import RESTRICTED
from gatewatch.draw import case as lanes
from gatewatch.draw import comparison as side_by_side
from gatewatch.errors import UsageError
from gatewatch.model.jurisdiction import Jurisdiction as Place
from gatewatch.model.states import State
from gatewatch.query import case as cases
from gatewatch.query import changes as changed
from gatewatch.query import history as histories
from gatewatch.query import registers as fresh
from gatewatch.query.check import check
from gatewatch.query.ledger import Ledger
from gatewatch.records import cases as case_rows
from gatewatch.records import registers as rows
from gatewatch.site.api.facts import every, named, told_of
from gatewatch.site.asked import Times
from gatewatch.site.problem import ProblemError
from gatewatch.site.render import at, embedded, lang_of, shown
from gatewatch.site.replies import held_of
from gatewatch.words.cases import headline, short
from gatewatch.words.cases import named as step_named

_WEEK = timedelta(days=7)
_NEWEST = 12
TILES = {
    "US": (1, 2),
    "CA": (1, 1),
    "BR": (2, 6),
    "MX": (1, 3),
    "GB": (3, 1),
    "FR": (3, 2),
    "DE": (4, 1),
    "CZ": (4, 2),
    "UA": (5, 2),
    "RU": (6, 1),
    "KZ": (6, 2),
    "BY": (5, 1),
    "CN": (7, 2),
    "TR": (5, 3),
    "IR": (6, 3),
    "PK": (6, 4),
    "NP": (7, 3),
    "HK": (8, 3),
    "JP": (8, 1),
    "KR": (8, 2),
    "NG": (3, 5),
    "UG": (4, 5),
    "EG": (4, 4),
    "SA": (5, 4),
    "IN": (7, 4),
    "VN": (8, 4),
    "ID": (8, 6),
    "ET": (5, 5),
    "VE": (1, 5),
    "MM": (7, 5),
    "TH": (8, 5),
    "LK": (6, 6),
    "SG": (7, 6),
    "AU": (8, 7),
    "ZA": (4, 6),
    "TZ": (5, 6),
    "ZM": (3, 6),
    "CU": (1, 4),
    "TM": (6, 5),
    "UZ": (5, 7),
}
"""Column and row of each tile, roughly as on a map; others follow in the last row."""
_DEGREE = [
    State.RESTRICTED,
    State.PARTLY_RESTRICTED,
    State.LISTED,
    State.DEMANDED,
    State.OBLIGATED,
    State.LIFTED,
    State.UNRESTRICTED,
    State.UNKNOWN,
]


def _page(path: str) -> AnyCallable:
    return get(path, include_in_schema=False, sync_to_thread=True)


@_page("/")
def front(request: Request[Any, Any, Any], times: Times) -> Response[bytes]:
    """Find, what changed, where."""
    held = held_of(request)

    def context(ledger: Ledger) -> dict[str, Any]:
        told = every(held, ledger, times)
        since = times.day - _WEEK
        week = changed.changes(
            ledger, None, times.published, since=since, until=times.day + timedelta(days=1)
        )
        moved = Counter((e.register, str(e.change.op)) for e in week)
        return {
            "news": newest(told, times.day),
            "tiles": tiles(told),
            "moved": sorted(moved.items()),
            "restricted": sum(c.state in RESTRICTED for c in told),
            "since": since,
        }

    return shown(request, times, "front.html", context)


def newest(told: Iterable[Case], by: date) -> list[dict[str, Any]]:
    """The last changes of state of all cases, by the day they became true."""
    found: list[dict[str, Any]] = []
    for one in told:
        before = State.UNKNOWN
        for stay in one.stays:
            last = stay.since.last
            if last and last <= by:
                found.append(
                    {
                        "case": one,
                        "before": before,
                        "after": stay.state,
                        "day": last,
                        "text": stay.since.text,
                    }
                )
            before = stay.state
    return sorted(found, key=lambda row: (row["day"], row["case"].service.id), reverse=True)[
        :_NEWEST
    ]


def tiles(told: Iterable[Case]) -> list[dict[str, Any]]:
    """A tile for each jurisdiction on record, with a mark a service: most restricted first."""
    held: dict[str, list[Case]] = {}
    for one in told:
        held.setdefault(one.jurisdiction, []).append(one)
    spare = iter([(x, 7) for x in range(1, 8)])
    return [
        {
            "code": code,
            "place": TILES.get(code) or next(spare, (1, 7)),
            "states": sorted((c.state for c in mine), key=_DEGREE.index),
            "count": sum(c.state in RESTRICTED for c in mine),
        }
        for code, mine in sorted(held.items())
    ]


@_page("/find")
def find(request: Request[Any, Any, Any], times: Times, q: str = "") -> Response[bytes] | Redirect:
    """A service by any name leads to its page; a domain, URL or address to what registers say of it."""
    held, asked = held_of(request), q.strip()
    if not asked:
        return Redirect(at(lang_of(request), "/"), status_code=303)
    try:
        one = held.catalogue.service(asked)
        return Redirect(at(lang_of(request), f"/service/{one.id}"), status_code=303)
    except UsageError as fault:
        near = str(fault)

    def context(ledger: Ledger) -> dict[str, Any]:
        try:
            answer = check(ledger, [asked], times.moment, None, held.catalogue)[0]
        except UsageError:
            return {"q": asked, "near": near, "answer": None, "listings": []}
        known = ledger.history_of.registers()
        met = histories.history(ledger, asked, times.published)
        return {
            "q": asked,
            "near": "",
            "answer": rows.answer(answer, known),
            "listings": [rows.listing_row(str(how), li, known[li.register]) for how, li in met],
        }

    return shown(request, times, "find.html", context)


@_page("/cases")
def all_cases(request: Request[Any, Any, Any], times: Times) -> Response[bytes]:
    """Every case on record."""
    held = held_of(request)
    return shown(request, times, "cases.html", lambda ledger: {"cases": every(held, ledger, times)})


@_page("/service/{name:str}")
def service(request: Request[Any, Any, Any], times: Times, name: str) -> Response[bytes]:
    """One service over all jurisdictions."""
    held = held_of(request)
    one = named(held, name)

    def context(ledger: Ledger) -> dict[str, Any]:
        mine = [c for c in every(held, ledger, times) if c.service.id == one.id]
        return {"service": case_rows.service(one), "cases": mine}

    return shown(request, times, "service.html", context)


@_page("/case/{name:str}/{code:str}")
def case(request: Request[Any, Any, Any], times: Times, name: str, code: str) -> Response[bytes]:
    """The sentence, the lanes, the steps, who disagrees, what would lift it, sources."""
    held = held_of(request)
    one, place = named(held, name), Place.parse(code)

    def context(ledger: Ledger) -> dict[str, Any]:
        told = told_of(held, one, place, times, ledger)
        return {
            "case": told,
            "headline": headline(told),
            "named": step_named,
            "short": short,
            "agreement": cases.agreement(told),
            "questions": _questions(told),
            "wide": embedded(lanes.svg(told), "w", lang_of(request)),
            "narrow": embedded(lanes.svg(told, narrow=True), "n", lang_of(request)),
        }

    return shown(request, times, "case.html", context)


def _questions(told: Case) -> list[tuple[str, Any]]:
    """What sources do not agree on, with all positions."""
    steps = [(f"{s.number}. {step_named(s)}", s.dates) for s in told.steps if s.dates.disputed]
    about = (
        ("law", told.ground),
        ("stated reason", told.reason),
        ("year of the law", told.law_year),
    )
    return [*steps, *((name, q) for name, q in about if q.disputed)]


@_page("/jurisdiction/{code:str}")
def jurisdiction(request: Request[Any, Any, Any], times: Times, code: str) -> Response[bytes]:
    """One jurisdiction: cases, registers, rules."""
    held, place = held_of(request), Place.parse(code).code

    def context(ledger: Ledger) -> dict[str, Any]:
        mine = [c for c in every(held, ledger, times) if c.jurisdiction == place]
        rules = [i for i in held.catalogue.instruments.values() if i.jurisdiction == place]
        known = [
            r
            for r in fresh.registers(ledger, times.published, None)
            if r.register.jurisdiction == place
        ]
        if not (mine or rules or known):
            raise ProblemError(404, f"nothing is on record of {place}, which says nothing about it")
        return {
            "code": place,
            "cases": sorted(mine, key=lambda c: _DEGREE.index(c.state)),
            "rules": rules,
            "registers": [rows.freshness(r) for r in known],
        }

    return shown(request, times, "jurisdiction.html", context)


@_page("/compare")
def compared(
    request: Request[Any, Any, Any], times: Times, jurisdiction: list[str] | None = None
) -> Response[bytes]:
    """Countries side by side; Russia beside China unless others are named."""
    held = held_of(request)
    codes = list(dict.fromkeys(Place.parse(code).code for code in jurisdiction or ["RU", "CN"]))
    known = sorted({code for _, code in held.catalogue.cases})
    if len(codes) < 2 or len(codes) > 4 or not set(codes) <= set(known):
        raise ProblemError(400, f"name two to four of {', '.join(known)}")

    def context(ledger: Ledger) -> dict[str, Any]:
        found = compare(every(held, ledger, times), codes)
        return {
            "found": found,
            "codes": codes,
            "known": known,
            "summary": side_by_side.summary(found),
            "since": side_by_side.since,
            "ground": side_by_side.ground,
            "disputed": side_by_side.disputed,
            "note": side_by_side.network_note(found),
            "picture": embedded(side_by_side.picture(found, str(times.day)), "c", lang_of(request)),
        }

    return shown(request, times, "compare.html", context)


@_page("/rules")
def rules(request: Request[Any, Any, Any], times: Times) -> Response[bytes]:
    """Every legal instrument on record."""
    held = sorted(
        held_of(request).catalogue.instruments.values(), key=lambda i: (i.jurisdiction, i.id)
    )
    return shown(request, times, "rules.html", lambda _: {"rules": held})


@_page("/rule/{name:str}")
def rule(request: Request[Any, Any, Any], times: Times, name: str) -> Response[bytes]:
    """One legal instrument."""
    catalogue = held_of(request).catalogue
    try:
        one = catalogue.instrument(name)
    except UsageError as fault:
        raise ProblemError(404, str(fault)) from fault
    return shown(
        request, times, "rule.html", lambda _: {"rule": one, "row": case_rows.rule(one, catalogue)}
    )


@_page("/methodology")
def methodology(request: Request[Any, Any, Any], times: Times) -> Response[bytes]:
    """How all of this is made, and what it cannot tell."""
    return shown(request, times, "methodology.html", lambda _: {})


ROUTES: Sequence[Any] = (
    front,
    find,
    all_cases,
    service,
    case,
    jurisdiction,
    compared,
    rules,
    rule,
    methodology,
)
