"""doctor: whether a ledger is sound, and what to do."""

from typing import TYPE_CHECKING

import msgspec
import typer

from gatewatch.cli.options import As, LedgerAt, NoColor, Output, ledger_at
from gatewatch.cli.output import show
from gatewatch.cli.terminal import Page, count

if TYPE_CHECKING:
    from gatewatch.ledger.finding import Finding

EXAMPLES = ("doctor", "doctor --format json")
_STYLES = {"ok": "", "note": "dim", "fault": "bold"}


def doctor(
    ledger: LedgerAt = None,
    output: As = Output.TABLE,
    no_color: NoColor = False,
) -> None:
    """Verify the ledger and say what to do. Exit code 1 if something is wrong."""
    if examined(ledger_at(ledger), output):
        raise typer.Exit(1)


def examined(location: str, output: Output) -> int:
    """Show what is found, worst last; how many faults there are."""
    from gatewatch.query.health import examine

    found = examine(location)
    faults = sum(f.level == "fault" for f in found)
    show(
        output,
        [msgspec.to_builtins(f) for f in found],
        lambda page: _draw(page, found, faults, location),
    )
    return faults


def _draw(page: Page, found: "list[Finding]", faults: int, location: str) -> None:
    page.head(count(faults, "fault") if faults else "The ledger is sound", location)
    for finding in found:
        page.line(f"  {finding.level:<6} ", (finding.what, _STYLES[finding.level]), hang=9)
        if finding.advice:
            page.line((f"         {finding.advice}", "dim"))
