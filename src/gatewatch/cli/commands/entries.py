"""entries: which entries of a register stand, by decision, ground, measure, suffix, network,
text."""

from typing import Annotated, Optional

import typer

from gatewatch.cli import complete
from gatewatch.cli.listing import decision, known_up_to, last_day, note_day, shown, span
from gatewatch.cli.options import (
    As,
    AsOf,
    Full,
    LedgerAt,
    NoColor,
    Output,
    RecordedBy,
    ValidAt,
    ledger_at,
)
from gatewatch.cli.output import show
from gatewatch.cli.terminal import Page, is_person
from gatewatch.model.moment import Moment
from gatewatch.model.register import Register
from gatewatch.query import ledger as reading
from gatewatch.query.entries import Entries, Found, Sought
from gatewatch.query.entries import entries as search
from gatewatch.records import registers as rows
from gatewatch.words.saying import say
from gatewatch.words.shown import entries_counted

EXAMPLES = (
    "entries ru-demo",
    "entries ru-demo --body Roskomnadzor --ground 15.4",
    "entries ru-demo --suffix line.me --valid-at 2017-05-05 --format json",
)
_MOST = 40
_NAMES = 3
_FEW = 6
_Text = Optional[str]  # noqa: UP045 - Typer reads no other form


def entries(
    register: Annotated[
        str, typer.Argument(help="A register's id.", autocompletion=complete.registers)
    ],
    body: Annotated[_Text, typer.Option(help="A part of the deciding body's name.")] = None,
    number: Annotated[_Text, typer.Option(help="A part of the decision's number.")] = None,
    decided: Annotated[_Text, typer.Option(metavar="DAY", help="2024, 2024-03 or a day.")] = None,
    ground: Annotated[_Text, typer.Option(help="The ground as published.")] = None,
    block_type: Annotated[
        _Text, typer.Option("--measure", help="What is prescribed: url, domain, domain-mask, ip.")
    ] = None,
    suffix: Annotated[_Text, typer.Option(help="A domain and all names under it.")] = None,
    network: Annotated[_Text, typer.Option(help="Addresses in it, as 192.0.2.0/24.")] = None,
    text: Annotated[
        _Text, typer.Option(help="A part of a host, an attribute or unread text.")
    ] = None,
    ledger: LedgerAt = None,
    valid_at: ValidAt = None,
    as_of: AsOf = None,
    recorded_by: RecordedBy = None,
    output: As = Output.TABLE,
    full: Full = False,
    no_color: NoColor = False,
) -> None:
    """Entries that stand, or may, with counts by body, ground and year. Exit code 3 if none."""
    opened = reading.open(ledger_at(ledger))
    sought = Sought(
        body=body,
        number=number,
        decided=decided,
        ground=ground,
        block_type=block_type,
        suffix=suffix,
        network=network,
        text=text,
    )
    found = search(opened, register, sought, Moment.parse(valid_at, as_of, recorded_by))
    declared = opened.history_of.registers()[register]
    # A person is shown a few: the others of a large register are not read.
    wanted = found[:0] if output == Output.TABLE and is_person() else found[:]
    facts = [rows.entry_found(one, declared, full=full) for one in wanted]
    document = {**found.moment.told(), **rows.counted(found, register), "entries": facts}
    show(
        output,
        facts,
        lambda page: _draw(page, found, declared, full=full),
        pipe=lambda: (_line(row) for row in facts),
        document=document,
    )
    note_day(output, found.day)
    if not found:
        raise typer.Exit(3)


def _line(row: dict[str, object]) -> list[object]:
    selectors = row["selectors"]
    names = " ".join(map(str, selectors)) if isinstance(selectors, list) else ""
    told = ("decision_body", "decision_number", "decision_date", "ground", "block_type")
    return [row["entry"], row["state"], *(row[key] for key in told), names, row["last_known"]]


def _draw(page: Page, found: Entries, register: Register, *, full: bool) -> None:
    page.head(register.title, say(entries_counted(found.read, found.unread, found.perhaps)))
    if found.day:
        page.line(f"  {last_day(found.day)}")
    else:
        known_up_to(page, {register.id: found.last_known})
    counts = (
        ("Bodies", found.by_body),
        ("Grounds", found.by_ground),
        ("Years", found.by_year),
        ("Domains", found.by_suffix),
    )
    for label, counted in counts:
        told = [f"{name or 'none given'} {number:,}" for name, number in counted.items()]
        if len(told) > 1:
            others = "more" if counted is found.by_suffix else f"{len(told) - _FEW} more"
            more = f" and {others}" if len(told) > _FEW else ""
            page.field(label, ", ".join(told[:_FEW]) + more)
    page.line("")
    page.table(_row(one, register, full=full) for one in found[:_MOST])
    if len(found) > _MOST:
        page.line((f"  and {len(found) - _MOST:,} more: --format csv", "dim"))


def _row(one: Found, register: Register, *, full: bool) -> list[str]:
    entry = one.version.entry
    names = [shown(s, entry, register, full=full) for s in entry.selectors]
    more = f" and {len(names) - _NAMES} more" if len(names) > _NAMES else ""
    return [
        one.id,
        ", ".join(names[:_NAMES]) + more
        or ("nothing that could be read" if entry.unparsed else "no site"),
        decision(entry.decision, register) or "",
        span(one.run.came, register.zone),
    ]
