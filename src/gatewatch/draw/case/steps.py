"""Steps as marks: which lane each lies in, its shape and its ink."""

from gatewatch.cases.case import Step
from gatewatch.draw import marks
from gatewatch.model.states import Action
from gatewatch.words.states import Ink

SAID = frozenset({Action.ANNOUNCED, Action.DENIED, Action.WARNED})
ACCESS = frozenset({Action.BLOCKED, Action.THROTTLED, Action.PARTIALLY_BLOCKED, Action.RESTORED})
LISTS = frozenset({Action.LISTED, Action.DELISTED, Action.REGISTERED})
IN_FORCE = "in_force"
"""The step that the law itself makes."""
_OPENINGS = frozenset({Action.DELISTED, Action.RESTORED, Action.REVOKED})
_MEETS = frozenset({Action.COMPLIED, Action.REGISTERED})


def ink_of(step: Step) -> str:
    """The ink of a step's mark and of its bracket."""
    if step.action in ACCESS:
        return Ink.ACCESS
    return Ink.PLAIN if step.action in SAID else Ink.LISTED if step.action in LISTS else Ink.DUTY


def mark(step: Step, x: float, y: float, *, held: bool = True) -> str:
    """The shape of a step; hollow for a day that is not the one held, dotted if nobody tells it."""
    drawn = _mark(step, x, y, held=held)
    return f'<g stroke-dasharray="2 2.5">{drawn}</g>' if step.inferred or step.invented else drawn


def _mark(step: Step, x: float, y: float, *, held: bool) -> str:
    if step.action in SAID:
        return marks.diamond(x, y, solid=held)
    if not held:
        hollow = marks.circle if step.action in ACCESS else marks.square
        return hollow(x, y, Ink.ACCESS if step.action in ACCESS else ink_of(step))
    if step.action in _OPENINGS:
        return marks.lifted(x, y)
    if step.action in ACCESS:
        whole = step.action == Action.BLOCKED and step.scope == "whole"
        return marks.circle(x, y, Ink.ACCESS, 1.0 if whole else 0.5)
    if step.action == Action.LISTED:
        return marks.square(x, y, Ink.LISTED, 1)
    return marks.square(x, y, Ink.DUTY, 0 if step.action in _MEETS else 0.5)


def badge(step: Step, x: float, y: float) -> str:
    """A step's number as a link to the step, which a picture without the table beside it loses."""
    drawn = marks.badge(x, y, step.number, dotted=bool(step.inferred or step.invented))
    return f'<a href="#step-{step.number}">{drawn}</a>'
