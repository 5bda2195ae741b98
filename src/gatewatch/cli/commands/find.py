"""find: what a text may name: services, countries, laws, authorities, registers, networks,
hosts."""

from typing import Annotated, Any

import typer

from gatewatch.catalogue.jurisdictions import name as country
from gatewatch.cli import case_lines
from gatewatch.cli.onward import onward
from gatewatch.cli.options import As, AsOf, LedgerAt, NoColor, Output, RecordedBy
from gatewatch.cli.output import show
from gatewatch.cli.terminal import Page
from gatewatch.model.moment import Moment
from gatewatch.model.redaction import defanged
from gatewatch.query.facts import facts_for
from gatewatch.query.search import search
from gatewatch.records import search as search_records

EXAMPLES = (
    "find wecaht",
    "find WeChat Russia",
    "find 149-FZ",
    "find Роскомнадзор",
    "find facebook.com/groups/1",
)
_HEADS = {
    "selector": "An address",
    "case": "A case",
    "service": "Services",
    "operator": "Run by a company of that name",
    "jurisdiction": "Countries",
    "law": "Laws",
    "authority": "Authorities",
    "list": "Official lists",
    "register": "Registers in this ledger",
    "network": "Networks measured from",
    "decision": "Entries by their decision",
    "host": "Hosts listed or measured",
}
_NEXT = {
    "selector": "check {id}",
    "case": "case {id}",
    "service": "service {id}",
    "operator": "service {id}",
    "jurisdiction": "cases -j {id}",
    "law": "rule {id}",
    "register": "entries {id}",
    "network": "reconcile --network {id} -j {jurisdiction}",
    "decision": "entry {id}",
    "host": "check {id}",
}
_HOSTS = frozenset({"selector", "host"})


def find(
    text: Annotated[
        list[str],
        typer.Argument(help="A name in any language, a host, a law, a network, a decision."),
    ],
    ledger: LedgerAt = None,
    as_of: AsOf = None,
    recorded_by: RecordedBy = None,
    output: As = Output.TABLE,
    no_color: NoColor = False,
) -> None:
    """What a text may name, by kind, with the command that tells more. Exit code 3 if nothing."""
    opened = case_lines.opened(ledger)
    moment = Moment.parse(None, as_of, recorded_by)
    catalogue = facts_for(opened, moment).catalogue
    asked = " ".join(text)
    rows = search_records.rows(search(opened, catalogue, asked, moment), catalogue)
    show(
        output,
        rows,
        lambda page: _draw(page, asked, rows),
        pipe=lambda: (
            [row[key] for key in ("kind", "id", "name", "jurisdiction", "until")] for row in rows
        ),
    )
    if not rows:
        raise typer.Exit(3)


def _draw(page: Page, asked: str, rows: list[dict[str, Any]]) -> None:
    if not rows:
        page.line(f"Nothing here is called {asked!r}. Names may be in English, Russian or Chinese.")
        return
    for kind, head in _HEADS.items():
        mine = [row for row in rows if row["kind"] == kind]
        if not mine:
            continue
        alike = all(row["match"] == "alike" for row in mine)
        page.head(f"{head}{', with a name like it' if alike else ''}")
        page.table(_line(row) for row in mine)


def _line(row: dict[str, Any]) -> list[str | tuple[str, str]]:
    named = str(row["name"])
    place = country(row["jurisdiction"]) if row["jurisdiction"] else ""
    following = _NEXT.get(row["kind"], "").format_map(row)
    return [
        (defanged(named) if row["kind"] in _HOSTS else named, "bold"),
        "" if row["kind"] == "jurisdiction" else place,
        (onward(*following.split()) if following else "", "dim"),
        (f"until {case_lines.day(row['until'])}" if row["until"] else "", "dim"),
    ]
