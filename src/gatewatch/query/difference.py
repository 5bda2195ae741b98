"""What changed between two answers to one question, and which source changed it.

Two answers differ because the ledger held more by the later time, or because more had been published:
never because somebody asked again.
"""

from collections.abc import Iterable, Iterator
from datetime import datetime
from typing import TYPE_CHECKING

import msgspec

from gatewatch.cases.agreement import agreed, paper, wire
from gatewatch.ledger import facts, recorded
from gatewatch.model.jurisdiction import Jurisdiction
from gatewatch.model.moment import Bracket, Moment
from gatewatch.query.case import case
from gatewatch.query.facts import facts_for

if TYPE_CHECKING:
    from gatewatch.cases.case import Case, Listed, Question, Step
    from gatewatch.query.opened import OpenedLedger


class AnswerChange(msgspec.Struct, frozen=True):
    """One thing that the two answers tell differently; None where one of them has no word of it."""

    what: str
    before: str | None
    after: str | None


class Cause(msgspec.Struct, frozen=True):
    """One source whose rows came in between. `what` is a fact's kind and id, a register, a test or a
    rule set; `count` of its rows; `why` where somebody said why they changed it."""

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
        cases.append(case(known, known.service(service), jurisdiction, moment, ledger))
    return AnswerDifference(
        service=cases[1].service.id,
        jurisdiction=jurisdiction,
        before=before,
        after=after,
        changes=tuple(changes(dict(told(cases[0])), dict(told(cases[1])))),
        causes=tuple(_causes(ledger, cases, jurisdiction, before, after)),
    )


def changes(before: dict[str, str], after: dict[str, str]) -> Iterator[AnswerChange]:
    """What is told differently, in the order in which it is told."""
    for what in dict.fromkeys((*before, *after)):
        if before.get(what) != after.get(what):
            yield AnswerChange(what, before.get(what), after.get(what))


def told(one: "Case") -> Iterator[tuple[str, str]]:
    """Everything that a case says, each under a name that is the same in two answers."""
    yield "state", str(one.state)
    yield "since", one.since.text if one.since else ""
    yield "paper", paper(one.lanes)
    yield "wire", wire(one.lanes)
    yield "agreement", str(agreed(one.lanes))
    for lane in one.lanes:
        yield f"last known, {lane.name}", str(lane.last_known or "")
    for name in ("ground", "reason", "law_year"):
        question: Question = getattr(one, name)
        yield name, "" if question.tie or not question.held else question.held.name
    yield from _numbered((_step(step), _said(step)) for step in one.steps)
    for held in (*(held for step in one.steps for held in step.listings), *one.listings):
        yield f"listing: {held.register} {held.entry} {held.selector}", _bar(held)
    yield "networks", str(one.network.networks)
    yield "sources", str(len(one.sources))


def _step(one: "Step") -> str:
    parts = (one.action, one.actor, one.register)
    return "step: " + ", ".join(part for part in parts if part)


def _said(one: "Step") -> str:
    count = len(one.sources)
    said = f"{count} {'source' if count == 1 else 'sources'}" if count else one.by or "by the law"
    borne_out = ", borne out by a register" if one.listings else ""
    disputed = ", disputed" if one.disputed else ""
    return f"{one.day.text or 'day not told'}, {said}{borne_out}{disputed}"


def _numbered(pairs: Iterable[tuple[str, str]]) -> Iterator[tuple[str, str]]:
    """Names that come twice get their number, so that none hides another."""
    seen: dict[str, int] = {}
    for name, value in pairs:
        seen[name] = seen.get(name, 0) + 1
        yield (name if seen[name] == 1 else f"{name} ({seen[name]})"), value


def _bar(held: "Listed") -> str:
    return f"came {_bracket(held.came)}, went {_bracket(held.went) if held.went else 'not yet'}"


def _bracket(found: Bracket) -> str:
    after, by = (f"{one:%Y-%m-%d}" if one else ".." for one in (found.after, found.by))
    return f"[{after}, {by}]"


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
            yield Cause("fact", what, 1, version.recorded_at, version.origin, version.why)
    known = ledger.history_of.registers()
    for came in recorded.between(ledger.store, a, b, jurisdiction.code):
        register = known.get(came.source) if came.kind == "snapshots" else None
        if register is None or register.jurisdiction == jurisdiction.code:
            yield Cause(came.kind, came.source, came.count, came.recorded_at)
