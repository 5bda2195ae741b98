"""The few files that pages load: a stylesheet, a script, a mark."""

from pathlib import Path
from typing import Any

from litestar import Request, Response, get
from litestar.params import FromPath

from gatewatch.model.message import message
from gatewatch.site.caching import FOREVER, repository_of
from gatewatch.site.problem import ProblemError
from gatewatch.site.render import stylesheet

_HERE = Path(__file__).parent / "static"
_KINDS = {
    "site.js": "text/javascript",
    "find.js": "text/javascript",
    "query.js": "text/javascript",
    "mark.svg": "image/svg+xml",
}
_NOT_FOR_ENGINES = (
    "/entry/",
    "/entries/",
    "/changes",
    "/find",
    "/measurements",
    "/reconcile",
    "/embed/",
    "/api/",
    "/follow",
    "/badge/",
)
_A_DAY = "public, max-age=86400"


@get("/static/{name:str}", include_in_schema=False, sync_to_thread=True)
def asset(request: Request[Any, Any, Any], name: FromPath[str]) -> Response[bytes]:
    """By name, of those that there are; under a version's name it never changes."""
    caching = FOREVER if request.scope["query_string"] else _A_DAY
    if name == "site.css":
        return Response(stylesheet(), media_type="text/css", headers={"Cache-Control": caching})
    if name not in _KINDS:
        raise ProblemError(404, message("no file '{name}' here", name=name))
    return Response(
        (_HERE / name).read_bytes(), media_type=_KINDS[name], headers={"Cache-Control": caching}
    )


@get("/robots.txt", include_in_schema=False, sync_to_thread=False)
def robots(request: Request[Any, Any, Any]) -> Response[str]:
    """Pages that name listed addresses are not for search engines."""
    base = repository_of(request).base(request.url.netloc, request.url.scheme)
    closed = "".join(f"Disallow: {path}\n" for path in _NOT_FOR_ENGINES)
    return Response(
        f"User-agent: *\n{closed}Sitemap: {base}/sitemap.xml\n",
        media_type="text/plain",
    )


ROUTES = (asset, robots)
