"""order: a decision, what it names, and which networks follow it."""

from collections.abc import Sequence
from typing import Annotated, Any, Optional

import typer

from gatewatch.cli import complete
from gatewatch.cli.invented import warn
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
from gatewatch.cli.terminal import Page, count
from gatewatch.model.moment import Bracket, Moment
from gatewatch.model.redaction import defanged
from gatewatch.query import ledger as reading
from gatewatch.query.enforcement import MOST_MONTHS, EnforcementMonth, enforcement
from gatewatch.query.ledger import Ledger
from gatewatch.query.orders import Order, OrderListing
from gatewatch.query.orders import order as find
from gatewatch.records import orders as rows
from gatewatch.words import say
from gatewatch.words.orders import cell_word, days, facts, now_under, percent

EXAMPLES = (
    "order ru-demo --index",
    "order ru-demo --index --months 6 --format json",
)
_SHOWN = 12


def order(
    register: Annotated[
        str, typer.Argument(help="A register held.", autocompletion=complete.registers)
    ],
    number: Annotated[
        Optional[str],  # noqa: UP045
        typer.Argument(help="The decision's number, as the register writes it."),
    ] = None,
    body: Annotated[
        Optional[str],  # noqa: UP045
        typer.Option(help="Who took it, where several took one of that number."),
    ] = None,
    index: Annotated[
        bool,
        typer.Option(
            "--index", help="The whole register instead: how far it is enforced, by month."
        ),
    ] = False,
    months: Annotated[
        int, typer.Option(min=1, max=MOST_MONTHS, help="How many months, with --index.")
    ] = 12,
    ledger: LedgerAt = None,
    valid_at: ValidAt = None,
    as_of: AsOf = None,
    recorded_by: RecordedBy = None,
    output: As = Output.TABLE,
    no_color: NoColor = False,
) -> None:
    """A decision: who, when, under which law, what it names over time, who follows it."""
    opened = reading.open(ledger_at(ledger))
    moment = Moment.parse(valid_at, as_of, recorded_by)
    if index or not number:
        _index(opened, enforcement(opened, register, moment, months), register, output)
        return
    found = find(opened, register, number, body, moment=moment)
    show(
        output,
        [rows.order(found)],
        lambda page: _order(page, opened, found),
        pipe=lambda: (
            [c["subject"], c["network"], c["state"], c["since_not_before"], c["since_not_after"]]
            for c in map(rows.cell, found.cells)
        ),
    )
    note_day(output, found.day if found.shown_last else None)


def _order(page: Page, opened: Ledger, one: Order) -> None:
    page.head(one.number, f"{one.body or ''}, {one.register.title}".strip(", "))
    if one.cells:
        warn(page, opened)
    if one.shown_last:
        page.line(f"  {last_day(one.day)}")
    for name, told in facts(one):
        page.field(say(name), say(told) if not isinstance(told, str) else told)
    page.line("")
    _listings(page, one.added)
    if one.taken_over:
        page.line("  Listed before, and under it later:")
        _listings(page, one.taken_over)
    if not one.cells:
        page.line("  Nothing of it was measured.")
        return
    page.line("")
    page.table(
        [
            defanged(cell.subject),
            f"AS{cell.network}",
            say(cell_word(cell.state)),
            (_bracket(cell.since) if cell.since else "", "dim"),
        ]
        for cell in one.cells
    )


def _listings(page: Page, found: Sequence[OrderListing]) -> None:
    page.table(
        [
            defanged(listing.selector),
            _bracket(listing.came),
            _end(listing),
            "" if listing.added else f"under it {_bracket(listing.cited)}",
        ]
        for listing in found[:_SHOWN]
    )
    if len(found) > _SHOWN:
        page.line(f"  and {len(found) - _SHOWN:,} more; --format json has all")


def _end(one: OrderListing) -> str:
    if one.went:
        return f"to {_bracket(one.went)}"
    return "on it when last published" if one.under else say(now_under(one))


def _bracket(one: Bracket) -> str:
    after, by = (f"{side:%Y-%m-%d %H:%M}" if side else ".." for side in (one.after, one.by))
    return f"[{after}, {by}]"


def _index(opened: Ledger, found: list[EnforcementMonth], register: str, output: Output) -> None:
    def person(page: Page) -> None:
        page.head(register, count(len(found), "month"))
        if not any(one.told for one in found):
            page.line("  Nothing of it was measured near the end of any of these months.")
            return
        warn(page, opened)
        page.table(_line(one) for one in found)

    show(
        output,
        [rows.month(one) for one in found],
        person,
        pipe=lambda: (rows.month(one).values() for one in found),
    )


def _line(one: EnforcementMonth) -> list[Any]:
    return [
        f"{one.month:%Y-%m}",
        f"enforced {percent(one.enforced)}",
        f"{one.enforced.part} of {one.enforced.whole}",
        count(one.networks, "network"),
        f"unlisted blocks {one.unlisted.part}, on {count(one.unlisted_networks, 'network')}",
        f"days to access {days(one.lag)}",
    ]
