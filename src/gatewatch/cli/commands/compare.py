"""compare: who restricts what, in two countries or more, side by side."""

from typing import TYPE_CHECKING, Annotated, Optional

import typer

from gatewatch.catalogue.jurisdictions import name as country
from gatewatch.cli import case_lines, complete
from gatewatch.cli.options import (
    As,
    AsOf,
    LedgerAt,
    NoColor,
    Output,
    Plot,
    RecordedBy,
    ValidAt,
    country_code,
)
from gatewatch.cli.output import show
from gatewatch.cli.pictures import draw, ending
from gatewatch.cli.terminal import Page, Piece
from gatewatch.draw import comparison as side_by_side
from gatewatch.errors import UsageError
from gatewatch.model.jurisdiction import Jurisdiction
from gatewatch.model.moment import Moment
from gatewatch.query.facts import facts_for
from gatewatch.records import comparison as records
from gatewatch.words import comparison as words
from gatewatch.words import say
from gatewatch.words.cases import told_by

if TYPE_CHECKING:
    from datetime import date

    from gatewatch.cases.compare import Comparison, ComparisonCell

EXAMPLES = (
    "compare RU CN --valid-at 2026-03-01",
    "compare --service facebook",
    "compare --format csv",
)
_NETWORK = {"blocked": "●", "reachable": "○", "insufficient": "◌"}
"""What probes saw, at the end of a cell; a blank where none ever looked."""
_BLANK = "\n  Counts depend on how closely each country is watched: a blank is no record, not a no."
_KEY = (
    "  ● restricted since  ◐ partly since  ■ listed since  ◎ lifted on  ◌ no record, not a no"
    "  ≠ disputed"
)


def compare(
    jurisdictions: Annotated[
        Optional[list[Jurisdiction]],  # noqa: UP045
        typer.Argument(
            metavar="[CC]...",
            help="Two countries or more, as RU CN; none: who restricts like whom.",
            parser=country_code,
            autocompletion=complete.countries,
        ),
    ] = None,
    service: Annotated[
        Optional[str],  # noqa: UP045
        typer.Option(
            help="Only this service, in all countries if none is named.",
            autocompletion=complete.services,
        ),
    ] = None,
    ledger: LedgerAt = None,
    valid_at: ValidAt = None,
    as_of: AsOf = None,
    recorded_by: RecordedBy = None,
    output: As = Output.TABLE,
    plot: Plot = None,
    no_color: NoColor = False,
) -> None:
    """Countries side by side: which services each restricts, since when, on which ground."""
    from gatewatch.cases.compare import alike
    from gatewatch.cases.compare import compare as beside

    file = ending(plot) if plot else None
    chosen = [one.code for one in jurisdictions or []]
    if len(set(chosen)) != len(chosen):
        raise UsageError("a country is named twice")
    moment = Moment.parse(valid_at, as_of, recorded_by)
    opened = case_lines.opened(ledger)
    catalogue = facts_for(opened, moment).catalogue
    wanted = catalogue.service(service) if service else None
    found = case_lines.every(catalogue, moment, opened, service=wanted)
    if chosen:
        found = [one for one in found if one.jurisdiction in chosen]
    if not chosen and not service:
        _alike(alike(found), moment.day, output)
        return
    comparison = beside(found, chosen or sorted({one.jurisdiction for one in found}))
    if file:
        draw(side_by_side.picture(comparison, moment.day), file)
    show(
        output,
        records.records(comparison),
        lambda page: _draw(page, comparison, moment.day),
    )


def _draw(page: Page, found: "Comparison", day: "date") -> None:
    names = [country(code) for code in found.jurisdictions]
    page.head(f"{' beside '.join(names)}, on {day}", ", ".join(map(say, words.summary(found))))
    page.line("")
    rows: list[list[Piece | list[Piece]]] = [["", *((name, "bold") for name in names)]]
    before = None
    for row in found.rows:
        group = tuple(cell.restricted for cell in row.cells)
        if before is not None and group != before:
            rows.append(["- - - - -", *(("- - - - -", "dim") for _ in names)])
        before = group
        rows.append([row.name, *(_cell(page, cell) for cell in row.cells)])
    page.table(rows)
    page.line("")
    page.line((_KEY, "dim"))
    page.line((f"  {say(words.network(found))}", "dim"))


def _cell(page: Page, cell: "ComparisonCell") -> list[Piece]:
    if cell.case is None:
        return [page.state("unknown")[0], ("no record", "")]
    case = cell.case
    network = f" {_NETWORK[case.network.state]}" if case.network.first else ""
    return [
        page.state(case.state)[0] if case.current else (page.state(case.state)[0][0], "dim"),
        (f"{records.since(case):<10}", "bold"),
        " ≠ " if records.disputed(case) else "   ",
        records.ground(case),
        *([(f", {say(by)}", "dim")] if (by := told_by(case)) else []),
        network,
    ]


def _alike(pairs: list[tuple[str, str, int, int, float]], day: "date", output: Output) -> None:
    rows = [
        {"a": a, "b": b, "both": both, "either": either, "share": round(share, 3)}
        for a, b, both, either, share in pairs
    ]

    def person(page: Page) -> None:
        page.head("Who restricts like whom", f"on {day}, of services on record")
        page.table(
            [country(a), country(b), (f"{both} of {either} services", "bold")]
            for a, b, both, either, _ in pairs
        )
        page.line((_BLANK, "dim"))

    show(output, rows, person)
