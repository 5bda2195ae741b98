"""check: is it listed, since when, by which decision, until when?"""

import sys
from collections.abc import Iterator, Sequence
from typing import TYPE_CHECKING, Annotated, Any, NoReturn, Optional, TypeVar

import typer

from gatewatch.analysis.registers.standing import Why
from gatewatch.catalogue.jurisdictions import name as country
from gatewatch.cli.listing import decision, ground_of, shown, span, when
from gatewatch.cli.onward import onward
from gatewatch.cli.options import (
    All,
    As,
    AsOf,
    Full,
    In,
    LedgerAt,
    NoColor,
    Output,
    RecordedBy,
    ValidAt,
    ledger_at,
)
from gatewatch.cli.output import show, write_lines
from gatewatch.cli.terminal import Page, Piece, is_person, note, words
from gatewatch.errors import UsageError
from gatewatch.model.history import entered_under
from gatewatch.model.lane import PERHAPS, Lane, LaneName, lane
from gatewatch.model.moment import Moment, iso
from gatewatch.model.redaction import defanged, value, withholds
from gatewatch.model.register import Register
from gatewatch.model.selector import like_an_app
from gatewatch.query.opened import OpenedLedger
from gatewatch.query.registered import OfRegisters, Refused, on_registers

if TYPE_CHECKING:
    from gatewatch.query.check import Answer
    from gatewatch.query.joined import JurisdictionAnswer
    from gatewatch.query.standings import Match, RegisterAnswer

EXAMPLES = (
    "check wechat.com --valid-at 2017-05-08",
    "check wechat.com --valid-at 2017-05-08 --as-of 2017-05-03",
    "check -j ru --format csv < names.txt",
)
INSUFFICIENT = "insufficient"
_SEVERAL = 2
_NEAREST = 3
_WHY_ADVICE = {
    Why.ENDS: "Try an earlier day, or bring in a later history:  gatewatch ingest --help",
    Why.BEGINS: "Try a later day, or bring in an earlier history:  gatewatch ingest --help",
}
_NO_SELECTOR = 2
_NOT_ENOUGH = 3

Found = TypeVar("Found")
Registers = dict[str, Register]


def check(
    asked: Annotated[
        Optional[list[str]],  # noqa: UP045
        typer.Argument(
            metavar="[SELECTOR]...",
            help="Domains, URLs, addresses, networks or masks; "
            "- or nothing reads them from standard input, one a line.",
        ),
    ] = None,
    ledger: LedgerAt = None,
    valid_at: ValidAt = None,
    as_of: AsOf = None,
    recorded_by: RecordedBy = None,
    jurisdiction: In = None,
    output: As = Output.TABLE,
    full: Full = False,
    every: All = False,
    no_color: NoColor = False,
) -> None:
    """Is it listed, since when, by which decision, until when?

    Exit code 3 if there is not enough to say of one, 2 if a line is no selector: it costs no other
    line its answer.
    """
    moment = Moment.parse(valid_at, as_of, recorded_by)
    given = _given(asked)
    opened = OpenedLedger(ledger_at(ledger))
    names = [text for _, text in given]
    if output == Output.TABLE and not is_person():
        answers = on_registers(opened, names, moment, jurisdiction)
        known = opened.history_of.registers()
        write_lines(
            line for one in _unless_refused(answers) for line in _lines(one, known, full=full)
        )
        _hint(opened, moment, answers)
        _leave(answers)
    from gatewatch.query.check import check_each  # all layers: for whoever is told them

    joined = check_each(opened, names, moment, jurisdiction)
    known = opened.history_of.registers()
    numbers = (number for number, _ in given)
    numbered = list(zip(numbers, _unless_refused(joined), strict=True))
    show(
        output,
        []
        if output == Output.TABLE
        else [row for number, one in numbered for row in _rows(number, one, known, full=full)],
        lambda page: _draw(page, numbered, known, full=full, every=every),
        document=[_document(number, one, known, full=full) for number, one in numbered]
        if output == Output.JSON
        else None,
    )
    _leave(joined)


def _unless_refused(answers: Sequence[Found | Refused]) -> Sequence[Found | Refused]:
    """A lone line that is no selector is an error of the whole command."""
    if len(answers) == 1 and isinstance(answers[0], Refused):
        raise UsageError(answers[0].error)
    return answers


def _hint(ledger: OpenedLedger, moment: Moment, answers: Sequence[OfRegisters | Refused]) -> None:
    """Names of one label that a service bears, for whoever is told what registers say alone."""
    short = [
        one for one in answers if isinstance(one, OfRegisters) and "." not in one.selector.value
    ]
    if not short:
        return
    from gatewatch.query.check import meant
    from gatewatch.query.facts import facts_for

    known = facts_for(ledger, moment).catalogue
    for one in short:
        if service := meant(known, one.asked, one.selector):
            note(
                f"gatewatch: {one.asked} was looked up as a host; of the service: gatewatch service {service}"
            )


