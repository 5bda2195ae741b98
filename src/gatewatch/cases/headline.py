"""A case's answer in one sentence, with the day of what it rests on."""

from typing import Any

from gatewatch.cases.case import Case
from gatewatch.cases.lanes import SAID, acts, published
from gatewatch.model.jurisdiction import Jurisdiction
from gatewatch.model.lane import LaneName, lane
from gatewatch.model.message import Message, message
from gatewatch.model.states import State

_BY_WORD = frozenset({State.PARTLY_RESTRICTED, State.RESTRICTED, State.LIFTED})


def headline(one: Case) -> Message:
    """What stood on the day; where that is not known, what was known last, and of which day."""
    named: dict[str, Any] = {
        "day": one.valid_at,
        "name": one.service.name,
        "place": Jurisdiction(one.jurisdiction),
    }
    if one.state == State.UNKNOWN:
        return _unknown(one, named)
    known = one.last_told
    said, shown = SAID[one.state], one.on_list
    if one.state == State.LISTED and known and shown and not shown.current:
        return message(
            "{name} was listed in {place} when last published, on {known}; not known since.",
            **named,
            known=published(shown.published, known),
        )
    if known and one.faded and one.told_from == LaneName.NETWORK:
        return message(
            "{name} was {state} in {place} when last measured, on {known}; not known since.",
            **named,
            known=known,
            state=said,
        )
    if known and one.faded and one.told_from == LaneName.LISTINGS:
        return message(
            "{name} was {state} in {place} when last published, on {known}; not known since.",
            **named,
            known=known,
            state=said,
        )
    if known and one.faded:
        return message(
            "By the last source, of {known}, {name} was {state} in {place}; not known since.",
            **named,
            known=known,
            state=said,
        )
    return _stated(one, named)


def _state(one: Case) -> Message:
    """The state with what it is told by, and beside what stands on lists."""
    said, by_word = SAID[one.state], one.state in _BY_WORD and one.state == one.said
    if one.by_last_source:
        known = one.by_last_source
        said = message("{state} (by the last source, of {known})", state=said, known=known)
    elif one.by_law:
        said = message("{state} by {law}", state=said, law=one.by_law.short)
    on_lists = lane(one.lanes, LaneName.LISTINGS)
    reported = by_word and not one.by_last_source
    if on_lists.state == "listed" and on_lists.as_last and on_lists.last_known:
        listed = message(
            "{state} (as last published, on {day})",
            state=SAID[State.LISTED],
            day=published(on_lists.published, on_lists.last_known),
        )
        if one.state == State.LISTED:
            return listed
        said = message("reportedly {state}", state=said) if reported else said
        return message("{listed} and {state}", listed=listed, state=said)
    if on_lists.state == "listed" and one.state != State.LISTED:
        return (
            message("listed and reportedly {state}", state=said)
            if reported
            else message("listed and {state}", state=said)
        )
    return message("reportedly {state}", state=said) if reported else said


def _stated(one: Case, named: dict[str, Any]) -> Message:
    said = _state(one)
    if one.state == State.LIFTED and one.days is not None and one.since:
        return message(
            "On {day} {name} was {state} in {place} since {since}, after {n} day.",
            "On {day} {name} was {state} in {place} since {since}, after {n} days.",
            **named,
            state=said,
            since=one.since,
            n=one.days,
        )
    if one.since and (one.since.exact or one.since.precision in {"month", "year"}):
        return message(
            "On {day} {name} was {state} in {place} since {since}.",
            **named,
            state=said,
            since=one.since,
        )
    if one.since and one.since.text and one.state == State.LIFTED:
        return message(
            "On {day} {name} was {state} in {place}; the restriction ended {since}.",
            **named,
            state=said,
            since=one.since,
        )
    if one.since and one.since.text:
        return message(
            "On {day} {name} was {state} in {place}; it began {since}.",
            **named,
            state=said,
            since=one.since,
        )
    return message("On {day} {name} was {state} in {place}.", **named, state=said)


def _unknown(one: Case, named: dict[str, Any]) -> Message:
    """Nothing on record, only that it was so by a later day, or steps without a known effect."""
    later = next((s for s in one.stays if s.since.first is None and s.since.last), None)
    if later and later.since.last and later.since.last > one.valid_at:
        return message(
            "On {day} it is not known whether {name} was {state} in {place}; by {by} it was.",
            **named,
            state=SAID[later.state],
            by=later.since.last,
        )
    if done := acts_alone(one):
        return message(
            "On {day} it is not on record where {name} stood in {place}: {acts}.",
            **named,
            acts=done,
        )
    return message("On {day} nothing is on record of {name} in {place}.", **named)


def acts_alone(one: Case) -> Message | None:
    """What was done, of a case whose state is not on record though steps are."""
    told = one.state == State.UNKNOWN and any(not s.inferred for s in one.steps)
    return acts(one.steps, one.valid_at) if told else None
