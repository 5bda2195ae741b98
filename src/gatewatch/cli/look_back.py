"""history, entry, changes: what was, over its whole time."""

import sys
from datetime import datetime
from typing import Any

import typer

from gatewatch.cli.ask import decision_text
from gatewatch.cli.options import Shape, Times, ledger_at
from gatewatch.cli.output import show
from gatewatch.cli.terminal import Page, count, span, when
from gatewatch.model import selector as selectors
from gatewatch.model.entry import Entry
from gatewatch.model.history import Listing, Version
from gatewatch.model.redaction import defanged, value, withholds
from gatewatch.model.register import Register
from gatewatch.query import ledger as reading
from gatewatch.query.ledger import Ledger
from gatewatch.records import registers as rows

_NEAREST = 3


def history(
    selector: str,
    ledger: str | None,
    times: Times,
    jurisdiction: str | None,
    shape: Shape,
    *,
    plot: str | None,
    full: bool,
    color: bool,
) -> None:
    """Every listing of a selector over its whole time."""
    opened = reading.open(ledger_at(ledger))
    met = opened.history(
        selector,
        **times,
        jurisdiction=jurisdiction,
    )
    known = opened.history_of.registers()
    if plot:
        _plot(plot, selector, [listing for _, listing in met], opened, times["as_of"], full=full)
    flat = [rows.listing_row(how, li, known[li.register], full=full) for how, li in met]

    def person(page: Page) -> None:
        page.head(defanged(selector), count(len(met), "listing"))
        for how, listing in met:
            _listing(page, how, listing, known[listing.register], full=full)

    show(shape, flat, person, lambda: (_listing_line(row) for row in flat), color=color)


def _plot(
    file: str, selector: str, met: list[Listing], opened: Ledger, as_of: str | None, *, full: bool
) -> None:
    from pathlib import Path

    from gatewatch.draw import listings as picture

    fresh = opened.registers(as_of=as_of)
    known = {f.register.id: f.register for f in fresh}
    reach = {f.register.id: (f.first_published, f.last_published) for f in fresh}
    hidden = not full and any(withholds(li.entry, known[li.register].redaction) for li in met)
    title = defanged(value(selectors.parse(selector), withhold=hidden))
    Path(file).write_text(
        picture.listings(title, met[:40], known, reach, full=full), encoding="utf-8"
    )


def _listing_line(row: dict[str, Any]) -> list[Any]:
    return [
        row[name]
        for name in (
            "register",
            "entry",
            "how",
            "kind",
            "value",
            "came_not_before",
            "came_not_after",
            "went_not_before",
            "went_not_after",
            "decision_body",
            "decision_number",
            "decision_date",
        )
    ]


def _listing(page: Page, how: str, listing: Listing, register: Register, *, full: bool) -> None:
    hidden = not full and withholds(listing.entry, register.redaction)
    state = "removed" if listing.went else "listed"
    page.line("")
    page.line(
        *page.state(state)[0:1],
        (defanged(value(listing.selector, withhold=hidden)), "bold"),
        (f"   {register.id} entry {listing.entry_id}, {how}", "dim"),
    )
    page.field("Decision", decision_text(listing.entry.decision, register) or "none given")
    page.field("Came", span(listing.came, register.zone))
    page.field("Went", span(listing.went, register.zone))
    if listing.entry.removed_at:
        page.field("Removed", listing.entry.removed_at, "by the entry itself")
    if listing.removal:
        page.field("Lifted by", decision_text(listing.removal.decision, register))


def entry(
    register: str,
    entry_id: str,
    ledger: str | None,
    times: Times,
    shape: Shape,
    *,
    full: bool,
    every: bool,
    color: bool,
) -> None:
    """All versions of one entry; exit code 3 if it was never held."""
    opened = reading.open(ledger_at(ledger))
    found = opened.entry(register, entry_id, **times)
    declared = opened.history_of.registers()[register]
    flat = [rows.version(v, declared, full=full) for v in found]

    def person(page: Page) -> None:
        page.head(f"{declared.title}, entry {entry_id}", count(len(found), "version"))
        shown = (
            found
            if every or len(found) <= 2 * _NEAREST
            else [*found[:_NEAREST], *found[-_NEAREST:]]
        )
        for version in shown:
            _version(page, version, declared, full=full)
        if len(shown) < len(found):
            page.line(
                (f"\n  {len(found) - len(shown)} versions between are not shown: --all", "dim")
            )

    show(shape, flat, person, lambda: (_version_line(row) for row in flat), color=color)
    if not found:
        print(
            f"gatewatch: {register} never held an entry {entry_id!r}, as far as is held here",
            file=sys.stderr,
        )
        raise typer.Exit(3)


def _version_line(row: dict[str, Any]) -> list[Any]:
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
    ]


def _version(page: Page, found: Version, register: Register, *, full: bool) -> None:
    entry = found.entry
    hidden = not full and withholds(entry, register.redaction)
    page.line("")
    page.field("Since", span(found.since, register.zone), "", "bold")
    if found.until:
        page.field("Gone" if found.gone else "Until", span(found.until, register.zone))
    page.field("Decision", decision_text(entry.decision, register) or "none given")
    if found.removal:
        page.field("Lifted by", decision_text(found.removal.decision, register))
    page.field("Prescribes", entry.block_type, register.grounds.get(entry.ground or "", ""))
    named = [defanged(value(s, withhold=hidden)) for s in entry.selectors]
    page.field(
        "Names", ", ".join(named[:6]) + (f" and {len(named) - 6} more" if len(named) > 6 else "")
    )


def changes(
    register: str | None,
    period: tuple[str | None, str | None],
    ledger: str | None,
    times: Times,
    jurisdiction: str | None,
    shape: Shape,
    *,
    full: bool,
    limit: int,
    color: bool,
) -> None:
    """What happened in a period."""
    opened = reading.open(ledger_at(ledger))
    since, until = period
    found = opened.changes(register, since=since, until=until, **times, jurisdiction=jurisdiction)
    known = opened.history_of.registers()

    def person(page: Page) -> None:
        ops = [event.change.op for event in found]
        counts = ", ".join(f"{ops.count(op):,} {op}" for op in ("added", "changed", "removed"))
        page.head(count(len(found), "change"), counts)
        for event in found[-limit:]:
            of = known[event.register]
            named = event.change.entry or Entry("")
            shown = [
                defanged(value(s, withhold=not full and withholds(named, of.redaction)))
                for s in named.selectors[:1]
            ]
            page.line(
                f"  {_at(event.at, of)}  ",
                *page.state(event.change.op)[0:1],
                f"{event.change.op:<8} ",
                f"{event.register} {event.change.entry_id}  ",
                (" ".join(shown), ""),
                (f"  {decision_text(named.decision, of)}", "dim"),
            )
        if len(found) > limit:
            page.line(
                (
                    f"  {len(found) - limit:,} earlier ones are not shown: --limit, or --format csv",
                    "dim",
                )
            )

    flat = (
        [rows.event(e, known[e.register], full=full) for e in found] if shape != Shape.TABLE else []
    )
    show(shape, flat, person, lambda: (_event_line(e, known) for e in found), color=color)


def _at(at: datetime, register: Register) -> str:
    return when(at, register.zone)


def _event_line(event: Any, known: dict[str, Register]) -> list[Any]:
    row = rows.event(event, known[event.register])
    return [
        row["not_before"],
        row["not_after"],
        row["change"],
        row["register"],
        row["entry"],
        row["decision_body"],
        row["decision_number"],
        row["decision_date"],
        " ".join(row["selectors"]),
    ]
