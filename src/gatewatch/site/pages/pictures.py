"""Pictures to take away: as SVG for papers and pages, as PNG for slides and for previews of links.
Each says under itself where it comes from, of which days it is, and under which licence."""

from collections.abc import Callable, Sequence
from typing import Any

import msgspec
from litestar import Request, Response, get
from litestar.params import FromPath, FromQuery
from litestar.types import AnyCallable

from gatewatch.cases.case import Case
from gatewatch.cases.compare import compare
from gatewatch.draw import case as cases
from gatewatch.draw import comparison, growth, palette, standing
from gatewatch.draw import episodes as tracked
from gatewatch.draw.png import png_apart
from gatewatch.draw.signed import signed
from gatewatch.exports.tables import FACTS_LICENCE, NETWORK_LICENCE
from gatewatch.model.history import Status
from gatewatch.model.jurisdiction import Jurisdiction
from gatewatch.model.message import Message, message
from gatewatch.model.register import Register
from gatewatch.model.states import CaseOrder
from gatewatch.query import registers as fresh
from gatewatch.query.case_filter import ordered
from gatewatch.query.ledger import Ledger
from gatewatch.site.caching import caching, etag, not_modified, repository_of, unchanged
from gatewatch.site.pages.network import agreement_named, reconciled_day, record_of
from gatewatch.site.parameters import asked_of
from gatewatch.site.problem import ProblemError
from gatewatch.site.render import lang_of, permanent
from gatewatch.site.subjects import case_of, cases_of, every_case, place_of, service_named
from gatewatch.site.times import RequestTimes, Times
from gatewatch.words import say
from gatewatch.words.customs import time

_KINDS = {"svg": "image/svg+xml", "png": "image/png"}
_MOST = 4
_ALL = "all"
"""In place of a country's code."""


class TakenAway(msgspec.Struct, frozen=True):
    """A picture, the page that it is of, and whose data is in it."""

    svg: str
    page: str
    query: tuple[tuple[str, str], ...] = ()
    facts: bool = False
    network: bool = False
    registers: Sequence[Register] = ()

    def licences(self) -> list[Message]:
        """Of each kind of data in it."""
        found = (
            [message("facts {licence} (not the texts cited)", licence=FACTS_LICENCE)]
            if self.facts
            else []
        )
        found += [
            message("{register} {licence}", register=one.id, licence=one.licence)
            for one in self.registers
        ]
        if self.network:
            found.append(message("measurements {licence}", licence=NETWORK_LICENCE))
        return found


def _picture(path: str) -> AnyCallable:
    return get(f"/picture/{path}", include_in_schema=False, sync_to_thread=True)


@_picture("case/{service:str}/{file:str}")
def of_case(
    request: Request[Any, Any, Any],
    times: Times,
    service: FromPath[str],
    file: FromPath[str],
    narrow: FromQuery[bool] = False,
) -> Response[bytes]:
    """The lanes of a case, as RU.svg or RU.png."""
    repository = repository_of(request)
    one, (code, kind) = service_named(repository, service, times), _named(file)
    place, lang = place_of(code), lang_of(request)

    def draw(ledger: Ledger) -> TakenAway:
        told = case_of(repository, one, Jurisdiction(place), times, ledger=ledger)
        known = ledger.history_of.registers()
        return TakenAway(
            svg=cases.svg(told, narrow=narrow, language=lang),
            page=f"/case/{one.id}/{place}",
            facts=True,
            network=told.network.first is not None,
            registers=[known[r.register] for r in told.registers if r.register in known],
        )

    return _reply(request, times, kind, draw)


@_picture("service/{file:str}")
def of_service(
    request: Request[Any, Any, Any],
    times: Times,
    file: FromPath[str],
    narrow: FromQuery[bool] = False,
) -> Response[bytes]:
    """Where a service stands in each country, as wechat.svg or wechat.png."""
    repository, (name, kind) = repository_of(request), _named(file)
    one, lang = service_named(repository, name, times), lang_of(request)

    def draw(ledger: Ledger) -> TakenAway:
        mine = cases_of(repository, ledger, one, times)
        return _standing(
            times, one.name, mine, f"/service/{one.id}", by_country=True, narrow=narrow, lang=lang
        )

    return _reply(request, times, kind, draw)