def _leave(answers: Sequence[OfRegisters | Refused]) -> NoReturn:
    """The exit code that says whether every line has its answer; names that look like another kind
    of thing are told of."""
    for one in answers:
        if isinstance(one, OfRegisters) and like_an_app(one.selector):
            name = defanged(one.selector.value)
            note(f"gatewatch: {name} was looked up as a host; an app is app:{name}")
    if any(isinstance(one, Refused) for one in answers):
        raise typer.Exit(_NO_SELECTOR)
    unknown = any(isinstance(o, OfRegisters) and o.state == INSUFFICIENT for o in answers)
    raise typer.Exit(_NOT_ENOUGH if unknown else 0)


def _rows(
    number: int, one: "Answer | Refused", known: Registers, *, full: bool
) -> list[dict[str, Any]]:
    if isinstance(one, Refused):
        return [{"asked": one.asked, "state": "error", "why": f"line {number}: {one.error}"}]
    from gatewatch.records import registers as rows

    return rows.answer_rows(one, known, full=full)


def _document(
    number: int, one: "Answer | Refused", known: Registers, *, full: bool
) -> dict[str, Any]:
    if isinstance(one, Refused):
        return {"asked": one.asked, "line": number, "error": one.error}
    from gatewatch.records import registers as rows

    return rows.answer(one, known, full=full)


def _given(asked: list[str] | None) -> list[tuple[int, str]]:
    """What is asked about, each with the number of its argument or line."""
    if not asked and sys.stdin.isatty():
        raise UsageError("nothing to check: name a domain, URL or address, or pipe in a list")
    given = [(n, text) for n, text in enumerate(asked or [], 1) if text != "-"]
    if not asked or "-" in asked:
        lines = ((n, line.strip()) for n, line in enumerate(sys.stdin, len(given) + 1))
        given += [(n, line) for n, line in lines if line and not line.startswith("#")]
    if not given:
        raise UsageError("nothing to check: standard input held no selector")
    return given


def _lines(answer: OfRegisters | Refused, known: Registers, *, full: bool) -> Iterator[list[Any]]:
    if isinstance(answer, Refused):
        yield ["error", answer.asked, *[None] * 6, answer.error]
        return
    if not answer.registers:
        from gatewatch.records.registers import no_register

        yield [answer.state, _asked(answer, known, full=full), *[None] * 6, no_register(known)]
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
            _why(by),
        ]


def _why(by: "RegisterAnswer") -> str:
    """The reason; where the day is not known, also what the register said last, and when."""
    said = by.why.said.plain()
    if by.state != INSUFFICIENT or by.known is None or by.known_state == INSUFFICIENT:
        return said
    last = PERHAPS if by.known_why == Why.ABOVE_PERHAPS else by.known_state
    return f"{said}; {words(last)} when last published, {by.published or by.known}"


def _asked(answer: OfRegisters, known: Registers, *, full: bool) -> str:
    """What was asked about, as it may be shown: its path is withheld if any listing's is."""
    return defanged(value(answer.selector, withhold=not full and _withheld(answer, known)))


def _withheld(answer: OfRegisters, known: Registers) -> bool:
    return any(
        withholds(m.listing.entry, known[by.register].redaction)
        for by in answer.registers
        for m in by.matches
        if m.how in {"exact url", "same url, other scheme"}
    )


def _draw(
    page: Page,
    numbered: Sequence["tuple[int, Answer | Refused]"],
    known: Registers,
    *,
    full: bool,
    every: bool,
) -> None:
    answers = [one for _, one in numbered if not isinstance(one, Refused)]
    if len(answers) > _NEAREST:
        page.table([_row(page, answer, known, full=full) for answer in answers])
    else:
        for number, answer in enumerate(answers):
            if number:
                page.line("")
            _answer(page, answer, known, full=full, every=every)
    for number, one in numbered:
        if isinstance(one, Refused):
            page.line(f"  line {number}: ", (one.asked, "bold"), f"   {one.error}")


def _row(page: Page, answer: "Answer", known: Registers, *, full: bool) -> list[Any]:
    best = answer.telling
    name = _asked(answer, known, full=full)
    if best is None:
        return [name, [*page.state(answer.state)], "", ""]
    if answer.state == INSUFFICIENT and best.known_state != INSUFFICIENT:
        place = next(one for one in answer.places if one.jurisdiction.code == best.jurisdiction)
        on_lists = lane(place.lanes, LaneName.LISTINGS)
        last = (_last_told(on_lists), "dim")
        return [name, [*page.state(on_lists.called)], (best.register, "dim"), last]
    return [name, [*page.state(answer.state)], (best.register, "dim"), (_how(best), "dim")]


