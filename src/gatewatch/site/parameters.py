"""Parameters of an address: each endpoint knows its own. The API refuses others, for a filter that
is not heard gives an answer to another question; of a page they change nothing, its kept copies
included."""

from difflib import get_close_matches
from operator import itemgetter
from typing import Any

from litestar import Litestar, Request
from litestar.routes import HTTPRoute

from gatewatch.errors import UsageError


def known_to(app: Litestar) -> dict[int, frozenset[str]]:
    """The query parameters that each handler of a site takes, with those of its dependencies."""
    found: dict[int, frozenset[str]] = {}
    for route in app.routes:
        if isinstance(route, HTTPRoute):
            for handler, model in route.route_handler_map.values():
                names = frozenset(one.field_alias for one in model.expected_query_params)
                found[id(handler)] = found.get(id(handler), frozenset()) | names
    return found


def asked_of(request: Request[Any, Any, Any]) -> list[tuple[str, str]]:
    """What was asked, without what the endpoint does not know: by name, and of one name in the
    order given, which may have a sense, as that of two countries."""
    known = _known(request)
    given = [(key, value) for key, value in request.query_params.multi_items() if key in known]
    return sorted(given, key=itemgetter(0))


def rest_of_path(request: Request[Any, Any, Any], before: str) -> str:
    """What follows in a path, to its last sign: ids of registers' entries hold whatever their
    authority writes, slashes too. A `Path` would lose some of it."""
    return str(request.scope["path"]).removeprefix(before)


def check_known(request: Request[Any, Any, Any]) -> None:
    """A hook before each request: of the API a parameter that it does not know is a
    UsageError."""
    if not request.scope["query_string"] or not request.scope["path"].startswith("/api/"):
        return
    known = _known(request)
    for key, _ in request.query_params.multi_items():
        if key not in known:
            near = get_close_matches(key, known, n=1)
            meant = f"; is {near[0]} meant?" if near else ""
            raise UsageError(
                f"no parameter is called {key[:60]!r} here{meant} "
                f"(there are {', '.join(sorted(known)) or 'none'})",
            )


def _known(request: Request[Any, Any, Any]) -> frozenset[str]:
    handler = request.scope.get("route_handler")
    known: dict[int, frozenset[str]] = request.app.state.get("parameters") or {}
    return known.get(id(handler), frozenset())
