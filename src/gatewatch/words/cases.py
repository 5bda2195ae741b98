"""Steps and cases in words: who did what, never why; counts, never verdicts."""

from gatewatch.cases.case import Case, Step
from gatewatch.catalogue.jurisdictions import name as country
from gatewatch.model.day import Day
from gatewatch.model.states import State
from gatewatch.query.case import on_paper

ACTIONS = {
    "in_force": "law in force",
    "demanded": "demand",
    "warned": "warning",
    "notified": "notice",
    "ordered": "order",
    "fined": "fine",
    "listed": "entered in the register",
    "blocked": "access goes",
    "throttled": "slowed",
    "partially_blocked": "access goes in part",
    "announced": "statement",
    "denied": "refusal",
    "complied": "filing",
    "registered": "entered in a register of duties",
    "delisted": "taken off the register",
    "restored": "access back",
    "revoked": "order revoked",
}
_SCOPES = {"part": "in part", "apps": "app stores", "collateral": "side effect"}
_EFFECTS = {"none": "never took effect", "lift": "against the restriction", "rumour": "unconfirmed"}
STATES = {
    State.UNKNOWN: "no state on record",
    State.UNRESTRICTED: "unrestricted",
    State.OBLIGATED: "under a duty",
    State.DEMANDED: "under a demand",
    State.LISTED: "listed",
    State.PARTLY_RESTRICTED: "partly restricted",
    State.RESTRICTED: "restricted",
    State.LIFTED: "no longer restricted",
}


def named(step: Step) -> str:
    """A step in a few words: what, by whom, how far."""
    what = ACTIONS.get(step.action, step.action)
    by = f", {step.actor}" if step.actor and step.action not in {"restored", "blocked"} else ""
    note = noted(step)
    return f"{what}{by}{f' ({note})' if note else ''}"


def noted(step: Step) -> str:
    """How far a step reaches and what became of it, where that is not the rule."""
    return ", ".join(filter(None, [_SCOPES.get(step.scope, ""), _EFFECTS.get(step.effect, "")]))


def short(day: Day) -> str:
    """A day in words: what is not known is a phrase."""
    if day.precision in {"day", "month", "year"}:
        return day.text
    if day.first and day.last:
        return f"between {day.first} and {day.last}"
    if day.last:
        return f"day not known, not after {day.last}"
    return f"not before {day.first}" if day.first else "day not known"


def headline(case: Case) -> str:
    """The answer in one sentence."""
    name, place = case.service.name, country(case.jurisdiction)
    if case.state == State.UNKNOWN:
        return _unknown(case, name, place)
    since = f" since {short(case.since)}" if case.since and case.since.text else ""
    paper = " listed and" if on_paper(case) == "listed" and case.state != State.LISTED else ""
    said = ", by what was said," if case.state in _BY_WORD else ""
    lasted = (
        f", after {case.days} days" if case.state == State.LIFTED and case.days is not None else ""
    )
    stated = f"{paper}{said} {STATES[case.state]}"
    return f"On {case.valid_at} {name} was{stated} in {place}{since}{lasted}."


def _unknown(case: Case, name: str, place: str) -> str:
    """Nothing on record, or only that it was so by a later day."""
    later = next((s for s in case.stays if s.since.first is None and s.since.last), None)
    if later and later.since.last and later.since.last > case.valid_at:
        return (
            f"On {case.valid_at} it is not known whether {name} was {STATES[later.state]} in {place}; "
            f"by {later.since.last} it was."
        )
    return f"On {case.valid_at} nothing is on record of {name} in {place}."


_BY_WORD = frozenset({State.PARTLY_RESTRICTED, State.RESTRICTED, State.LIFTED})
