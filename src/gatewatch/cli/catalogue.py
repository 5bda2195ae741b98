"""service, rule, claims, obligations, catalogue: pages of what is known beside the registers."""

import sys
from collections.abc import Sequence
from datetime import date
from pathlib import Path
from typing import TYPE_CHECKING, Any

import typer

from gatewatch.catalogue import facts
from gatewatch.catalogue.jurisdictions import name as country
from gatewatch.cli.cases import jurisdiction
from gatewatch.cli.options import Shape, Times
from gatewatch.cli.output import show
from gatewatch.cli.terminal import Page, count
from gatewatch.errors import CatalogueError
from gatewatch.model.redaction import defanged
from gatewatch.query import case as cases
from gatewatch.records import cases as case_rows

if TYPE_CHECKING:
    from gatewatch.model.claim import Claim
    from gatewatch.model.service import Instrument, Naming, Service


def service(name: str | None, shape: Shape, *, color: bool) -> None:
    """One service with its cases, or all."""
    catalogue = facts.load()
    if name is None:
        _services(catalogue, shape, color=color)
        return
    one = catalogue.service(name)
    today = date.today()  # noqa: DTZ011 - the reader's own day
    found = [c for c in cases.every(catalogue, valid_at=today) if c.service.id == one.id]
    document = {**case_rows.service(one), "cases": [case_rows.overview(c) for c in found]}

    def person(page: Page) -> None:
        page.head(one.name, " · ".join(n for n in one.called() if n != one.name))
        page.field("Operator", one.operator or "not known", one.home and country(one.home))
        page.field("Kind", one.kind, f"Citizen Lab {one.category}")
        for borne in one.namings:
            page.field("Called", borne.name, _while(borne))
        for title, ids in (
            ("Google Play", one.apps.google_play),
            ("App Store", one.apps.app_store),
        ):
            if ids:
                page.field(title, ", ".join(ids))
        _hosts(page, one)
        if one.note:
            page.field("Note", one.note)
        page.field("Known from", "; ".join(one.sources))
        page.line("")
        for c in found:
            mark, word = page.state(c.state)
            page.line(
                f"  {country(c.jurisdiction):<22}",
                mark,
                (f"{word[0]:<19}", word[1]),
                (c.since.text if c.since else "", "bold"),
            )
        if not found:
            page.line("  No case is on record: this is no word on whether access is free.")

    show(
        shape,
        [_service_row(one)],
        person,
        lambda: (case_rows.overview(c).values() for c in found),
        color=color,
        document=document,
    )


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


def _services(catalogue: facts.Catalogue, shape: Shape, *, color: bool) -> None:
    held = sorted(catalogue.services.values(), key=lambda one: one.name.casefold())
    rows = [_service_row(one) for one in held]

    def person(page: Page) -> None:
        page.head(count(len(rows), "service"), "gatewatch service NAME shows one")
        for row in rows:
            page.line(
                f"  {row['name']:<22.22} {row['kind']:<12}",
                (f"{row['operator'] or '':<32.32} ", ""),
                (row["names"][:28], "dim"),
            )

    show(shape, rows, person, lambda: (row.values() for row in rows), color=color)


def _service_row(one: "Service") -> dict[str, Any]:
    """A service for a table: lists become text."""
    row = case_rows.service(one)
    row["names"] = " · ".join(one.called()[1:])
    for key in ("domains", "endpoints", "sources"):
        row[key] = " ".join(row[key])
    row["apps"] = " ".join((*one.apps.google_play, *one.apps.app_store))
    row["namings"] = " · ".join(f"{n.name} {_while(n)}".strip() for n in one.namings)
    return row


def rule(name: str | None, code: str | None, shape: Shape, *, color: bool) -> None:
    """One legal instrument, or all."""
    catalogue = facts.load()
    if name is None:
        held = [
            i
            for i in catalogue.instruments.values()
            if not code or i.jurisdiction == jurisdiction(code)
        ]
        _rules(held, catalogue, shape, color=color)
        return
    one = catalogue.instrument(name)
    row = case_rows.rule(one, catalogue)

    def person(page: Page) -> None:
        page.head(one.name, f"{country(one.jurisdiction)} · {one.id}")
        for label, value in (
            ("Original", one.original),
            ("Number", one.number),
            ("Adopted", one.adopted),
            ("In force", one.in_force),
            ("Brought by", one.brought_by),
            ("Asks", one.obligation),
            ("Reaches", ", ".join(one.kinds)),
            ("Sanction", one.sanction),
            ("Lifted by", one.lifts),
            ("Authority", one.authority),
            ("Register", _list_name(catalogue, one.register)),
            ("Note", one.note),
            ("Cases", ", ".join(row["cases"])),
        ):
            if value or label in {"Adopted", "In force"}:
                page.field(label, value or "not known")
        for source in one.sources:
            page.field("Source", source, "", "dim")

    show(shape, [_flat(row)], person, lambda: [_flat(row).values()], color=color, document=row)


def _flat(row: dict[str, Any]) -> dict[str, Any]:
    """A record for a table: lists become text."""
    return {k: "; ".join(v) if isinstance(v, tuple | list) else v for k, v in row.items()}


def _list_name(catalogue: facts.Catalogue, name: str) -> str:
    found = catalogue.lists.get(name)
    return f"{found.name}{' (a register of duties)' if found.duty else ''}" if found else ""


