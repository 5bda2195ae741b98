"""statement: is it so? A statement about a service, a country and a day, beside each layer."""

from typing import TYPE_CHECKING, Annotated

import typer

from gatewatch.cli import complete
from gatewatch.cli.options import (
    As,
    AsOf,
    LedgerAt,
    NoColor,
    Output,
    RecordedBy,
    ValidAt,
    country_code,
    ledger_at,
)
from gatewatch.cli.output import show
from gatewatch.cli.terminal import Page
from gatewatch.model.jurisdiction import Jurisdiction
from gatewatch.model.moment import Moment
from gatewatch.model.redaction import defanged
from gatewatch.query import ledger as reading
from gatewatch.query.statement import Said, Stand
from gatewatch.words.saying import say

if TYPE_CHECKING:
    from gatewatch.cli.terminal import Piece
    from gatewatch.query.statement import LayerStand, Statement

EXAMPLES = (
    "statement wechat RU --valid-at 2017-05-08",
    "statement wechat.com RU --says not_listed --valid-at 2017-05-12",
    "statement WeChat RU --says reachable --valid-at 2017-05-08 --format json",
)
_NOT_ENOUGH = 3
_MARKS = {Stand.AGREES: "=", Stand.CONTRADICTS: "≠", Stand.SILENT: "·"}


def statement(
    subject: Annotated[
        str,
        typer.Argument(
            metavar="SUBJECT",
            help="A service by any of its names, a domain, a web address, an IP address.",
            autocompletion=complete.services,
        ),
    ],
    jurisdiction: Annotated[
        Jurisdiction,
        typer.Argument(
            metavar="CC",
            help="A country, as RU.",
            parser=country_code,
            autocompletion=complete.countries,
        ),
    ],
    says: Annotated[Said, typer.Option(help="What is said of it.")] = Said.BLOCKED,
    ledger: LedgerAt = None,
    valid_at: ValidAt = None,
    as_of: AsOf = None,
    recorded_by: RecordedBy = None,
    output: As = Output.TABLE,
    no_color: NoColor = False,
) -> None:
    """Is it so? Which layers agree with a statement, contradict it, or are silent. No score."""
    from gatewatch.query import statement as query
    from gatewatch.query.facts import facts_for
    from gatewatch.records import statement as records

    opened = reading.open(ledger_at(ledger))
    moment = Moment.parse(valid_at, as_of, recorded_by)
    known = facts_for(opened, moment).catalogue
    found = query.statement(opened, known, subject, jurisdiction, said=says, moment=moment)
    whole = output in {Output.JSON, Output.NDJSON}
    rows = [records.row(one) for one in found.layers]
    show(
        output,
        [records.document(found)] if whole else rows,
        lambda page: _draw(page, found),
        pipe=lambda: ([row[name] for name in records.COLUMNS] for row in rows),
    )
    if all(one.stand == Stand.SILENT for one in found.layers):
        raise typer.Exit(_NOT_ENOUGH)


def _draw(page: Page, found: "Statement") -> None:
    about = f"{defanged(found.subject)} in {found.jurisdiction} on {found.moment.day}"
    page.head(f"{about}: {found.said.replace('_', ' ')}?", _summary(found))
    page.line("")
    page.table(_line(one) for one in found.layers)


def _summary(found: "Statement") -> str:
    return ", ".join(f"{len(found.of(stand))} {_COUNTED[stand]}" for stand in Stand)


_COUNTED = {Stand.AGREES: "agree", Stand.CONTRADICTS: "contradict", Stand.SILENT: "silent"}


def _line(one: "LayerStand") -> "list[Piece | list[Piece]]":
    known = (
        f"   last known {one.lane.known_state}, {one.lane.last_known}"
        if one.lane.last_known
        else ""
    )
    why = say(one.why)
    return [
        _MARKS[one.stand],
        (one.lane.name.capitalize(), "bold"),
        str(one.stand),
        [why[:1].upper() + why[1:], (known if one.stand == Stand.SILENT else "", "dim")],
    ]
