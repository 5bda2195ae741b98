"""check, history, entry, changes."""

import sys
from collections.abc import Iterator
from datetime import datetime
from typing import Any

import typer

from gatewatch.catalogue.jurisdictions import name as country
from gatewatch.cli.options import Shape, Times, ledger_at
from gatewatch.cli.output import show
from gatewatch.cli.terminal import Page, count, span, when, words
from gatewatch.errors import UsageError
from gatewatch.model import selector as selectors
from gatewatch.model.entry import Decision, Entry
from gatewatch.model.history import Listing, Version
from gatewatch.model.moment import iso
from gatewatch.model.register import Register
from gatewatch.publish import reading, rows
from gatewatch.publish.reading import Answer, Ledger, Match, RegisterAnswer
from gatewatch.publish.redact import defanged, value, withholds

_NEAREST = 3
_WHY_ADVICE = {
    "ends": "Try an earlier day, or bring in a later history:  gatewatch ingest --help",
    "begins": "Try a later day, or bring in an earlier history:  gatewatch ingest --help",
}


def check(
    selectors: list[str] | None,
    ledger: str | None,
    times: Times,
    jurisdiction: str | None,
    shape: Shape,
    *,
    full: bool,
    every: bool,
    color: bool,
) -> None:
    """Answer for each selector; exit code 3 if there is not enough to say."""
    asked = _given(selectors)
    opened = reading.open(ledger_at(ledger))
    answers = opened.check(asked, **times, jurisdiction=jurisdiction)
    known = opened.history_of.registers()
    flat = [row for a in answers for row in rows.answer_rows(a, known, full=full)]
    document: Any = None
    if shape == Shape.JSON:
        document = [rows.answer(a, known, full=full) for a in answers]
        document = document[0] if len(document) == 1 else document
    show(
        shape,
        flat,
        lambda page: _draw(page, answers, known, full=full, every=every),
        lambda: _lines(answers, known, full=full),
        color=color,
        document=document,
    )
    if any(a.state == "insufficient" for a in answers):
        raise typer.Exit(3)


def _given(selectors: list[str] | None) -> list[str]:
    given = [s for s in selectors or ["-"] if s != "-"]
    if not selectors or "-" in selectors:
        if not selectors and sys.stdin.isatty():
            raise UsageError("nothing to check: name a domain, URL or address, or pipe in a list")
        given += [line.strip() for line in sys.stdin if line.strip() and not line.startswith("#")]
    if not given:
        raise UsageError("nothing to check: standard input held no selector")
    return given


def _lines(answers: list[Answer], known: dict[str, Register], *, full: bool) -> Iterator[list[Any]]:
    for answer in answers:
        for by in answer.registers:
            match = by.matches[0] if by.matches else None
            yield [
                by.state,
                _asked(answer, known, full=full),
                by.jurisdiction,
                by.register,
                match.listing.entry_id if match else None,
                match.how if match else None,
                iso(match.listing.came.by) if match else None,
                iso(match.listing.went.by) if match and match.listing.went else None,
                by.why,
            ]


def _asked(answer: Answer, known: dict[str, Register], *, full: bool) -> str:
    """What was asked about, as it may be shown: its path is withheld if any listing's is."""
    hidden = not full and any(
        withholds(m.listing.entry, known[by.register].redaction)
        for by in answer.registers
        for m in by.matches
        if m.how in {"exact url", "same url, other scheme"}
    )
    return defanged(value(answer.selector, withhold=hidden))


def _draw(
    page: Page, answers: list[Answer], known: dict[str, Register], *, full: bool, every: bool
) -> None:
    if len(answers) > _NEAREST:
        for answer in answers:
            best = min(answer.registers, key=lambda r: r.state != answer.state, default=None)
            shown = _asked(answer, known, full=full)
            by = f"{best.register}   {_how(best)}" if best else ""
            page.line(f"  {shown:<56} ", *page.state(answer.state), (f"   {by}", "dim"))
        return
    for number, answer in enumerate(answers):
        if number:
            page.line("")
        _answer(page, answer, known, full=full, every=every)


def _how(by: RegisterAnswer) -> str:
    return by.matches[0].how if by.matches and by.state.startswith("listed") else by.why


