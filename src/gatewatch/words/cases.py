"""Steps and cases as messages: who did what, never why; counts, never verdicts."""

from gatewatch.cases.actions import action
from gatewatch.cases.case import Case, Step
from gatewatch.cases.lanes import published
from gatewatch.model.claim import Claim
from gatewatch.model.jurisdiction import Jurisdiction
from gatewatch.model.lane import LaneName
from gatewatch.model.message import Message, Param, message
from gatewatch.model.states import State

_SCOPES = {
    "part": message("in part"),
    "apps": message("app stores"),
    "collateral": message("side effect"),
}
_EFFECTS = {
    "none": message("never took effect"),
    "lift": message("against the restriction"),
    "rumour": message("unconfirmed"),
}
_NO_ACTOR = frozenset({"restored", "blocked"})
"""Access is lost and comes back by whatever many hands do: sources name none of them."""


def place(case: Case) -> Jurisdiction:
    """The jurisdiction of a case, as messages take it."""
    return Jurisdiction(str(case.jurisdiction))


OFFICIAL = {
    "gazette": message("an official gazette"),
    "official": message("the legislature's or an office's own page"),
    "database": message("a recognised database of law"),
    "copy": message("a copy of an official text"),
    "press": message("a press report only"),
    "none": message("no official source was found"),
}
"""What the official source of an instrument is."""


def title(case: Case) -> Message:
    """What the case is of."""
    return message("{service} in {place}", service=case.service.name, place=place(case))


def named(step: Step) -> Message:
    """A step in a few words: what, by whom, how far."""
    notes = noted(step)
    given: dict[str, Param] = {"what": action(step), "actor": step.actor, "notes": notes}
    if not step.actor or step.action in _NO_ACTOR:
        return message("{what} ({notes})", **given) if notes else action(step)
    if notes:
        return message("{what}, {actor} ({notes})", **given)
    return message("{what}, {actor}", **given)


def noted(step: Step | Claim) -> tuple[Message, ...]:
    """How far a step, or a statement of one, reaches and what became of it, where that is not the
    rule."""
    found = (_SCOPES.get(str(step.scope)), _EFFECTS.get(str(step.effect)))
    return tuple(one for one in found if one)


def last_known(case: Case) -> Message | None:
    """By what an old state is told, and of which day that is; None where it is of the day asked
    about."""
    told = case.last_told
    if case.current or told is None:
        return None
    if case.faded and case.told_from == LaneName.CLAIMS:
        return message("last known {day}", day=told)
    if case.told_from == LaneName.NETWORK:
        return message("last known {day}, measured", day=told)
    shown = case.on_list
    day = published(shown.published if shown else None, told)
    return message("last known {day}, published", day=day)


def told_by(case: Case) -> Message | None:
    """By what a state is told, wherever no evidence of the day asked about bears it out: a law, the
    last source, a list as last published. One that is no longer known says so."""
    if case.state == State.UNKNOWN:
        return None
    if case.by_law:
        return message("by {law}", law=case.by_law.short)
    if case.by_last_source and case.current:
        return message("by the last source, of {day}", day=case.by_last_source)
    return last_known(case)
