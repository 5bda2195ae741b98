"""Subscriptions: who is told of what. Only for those with a token."""

from typing import Annotated, Any

import msgspec
from litestar import Request, Response, delete, get, post
from litestar.openapi.datastructures import ResponseSpec
from litestar.params import JSONBody, PathParameter

from gatewatch.model.event import KINDS
from gatewatch.model.subscription import Subscription, Wish
from gatewatch.site.api.about import PROBLEMS
from gatewatch.site.caching import repository_of
from gatewatch.site.problem import Problem, ProblemError
from gatewatch.site.subjects import service_named
from gatewatch.site.writing import needed, writing

_SECURITY: list[dict[str, list[str]]] = [{"token": []}]
_REFUSED = {
    code: ResponseSpec(
        Problem, description=text, generate_examples=False, media_type="application/problem+json"
    )
    for code, text in (
        (401, "No token, or an unknown one"),
        (403, "A token for something else"),
        (408, "The rest did not come"),
        (413, "Too large"),
    )
}
_SCOPE = "alerts"
_PROMISE = """Of what happens from now on. Webhooks go to public addresses alone, are signed, and are sent again for
three days; after that the subscription is paused."""


class SubscriptionRequest(msgspec.Struct, frozen=True, kw_only=True):
    """A subscription as it is asked for. What is empty is not asked about: without any, everything
    is told."""

    target: Annotated[
        str,
        msgspec.Meta(
            max_length=2048,
            pattern="^(https://|mailto:)",
            description="https://HOST/PATH for signed webhooks, or mailto:ADDRESS.",
        ),
    ]
    services: Annotated[tuple[str, ...], msgspec.Meta(max_length=50)] = ()
    jurisdictions: Annotated[
        tuple[Annotated[str, msgspec.Meta(pattern="^[A-Za-z]{2}$")], ...],
        msgspec.Meta(max_length=50),
    ] = ()
    registers: Annotated[tuple[str, ...], msgspec.Meta(max_length=50)] = ()
    kinds: Annotated[tuple[str, ...], msgspec.Meta(max_length=10)] = ()


class ShownSubscription(msgspec.Struct, frozen=True, kw_only=True):
    """A subscription. Its secret is told once, when it is made."""

    id: str
    target: str
    services: tuple[str, ...]
    jurisdictions: tuple[str, ...]
    registers: tuple[str, ...]
    kinds: tuple[str, ...]
    made_at: str
    paused: str | None
    secret: str | None = None


@post(
    "/api/v1/subscriptions",
    tags=["alerts"],
    summary="Ask to be told",
    status_code=201,
    description=_PROMISE,
    sync_to_thread=True,
    security=_SECURITY,
    responses={
        201: ResponseSpec(ShownSubscription, description="Made", generate_examples=False),
        **PROBLEMS,
        **_REFUSED,
    },
)
def subscribe(
    request: Request[Any, Any, Any], data: JSONBody[SubscriptionRequest]
) -> ShownSubscription:
    """The framework would show the docstring of its own wrapper, so the endpoint's description is
    `_PROMISE`."""
    owner, repository = needed(request, _SCOPE), repository_of(request)
    if unknown := set(data.kinds) - set(KINDS):
        raise ProblemError(
            400, f"no kind of event is called {min(unknown)!r}; there are {', '.join(KINDS)}"
        )
    if missing := set(data.registers) - set(repository.registers()):
        raise ProblemError(400, f"no register {min(missing)!r} is held here")
    wish = Wish(
        services=tuple(service_named(repository, one).id for one in data.services),
        registers=data.registers,
        kinds=data.kinds,
        jurisdictions=tuple(code.upper() for code in data.jurisdictions),
    )
    made = writing(request).subscribe(data.target, wish, owner)
    return msgspec.structs.replace(_shown(made), secret=made.secret)


@get(
    "/api/v1/subscriptions",
    tags=["alerts"],
    summary="Your subscriptions",
    sync_to_thread=True,
    security=_SECURITY,
    responses={
        200: ResponseSpec(
            list[ShownSubscription], description="Oldest first", generate_examples=False
        ),
        **PROBLEMS,
        **_REFUSED,
    },
)
def subscriptions(request: Request[Any, Any, Any]) -> Response[list[ShownSubscription]]:
    """Those made with your token."""
    owner = needed(request, _SCOPE)
    found = [_shown(one) for one in writing(request).subscriptions(owner)]
    return Response(found, headers={"Cache-Control": "no-store"})


@delete(
    "/api/v1/subscriptions/{subscription:str}",
    tags=["alerts"],
    summary="Be told no more",
    status_code=204,
    sync_to_thread=True,
    security=_SECURITY,
    responses={**PROBLEMS, **_REFUSED},
)
def unsubscribe(
    request: Request[Any, Any, Any],
    subscription: Annotated[str, PathParameter(description="Its id.", max_length=64)],
) -> None:
    """What waits to be sent is dropped too."""
    if not writing(request).remove(subscription, needed(request, _SCOPE)):
        raise ProblemError(404, "you have no such subscription")


def _shown(one: Subscription) -> ShownSubscription:
    return ShownSubscription(
        id=one.id,
        target=one.target,
        services=one.wish.services,
        jurisdictions=one.wish.jurisdictions,
        registers=one.wish.registers,
        kinds=one.wish.kinds,
        made_at=one.made_at.isoformat(),
        paused=one.paused,
    )


ROUTES = (subscribe, subscriptions, unsubscribe)
