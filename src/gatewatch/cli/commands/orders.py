"""orders: every decision of a register, by body, number and day."""

from typing import Annotated, Optional

import typer

from gatewatch.cli import complete
from gatewatch.cli.listing import last_day, note_day
from gatewatch.cli.options import (
    As,
    AsOf,
    LedgerAt,
    NoColor,
    Output,
    RecordedBy,
    ValidAt,
    ledger_at,
)
from gatewatch.cli.output import show
from gatewatch.cli.terminal import Page, count, is_person
from gatewatch.ledger.decisions import DecisionSort, ListedDecision
from gatewatch.model.moment import Moment
from gatewatch.model.redaction import clean
from gatewatch.model.register import Register
from gatewatch.query import ledger as reading
from gatewatch.query.decisions import DecisionSearch, FoundDecisions
from gatewatch.query.decisions import decisions as search
from gatewatch.query.entries import declared
from gatewatch.records import orders as rows

EXAMPLES = (
    "orders ru-demo",
    "orders ru-demo --sort size",
    "orders ru-demo --body Roskomnadzor --decided 2017 --format json",
)
_MOST = 40
_FEW = 6
_Text = Optional[str]  # noqa: UP045 - Typer reads no other form


def orders(
    register: Annotated[
        str, typer.Argument(help="A register's id.", autocompletion=complete.registers)
    ],
    body: Annotated[_Text, typer.Option(help="A part of the deciding body's name.")] = None,
    number: Annotated[_Text, typer.Option(help="A part of the decision's number.")] = None,
    decided: Annotated[_Text, typer.Option(metavar="DAY", help="2024, 2024-03 or a day.")] = None,
    sort: Annotated[
        DecisionSort, typer.Option(help="What comes first: the newest, or the largest.")
    ] = DecisionSort.DAY,
    ledger: LedgerAt = None,
    valid_at: ValidAt = None,
    as_of: AsOf = None,
    recorded_by: RecordedBy = None,
    output: As = Output.TABLE,
    no_color: NoColor = False,
) -> None:
    """Every decision of a register, with its entries and those on the list. Exit code 3 if none."""
    opened = reading.open(ledger_at(ledger))
    known = declared(opened, register)
    sought = DecisionSearch(body=body, number=number, decided=decided, sort=sort)
    moment = Moment.parse(valid_at, as_of, recorded_by)
    found = search(opened, register, sought, moment)
    # A person is shown a few: the others of a large register are not read.
    wanted = found[:0] if output == Output.TABLE and is_person() else found[:]
    facts = [rows.listed(one, known) for one in wanted]
    document = {
        **found.moment.told(),
        "register": register,
        "count": len(found),
        "by_body": found.by_body,
        "by_year": found.by_year,
        "orders": facts,
    }
    show(
        output,
        facts,
        lambda page: _draw(page, found, known),
        pipe=lambda: (
            [
                r["number"],
                r["body"],
                r["date"],
                r["entries"],
                r["standing"],
                r["standing_not_under_it"],
                r["first_seen"],
            ]
            for r in facts
        ),
        document=document,
    )
    note_day(output, found.day)
    if not found:
        raise typer.Exit(3)


def _draw(page: Page, found: FoundDecisions, register: Register) -> None:
    page.head(register.title, count(len(found), "decision"))
    if found.day:
        page.line(f"  {last_day(found.day)}")
    for label, counted in (("Bodies", found.by_body), ("Years", found.by_year)):
        told = [f"{name or 'none given'} {number:,}" for name, number in counted.items()]
        if len(told) > 1:
            more = f" and {len(told) - _FEW} more" if len(told) > _FEW else ""
            page.field(label, ", ".join(told[:_FEW]) + more)
    if not found:
        page.line("  It names no decision like that.")
        return
    page.line("")
    page.table(_row(one, register) for one in found[:_MOST])
    if len(found) > _MOST:
        page.line((f"  and {len(found) - _MOST:,} more: --format csv", "dim"))


def _row(one: ListedDecision, register: Register) -> list[str]:
    return [
        clean(one.number or "no number"),
        clean(register.bodies.get(one.body or "", one.body) or ""),
        one.decided
        or f"no day given, first seen {one.first_seen.astimezone(register.zone):%Y-%m-%d}",
        "1 entry" if one.entries == 1 else f"{one.entries:,} entries",
        f"{one.standing:,} on the list under it",
        f"{one.elsewhere:,} no longer under it" if one.elsewhere else "",
    ]
