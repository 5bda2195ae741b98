"""ingest ooni: progress for a person, one plain line a minute for a log, and what was done."""

import sys
from collections.abc import Callable
from time import monotonic

import msgspec

from gatewatch.analysis.network.tools import Settings
from gatewatch.cli.options import Shape, ledger_at
from gatewatch.cli.output import show
from gatewatch.cli.terminal import Page, count
from gatewatch.pipeline.measurements import Outcome, Progress, ingest

_MINUTE = 60.0


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
    if quiet:
        outcome = ingest(location, source, settings, processes)
    elif sys.stderr.isatty():
        outcome = _with_bar(location, source, settings, processes, color=color)
    else:
        outcome = ingest(location, source, settings, processes, _log_line())
    row = msgspec.to_builtins(outcome)
    show(shape, [row], lambda page: _draw(page, outcome), row.items, color=color)


def _with_bar(
    location: str, source: str, settings: Settings, processes: int | None, *, color: bool
) -> Outcome:
    from rich.console import Console
    from rich.progress import BarColumn, DownloadColumn, TextColumn, TimeRemainingColumn
    from rich.progress import Progress as Bar

    bar = Bar(
        TextColumn("  read"),
        BarColumn(bar_width=40),
        DownloadColumn(),
        TextColumn("{task.fields[number]:,} measurements  {task.fields[rate]:,.0f} a second"),
        TimeRemainingColumn(),
        console=Console(stderr=True, no_color=not color),
        refresh_per_second=1,
        transient=True,
    )
    started = monotonic()
    with bar:
        task = bar.add_task("ooni", total=None, number=0, rate=0.0)

        def report(p: Progress) -> None:
            rate = p.measurements / max(monotonic() - started, 0.001)
            bar.update(task, total=p.total, completed=p.bytes, number=p.measurements, rate=rate)

        return ingest(location, source, settings, processes, report)


def _log_line() -> Callable[[Progress], None]:
    last = monotonic()

    def report(p: Progress) -> None:
        nonlocal last
        if monotonic() - last >= _MINUTE:
            last = monotonic()
            print(
                f"ooni\t{p.measurements} measurements\t{p.bytes} bytes\t{p.where}", file=sys.stderr
            )

    return report


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
