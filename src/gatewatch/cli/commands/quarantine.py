"""quarantine: what was set aside, and a person's word on it."""

from typing import TYPE_CHECKING, Annotated, Any, Optional

import typer

from gatewatch.cli.listing import when
from gatewatch.cli.options import (
    As,
    AsOf,
    In,
    LedgerAt,
    NoColor,
    Output,
    RecordedBy,
    ValidAt,
    ledger_at,
)
from gatewatch.cli.output import show
from gatewatch.cli.terminal import Page, count
from gatewatch.errors import UsageError
from gatewatch.model.moment import Moment
from gatewatch.query import ledger as reading
from gatewatch.query import registers as fresh
from gatewatch.records import registers as rows

if TYPE_CHECKING:
    from gatewatch.ledger.history import Aside
    from gatewatch.model.history import Snapshot
    from gatewatch.model.register import Register

EXAMPLES = (
    "quarantine",
    "quarantine --records -j RU",
    'quarantine c4d977 --accept --note "the register was empty that day"',
)
_LINE = ("snapshot", "register", "published_at", "status", "entries", "reason")


def quarantine(
    snapshot: Annotated[
        Optional[str],  # noqa: UP045
        typer.Argument(help="The snapshot to decide on; its name may be shortened."),
    ] = None,
    accept: Annotated[bool, typer.Option("--accept", help="Believe it after all.")] = False,
    reject: Annotated[bool, typer.Option("--reject", help="Never believe it.")] = False,
    note: Annotated[
        Optional[str],  # noqa: UP045
        typer.Option(help="Why; kept with the decision."),
    ] = None,
    records: Annotated[
        bool, typer.Option("--records", help="Records not understood within snapshots instead.")
    ] = False,
    ledger: LedgerAt = None,
    valid_at: ValidAt = None,
    as_of: AsOf = None,
    recorded_by: RecordedBy = None,
    jurisdiction: In = None,
    output: As = Output.TABLE,
    no_color: NoColor = False,
) -> None:
    """Snapshots set aside with their reasons; accept or reject one.

    With --records: what was not understood within snapshots, be they believed or not.
    """
    if accept and reject:
        raise UsageError("--accept and --reject exclude each other")
    location = ledger_at(ledger)
    if accept or reject:
        _decide(location, snapshot, output, accept=accept, note=note)
        return
    opened = reading.open(location)
    known = opened.history_of.registers()
    moment = Moment.parse(valid_at, as_of, recorded_by)
    if records:
        aside = fresh.set_aside(opened, moment, jurisdiction, snapshot or "")
        flat = [rows.aside(one, known[one.register]) for one in aside]
        show(output, flat, lambda page: _draw_records(page, aside, flat, known))
        return
    held = fresh.snapshots(opened, None, moment, jurisdiction)
    found = [s for s in held if s.status != "accepted" and s.id.startswith(snapshot or "")]
    flat = [rows.snapshot(s) for s in found]
    show(
        output,
        flat,
        lambda page: _draw(page, found, known),
        pipe=lambda: ([row[name] for name in _LINE] for row in flat),
    )


def _decide(
    location: str, snapshot: str | None, output: Output, *, accept: bool, note: str | None
) -> None:
    from gatewatch.pipeline.decide import decide

    if snapshot is None:
        raise UsageError("name the snapshot to decide on: gatewatch quarantine lists them")
    decided = decide(location, snapshot, accept=accept, note=note)

    def person(page: Page) -> None:
        page.line((decided.id, "bold"), f"   {decided.register}   {decided.status}")

    row = rows.snapshot(decided)
    show(
        output,
        [row],
        person,
        pipe=lambda: [[row[name] for name in ("snapshot", "register", "status")]],
    )


def _draw(page: Page, found: "list[Snapshot]", known: "dict[str, Register]") -> None:
    page.head(f"{count(len(found), 'snapshot')} set aside", "--accept or --reject NAME")
    for s in found:
        page.line("")
        at = when(s.published_at, known[s.register].zone)
        page.line((s.id, "bold"), f"   {s.register}   {at}", (f"   {s.status}", "dim"))
        page.field("Reason", s.reason or "by a person's decision")
        page.field("Holds", f"{s.entries:,} entries", s.origin)
        if s.note:
            page.field("Note", s.note)


def _draw_records(
    page: Page,
    found: "list[Aside]",
    flat: list[dict[str, Any]],
    known: "dict[str, Register]",
) -> None:
    page.head(f"{count(len(found), 'record')} not understood", "kept with their reasons")
    for one, row in zip(found, flat, strict=True):
        at = when(one.published_at, known[one.register].zone)
        page.line(
            f"  {at}   ", (f"{one.register} {one.entry or ''}", "bold"), f"   {row['reason']}"
        )
        if one.raw:
            page.line((f"      {row['raw']}", "dim"))
