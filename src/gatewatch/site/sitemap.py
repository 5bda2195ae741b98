"""A map of the pages for engines that look for them: https://www.sitemaps.org/protocol.html. Pages that name
listed addresses are not on it, as robots.txt asks engines to leave them."""

from collections.abc import Iterable, Iterator
from typing import Any
from xml.sax.saxutils import quoteattr

from litestar import Request, Response, get

from gatewatch.query.ledger import Ledger
from gatewatch.site.api.facts import every
from gatewatch.site.asked import Asked, Times
from gatewatch.site.caching import FOR_A_MINUTE, held_of
from gatewatch.site.held import Repository
from gatewatch.site.render import at
from gatewatch.words.languages import LANGUAGES

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
    """Every page of a service, case, jurisdiction, law, authority and register, in each language."""
    held = held_of(request)
    base = held.base(request.url.netloc, request.url.scheme)
    body = held.remember(
        ("sitemap", base), lambda ledger: _written(base, _paths(held, ledger, times))
    )
    return Response(body, media_type="application/xml", headers={"Cache-Control": FOR_A_MINUTE})


def _paths(held: Repository, ledger: Ledger, times: Asked) -> Iterator[str]:
    catalogue = held.facts(times.moment).catalogue
    cases = every(held, ledger, times)
    yield from _PLAIN
    yield from (f"/service/{id_}" for id_ in catalogue.services)
    yield from (f"/case/{one.service.id}/{one.jurisdiction}" for one in cases)
    yield from (f"/jurisdiction/{code}" for code in sorted({str(c.jurisdiction) for c in cases}))
    yield from (f"/rule/{id_}" for id_ in catalogue.instruments)
    yield from (f"/authority/{id_}" for id_ in catalogue.authorities)
    yield from (f"/register/{id_}" for id_ in held.registers())


def _written(base: str, paths: Iterable[str]) -> bytes:
    lines = ['<?xml version="1.0" encoding="UTF-8"?>', f"<urlset {_NAMES}>"]
    for path in paths:
        others = "".join(
            f'<xhtml:link rel="alternate" hreflang="{code}" href={quoteattr(base + at(code, path))}/>'
            for code in LANGUAGES
        )
        location = quoteattr(base + path)[1:-1]
        lines.append(f"<url><loc>{location}</loc>{others}</url>")
    return "\n".join([*lines, "</urlset>\n"]).encode()


ROUTES = (sitemap,)
