"""ingest: a register's history, or measurements; progress, and what was done."""

import sys
from collections.abc import Sequence
from pathlib import Path
from typing import TYPE_CHECKING, Annotated, Optional

import msgspec
import typer

from gatewatch.cli import complete
from gatewatch.cli.engine import cluster
from gatewatch.cli.listing import shown, when
from gatewatch.cli.onward import onward
from gatewatch.cli.options import (
    As,
    Engine,
    EngineAt,
    FingerprintsAt,
    LedgerAt,
    MasterAt,
    NoColor,
    Output,
    Quiet,
    RulesAt,
    ledger_at,
)
from gatewatch.cli.output import show
from gatewatch.cli.progress import Done, progress
from gatewatch.cli.terminal import Page, count, note
from gatewatch.errors import SourceError, UsageError
from gatewatch.model.moment import iso
from gatewatch.model.redaction import clean, running_text
from gatewatch.records import registers as rows

if TYPE_CHECKING:
    from gatewatch.analysis.network.tools import JudgingSettings
    from gatewatch.engines.spark import Cluster
    from gatewatch.model.register import Register
    from gatewatch.pipeline import measurements, registers

EXAMPLES = (
    "ingest ru-demo.toml prohibited-2017/",
    "ingest ooni measurements.jsonl",
    "ingest ru-demo.toml prohibited-2017/ --quiet --format json",
    "ingest ru-demo.toml prohibited-2017/ --dry-run",
    "ingest claims stop shutdowns.csv --out facts/stop.toml",
)
OONI = "ooni"
REGISTERS = "registers"
CLAIMS = "claims"
_NAMED = 20
_FAULTS = 5
_LONGEST = 80


def ingest(
    register: Annotated[
        str,
        typer.Argument(
            help="A register's id, the path of its TOML, ooni for network measurements, registers "
            "for many, or claims.",
            autocompletion=complete.sources,
        ),
    ],
    source: Annotated[
        str,
        typer.Argument(
            help="A file, folder, archive, git repository or its URL, or - for standard input. "
            "Measurements: .json, .jsonl, .tar, compressed or not, folders, s3://BUCKET/PREFIX. "
            "Registers: a folder in which each source is called by its register's id. "
            "Claims: the format, one of stop, ooni-findings, radar, ioda, lumen, test-list, ooni-run."
        ),
    ],
    file: Annotated[
        Optional[str],  # noqa: UP045
        typer.Argument(metavar="[FILE]", help="For claims: the file, or - for standard input."),
    ] = None,
    ledger: LedgerAt = None,
    path: Annotated[
        Optional[str],  # noqa: UP045
        typer.Option(help="The list's path within the repository or folder, if not the usual one."),
    ] = None,
    rules: RulesAt = None,
    fingerprints: FingerprintsAt = None,
    out: Annotated[
        Optional[str],  # noqa: UP045
        typer.Option(metavar="FILE", help="For claims: where to write them, if not in your facts."),
    ] = None,
    processes: Annotated[
        Optional[int],  # noqa: UP045
        typer.Option(
            min=1,
            help="For measurements and registers: how many processes; default one a processor.",
        ),
    ] = None,
    dry_run: Annotated[
        bool,
        typer.Option("--dry-run", help="Show what would be read of a register, without a ledger."),
    ] = False,
    redeclare: Annotated[
        bool,
        typer.Option(
            "--redeclare",
            help="Take the declaration even if it makes another register of one that is held.",
        ),
    ] = False,
    engine: EngineAt = Engine.LOCAL,
    master: MasterAt = None,
    output: As = Output.TABLE,
    quiet: Quiet = False,
    no_color: NoColor = False,
) -> None:
    """Bring a register's history, or measurements, into the ledger. Safe to stop and run again."""
    if register == CLAIMS:
        _claims(source, file, out, output)
        return
    location = ledger_at(ledger)
    if dry_run:
        _dry_run(register, source, path, output)
        return
    if register == OONI:
        from gatewatch.analysis.network.tools import JudgingSettings

        settings = JudgingSettings(rules, fingerprints)
        with cluster(engine, master) as spark:
            _measurements(
                location, source, settings, output, processes=processes, quiet=quiet, spark=spark
            )
        return
    if register == REGISTERS:
        with cluster(engine, master) as spark:
            _registers(location, source, output, processes=processes, quiet=quiet, spark=spark)
        return
    if engine != Engine.LOCAL:
        raise UsageError(
            "one register is one history, read in order: --engine spark is for ooni and registers"
        )
    from gatewatch import pipeline
    from gatewatch.catalogue import registers
    from gatewatch.pipeline.facts import record

    declared = registers.find(register)
    with progress(declared.id, quiet=quiet) as report:
        done = pipeline.ingest(
            location,
            declared,
            source,
            path,
            report=lambda p: report(_read(p)),
            redeclare=redeclare,
        )
    record(location)
    show(
        output,
        [_row(done)],
        lambda page: _draw(page, done, declared),
        pipe=lambda: _lines(done),
    )
    _fail_if_nothing_believed([done])