def _rules(
    held: "Sequence[Instrument]", catalogue: facts.Catalogue, shape: Shape, *, color: bool
) -> None:
    rows = [case_rows.rule(one, catalogue) for one in held]
    flat = [_flat(row) for row in rows]

    def person(page: Page) -> None:
        page.head(count(len(rows), "legal instrument"), "gatewatch rule ID shows one")
        for one in held:
            page.line(
                f"  {one.jurisdiction}  {one.id:<20} ",
                (f"{one.in_force or 'not known':<12}", "bold"),
                one.name[:62],
            )

    show(shape, flat, person, lambda: (row.values() for row in flat), color=color)


def claims(
    name: str | None,
    service_name: str | None,
    code: str | None,
    action: str | None,
    source: str | None,
    shape: Shape,
    *,
    color: bool,
) -> None:
    """Statements with their citations: one by its id, or all that fit."""
    catalogue = facts.load()
    wanted = catalogue.service(service_name).id if service_name else None
    found = [
        one
        for one in catalogue.claims.values()
        if (name is None or one.id == name)
        and (wanted is None or one.service == wanted)
        and (code is None or one.jurisdiction == jurisdiction(code))
        and (action is None or one.action == action)
        and (
            source is None
            or source.casefold()
            in f"{one.source.publisher} {one.source.origin} {one.source.url}".casefold()
        )
    ]
    rows = [case_rows.claim(one) for one in found]

    def person(page: Page) -> None:
        page.head(count(len(found), "claim"))
        for one in found:
            _claim(page, one, catalogue)

    flat = [{**row, "reasons": " ".join(row["reasons"])} for row in rows]
    show(shape, flat, person, lambda: (row.values() for row in flat), color=color, document=rows)
    if not found:
        print("gatewatch: no claim fits", file=sys.stderr)
        raise typer.Exit(3)


def _claim(page: Page, one: "Claim", catalogue: facts.Catalogue) -> None:
    page.line("")
    page.line(
        (f"  {one.id}", "bold"),
        f"   {catalogue.services[one.service].name} in {country(one.jurisdiction)}",
        (f"   {one.action} ", ""),
        (one.date or "day not given", "bold"),
        f"   {one.actor}",
    )
    page.line(f"      {one.says}")
    about = [one.rule, one.law, " ".join(one.reasons), one.scope if one.scope != "whole" else ""]
    if told := " · ".join(filter(None, about)):
        page.line((f"      {told}", ""))
    text = one.source
    of = f" (from {text.origin})" if text.origin else ""
    seen = f", seen with {count(one.seen, 'independent source')}" if one.seen > 1 else ""
    page.line(
        (
            f"      {text.publisher}{of}, {text.published or 'undated'}{seen}: {text.title or defanged(text.url)}",
            "dim",
        )
    )


def obligations(name: str, times: Times, shape: Shape, *, color: bool) -> None:
    """What each jurisdiction's rules ask of a service of its kind, and what shows it was met."""
    catalogue = facts.load()
    one = catalogue.service(name)
    codes = sorted(catalogue.instruments_in)
    found = [(code, cases.case(catalogue, one, code, **times)) for code in codes]
    rows = [
        {
            "jurisdiction": code,
            "rule": d.instrument.id,
            "number": d.instrument.number or None,
            "since": d.since.text or None,
            "obligation": d.instrument.obligation,
            "sanction": d.instrument.sanction or None,
            "lifts": d.instrument.lifts or None,
            "met": bool(d.met),
            "evidence": "; ".join(
                f"{c.steps[n - 1].action} {c.steps[n - 1].day.text}" for n in d.met
            )
            or None,
            "state": c.state,
        }
        for code, c in found
        for d in c.duties
    ]

    def person(page: Page) -> None:
        page.head(
            f"What rules ask of {one.name}",
            f"{one.kind}; {count(len(rows), 'duty').replace('dutys', 'duties')}",
        )
        for code, c in found:
            if not c.duties:
                continue
            page.line("")
            page.line((f"  {country(code)}   ", "bold"), *page.state(c.state))
            for row in (r for r in rows if r["jurisdiction"] == code):
                _duty(page, row)

    show(shape, rows, person, lambda: (row.values() for row in rows), color=color)


def _duty(page: Page, row: dict[str, Any]) -> None:
    page.line(
        f"    {row['number'] or row['rule']:<20}",
        (f"since {row['since'] or 'a day not known'}", "bold"),
    )
    for label, key in (("asks", "obligation"), ("behind it", "sanction"), ("lifted by", "lifts")):
        if row[key]:
            page.line((f"      {label:<10}", "dim"), str(row[key]))
    page.line(("      met       ", "dim"), row["evidence"] or "no evidence is held")


def check(folders: Sequence[str], shape: Shape, *, color: bool) -> None:
    """Every fault of form, with file and line; exit code 1 if there is one."""
    named = [Path(folder) for folder in folders]
    for folder in named:
        if not folder.is_dir():
            raise CatalogueError(f"{folder} is no folder")
    extra = [f / "facts" if (f / "facts").is_dir() else f for f in named]
    found, faults = facts.read((*facts.folders(), *extra))
    rows = [{"file": f.file, "line": f.line, "fault": f.text} for f in faults]

    def person(page: Page) -> None:
        for fault in faults:
            page.line((f"{fault.file}:{fault.line}", "bold"))
            page.line(f"    {fault.text}")
        held = (
            f"{count(len(found.services), 'service')}, {count(len(found.instruments), 'legal instrument')}, "
            f"{count(len(found.claims), 'claim')}"
        )
        page.line(f"{held}: {count(len(faults), 'fault') if faults else 'no fault'}")

    show(shape, rows, person, lambda: (row.values() for row in rows), color=color)
    if faults:
        raise typer.Exit(1)
