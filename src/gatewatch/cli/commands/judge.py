"""judge: all measurements again, by the rules as they are now."""

from typing import TYPE_CHECKING, Annotated, Any

import typer

from gatewatch.analysis.network.tools import JudgingSettings
from gatewatch.cli.engine import cluster
from gatewatch.cli.onward import onward
from gatewatch.cli.options import (
    As,
    Engine,
    EngineAt,
    LedgerAt,
    MasterAt,
    NoColor,
    Output,
    RulesAt,
    ledger_at,
)
from gatewatch.cli.output import show
from gatewatch.cli.terminal import Page, Piece

if TYPE_CHECKING:
    from gatewatch.pipeline.judging import Rejudgement

EXAMPLES = ("judge --compare", "judge --compare --rules my-rules.toml --format csv")


def judge(
    ledger: LedgerAt = None,
    rules: RulesAt = None,
    compare: Annotated[
        bool, typer.Option("--compare", help="Only show what would change; write nothing.")
    ] = False,
    engine: EngineAt = Engine.LOCAL,
    master: MasterAt = None,
    output: As = Output.TABLE,
    no_color: NoColor = False,
) -> None:
    """Judge all measurements again by the rules as they are now; old verdicts stay beside."""
    from gatewatch.pipeline.judging import rejudge

    location, settings = ledger_at(ledger), JudgingSettings(rules)
    with cluster(engine, master) as spark:
        if spark is None:
            found = rejudge(location, settings, write=not compare)
        else:
            from gatewatch.pipeline import spread

            found = spread.rejudge(spark, location, settings, write=not compare)
    rows = _rows(found)

    def person(page: Page) -> None:
        changed = found.judged - found.same
        page.head(
            f"{found.judged:,} measurements judged, {changed:,} verdicts differ",
            f"rule set {found.ruleset}",
        )
        page.table(_row(page, row) for row in rows)
        written = "written beside the old ones" if found.written else "nothing was written"
        page.line((f"  {written}", "dim"))
        if found.older:
            page.line(
                (
                    (
                        f"  {found.older:,} were taken in by an older version, which kept less of them: "
                        "bring their files into a new ledger to judge all that they hold"
                    ),
                    "dim",
                )
            )

    show(output, rows, person)


def _rows(found: "Rejudgement") -> list[dict[str, Any]]:
    """Each way in which verdicts changed, with how many and an example."""
    return [
        {
            "ruleset": found.ruleset,
            "before": way.before or None,
            "before_mechanism": way.before_mechanism,
            "before_rule": way.before_rule or None,
            "now": way.now,
            "now_mechanism": way.now_mechanism,
            "now_rule": way.now_rule or None,
            "measurements": number,
            "example": found.examples[way],
        }
        for way, number in found.changed.items()
    ]


def _row(page: Page, row: dict[str, Any]) -> list[Piece | list[Piece]]:
    return [
        f"{row['measurements']:,}",
        [*page.state(str(row["before"])), f" {row['before_mechanism'] or ''}"],
        "to",
        [*page.state(str(row["now"])), f" {row['now_mechanism'] or ''}"],
        f"{row['before_rule'] or 'no rule'} > {row['now_rule'] or 'no rule'}",
        (onward("verdict", str(row["example"])), "dim"),
    ]
