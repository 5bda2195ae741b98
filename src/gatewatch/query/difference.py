"""What changed between two answers to one question, and which source changed it.

Two answers differ because the ledger held more by the later time, or because more had been
published: never because somebody asked again.
"""

from collections.abc import Iterable, Iterator
from datetime import datetime
from typing import TYPE_CHECKING

import msgspec

from gatewatch.cases.actions import action
from gatewatch.cases.agreement import agreed, paper, wire
from gatewatch.ledger import facts, recorded
from gatewatch.model.jurisdiction import Jurisdiction
from gatewatch.model.lane import LaneName
from gatewatch.model.message import Message, message
from gatewatch.model.moment import Bracket, Moment
from gatewatch.query.case import case
from gatewatch.query.facts import facts_for

if TYPE_CHECKING:
    from datetime import date

    from gatewatch.cases.case import Case, Listed, Step
    from gatewatch.cases.positions import Question
    from gatewatch.model.day import Day
    from gatewatch.query.opened import OpenedLedger


Said = Message | str
"""What an answer says of one thing; text is a state, by the machine's word for it."""


class AnswerChange(msgspec.Struct, frozen=True):
    """One thing that the two answers tell differently; None where one of them has no word of it."""

    what: str
    """Its name for programs, the same in any two answers."""
    name: Message
    """Its name for people."""
    before: Said | None
    after: Said | None


class Cause(msgspec.Struct, frozen=True):
    """One source whose rows came in between. `what` is a fact's kind and id, a register, a test or
    a rule set; `count` of its rows; `why` where somebody said why they changed it."""

    kind: str
    what: str
    count: int
    recorded_at: datetime | None
    origin: str = ""
    why: str = ""


class AnswerDifference(msgspec.Struct, frozen=True, kw_only=True):
    """Two answers side by side: what changed, and what came in between."""

    service: str
    jurisdiction: Jurisdiction
    before: Moment
    after: Moment
    changes: tuple[AnswerChange, ...]
    causes: tuple[Cause, ...]


def of_case(
    ledger: "OpenedLedger",
    service: str,
    jurisdiction: Jurisdiction,
    before: Moment,
    after: Moment,
) -> AnswerDifference:
    """The case of a service at two times of knowing. UsageError if no service is called so."""
    cases = []
    for moment in (before, after):
        known = facts_for(ledger, moment).catalogue
        cases.append(case(known, known.service(service), jurisdiction, moment, ledger=ledger))
    return AnswerDifference(
        service=cases[1].service.id,
        jurisdiction=jurisdiction,
        before=before,
        after=after,
        changes=tuple(changes(told(cases[0]), told(cases[1]))),
        causes=tuple(_causes(ledger, cases, jurisdiction, before, after=after)),
    )


Told = tuple[str, Message, Said]
"""Something that a case says: its name for programs, its name for people, what is said."""


def changes(before: Iterable[Told], after: Iterable[Told]) -> Iterator[AnswerChange]:
    """What is told differently, in the order in which it is told."""
    names: dict[str, Message] = {}
    sides: list[dict[str, Said]] = [{}, {}]
    for side, told_there in zip(sides, (before, after), strict=True):
        for what, name, said in told_there:
            names.setdefault(what, name)
            side[what] = said
    for what, name in names.items():
        then, now = sides[0].get(what), sides[1].get(what)
        if then != now:
            yield AnswerChange(what, name, then, now)


def told(one: "Case") -> Iterator[Told]:
    """Everything that a case says, each under a name that is the same in two answers."""
    yield "state", message("state"), str(one.state)
    yield "since", message("since"), _day(one.since)
    yield "paper", message("on paper"), paper(one.lanes)
    yield "wire", message("in the network"), wire(one.lanes)
    yield "agreement", message("both together"), str(agreed(one.lanes))
    for lane in one.lanes:
        name = message("last known, {lane}", lane=_LANES[lane.name])
        yield f"last known, {lane.name}", name, _day(lane.last_known)
    for what, name in QUESTIONS.items():
        question: Question = getattr(one, what)
        position = None if question.tie else question.held
        yield what, name, Message("{name}", {"name": position.name}) if position else _NOTHING
    yield from _numbered(map(_step, one.steps))
    for held in (*(held for step in one.steps for held in step.listings), *one.listings):
        what = f"{held.register} {held.entry} {held.selector}"
        yield f"listing: {what}", message("listing: {what}", what=what), _bar(held)
    yield "networks", message("networks"), message("{n}", "{n}", n=one.network.networks)
    yield "sources", message("sources"), message("{n}", "{n}", n=one.origins)


