"""case, cases, contradictions: one service in one jurisdiction, all of them, what they dispute."""

from datetime import date
from pathlib import Path
from typing import TYPE_CHECKING, Any

import typer

from gatewatch.catalogue import facts
from gatewatch.catalogue.jurisdictions import is_code
from gatewatch.catalogue.jurisdictions import name as country
from gatewatch.cli.options import Shape, Times
from gatewatch.cli.output import show
from gatewatch.cli.terminal import Page, count
from gatewatch.cli.timeline import NARROWEST, Timeline
from gatewatch.errors import UsageError
from gatewatch.model.redaction import defanged
from gatewatch.query import case as cases
from gatewatch.query.network import day_of
from gatewatch.records import cases as case_rows
from gatewatch.words.cases import noted

if TYPE_CHECKING:
    from gatewatch.cases.case import Case, Position, Question, Source, Step
    from gatewatch.model.moment import Bracket
    from gatewatch.model.states import State
    from gatewatch.query.ledger import Ledger

ACTIONS = {
    "in_force": "□ Law in force",
    "demanded": "◧ Demand",
    "warned": "◆ Warning",
    "notified": "◧ Notice",
    "ordered": "◧ Order",
    "fined": "◧ Fine",
    "listed": "■ Listing",
    "blocked": "● Access goes",
    "throttled": "◐ Throttled",
    "partially_blocked": "◐ Access goes in part",
    "announced": "◆ Statement",
    "denied": "◆ Refusal",
    "complied": "□ Filing",
    "registered": "□ Registration",
    "delisted": "◎ Delisting",
    "restored": "◎ Access back",
    "revoked": "◎ Order revoked",
}
_NAMES = 16
_LISTINGS = 8


def opened(location: str | None) -> "Ledger | None":
    """The ledger, if one is named or lies at its usual place. A case can be told without."""
    from gatewatch.cli.options import ledger_at
    from gatewatch.errors import LedgerError
    from gatewatch.query import ledger as reading

    try:
        return reading.open(ledger_at(location))
    except LedgerError:
        if location:
            raise
        return None


def jurisdiction(code: str) -> str:
    """A code as typed, checked."""
    found = code.strip().upper()
    if not is_code(found):
        raise UsageError(f"{code!r} is no ISO 3166-1 code of two letters, such as RU or CN")
    return found


def case(
    service: str,
    code: str,
    ledger: str | None,
    times: Times,
    shape: Shape,
    *,
    plot: str | None,
    picture: bool,
    disagree: bool,
    color: bool,
) -> None:
    """One case; exit code 3 if nothing is on record."""
    catalogue = facts.load()
    found = cases.case(
        catalogue, catalogue.service(service), jurisdiction(code), **times, ledger=opened(ledger)
    )
    if plot:
        draw(found, Path(plot))
    page = _Atlas(found)
    document = case_rows.document(found, times["recorded_by"])
    show(
        shape,
        case_rows.flat_steps(found),
        lambda p: page.disagreements(p) if disagree else page.whole(p, picture=picture),
        page.plain,
        color=color,
        document=document,
    )
    if not found.steps:
        raise typer.Exit(3)


def draw(found: "Case", file: Path) -> None:
    """Write the five lanes: .svg, .png or .html, by the file's name."""
    kind = file.suffix.lower()
    if kind not in {".svg", ".png", ".html"}:
        raise UsageError(f"--plot {str(file)!r}: name a file that ends in .svg, .png or .html")
    from gatewatch.draw import case as lanes
    from gatewatch.draw.case import document as case_page

    if kind == ".png":
        file.write_bytes(lanes.png(lanes.svg(found, theme="light")))
    elif kind == ".html":
        file.write_text(case_page.html(found), encoding="utf-8")
    else:
        file.write_text(lanes.svg(found), encoding="utf-8")


def _field(page: Page, name: str, value: str, hint: str = "") -> None:
    page.field(name, value, hint, width=_NAMES)


