"""ingest ooni: progress for a person, one plain line a minute for a log, and what was done."""

import msgspec

from gatewatch.analysis.network.tools import Settings
from gatewatch.cli.options import Shape, ledger_at
from gatewatch.cli.output import show
from gatewatch.cli.progress import Done, progress
from gatewatch.cli.terminal import Page, count
from gatewatch.pipeline.measurements import Outcome, Progress, ingest


def run(
    source: str,
    ledger: str | None,
    settings: Settings,
    processes: int | None,
    shape: Shape,
    *,
    quiet: bool,
    color: bool,
) -> None:
    """Bring measurements in and say what happened."""
    location = ledger_at(ledger)
    with progress("ooni", quiet=quiet, color=color, written=_size) as report:
        outcome = ingest(location, source, settings, processes, lambda p: report(_done(p)))
    row = msgspec.to_builtins(outcome)
    show(shape, [row], lambda page: _draw(page, outcome), row.items, color=color)


def _done(read: Progress) -> Done:
    return Done(read.bytes, read.total, f"{count(read.measurements, 'measurement')}  {read.where}")


def _size(number: int) -> str:
    from rich.filesize import decimal

    return decimal(number)


def _draw(page: Page, outcome: Outcome) -> None:
    page.head("Measurements", f"{count(outcome.added, 'measurement')} added")
    for state in ("blocked", "likely_blocked", "impaired", "down", "ok", "insufficient"):
        if outcome.states.get(state):
            page.line("  ", *page.state(state), f"   {outcome.states[state]:,}")
    page.field("Inputs", f"{outcome.inputs:,}", f"{outcome.inputs_held:,} read before")
    if outcome.held:
        page.field("Held", f"{outcome.held:,}", "the ledger had them already")
    if outcome.set_aside:
        page.field("Set aside", f"{outcome.set_aside:,}", "lines that are no measurement")
    if outcome.partly:
        page.field("Partly read", f"{outcome.partly:,}", "the rest is named with each")
    for fault in outcome.faults[:5]:
        page.field("Not read", fault.where, fault.reason)
    if len(outcome.faults) > 5:
        page.line((f"  and {len(outcome.faults) - 5} more: --format json", "dim"))
