"""facts: the versions of services, laws and claims that a ledger keeps, and since when."""

from enum import StrEnum
from typing import TYPE_CHECKING, Annotated

import typer

from gatewatch.cli.onward import onward
from gatewatch.cli.options import As, LedgerAt, NoColor, Output, RecordedBy, ledger_at
from gatewatch.cli.output import show
from gatewatch.cli.terminal import Page, count
from gatewatch.model.moment import Moment, iso

if TYPE_CHECKING:
    from gatewatch.ledger.facts import FactVersion

EXAMPLES = (
    "facts log",
    "facts log --recorded-by 2026-01-01 --format json",
    'facts record --why "the gazette corrected the day"',
)
_SHOWN = 40


class FactsAction(StrEnum):
    """What `gatewatch facts` does."""

    LOG = "log"
    RECORD = "record"


def facts(
    action: Annotated[
        FactsAction,
        typer.Argument(help="log: every version, the newest first; record: keep what changed."),
    ] = FactsAction.LOG,
    why: Annotated[
        str, typer.Option(help="With record: why facts were corrected; it is kept with them.")
    ] = "",
    recorded_by: RecordedBy = None,
    ledger: LedgerAt = None,
    output: As = Output.TABLE,
    no_color: NoColor = False,
) -> None:
    """Facts have a history too: what the catalogue said, when this ledger recorded it, what
    superseded it. `ingest` and `watch` record it by themselves."""
    location = ledger_at(ledger)
    if action == FactsAction.RECORD:
        _record(location, why, output)
        return
    from gatewatch.ledger.facts import versions
    from gatewatch.query import ledger as reading

    until = Moment.parse(None, None, recorded_by).recorded_by
    found = versions(reading.open(location).store, until)[::-1]
    show(output, [_row(one) for one in found], lambda page: _draw(page, found))


def _record(location: str, why: str, output: Output) -> None:
    from gatewatch.pipeline.facts import record

    done = record(location, why=why)
    row = {"added": done.added, "changed": done.changed, "removed": done.removed}

    def person(page: Page) -> None:
        page.head("Facts", location)
        for name, number in row.items():
            page.field(name.capitalize(), f"{number:,}")

    show(output, [row], person)


def _row(one: "FactVersion") -> dict[str, object]:
    return {
        "recorded_at": iso(one.recorded_at),
        "kind": one.kind,
        "fact": one.fact,
        "change": one.op,
        "version": one.version,
        "origin": one.origin,
        "why": one.why,
    }


def _draw(page: Page, found: "list[FactVersion]") -> None:
    page.head("Facts in this ledger", count(len(found), "version"))
    page.table(
        [
            [f"{v.recorded_at:%Y-%m-%d %H:%M}", v.op, f"{v.kind} {v.fact}", v.origin, v.why]
            for v in found[:_SHOWN]
        ]
    )
    if len(found) > _SHOWN:
        page.line((f"  and {len(found) - _SHOWN:,} earlier: --format ndjson has them all", "dim"))
    if not found:
        page.line(f"  None: {onward('facts', 'record')} keeps those of today.")
