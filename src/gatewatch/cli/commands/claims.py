"""claims: statements with their citations."""

from typing import TYPE_CHECKING, Annotated, Optional

import typer

from gatewatch.cases.sources import known_by, of_the_day
from gatewatch.catalogue import facts
from gatewatch.catalogue.jurisdictions import name as country
from gatewatch.cli import case_lines, complete
from gatewatch.cli.options import As, AsOf, In, LedgerAt, NoColor, Output, RecordedBy, ValidAt
from gatewatch.cli.output import show
from gatewatch.cli.terminal import Page, count, note
from gatewatch.model.moment import Moment
from gatewatch.model.states import Action
from gatewatch.query.facts import facts_for
from gatewatch.query.moments import of_all
from gatewatch.records import cases as case_rows

if TYPE_CHECKING:
    from gatewatch.model.claim import Claim

EXAMPLES = (
    "claims --service wechat -j RU",
    "claims --service wechat --action delisted --format json",
    "claims --source TASS",
)
_NONE = 3


def claims(
    claim: Annotated[
        Optional[str],  # noqa: UP045
        typer.Argument(help="One claim by its id; default all that fit."),
    ] = None,
    service: Annotated[
        Optional[str],  # noqa: UP045
        typer.Option(help="Only claims about this service.", autocompletion=complete.services),
    ] = None,
    jurisdiction: In = None,
    action: Annotated[
        Optional[Action],  # noqa: UP045
        typer.Option(help="Only claims of this action."),
    ] = None,
    source: Annotated[
        Optional[str],  # noqa: UP045
        typer.Option(help="Only claims whose publisher, origin or address has this in it."),
    ] = None,
    valid_at: ValidAt = None,
    as_of: AsOf = None,
    recorded_by: RecordedBy = None,
    ledger: LedgerAt = None,
    output: As = Output.TABLE,
    no_color: NoColor = False,
) -> None:
    """Statements with their citations: who said what, when. Exit code 3 if none fits.

    With --valid-at, of what had happened by then, or may have.
    """
    opened, moment = case_lines.opened(ledger), Moment.parse(valid_at, as_of, recorded_by)
    catalogue = facts_for(opened, moment).catalogue
    wanted = catalogue.service(service).id if service else None
    code = jurisdiction.code if jurisdiction else None
    asked = [
        one
        for _, one in sorted(catalogue.claims.items())
        if claim in {None, one.id}
        and wanted in {None, one.service}
        and code in {None, one.jurisdiction}
        and action in {None, one.action}
        and (source is None or _names(one, source))
    ]
    found = known_by(asked, of_all(opened, moment) if opened else moment, catalogue)
    if valid_at:
        found = of_the_day(found, moment.day)
    rows = [case_rows.claim(one) for one in found]

    def person(page: Page) -> None:
        page.head(count(len(found), "claim"))
        for one in found:
            _draw(page, one, catalogue)

    show(output, rows, person)
    if not found:
        note("gatewatch: no claim fits")
        raise typer.Exit(_NONE)


def _names(one: "Claim", text: str) -> bool:
    cited = f"{one.source.publisher} {one.source.origin} {one.source.url}"
    return text.casefold() in cited.casefold()


def _draw(page: Page, one: "Claim", catalogue: facts.Catalogue) -> None:
    page.line("")
    page.line(
        (f"  {one.id}", "bold"),
        f"   {catalogue.services[one.service].name} in {country(one.jurisdiction)}",
        (f"   {case_lines.ACTIONS.get(one.action, one.action)} ", ""),
        (case_lines.day(one.date) if one.date else "day not given", "bold"),
        f"   {one.actor}",
    )
    page.line(f"      {one.says}")
    law = catalogue.instruments.get(one.rule or "")
    reasons = (catalogue.reasons.get(name) for name in one.reasons)
    about = [
        (law.number or law.name) if law else one.rule,
        one.law,
        ", ".join(reason.name for reason in reasons if reason),
        one.scope.replace("_", " ") if one.scope != "whole" else "",
    ]
    if named := " · ".join(filter(None, about)):
        page.line(f"      {named}")
    text = one.source
    of = f" (from {text.origin})" if text.origin else ""
    seen = f", seen with {count(one.seen, 'independent source')}" if one.seen > 1 else ""
    title = f"{text.title}. " if text.title else ""
    cited = f"{text.publisher}{of}, {text.published or 'undated'}{seen}: {title}{text.url}"
    page.line((f"      {cited}", "dim"))