class _Atlas:
    """A case as a page: the answer, the lanes, the steps, what is disputed, the sources."""

    def __init__(self, found: "Case") -> None:
        self._case = found
        self._sources = {s.number: s for s in found.sources}

    def whole(self, page: Page, *, picture: bool) -> None:
        one = self._case
        others = " · ".join(n for n in one.service.called() if n != one.service.name)
        page.head(f"{one.service.name} in {country(one.jurisdiction)}", others[:50])
        self._answer(page)
        self._facts(page)
        if picture and one.steps and page.width >= NARROWEST:
            page.line("")
            for line in Timeline(one).lines():
                page.line(line)
        page.line("")
        for step in one.steps:
            self._step(page, step)
        self._held_here(page)
        if not one.steps:
            page.line("  Nothing is on record: this is no word on whether access is free.")
        self._end(page)

    def _answer(self, page: Page) -> None:
        one = self._case
        parts: list[str | tuple[str, str]] = [(f"On {one.valid_at}   ", "bold")]
        paper = cases.on_paper(one)
        if paper == "listed" and one.state != "listed":
            parts += [*page.state("listed"), ", "]
        parts += page.state(one.state)
        if one.state in {"restricted", "partly_restricted", "lifted"}:
            parts.append((" by what was said", ""))
        parts += ["   ", *page.state("insufficient")[:1], (f"network: {one.network.state}", "dim")]
        page.line(*parts)
        page.line("")

    def _facts(self, page: Page) -> None:
        one = self._case
        if one.since:
            until = next(
                (s.until for s in one.stays if s.since == one.since and s.state == one.state), None
            )
            text = self._since() + (f" to {_day(until.text)}" if until else "")
            _field(
                page,
                "Since",
                text,
                f"{one.days} days under restriction" if one.days is not None else "",
            )
        self._held(page, "Law", one.ground)
        self._held(page, "Stated reason", one.reason)
        if one.would_lift:
            done = ", ".join(str(n) for n in one.would_lift.steps)
            _field(
                page,
                "Would lift it",
                one.would_lift.text,
                f"done, steps {done}" if done else "not done, as far as is known",
            )
        _field(page, "Agreement", cases.agreement(one), one.network.why)
        if one.as_of:
            _field(page, "As of", f"{one.as_of}", "by what had been published then")
        if one.last_source and one.valid_at > one.last_source:
            _field(
                page,
                "Last source",
                f"{one.last_source}",
                "no later word is held, which is no proof that it stands",
            )

    def _since(self) -> str:
        day = self._case.since
        return _day(day.text) if day and day.text else "day not known"

    def _held(self, page: Page, name: str, question: "Question") -> None:
        if not question.positions:
            _field(page, name, "none on record")
            return
        if question.tie:
            text = " or ".join(
                p.name for p in question.positions if p.strength == question.positions[0].strength
            )
            _field(page, name, text, "≠ as many for each")
            return
        held = question.positions[0]
        together = [p.name for p in question.positions if set(p.claims) <= set(held.claims)]
        _field(page, name, "; ".join(together), "≠" if question.disputed else "")

    def _step(self, page: Page, step: "Step") -> None:
        action = ACTIONS.get(step.action, step.action)
        if step.duty and step.action == "listed":
            action = "□ Entry in a duty register"
        marks = " ≠" if step.disputed else "  "
        when = _bracket(step)
        held = step.dates.held.sources if step.dates.held else ()
        first = (*held, *(n for n in step.sources if n not in held))
        told = self._publishers(first) if first else step.inferred
        note = noted(step)
        page.line(
            f"  {step.number:>2} ",
            (f"{action:<23}", ""),
            (f"{when:<25}", "bold" if step.dates.positions else "dim"),
            marks,
            "  ",
            (f"{note}: " if note else "", ""),
            (told, "dim"),
        )

    def _held_here(self, page: Page) -> None:
        """What registers in the ledger hold of the service's names."""
        borne = [(f"step {s.number}", held) for s in self._case.steps for held in s.listings]
        others = [("by no step", held) for held in self._case.listings]
        if not borne and not others:
            return
        page.line("")
        page.line(("  Held in this ledger", "bold"))
        for where, held in [*borne, *others][:_LISTINGS]:
            went = f"went {_times(held.went)}" if held.went else "listed still"
            page.line(
                f"      {defanged(held.selector):<34.34} came {_times(held.came)}  {went}  ",
                (f"{held.register} entry {held.entry}, {where}", "dim"),
            )
        if len(borne) + len(others) > _LISTINGS:
            page.line(
                (f"      and {len(borne) + len(others) - _LISTINGS} more: --format json", "dim")
            )

    def _publishers(self, numbers: tuple[int, ...]) -> str:
        names = list(dict.fromkeys(self._sources[n].citation.publisher for n in numbers))
        more = f", {len(names) - 3} more" if len(names) > 3 else ""
        return ", ".join(names[:3]) + more

    def _end(self, page: Page) -> None:
        page.line("")
        days = sum(len(s.dates.positions) for s in self._case.steps if s.disputed)
        counts = [f"day {days} positions" if days else ""]
        for name, question in self._questions():
            counts.append(f"{name} {len(question.positions)}" if question.disputed else "")
        told = ", ".join(filter(None, counts)) or "none"
        hint = f"gatewatch case {self._case.service.id} {self._case.jurisdiction} --disagree"
        _field(page, "Disagreements", told, hint if told != "none" else "")
        _field(page, "Sources", count(len(self._case.sources), "text"))
        for source in self._case.sources:
            page.line((f"  {source.number:>4}  {_cited(source)}", "dim"))

    def _questions(self) -> "list[tuple[str, Question]]":
        one = self._case
        return [("law", one.ground), ("reason", one.reason), ("year of the law", one.law_year)]

    def disagreements(self, page: Page) -> None:
        """Every disputed point: each position with its sources, the held one first."""
        one = self._case
        page.head(f"{one.service.name} in {country(one.jurisdiction)}: who says what")
        for step in one.steps:
            if step.disputed:
                page.line("")
                page.line(
                    (f"  {step.number} {ACTIONS.get(step.action, step.action)[2:]}", "bold"),
                    f"  {step.actor}",
                )
                self._positions(page, step.dates)
                if step.disputed_by:
                    page.line(
                        (
                            f"      not to be squared with it: {self._publishers(step.disputed_by)}",
                            "dim",
                        )
                    )
        for name, question in self._questions():
            if question.disputed:
                page.line("")
                page.line((f"  {name.capitalize()}", "bold"))
                self._positions(page, question)

    def _positions(self, page: Page, question: "Question") -> None:
        for place, position in enumerate(question.positions):
            held = "held" if not place and not question.tie else ""
            page.line(
                f"      {position.name:<48.48}",
                (f" {held:<5}", "bold"),
                f"{_stands(position):<15}",
                (self._publishers(position.sources), "dim"),
            )

    def plain(self) -> list[list[Any]]:
        return [list(row.values()) for row in case_rows.flat_steps(self._case)]


