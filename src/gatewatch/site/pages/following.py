"""The form to follow something, how one's subscriptions fare, and badges for status pages."""

import asyncio
from collections.abc import Sequence
from typing import Any

import msgspec
from litestar import Request, Response, get, post
from litestar.params import FromPath

from gatewatch.catalogue.facts import Catalogue
from gatewatch.draw.badge import badge as drawn
from gatewatch.errors import MistakeError, UsageError
from gatewatch.model.event import KINDS
from gatewatch.model.jurisdiction import CODES, Jurisdiction
from gatewatch.model.message import Message, message
from gatewatch.model.subscription import (
    FEED,
    MAIL,
    DeadLetter,
    FollowStatus,
    Subscription,
    Wish,
    feed_path,
    parts,
    why_not_sent,
)
from gatewatch.query.ledger import Ledger
from gatewatch.query.wished import WishText, wished
from gatewatch.site.api.reports import own_site
from gatewatch.site.caching import caching, etag, not_modified, repository_of, unchanged
from gatewatch.site.problem import ProblemError, said
from gatewatch.site.render import HTML, html, lang_of, noticed
from gatewatch.site.subjects import case_of, place_of, service_named
from gatewatch.site.times import RequestTimes, Times
from gatewatch.site.writing import writing
from gatewatch.words import country
from gatewatch.words.events import kind_word

_MOST = 65_536
_SCOPE = "alerts"
_ONCE_KEPT = "given up: "
"""Stood before the reason for which a subscription was paused, in states of earlier versions."""
_FIELDS = ("things", "jurisdiction", "register", "authority", "law", "target", "name")


class FollowPage(msgspec.Struct, frozen=True, kw_only=True):
    """The form, and what belongs to a token that was given."""

    made: Subscription | None
    """The one that was just made; its secret is shown this once."""
    feed: str
    given: dict[str, str]
    problem: Message | str
    """Why nothing was made."""
    mine: Sequence[FollowStatus]
    letters: Sequence[DeadLetter]
    unsent: dict[str, Message | str]
    """What each reason that is kept is in words."""
    known: bool
    """A token was given, and it is one."""
    places: list[tuple[str, str]]
    registers: list[str]
    kinds: list[tuple[str, Message]]
    chosen: tuple[str, ...]
    """Kinds that were ticked."""
    asked: dict[str, list[str]]
    """What each subscription is for, by its id; nothing means everything."""


@get("/follow", include_in_schema=False)
async def form(request: Request[Any, Any, Any], times: Times) -> Response[bytes]:
    """The empty form."""
    return await asyncio.to_thread(_page, request, times, {}, kinds=())


@post("/follow", include_in_schema=False, status_code=200, request_max_body_size=_MOST)
async def send(request: Request[Any, Any, Any], times: Times) -> Response[bytes]:
    """What the form sends: a subscription to be made, or a look at those that there are."""
    own_site(request)
    sent = list((await request.form()).multi_items())
    given = {key: str(value).strip() for key, value in sent if key != "kinds"}
    kinds = tuple(str(value) for key, value in sent if key == "kinds")
    return await asyncio.to_thread(_page, request, times, given, kinds=kinds)


def _page(
    request: Request[Any, Any, Any],
    times: RequestTimes,
    given: dict[str, str],
    kinds: tuple[str, ...],
) -> Response[bytes]:
    repository, lang = repository_of(request), lang_of(request)
    token = given.pop("token", "")
    owner = writing(request).owner(token, _SCOPE) if token.isascii() and token else None
    if token and owner is None:
        raise ProblemError(
            401, message("that is no token of this site, or not one that may follow")
        )
    made: Subscription | None = None
    problem: Message | str = ""
    if owner and (name := given.get("end")):
        writing(request).remove(name, owner)
    elif owner and (name := given.get("resume")):
        writing(request).resume(name, owner)
    if owner and given.get("act") == "follow":
        try:
            made = _made(request, given, kinds, owner, catalogue=repository.catalogue, lang=lang)
        except UsageError as fault:
            problem = said(fault)
    mine = writing(request).status(owner) if owner else ()
    letters = writing(request).dead(owner) if owner else ()
    reasons = {*(one.reason for one in letters), *(one.subscription.paused or "" for one in mine)}
    page = FollowPage(
        made=made,
        feed=feed_path(made) if made else "",
        given={name: "" if made else given.get(name, "") for name in _FIELDS},
        problem=problem,
        mine=mine,
        letters=letters,
        unsent={one: why_not_sent(one.removeprefix(_ONCE_KEPT)) for one in reasons},
        known=owner is not None,
        places=sorted(((c, country(c, lang)) for c in CODES), key=lambda p: p[1]),
        registers=sorted(repository.registers()),
        kinds=[(kind, kind_word(kind)) for kind in KINDS],
        chosen=() if made else kinds,
        asked={one.subscription.id: parts(one.subscription.wish) for one in mine},
    )
    echo = times.echo(repository.recorded_by())
    body = html(request, "follow.html", times, echo, context=page, robots="noindex")
    body = noticed(request, times, body)
    return Response(body, media_type=HTML, headers={"Cache-Control": "no-store"})


def _made(
    request: Request[Any, Any, Any],
    given: dict[str, str],
    kinds: tuple[str, ...],
    owner: str,
    catalogue: Catalogue,
    *,
    lang: str,
) -> Subscription:
    text = WishText(
        things=tuple(one for one in given.get("things", "").splitlines() if one.strip()),
        registers=_named(given, "register"),
        jurisdictions=_named(given, "jurisdiction"),
        authorities=_named(given, "authority"),
        laws=_named(given, "law"),
        kinds=kinds,
    )
    wish = wished(text, catalogue, repository_of(request).registers())
    if wish == Wish():  # a form sent empty by mistake must not follow everything
        raise MistakeError("nothing is named: say what you have, or narrow it")
    target = given.get("target", "")
    if not target:
        target = FEED
    elif "@" in target and "://" not in target:
        target = MAIL + target.removeprefix(MAIL)
    if not target.startswith(("https://", MAIL, FEED)):
        raise MistakeError("write an address that begins with https://, a mail address, or nothing")
    return writing(request).subscribe(
        target, wish, owner, name=given.get("name", "")[:100], language=lang
    )


def _named(given: dict[str, str], field: str) -> tuple[str, ...]:
    return (given[field],) if given.get(field) else ()


@get("/badge/{service:str}/{name:str}", include_in_schema=False, sync_to_thread=True)
def badge(
    request: Request[Any, Any, Any], times: Times, service: FromPath[str], name: FromPath[str]
) -> Response[bytes]:
    """A service's state in a country, as RU.svg."""
    repository, lang = repository_of(request), lang_of(request)
    code, dot, kind = name.rpartition(".")
    if not dot or kind != "svg":
        raise ProblemError(404, message("end the badge's name in .svg, as /badge/wechat/RU.svg"))
    one, place = service_named(repository, service, times), place_of(code)
    echo = times.echo(times.moment.recorded_by or repository.recorded_by())
    tag = etag(repository, request, f"badge {lang}", echo)
    if unchanged(request, tag):
        return not_modified(tag, times, repository)

    def draw(ledger: Ledger) -> str:
        return drawn(case_of(repository, one, Jurisdiction(place), times, ledger=ledger), lang)

    question = ("badge", one.id, place, lang, *echo.values())
    body: str = repository.remember(question, draw)
    headers = {"ETag": tag, "Cache-Control": caching(times, repository)}
    return Response(body.encode(), media_type="image/svg+xml", headers=headers)


ROUTES = (form, send, badge)