def _answer(
    page: Page, answer: Answer, known: dict[str, Register], *, full: bool, every: bool
) -> None:
    shown = _asked(answer, known, full=full)
    page.head(shown, f"{answer.selector.kind}{_as_asked(answer)}")
    for by in answer.registers:
        day = str(rows.times(answer)["valid_at"])
        page.line("On ", (_day(day), "bold"), "   ", *page.state(by.state),
                  f"   {country(by.jurisdiction)}", ("   ◌ network: insufficient", "grey62"))  # fmt: skip
        _register(page, by, known[by.register], full=full, every=every)


def _as_asked(answer: Answer) -> str:
    best = next((m for r in answer.registers for m in r.matches if m.state == "listed"), None)
    if best is None:
        return ""
    return (
        ", exactly as asked"
        if best.how in {"exact url", "host", "address"}
        else f", met as {best.how}"
    )


def _day(text: str) -> str:
    return text if len(text) == 10 else text.replace("T", " ").replace("Z", " UTC")


def _register(
    page: Page, by: RegisterAnswer, register: Register, *, full: bool, every: bool
) -> None:
    page.line("")
    restated = "   restated from other sources" if register.restated else ""
    if not any(m.state in {"listed", "insufficient"} for m in by.matches) or not by.matches:
        page.field("Register", register.title, f"{register.authority}{restated}")
        _absence(page, by, register)
        for match in by.matches[: None if every else _NEAREST]:
            _brief(page, match, register, full=full)
        page.line("")
        return
    current = [m for m in by.matches if m.state != "not_listed"]
    shown = current[0].listing.entry_id
    current[1:] = [m for m in current[1:] if m.listing.entry_id != shown or m.coverage != "related"]
    _match(page, current[0], register)
    others = current[1:] if every else current[1 : 1 + _NEAREST]
    for match in others:
        _brief(page, match, register, full=full)
    if len(others) < len(by.matches) - 1:
        page.field(
            "",
            f"{len(by.matches) - 1 - len(others)} more met it, now or earlier",
            "--all, or gatewatch history",
        )
    page.line("")


def _absence(page: Page, by: RegisterAnswer, register: Register) -> None:
    if by.state == "not_listed":
        page.field("Not listed", by.why)
        return
    end, start = when(by.last, register.zone), when(by.first, register.zone)
    if "ends" in by.why:
        page.line(f"\n  The history of this register held here ends with the snapshot of {end}.")
    elif "begins" in by.why:
        page.line(
            f"\n  The history of this register held here begins with the snapshot of {start}."
        )
    else:
        page.line(f"\n  {by.why[0].upper()}{by.why[1:]}.")
    page.line(
        '  Nothing is known of the time asked about: this is neither "listed" nor "not listed".'
    )
    advice = next((text for key, text in _WHY_ADVICE.items() if key in by.why), None)
    if advice:
        page.line((f"  {advice}", "dim"))


def _match(page: Page, match: Match, register: Register) -> None:
    listing, entry, zone = match.listing, match.shown.entry, register.zone
    page.field("Register", register.title, f"entry {listing.entry_id}")
    page.field(
        "Authority", register.authority, "restated from other sources" if register.restated else ""
    )
    page.field("Matched", f"{match.how}: {words(match.coverage)}", match.why)
    page.field("Decision", _decision(entry.decision, register) or "none given")
    for later in listing.versions[listing.versions.index(match.shown) + 1 :]:
        if later.entry.decision != entry.decision:
            page.field(
                "  corrected",
                _decision(later.entry.decision, register) or "none",
                f"in the snapshot of {when(later.since.by, zone)}",
            )
    if entry.ground:
        page.field("Ground", register.grounds.get(entry.ground, entry.ground))
    prescribed = register.prescribes.get(entry.block_type)
    page.field("Prescribes", entry.block_type, prescribed or "")
    if entry.included_at:
        page.field(
            "Entered",
            entry.included_at.replace("T", " "),
            "by the entry itself, register's local time",
        )
    page.field("Came", span(listing.came, zone), "snapshot without, snapshot with", "bold")
    page.field(
        "Went",
        span(listing.went, zone),
        "snapshot with, snapshot without" if listing.went else "",
        "bold" if listing.went else "",
    )
    if listing.entry.removed_at:
        page.field("Removed", listing.entry.removed_at, "by the entry itself")
    if listing.removal:
        page.field("Lifted by", _decision(listing.removal.decision, register) or "")
    page.field("Network", "no measurement is held: neither confirmed nor contradicted")


