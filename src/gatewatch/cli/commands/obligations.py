"""obligations: what laws ask of a service or of a kind of service, and what shows that it was
met."""

from typing import TYPE_CHECKING, Annotated, Any, Optional

import typer

from gatewatch.catalogue.jurisdictions import name as country
from gatewatch.cli import case_lines, complete
from gatewatch.cli.options import As, AsOf, In, LedgerAt, NoColor, Output, RecordedBy, ValidAt
from gatewatch.cli.output import show
from gatewatch.cli.terminal import Page, count
from gatewatch.errors import UsageError
from gatewatch.model.moment import Moment
from gatewatch.query.facts import facts_for
from gatewatch.query.obligations import of_kind, of_service
from gatewatch.records import obligations as records

if TYPE_CHECKING:
    from gatewatch.cases.case import Case, Duty
    from gatewatch.model.service import Service

EXAMPLES = (
    "obligations wechat",
    "obligations wechat -j RU --valid-at 2017-05-08 --format json",
    "obligations --kind messenger -j CN",
)


def obligations(
    service: Annotated[
        Optional[str],  # noqa: UP045 - Typer reads no other form
        typer.Argument(
            metavar="[SERVICE]",
            help="A service by its id or any of its names.",
            autocompletion=complete.services,
        ),
    ] = None,
    kind: Annotated[
        Optional[str],  # noqa: UP045
        typer.Option(
            help="Instead of a service a kind of services, as messenger.",
            autocompletion=complete.kinds,
        ),
    ] = None,
    jurisdiction: In = None,
    ledger: LedgerAt = None,
    valid_at: ValidAt = None,
    as_of: AsOf = None,
    recorded_by: RecordedBy = None,
    output: As = Output.TABLE,
    no_color: NoColor = False,
) -> None:
    """For a service's own legal team: what laws ask of it, and what shows that it was met."""
    if bool(service) == bool(kind):
        raise UsageError("name a service, or a kind of services with --kind messenger")
    opened, moment = case_lines.opened(ledger), Moment.parse(valid_at, as_of, recorded_by)
    catalogue = facts_for(opened, moment).catalogue
    code = jurisdiction.code if jurisdiction else None
    if kind:
        told = of_kind(catalogue, kind, moment, code)
        rows = [records.law(one.law, one.revised) for one in told]
        show(output, rows, lambda page: _draw_kind(page, kind, rows))
        return
    assert service is not None
    one = catalogue.service(service)
    found = list(of_service(catalogue, one, moment, opened, jurisdictions=[code] if code else None))
    rows = [row for case in found for row in records.of_case(case)]
    show(output, rows, lambda page: _draw_service(page, one, found))


def _draw_service(page: Page, service: "Service", found: "list[Case]") -> None:
    duties = sum(len(case.duties) for case in found)
    number = f"{duties} {'duty' if duties == 1 else 'duties'}"
    page.head(f"What laws ask of {service.name}", f"{service.kind}; {number}")
    for case in found:
        page.line("")
        page.line((f"  {country(case.jurisdiction)}   ", "bold"), *page.state(case.state))
        for duty, row in zip(case.duties, records.of_case(case), strict=True):
            _draw(page, row)
            met = _met(case, duty) or "no evidence is held"
            page.line(("      met       ", "dim"), met, hang=16)


def _met(case: "Case", duty: "Duty") -> str:
    """What shows that a duty was met, in words."""
    steps = (case.steps[number - 1] for number in duty.met)
    said = (
        (case_lines.ACTIONS.get(s.action, s.action).partition(" ")[2], s.day.text) for s in steps
    )
    return "; ".join(f"{action} {case_lines.day(text)}".strip() for action, text in said)


def _draw_kind(page: Page, kind: str, rows: list[dict[str, Any]]) -> None:
    page.head(f"What laws ask of services of the kind {kind}", count(len(rows), "law"))
    if not rows:
        page.line("  None on record, which is no word that there is none.")
    place = ""
    for row in rows:
        if row["jurisdiction"] != place:
            place = row["jurisdiction"]
            page.line("")
            page.line((f"  {country(place)}", "bold"))
        _draw(page, row)


def _draw(page: Page, row: dict[str, Any]) -> None:
    since = f"since {case_lines.day(row['since'])}" if row["since"] else "its day is not known"
    if row["until"]:
        since += f", {'ended' if row['over'] else 'until'} {case_lines.day(row['until'])}"
    page.line(f"    {row['number'] or row['rule']:<18}  ", (since, "bold"))
    for label, key in (
        ("asks", "obligation"),
        ("behind it", "sanction"),
        ("lifted by", "lifts"),
        ("revised", "revised"),
    ):
        if row[key]:
            page.line((f"      {label:<10}", "dim"), str(row[key]), hang=16)