def _stands(position: "Position") -> str:
    return count(position.independent, "source")


def _bracket(step: "Step") -> str:
    day = step.day
    if day.exact or day.precision in {"month", "year"}:
        return day.text
    if day.precision == "unknown":
        return "day not known"
    return f"[{day.first or '..'}, {day.last or '..'}]"


def _times(found: "Bracket") -> str:
    """The days of a bracket in UTC."""
    after, by = (f"{t:%Y-%m-%d}" if t else ".." for t in (found.after, found.by))
    return f"[{after}, {by}]"


def _day(text: str) -> str:
    if "/" not in text:
        return text
    first, _, last = text.partition("/")
    return f"[{first}, {last}]"


def _cited(source: "Source") -> str:
    text = source.citation
    when = (
        f"{source.published}{' or later (inferred)' if source.inferred else ''}"
        if source.published
        else "undated"
    )
    of = f" (from {text.origin})" if text.origin else ""
    return f"{text.publisher}{of}, {when}: {text.title or defanged(text.url)}"


def every(
    times: Times,
    shape: Shape,
    *,
    state: "State | None",
    rule: str | None,
    authority: str | None,
    year: int | None,
    code: str | None,
    color: bool,
) -> None:
    """All cases that a claim tells of, in one table."""
    catalogue = facts.load()
    wanted = catalogue.instrument(rule).id if rule else None
    found = [
        one
        for one in _all(catalogue, times)
        if (state is None or one.state == state)
        and (wanted is None or any(p.value == wanted for p in one.ground.positions))
        and (authority is None or _acts(one, authority))
        and (year is None or _in_year(one, year))
        and (code is None or one.jurisdiction == jurisdiction(code))
    ]
    rows = [case_rows.overview(one) for one in found]

    def person(page: Page) -> None:
        page.head(count(len(found), "case"), "gatewatch case SERVICE JURISDICTION shows one")
        for one, row in zip(found, rows, strict=True):
            mark, word = page.state(one.state)
            disputed = "≠" if row["disputed"] else " "
            since = _day(row["since"]) if row["since"] else ""
            page.line(
                f"  {one.service.name:<22.22} {one.jurisdiction}  ",
                mark,
                (f"{word[0]:<18}", word[1]),
                (f"{since:<26}", "bold"),
                disputed,
                "  ",
                (_ground(one)[:28], "dim"),
            )

    show(shape, rows, person, lambda: (row.values() for row in rows), color=color)


