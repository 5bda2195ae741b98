"""obligations: what rules ask of a service, and what shows that it was met."""

from typing import TYPE_CHECKING, Any

from gatewatch.catalogue.jurisdictions import name as country
from gatewatch.cli import told
from gatewatch.cli.options import (
    As,
    AsOf,
    In,
    LedgerAt,
    NoColor,
    Output,
    RecordedBy,
    ServiceName,
    ValidAt,
)
from gatewatch.cli.output import show
from gatewatch.cli.terminal import Page
from gatewatch.model.jurisdiction import Jurisdiction
from gatewatch.model.moment import Moment
from gatewatch.query import case as cases
from gatewatch.query.facts import facts_for

if TYPE_CHECKING:
    from gatewatch.cases.case import Case, Duty

EXAMPLES = ("obligations wechat", "obligations wechat -j RU --valid-at 2017-05-08 --format json")


def obligations(
    service: ServiceName,
    jurisdiction: In = None,
    ledger: LedgerAt = None,
    valid_at: ValidAt = None,
    as_of: AsOf = None,
    recorded_by: RecordedBy = None,
    output: As = Output.TABLE,
    no_color: NoColor = False,
) -> None:
    """For a service's own legal team: what rules ask of it, and what shows that it was met."""
    opened, moment = told.opened(ledger), Moment.parse(valid_at, as_of, recorded_by)
    catalogue = facts_for(opened, moment).catalogue
    one = catalogue.service(service)
    codes = [jurisdiction.code] if jurisdiction else sorted(catalogue.instruments_in)
    found = [cases.case(catalogue, one, Jurisdiction(code), moment, opened) for code in codes]
    rows = [_row(case, duty) for case in found for duty in case.duties]

    def person(page: Page) -> None:
        number = f"{len(rows)} {'duty' if len(rows) == 1 else 'duties'}"
        page.head(f"What rules ask of {one.name}", f"{one.kind}; {number}")
        for case in found:
            if case.duties:
                page.line("")
                page.line((f"  {country(case.jurisdiction)}   ", "bold"), *page.state(case.state))
            for duty in case.duties:
                _draw(page, _row(case, duty))

    show(output, rows, person)


def _row(case: "Case", duty: "Duty") -> dict[str, Any]:
    law = duty.instrument
    shown = [case.steps[number - 1] for number in duty.met]
    return {
        "jurisdiction": case.jurisdiction,
        "rule": law.id,
        "number": law.number or None,
        "since": duty.since.text or None,
        "obligation": law.obligation,
        "sanction": law.sanction or None,
        "lifts": law.lifts or None,
        "met": bool(duty.met),
        "evidence": "; ".join(f"{step.action} {step.day.text}" for step in shown) or None,
        "state": case.state,
    }


def _draw(page: Page, row: dict[str, Any]) -> None:
    since = f"since {row['since'] or 'a day not known'}"
    page.line(f"    {row['number'] or row['rule']:<20}", (since, "bold"))
    for label, key in (("asks", "obligation"), ("behind it", "sanction"), ("lifted by", "lifts")):
        if row[key]:
            page.line((f"      {label:<10}", "dim"), str(row[key]), hang=16)
    page.line(("      met       ", "dim"), row["evidence"] or "no evidence is held", hang=16)
