"""plan: what an ingest of measurements would read, how long and at what cost."""

from typing import TYPE_CHECKING, Annotated, Any, Optional

import msgspec
import typer

from gatewatch.cli.options import As, Engine, EngineAt, LedgerAt, NoColor, Output, ledger_at
from gatewatch.cli.output import show
from gatewatch.cli.terminal import Page, count

if TYPE_CHECKING:
    from gatewatch.pipeline.plan import IngestPlan

EXAMPLES = (
    "plan measurements.jsonl",
    "plan measurements.jsonl --engine spark --cores 64 --price 0.05 --format json",
)


def plan(
    source: Annotated[
        str, typer.Argument(help="A file or folder of measurements, or s3://BUCKET/PREFIX.")
    ],
    ledger: LedgerAt = None,
    engine: EngineAt = Engine.LOCAL,
    cores: Annotated[
        Optional[int],  # noqa: UP045
        typer.Option(min=1, help="How many cores it would have; default those of this machine."),
    ] = None,
    price: Annotated[
        Optional[float],  # noqa: UP045
        typer.Option(min=0, help="What one core costs an hour, in any currency."),
    ] = None,
    rates: Annotated[
        Optional[str],  # noqa: UP045
        typer.Option(
            metavar="FILE",
            help="Rates that python -m benchmarks scale measured; default the project's own.",
        ),
    ] = None,
    output: As = Output.TABLE,
    no_color: NoColor = False,
) -> None:
    """What an ingest of measurements would read, how long and at what cost. Nothing is written."""
    from gatewatch.catalogue.rates import load
    from gatewatch.engines.local import workers
    from gatewatch.pipeline.plan import plan as reckon
    from gatewatch.pipeline.spread import SHARE_BYTES

    found = reckon(
        ledger_at(ledger),
        source,
        load(rates),
        cores=workers(cores),
        share=SHARE_BYTES,
        spark=engine == Engine.SPARK,
        price=price,
    )
    show(output, [_row(found)], lambda page: _draw(page, found), pipe=lambda: _lines(found))


def _row(found: "IngestPlan") -> dict[str, Any]:
    return dict(msgspec.to_builtins(found))


def _lines(found: "IngestPlan") -> list[list[object]]:
    return [
        [one.stage, one.measurements, f"{one.core_hours:.4f}", f"{one.hours:.4f}", one.cost]
        for one in found.stages
    ]


def _draw(page: Page, found: "IngestPlan") -> None:
    from rich.filesize import decimal

    page.head(
        f"about {count(found.measurements, 'measurement')}",
        f"in {count(found.inputs - found.inputs_held, 'input')} of {found.source}",
    )
    page.field("Held", f"{found.inputs_held:,}", "inputs were read before and are passed over")
    page.field("To read", decimal(found.listed_bytes), f"{decimal(found.plain_bytes)} unpacked")
    page.field("In tasks", f"{found.tasks:,}", f"the largest of {decimal(found.largest_task)}")
    if found.uncut:
        page.field(
            "Not cut",
            f"{found.uncut:,}",
            "compressed inputs larger than a task: each is read by one core",
        )
    page.field("Ledger", decimal(found.kept_bytes), "that it would grow by")
    page.line("")
    page.table(
        [
            one.stage,
            (_span(one.hours), "bold"),
            f"on {count(found.cores, 'core')}, {one.core_hours:,.2f} core hours",
            f"costs {one.cost:,.2f}" if one.cost is not None else "",
        ]
        for one in found.stages
    )
    page.line((f"  Rates: {found.rates}", "dim"))


def _span(hours: float) -> str:
    if hours < 1 / 60:
        return f"{hours * 3600:.0f} s"
    return f"{hours * 60:.0f} min" if hours < 2 else f"{hours:,.1f} h"
