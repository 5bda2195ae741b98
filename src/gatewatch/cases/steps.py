"""Claims folded into steps: which of them tell of one event, and on which day it was."""

from collections.abc import Iterable, Mapping
from datetime import date, timedelta
from operator import attrgetter

import msgspec

from gatewatch.cases.case import Step
from gatewatch.cases.positions import Question
from gatewatch.cases.sources import Sources, origins, question
from gatewatch.model import day
from gatewatch.model.claim import Claim, Scope
from gatewatch.model.day import UNKNOWN, Day
from gatewatch.model.service import OfficialList
from gatewatch.model.states import Action

_APART = timedelta(days=10)
"""Two days told for the same thing are hardly further apart; two events seldom nearer."""
_ORDER = list(Action)
_BY_SPEAKER = frozenset({Action.ANNOUNCED, Action.DENIED, Action.WARNED})
_ACCESS = frozenset({Action.BLOCKED, Action.THROTTLED, Action.PARTIALLY_BLOCKED, Action.RESTORED})


class ClaimGroup(msgspec.Struct):
    """Claims about one event. `first` and `last` span the days that were told to the day."""

    claims: list[Claim]
    first: date | None
    last: date | None

    def near(self, when: Day) -> bool:
        """Whether a day could be of this event, told a little wrong."""
        if self.first is None or self.last is None or when.precision == "unknown":
            return True
        starts, ends = when.first or date.min, when.last or date.max
        return _days(self.first, starts, ends) <= _APART or _days(self.last, starts, ends) <= _APART

    def take(self, claim: Claim) -> None:
        self.claims.append(claim)
        if exact := claim.when.exact:
            self.first = min(self.first or exact, exact)
            self.last = max(self.last or exact, exact)


def _days(one: date, start: date, end: date) -> timedelta:
    """From a day to a period; nothing if it lies within."""
    return max(start - one, one - end, timedelta())


def events(claims: Iterable[Claim]) -> list[ClaimGroup]:
    """Claims of one action (and speaker, scope, list) that can be of one event, together."""
    kinds: dict[tuple[str, ...], list[Claim]] = {}
    for claim in claims:
        kinds.setdefault(_kind(claim), []).append(claim)
    return [event for held in kinds.values() for event in _of_a_kind(held)]


def _kind(claim: Claim) -> tuple[str, ...]:
    speaker = claim.actor.casefold() if claim.action in _BY_SPEAKER else ""
    scope = claim.scope if claim.action not in _ACCESS or claim.scope != Scope.PART else Scope.PART
    return claim.action, speaker, scope, claim.about, "lift" if claim.effect == "lift" else ""


def _of_a_kind(claims: list[Claim]) -> list[ClaimGroup]:
    exact = sorted((c for c in claims if c.when.exact), key=lambda c: (c.when.exact, c.id))
    found: list[ClaimGroup] = []
    labelled = bool(claims[0].about)
    for claim in exact:
        if found and (labelled or found[-1].near(claim.when)):
            found[-1].take(claim)
        else:
            found.append(ClaimGroup([claim], claim.when.exact, claim.when.exact))
    for claim in sorted(set_apart(claims), key=lambda c: (c.when.first or date.max, c.id)):
        _join(found, claim)
    return found


def set_apart(claims: Iterable[Claim]) -> list[Claim]:
    """Claims that give no day, or a wider one."""
    return [claim for claim in claims if not claim.when.exact]


def _join(found: list[ClaimGroup], claim: Claim) -> None:
    """Put a claim with a wider day to the event that it can be about: the last one that its text
    could know of."""
    by = claim.source.published
    fits = [event for event in found if event.near(claim.when)]
    known = [event for event in fits if not (by and event.first) or event.first <= by]
    if known or fits:
        (known or fits)[-1].take(claim)
    else:
        found.append(ClaimGroup([claim], None, None))


def step(event: ClaimGroup, sources: Sources, lists: Mapping[str, OfficialList]) -> Step:
    """An event as a step. The day held is the one with most independent sources; a tie is the
    bracket around both."""
    claims = event.claims
    dates, loose = _dates(claims, sources)
    first = max(claims, key=lambda c: (c.seen, c.when.exact is not None))
    register = next((c.register for c in claims if c.register), "")
    return Step(
        number=0,
        action=first.action,
        day=_held(dates, claims, sources),
        actor=_common([c.actor for c in claims]),
        scope=first.scope,
        effect=next((c.effect for c in claims if c.effect), ""),
        register=register,
        duty=register in lists and lists[register].duty,
        dates=dates,
        loose=sources.numbers(loose),
        disputed=dates.disputed,
        disputed_by=(),
        inferred=None,
        says=tuple(
            dict.fromkeys(c.says for c in sorted(claims, key=attrgetter("seen"), reverse=True))
        ),
        sources=sources.numbers(claims),
        claims=tuple(c.id for c in claims),
        origins=len(origins(claims)),
    )


def _dates(claims: list[Claim], sources: Sources) -> tuple[Question, list[Claim]]:
    """Days told, each with who tells it; and the claims with a wider day that agrees with one."""
    groups: dict[str, list[Claim]] = {}
    for claim in claims:
        if claim.when.exact:
            groups.setdefault(claim.date, []).append(claim)
    told = [day.parse(text) for text in groups]
    loose = []
    for claim in sorted(set_apart(claims), key=_width):
        agree = claim.date not in groups and any(claim.when.agrees(one) for one in told)
        if claim.when.precision == "unknown" or agree:
            loose.append(claim)
        else:
            groups.setdefault(claim.date, []).append(claim)
            told.append(claim.when)
    return question(groups, str, sources), loose


def _width(claim: Claim) -> tuple[bool, date]:
    """The narrower of two periods first, so that a wider one that agrees is loose."""
    when = claim.when
    span = (when.last - when.first).days if when.first and when.last else 0
    return not span, date.fromordinal(max(span, 1)) if span else when.last or date.max


def _held(dates: Question, claims: list[Claim], sources: Sources) -> Day:
    """The day held; where nobody gives one, not after the first text that tells of it."""
    if not dates.positions:
        texts = {n for c in claims for n in sources.numbers([c])}
        days = [s.published for s in sources.all if s.number in texts and s.published]
        return day.parse(f"../{min(days)}") if days else UNKNOWN
    if not dates.tie:
        return day.parse(dates.positions[0].value)
    best = dates.positions[0]
    tied = [p for p in dates.positions if p.strength == best.strength]
    sides = [day.parse(p.value) for p in tied]
    starts = [side.first for side in sides]
    ends = [side.last for side in sides]
    first = min(s for s in starts if s) if all(starts) else None
    last = max(e for e in ends if e) if all(ends) else None
    return day.parse(f"{first or '..'}/{last or '..'}") if first or last else UNKNOWN


def _common(names: list[str]) -> str:
    """The name that most give."""
    given = [name for name in names if name]
    return max(given, key=given.count) if given else ""


def order(one: Step) -> tuple[date, date, int, str]:
    """Steps by the day from which each surely held."""
    last = one.day.last or one.day.first or date.max
    rank = _ORDER.index(Action(one.action)) if one.action in _ORDER else -1
    return last, one.day.first or last, rank, one.claims[0] if one.claims else ""
