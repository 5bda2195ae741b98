"""From steps to states: what a service stood under, and since when.

A threat, an order that was not carried out, a side effect of somebody else's case and a plan do
not change the state. Being entered in a register of duties is compliance. What was made for show
moves nothing: else a demo would tell of a real service what nobody saw.
"""

from collections.abc import Sequence
from datetime import date

from gatewatch.cases.case import Stay, Step
from gatewatch.model import day
from gatewatch.model.claim import Effect, Scope
from gatewatch.model.day import UNKNOWN, Day
from gatewatch.model.states import Action, State

_FREE = frozenset({State.UNKNOWN, State.UNRESTRICTED, State.OBLIGATED, State.LIFTED})
RESTRICTED = frozenset({State.LISTED, State.PARTLY_RESTRICTED, State.RESTRICTED})
_NO_STATE = frozenset({Scope.APPS, Scope.COLLATERAL})
_LIFTS = frozenset({Action.DELISTED, Action.RESTORED, Action.REVOKED})


def surely(when: Day) -> date | None:
    """From which day on a change surely held."""
    return when.last or when.first


def stays(steps: Sequence[Step], duty_since: Day | None) -> tuple[Stay, ...]:
    """Every state in order of time. `duty_since` is when the first duty that reaches the service
    came into force."""
    changes: list[_Change] = []
    if duty_since and (since := surely(duty_since)):
        changes.append((since, -1, duty_since, None))
    changes += [
        (since, step.number, step.day, step)
        for step in steps
        if not step.inferred and not step.invented and (since := surely(step.day))
    ]
    changes.sort(key=lambda row: row[:2])
    found: list[Stay] = []
    state, backed = State.UNKNOWN, set[str]()
    while changes:
        if state not in RESTRICTED:
            _lifted_first(changes)
        _, _, when, one = changes.pop(0)
        if one is None and state != State.UNKNOWN:
            continue
        new = State.OBLIGATED if one is None else after(state, one, duty=duty_since is not None)
        if one is not None:
            new = _still(state, new, one, backed)
        if new not in RESTRICTED:
            backed.clear()
        if new != state:
            if found:
                found[-1] = Stay(found[-1].state, found[-1].since, when, found[-1].steps)
            found.append(Stay(new, when, None, (one.number,) if one else ()))
            state = new
    return tuple(found)


_Change = tuple[date, int, Day, Step | None]


def _lifted_first(changes: list[_Change]) -> None:
    """Where the next step lifts what was not seen to begin, a restriction that is told with a wider
    day, and may have begun by then, is put before it: what was lifted had been laid."""
    lift = changes[0][3]
    upto = lift.day.exact if lift and lift.action in _LIFTS and lift.scope == Scope.WHOLE else None
    if upto is None:
        return
    for place, (_, number, when, one) in enumerate(changes[1:], 1):
        first = when.first
        wide = one is not None and when.exact is None and first is not None and first <= upto
        if one and first and wide and after(State.UNKNOWN, one, duty=False) in RESTRICTED:
            del changes[place]
            changes.insert(0, (upto, number, day.parse(f"{first}/{upto}"), one))
            return


def _still(state: State, new: State, one: Step, backed: set[str]) -> State:
    """The state after a step, where layers disagree: what papers say was lifted may still be
    blocked, and what no probe is kept from any more may still be listed. `backed`: the layers that
    show the restriction."""
    if one.action not in _LIFTS:
        if new in RESTRICTED:
            backed.add(one.by or "claims")
        return new
    if new in RESTRICTED:
        return new
    backed -= {"network"} if one.by == "network" else {"register", "claims"}
    return state if backed else new


