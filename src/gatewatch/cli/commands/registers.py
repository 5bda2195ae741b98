"""registers: those held with their freshness, or all that are declared."""

from typing import Annotated

import msgspec
import typer

from gatewatch.cli.listing import when
from gatewatch.cli.onward import onward
from gatewatch.cli.options import (
    As,
    AsOf,
    In,
    LedgerAt,
    NoColor,
    Output,
    RecordedBy,
    ValidAt,
    ledger_at,
)
from gatewatch.cli.output import show
from gatewatch.cli.terminal import Page, count
from gatewatch.query import ledger as reading
from gatewatch.query.registers import Freshness
from gatewatch.records import registers as rows
from gatewatch.words.saying import say
from gatewatch.words.shown import entries_counted

EXAMPLES = (
    "registers",
    "registers --valid-at 2017-05-01 --format json",
    "registers --known",
)
_LINE = (
    "register",
    "jurisdiction",
    "snapshots",
    "quarantined",
    "entries",
    "first_published",
    "last_published",
    "last_checked",
    "silent_since",
)


def registers(
    ledger: LedgerAt = None,
    valid_at: ValidAt = None,
    as_of: AsOf = None,
    recorded_by: RecordedBy = None,
    jurisdiction: In = None,
    known: Annotated[bool, typer.Option("--known", help="Those declared, held or not.")] = False,
    output: As = Output.TABLE,
    no_color: NoColor = False,
) -> None:
    """Registers held: last published, last checked, silent since when."""
    if known:
        _declared(output, jurisdiction.code if jurisdiction else None)
        return
    location = ledger_at(ledger)
    found = reading.open(location).registers(
        valid_at=valid_at,
        as_of=as_of,
        recorded_by=recorded_by,
        jurisdiction=jurisdiction.code if jurisdiction else None,
    )

    def person(page: Page) -> None:
        page.head(count(len(found), "register"), location)
        for fresh in found:
            _fresh(page, fresh)

    flat = [rows.freshness(f) for f in found]
    show(output, flat, person, pipe=lambda: ([row[name] for name in _LINE] for row in flat))


def _fresh(page: Page, fresh: Freshness) -> None:
    register, zone = fresh.register, fresh.register.zone
    restated = ("   restated" if register.restated else "", "dim")
    page.line("")
    page.line((register.id, "bold"), f"   {register.title}", restated)
    page.field("Authority", register.authority, register.jurisdiction)
    page.field(
        "Published",
        f"{when(fresh.first_published, zone)} to {when(fresh.last_published, zone)}",
        f"{fresh.snapshots:,} snapshots, {fresh.quarantined} set aside",
    )
    page.field("Changed", when(fresh.last_changed, zone), "the last state that says anything new")
    page.field(
        "Checked",
        when(fresh.last_checked, zone),
        f"{say(entries_counted(fresh.entries, fresh.unread))} when last published",
    )
    if fresh.silent_since:
        since = f"since {when(fresh.silent_since, zone)}"
        page.field("Silent", since, f"declared cadence {register.cadence}", "bold")
    if register.part:
        page.field("Part", register.part.what, "of a list; what it leaves out may be on that one")
    page.field("Licence", register.licence)


def _declared(output: Output, code: str | None) -> None:
    from gatewatch.catalogue.registers import declared

    found = [r for r in declared().values() if code in {None, r.jurisdiction}]

    def person(page: Page) -> None:
        page.head(
            f"{count(len(found), 'register')} declared", onward("ingest", "REGISTER", "SOURCE")
        )
        for r in found:
            page.line("")
            page.line((r.id, "bold"), f"   {r.title}")
            page.field("Authority", r.authority, r.jurisdiction)
            if r.law:
                page.field("Law", r.law)
            if r.page:
                page.field("Published", r.page, f"cadence {r.cadence}")
            page.field("Licence", r.licence)

    flat = [msgspec.to_builtins(r) for r in found]
    show(output, flat, person, pipe=lambda: ([r.id, r.jurisdiction, r.title] for r in found))
