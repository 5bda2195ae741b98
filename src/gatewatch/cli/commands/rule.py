"""rule: a legal instrument, what it asks, of whom, what stands behind it, what lifts that."""

from typing import TYPE_CHECKING, Annotated, Any, Optional

import typer

from gatewatch.catalogue import facts
from gatewatch.catalogue.jurisdictions import name as country
from gatewatch.cli import case_lines, complete
from gatewatch.cli.onward import onward
from gatewatch.cli.options import As, In, LedgerAt, NoColor, Output, RecordedBy, ValidAt
from gatewatch.cli.output import show
from gatewatch.cli.terminal import Page, count
from gatewatch.model.moment import Moment
from gatewatch.query.facts import facts_for
from gatewatch.records import cases as case_rows
from gatewatch.words.cases import OFFICIAL
from gatewatch.words.saying import say

if TYPE_CHECKING:
    from gatewatch.model.service import Instrument

EXAMPLES = ("rule 242-FZ", "rule -j RU", "rule ru-149fz-10.1 --format json")


def rule(
    name: Annotated[
        Optional[str],  # noqa: UP045
        typer.Argument(
            metavar="[RULE]",
            help="A rule by its id or number, as 242-FZ; default all.",
            autocompletion=complete.rules,
        ),
    ] = None,
    jurisdiction: In = None,
    valid_at: ValidAt = None,
    recorded_by: RecordedBy = None,
    ledger: LedgerAt = None,
    output: As = Output.TABLE,
    no_color: NoColor = False,
) -> None:
    """A legal instrument: what it asks, of whom, what stands behind it, what lifts that.

    With --valid-at and no name, those alone that were in force then, or may have been.
    """
    moment = Moment.parse(valid_at, None, recorded_by)
    catalogue = facts_for(case_lines.opened(ledger), moment).catalogue
    code = jurisdiction.code if jurisdiction else None
    chosen = [catalogue.instrument(name)] if name else list(catalogue.instruments.values())
    chosen = [one for one in chosen if code in {None, one.jurisdiction}]
    if valid_at and not name:
        chosen = [one for one in chosen if one.stands(moment.day)]
    records = [case_rows.rule(one, catalogue) for one in chosen]

    def person(page: Page) -> None:
        if name and chosen:
            _draw(page, chosen[0], records[0]["cases"], catalogue)
        else:
            _list(page, chosen)

    show(output, records, person, between="; ")


def _draw(page: Page, one: "Instrument", cases: list[Any], catalogue: facts.Catalogue) -> None:
    page.head(one.name, f"{country(one.jurisdiction)} · {one.id}")
    for label, value in (
        ("Original", one.original),
        ("Number", one.number),
        ("Also called", ", ".join(one.aliases)),
        ("Articles", ", ".join(one.articles)),
        ("Official", one.official),
        ("Which is" if one.official else "Official", say(OFFICIAL[one.official_kind])),
        ("Adopted", one.adopted),
        ("In force", one.in_force),
        ("Until", one.until),
        ("Ended by", one.ended_by or ("its own term" if one.until else "")),
        ("Brought by", one.brought_by),
        ("Revises", one.revises),
        ("Amended by", _amended(catalogue, one)),
        ("Asks", one.obligation),
        ("Reaches", ", ".join(one.kinds)),
        ("Sanction", one.sanction),
        ("Lifted by", one.lifts),
        ("Authority", one.authority),
        ("Register", _list_name(catalogue, one.register)),
        ("Note", one.note),
        ("Cases", ", ".join(cases)),
    ):
        if value or label in {"Adopted", "In force"}:
            page.field(label, value or "not known")
    for source in dict.fromkeys((*one.sources, *one.until_sources)):
        page.field("Source", source, "", "dim")


def _amended(catalogue: facts.Catalogue, one: "Instrument") -> str:
    others = (catalogue.instruments[other] for other in one.amended)
    return ", ".join(f"{law.number or law.id} ({law.adopted})" for law in others)


def _list_name(catalogue: facts.Catalogue, name: str) -> str:
    found = catalogue.lists.get(name)
    return f"{found.name}{' (a register of duties)' if found.duty else ''}" if found else ""


def _days(one: "Instrument") -> str:
    """When it was in force."""
    since = one.in_force or "not known"
    return f"{since} to {case_lines.day(one.until)}" if one.until else since


def _list(page: Page, chosen: "list[Instrument]") -> None:
    page.head(count(len(chosen), "legal instrument"), f"{onward('rule', 'ID')} shows one")
    page.table(
        [one.jurisdiction, one.id, (_days(one), "bold"), one.name]
        for one in sorted(chosen, key=lambda one: (one.jurisdiction, one.id))
    )
