"""changes: what registers added, changed and removed."""

from typing import Annotated, Any, Optional

import typer

from gatewatch.cli import complete
from gatewatch.cli.listing import decision, differences, shown, when
from gatewatch.cli.options import (
    As,
    AsOf,
    Full,
    In,
    LedgerAt,
    NoColor,
    Output,
    RecordedBy,
    ValidAt,
    ledger_at,
)
from gatewatch.cli.output import show
from gatewatch.cli.terminal import Page, Piece, count
from gatewatch.model.entry import Entry
from gatewatch.model.history import Op, RegisterEvent
from gatewatch.model.moment import Moment
from gatewatch.model.register import Register
from gatewatch.query import ledger as reading
from gatewatch.query.changes import befores
from gatewatch.records import registers as rows

EXAMPLES = (
    "changes --since 2017-05-01",
    "changes ru-demo --since 2017-05-01 --before 2017-06-01 --format csv",
)
_LINE = (
    "not_before",
    "not_after",
    "change",
    "register",
    "entry",
    "decision_body",
    "decision_number",
    "decision_date",
)


def changes(
    register: Annotated[
        Optional[str],  # noqa: UP045
        typer.Argument(
            help="A register's id; default all.",
            autocompletion=complete.registers,
        ),
    ] = None,
    since: Annotated[
        Optional[str],  # noqa: UP045
        typer.Option(metavar="TIME", help="From this day or time on; it is included."),
    ] = None,
    until: Annotated[
        Optional[str],  # noqa: UP045
        typer.Option(
            "--before",
            "--until",
            metavar="TIME",
            help="Before this day or time; it is not included.",
        ),
    ] = None,
    ledger: LedgerAt = None,
    valid_at: ValidAt = None,
    as_of: AsOf = None,
    recorded_by: RecordedBy = None,
    jurisdiction: In = None,
    output: As = Output.TABLE,
    full: Full = False,
    limit: Annotated[
        int, typer.Option(min=1, help="How many to show a person, newest first.")
    ] = 40,
    no_color: NoColor = False,
) -> None:
    """What registers added, changed and removed, newest last."""
    opened = reading.open(ledger_at(ledger))
    found = opened.changes(
        register,
        since=since,
        until=until,
        valid_at=valid_at,
        as_of=as_of,
        recorded_by=recorded_by,
        jurisdiction=jurisdiction.code if jurisdiction else None,
    )
    known = opened.history_of.registers()

    def person(page: Page) -> None:
        ops = [event.change.op for event in found]
        counts = ", ".join(f"{ops.count(op):,} {op}" for op in ("added", "changed", "removed"))
        page.head(count(len(found), "change"), counts)
        last = found[-limit:]
        before = befores(opened, last, Moment.parse(valid_at, as_of, recorded_by))
        page.table(
            _event(
                page,
                one,
                known[one.register],
                full=full,
                before=before.get((one.register, one.change.entry_id, one.snapshot)),
            )
            for one in last
        )
        if len(found) > limit:
            more = len(found) - limit
            page.line((f"  {more:,} earlier ones are not shown: --limit, or --format csv", "dim"))

    # Rows are made when they are wanted: a register's whole history has hundreds of thousands.
    table = output == Output.TABLE
    flat = [] if table else [rows.event(e, known[e.register], full=full) for e in found]
    show(output, flat, person, pipe=lambda: (_line(one, known[one.register]) for one in found))


def _event(
    page: Page, event: RegisterEvent, register: Register, *, full: bool, before: Entry | None
) -> list[Any]:
    """A change in a row: what an entry is, what of it is other than before, or what it was."""
    entry = event.change.entry or before or Entry("")
    named = [shown(s, entry, register, full=full) for s in entry.selectors[:1]]
    said = decision(event.change.entry.decision, register) if event.change.entry else ""
    if event.change.op == Op.CHANGED and before is not None:
        said = "; ".join(differences(before, entry, register, full=full))
    op: list[Piece] = [page.state(event.change.op)[0], event.change.op]
    return [
        when(event.at, register.zone),
        op,
        f"{event.register} {event.change.entry_id}",
        " ".join(named),
        (said, "dim"),
    ]


def _line(event: RegisterEvent, register: Register) -> list[Any]:
    row = rows.event(event, register)
    return [*(row[name] for name in _LINE), " ".join(row["selectors"])]
