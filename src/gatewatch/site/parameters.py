"""Parameters of an address: each endpoint knows its own. The API refuses others, for a filter that
is not heard gives an answer to another question; a page answers without them and says so, above
what is kept of it for all who ask."""

import re
from difflib import get_close_matches
from operator import itemgetter
from typing import Any

from litestar import Litestar, Request
from litestar.routes import HTTPRoute

from gatewatch.errors import UsageError
from gatewatch.model.message import Message, message


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
    for key, near in unknown_to(request):
        known = _known(request)
        meant = f"; is {near} meant?" if near else ""
        raise UsageError(
            f"no parameter is called {key[:_LONGEST]!r} here{meant} "
            f"(there are {', '.join(sorted(known)) or 'none'})",
        )


def unknown_to(request: Request[Any, Any, Any]) -> list[tuple[str, str | None]]:
    """Parameters that the endpoint does not know, by name, with the one that may be meant."""
    if not request.scope["query_string"]:
        return []
    known = _known(request)
    names = sorted({key for key, _ in request.query_params.multi_items() if key not in known})
    return [(one, next(iter(get_close_matches(one, known, n=1)), None)) for one in names]


def left_out(request: Request[Any, Any, Any]) -> list[Message]:
    """What a page says of the parameters that it does not know. Those by which others count where
    readers come from ask nothing of it."""
    found = [pair for pair in unknown_to(request) if not _COUNTED.fullmatch(pair[0])]
    if not found:
        return []
    names = ", ".join(one[:_LONGEST] for one, _ in found[:_MOST_NAMED])
    more = ", …" if len(found) > _MOST_NAMED else ""
    said = [
        message(
            "A part of this page's address is not understood and was left out: {names}.",
            "Parts of this page's address are not understood and were left out: {names}.",
            n=len(found),
            names=names + more,
        )
    ]
    meant = list(dict.fromkeys(near for _, near in found[:_MOST_NAMED] if near))
    return [*said, message("Is {name} meant?", name=", ".join(meant))] if meant else said


_LONGEST, _MOST_NAMED = 60, 3
_COUNTED = re.compile(r"utm_.*|(?:fb|g|y|ys|ms)clid|mc_[ce]id|_openstat")


def _known(request: Request[Any, Any, Any]) -> frozenset[str]:
    handler = request.scope.get("route_handler")
    known: dict[int, frozenset[str]] = request.app.state.get("parameters") or {}
    return known.get(id(handler), frozenset())
