"""cases: all of them in a table."""

from typing import TYPE_CHECKING, Annotated, Optional

import typer

from gatewatch.cli import case_lines, complete
from gatewatch.cli.onward import onward
from gatewatch.cli.options import As, AsOf, In, LedgerAt, NoColor, Output, RecordedBy, ValidAt
from gatewatch.cli.output import show
from gatewatch.cli.terminal import Page, Piece, count
from gatewatch.model.moment import Moment
from gatewatch.model.states import CaseOrder, State
from gatewatch.query.facts import facts_for
from gatewatch.records import cases as case_rows

if TYPE_CHECKING:
    from gatewatch.cases.case import Case

EXAMPLES = (
    "cases --state restricted --kind messenger --current",
    'cases --rule "149-FZ art. 15.4" --valid-at 2017-05-08',
    "cases -j TR --sort since --format csv",
)


def cases(
    state: Annotated[
        Optional[State],  # noqa: UP045
        typer.Option(help="Only cases in this state."),
    ] = None,
    service: Annotated[
        Optional[str],  # noqa: UP045
        typer.Option(
            help="Only cases of this service, by any of its names.",
            autocompletion=complete.services,
        ),
    ] = None,
    kind: Annotated[
        Optional[str],  # noqa: UP045
        typer.Option(
            help="Only cases of services of this kind, as messenger.",
            autocompletion=complete.service_kinds,
        ),
    ] = None,
    current: Annotated[
        Optional[bool],  # noqa: UP045
        typer.Option(
            "--current/--last-known",
            help="Only states that are of the day, or only such as were last known before.",
            show_default=False,
        ),
    ] = None,
    text: Annotated[
        Optional[str],  # noqa: UP045
        typer.Option(help="Only cases in whose service, operator, country, law or reason it is."),
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
    sort: Annotated[
        CaseOrder,
        typer.Option(help="Days with the newest first, counts with the greatest first."),
    ] = CaseOrder.SERVICE,
    jurisdiction: In = None,
    ledger: LedgerAt = None,
    valid_at: ValidAt = None,
    as_of: AsOf = None,
    recorded_by: RecordedBy = None,
    output: As = Output.TABLE,
    no_color: NoColor = False,
) -> None:
    """All cases in a table: state, since when, on which ground."""
    from gatewatch.query.case_filter import CaseFilter, filtered, ordered

    moment = Moment.parse(valid_at, as_of, recorded_by)
    opened = case_lines.opened(ledger)
    catalogue = facts_for(opened, moment).catalogue
    wanted = CaseFilter(
        service=catalogue.service(service).id if service else None,
        state=state,
        kind=catalogue.kind(kind) if kind else None,
        current=current,
        rule=catalogue.instrument(rule).id if rule else None,
        authority=authority,
        year=year,
        text=text,
    )
    found = filtered(case_lines.every(catalogue, moment, opened, jurisdiction), wanted)
    chosen = ordered(found.cases, sort)
    rows = [case_rows.overview(one) for one in chosen]

    def person(page: Page) -> None:
        number = count(len(chosen), "case")
        title = number if len(chosen) == found.total else f"{number} of {found.total}"
        page.head(title, f"{onward('case', 'SERVICE', 'JURISDICTION')} shows one")
        page.table(_row(page, one) for one in chosen)

    show(output, rows, person, pipe=lambda: case_lines.lines(rows))


def _row(page: Page, one: "Case") -> "list[Piece | list[Piece]]":
    disputed = case_rows.overview(one)["disputed"]
    return [
        one.service.name,
        one.jurisdiction,
        case_lines.state(page, one),
        (case_lines.day(one.since.text) if one.since else "", "bold"),
        "≠" if disputed else "",
        (case_lines.ground(one), "dim"),
    ]
