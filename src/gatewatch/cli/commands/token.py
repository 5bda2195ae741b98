"""token: who may write."""

import sys
from enum import StrEnum
from pathlib import Path
from typing import Annotated, Optional

import msgspec
import typer

from gatewatch.cli.options import As, LedgerAt, NoColor, Output, StateAt, ledger_at, state_at
from gatewatch.cli.output import show
from gatewatch.cli.terminal import Page, count, note
from gatewatch.errors import UsageError
from gatewatch.model.moment import iso
from gatewatch.pipeline.tokens import SCOPES, Tokens

EXAMPLES = ("token add newsroom", "token add helpdesk --may reports", "token list")


class TokenAction(StrEnum):
    """What `gatewatch token` does."""

    ADD = "add"
    LIST = "list"
    REVOKE = "revoke"


def token(
    action: Annotated[TokenAction, typer.Argument(help="add, list or revoke.")] = TokenAction.LIST,
    name: Annotated[
        Optional[str],  # noqa: UP045
        typer.Argument(help="Whose token it is."),
    ] = None,
    may: Annotated[
        Optional[list[str]],  # noqa: UP045
        typer.Option(metavar="SCOPE", help="alerts or reports; default both. May be given again."),
    ] = None,
    ledger: LedgerAt = None,
    state: StateAt = None,
    output: As = Output.TABLE,
    no_color: NoColor = False,
) -> None:
    """Tokens for those who may write: made, shown once, revoked."""
    folder = state_at(state, ledger_at(ledger))
    tokens = Tokens(folder)
    if action == TokenAction.LIST:
        _list(tokens, output)
    elif not name:
        raise UsageError(f"gatewatch token {action} NAME: say whose token it is")
    elif action == TokenAction.ADD:
        made = tokens.add(name, tuple(sorted(set(may or SCOPES))))
        row = {"name": name, "may": may or list(SCOPES), "token": made}
        show(output, [row], lambda page: _made(page, name, made), pipe=lambda: [[made]])
    elif not tokens.revoke(name):
        raise UsageError(
            f"there is no token {name!r}; gatewatch token list shows those that there are"
        )
    elif gone := _subscriptions_of(name, folder):
        note(f"{count(gone, 'subscription')} made with it ended too", to=sys.stdout)


def _subscriptions_of(name: str, folder: Path) -> int:
    """End what a token's owner subscribed to: whoever gets the name next is another."""
    from gatewatch.pipeline.following.followers import Followers, exists

    return Followers(folder).subscriptions.remove_of(name) if exists(folder) else 0


def _made(page: Page, name: str, made: str) -> None:
    page.head(name, "shown once; only its hash is kept")
    page.line(f"  {made}")


def _list(tokens: Tokens, output: Output) -> None:
    known = tokens.all()
    rows = [
        {key: value for key, value in msgspec.to_builtins(one).items() if key != "digest"}
        for one in known
    ]

    def person(page: Page) -> None:
        page.head(count(len(known), "token"), "")
        for one in known:
            page.field(one.name, ", ".join(one.may), f"since {one.made_at:%Y-%m-%d}")

    show(
        output,
        rows,
        person,
        pipe=lambda: ([one.name, " ".join(one.may), iso(one.made_at)] for one in known),
    )
