"""case: one service in one jurisdiction."""

from typing import TYPE_CHECKING, Annotated, Optional

import typer

from gatewatch.cases.agreement import agreed, remark
from gatewatch.cases.basis import accepted
from gatewatch.cases.headline import headline
from gatewatch.catalogue.jurisdictions import name as country
from gatewatch.cli import case_lines, complete, lanes
from gatewatch.cli.onward import onward
from gatewatch.cli.options import (
    As,
    AsOf,
    LedgerAt,
    NoColor,
    Output,
    RecordedBy,
    ServiceName,
    ValidAt,
    country_code,
)
from gatewatch.cli.output import show
from gatewatch.cli.pictures import ending, write
from gatewatch.cli.terminal import Page, Piece, count, words
from gatewatch.cli.timeline import NARROWEST, Timeline
from gatewatch.model.jurisdiction import Jurisdiction
from gatewatch.model.lane import LaneName, lane
from gatewatch.model.moment import Moment
from gatewatch.model.redaction import defanged
from gatewatch.query import case as cases
from gatewatch.query.facts import facts_for
from gatewatch.records import cases as case_rows
from gatewatch.words.basis import beside
from gatewatch.words.cases import noted
from gatewatch.words.disputes import nearest, settled, shown_by
from gatewatch.words.saying import say

if TYPE_CHECKING:
    from pathlib import Path

    from gatewatch.cases.case import Case, Step
    from gatewatch.cases.positions import Question

EXAMPLES = (
    "case wechat RU --valid-at 2017-05-08",
    "case wechat RU --disagree",
    "case wechat RU --valid-at 2017-05-08 --plot wechat.svg",
)
_KINDS = (".svg", ".png", ".html")
_LISTINGS = 8
_NAMED = 3
_NAMES = 16
_NOTHING = 3
_BY_WORD = frozenset({"restricted", "partly_restricted", "lifted"})


def case(
    service: ServiceName,
    jurisdiction: Annotated[
        Jurisdiction,
        typer.Argument(
            metavar="CC",
            help="A jurisdiction, as RU or CN.",
            parser=country_code,
            autocompletion=complete.countries,
        ),
    ],
    ledger: LedgerAt = None,
    valid_at: ValidAt = None,
    as_of: AsOf = None,
    recorded_by: RecordedBy = None,
    output: As = Output.TABLE,
    plot: Annotated[
        Optional[str],  # noqa: UP045
        typer.Option(metavar="FILE", help="Also draw the five lanes: a .svg, .png or .html file."),
    ] = None,
    disagree: Annotated[
        bool, typer.Option("--disagree", help="Only what sources dispute.")
    ] = False,
    no_picture: Annotated[
        bool, typer.Option("--no-picture", help="Leave the timeline out, as for a screen reader.")
    ] = False,
    no_color: NoColor = False,
) -> None:
    """One service in one jurisdiction: its state, the steps that led there, who disputes what.

    Exit code 3 if nothing is on record.
    """
    file = ending(plot, _KINDS) if plot else None
    opened, moment = case_lines.opened(ledger), Moment.parse(valid_at, as_of, recorded_by)
    catalogue = facts_for(opened, moment).catalogue
    found = cases.case(catalogue, catalogue.service(service), jurisdiction, moment, ledger=opened)
    if file:
        write(lambda: _drawn(found, file), file)
    view = _View(found)
    show(
        output,
        case_rows.flat_steps(found),
        view.disagreements if disagree else lambda p: view.whole(p, picture=not no_picture),
        document=case_rows.document(found, recorded_by),
    )
    if not found.on_record:
        raise typer.Exit(_NOTHING)


def _drawn(found: "Case", file: "Path") -> bytes:
    """The five lanes: .svg, .png or .html, by the file's name."""
    from gatewatch.draw import case as picture
    from gatewatch.draw.case import document

    kind = file.suffix.lower()
    if kind == ".png":
        return picture.png(picture.svg(found, theme="light"))
    return (document.html(found) if kind == ".html" else picture.svg(found)).encode()


