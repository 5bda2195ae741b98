"""alerts: who is told of what."""

from collections.abc import Sequence
from enum import StrEnum
from typing import Annotated, Any, Optional

import msgspec
import typer

from gatewatch.catalogue import facts
from gatewatch.cli import complete
from gatewatch.cli.options import As, LedgerAt, NoColor, Output, Private, StateAt, country_code
from gatewatch.cli.output import show
from gatewatch.cli.subscribers import alerts_of
from gatewatch.cli.terminal import Page, count
from gatewatch.errors import UsageError
from gatewatch.model.event import KINDS
from gatewatch.model.jurisdiction import Jurisdiction
from gatewatch.model.subscription import Subscription, Wish
from gatewatch.pipeline.alerts import Delivery

EXAMPLES = (
    "alerts add https://hooks.example/gatewatch --service wechat -j RU",
    "alerts list",
    "alerts log --format json",
)


class AlertsAction(StrEnum):
    """What `gatewatch alerts` does."""

    LIST = "list"
    ADD = "add"
    REMOVE = "remove"
    RESUME = "resume"
    LOG = "log"


def alerts(
    action: Annotated[
        AlertsAction, typer.Argument(help="list, add, remove, resume or log.")
    ] = AlertsAction.LIST,
    target: Annotated[
        Optional[str],  # noqa: UP045
        typer.Argument(help="add: https://... or mailto:...; remove, resume: a subscription's id."),
    ] = None,
    service: Annotated[
        Optional[list[str]],  # noqa: UP045
        typer.Option(
            help="Only events of this service. May be given again.",
            autocompletion=complete.services,
        ),
    ] = None,
    jurisdiction: Annotated[
        Optional[list[Jurisdiction]],  # noqa: UP045
        typer.Option(
            "--jurisdiction",
            "-j",
            metavar="CC",
            help="Only of this jurisdiction.",
            parser=country_code,
            autocompletion=complete.countries,
        ),
    ] = None,
    register: Annotated[
        Optional[list[str]],  # noqa: UP045
        typer.Option(help="Only of this register.", autocompletion=complete.registers),
    ] = None,
    kind: Annotated[
        Optional[list[str]],  # noqa: UP045
        typer.Option(help="Only state, onset, end, register, silence or surge."),
    ] = None,
    ledger: LedgerAt = None,
    state: StateAt = None,
    private: Private = False,
    output: As = Output.TABLE,
    no_color: NoColor = False,
) -> None:
    """Who is told of what: webhooks and mail. gatewatch watch sends them."""
    subscribers = alerts_of(ledger, state, private=private)
    if action == AlertsAction.LIST:
        _list(subscribers.subscriptions(), output)
    elif action == AlertsAction.LOG:
        _log(subscribers.log(), output)
    elif not target:
        what = "https://... or mailto:..." if action == AlertsAction.ADD else "a subscription's id"
        raise UsageError(f"gatewatch alerts {action}: name {what}")
    elif action == AlertsAction.ADD:
        wish = Wish(
            services=tuple(facts.load().service(name).id for name in service or ()),
            jurisdictions=tuple(one.code for one in jurisdiction or ()),
            registers=tuple(register or ()),
            kinds=_known(kind or ()),
        )
        _added(subscribers.subscribe(target, wish), output)
    elif not (subscribers.remove if action == AlertsAction.REMOVE else subscribers.resume)(target):
        raise UsageError(
            f"there is no subscription {target!r}; gatewatch alerts lists those that there are"
        )


def _known(kinds: Sequence[str]) -> tuple[str, ...]:
    if unknown := set(kinds) - set(KINDS):
        raise UsageError(
            f"no kind of event is called {min(unknown)!r}; there are {', '.join(KINDS)}"
        )
    return tuple(kinds)


def _added(made: Subscription, output: Output) -> None:
    row = {"id": made.id, "target": made.target, "secret": None if made.by_mail else made.secret}

    def person(page: Page) -> None:
        page.head(made.id, made.target)
        if not made.by_mail:
            page.field("Secret", made.secret, "the receiver checks signatures with it")

    show(output, [row], person)


def _list(found: Sequence[Subscription], output: Output) -> None:
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
            page.field(s.id, s.target, f"{_wished(s.wish)}   by {s.owner}")
            if s.paused:
                page.field("", f"paused, {s.paused}", "gatewatch alerts resume ID", "bold")

    show(
        output,
        rows,
        person,
        pipe=lambda: ([s.id, s.owner, s.target, _wished(s.wish), s.paused] for s in found),
    )


def _wished(wish: Wish) -> str:
    parts = [*wish.services, *wish.jurisdictions, *wish.registers, *wish.kinds]
    return ", ".join(parts) or "everything"


def _log(found: Sequence[Delivery], output: Output) -> None:
    def person(page: Page) -> None:
        page.head("What was sent", "newest first")
        page.table(
            [
                f"{one.at:%Y-%m-%d %H:%M}",
                one.subscription,
                f"try {one.attempt}",
                (one.reason or str(one.status), "dim"),
            ]
            for one in found
        )

    show(output, [msgspec.to_builtins(one) for one in found], person)
