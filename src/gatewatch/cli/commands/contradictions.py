"""contradictions: what sources do not agree on."""

from typing import Any

from gatewatch.cases.actions import act
from gatewatch.catalogue import facts
from gatewatch.catalogue.jurisdictions import name as country
from gatewatch.cli import case_lines
from gatewatch.cli.options import (
    AnyService,
    As,
    AsOf,
    In,
    LedgerAt,
    NoColor,
    Output,
    RecordedBy,
    ValidAt,
)
from gatewatch.cli.output import show
from gatewatch.cli.terminal import Page, count
from gatewatch.model.moment import Moment
from gatewatch.query import case as cases
from gatewatch.query.difference import QUESTIONS
from gatewatch.query.facts import facts_for
from gatewatch.records import cases as case_rows
from gatewatch.words.saying import say

EXAMPLES = (
    "contradictions wechat -j RU",
    "contradictions --as-of 2020-01-01 --format json",
)


def contradictions(
    service: AnyService = None,
    jurisdiction: In = None,
    ledger: LedgerAt = None,
    valid_at: ValidAt = None,
    as_of: AsOf = None,
    recorded_by: RecordedBy = None,
    output: As = Output.TABLE,
    no_color: NoColor = False,
) -> None:
    """What sources do not agree on: days, reasons, laws, with each side's sources."""
    moment = Moment.parse(valid_at, as_of, recorded_by)
    opened = case_lines.opened(ledger)
    catalogue = facts_for(opened, moment).catalogue
    wanted = catalogue.service(service) if service else None
    among = case_lines.every(catalogue, moment, opened, jurisdiction, service=wanted)
    sources = {(o.service.id, o.jurisdiction): {s.number: s for s in o.sources} for o in among}
    found = [
        case_rows.contradiction(c, sources[c.service, c.jurisdiction])
        for c in cases.contradictions(among)
    ]

    def person(page: Page) -> None:
        page.head(count(len(found), "contradiction"), "the position held comes first")
        for one in found:
            _contradiction(page, one, catalogue)

    show(output, [row for one in found for row in _rows(one)], person, document=found)


def _rows(one: dict[str, Any]) -> list[dict[str, Any]]:
    """One contradiction for a table: a row for each position."""
    return [
        {
            "service": one["service"],
            "jurisdiction": one["jurisdiction"],
            "about": one["about"],
            "step": one["step"],
            "held": not place and not one["tie"],
            "position": position["name"],
            "independent": position["independent"],
            "nearest": position["nearest"],
            "settled_by": one["settled_by"],
            "sources": "; ".join(s["publisher"] for s in position["sources"]),
        }
        for place, position in enumerate(one["positions"])
    ]


def _contradiction(page: Page, one: dict[str, Any], catalogue: facts.Catalogue) -> None:
    name = catalogue.services[one["service"]].name
    about = say(QUESTIONS.get(one["about"]) or act(str(one["about"])))
    step = f"   step {one['step']}" if one["step"] else ""
    page.line("")
    page.line((f"  {name} in {country(one['jurisdiction'])}", "bold"), f"   {about}", (step, "dim"))
    page.table(
        (
            [
                position["name"],
                count(position["independent"], "source"),
                f"{position['nearest']}{' (copy)' * position['nearest_is_copy']}",
                (", ".join(dict.fromkeys(s["publisher"] for s in position["sources"])), "dim"),
            ]
            for position in one["positions"]
        ),
        indent=6,
    )
