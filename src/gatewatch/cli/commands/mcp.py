"""mcp: the record for assistants, over the Model Context Protocol."""

from typing import Annotated

import typer

from gatewatch.cli.options import LedgerAt, ledger_at
from gatewatch.errors import UsageError

EXAMPLES = (
    "mcp --ledger demo-ledger",
    "mcp --public-url https://gatewatch.example",
)


def mcp(
    ledger: LedgerAt = None,
    public_url: Annotated[
        str,
        typer.Option(
            metavar="URL", help="Where a site on this ledger is reached, for links in replies."
        ),
    ] = "",
) -> None:
    """Answer an assistant's questions on standard input and output, as data with times, licences
    and links. An assistant starts it; it reads and never writes."""
    if public_url and not public_url.startswith(("http://", "https://")):
        raise UsageError(f"--public-url {public_url!r}: begin it with https:// or http://")
    from gatewatch.assistants.server import server
    from gatewatch.assistants.tools import Desk

    server(Desk(ledger_at(ledger), public_url)).run("stdio")