def _how(by: "RegisterAnswer") -> str:
    return (
        by.matches[0].how if by.matches and by.state.startswith("listed") else by.why.said.plain()
    )


def _answer(page: Page, answer: "Answer", known: Registers, *, full: bool, every: bool) -> None:
    whose = f" · {answer.service.name}" if answer.service else ""
    kind = f"{answer.selector.kind}{_as_asked(answer)}"
    page.head(_asked(answer, known, full=full), f"{kind}{whose}")
    if answer.meant:
        page.line("  Did you mean the service? ", (onward("service", answer.meant), "bold"))
        page.line("")
    _everywhere(page, answer)
    if not answer.registers:
        from gatewatch.records.registers import no_register

        page.line(f"  Not known: {no_register(known)}.")
        page.line("")
    hidden = not full and _withheld(answer, known)
    typed = answer.selector.host or "" if hidden else answer.asked
    for place in answer.places:
        _place(page, answer, place)
        for by in answer.registers:
            if by.jurisdiction == place.jurisdiction.code:
                _register(page, by, known[by.register], typed=typed, full=full, every=every)


def _everywhere(page: Page, answer: "Answer") -> None:
    """What the lists of each country say, before any of them is told by itself."""
    if len(answer.places) < _SEVERAL:
        return
    found: dict[tuple[str, bool], list[str]] = {}
    for place in answer.places:
        told = lane(place.lanes, LaneName.LISTINGS)
        key = (told.called, told.state == told.known_state)
        found.setdefault(key, []).append(country(place.jurisdiction.code))
    page.table(
        [[*page.state(state), ("" if of_day else ", as last known", "dim")], ", ".join(places)]
        for (state, of_day), places in found.items()
    )
    page.line("")


def _place(page: Page, answer: "Answer", place: "JurisdictionAnswer") -> None:
    """One jurisdiction: what stands on the lists and what the network does, then the five lanes."""
    from gatewatch.cli import lanes  # words are loaded for a person alone

    on_lists = lane(place.lanes, LaneName.LISTINGS)
    network = lane(place.lanes, LaneName.NETWORK)
    page.line(
        "On ",
        (_day(str(answer.moment.told()["valid_at"])), "bold"),
        f" in {country(place.jurisdiction.code)}   ",
        *_known(page, on_lists, _last_list(answer, place)),
        "   ",
        page.state(network.state)[0],
        (f"network: {words(network.state)}", "dim"),
        (f"   {words(place.agreement)}" if _agrees(place, on_lists) else "", "dim"),
    )
    page.line("")
    lanes.draw(page, place.lanes)
    if place.service:
        page.field("Go on", onward("case", place.service, str(place.jurisdiction)), "", "dim")


def _agrees(place: "JurisdictionAnswer", on_lists: Lane) -> bool:
    """Whether the two are compared in words: not where what the lists say is itself open."""
    return place.agreement != INSUFFICIENT and not on_lists.perhaps


def _last_list(answer: "Answer", place: "JurisdictionAnswer") -> str:
    """The newest list that the state is told by, where the day asked about is a later one."""
    from gatewatch.query.listings import as_last

    state = lane(place.lanes, LaneName.LISTINGS).state
    told = [
        by
        for by in answer.registers
        if by.jurisdiction == place.jurisdiction.code and by.state == state
    ]
    if not told or not all(as_last(by, answer.moment) for by in told):
        return ""
    return f" when last published, {max(by.published or by.known for by in told if by.known)}"


def _known(page: Page, on_lists: Lane, last_list: str) -> list[Piece]:
    """What the lists say on the day; where that is not known, what they last said, and when."""
    if on_lists.current or on_lists.known_state == INSUFFICIENT:
        said = on_lists.called if on_lists.current else on_lists.state
        return [*page.state(said), (last_list, "dim")]
    return [*page.state(on_lists.called), (f" {_last_told(on_lists)}".rstrip(), "dim")]


def _last_told(on_lists: Lane) -> str:
    """Of when what the lists last said is."""
    by = "by what sources say, of" if on_lists.by_sources else "when last published,"
    known = on_lists.last_known
    last = f"{by} {on_lists.published or known}" if known else ""
    if on_lists.published and known and on_lists.published < known:
        last += f", unchanged when last checked, {known}"
    return last


