"""Errors as RFC 9457 problem details: what is wrong and what to do."""

import logging
import re
from html import escape
from http import HTTPStatus
from typing import Any

import msgspec
from litestar import Request, Response
from litestar.exceptions import HTTPException

from gatewatch.errors import GatewatchError, LedgerError, SayableError, StoppedError, UsageError
from gatewatch.model.message import Message, message
from gatewatch.words import say

_log = logging.getLogger("gatewatch")
TYPE = "application/problem+json"
_TITLES: dict[int, Message] = {
    400: message("The request cannot be understood"),
    401: message("A token is needed"),
    403: message("Refused"),
    404: message("Not found"),
    405: message("This method is not offered here"),
    406: message("No such format"),
    409: message("Already so"),
    413: message("Too large"),
    414: message("Too long"),
    415: message("This kind of content is not taken"),
    429: message("Too many requests"),
    431: message("Too long"),
    500: message("A fault of ours"),
    503: message("Not ready"),
}
_OTHER = message("Error")
_HELP: dict[int, Message] = {
    400: message(
        "Something in the address or in the form has no sense here. Go back and change it."
    ),
    404: message("Nothing of this name is held here, which says nothing about the thing itself."),
    429: message("Wait a moment and try again."),
    500: message("It is in the log of this site. Try again later."),
    503: message("The record cannot be read just now. Try again in a minute."),
}
"""What to do, on a page; the detail follows, in the words of the program."""
_COMMAND = re.compile(r"[.;:]? *(?:All of them|[^.;:]*): gatewatch [a-z]+[^.;]*")
_FLAG = re.compile(r"--([a-z]+(?:-[a-z]+)*)")


class ErrorPage(msgspec.Struct, frozen=True):
    """What is wrong, and what to do."""

    status: int
    title: Message
    help: Message | None
    detail: Message | str
    """Text is in English, without names of commands and their flags."""


class Problem(msgspec.Struct, frozen=True):
    """What every error of the API looks like."""

    type: str
    title: str
    status: int
    detail: str


def problem(status: int, detail: str) -> Problem:
    """A problem by its status."""
    return Problem("about:blank", _TITLES.get(status, _OTHER).id, status, detail)


class ProblemError(Exception):
    """An answer that is an error, from anywhere in the site. What a page can meet is a message or a
    `SayableError`, and is said in the reader's language; text is English. `hint` is for programs
    alone."""

    def __init__(
        self,
        status: int,
        detail: str | Message | GatewatchError,
        headers: dict[str, str] | None = None,
        hint: str = "",
    ) -> None:
        self.said = said(detail) if isinstance(detail, GatewatchError) else detail
        plain = detail.plain() if isinstance(detail, Message) else str(detail)
        self.detail = f"{plain}; {hint}" if hint else plain
        super().__init__(self.detail)
        self.status, self.headers = status, headers or {}


def said(fault: GatewatchError) -> Message | str:
    """An error as a page says it."""
    if isinstance(fault, SayableError):
        return Message(fault.sentence, fault.places)
    return str(fault)


def answer(status: int, detail: str, headers: dict[str, str] | None = None) -> Response[Any]:
    """A problem as a response."""
    body = problem(status, _FLAG.sub(_as_in_a_form, detail))
    return Response(
        msgspec.json.encode(body),
        status_code=status,
        media_type=TYPE,
        headers={"Cache-Control": "no-store", **(headers or {})},
    )


def told(
    request: Request[Any, Any, Any],
    status: int,
    detail: str,
    headers: dict[str, str] | None = None,
    *,
    words: Message | str = "",
) -> Response[Any]:
    """For a program a problem, for a person a page that says the same, in `words` if there are."""
    if for_programs(request.url.path, request.headers.get("accept", "")):
        return answer(status, detail, headers)
    from gatewatch.site.render import HTML, html
    from gatewatch.site.times import asked

    times, title = asked(), _TITLES.get(status, _OTHER)
    page = ErrorPage(status, title, _HELP.get(status), for_people(words or detail))
    body = html(request, "error.html", times, times.echo(None), context=page, robots="noindex")
    return Response(
        body,
        status_code=status,
        media_type=HTML,
        headers={"Cache-Control": "no-store", **(headers or {})},
    )