@_picture("jurisdiction/{file:str}")
def of_jurisdiction(
    request: Request[Any, Any, Any],
    times: Times,
    file: FromPath[str],
    narrow: FromQuery[bool] = False,
) -> Response[bytes]:
    """Where each service stands in a country, as RU.svg or RU.png."""
    repository, (code, kind) = repository_of(request), _named(file)
    place, lang = place_of(code), lang_of(request)

    def draw(ledger: Ledger) -> TakenAway:
        mine = [c for c in every_case(repository, ledger, times) if str(c.jurisdiction) == place]
        subject, page = message("{place}", place=Jurisdiction(place)), f"/jurisdiction/{place}"
        return _standing(times, subject, mine, page, by_country=False, narrow=narrow, lang=lang)

    return _reply(request, times, kind, draw)


def _standing(
    times: RequestTimes,
    subject: str | Message,
    mine: list[Case],
    page: str,
    *,
    by_country: bool,
    narrow: bool,
    lang: str,
) -> TakenAway:
    if not mine:
        raise ProblemError(404, message("no case is on record, so that there is nothing to draw"))
    drawn = standing.picture(
        subject,
        ordered(mine, CaseOrder.STATE),
        times.day,
        by_country=by_country,
        language=lang,
        narrow=narrow,
    )
    return TakenAway(drawn, page, facts=True)


@_picture("compare/{file:str}")
def of_comparison(
    request: Request[Any, Any, Any],
    times: Times,
    file: FromPath[str],
    narrow: FromQuery[bool] = False,
) -> Response[bytes]:
    """Countries side by side, as RU-CN.svg or RU-CN.png."""
    stem, kind = _named(file)
    repository, codes = repository_of(request), [place_of(code) for code in stem.split("-")]
    if not 2 <= len(codes) <= _MOST:
        raise ProblemError(404, message("name two to four countries, as in RU-CN.svg"))
    lang = lang_of(request)

    def draw(ledger: Ledger) -> TakenAway:
        found = compare(every_case(repository, ledger, times), codes)
        drawn = comparison.picture(found, times.day, language=lang, narrow=narrow)
        query = tuple(("jurisdiction", code) for code in codes)
        return TakenAway(drawn, "/compare", query, facts=True)

    return _reply(request, times, kind, draw)


@_picture("network/{file:str}")
def of_network(
    request: Request[Any, Any, Any],
    times: Times,
    file: FromPath[str],
    narrow: FromQuery[bool] = False,
) -> Response[bytes]:
    """What was measured, with episodes and silences, as RU.svg or all.png."""
    stem, kind = _named(file)
    code, lang = place_of(stem) if stem != _ALL else None, lang_of(request)

    def draw(ledger: Ledger) -> TakenAway:
        record = record_of(ledger, times, code)
        if not record.judged:
            raise ProblemError(
                404, message("nothing was measured, so that there is nothing to draw")
            )
        drawn = tracked.of_episodes(record, language=lang, narrow=narrow)
        query = (("jurisdiction", code),) if code else ()
        return TakenAway(drawn, "/network", query, network=True)

    return _reply(request, times.of_all_days(), kind, draw)


