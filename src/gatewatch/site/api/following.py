"""Subscriptions: who is told of what. Only for those with a token."""

from typing import Annotated, Any

import msgspec
from litestar import Request, Response, delete, get, post
from litestar.openapi.datastructures import ResponseSpec
from litestar.params import JSONBody, PathParameter

from gatewatch.errors import UsageError
from gatewatch.model.moment import iso
from gatewatch.model.subscription import Subscription, Wish, feed_path
from gatewatch.query.wished import WishText, wished
from gatewatch.site.api.about import PROBLEMS
from gatewatch.site.caching import repository_of
from gatewatch.site.problem import Problem, ProblemError
from gatewatch.site.repository import Repository
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


Some = msgspec.Meta(max_length=200)
Text = Annotated[str, msgspec.Meta(min_length=1, max_length=300)]


class SubscriptionRequest(msgspec.Struct, frozen=True, kw_only=True):
    """A subscription as it is asked for. Things (services, domains, addresses, networks) are told
    if any of them is concerned; the rest narrows. Without any, everything is told."""

    target: Annotated[
        str,
        msgspec.Meta(
            max_length=2048,
            pattern=r"^(https://|mailto:|feed:$(?!\n))",
            description="https://HOST/PATH for signed webhooks, mailto:ADDRESS, or feed: to read"
            " it as a feed alone.",
        ),
    ]
    name: Annotated[str, msgspec.Meta(max_length=100)] = ""
    language: Annotated[str, msgspec.Meta(pattern=r"^(en|ru|zh)$(?!\n)")] = "en"
    services: Annotated[tuple[Text, ...], Some] = ()
    domains: Annotated[tuple[Text, ...], Some] = ()
    """Each with all that lies beneath it."""
    addresses: Annotated[tuple[Text, ...], Some] = ()
    networks: Annotated[tuple[Annotated[int, msgspec.Meta(ge=1, le=4294967295)], ...], Some] = ()
    """Numbers of autonomous systems."""
    registers: Annotated[tuple[Text, ...], Some] = ()
    jurisdictions: Annotated[
        tuple[Annotated[str, msgspec.Meta(pattern=r"^[A-Za-z]{2}$(?!\n)")], ...], Some
    ] = ()
    authorities: Annotated[tuple[Text, ...], Some] = ()
    laws: Annotated[tuple[Text, ...], Some] = ()
    kinds: Annotated[tuple[Text, ...], msgspec.Meta(max_length=10)] = ()


class ShownSubscription(msgspec.Struct, frozen=True, kw_only=True):
    """A subscription. Its secret is told once, when it is made."""

    id: str
    target: str
    name: str
    language: str
    services: tuple[str, ...]
    domains: tuple[str, ...]
    addresses: tuple[str, ...]
    networks: tuple[int, ...]
    registers: tuple[str, ...]
    jurisdictions: tuple[str, ...]
    authorities: tuple[str, ...]
    laws: tuple[str, ...]
    kinds: tuple[str, ...]
    made_at: str
    paused: str | None
    feed: str
    """The path of its feed; whoever has it reads what the subscription was told."""
    secret: str | None = None


class SubscriptionStatus(msgspec.Struct, frozen=True, kw_only=True):
    """How one subscription fares: messages told, waiting, given up."""

    id: str
    target: str
    paused: str | None
    told: int
    waiting: int
    dead: int
    last_sent: str | None


def wish_of(data: SubscriptionRequest, repository: Repository) -> Wish:
    """What is asked for, typed; 400 says which name is not understood."""
    given = {
        name: getattr(data, name) for name in WishText.__struct_fields__ if hasattr(data, name)
    }
    try:
        return wished(WishText(**given), repository.catalogue, repository.registers())
    except UsageError as fault:
        raise ProblemError(400, fault) from fault


@post(
    "/api/v1/subscriptions",
    tags=["following"],
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
    wish = wish_of(data, repository)
    made = writing(request).subscribe(
        data.target, wish, owner, name=data.name, language=data.language
    )
    return msgspec.structs.replace(_shown(made), secret=made.secret)


@get(
    "/api/v1/subscriptions",
    tags=["following"],
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
    tags=["following"],
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


@post(
    "/api/v1/subscriptions/{subscription:str}/resume",
    tags=["following"],
    summary="Go on with a subscription that was paused",
    status_code=204,
    sync_to_thread=True,
    security=_SECURITY,
    responses={**PROBLEMS, **_REFUSED},
)
def resume(
    request: Request[Any, Any, Any],
    subscription: Annotated[str, PathParameter(description="Its id.", max_length=64)],
) -> None:
    """What was given up is sent again, then what happened meanwhile."""
    if not writing(request).resume(subscription, needed(request, _SCOPE)):
        raise ProblemError(404, "you have no such subscription")


@get(
    "/api/v1/subscriptions/status",
    tags=["following"],
    summary="How your subscriptions fare",
    sync_to_thread=True,
    security=_SECURITY,
    responses={
        200: ResponseSpec(
            list[SubscriptionStatus], description="Oldest first", generate_examples=False
        ),
        **PROBLEMS,
        **_REFUSED,
    },
)
def status(request: Request[Any, Any, Any]) -> Response[list[SubscriptionStatus]]:
    """What was told, what waits, and what was given up."""
    owner = needed(request, _SCOPE)
    found = [
        SubscriptionStatus(
            id=one.subscription.id,
            target=one.subscription.target,
            paused=one.subscription.paused,
            told=one.told,
            waiting=one.waiting,
            dead=one.dead,
            last_sent=iso(one.last_sent),
        )
        for one in writing(request).status(owner)
    ]
    return Response(found, headers={"Cache-Control": "no-store"})


def _shown(one: Subscription) -> ShownSubscription:
    return ShownSubscription(
        id=one.id,
        target=one.target,
        name=one.name,
        language=one.language,
        made_at=iso(one.made_at) or "",
        paused=one.paused,
        feed=feed_path(one),
        **msgspec.structs.asdict(one.wish),
    )


ROUTES = (subscribe, subscriptions, unsubscribe, resume, status)
