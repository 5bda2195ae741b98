"""measurements: those that the ledger holds, each with the verdict that counts for it."""

from typing import Annotated, Optional

import typer

from gatewatch.cli.invented import warn
from gatewatch.cli.onward import onward
from gatewatch.cli.options import (
    As,
    AsOf,
    In,
    LedgerAt,
    NoColor,
    Output,
    RecordedBy,
    Target,
    ValidAt,
    ledger_at,
)
from gatewatch.cli.output import show
from gatewatch.cli.terminal import Page, count, is_person
from gatewatch.model.moment import Moment
from gatewatch.model.redaction import defanged
from gatewatch.model.verdict import VerdictState
from gatewatch.query import ledger as reading
from gatewatch.query.verdicts import MeasurementOrder, MeasurementSearch, many, network_number
from gatewatch.records import verdicts as records

_A_PAGE, _MOST = 100, 1_000_000
EXAMPLES = (
    "measurements wechat -j RU --since 2017-05-05 --before 2017-05-12",
    "measurements --verdict blocked --sort oldest --limit 20",
    "measurements --network AS64500 --format csv",
)


def measurements(
    target: Target = None,
    network: Annotated[
        Optional[str],  # noqa: UP045
        typer.Option(metavar="AS", help="Only those made from this network, as AS12389."),
    ] = None,
    verdict: Annotated[
        Optional[VerdictState],  # noqa: UP045
        typer.Option(help="Only those of which this is concluded."),
    ] = None,
    since: Annotated[
        Optional[str],  # noqa: UP045
        typer.Option(metavar="TIME", help="Made from this day or time on, in UTC; it is included."),
    ] = None,
    until: Annotated[
        Optional[str],  # noqa: UP045
        typer.Option(
            "--before",
            "--until",
            metavar="TIME",
            help="Made before this day or time; it is not included.",
        ),
    ] = None,
    sort: Annotated[
        MeasurementOrder, typer.Option(help="What comes first.")
    ] = MeasurementOrder.NEWEST,
    limit: Annotated[
        Optional[int],  # noqa: UP045
        typer.Option(min=1, max=_MOST, help="How many at most; a person is shown 100 without it."),
    ] = None,
    offset: Annotated[int, typer.Option(min=0, help="How many of the first are left out.")] = 0,
    jurisdiction: In = None,
    ledger: LedgerAt = None,
    valid_at: ValidAt = None,
    as_of: AsOf = None,
    recorded_by: RecordedBy = None,
    output: As = Output.TABLE,
    no_color: NoColor = False,
) -> None:
    """Measurements held here, each with the verdict that counts for it by the three times."""
    from gatewatch.query.facts import facts_for

    wanted = MeasurementSearch(
        target=target,
        jurisdiction=jurisdiction,
        network=network_number(network) if network else None,
        state=verdict,
        since=since,
        until=until,
        order=sort,
    )
    opened = reading.open(ledger_at(ledger))
    moment = Moment.parse(valid_at, as_of, recorded_by)
    catalogue = facts_for(opened, moment).catalogue
    most = limit or (_A_PAGE if output == Output.TABLE and is_person() else _MOST)
    found, total = many(opened, catalogue, wanted, moment, limit=most, offset=offset)
    rows = [records.picked_row(one) for one in found]

    def person(page: Page) -> None:
        shown = f"{len(rows)} of " if len(rows) < total else ""
        page.head(f"{shown}{count(total, 'measurement')}", f"{onward('verdict', 'UID')} shows one")
        warn(page, opened)
        page.table(
            [
                f"{one.at:%Y-%m-%d %H:%M}" if one.at else "no time told",
                f"{one.probe_cc or '??'} AS{one.probe_asn or '?'}",
                (defanged(one.about or one.host or one.input or ""), "bold"),
                [*page.state(one.state or "insufficient")],
                one.mechanism or "",
                (one.uid, "dim"),
            ]
            for one in found
        )
        if offset + len(rows) < total and rows:
            page.line("")
            page.line(
                (f"  {total - offset - len(rows)} more: --offset {offset + len(rows)}", "dim")
            )
        if not total:
            page.line("  Nothing of that kind was measured, by what is held here.")

    show(output, rows, person)