def _brief(page: Page, match: Match, register: Register, *, full: bool) -> None:
    listing = match.listing
    hidden = not full and withholds(listing.entry, register.redaction)
    shown = defanged(value(listing.selector, withhold=hidden))
    state = "earlier" if match.state == "not_listed" and listing.went else words(match.state)
    page.field("also", shown, f"entry {listing.entry_id}, {match.how}, {state}")
    page.field("", f"{span(listing.came, register.zone)} to {span(listing.went, register.zone)}")


def _decision(decision: Decision | None, register: Register) -> str:
    if decision is None:
        return ""
    body = register.bodies.get(decision.body or "", decision.body)
    named = ", ".join(part for part in (body, decision.number) if part)
    return f"{named}, of {decision.date}" if decision.date else named


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

    from gatewatch.publish import picture

    fresh = opened.registers(as_of=as_of)
    known = {f.register.id: f.register for f in fresh}
    reach = {f.register.id: (f.first_published, f.last_published) for f in fresh}
    hidden = not full and any(withholds(li.entry, known[li.register].redaction) for li in met)
    title = defanged(value(selectors.parse(selector), withhold=hidden))
    Path(file).write_text(
        picture.listings(title, met[:40], known, reach, full=full), encoding="utf-8"
    )


def _listing_line(row: dict[str, Any]) -> list[Any]:
    return [row[name] for name in (
        "register", "entry", "how", "kind", "value", "came_not_before", "came_not_after",
        "went_not_before", "went_not_after", "decision_body", "decision_number", "decision_date")]  # fmt: skip


def _listing(page: Page, how: str, listing: Listing, register: Register, *, full: bool) -> None:
    hidden = not full and withholds(listing.entry, register.redaction)
    state = "removed" if listing.went else "listed"
    page.line("")
    page.line(*page.state(state)[0:1], (defanged(value(listing.selector, withhold=hidden)), "bold"),
              (f"   {register.id} entry {listing.entry_id}, {how}", "dim"))  # fmt: skip
    page.field("Decision", _decision(listing.entry.decision, register) or "none given")
    page.field("Came", span(listing.came, register.zone))
    page.field("Went", span(listing.went, register.zone))
    if listing.entry.removed_at:
        page.field("Removed", listing.entry.removed_at, "by the entry itself")
    if listing.removal:
        page.field("Lifted by", _decision(listing.removal.decision, register))


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
    return [since["not_before"], since["not_after"], until.get("not_before"), until.get("not_after"),
            "gone" if row["gone"] else "", row["decision_body"], row["decision_number"],
            row["decision_date"], " ".join(row["selectors"])]  # fmt: skip


def _version(page: Page, found: Version, register: Register, *, full: bool) -> None:
    entry = found.entry
    hidden = not full and withholds(entry, register.redaction)
    page.line("")
    page.field("Since", span(found.since, register.zone), "", "bold")
    if found.until:
        page.field("Gone" if found.gone else "Until", span(found.until, register.zone))
    page.field("Decision", _decision(entry.decision, register) or "none given")
    if found.removal:
        page.field("Lifted by", _decision(found.removal.decision, register))
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
    found = opened.changes(register, since=since, until=until, **times,
                           jurisdiction=jurisdiction)  # fmt: skip
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
            page.line(f"  {_at(event.at, of)}  ", *page.state(event.change.op)[0:1],
                      f"{event.change.op:<8} ", f"{event.register} {event.change.entry_id}  ",
                      (" ".join(shown), ""), (f"  {_decision(named.decision, of)}", "dim"))  # fmt: skip
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
    return [row["not_before"], row["not_after"], row["change"], row["register"], row["entry"],
            row["decision_body"], row["decision_number"], row["decision_date"],
            " ".join(row["selectors"])]  # fmt: skip