def _ground(one: "Case") -> str:
    law, reason = cases.main(one.ground), cases.main(one.reason)
    return law.name.partition(" (")[0] if law else reason.name if reason else "no ground on record"


def _all(catalogue: facts.Catalogue, times: Times) -> "list[Case]":
    from gatewatch.model.moment import Moment

    when = Moment.parse(times["valid_at"], times["as_of"])
    by = day_of(when.as_of) if times["as_of"] else None
    return list(cases.every(catalogue, valid_at=day_of(when.valid_at), as_of=by))


def _acts(one: "Case", authority: str) -> bool:
    return any(authority.casefold() in step.actor.casefold() for step in one.steps)


def _in_year(one: "Case", year: int) -> bool:
    """Whether a step may lie in a year."""
    start, end = date(year, 1, 1), date(year, 12, 31)
    return any(
        s.action != "in_force"
        and (s.day.first or date.min) <= end
        and (s.day.last or date.max) >= start
        and s.day.text
        for s in one.steps
    )


def contradictions(
    service: str | None, code: str | None, times: Times, shape: Shape, *, color: bool
) -> None:
    """What sources do not agree on, over all cases or some."""
    catalogue = facts.load()
    wanted = catalogue.service(service).id if service else None
    among = [
        one
        for one in _all(catalogue, times)
        if (wanted is None or one.service.id == wanted)
        and (code is None or one.jurisdiction == jurisdiction(code))
    ]
    sources = {(o.service.id, o.jurisdiction): {s.number: s for s in o.sources} for o in among}
    found = list(cases.contradictions(among))
    nested = [case_rows.contradiction(c, sources[c.service, c.jurisdiction]) for c in found]
    flat = [
        {
            "service": c["service"],
            "jurisdiction": c["jurisdiction"],
            "about": c["about"],
            "step": c["step"],
            "held": not place and not c["tie"],
            "position": p["name"],
            "independent": p["independent"],
            "sources": "; ".join(s["publisher"] for s in p["sources"]),
        }
        for c in nested
        for place, p in enumerate(c["positions"])
    ]

    def person(page: Page) -> None:
        page.head(count(len(found), "contradiction"), "the position held comes first")
        for c in nested:
            page.line("")
            name = catalogue.services[c["service"]].name
            about = str(c["about"]).replace("_", " ")
            page.line(
                (f"  {name} in {country(c['jurisdiction'])}", "bold"),
                f"   {about}",
                (f"   step {c['step']}" if c["step"] else "", "dim"),
            )
            for p in c["positions"]:
                told = ", ".join(dict.fromkeys(s["publisher"] for s in p["sources"]))
                page.line(
                    f"      {p['name']:<48.48} {count(p['independent'], 'source'):<12}",
                    (told[:36], "dim"),
                )

    show(shape, flat, person, lambda: (row.values() for row in flat), color=color, document=nested)