def after(state: State, one: Step, *, duty: bool) -> State:
    """The state after a step."""
    if one.scope in _NO_STATE or one.inferred or one.effect == Effect.RUMOUR:
        return state
    if one.effect == Effect.NONE:
        return State.UNRESTRICTED if state == State.UNKNOWN else state
    action = Action(one.action)
    if action in _LIFTS:
        return _lifted(state, one)
    if action in {Action.DEMANDED, Action.NOTIFIED}:
        return State.DEMANDED if state in _FREE else state
    if action in {Action.COMPLIED, Action.REGISTERED}:
        base = State.OBLIGATED if duty else State.UNRESTRICTED
        return base if state in {State.DEMANDED, State.UNKNOWN} else state
    return _restricting(state, one, action)


def _restricting(state: State, one: Step, action: Action) -> State:
    whole = one.scope == Scope.WHOLE
    if action == Action.LISTED and whole and not one.duty:
        return state if state in {State.RESTRICTED, State.PARTLY_RESTRICTED} else State.LISTED
    if action == Action.BLOCKED and whole:
        return State.RESTRICTED
    if action == Action.ORDERED and one.effect == Effect.IMMEDIATE:
        return State.RESTRICTED
    if action in {Action.BLOCKED, Action.THROTTLED, Action.PARTIALLY_BLOCKED}:
        return state if state == State.RESTRICTED else State.PARTLY_RESTRICTED
    return state


def _lifted(state: State, one: Step) -> State:
    if one.scope == Scope.PART:
        return State.PARTLY_RESTRICTED if state == State.RESTRICTED else state
    return State.LIFTED if state in RESTRICTED else state


def at(found: Sequence[Stay], when: date) -> Stay:
    """The state on a day."""
    held = [stay for stay in found if (surely(stay.since) or date.max) <= when]
    return held[-1] if held else Stay(State.UNKNOWN, UNKNOWN, None, ())


def bearing(steps: Sequence[Step], found: Sequence[Stay], when: date) -> list[Step]:
    """Steps that bear out the state of a day: those that could have brought it about since it
    began, and the one that ended it later, which tells that it stood until then."""
    held = at(found, when)
    if held not in found:
        return []
    begun, following = surely(held.since) or date.min, found[list(found).index(held) + 1 :][:1]
    ending = {number for stay in following for number in stay.steps}
    return [
        one
        for one in steps
        if one.number in ending
        or (begun <= (surely(one.day) or date.max) <= when and brings(held.state, one))
    ]


def brings(state: State, one: Step) -> bool:
    """Whether a step could bring a state about, from whatever other state; or renew it: what is
    ordered or entered anew while access is cut."""
    if one.inferred or one.invented:
        return False
    renews = one.action in {Action.ORDERED, Action.LISTED} and one.scope == Scope.WHOLE
    if state == State.RESTRICTED and renews and not one.duty:
        return one.effect in {"", Effect.IMMEDIATE}
    return any(
        after(was, one, duty=duty) == state
        for was in State
        if was != state
        for duty in (True, False)
    )


def spell(found: Sequence[Stay], when: date) -> tuple[Day, Day | None] | None:
    """The last restriction that had begun by a day: when it began, when it was lifted. None if
    there was none."""
    begun = [s for s in found if (surely(s.since) or date.max) <= when]
    while begun and begun[-1].state not in RESTRICTED:
        begun.pop()
    if not begun:
        return None
    last = begun[-1]
    while begun and begun[-1].state in RESTRICTED:
        first = begun.pop()
    return first.since, _end(found, last)


def bringing(found: Sequence[Stay], when: date) -> Stay | None:
    """The stay under restriction that stands on a day, or stood last."""
    begun = [s for s in found if (surely(s.since) or date.max) <= when]
    return next((s for s in reversed(begun) if s.state in RESTRICTED), None)


def _end(found: Sequence[Stay], last: Stay) -> Day | None:
    rest = found[list(found).index(last) :]
    return next((stay.since for stay in rest if stay.state not in RESTRICTED), None)


def length(since: Day, until: Day | None) -> int | None:
    """Days from the first day under restriction to the day it was lifted, if both are known."""
    start, end = since.exact, until.exact if until else None
    return (end - start).days if start and end else None
