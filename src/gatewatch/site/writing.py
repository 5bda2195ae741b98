"""What a site may be given to write with. It reads by itself; these come from outside, and without
them it refuses."""

from collections.abc import Callable, Mapping, Sequence
from datetime import datetime
from typing import Any

import msgspec
from litestar import Request

from gatewatch.model.event import Event
from gatewatch.model.message import message
from gatewatch.model.moment import iso
from gatewatch.model.subscription import DeadLetter, FollowStatus, Subscription
from gatewatch.site.problem import ProblemError


class Collecting(msgspec.Struct, frozen=True, kw_only=True):
    """What takes measurements of probes: each is handed bytes, and raises UsageError for what it
    does not take."""

    open: Callable[[bytes], str]
    add: Callable[[str, bytes, str], str]
    close: Callable[[str], None]


class Writing(msgspec.Struct, frozen=True, kw_only=True):
    """`accept` keeps a report and returns its id; `owner` tells whose a token is, for a scope; the
    others look after subscriptions. `tend` is called every few seconds, in a thread, to hand on
    what came in."""

    accept: Callable[..., str]
    owner: Callable[[str, str], str | None]
    subscribe: Callable[..., Subscription]
    subscriptions: Callable[[str], Sequence[Subscription]]
    remove: Callable[[str, str], bool]
    resume: Callable[[str, str], bool] = lambda *_: False
    status: Callable[[str], Sequence[FollowStatus]] = lambda _: ()
    dead: Callable[[str], Sequence[DeadLetter]] = lambda _: ()
    feed: Callable[[str, str], tuple[Subscription, Sequence[Event]] | None] = lambda *_: None
    """What a subscription was told, by its id and the key of its feed."""
    followed: Callable[[], Sequence[str]] = tuple
    """Services that the operator follows."""
    tend: Callable[[], object] | None = None
    publish: Callable[[], object] | None = None
    """Called as often, to begin what keeps the data sets abreast."""
    close: Callable[[], object] | None = None
    """Ends that, with the site."""
    collecting: Collecting | None = None
    """Takes measurements of probes, where the operator wants that."""
    checked: Callable[[], Mapping[str, datetime]] = dict
    """When the sources of each register were last looked at, if something watches them."""


def writing(request: Request[Any, Any, Any]) -> Writing:
    """What this site writes with; 403 if it takes nothing."""
    found = request.app.state.get("writing")
    if found is None:
        raise ProblemError(403, message("this site takes nothing in"))
    return found  # type: ignore[no-any-return]


def looked_at(request: Request[Any, Any, Any], row: dict[str, Any]) -> dict[str, Any]:
    """A register's freshness, with the last look of a watch: one that found nothing new leaves no
    snapshot."""
    found = request.app.state.get("writing")
    at = found.checked().get(row["register"]) if found else None
    return {**row, "last_checked": max(iso(at), row["last_checked"])} if at else row


def bearer(request: Request[Any, Any, Any], scope: str) -> str | None:
    """Whose token came with a request; None without one. A wrong one is 401, one for something else
    403."""
    given = request.headers.get("authorization")
    if given is None:
        return None
    kind, _, token = given.partition(" ")
    known = writing(request).owner
    if kind.lower() != "bearer" or not token.isascii():
        raise _unknown()
    name = known(token.strip(), scope)
    if name is None and any(known(token.strip(), other) for other in ("alerts", "reports")):
        raise ProblemError(403, message("this token may not be used for {scope}", scope=scope))
    if name is None:
        raise _unknown()
    return name


def needed(request: Request[Any, Any, Any], scope: str) -> str:
    """Whose token came; without one it is 401."""
    name = bearer(request, scope)
    if name is None:
        raise _unknown()
    return name


def _unknown() -> ProblemError:
    return ProblemError(
        401,
        message("send a token that the operator gave you: Authorization: Bearer gw_..."),
        {"WWW-Authenticate": 'Bearer realm="gatewatch"'},
    )
