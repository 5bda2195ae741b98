"""What a restriction rests on: the law and the reason of the measure that brought the state, and
those of other measures that stand beside it.

A measure is what was done about one service within some weeks: notice, order, entry, block. Sources
that differ on the law of one measure contradict each other; the laws of two measures years apart
stand together. A later measure, or a source that repeats one and names no law, takes nothing away
from what was said of the first.
"""

from collections.abc import Iterable, Iterator, Sequence
from datetime import date, timedelta

import msgspec

from gatewatch.cases import state
from gatewatch.cases.case import Beside, Case, Measure, Stay, Step
from gatewatch.cases.positions import Position, Question
from gatewatch.cases.sources import Sources, question
from gatewatch.catalogue.facts import Catalogue
from gatewatch.model.claim import Claim
from gatewatch.model.day import Day
from gatewatch.model.states import Action

_ONE_MEASURE = timedelta(days=31)
_MEASURES = frozenset(
    {
        Action.NOTIFIED,
        Action.ORDERED,
        Action.LISTED,
        Action.BLOCKED,
        Action.THROTTLED,
        Action.PARTIALLY_BLOCKED,
        Action.ANNOUNCED,
    }
)
_BITES = _MEASURES - {Action.ANNOUNCED, Action.NOTIFIED}
_FRAME = "frame"


class Basis(msgspec.Struct, frozen=True):
    """What a case rests on. Each question is that of the measure that brought the state; where
    nothing answers it there, that of the nearest measure before, or else after it."""

    measures: tuple[Measure, ...]
    """The oldest first."""
    ground: Question
    reason: Question
    law_year: Question
    beside: tuple[Beside, ...]


def of(
    steps: Sequence[Step],
    claims: Sequence[Claim],
    found: Sequence[Stay],
    *,
    catalogue: Catalogue,
    sources: Sources,
    valid_at: date,
) -> Basis:
    """On what the last restriction rests that had begun by a day, from its steps and stays."""
    acts = [
        s
        for s in steps
        if s.claims and s.action in _MEASURES and s.scope == "whole" and s.effect != "lift"
    ]
    chains = _chains(acts, state.spell(found, valid_at), valid_at)
    place = _bringing(chains, state.bringing(found, valid_at))
    measures = tuple(
        Measure(
            since=chain[0].day,
            brought=n == place,
            ground=_laws(told, catalogue, sources),
            reason=_reasons(told, catalogue, sources),
            law_year=_law_years(told, sources),
        )
        for n, chain in enumerate(chains)
        for told in [_claims_of(chain, acts, claims)]
    )
    nearest = [*measures[place : place + 1], *reversed(measures[:place]), *measures[place + 1 :]]
    ground, reason, law_year = (
        next((asked for one in nearest if (asked := getattr(one, about)).positions), Question())
        for about in ("ground", "reason", "law_year")
    )
    beside = (
        *_beside(measures, ground, "ground", catalogue),
        *_beside(measures, reason, "reason", catalogue),
    )
    return Basis(measures=measures, ground=ground, reason=reason, law_year=law_year, beside=beside)


def _chains(
    acts: Sequence[Step], spell: tuple[Day, Day | None] | None, valid_at: date
) -> list[list[Step]]:
    """Steps of restriction near in time to each other, together: two measures years apart may rest
    on different laws without any contradiction. Of what did not restrict the last alone."""
    bites = [s for s in acts if s.action in _BITES and _at(s, date.max) <= valid_at]
    if spell:
        start = state.surely(spell[0]) or date.min
        bites = [s for s in bites if _at(s) >= start - _ONE_MEASURE] or bites
    found: list[list[Step]] = []
    for one in sorted(bites, key=_at):
        if found and _at(one) - _at(found[-1][-1]) <= _ONE_MEASURE:
            found[-1].append(one)
        else:
            found.append([one])
    if not found:
        return [[s] for s in acts if s.action in _BITES][:1]
    return found if spell else found[-1:]


def _at(one: Step, unknown: date = date.min) -> date:
    return state.surely(one.day) or unknown


def _bringing(chains: Sequence[Sequence[Step]], began: Stay | None) -> int:
    """Which of them brought the state: the one of the step that began it; where a list or the
    network shows that by itself, the last one by then."""
    if began is None:
        return max(len(chains) - 1, 0)
    numbers = set(began.steps)
    for place, chain in enumerate(chains):
        if numbers & {s.number for s in chain}:
            return place
    since = state.surely(began.since) or date.min
    by_then = [n for n, chain in enumerate(chains) if _at(chain[0]) <= since + _ONE_MEASURE]
    return by_then[-1] if by_then else 0


