"""Errors as RFC 9457 problem details: what is wrong and what to do."""

import logging
from typing import Any

import msgspec
from litestar import Request, Response
from litestar.exceptions import HTTPException

from gatewatch.errors import GatewatchError, LedgerError, UsageError

_log = logging.getLogger("gatewatch")
TYPE = "application/problem+json"
_TITLES = {
    400: "The request cannot be understood",
    401: "A token is needed",
    403: "Refused",
    404: "Not found",
    405: "This method is not offered here",
    406: "No such format",
    409: "Already so",
    413: "Too large",
    415: "This kind of content is not taken",
    429: "Too many requests",
    500: "A fault of ours",
    503: "Not ready",
}


class Problem(msgspec.Struct, frozen=True):
    """What every error of the API looks like."""

    type: str
    title: str
    status: int
    detail: str


class ProblemError(Exception):
    """An answer that is an error, from anywhere in the site."""

    def __init__(self, status: int, detail: str, headers: dict[str, str] | None = None) -> None:
        super().__init__(detail)
        self.status, self.detail, self.headers = status, detail, headers or {}


def answer(status: int, detail: str, headers: dict[str, str] | None = None) -> Response[Any]:
    """A problem as a response."""
    body = Problem("about:blank", _TITLES.get(status, "Error"), status, detail)
    return Response(
        msgspec.json.encode(body),
        status_code=status,
        media_type=TYPE,
        headers={"Cache-Control": "no-store", **(headers or {})},
    )


def told(
    request: Request[Any, Any, Any], status: int, detail: str, headers: dict[str, str] | None = None
) -> Response[Any]:
    """For a program a problem, for a person a page that says the same."""
    if request.url.path.startswith(_PROGRAMS) or "text/html" not in request.headers.get(
        "accept", ""
    ):
        return answer(status, detail, headers)
    from gatewatch.site.asked import asked
    from gatewatch.site.render import html

    times = asked()
    context = {
        "status": status,
        "title": _TITLES.get(status, "Error"),
        "detail": detail,
        "robots": "noindex",
    }
    body = html(request, "error.html", times, times.echo(None), context)
    return Response(
        body,
        status_code=status,
        media_type="text/html; charset=utf-8",
        headers={"Cache-Control": "no-store", **(headers or {})},
    )


_PROGRAMS = ("/api/", "/feeds/", "/openapi.json", "/healthz", "/readyz", "/metrics")


def of_problem(request: Request[Any, Any, Any], fault: ProblemError) -> Response[Any]:
    return told(request, fault.status, fault.detail, fault.headers)


def of_http(request: Request[Any, Any, Any], fault: HTTPException) -> Response[Any]:
    """What the framework refuses: a parameter of the wrong type, a method, a path."""
    extra = getattr(fault, "extra", None)
    named = (
        [f"{e.get('key', '')}: {e.get('message', '')}" for e in extra]
        if isinstance(extra, list)
        else []
    )
    detail = "; ".join(named) or str(fault.detail)
    allowed = {
        k: v for k, v in (fault.headers or {}).items() if k.lower() in {"allow", "retry-after"}
    }
    return told(request, fault.status_code, detail, allowed)


def of_ours(request: Request[Any, Any, Any], fault: GatewatchError) -> Response[Any]:
    """What was asked is at fault, or the ledger is not to be read just now."""
    status = (
        400 if isinstance(fault, UsageError) else 503 if isinstance(fault, LedgerError) else 500
    )
    return told(request, status, str(fault))


def of_bug(request: Request[Any, Any, Any], fault: Exception) -> Response[Any]:
    """A fault of ours: told to the log whole, to the client not at all."""
    _log.error("a fault at %s", request.url.path, exc_info=fault)
    return told(request, 500, "something went wrong here; it is in the server's log")


HANDLERS: dict[Any, Any] = {
    ProblemError: of_problem,
    HTTPException: of_http,
    GatewatchError: of_ours,
    Exception: of_bug,
}
