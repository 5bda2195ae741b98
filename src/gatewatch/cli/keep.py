"""registers, quarantine, doctor: looking after a ledger."""

from pathlib import Path

import msgspec
import typer

from gatewatch.cli.options import Shape, Times, ledger_at
from gatewatch.cli.output import show
from gatewatch.cli.terminal import Page, count, when
from gatewatch.errors import UsageError
from gatewatch.query import ledger as reading
from gatewatch.records import registers as rows

_STYLES = {"ok": "", "note": "dim", "fault": "bold"}


def registers(
    ledger: str | None,
    times: Times,
    jurisdiction: str | None,
    shape: Shape,
    *,
    known: bool,
    color: bool,
) -> None:
    """Registers held with their freshness, or all that are declared."""
    if known:
        _declared(shape, color=color)
        return
    opened = reading.open(ledger_at(ledger))
    found = opened.registers(**times, jurisdiction=jurisdiction)
    flat = [rows.freshness(f) for f in found]

    def person(page: Page) -> None:
        page.head(count(len(found), "register"), str(Path(ledger_at(ledger))))
        for f in found:
            r, zone = f.register, f.register.zone
            page.line("")
            page.line((r.id, "bold"), f"   {r.title}", ("   restated" if r.restated else "", "dim"))
            page.field("Authority", r.authority, r.jurisdiction)
            page.field(
                "Published",
                f"{when(f.first_published, zone)} to {when(f.last_published, zone)}",
                f"{f.snapshots:,} snapshots, {f.quarantined} set aside",
            )
            page.field(
                "Checked", when(f.last_checked, zone), f"{f.entries:,} entries when last published"
            )
            if f.silent_since:
                page.field(
                    "Silent",
                    f"since {when(f.silent_since, zone)}",
                    f"declared cadence {r.cadence}",
                    "bold",
                )
            page.field("Licence", r.licence)

    show(
        shape,
        flat,
        person,
        lambda: (
            [
                r["register"],
                r["jurisdiction"],
                r["snapshots"],
                r["quarantined"],
                r["entries"],
                r["first_published"],
                r["last_published"],
                r["last_checked"],
                r["silent_since"],
            ]
            for r in flat
        ),
        color=color,
    )


def _declared(shape: Shape, *, color: bool) -> None:
    from gatewatch.catalogue.registers import declared

    found = list(declared().values())
    flat = [msgspec.to_builtins(r) for r in found]

    def person(page: Page) -> None:
        page.head(f"{len(found)} registers declared", "gatewatch ingest REGISTER SOURCE")
        for r in found:
            page.line(f"  {r.id:<16}", (r.title, ""), (f"   {r.authority}", "dim"))

    show(shape, flat, person, lambda: ([r.id, r.jurisdiction, r.title] for r in found), color=color)


def quarantine(
    snapshot: str | None,
    ledger: str | None,
    times: Times,
    jurisdiction: str | None,
    shape: Shape,
    *,
    accept: bool,
    reject: bool,
    note: str | None,
    color: bool,
) -> None:
    """List what was set aside, or decide on one."""
    if accept and reject:
        raise UsageError("--accept and --reject exclude each other")
    if accept or reject:
        if snapshot is None:
            raise UsageError("name the snapshot to decide on: gatewatch quarantine lists them")
        _decide(ledger_at(ledger), snapshot, accept=accept, note=note)
        return
    opened = reading.open(ledger_at(ledger))
    found = [
        s
        for s in opened.snapshots(**times, jurisdiction=jurisdiction)
        if s.status != "accepted" and s.id.startswith(snapshot or "")
    ]
    known = opened.history_of.registers()
    flat = [rows.snapshot(s) for s in found]

    def person(page: Page) -> None:
        page.head(f"{count(len(found), 'snapshot')} set aside", "--accept or --reject NAME")
        for s in found:
            page.line("")
            page.line(
                (s.id, "bold"),
                f"   {s.register}   {when(s.published_at, known[s.register].zone)}",
                (f"   {s.status}", "dim"),
            )
            page.field("Reason", s.reason or "by a person's decision")
            page.field("Holds", f"{s.entries:,} entries", s.origin)
            if s.note:
                page.field("Note", s.note)

    show(
        shape,
        flat,
        person,
        lambda: (
            [
                r["snapshot"],
                r["register"],
                r["published_at"],
                r["status"],
                r["entries"],
                r["reason"],
            ]
            for r in flat
        ),
        color=color,
    )


def set_aside(
    snapshot: str | None,
    ledger: str | None,
    times: Times,
    jurisdiction: str | None,
    shape: Shape,
    *,
    color: bool,
) -> None:
    """Records that were not understood, each under the snapshot that showed it first."""
    opened = reading.open(ledger_at(ledger))
    found = opened.set_aside(**times, jurisdiction=jurisdiction, snapshot=snapshot or "")
    known = opened.history_of.registers()
    flat = [rows.aside(f, known[f.register]) for f in found]

    def person(page: Page) -> None:
        page.head(f"{count(len(found), 'record')} not understood", "kept with their reasons")
        for f, row in zip(found, flat, strict=True):
            at = when(f.published_at, known[f.register].zone)
            page.line(
                f"  {at}   ", (f"{f.register} {f.entry or ''}", "bold"), f"   {row['reason']}"
            )
            if f.raw:
                page.line((f"      {row['raw']}", "dim"))

    show(
        shape,
        flat,
        person,
        lambda: (
            [r["register"], r["published_at"], r["entry"], r["reason"], r["raw"]] for r in flat
        ),
        color=color,
    )


def _decide(ledger: str, snapshot: str, *, accept: bool, note: str | None) -> None:
    from gatewatch.pipeline import decide

    decided = decide(ledger, snapshot, accept=accept, note=note)
    typer.echo(f"{decided.id}\t{decided.register}\t{decided.status}")


def doctor(ledger: str | None, shape: Shape, *, color: bool) -> None:
    """Findings, worst last; exit code 1 if there is a fault."""
    from gatewatch.query.health import examine

    found = examine(ledger_at(ledger))
    flat = [msgspec.to_builtins(f) for f in found]

    def person(page: Page) -> None:
        faults = sum(f.level == "fault" for f in found)
        page.head(
            "The ledger is sound" if not faults else count(faults, "fault"), ledger_at(ledger)
        )
        for f in found:
            page.line(f"  {f.level:<6} ", (f.what, _STYLES[f.level]))
            if f.advice:
                page.line((f"         {f.advice}", "dim"))

    show(shape, flat, person, lambda: ([f.level, f.what, f.advice] for f in found), color=color)
    if any(f.level == "fault" for f in found):
        raise typer.Exit(1)