@_picture("reconcile/{file:str}")
def of_reconciliation(
    request: Request[Any, Any, Any],
    times: Times,
    file: FromPath[str],
    target: FromQuery[str] = "",
    agreement: FromQuery[str] = "",
    narrow: FromQuery[bool] = False,
) -> Response[bytes]:
    """Lists above the network, target by target, as RU.svg or RU.png."""
    repository, (stem, kind) = repository_of(request), _named(file)
    code, state, lang = place_of(stem), agreement_named(agreement), lang_of(request)

    def draw(ledger: Ledger) -> TakenAway:
        one = reconciled_day(repository, ledger, times, code=code, target=target, state=state)
        if not one.found:
            raise ProblemError(
                404, message("nothing is like that, so that there is nothing to draw")
            )
        asked = {"jurisdiction": code, "target": target, "agreement": agreement}
        known = ledger.history_of.registers().values()
        return TakenAway(
            one.draw(language=lang, narrow=narrow),
            "/reconcile",
            tuple((name, value) for name, value in asked.items() if value),
            network=True,
            registers=[r for r in known if str(r.jurisdiction) == code],
        )

    return _reply(request, times, kind, draw)


@_picture("register/{file:str}")
def of_register(
    request: Request[Any, Any, Any],
    times: Times,
    file: FromPath[str],
    narrow: FromQuery[bool] = False,
) -> Response[bytes]:
    """A register's entries by published state, as ru-rkn.svg or ru-rkn.png."""
    name, kind = _named(file)
    known, lang = repository_of(request).registers(), lang_of(request)
    if name not in known:
        raise ProblemError(404, message("no register '{name}' is held here", name=name))

    def draw(ledger: Ledger) -> TakenAway:
        held = fresh.snapshots(ledger, name, times.moment)
        accepted = [one for one in held if one.status == Status.ACCEPTED]
        if not accepted:
            raise ProblemError(
                404, message("nothing of {name} had been published by then", name=name)
            )
        drawn = growth.picture(known[name], accepted, language=lang, narrow=narrow)
        return TakenAway(drawn, f"/register/{name}", registers=[known[name]])

    return _reply(request, times, kind, draw)


def _named(file: str) -> tuple[str, str]:
    stem, _, kind = file.rpartition(".")
    if kind not in _KINDS or not stem:
        raise ProblemError(404, message("end a picture's name in .svg or .png"))
    return stem, kind


def _reply(
    request: Request[Any, Any, Any],
    times: RequestTimes,
    kind: str,
    draw: Callable[[Ledger], TakenAway],
) -> Response[bytes]:
    repository, lang = repository_of(request), lang_of(request)
    echo = times.echo(times.moment.recorded_by or repository.recorded_by())
    tag = etag(repository, request, f"{kind} {lang}", echo, *asked_of(request))
    if unchanged(request, tag):
        return not_modified(tag, times, repository)
    query = tuple(asked_of(request))
    base = repository.base(request.url.netloc, request.url.scheme)
    question = ("picture", kind, lang, base, request.url.path, query, tuple(echo.values()))

    def made(ledger: Ledger) -> bytes:
        told = times.given() if repository.settings.copied else echo
        svg = _signed(draw(ledger), times, told, base=base, lang=lang)
        return png_apart(palette.resolved(svg, "light")) if kind == "png" else svg.encode()

    body = repository.remember(question, made)
    headers = {"ETag": tag, "Cache-Control": caching(times, repository)}
    return Response(body, media_type=_KINDS[kind], headers=headers)


def _signed(
    one: TakenAway, times: RequestTimes, echo: dict[str, str | None], base: str, lang: str
) -> str:
    moment = times.moment
    published = time(moment.as_of, lang)
    days = (
        message(
            "Gatewatch, the open record of restrictions on online services. True on {valid_at}, as "
            "published by {as_of}.",
            valid_at=times.day,
            as_of=published,
        )
        if not times.every_day
        else message(
            "Gatewatch, the open record of restrictions on online services. Of all days, as "
            "published by {as_of}.",
            as_of=published,
        )
    )
    rights = say(message("Licences: {licences}", licences=tuple(one.licences())), lang)
    address = f"{base}{permanent(lang, one.page, one.query, echo)}"
    return signed(one.svg, address=address, notes=(say(days, lang), rights), rights=rights)


ROUTES = (
    of_case,
    of_service,
    of_jurisdiction,
    of_comparison,
    of_network,
    of_reconciliation,
    of_register,
)
