"""Pictures to take away: as SVG for papers and pages, as PNG for slides."""

from collections.abc import Callable
from typing import Any

from litestar import Request, Response, get
from litestar.params import FromPath, FromQuery

from gatewatch.cases.compare import compare
from gatewatch.draw import case as cases
from gatewatch.draw import comparison, growth, palette
from gatewatch.draw.png import png
from gatewatch.model.history import Status
from gatewatch.model.jurisdiction import Jurisdiction
from gatewatch.query import registers as fresh
from gatewatch.query.ledger import Ledger
from gatewatch.site.caching import caching, etag, not_modified, repository_of, unchanged
from gatewatch.site.problem import ProblemError
from gatewatch.site.render import lang_of
from gatewatch.site.subjects import case_of, every_case, place_of, service_named
from gatewatch.site.times import RequestTimes, Times

_KINDS = {"svg": "image/svg+xml", "png": "image/png"}
_MOST = 4


@get("/picture/case/{service:str}/{file:str}", include_in_schema=False, sync_to_thread=True)
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

    def draw(ledger: Ledger) -> str:
        told = case_of(repository, one, Jurisdiction(place), times, ledger=ledger)
        return cases.svg(told, narrow=narrow, language=lang)

    return _reply(request, times, kind, draw)


@get("/picture/compare/{file:str}", include_in_schema=False, sync_to_thread=True)
def of_comparison(
    request: Request[Any, Any, Any], times: Times, file: FromPath[str]
) -> Response[bytes]:
    """Countries side by side, as RU-CN.svg or RU-CN.png."""
    stem, kind = _named(file)
    repository, codes = repository_of(request), [place_of(code) for code in stem.split("-")]
    if not 2 <= len(codes) <= _MOST:
        raise ProblemError(404, "name two to four countries, as in RU-CN.svg")
    lang = lang_of(request)

    def draw(ledger: Ledger) -> str:
        found = compare(every_case(repository, ledger, times), codes)
        return comparison.picture(found, times.day, language=lang)

    return _reply(request, times, kind, draw)


@get("/picture/register/{file:str}", include_in_schema=False, sync_to_thread=True)
def of_register(
    request: Request[Any, Any, Any], times: Times, file: FromPath[str]
) -> Response[bytes]:
    """A register's entries by published state, as ru-rkn.svg or ru-rkn.png."""
    name, kind = _named(file)
    known, lang = repository_of(request).registers(), lang_of(request)
    if name not in known:
        raise ProblemError(404, f"no register {name!r} is held here")

    def draw(ledger: Ledger) -> str:
        held = fresh.snapshots(ledger, name, times.published)
        accepted = [one for one in held if one.status == Status.ACCEPTED]
        if not accepted:
            raise ProblemError(404, f"nothing of {name} had been published by then")
        return growth.picture(known[name], accepted, language=lang)

    return _reply(request, times, kind, draw)


def _named(file: str) -> tuple[str, str]:
    stem, _, kind = file.rpartition(".")
    if kind not in _KINDS or not stem:
        raise ProblemError(404, "end a picture's name in .svg or .png")
    return stem, kind


def _reply(
    request: Request[Any, Any, Any], times: RequestTimes, kind: str, draw: Callable[[Ledger], str]
) -> Response[bytes]:
    repository, lang = repository_of(request), lang_of(request)
    echo = times.echo(times.moment.recorded_by or repository.recorded_by())
    tag = etag(repository, request, f"{kind} {lang}", echo, *request.query_params.multi_items())
    if unchanged(request, tag):
        return not_modified(tag, times, repository)
    query = tuple(sorted(request.query_params.multi_items()))
    question = ("picture", kind, lang, request.url.path, query, tuple(echo.values()))
    body = repository.remember(question, lambda ledger: _made(draw(ledger), kind))
    headers = {"ETag": tag, "Cache-Control": caching(times, repository)}
    return Response(body, media_type=_KINDS[kind], headers=headers)


def _made(svg: str, kind: str) -> bytes:
    return png(palette.resolved(svg, "light")) if kind == "png" else svg.encode()


ROUTES = (of_case, of_comparison, of_register)
