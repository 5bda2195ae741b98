"""What others see: the site, data sets, alerts, and watching the sources behind them."""

from enum import StrEnum
from typing import Annotated, Optional

import typer

from gatewatch.cli.options import (
    As,
    AsOf,
    LedgerAt,
    NoColor,
    Private,
    RecordedBy,
    Shape,
    StateAt,
    ValidAt,
    three,
)


class TokenAction(StrEnum):
    """What `gatewatch token` does."""

    ADD = "add"
    LIST = "list"
    REVOKE = "revoke"


class AlertsAction(StrEnum):
    """What `gatewatch alerts` does."""

    LIST = "list"
    ADD = "add"
    REMOVE = "remove"
    RESUME = "resume"
    LOG = "log"


def serve(
    ledger: LedgerAt = None,
    host: Annotated[str, typer.Option(help="The address to listen on.")] = "127.0.0.1",
    port: Annotated[int, typer.Option(min=1, max=65535, help="The port to listen on.")] = 8451,
    workers: Annotated[int, typer.Option(min=1, max=64, help="Processes that answer.")] = 1,
    public_url: Annotated[
        str,
        typer.Option(metavar="URL", help="Where people reach the site, for links in feeds."),
    ] = "",
    allow_host: Annotated[
        Optional[list[str]],  # noqa: UP045
        typer.Option(
            metavar="NAME", help="A name by which the site may be called. May be given again."
        ),
    ] = None,
    rate: Annotated[
        int, typer.Option(min=0, help="Requests a minute of one client; 0 for no limit.")
    ] = 600,
    behind_proxy: Annotated[
        bool,
        typer.Option(
            "--behind-proxy", help="Take the client from X-Forwarded-For, which a proxy wrote."
        ),
    ] = False,
    exports: Annotated[
        str,
        typer.Option(metavar="FOLDER", help="What gatewatch export filled, to serve under /data."),
    ] = "",
    state: StateAt = None,
) -> None:
    """The site: pages for people, an API for programs, feeds. On the ledger as it stands."""
    from gatewatch.cli.serve import run

    run(
        ledger,
        host=host,
        port=port,
        workers=workers,
        public_url=public_url,
        allow=allow_host or [],
        rate=rate,
        behind_proxy=behind_proxy,
        exports=exports,
        state=state,
    )


def watch(
    plan: Annotated[
        str, typer.Argument(metavar="PLAN.toml", help="Sources: [[source]] register, from, every.")
    ],
    ledger: LedgerAt = None,
    state: StateAt = None,
    once: Annotated[
        bool, typer.Option("--once", help="Look at what is due, then end; for cron.")
    ] = False,
    now: Annotated[
        bool, typer.Option("--now", help="Look at every source at the start, due or not.")
    ] = False,
    status: Annotated[
        bool, typer.Option("--status", help="Only show when each source was looked at.")
    ] = False,
    exports: Annotated[
        Optional[str],  # noqa: UP045
        typer.Option(metavar="FOLDER", help="Export into this folder whenever something changed."),
    ] = None,
    public_url: Annotated[
        str, typer.Option(metavar="URL", help="Where the site is, for links in alerts.")
    ] = "",
    private: Private = False,
    shape: As = Shape.TABLE,
    no_color: NoColor = False,
) -> None:
    """Look at declared sources on their cadence, bring in what is new, tell who wants to know."""
    from gatewatch.cli.watch import run

    run(
        plan,
        ledger,
        state,
        shape,
        once=once,
        at_once=now,
        status=status,
        exports=exports,
        public_url=public_url,
        private=private,
        color=not no_color,
    )


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
        typer.Option(help="Only events of this service. May be given again."),
    ] = None,
    jurisdiction: Annotated[
        Optional[list[str]],  # noqa: UP045
        typer.Option("--jurisdiction", "-j", metavar="CC", help="Only of this jurisdiction."),
    ] = None,
    register: Annotated[Optional[list[str]], typer.Option(help="Only of this register.")] = None,  # noqa: UP045
    kind: Annotated[
        Optional[list[str]],  # noqa: UP045
        typer.Option(help="Only state, onset, end, register, silence or surge."),
    ] = None,
    ledger: LedgerAt = None,
    state: StateAt = None,
    private: Private = False,
    shape: As = Shape.TABLE,
    no_color: NoColor = False,
) -> None:
    """Who is told of what: webhooks and mail. gatewatch watch sends them."""
    from gatewatch.cli.alerts import run

    run(
        action,
        target,
        {"services": service, "jurisdictions": jurisdiction, "registers": register, "kinds": kind},
        ledger,
        state,
        shape,
        private=private,
        color=not no_color,
    )


def token(
    action: Annotated[TokenAction, typer.Argument(help="add, list or revoke.")] = TokenAction.LIST,
    name: Annotated[Optional[str], typer.Argument(help="Whose token it is.")] = None,  # noqa: UP045
    may: Annotated[
        Optional[list[str]],  # noqa: UP045
        typer.Option(metavar="SCOPE", help="alerts or reports; default both. May be given again."),
    ] = None,
    ledger: LedgerAt = None,
    state: StateAt = None,
    shape: As = Shape.TABLE,
    no_color: NoColor = False,
) -> None:
    """Tokens for those who may write: made, shown once, revoked."""
    from gatewatch.cli.token import run

    run(action, name, may or [], ledger, state, shape, color=not no_color)


def export(
    folder: Annotated[str, typer.Argument(help="An empty folder, or that of an earlier export.")],
    ledger: LedgerAt = None,
    valid_at: ValidAt = None,
    as_of: AsOf = None,
    recorded_by: RecordedBy = None,
    dataset: Annotated[
        Optional[list[str]],  # noqa: UP045
        typer.Option(metavar="NAME", help="Only this data set. May be given again."),
    ] = None,
    licence: Annotated[
        Optional[list[str]],  # noqa: UP045
        typer.Option(
            metavar="TEXT",
            help="Only data sets whose licence holds this text. May be given again.",
        ),
    ] = None,
    keep: Annotated[int, typer.Option(min=1, help="How many versions stay in the folder.")] = 5,
    verify: Annotated[
        bool, typer.Option("--verify", help="Only compare the folder with its checksums.")
    ] = False,
    shape: As = Shape.TABLE,
    quiet: Annotated[bool, typer.Option("--quiet", "-q", help="No progress.")] = False,
    no_color: NoColor = False,
) -> None:
    """Data sets into a folder: Parquet, CSV, NDJSON, what changed since the version before, index.json."""
    from gatewatch.cli import export as work

    if verify:
        work.verify(folder)
        return
    work.run(
        folder,
        ledger,
        three(valid_at, as_of, recorded_by),
        shape,
        only=dataset or [],
        licences=licence or [],
        keep=keep,
        quiet=quiet,
        color=not no_color,
    )