def _fail_if_nothing_believed(outcomes: Sequence["registers.RegisterOutcome"]) -> None:
    """A run that read something and believed none of it did not do what it was asked for."""
    failed = False
    for done in outcomes:
        reasons = [one.reason or "" for one in done.quarantined]
        if not (done.held or done.repeated):  # else what is skipped is skipped each time
            reasons += [one.reason for one in done.skipped]
        if done.accepted or not reasons:
            continue
        failed = True
        many = "the one state that was read was" if len(reasons) == 1 else "every state was"
        note(f"gatewatch: nothing of {done.register} was believed: {many} set aside: {reasons[0]}")
    if failed:
        raise typer.Exit(1)


def _dry_run(register: str, source: str, path: str | None, output: Output) -> None:
    """The page of an ingest, with some entries and what was not understood."""
    from gatewatch.catalogue import registers
    from gatewatch.pipeline.preview import preview

    if register == OONI:
        raise UsageError("--dry-run is for registers: gatewatch verdict FILE reads a measurement")
    declared = registers.find(register)
    told = preview(declared, source, path)
    entries = [
        {
            "entry": entry.id,
            "names": [shown(s, entry, declared, full=False) for s in entry.selectors],
        }
        for entry in told.entries
    ]

    def person(page: Page) -> None:
        _draw(page, told.outcome, declared, goes_on=False)
        more = told.outcome.entries - len(entries)
        page.line(
            f"  Nothing was kept. {len(entries)} of its entries:"
            if more > 0
            else "  Nothing was kept."
        )
        for row in entries:
            page.line((f"  {row['entry']}   ", "bold"), ", ".join(row["names"]) or "no site")
        for reason, text in told.reasons:
            safe = running_text(text, withhold=declared.redaction.withhold_paths)
            page.line(f"  {reason}", (f"   {clean(safe)[:_LONGEST]}", "dim"))

    lines = [["entry", row["entry"], *row["names"]] for row in entries]
    document = {**_row(told.outcome), "shown": entries}
    show(
        output,
        [_row(told.outcome)],
        person,
        pipe=lambda: [*_lines(told.outcome), *lines],
        document=document,
    )
    _fail_if_nothing_believed([told.outcome])


def _read(read: "registers.RegisterProgress") -> Done:
    now = f"  now {read.snapshot.published_at:%Y-%m-%d}" if read.snapshot else ""
    return Done(read.read, read.total, f"{read.entries:,} entries{now}")


def _row(done: "registers.RegisterOutcome") -> dict[str, object]:
    return {
        "register": done.register,
        "source": done.source,
        "already_held": done.held,
        "read": done.read,
        "accepted": done.accepted,
        "set_aside": len(done.quarantined),
        "without_change": done.unchanged,
        "repeated": done.repeated,
        "skipped": len(done.skipped),
        "events": done.events,
        "entries": done.entries,
        "records_set_aside": done.set_aside,
        "unknown_fields": sorted(done.unknown),
        "doubts": done.doubts,
        "quarantined": [rows.snapshot(s) for s in done.quarantined],
        "skipped_snapshots": [msgspec.to_builtins(s) for s in done.skipped],
    }