def _claims_of(chain: Sequence[Step], acts: Iterable[Step], claims: Iterable[Claim]) -> list[Claim]:
    """Claims about one measure: its steps, and what was told of it or ordered near in time."""
    names = {name for s in chain for name in s.claims}
    days = [day for s in chain if (day := state.surely(s.day))]
    if days:
        low, high = min(days) - _ONE_MEASURE, max(days) + _ONE_MEASURE
        near = (s for s in acts if (at := state.surely(s.day)) and low <= at <= high)
        names |= {name for s in near for name in s.claims}
    return [claim for claim in claims if claim.id in names]


def accepted(asked: Question) -> tuple[Position, ...]:
    """Positions that a question is answered by: the one held and what its sources say beside it; of
    a tie all that are ahead."""
    if not asked.positions:
        return ()
    first = asked.positions[0]
    if asked.tie:
        return tuple(p for p in asked.positions if p.strength == first.strength)
    return tuple(p for p in asked.positions if set(p.claims) <= set(first.claims))


def _beside(
    measures: Iterable[Measure], told: Question, about: str, catalogue: Catalogue
) -> Iterator[Beside]:
    """What other measures rest on and the one told does not, each once."""
    by_law = about == "ground"
    family = _law_family if by_law else _reason_family
    named = {p.value for p in told.positions}
    families = {family(value, catalogue) or value for value in named}
    for one in measures:
        for position in accepted(getattr(one, about)):
            value, root = position.value, family(position.value, catalogue) or position.value
            if value in named or (root in families and (by_law or value == root)):
                continue
            named.add(value)
            families.add(root)
            yield Beside(about, value, position.name, one.since)


def taken_from(case: Case, about: str) -> Day | None:
    """The day of the measure of which the law or the reason told was said, where that is not the
    one that brought the state."""
    asked: Question = getattr(case, about)
    of_it = [one for one in case.measures if asked.positions and getattr(one, about) == asked]
    return None if not of_it or any(one.brought for one in of_it) else of_it[0].since


def newest(case: Case, about: str) -> str | None:
    """The law or the reason of the newest measure that has another one than the state."""
    return next((one.value for one in reversed(case.beside) if one.about == about), None)


def _law_family(rule: str, catalogue: Catalogue) -> str:
    """An article and the law that brought it in are one."""
    known = catalogue.instruments.get(rule)
    return (known.brought_by or known.id) if known else ""


def _reason_family(name: str, catalogue: Catalogue) -> str:
    known = catalogue.reasons.get(name)
    return (known.under or name) if known else name


def _laws(claims: list[Claim], catalogue: Catalogue, sources: Sources) -> Question:
    """Which law: articles and the law that brought them in are one position."""
    families: dict[str, list[Claim]] = {}
    for claim in claims:
        rule = catalogue.instruments.get(claim.rule)
        if rule and _FRAME in rule.demands:
            continue
        if key := _law_family(claim.rule, catalogue) or claim.law:
            families.setdefault(key, []).append(claim)
    named = {_specific(held) or key: held for key, held in families.items()}
    return question(named, lambda value: _law_name(value, catalogue), sources)


def _specific(claims: list[Claim]) -> str:
    rules = [claim.rule for claim in claims if claim.rule]
    return max(rules, key=lambda rule: (rules.count(rule), rule)) if rules else ""


def _law_name(value: str, catalogue: Catalogue) -> str:
    rule = catalogue.instruments.get(value)
    if rule is None:
        return value
    by = catalogue.instruments.get(rule.brought_by)
    since = f"in force {rule.in_force}" if rule.in_force else ""
    parts = [f"by {by.number}" if by else "", since, f"until {rule.until}" if rule.until else ""]
    more = ", ".join(part for part in parts if part)
    return rule.short + (f" ({more})" if more else "")


def _reasons(claims: list[Claim], catalogue: Catalogue, sources: Sources) -> Question:
    """Which reason: a wider one and a case of it do not contradict each other."""
    families: dict[str, dict[str, Claim]] = {}
    named: dict[str, list[str]] = {}
    for claim in claims:
        for name in claim.reasons:
            root = _reason_family(name, catalogue)
            families.setdefault(root, {})[claim.id] = claim
            named.setdefault(root, []).append(name)
    groups = {}
    for root, held in families.items():
        special = [name for name in named[root] if name != root]
        groups[max(special, key=special.count) if special else root] = list(held.values())
    return question(
        groups, lambda v: catalogue.reasons[v].name if v in catalogue.reasons else v, sources
    )


def _law_years(claims: list[Claim], sources: Sources) -> Question:
    groups: dict[str, list[Claim]] = {}
    for claim in claims:
        if claim.law_year:
            groups.setdefault(str(claim.law_year), []).append(claim)
    return question(groups, str, sources)
