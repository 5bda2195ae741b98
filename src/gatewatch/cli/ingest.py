"""ingest: progress for a person, one plain line a minute for a log, and what was done."""

import msgspec

from gatewatch import pipeline
from gatewatch.catalogue import registers
from gatewatch.cli.options import Shape, ledger_at
from gatewatch.cli.output import show
from gatewatch.cli.progress import Done, progress
from gatewatch.cli.terminal import Page, when
from gatewatch.model.register import Register
from gatewatch.pipeline import Outcome, Progress
from gatewatch.records import registers as rows


def run(
    register: str,
    source: str,
    ledger: str | None,
    path: str | None,
    shape: Shape,
    *,
    quiet: bool,
    color: bool,
) -> None:
    """Bring a register in and say what happened."""
    declared = registers.find(register)
    location = ledger_at(ledger)
    with progress(declared.id, quiet=quiet, color=color) as report:
        outcome = pipeline.ingest(location, declared, source, path, lambda p: report(_done(p)))
    flat = [_row(outcome)]
    show(
        shape,
        flat,
        lambda page: _draw(page, outcome, declared),
        lambda: _lines(outcome),
        color=color,
    )


def _done(read: Progress) -> Done:
    now = f"  now {read.snapshot.published_at:%Y-%m-%d}" if read.snapshot else ""
    return Done(read.read, read.total, f"{read.entries:,} entries{now}")


def _row(outcome: Outcome) -> dict[str, object]:
    return {
        "register": outcome.register,
        "source": outcome.source,
        "already_held": outcome.held,
        "read": outcome.read,
        "accepted": outcome.accepted,
        "set_aside": len(outcome.quarantined),
        "without_change": outcome.unchanged,
        "repeated": outcome.repeated,
        "skipped": len(outcome.skipped),
        "events": outcome.events,
        "entries": outcome.entries,
        "records_set_aside": outcome.set_aside,
        "unknown_fields": sorted(outcome.unknown),
        "quarantined": [rows.snapshot(s) for s in outcome.quarantined],
        "skipped_snapshots": [msgspec.to_builtins(s) for s in outcome.skipped],
    }


def _lines(outcome: Outcome) -> list[list[object]]:
    told = _row(outcome)
    lines: list[list[object]] = [
        [outcome.register, name, value] for name, value in told.items() if isinstance(value, int)
    ]
    lines += [[outcome.register, "unknown_field", name] for name in sorted(outcome.unknown)]
    lines += [
        [outcome.register, "quarantined", s.id, s.published_at.isoformat(), s.reason]
        for s in outcome.quarantined
    ]
    lines += [[outcome.register, "skipped", s.origin, s.reason] for s in outcome.skipped]
    return lines


def _draw(page: Page, outcome: Outcome, declared: Register) -> None:
    zone = declared.zone
    if outcome.first and outcome.last:
        period = f"{when(outcome.first.published_at, zone)[:10]} to {when(outcome.last.published_at, zone)[:10]}"
        page.head(outcome.register, f"{outcome.read:,} snapshots, {period}")
    else:
        page.head(outcome.register, "nothing new in this source")
    if outcome.held:
        page.field("held", f"{outcome.held:,}", "were in the ledger already and were not read")
    aside = len(outcome.quarantined)
    page.field(
        "set aside",
        f"{aside}",
        "never read as mass delisting" if aside else "",
        "bold" if aside else "",
    )
    for s in outcome.quarantined[:20]:
        page.line(f"     {when(s.published_at, zone)}   {s.reason}", (f"   {s.id}", "dim"))
    page.field("noted", f"{outcome.unchanged:,}", "snapshots changed nothing but bytes")
    if outcome.skipped:
        page.field("skipped", f"{len(outcome.skipped)}", "could not be read", "bold")
        for skip in outcome.skipped[:20]:
            page.line(f"     {skip.origin}   {skip.reason}")
    if outcome.set_aside:
        page.field(
            "records",
            f"{outcome.set_aside:,}",
            "or parts of them were not understood and are kept with their reason",
        )
    for name in sorted(outcome.unknown):
        page.field("unknown", name, "a field this format neither uses nor ignores", "bold")
    page.line(
        f"  {outcome.events:,} changes; {outcome.entries:,} entries at the end",
        (f"   next: gatewatch changes {outcome.register}", "dim"),
    )
