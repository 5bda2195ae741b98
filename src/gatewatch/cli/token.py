"""token: who may write."""

import msgspec

from gatewatch.cli.commands.publishing import TokenAction
from gatewatch.cli.options import Shape, ledger_at, state_at
from gatewatch.cli.output import show
from gatewatch.cli.terminal import Page, count
from gatewatch.errors import UsageError
from gatewatch.pipeline.tokens import SCOPES, Tokens


def run(
    action: TokenAction,
    name: str | None,
    may: list[str],
    ledger: str | None,
    state: str | None,
    shape: Shape,
    *,
    color: bool,
) -> None:
    """Make, list or revoke."""
    tokens = Tokens(state_at(state, ledger_at(ledger)))
    if action == TokenAction.LIST:
        _list(tokens, shape, color=color)
        return
    if not name:
        raise UsageError(f"gatewatch token {action} NAME: say whose token it is")
    if action == TokenAction.ADD:
        token = tokens.add(name, tuple(sorted(set(may or SCOPES))))
        show(
            shape,
            [{"name": name, "may": may or list(SCOPES), "token": token}],
            lambda page: _fresh(page, name, token),
            lambda: [[token]],
            color=color,
        )
    elif not tokens.revoke(name):
        raise UsageError(
            f"there is no token {name!r}; gatewatch token list shows those that there are"
        )


def _fresh(page: Page, name: str, token: str) -> None:
    page.head(name, "shown once; only its hash is kept")
    page.line(f"  {token}")


def _list(tokens: Tokens, shape: Shape, *, color: bool) -> None:
    held = tokens.all()
    rows = [
        {key: value for key, value in msgspec.to_builtins(one).items() if key != "digest"}
        for one in held
    ]

    def person(page: Page) -> None:
        page.head(count(len(held), "token"), "")
        for one in held:
            page.field(one.name, ", ".join(one.may), f"since {one.made_at:%Y-%m-%d}")

    show(
        shape,
        rows,
        person,
        lambda: ([one.name, " ".join(one.may), one.made_at.isoformat()] for one in held),
        color=color,
    )
