"""cases: all of them in a table."""

from datetime import date
from typing import TYPE_CHECKING, Annotated, Optional

import typer

from gatewatch.cli import case_lines, complete
from gatewatch.cli.options import As, AsOf, In, LedgerAt, NoColor, Output, RecordedBy, ValidAt
from gatewatch.cli.output import show
from gatewatch.cli.terminal import Page, Piece, count
from gatewatch.model.moment import Moment
from gatewatch.model.states import State
from gatewatch.query.facts import facts_for
from gatewatch.records import cases as case_rows

if TYPE_CHECKING:
    from gatewatch.cases.case import Case

EXAMPLES = (
    "cases --state lifted",
    'cases --rule "149-FZ art. 15.4" --valid-at 2017-05-08',
    "cases -j TR --format csv",
)


def cases(
    state: Annotated[
        Optional[State],  # noqa: UP045
        typer.Option(help="Only cases in this state."),
    ] = None,
    rule: Annotated[
        Optional[str],  # noqa: UP045
        typer.Option(
            help="Only cases for which somebody names this rule, by id or number.",
            autocompletion=complete.rules,
        ),
    ] = None,
    authority: Annotated[
        Optional[str],  # noqa: UP045
        typer.Option(help="Only cases in which this body acts, by a part of its name."),
    ] = None,
    year: Annotated[
        Optional[int],  # noqa: UP045
        typer.Option(min=1990, max=2100, help="Only cases with a step in this year."),
    ] = None,
    jurisdiction: In = None,
    ledger: LedgerAt = None,
    valid_at: ValidAt = None,
    as_of: AsOf = None,
    recorded_by: RecordedBy = None,
    output: As = Output.TABLE,
    no_color: NoColor = False,
) -> None:
    """All cases in a table: state, since when, on which ground."""
    moment = Moment.parse(valid_at, as_of, recorded_by)
    opened = case_lines.opened(ledger)
    catalogue = facts_for(opened, moment).catalogue
    wanted = catalogue.instrument(rule).id if rule else None
    found = [
        one
        for one in case_lines.every(catalogue, moment, opened, jurisdiction)
        if (state is None or one.state == state)
        and (wanted is None or any(p.value == wanted for p in one.ground.positions))
        and (authority is None or _acts(one, authority))
        and (year is None or _in_year(one, year))
    ]
    rows = [case_rows.overview(one) for one in found]

    def person(page: Page) -> None:
        page.head(count(len(found), "case"), "gatewatch case SERVICE JURISDICTION shows one")
        page.table(_row(page, one) for one in found)

    show(output, rows, person, pipe=lambda: case_lines.lines(rows))


def _row(page: Page, one: "Case") -> "list[Piece | list[Piece]]":
    disputed = case_rows.overview(one)["disputed"]
    return [
        one.service.name,
        one.jurisdiction,
        [*page.state(one.state)],
        (case_lines.day(one.since.text) if one.since else "", "bold"),
        "≠" if disputed else "",
        (case_lines.ground(one), "dim"),
    ]


def _acts(one: "Case", authority: str) -> bool:
    return any(authority.casefold() in step.actor.casefold() for step in one.steps)


def _in_year(one: "Case", year: int) -> bool:
    """Whether a step may lie in a year."""
    start, end = date(year, 1, 1), date(year, 12, 31)
    return any(
        s.action != "in_force"
        and (s.day.first or date.min) <= end
        and (s.day.last or date.max) >= start
        and s.day.text
        for s in one.steps
    )
