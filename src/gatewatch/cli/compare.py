"""compare: who restricts what, in two countries or more, side by side."""

from datetime import date
from pathlib import Path
from typing import TYPE_CHECKING

from gatewatch.catalogue import facts
from gatewatch.catalogue.jurisdictions import name as country
from gatewatch.cli.cases import jurisdiction, opened
from gatewatch.cli.options import Shape, Times
from gatewatch.cli.output import show
from gatewatch.cli.pictures import draw
from gatewatch.cli.terminal import Page
from gatewatch.draw import comparison as side_by_side
from gatewatch.errors import UsageError
from gatewatch.model.moment import Moment
from gatewatch.query import case as cases
from gatewatch.query.network import day_of

if TYPE_CHECKING:
    from gatewatch.cases.compare import Cell

_NETWORK = {"blocked": "●", "reachable": "○", "insufficient": "◌"}
"""What probes saw, at the end of a cell; a blank where none ever looked."""
_WIDTHS = {2: 38, 3: 25}


def run(
    codes: list[str],
    times: Times,
    shape: Shape,
    *,
    ledger: str | None,
    service: str | None,
    plot: str | None,
    color: bool,
) -> None:
    """The table, the picture, or with no country given who restricts like whom."""
    from gatewatch.cases.compare import alike, compare

    catalogue = facts.load()
    when = Moment.parse(times["valid_at"], times["as_of"])
    day = day_of(when.valid_at)
    chosen = [jurisdiction(code) for code in codes]
    told = list(
        cases.every(
            catalogue,
            valid_at=day,
            as_of=day_of(when.as_of) if times["as_of"] else None,
            recorded_by=times["recorded_by"],
            ledger=opened(ledger),
            jurisdictions=chosen,
        )
    )
    if service:
        wanted = catalogue.service(service).id
        told = [one for one in told if one.service.id == wanted]
    if len(set(chosen)) != len(chosen):
        raise UsageError("a country is named twice")
    if not chosen and not service:
        _alike(alike(told), day, shape, color=color)
        return
    found = compare(told, chosen or sorted({one.jurisdiction for one in told}))
    if plot:
        draw(side_by_side.picture(found, str(day)), Path(plot))
    rows = side_by_side.records(found)
    wide = _WIDTHS.get(len(found.jurisdictions), 20)

    def person(page: Page) -> None:
        names = [country(code) for code in found.jurisdictions]
        page.head(f"{' beside '.join(names)}, on {day}", side_by_side.summary(found))
        page.line("")
        page.line((f"  {'':<22}" + "".join(f"{name:<{wide}}" for name in names), "bold"))
        before = None
        for row in found.rows:
            group = tuple(cell.restricted for cell in row.cells)
            if before is not None and group != before:
                page.line(("  " + "- " * 48, "dim"))
            before = group
            page.line(
                f"  {row.name:<22.22}",
                *(p for cell in row.cells for p in _pieces(page, cell, wide)),
            )
        page.line("")
        page.line(
            (
                "  ● restricted since  ◐ partly since  ■ listed since  ◎ lifted on  ◌ no record, not a no  ≠ disputed",
                "dim",
            )
        )
        page.line((f"  {side_by_side.network_note(found)}", "dim"))

    show(shape, rows, person, lambda: (row.values() for row in rows), color=color)


def _pieces(page: Page, cell: "Cell", wide: int) -> list[str | tuple[str, str]]:
    if cell.case is None:
        return [page.state("unknown")[0], (f"{'no record':<{wide - 2}}", "dim")]
    case = cell.case
    sign = "≠" if side_by_side.disputed(case) else " "
    day = side_by_side.since(case)
    room = max(wide - 7 - max(len(day), 10), 0)
    network = _NETWORK[case.network.state] if case.network.first else " "
    return [
        page.state(case.state)[0],
        (f"{day:<10}", "bold"),
        f" {sign} ",
        f"{side_by_side.ground(case)[: max(room - 1, 0)]:<{room}}",
        f"{network} ",
    ]


def _alike(
    pairs: list[tuple[str, str, int, int, float]], day: date, shape: Shape, *, color: bool
) -> None:
    rows = [
        {"a": a, "b": b, "both": both, "either": either, "share": round(share, 3)}
        for a, b, both, either, share in pairs
    ]

    def person(page: Page) -> None:
        page.head("Who restricts like whom", f"on {day}, of services on record")
        for row in rows:
            page.line(
                f"  {country(str(row['a'])):<20} {country(str(row['b'])):<20} ",
                (f"{row['both']} of {row['either']} services", "bold"),
            )
        page.line(
            (
                "\n  Counts depend on how closely each country is watched: a blank is no record, not a no.",
                "dim",
            )
        )

    show(shape, rows, person, lambda: (row.values() for row in rows), color=color)
