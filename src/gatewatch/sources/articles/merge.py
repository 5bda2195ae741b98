"""Statements of one article put together: each once, and with the day that another sentence
tells."""

from collections.abc import Iterable
from datetime import date, timedelta

import msgspec

from gatewatch.model import day
from gatewatch.model.states import Action
from gatewatch.sources.articles.proposal import Proposal

_TOLD_LATE = 7
"""Days within which a day of the act takes the place of that of the statement."""
_ANNOUNCED_LATE = timedelta(days=100)
"""Within this time an act may become known late: its day is then that of the news without one."""
_LIFTS = frozenset({Action.RESTORED, Action.DELISTED, Action.REVOKED})
_BESIDE = 2
"""Sentences apart within which one that is not proposed tells why."""
_FULL = 10
"""Letters of a day that is known to the day."""


def distinct(found: Iterable[Proposal], published: date | None) -> list[Proposal]:
    """Each statement once. One without a day is about the event that has one, where it adds a
    reason or a law; else it only says the same again. Where no sentence tells a day, it is not
    later than the publication."""
    proposals = list(found)
    duties = {p.event[:2] for p in proposals if p.action == Action.REGISTERED and not p.mark}
    dated: dict[tuple[str, str, str], str] = {}
    for one in sorted(proposals, key=_preferred):
        if one.date and not one.mark and _is_late(one.date, published):
            dated.setdefault(one.event, one.date)
    acted = {(p.event, p.place) for p in proposals if p.date and not (p.mark or p.stated)}
    of_one: dict[tuple[str, str], list[Proposal]] = {}
    for one in proposals:
        of_one.setdefault(one.event[:2], []).append(one)
    held: dict[tuple[str, str, str], list[Proposal]] = {}
    for one in proposals:
        if one.action == Action.LISTED and not one.date and one.event[:2] in duties:
            continue  # the register of a headline is the one that the text then names
        if one.loose and any(_says_how(other, one) for other in of_one[one.event[:2]]):
            continue
        if one.stated and not one.mark and (one.event, one.place) in acted:
            continue  # the same sentence tells when it was done
        this = one if one.mark else _with_day(one, dated.get(one.event, ""), published)
        same = held.setdefault(this.event, [])
        if not any(_says_no_more(this, other) for other in same):
            same[:] = [*(other for other in same if not _says_no_more(other, this)), this]
    kept = sorted((one for same in held.values() for one in same), key=lambda one: one.place)
    return [_completed(one, of_one[one.event[:2]]) for one in kept]


def _completed(one: Proposal, every: list[Proposal]) -> Proposal:
    """A statement with who acts and why, where it is silent on them and another one of the same
    service and place tells them of its event: a headline leaves out what the text then says."""
    if one.mark or (one.actor and (one.reasons or one.action in _LIFTS)):
        return one
    same = [other for other in every if _is_of_it(other, one)]
    actor = one.actor or next((o.actor for o in same if o.actor and not o.mark), "")
    close = [o for o in same if o.reasons and (not o.mark or abs(o.place - one.place) <= _BESIDE)]
    reasons = one.reasons or (close[0].reasons if close and one.action not in _LIFTS else ())
    return msgspec.structs.replace(one, actor=actor, reasons=reasons)


def _is_of_it(other: Proposal, one: Proposal) -> bool:
    """Whether two statements of one service and place are of one event, or of an order and what
    came of it."""
    if (other.action in _LIFTS) != (one.action in _LIFTS):
        return False
    if not (other.date and one.date) or one.date == other.date:
        return True
    return day.parse(other.date).agrees(day.parse(one.date))


def _says_how(other: Proposal, one: Proposal) -> bool:
    """Whether another statement tells how a service was restricted, where this one leaves it
    open."""
    slowed = other.action in {Action.THROTTLED, Action.PARTIALLY_BLOCKED} and not other.mark
    return slowed and one.action == Action.BLOCKED and _is_of_it(other, one) and not one.date


def _is_late(edtf: str, published: date | None) -> bool:
    """Whether a day may be that of what a text tells as news: not that of an event years before."""
    return published is None or published - _last(edtf) <= _ANNOUNCED_LATE


def _preferred(one: Proposal) -> tuple[bool, bool, int]:
    return one.stated, len(one.date) != _FULL, one.place


def _with_day(one: Proposal, known: str, published: date | None) -> Proposal:
    if one.stated and known and 0 < (_last(one.date) - _last(known)).days <= _TOLD_LATE:
        return msgspec.structs.replace(one, date=known, stated=False)
    if one.date:
        return one
    if known:
        return msgspec.structs.replace(one, date=known)
    return msgspec.structs.replace(one, not_after=published)


def _last(text: str) -> date:
    told = day.parse(text)
    return told.last or told.first or date.min


def _says_no_more(one: Proposal, other: Proposal) -> bool:
    """Whether a statement adds nothing to another one of the same event."""
    if one.mark != other.mark or one.event != other.event:
        return False
    if one.law_year not in {None, other.law_year} or not set(one.reasons) <= set(other.reasons):
        return False
    if one.date == other.date:
        return True
    if not one.date or len(one.date) >= len(other.date):
        return False
    return day.parse(one.date).agrees(day.parse(other.date))