def _lines(done: "registers.RegisterOutcome") -> list[list[object]]:
    facts: list[list[object]] = [
        [name, value] for name, value in _row(done).items() if isinstance(value, int)
    ]
    facts += [["unknown_field", name] for name in sorted(done.unknown)]
    facts += [["doubt", said] for said in done.doubts]
    facts += [["quarantined", s.id, iso(s.published_at), s.reason] for s in done.quarantined]
    facts += [["skipped", s.origin, s.reason] for s in done.skipped]
    return [[done.register, *fact] for fact in facts]


def _draw(
    page: Page, done: "registers.RegisterOutcome", declared: "Register", *, goes_on: bool = True
) -> None:
    zone = declared.zone
    if done.first and done.last:
        days = [when(one.published_at, zone)[:10] for one in (done.first, done.last)]
        page.head(done.register, f"{count(done.read, 'snapshot')}, {' to '.join(days)}")
    else:
        page.head(done.register, "nothing new in this source")
    if done.held:
        page.field("held", f"{done.held:,}", "were in the ledger already and were not read")
    aside = len(done.quarantined)
    why = "never read as mass delisting" if aside else ""
    page.field("set aside", f"{aside}", why, "bold" if aside else "")
    page.table(
        (
            [when(s.published_at, zone), s.reason or "", (s.id, "dim")]
            for s in done.quarantined[:_NAMED]
        ),
        indent=5,
    )
    page.field("noted", f"{done.unchanged:,}", "snapshots changed nothing but bytes")
    if done.skipped:
        page.field("skipped", f"{len(done.skipped)}", "could not be read", "bold")
        page.table(([s.origin, s.reason] for s in done.skipped[:_NAMED]), indent=5)
    if done.set_aside:
        kept = "or parts of them were not understood and are kept with their reason"
        page.field("records", f"{done.set_aside:,}", kept)
    for name in sorted(done.unknown):
        page.field("unknown", name, "a field this format neither uses nor ignores", "bold")
    for said in done.doubts[:_NAMED]:
        page.field("doubt", said, "", "bold")
    page.line(
        f"  {done.events:,} changes; {done.entries:,} entries at the end",
        (f"   next: {onward('changes', done.register)}" if goes_on else "", "dim"),
    )


def _claims(name: str, file: str | None, out: str | None, output: Output) -> None:
    from gatewatch.pipeline import claims

    if file is None:
        raise UsageError("which file? Write: gatewatch ingest claims stop FILE")
    done = claims.ingest(name, _bytes(file), Path(out) if out else None)
    found = done.gathered
    record = {
        "format": name,
        "claims": len(found.claims),
        "new": done.new,
        "file": done.file,
        "set_aside": [{"row": one.row, "why": one.why} for one in found.aside],
        "unread_fields": list(found.unread),
    }

    def person(page: Page) -> None:
        where = f"{done.new} new, in {done.file}" if done.new else "none is new: nothing is written"
        page.head(f"{count(len(found.claims), 'claim')} read", where)
        for one in found.aside[:_NAMED]:
            page.line(f"  row {one.row}: {one.why}")
        if len(found.aside) > _NAMED:
            page.line(f"  and {len(found.aside) - _NAMED} more are set aside")
        if found.unread:
            page.line(f"  fields that no reader knows: {', '.join(found.unread)}")

    show(output, [record], person, document=record)


def _bytes(file: str) -> bytes:
    if file == "-":
        return sys.stdin.buffer.read()
    try:
        return Path(file).read_bytes()
    except OSError as fault:
        raise SourceError(f"{file}: {fault.strerror}") from None


