"""upgrade: bring a ledger to the form of this program."""

from typing import Annotated

import typer

from gatewatch.cli.onward import onward
from gatewatch.cli.options import As, LedgerAt, NoColor, Output, ledger_at
from gatewatch.cli.output import show
from gatewatch.cli.terminal import Page, count
from gatewatch.ledger.store import Store
from gatewatch.ledger.upgrade import TableUpgrade, wanted
from gatewatch.ledger.upgrade import upgrade as bring

EXAMPLES = ("upgrade", "upgrade --write", "upgrade --format json")


def upgrade(
    ledger: LedgerAt = None,
    write: Annotated[
        bool, typer.Option("--write", help="Do it. Without this it is only told.")
    ] = False,
    output: As = Output.TABLE,
    no_color: NoColor = False,
) -> None:
    """Bring a ledger that an earlier version made to the form of this one: first as a dry run."""
    store = Store(ledger_at(ledger))
    found = bring(store) if write else wanted(store)
    rows = [
        {
            "table": one.table,
            "version": one.version,
            "columns": one.columns,
            "files": one.files,
            "done": write,
        }
        for one in found
    ]
    show(output, rows, lambda page: _draw(page, found, store.location, write=write))


def _draw(page: Page, found: list[TableUpgrade], location: str, *, write: bool) -> None:
    page.head(location, f"{count(len(found), 'table')} {'brought' if write else 'to bring'} along")
    for one in found:
        files = [f"{count(len(one.files), 'file')} in another order"] if one.files else []
        page.field(one.table, ", ".join([*one.columns, *files]), f"version {one.version}")
    if found and not write:
        page.line((f"  Nothing was changed: {onward('upgrade', '--write')} does it", "dim"))