def _as_asked(answer: "Answer") -> str:
    best = next((m for r in answer.registers for m in r.matches if m.state == "listed"), None)
    if best is None or best.coverage == "related":
        return ""
    exact = best.how in {"exact url", "host", "address"}
    return ", exactly as asked" if exact else f", met as {best.how}"


def _day(text: str) -> str:
    """A day as it is, a time to the minute."""
    return text if len(text) == len("2017-05-08") else f"{text[:16].replace('T', ' ')} UTC"


def _register(
    page: Page, by: "RegisterAnswer", register: Register, *, typed: str, full: bool, every: bool
) -> None:
    page.line("")
    restated = "   restated from other sources" if register.restated else ""
    if register.part:
        restated += f"   a part: {register.part.what}"
    if not any(m.state in {"listed", "insufficient"} for m in by.matches) or not by.matches:
        page.field("Register", register.title, f"{register.authority}{restated}")
        _absence(page, by, register)
        for match in by.matches[: None if every else _NEAREST]:
            _brief(page, match, register, full=full)
        return
    current = [m for m in by.matches if m.state != "not_listed"]
    nearest = current[0].listing.entry_id
    current[1:] = [
        m for m in current[1:] if m.listing.entry_id != nearest or m.coverage != "related"
    ]
    _match(page, current[0], register)
    others = current[1:] if every else current[1 : 1 + _NEAREST]
    for match in others:
        _brief(page, match, register, full=full)
    if len(others) < len(by.matches) - 1:
        more = len(by.matches) - 1 - len(others)
        page.field(
            "", f"{more} more met it, now or earlier", f"--all, or {onward('history', typed)}"
        )


def _absence(page: Page, by: "RegisterAnswer", register: Register) -> None:
    said = by.why.said.plain()
    if by.unread:
        # What could not be read weighs where nothing was found, not beside a listing that was.
        what = "entry" if by.unread == 1 else "entries"
        page.field("Unread", f"{by.unread:,} {what} of this register could not be read")
    if by.state == "not_listed":
        page.field("Not listed", said)
        return
    end, start = when(by.last, register.zone), when(by.first, register.zone)
    if by.why == Why.ENDS:
        page.line(f"\n  The history of this register held here ends with the snapshot of {end}.")
    elif by.why == Why.BEGINS:
        page.line(
            f"\n  The history of this register held here begins with the snapshot of {start}."
        )
    else:
        page.line(f"\n  {said[0].upper()}{said[1:]}.")
    page.line(
        '  Nothing is known of the time asked about: this is neither "listed" nor "not listed".'
    )
    if advice := _WHY_ADVICE.get(by.why):
        page.line((f"  {advice}", "dim"))


def _match(page: Page, match: "Match", register: Register) -> None:
    listing, entry, zone = match.listing, match.shown.entry, register.zone
    restated = "restated from other sources" if register.restated else ""
    page.field("Register", register.title, f"entry {listing.entry_id}")
    page.field("Authority", register.authority, restated)
    page.field("Matched", f"{match.how}: {words(match.coverage)}", match.why.said.plain())
    page.field("Decision", decision(entry.decision, register) or "none given")
    if came_under := entered_under(listing, entry, register):
        page.field("Came under", came_under)
    _corrections(page, match, register)
    if entry.ground:
        page.field("Ground", ground_of(entry, register))
    page.field("Prescribes", entry.block_type, register.prescribes.get(entry.block_type) or "")
    if entry.included_at:
        entered = entry.included_at.replace("T", " ")
        page.field("Entered", entered, "by the entry itself, register's local time")
    page.field("Came", span(listing.came, zone), "snapshot without, snapshot with", "bold")
    if listing.went:
        page.field("Went", span(listing.went, zone), "snapshot with, snapshot without", "bold")
    else:
        page.field("Went", span(None, zone))
    if listing.entry.removed_at:
        page.field("Removed", listing.entry.removed_at, "by the entry itself")
    if listing.removal:
        page.field("Lifted by", decision(listing.removal.decision, register))


def _corrections(page: Page, match: "Match", register: Register) -> None:
    versions = match.listing.versions
    for later in versions[versions.index(match.shown) + 1 :]:
        if later.entry.decision != match.shown.entry.decision:
            page.field(
                "  corrected",
                decision(later.entry.decision, register) or "none",
                f"in the snapshot of {when(later.since.by, register.zone)}",
            )


def _brief(page: Page, match: "Match", register: Register, *, full: bool) -> None:
    listing = match.listing
    named = shown(listing.selector, listing.entry, register, full=full)
    state = "earlier" if match.state == "not_listed" and listing.went else words(match.state)
    page.field("also", named, f"entry {listing.entry_id}, {match.how}, {state}")
    page.field("", f"{span(listing.came, register.zone)} to {span(listing.went, register.zone)}")
