"""reconcile: registers beside the network, target by target."""

import sys
from typing import TYPE_CHECKING, Annotated, Optional

import typer

from gatewatch.cli import complete
from gatewatch.cli.engine import cluster
from gatewatch.cli.invented import warn
from gatewatch.cli.onward import onward
from gatewatch.cli.options import (
    As,
    AsOf,
    Engine,
    EngineAt,
    LedgerAt,
    MasterAt,
    NoColor,
    Output,
    Plot,
    RecordedBy,
    Target,
    ValidAt,
    country_code,
    ledger_at,
)
from gatewatch.cli.output import show
from gatewatch.cli.pictures import draw, ending
from gatewatch.cli.terminal import Page, Piece, count, note, words
from gatewatch.model.documentation import INVENTED
from gatewatch.model.jurisdiction import Jurisdiction
from gatewatch.model.message import message
from gatewatch.model.moment import Moment
from gatewatch.model.redaction import defanged
from gatewatch.model.states import Agreement
from gatewatch.query import ledger as reading
from gatewatch.query.verdicts import network_number
from gatewatch.words import say
from gatewatch.words.shown import last_reconciled

if TYPE_CHECKING:
    from gatewatch.query.ledger import Ledger
    from gatewatch.query.reconciliation import Reconciled, Reconciliation

EXAMPLES = (
    "reconcile wechat.com -j RU --valid-at 2017-05-08",
    "reconcile -j RU --by-service --state listed_blocked",
    "reconcile -j RU --network AS12389 --format csv",
)
_MOST_SHOWN = 60
_DAYS_FROM = 48
"""Hours from which a lag is told in days."""

_NOT_ENOUGH = 3
"""Exit code: not enough to say."""


def reconcile(
    target: Target = None,
    *,
    jurisdiction: Annotated[
        Jurisdiction,
        typer.Option(
            "--jurisdiction",
            "-j",
            metavar="CC",
            help="Whose registers and networks are meant, as RU or UA.",
            parser=country_code,
            autocompletion=complete.countries,
        ),
    ],
    state: Annotated[
        Optional[Agreement],  # noqa: UP045
        typer.Option(help="Only targets in this state."),
    ] = None,
    network: Annotated[
        Optional[str],  # noqa: UP045
        typer.Option(metavar="ASN", help="What this network alone says, as AS12389."),
    ] = None,
    by_network: Annotated[
        bool, typer.Option("--by-network", help="A row for each network that measured the target.")
    ] = False,
    by_service: Annotated[
        bool, typer.Option("--by-service", help="The hosts of a service are told together.")
    ] = False,
    limit: Annotated[
        Optional[int],  # noqa: UP045
        typer.Option(min=1, help="At most so many rows; the counts are of all."),
    ] = None,
    plot: Plot = None,
    ledger: LedgerAt = None,
    valid_at: ValidAt = None,
    as_of: AsOf = None,
    recorded_by: RecordedBy = None,
    engine: EngineAt = Engine.LOCAL,
    master: MasterAt = None,
    output: As = Output.TABLE,
    no_color: NoColor = False,
) -> None:
    """Does the network agree with the register? Listed but reachable, blocked but unlisted, ..."""
    from gatewatch.query import reconciliation, targets
    from gatewatch.query.facts import facts_for
    from gatewatch.records import reconciliation as records

    file = ending(plot) if plot else None
    with cluster(engine, master) as spark:
        opened = reading.open(ledger_at(ledger), cluster=spark)
        known = facts_for(opened, Moment.parse(valid_at, as_of, recorded_by)).catalogue
        report = reconciliation.report(
            opened,
            jurisdiction.code,
            targets=targets.of(opened, known, target, by_service=by_service),
            network=0 if by_network else network_number(network) if network else None,
            valid_at=valid_at,
            as_of=as_of,
            recorded_by=recorded_by,
        )
        found = list(reconciliation.reconciled(opened, report, state=state, limit=limit))
        if file:
            from gatewatch.draw import episodes as tracked

            drawn = tracked.of_reconciled(
                opened,
                report,
                found,
                valid_at=report.valid_at,
                as_of=as_of,
                recorded_by=recorded_by,
            )
            draw(drawn, file)
        rows = [records.row(one) for one in found]
        show(
            output,
            rows
            if output in {Output.JSON, Output.NDJSON}
            else [records.table_row(o) for o in rows],
            lambda page: _draw(page, opened, report, found),
        )
        if not report.asked and (output or not sys.stdout.isatty()):
            note(f"gatewatch: {_shown(report)}")  # rows name no day: whoever takes them is told it
        if report.unreached and not found:
            note(
                f"gatewatch: {', '.join(report.unreached)} does not reach this time: "
                f"{onward('registers')} tells how far each goes"
            )
            raise typer.Exit(_NOT_ENOUGH)


def _shown(report: "Reconciliation") -> str:
    return say(last_reconciled(report.day, measured=report.measured))


def _draw(
    page: Page, opened: "Ledger", report: "Reconciliation", found: "list[Reconciled]"
) -> None:
    counts = report.counts()
    page.head(count(len(report.rows), "target"), "the network beside the register")
    warn(page, opened)
    if not report.asked:
        page.line(f"  {_shown(report)}")
    for name in report.unreached:
        page.line(
            (
                f"  {name}: its history does not reach this day, so nothing can agree with it",
                "dim",
            )
        )
    for name, known in report.as_last.items():
        told = message("{register}: as last published, on {day}", register=name, day=known)
        page.line((f"  {say(told)}", "dim"))
    page.table(
        [words(known), (f"{counts[known]:,}", "bold")] for known in Agreement if known in counts
    )
    page.line("")
    page.table(_row(one) for one in found[:_MOST_SHOWN])
    if len(found) > _MOST_SHOWN:
        more = f"{len(found) - _MOST_SHOWN:,} more"
        page.line((f"  and {more}: --format csv shows all, --state and --limit fewer", "dim"))


def _row(one: "Reconciled") -> list[Piece | list[Piece]]:
    from gatewatch.query.reconciliation import SERVICE

    known = one.lag_least is not None or one.lag_most is not None
    about = [
        f"AS{one.network}" if one.network else "",
        f"{one.networks} of {one.networks_measured} networks" if one.networks else "",
        f"{one.register} entry {one.entry}" if one.register else "",
        f"lag {_span(one.lag_least, one.lag_most)}" if known else "",
        f"shares {', '.join(map(defanged, one.collateral))}" if one.collateral else "",
        "by a private agreement" if one.private_agreement else "",
        say(INVENTED) if one.invented and not str(one.state).endswith("insufficient") else "",
    ]
    return [
        defanged(one.target.removeprefix(SERVICE)),
        (words(one.state), "bold"),
        ("  ".join(filter(None, about)), "dim"),
    ]


def _span(least: float | None, most: float | None) -> str:
    """Both sides of a lag; a unit that both have is written once."""
    first, last = _hours(least), _hours(most)
    return f"{first.removesuffix(last[-2:]) if least is not None else first} to {last}"


def _hours(hours: float | None) -> str:
    if hours is None:
        return "?"
    return f"{hours / 24:.1f} d" if abs(hours) >= _DAYS_FROM else f"{hours:.0f} h"
