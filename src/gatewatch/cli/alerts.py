"""alerts: who is told of what."""

from collections.abc import Mapping, Sequence
from typing import Any

import msgspec

from gatewatch import config
from gatewatch.catalogue import facts
from gatewatch.cli.commands.publishing import AlertsAction
from gatewatch.cli.options import Shape, ledger_at, state_at
from gatewatch.cli.output import show
from gatewatch.cli.terminal import Page, count
from gatewatch.errors import UsageError
from gatewatch.model.event import KINDS
from gatewatch.model.subscription import Subscription, Wish
from gatewatch.pipeline.alerts import Alerts, Delivery
from gatewatch.pipeline.mail import Post
from gatewatch.pipeline.webhook import Address, public


def opened(ledger: str | None, state: str | None, *, private: bool, base: str = "") -> Alerts:
    """The alerts of a site, with the mail server that the environment names."""
    server = config.mail_server()
    return Alerts(
        state_at(state, ledger_at(ledger)),
        post=Post(*server) if server else None,
        base=base.rstrip("/"),
        allowed=anywhere if private else public,
    )


def anywhere(_: Address) -> bool:
    """For those whose every subscriber is themselves."""
    return True


def run(
    action: AlertsAction,
    target: str | None,
    wished: Mapping[str, Sequence[str] | None],
    ledger: str | None,
    state: str | None,
    shape: Shape,
    *,
    private: bool,
    color: bool,
) -> None:
    """List, add, remove, resume; or show what was sent."""
    held = opened(ledger, state, private=private)
    if action == AlertsAction.LIST:
        _list(held.subscriptions(), shape, color=color)
    elif action == AlertsAction.LOG:
        _log(held.log(), shape, color=color)
    elif not target:
        what = "https://... or mailto:..." if action == AlertsAction.ADD else "a subscription's id"
        raise UsageError(f"gatewatch alerts {action}: name {what}")
    elif action == AlertsAction.ADD:
        _add(held.subscribe(target, wish_of(wished)), shape, color=color)
    elif not (held.remove(target) if action == AlertsAction.REMOVE else held.resume(target)):
        raise UsageError(
            f"there is no subscription {target!r}; gatewatch alerts lists those that there are"
        )


def wish_of(wished: Mapping[str, Sequence[str] | None]) -> Wish:
    """Checked: services by any of their names, kinds of those that there are."""
    catalogue = facts.load()
    kinds = tuple(wished.get("kinds") or ())
    if unknown := set(kinds) - set(KINDS):
        raise UsageError(
            f"no kind of event is called {min(unknown)!r}; there are {', '.join(KINDS)}"
        )
    return Wish(
        services=tuple(catalogue.service(name).id for name in wished.get("services") or ()),
        jurisdictions=tuple(code.upper() for code in wished.get("jurisdictions") or ()),
        registers=tuple(wished.get("registers") or ()),
        kinds=kinds,
    )


def _add(made: Subscription, shape: Shape, *, color: bool) -> None:
    row = {"id": made.id, "target": made.target, "secret": None if made.by_mail else made.secret}

    def person(page: Page) -> None:
        page.head(made.id, made.target)
        if not made.by_mail:
            page.field("Secret", made.secret, "the receiver checks signatures with it")

    show(shape, [row], person, lambda: [[made.id, made.target, row["secret"]]], color=color)


def _list(found: Sequence[Subscription], shape: Shape, *, color: bool) -> None:
    rows: list[dict[str, Any]] = [
        {
            "id": s.id,
            "owner": s.owner,
            "target": s.target,
            "wish": msgspec.to_builtins(s.wish),
            "made_at": s.made_at.isoformat(),
            "paused": s.paused,
        }
        for s in found
    ]

    def person(page: Page) -> None:
        page.head(count(len(found), "subscription"), "")
        for s in found:
            page.field(s.id, s.target, f"{_told(s.wish)}   by {s.owner}")
            if s.paused:
                page.field("", f"paused, {s.paused}", "gatewatch alerts resume ID", "bold")

    show(
        shape,
        rows,
        person,
        lambda: ([s.id, s.owner, s.target, _told(s.wish), s.paused] for s in found),
        color=color,
    )


def _told(wish: Wish) -> str:
    parts = [*wish.services, *wish.jurisdictions, *wish.registers, *wish.kinds]
    return ", ".join(parts) or "everything"


def _log(found: Sequence[Delivery], shape: Shape, *, color: bool) -> None:
    rows = [msgspec.to_builtins(one) for one in found]

    def person(page: Page) -> None:
        page.head("What was sent", "newest first")
        for one in found:
            page.field(
                f"{one.at:%Y-%m-%d %H:%M}",
                f"{one.subscription}   try {one.attempt}",
                one.reason or str(one.status),
            )

    show(shape, rows, person, lambda: (list(row.values()) for row in rows), color=color)
