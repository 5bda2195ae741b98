"""check, history, entry, changes."""

import sys
from collections.abc import Iterator
from typing import Any

import typer

from gatewatch.catalogue.jurisdictions import name as country
from gatewatch.cli.options import Shape, Times, ledger_at
from gatewatch.cli.output import show
from gatewatch.cli.terminal import Page, span, when, words
from gatewatch.errors import UsageError
from gatewatch.model.entry import Decision
from gatewatch.model.moment import iso
from gatewatch.model.redaction import defanged, value, withholds
from gatewatch.model.register import Register
from gatewatch.query import ledger as reading
from gatewatch.query.check import Answer, Match, RegisterAnswer
from gatewatch.records import registers as rows

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
        page.line(
            "On ",
            (_day(day), "bold"),
            "   ",
            *page.state(by.state),
            f"   {country(by.jurisdiction)}",
            ("   ◌ network: insufficient", "grey62"),
        )
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
    page.field("Decision", decision_text(entry.decision, register) or "none given")
    for later in listing.versions[listing.versions.index(match.shown) + 1 :]:
        if later.entry.decision != entry.decision:
            page.field(
                "  corrected",
                decision_text(later.entry.decision, register) or "none",
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
        page.field("Lifted by", decision_text(listing.removal.decision, register) or "")
    page.field("Network", "no measurement is held: neither confirmed nor contradicted")


def _brief(page: Page, match: Match, register: Register, *, full: bool) -> None:
    listing = match.listing
    hidden = not full and withholds(listing.entry, register.redaction)
    shown = defanged(value(listing.selector, withhold=hidden))
    state = "earlier" if match.state == "not_listed" and listing.went else words(match.state)
    page.field("also", shown, f"entry {listing.entry_id}, {match.how}, {state}")
    page.field("", f"{span(listing.came, register.zone)} to {span(listing.went, register.zone)}")


def decision_text(decision: Decision | None, register: Register) -> str:
    if decision is None:
        return ""
    body = register.bodies.get(decision.body or "", decision.body)
    named = ", ".join(part for part in (body, decision.number) if part)
    return f"{named}, of {decision.date}" if decision.date else named