_NOTHING = Message("", {})
QUESTIONS = {
    "ground": message("law"),
    "reason": message("stated reason"),
    "law_year": message("year of the law"),
}
_LANES = {
    LaneName.OBLIGATIONS: message("obligations"),
    LaneName.CLAIMS: message("claims"),
    LaneName.LISTINGS: message("listings"),
    LaneName.NETWORK: message("network"),
    LaneName.REPORTS: message("reports"),
}
_BY = {
    "register": message("shown by the register"),
    "network": message("shown by measurements"),
}


def _day(when: "Day | date | None") -> Message:
    return Message("{day}", {"day": when}) if when else _NOTHING


def _step(one: "Step") -> Told:
    parts = [part for part in (one.action, one.actor, one.register) if part]
    people = [action(one), *(Message("{name}", {"name": part}) for part in parts[1:])]
    name = message("step: {what}", what=Message("{parts}", {"parts": tuple(people)}))
    return f"step: {', '.join(parts)}", name, _said(one)


def _said(one: "Step") -> Message:
    sources = message("{n} source", "{n} sources", n=one.origins)
    parts = [
        _day(one.day) if one.day.text else message("day not told"),
        sources if one.sources else _BY.get(one.by) or message("by the law"),
        *([message("borne out by a register")] if one.listings else []),
        *([message("disputed")] if one.disputed else []),
    ]
    return Message("{parts}", {"parts": tuple(parts)})


def _numbered(found: Iterable[Told]) -> Iterator[Told]:
    """Names that come twice get their number, so that none hides another."""
    seen: dict[str, int] = {}
    for what, name, said in found:
        n = seen[what] = seen.get(what, 0) + 1
        if n == 1:
            yield what, name, said
        else:
            yield f"{what} ({n})", message("{name} ({number})", name=name, number=n), said


def _bar(held: "Listed") -> Message:
    came, went = _days(held.came), _days(held.went) if held.went else message("not yet")
    return message("came {came}, went {went}", came=came, went=went)


def _days(found: Bracket) -> Message:
    """A bracket by its days, in UTC."""
    after, by = ((one.date() if one else "..") for one in (found.after, found.by))
    return Message("[{after}, {by}]", {"after": after, "by": by})


def _causes(
    ledger: "OpenedLedger",
    cases: list["Case"],
    jurisdiction: Jurisdiction,
    before: Moment,
    after: Moment,
) -> Iterator[Cause]:
    a, b = before.recorded_by, after.recorded_by or after.now
    if a is None or b is None or a >= b:
        return
    named = {("service", cases[1].service.id)}
    for one in cases:
        named |= {("claim", claim) for step in one.steps for claim in step.claims}
        named |= {("instrument", duty.instrument.id) for duty in one.duties}
    for version in facts.versions(ledger.store, b):
        if (
            version.recorded_at
            and version.recorded_at > a
            and (version.kind, version.fact) in named
        ):
            what = f"{version.kind} {version.fact} {version.op}"
            yield Cause(
                kind="fact",
                what=what,
                count=1,
                recorded_at=version.recorded_at,
                origin=version.origin,
                why=version.why,
            )
    known = ledger.history_of.registers()
    for came in recorded.between(ledger.store, a, b, jurisdiction.code):
        register = known.get(came.source) if came.kind == "snapshots" else None
        if register is None or register.jurisdiction == jurisdiction.code:
            yield Cause(came.kind, came.source, came.count, came.recorded_at)
