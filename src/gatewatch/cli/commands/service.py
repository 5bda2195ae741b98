"""service: names, operator, hosts, and where it stands in each jurisdiction."""

from typing import TYPE_CHECKING, Any

from gatewatch.catalogue import facts
from gatewatch.catalogue.jurisdictions import name as country
from gatewatch.cli import case_lines
from gatewatch.cli.onward import onward
from gatewatch.cli.options import (
    AnyService,
    As,
    AsOf,
    LedgerAt,
    NoColor,
    Output,
    RecordedBy,
    ValidAt,
)
from gatewatch.cli.output import show
from gatewatch.cli.terminal import Page, count
from gatewatch.model.moment import Moment
from gatewatch.model.redaction import defanged
from gatewatch.query.facts import facts_for
from gatewatch.records import cases as case_rows

if TYPE_CHECKING:
    from gatewatch.cases.case import Case
    from gatewatch.model.service import Naming, Service

EXAMPLES = ("service wechat", "service 微信 --format json", "service")


def service(
    name: AnyService = None,
    ledger: LedgerAt = None,
    valid_at: ValidAt = None,
    as_of: AsOf = None,
    recorded_by: RecordedBy = None,
    output: As = Output.TABLE,
    no_color: NoColor = False,
) -> None:
    """A service: names, operator, hosts, and where it stands in each jurisdiction."""
    moment = Moment.parse(valid_at, as_of, recorded_by)
    opened = case_lines.opened(ledger)
    catalogue = facts_for(opened, moment).catalogue
    chosen = [catalogue.service(name)] if name else _all(catalogue)
    cases: dict[str, list[Case]] = {one.id: [] for one in chosen}
    only = chosen[0] if name else None
    for case in case_lines.every(catalogue, moment, opened, service=only):
        cases[case.service.id].append(case)

    def person(page: Page) -> None:
        if name:
            _draw(page, chosen[0], cases[chosen[0].id])
        else:
            _list(page, chosen)

    rows = [_row(one) for one in chosen]
    overviews = {key: [case_rows.overview(c) for c in found] for key, found in cases.items()}
    show(
        output,
        rows,
        person,
        pipe=(lambda: case_lines.lines(overviews[chosen[0].id])) if name else None,
        document=[{**case_rows.service(one), "cases": overviews[one.id]} for one in chosen],
    )


def _all(catalogue: facts.Catalogue) -> "list[Service]":
    return sorted(catalogue.services.values(), key=lambda one: one.name.casefold())


def _draw(page: Page, one: "Service", cases: "list[Case]") -> None:
    page.head(one.name, " · ".join(n for n in one.called() if n != one.name))
    page.field("Operator", one.operator or "not known", country(one.home) if one.home else "")
    page.field("Kind", one.kind, f"Citizen Lab {one.category}")
    for borne in one.namings:
        page.field("Called", borne.name, _while(borne))
    for title, ids in (("Google Play", one.apps.google_play), ("App Store", one.apps.app_store)):
        if ids:
            page.field(title, ", ".join(ids))
    _hosts(page, one)
    if one.note:
        page.field("Note", one.note)
    page.field("Known from", "; ".join(one.sources))
    page.line("")
    page.table(
        [
            country(c.jurisdiction),
            case_lines.state(page, c),
            (case_lines.day(c.since.text) if c.since else "", "bold"),
        ]
        for c in cases
    )
    if not cases:
        page.line("  No case is on record: this is no word on whether access is free.")


def _while(borne: "Naming") -> str:
    """When a name was borne, in words."""
    since = f"since {borne.since}" if borne.since else ""
    return " ".join(filter(None, [since, f"until {borne.until}" if borne.until else ""]))


def _hosts(page: Page, one: "Service") -> None:
    endpoints = tuple(e.host for e in one.endpoints)
    for name, hosts in (("Domains", one.domains), ("Endpoints", endpoints)):
        if hosts:
            page.field(name, ", ".join(defanged(h) for h in hosts))
    if not one.domains:
        page.field("Domains", "none known")


def _list(page: Page, chosen: "list[Service]") -> None:
    page.head(count(len(chosen), "service"), f"{onward('service', 'NAME')} shows one")
    page.table(
        [one.name, one.kind, one.operator or "", (" · ".join(one.called()[1:]), "dim")]
        for one in chosen
    )


def _row(one: "Service") -> dict[str, Any]:
    """A service for a table: lists become text."""
    row = case_rows.service(one)
    row["names"] = " · ".join(one.called()[1:])
    for key in ("domains", "endpoints", "sources"):
        row[key] = " ".join(row[key])
    row["apps"] = " ".join((*one.apps.google_play, *one.apps.app_store))
    row["namings"] = " · ".join(f"{n.name} {_while(n)}".strip() for n in one.namings)
    return row
