"""Steps and cases as messages: who did what, never why; counts, never verdicts."""

from gatewatch.cases.actions import action
from gatewatch.cases.case import Case, Step
from gatewatch.model.claim import Claim
from gatewatch.model.jurisdiction import Jurisdiction
from gatewatch.model.message import Message, Param, message

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
