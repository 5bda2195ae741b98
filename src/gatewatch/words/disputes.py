"""What sources say of a step beside the day held: who tells another, who disputes it."""

from functools import lru_cache

from gatewatch.cases.case import Case, Step
from gatewatch.cases.positions import Position, Question, Settled
from gatewatch.catalogue import facts
from gatewatch.model import day as days
from gatewatch.model.claim import SourceKind
from gatewatch.model.message import Message, message

_NAMES = 2
"""Publishers that are named beside a mark; the rest is counted, and named in the table of steps."""


def beside(step: Step, case: Case) -> Message | None:
    """Who tells another day, and who disputes the step; None where nobody does."""
    told = step.dates.positions
    parts: list[Message] = []
    if step.dates.tie:
        parts.append(message("no side is ahead: {days}", days=_days(told, case)))
    elif len(told) > 1:
        parts.append(message("told too: {days}", days=_days(told[1:], case)))
    if step.disputed_by:
        parts.append(message("disputed by {names}", names=_publishers(step.disputed_by, case)))
    if step.inferred:
        parts.append(message("no source tells it: {why}", why=shown_by(step)))
    return joined(parts)


def shown_by(step: Step) -> Message:
    """What stands behind a step that no source tells of: the law itself, a register,
    measurements."""
    if step.by == "register":
        return message("shown by the register")
    if step.by == "network" and step.invented:
        return message("shown by measurements that were invented for show; it moves no state")
    if step.by == "network":
        return message("shown by measurements")
    return step.inferred or Message("", {})


def joined(parts: list[Message]) -> Message | None:
    """Parts with a semicolon between them."""
    if not parts:
        return None
    whole = parts[0]
    for part in parts[1:]:
        whole = message("{first}; {second}", first=whole, second=part)
    return whole


def _days(told: tuple[Position, ...], case: Case) -> Message:
    parts = [
        message("{day} ({names})", day=days.parse(one.value), names=_publishers(one.sources, case))
        for one in told
    ]
    return joined(parts) or message("day not known")


def _publishers(numbers: tuple[int, ...], case: Case) -> Message:
    names = {source.number: source.citation.publisher for source in case.sources}
    known = list(dict.fromkeys(names[n] for n in numbers if n in names))
    if not known:
        return message("source not named")
    first = Message("{names}", {"names": ", ".join(known[:_NAMES])})
    more = len(known) - _NAMES
    if more <= 0:
        return first
    return message("{names} and {n} more", "{names} and {n} more", names=first, n=more)


KINDS = {
    SourceKind.OFFICIAL: message("an official act"),
    SourceKind.REGULATOR: message("the regulator's own word"),
    SourceKind.COMPANY: message("the company's own word"),
    SourceKind.MEASUREMENT: message("a measurement"),
    SourceKind.AGENCY: message("a news agency"),
    SourceKind.LAW: message("a legal review"),
    SourceKind.GROUP: message("a rights group"),
    SourceKind.PAPER: message("a paper"),
    SourceKind.REFERENCE: message("a reference work"),
    SourceKind.BLOG: message("a blog"),
}
"""What a source is, the nearest to the act first."""


def nearest(position: Position) -> Message:
    """Of the sources of a position what the one nearest to the act is."""
    source = position.nearest
    if source is None:
        return message("source not named")
    kind = KINDS[source.kind]
    return message("{kind} (a copy)", kind=kind) if source.copied else kind


def settled(question: Question) -> Message | None:
    """Why a position is held against another, or why none is; None where nobody disagrees."""
    first = question.held
    if first is None or question.settled == Settled.NOT_DISPUTED:
        return None
    if question.settled == Settled.TIE:
        return message("None accepted: as many sources for each, and as near to the act.")
    if question.settled == Settled.COUNT:
        return message("Accepted because more independent sources say it.")
    if question.settled == Settled.KIND:
        return message(
            "As many say otherwise; accepted because one source stands nearer to the act: {kind}.",
            kind=nearest(first),
        )
    return message("As many say otherwise; accepted because more of them report the event itself.")


def questions(case: Case) -> list[tuple[Message, Question]]:
    """What sources do not agree on, with all positions: days of steps, then law and reason."""
    from gatewatch.words.cases import named

    steps = [
        (message("Step {number}: {step}", number=s.number, step=named(s)), s.dates)
        for s in case.steps
        if s.dates.disputed
    ]
    about = [
        (message("Law"), case.ground),
        (message("Stated reason"), case.reason),
        (message("Year of the law"), case.law_year),
    ]
    return [*steps, *((name, asked) for name, asked in about if asked.disputed)]


@lru_cache(maxsize=256)
def register(name: str) -> str:
    """An official list by its name in the catalogue, or as the claim names it."""
    known = facts.load().lists.get(name)
    return known.name if known else name
