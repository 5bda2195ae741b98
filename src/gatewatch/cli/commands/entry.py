"""entry: every version of one entry."""

from collections.abc import Mapping
from typing import Annotated, Any

import typer

from gatewatch.cli import complete
from gatewatch.cli.listing import (
    attributes,
    decision,
    differences,
    ground_of,
    known_up_to,
    shown,
    span,
)
from gatewatch.cli.options import (
    All,
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
from gatewatch.cli.terminal import Page, count, note
from gatewatch.model.history import Snapshot, Version
from gatewatch.model.moment import Moment
from gatewatch.model.redaction import clean, unread, withholds
from gatewatch.model.register import Register
from gatewatch.query import ledger as reading
from gatewatch.query.history import OnTheDay, on_the_day
from gatewatch.query.registers import by_id
from gatewatch.query.standings import known_days
from gatewatch.records import registers as rows

EXAMPLES = (
    "entry ru-demo wechat",
    "entry ru-demo wechat --valid-at 2017-05-05 --format json",
)
_ENDS = 3
"""So many of the oldest and of the newest versions are shown, unless all are asked for."""
_NAMES = 6
_NEVER = 3
_SHOWN_BY = ("Shown by", "No longer")
"""The states of the list that first showed a version, and first did not."""


def entry(
    register: Annotated[
        str, typer.Argument(help="A register's id.", autocompletion=complete.registers)
    ],
    entry_id: Annotated[str, typer.Argument(metavar="ID", help="The entry's id in the register.")],
    ledger: LedgerAt = None,
    valid_at: ValidAt = None,
    as_of: AsOf = None,
    recorded_by: RecordedBy = None,
    output: As = Output.TABLE,
    full: Full = False,
    every: All = False,
    no_color: NoColor = False,
) -> None:
    """Every version of one entry. Exit code 3 if it was never held.

    With --valid-at, those alone that stood then or may have.
    """
    opened = reading.open(ledger_at(ledger))
    found = opened.entry(
        register, entry_id, valid_at=valid_at, as_of=as_of, recorded_by=recorded_by
    )
    declared = opened.history_of.registers()[register]
    states = by_id(opened, register)
    moment = Moment.parse(valid_at, as_of, recorded_by)
    days = known_days(opened, {register: declared}, moment)
    stood = on_the_day(opened, register, found, moment) if valid_at else [None] * len(found)

    def person(page: Page) -> None:
        page.head(f"{declared.title}, entry {entry_id}", count(len(found), "version"))
        known_up_to(page, days)
        if OnTheDay.PERHAPS in stood:
            page.line(("  Which stood then is not known for sure: those that may have", "dim"))
        _versions(page, found, declared, states, full=full, every=every)

    flat = [
        {**rows.version(v, declared, full=full, states=states, known=days), "on_day": then}
        for v, then in zip(found, stood, strict=True)
    ]
    show(output, flat, person, pipe=lambda: (_line(row) for row in flat))
    if not found:
        note(f"gatewatch: {register} never held an entry {entry_id!r}, as far as is held here")
        raise typer.Exit(_NEVER)


def _line(row: dict[str, Any]) -> list[Any]:
    since, until = row["since"], row["until"] or {}
    return [
        since["not_before"],
        since["not_after"],
        until.get("not_before"),
        until.get("not_after"),
        "gone" if row["gone"] else "",
        row["decision_body"],
        row["decision_number"],
        row["decision_date"],
        " ".join(row["selectors"]),
        row["last_known"],
        row["on_day"],
    ]


def _versions(
    page: Page,
    found: list[Version],
    register: Register,
    states: Mapping[str, Snapshot],
    *,
    full: bool,
    every: bool,
) -> None:
    few = every or len(found) <= 2 * _ENDS
    chosen = found if few else [*found[:_ENDS], *found[-_ENDS:]]
    before = dict(zip(map(id, found[1:]), found, strict=False))
    for version in chosen:
        _version(page, version, register, full=full, before=before.get(id(version)))
        for label, one in zip(_SHOWN_BY, rows.shown_by(version, states), strict=False):
            page.field(label, one["origin"], f"digest {one['content']}")
    if len(chosen) < len(found):
        between = len(found) - len(chosen)
        page.line((f"\n  {between} versions between are not shown: --all", "dim"))


def _version(
    page: Page, found: Version, register: Register, *, full: bool, before: Version | None
) -> None:
    held = found.entry
    page.line("")
    page.field("Since", span(found.since, register.zone), "", "bold")
    if found.until:
        page.field("Gone" if found.gone else "Until", span(found.until, register.zone))
    if before and not before.gone:
        for one in differences(before.entry, held, register, full=full):
            page.field("Changed", one, "", "bold")
    page.field("Decision", decision(held.decision, register) or "none given")
    if found.removal:
        page.field("Lifted by", decision(found.removal.decision, register))
    page.field("Prescribes", held.block_type, ground_of(held, register))
    if held.included_at:
        entered = held.included_at.replace("T", " ")
        page.field("Entered", entered, "by the entry itself, register's local time")
    named = [shown(s, held, register, full=full) for s in held.selectors]
    more = f" and {len(named) - _NAMES} more" if len(named) > _NAMES else ""
    page.field("Names", (", ".join(named[:_NAMES]) + more) or "no site")
    withhold = not full and withholds(held, register.redaction)
    for text in held.unparsed[:_NAMES]:
        page.field("Unread", clean(unread(text, withhold=withhold)), "", "bold")
    for name, text in attributes(held, register, full=full).items():
        page.field(name.capitalize(), text)
    if held.removed_at:
        page.field("Removed", held.removed_at, "by the register's own word")
