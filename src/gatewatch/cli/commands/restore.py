"""restore: a ledger from a copy."""

from pathlib import Path
from typing import Annotated

import typer

from gatewatch.cli.commands.doctor import examined
from gatewatch.cli.options import As, LedgerAt, NoColor, Output, Quiet, ledger_at
from gatewatch.cli.progress import Done, progress

EXAMPLES = ("restore copy-of-today --ledger restored",)


def restore(
    folder: Annotated[str, typer.Argument(help="What gatewatch backup made.")],
    ledger: LedgerAt = None,
    output: As = Output.TABLE,
    quiet: Quiet = False,
    no_color: NoColor = False,
) -> None:
    """Make a ledger from a copy, in a new folder, and examine it.

    Nothing is made unless every file has its digest. Exit code 1 if the doctor finds a fault.
    """
    from gatewatch.ledger.backup import restore as bring_back

    location = ledger_at(ledger)
    with progress("restore", quiet=quiet) as report:
        bring_back(Path(folder), location, lambda done, total: report(Done(done, total, "files")))
    if examined(location, output):
        raise typer.Exit(1)
