"""A map of the pages for engines that look for them: https://www.sitemaps.org/protocol.html. Pages
that name listed addresses are not on it, as robots.txt asks engines to leave them."""

from collections.abc import Iterable, Iterator
from typing import Any
from xml.sax.saxutils import quoteattr

from litestar import Request, Response, get

from gatewatch.query.ledger import Ledger
from gatewatch.site.caching import FOR_A_MINUTE, repository_of
from gatewatch.site.repository import Repository
from gatewatch.site.subjects import every_case
from gatewatch.site.times import RequestTimes, Times
from gatewatch.words.languages import LANGUAGES, address_of

_PLAIN = (
    "/",
    "/cases",
    "/compare",
    "/registers",
    "/network",
    "/rules",
    "/methodology",
    "/judgement",
    "/data",
    "/about",
    "/privacy",
    "/accessibility",
    "/terms",
    "/corrections",
    "/api",
)

_NAMES = (
    'xmlns="http://www.sitemaps.org/schemas/sitemap/0.9" xmlns:xhtml="http://www.w3.org/1999/xhtml"'
)


@get("/sitemap.xml", include_in_schema=False, sync_to_thread=True)
def sitemap(request: Request[Any, Any, Any], times: Times) -> Response[bytes]:
    """Every page of a service, case, jurisdiction, law, authority and register, in each
    language."""
    repository = repository_of(request)
    base = repository.base(request.url.netloc, request.url.scheme)
    body = repository.remember(
        ("sitemap", base), lambda ledger: _written(base, _paths(repository, ledger, times))
    )
    return Response(body, media_type="application/xml", headers={"Cache-Control": FOR_A_MINUTE})


def _paths(repository: Repository, ledger: Ledger, times: RequestTimes) -> Iterator[str]:
    catalogue = repository.facts(times.moment).catalogue
    cases = every_case(repository, ledger, times)
    yield from _PLAIN
    yield from (f"/service/{id_}" for id_ in catalogue.services)
    yield from (f"/case/{one.service.id}/{one.jurisdiction}" for one in cases)
    yield from (f"/jurisdiction/{code}" for code in sorted({str(c.jurisdiction) for c in cases}))
    yield from (f"/rule/{id_}" for id_ in catalogue.instruments)
    yield from (f"/authority/{id_}" for id_ in catalogue.authorities)
    yield from (f"/register/{id_}" for id_ in repository.registers())


def _written(base: str, paths: Iterable[str]) -> bytes:
    lines = ['<?xml version="1.0" encoding="UTF-8"?>', f"<urlset {_NAMES}>"]
    for path in paths:
        others = "".join(
            f'<xhtml:link rel="alternate" hreflang="{code}" href={quoteattr(base + address_of(code, path))}/>'
            for code in LANGUAGES
        )
        location = quoteattr(base + path)[1:-1]
        lines.append(f"<url><loc>{location}</loc>{others}</url>")
    return "\n".join([*lines, "</urlset>\n"]).encode()


ROUTES = (sitemap,)