def for_people(detail: Message | str) -> Message | str:
    """An error without what only a terminal has: commands, and flags as they are typed there."""
    if isinstance(detail, Message):
        name = detail.params.get("name")
        if not isinstance(name, str):
            return detail
        return Message(detail.id, {**detail.params, "name": _FLAG.sub(_as_in_a_form, name)})
    return _FLAG.sub(_as_in_a_form, _COMMAND.sub("", detail))


def _as_in_a_form(flag: re.Match[str]) -> str:
    return flag[1].replace("-", "_")


_OURS = message("something went wrong here; it is in the server's log")


def briefly(status: int, words: Message, lang: str) -> bytes:
    """What a person is told whose request goes no further: a page that is put together of nothing
    else, in their language."""
    title = escape(say(_TITLES.get(status, _OTHER), lang))
    told = escape(say(words, lang))
    return (
        f'<!doctype html><html lang="{lang}"><meta charset="utf-8"><title>{title}</title>'
        '<meta name="viewport" content="width=device-width"><link rel="stylesheet" '
        f'href="/static/site.css"><main><h1>{title}</h1><p>{told}</p></main></html>'
    ).encode()


def for_programs(path: str, accept: str) -> bool:
    """Whether an error is told to a program: by the path, or for want of a page."""
    return path.startswith(_PROGRAMS) or "text/html" not in accept


_PROGRAMS = ("/api/", "/feeds/", "/openapi.json", "/healthz", "/readyz", "/metrics")


def of_problem(request: Request[Any, Any, Any], fault: ProblemError) -> Response[Any]:
    return told(request, fault.status, fault.detail, fault.headers, words=fault.said)


def of_http(request: Request[Any, Any, Any], fault: HTTPException) -> Response[Any]:
    """What the framework refuses: a parameter of the wrong type, a method, a path."""
    extra = getattr(fault, "extra", None)
    named = (
        [f"{e.get('key', '')}: {e.get('message', '')}" for e in extra]
        if isinstance(extra, list)
        else []
    )
    detail = "; ".join(named) or str(fault.detail)
    keys = [str(e["key"]) for e in extra if e.get("key")] if isinstance(extra, list) else []
    words = message("this cannot be understood: {names}", names=", ".join(keys)) if keys else None
    allowed = {
        k: v for k, v in (fault.headers or {}).items() if k.lower() in {"allow", "retry-after"}
    }
    return told(request, fault.status_code, detail, allowed, words=words or _framework(fault))


def _framework(fault: HTTPException) -> Message | str:
    """What a page adds to the title of a status: nothing where the framework only says it again."""
    plain = {"Validation failed", HTTPStatus(fault.status_code).phrase}
    return _TITLES.get(fault.status_code, _OTHER) if str(fault.detail) in plain else ""


def of_ours(request: Request[Any, Any, Any], fault: GatewatchError) -> Response[Any]:
    """What was asked is at fault, or the ledger is not to be read just now."""
    status = (
        400 if isinstance(fault, UsageError) else 503 if isinstance(fault, LedgerError) else 500
    )
    return told(request, status, str(fault), words=said(fault))


def of_stopped(request: Request[Any, Any, Any], fault: StoppedError) -> Response[Any]:
    """Too many ask, or the answer took longer than it may; or nobody waits for it any more, and
    then nobody reads this."""
    return told(request, 503, str(fault), {"Retry-After": "10"}, words=said(fault))


def of_depth(request: Request[Any, Any, Any], _: RecursionError) -> Response[Any]:
    """What was sent lies deeper within itself than anything that is asked for."""
    deep = message("what was sent is nested too deeply")
    return told(request, 400, deep.id, words=deep)


def of_bug(request: Request[Any, Any, Any], fault: Exception) -> Response[Any]:
    """A fault of ours: told to the log whole, to the client not at all."""
    _log.error("a fault at %s", request.url.path, exc_info=fault)
    return told(request, 500, _OURS.id, words=_OURS)


HANDLERS: dict[Any, Any] = {
    ProblemError: of_problem,
    HTTPException: of_http,
    GatewatchError: of_ours,
    StoppedError: of_stopped,
    RecursionError: of_depth,
    Exception: of_bug,
}