def _measurements(
    location: str,
    source: str,
    settings: "JudgingSettings",
    output: Output,
    *,
    processes: int | None,
    quiet: bool,
    spark: "Cluster | None",
) -> None:
    """Bring measurements in and say what happened."""
    from gatewatch.pipeline.facts import record

    with progress(OONI, quiet=quiet, written=_size) as report:
        if spark is None:
            from gatewatch.pipeline import measurements

            done = measurements.ingest(
                location, source, settings, processes, report=lambda p: report(_measured(p))
            )
        else:
            from gatewatch.pipeline import spread

            done = spread.ingest(
                spark, location, source, settings, report=lambda p: report(_measured(p))
            )
    record(location)
    row = msgspec.to_builtins(done)
    show(output, [row], lambda page: _draw_measurements(page, done), pipe=row.items)
    if done.set_aside and done.set_aside == done.added:
        note(f"gatewatch: no line of {source} is a measurement in OONI's format")
        raise typer.Exit(1)


def _registers(
    location: str,
    source: str,
    output: Output,
    *,
    processes: int | None,
    quiet: bool,
    spark: "Cluster | None",
) -> None:
    """Bring the registers of a folder in, each by itself, and say what became of each."""
    from gatewatch.pipeline import many
    from gatewatch.pipeline.facts import record

    found, others = many.sources(source)
    with progress(REGISTERS, quiet=quiet) as report:
        done = []
        for one in many.ingest(location, found, processes, spark):
            done.append(one)
            report(Done(len(done), len(found), one.register))
    record(location)
    rows_ = [
        {
            "register": one.register,
            "read": one.outcome.read if one.outcome else 0,
            "events": one.outcome.events if one.outcome else 0,
            "entries": one.outcome.entries if one.outcome else 0,
            "set_aside": len(one.outcome.quarantined) if one.outcome else 0,
            "fault": one.fault,
        }
        for one in done
    ]

    def person(page: Page) -> None:
        page.head(count(len(done), "register"), f"from {source}")
        page.table(
            [
                str(one["register"]),
                (f"{one['read']:,}", "bold"),
                f"snapshots read, {one['events']:,} changes, {one['entries']:,} entries at the end",
                (str(one["fault"] or ""), "bold"),
            ]
            for one in rows_
        )
        for name in others:
            page.line((f"  {name}: no register is called so, and it was passed over", "dim"))

    show(output, rows_, person)
    _fail_if_nothing_believed([one.outcome for one in done if one.outcome])
    if any(one.fault for one in done):
        raise typer.Exit(1)


def _measured(read: "measurements.MeasurementProgress") -> Done:
    return Done(read.bytes, read.total, f"{count(read.measurements, 'measurement')}  {read.where}")


def _size(number: int) -> str:
    from rich.filesize import decimal

    return decimal(number)


def _draw_measurements(page: Page, done: "measurements.MeasurementOutcome") -> None:
    page.head("Measurements", f"{count(done.added - done.set_aside, 'measurement')} added")
    told = {**done.states}
    told["insufficient"] = told.get("insufficient", 0) - done.set_aside  # such lines tell nothing
    page.table(
        [[*page.state(state)], f"{told[state]:,}"]
        for state in ("blocked", "likely_blocked", "impaired", "down", "ok", "insufficient")
        if told.get(state)
    )
    page.field("Inputs", f"{done.inputs:,}", f"{done.inputs_held:,} read before")
    if done.held:
        page.field("Held", f"{done.held:,}", "the ledger had them already")
    if done.set_aside:
        page.field("Set aside", f"{done.set_aside:,}", "lines that are no measurement")
    if done.partly:
        page.field("Partly read", f"{done.partly:,}", "the rest is named with each")
    for fault in done.faults[:_FAULTS]:
        page.field("Not read", fault.where, fault.reason)
    if len(done.faults) > _FAULTS:
        page.line((f"  and {len(done.faults) - _FAULTS} more: --format json", "dim"))
