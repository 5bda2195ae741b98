"""backup: a copy of a ledger while others read and write it."""

from pathlib import Path
from typing import TYPE_CHECKING, Annotated

import typer

from gatewatch.cli.options import As, LedgerAt, NoColor, Output, Quiet, ledger_at
from gatewatch.cli.output import show
from gatewatch.cli.progress import Done, progress
from gatewatch.cli.terminal import Page, count
from gatewatch.model.moment import iso

if TYPE_CHECKING:
    from gatewatch.ledger.backup import Backup

EXAMPLES = ("backup copy-of-today", "backup copies/2026-11-26 --quiet --format json")


def backup(
    folder: Annotated[str, typer.Argument(help="Where the copy goes: a new or empty folder.")],
    ledger: LedgerAt = None,
    output: As = Output.TABLE,
    quiet: Quiet = False,
    no_color: NoColor = False,
) -> None:
    """Copy a ledger while others read and write it, with a digest of every file."""
    from gatewatch.ledger.backup import backup as copy

    with progress("copy", quiet=quiet) as report:
        made = copy(
            ledger_at(ledger), Path(folder), lambda done, total: report(Done(done, total, "files"))
        )
    show(output, [row(made, folder)], lambda page: _draw(page, made, folder))


def row(made: "Backup", folder: str) -> dict[str, object]:
    """A copy for programs: where it is, and what it holds."""
    return {
        "folder": folder,
        "form": made.form,
        "made_at": iso(made.made_at),
        "files": len(made.files),
        "bytes": made.size,
        "tables": made.tables,
    }


def _draw(page: Page, made: "Backup", folder: str) -> None:
    page.head(folder, f"{count(len(made.files), 'file')}, {made.size:,} bytes")
    page.field("Made", f"{made.made_at:%Y-%m-%d %H:%M:%S} UTC", f"form {made.form}")
    page.field("Tables", ", ".join(f"{name} {version}" for name, version in made.tables.items()))
    page.line((f"  gatewatch restore {folder} --ledger NEW makes a ledger of it", "dim"))