def _field(page: Page, name: str, value: str, hint: str = "") -> None:
    page.field(name, value, hint, width=_NAMES)


class _View:
    """A case as a page: the answer, the lanes, the steps, what is disputed, the sources."""

    def __init__(self, found: "Case") -> None:
        self._case = found
        self._sources = {s.number: s for s in found.sources}

    def whole(self, page: Page, *, picture: bool) -> None:
        one = self._case
        others = " · ".join(n for n in one.service.called() if n != one.service.name)
        page.head(f"{one.service.name} in {country(one.jurisdiction)}", others[:50])
        self._answer(page)
        lanes.draw(page, one.lanes)
        page.line("")
        self._facts(page)
        if picture and one.steps and page.width >= NARROWEST:
            page.line("")
            for line in Timeline(one, page.width).lines():
                page.line(line)
        page.line("")
        page.table(self._step(step) for step in one.steps)
        self._held_here(page)
        if not one.steps:
            held = "A law alone" if one.on_record else "Nothing"
            page.line(f"  {held} is on record: this is no word on whether access is free.")
        self._end(page)

    def _answer(self, page: Page) -> None:
        one = self._case
        parts: list[Piece] = [(f"On {one.valid_at}   ", "bold")]
        on_lists, network = (lane(one.lanes, n) for n in (LaneName.LISTINGS, LaneName.NETWORK))
        if on_lists.state == "listed" and one.state != "listed":
            parts += [*page.state("listed"), ", "]
        parts += page.state(one.state)
        if one.by_law:
            parts.append(f" by {one.by_law.short}")
        elif one.by_last_source and one.current:
            parts.append(f" by the last source, of {one.by_last_source}")
        elif one.state == one.said and one.state in _BY_WORD:
            parts.append(" by what was said")
        if not one.current:
            parts.append((" as last known", "dim"))
        parts += ["   ", page.state(network.state)[0], (f"network: {network.state}", "dim")]
        page.line(*parts)
        page.line(say(headline(one)))
        page.line("")

    def _facts(self, page: Page) -> None:
        one = self._case
        if one.since:
            until = next(
                (s.until for s in one.stays if s.since == one.since and s.state == one.state), None
            )
            text = self._since() + (f" to {case_lines.day(until.text)}" if until else "")
            lasted = f"{one.days} days under restriction" if one.days is not None else ""
            _field(page, "Since", text, lasted)
        self._position(page, "Law", one.ground)
        self._beside(page, "ground")
        self._position(page, "Stated reason", one.reason)
        self._beside(page, "reason")
        if one.would_lift:
            done = ", ".join(str(n) for n in one.would_lift.steps)
            known = f"done, steps {done}" if done else "not done, as far as is known"
            _field(page, "Would lift it", one.would_lift.text, known)
        why = remark(one.lanes)
        _field(page, "Agreement", words(agreed(one.lanes)), say(why) if why else "")
        if one.as_of:
            _field(page, "As of", f"{one.as_of}", "by what had been published then")

    def _since(self) -> str:
        since = self._case.since
        return case_lines.day(since.text) if since and since.text else "day not known"

    def _position(self, page: Page, name: str, question: "Question") -> None:
        if not question.positions:
            _field(page, name, "none on record")
            return
        first = question.positions[0]
        if question.tie:
            equal = (p.name for p in question.positions if p.strength == first.strength)
            _field(page, name, " or ".join(equal), "≠ as many for each")
            return
        together = [p.name for p in accepted(question)]
        _field(page, name, "; ".join(together), "≠" if question.disputed else "")

    def _beside(self, page: Page, about: str) -> None:
        """Of which other measure that was said, and what other measures rest on."""
        for said in beside(self._case, about):
            _field(page, "", say(said))

    def _step(self, step: "Step") -> "list[Piece | list[Piece]]":
        action = case_lines.ACTIONS.get(step.action, step.action)
        if step.duty and step.action == "listed":
            action = "□ Entry in a duty register"
        accepted = step.dates.held.sources if step.dates.held else ()
        first = (*accepted, *(n for n in step.sources if n not in accepted))
        note = ", ".join(say(one) for one in noted(step))
        return [
            f"{step.number:>2}",
            action,
            (_known_day(step), "bold" if step.dates.positions else "dim"),
            "≠" if step.disputed else "",
            [
                f"{note}: " if note else "",
                (self._publishers(first) if first else say(shown_by(step)), "dim"),
            ],
        ]

    def _held_here(self, page: Page) -> None:
        """What registers in the ledger hold of the service's names."""
        borne = [(f"step {s.number}", one) for s in self._case.steps for one in s.listings]
        found = [*borne, *(("by no step", one) for one in self._case.listings)]
        if not found:
            return
        page.line("")
        page.line(("  Held in this ledger", "bold"))
        page.table(
            (
                [
                    defanged(one.selector),
                    f"came {case_lines.days(one.came)}",
                    f"went {case_lines.days(one.went)}" if one.went else "listed still",
                    (f"{one.register} entry {one.entry}, {where}", "dim"),
                ]
                for where, one in found[:_LISTINGS]
            ),
            indent=6,
        )
        if len(found) > _LISTINGS:
            page.line((f"      and {len(found) - _LISTINGS} more: --format json", "dim"))

    def _publishers(self, numbers: tuple[int, ...]) -> str:
        names = list(dict.fromkeys(self._sources[n].citation.publisher for n in numbers))
        more = f", {len(names) - _NAMED} more" if len(names) > _NAMED else ""
        return ", ".join(names[:_NAMED]) + more

    def _end(self, page: Page) -> None:
        one = self._case
        page.line("")
        days = sum(len(s.dates.positions) for s in one.steps if s.disputed)
        counts = [f"day {days} positions"] if days else []
        counts += [f"{name} {len(q.positions)}" for name, q in self._questions() if q.disputed]
        hint = onward("case", one.service.id, str(one.jurisdiction), "--disagree")
        _field(page, "Disagreements", ", ".join(counts) or "none", hint if counts else "")
        _field(page, "Sources", count(len(one.sources), "text"))
        for source in one.sources:
            page.line((f"  {source.number:>4}  {case_lines.cited(source)}", "dim"), hang=8)

    def _questions(self) -> "list[tuple[str, Question]]":
        one = self._case
        return [("law", one.ground), ("reason", one.reason), ("year of the law", one.law_year)]

    def disagreements(self, page: Page) -> None:
        """Every disputed point: each position with its sources, the accepted one first."""
        one = self._case
        page.head(f"{one.service.name} in {country(one.jurisdiction)}: who says what")
        for step in one.steps:
            if step.disputed:
                page.line("")
                name = case_lines.ACTIONS.get(step.action, step.action)[2:]
                page.line((f"  {step.number} {name}", "bold"), f"  {step.actor}")
                self._positions(page, step.dates)
                if step.disputed_by:
                    against = self._publishers(step.disputed_by)
                    page.line((f"      not to be squared with it: {against}", "dim"))
        for name, question in self._questions():
            if question.disputed:
                page.line("")
                page.line((f"  {name.capitalize()}", "bold"))
                self._positions(page, question)

    def _positions(self, page: Page, question: "Question") -> None:
        page.table(
            (
                [
                    position.name,
                    ("held" if not place and not question.tie else "", "bold"),
                    count(position.independent, "source"),
                    say(nearest(position)),
                    (self._publishers(position.sources), "dim"),
                ]
                for place, position in enumerate(question.positions)
            ),
            indent=6,
        )
        if why := settled(question):
            page.line((f"      {say(why)}", "dim"), hang=6)


def _known_day(step: "Step") -> str:
    day = step.day
    if day.exact or day.precision in {"month", "year"}:
        return day.text
    if day.precision == "unknown":
        return "day not known"
    return f"[{day.first or '..'}, {day.last or '..'}]"
