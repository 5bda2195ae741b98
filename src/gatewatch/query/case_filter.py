"""Which cases: by country, state, kind of service, age of the evidence, law, body, year, text;
how many of each, and in which order."""

from collections import Counter
from collections.abc import Callable, Iterable
from datetime import date

import msgspec

from gatewatch.cases.case import Case
from gatewatch.catalogue.jurisdictions import name as country
from gatewatch.model.states import DEGREE, CaseOrder, State

_LANGUAGES = ("en", "ru", "zh")


class CaseFilter(msgspec.Struct, frozen=True, kw_only=True):
    """What a case must be like; what is left out may be anything."""

    service: str | None = None
    """Its id."""
    jurisdiction: str | None = None
    """ISO 3166-1 code."""
    state: State | None = None
    kind: str | None = None
    """The kind of its service, as messenger."""
    current: bool | None = None
    """Whether the state is of the day asked about, or only as last known: `Case.current`."""
    rule: str | None = None
    """The id of an instrument that somebody names as its ground."""
    authority: str | None = None
    """A part of the name of a body that acts in it."""
    year: int | None = None
    """A year in which a step may lie."""
    text: str | None = None
    """A part of a name of its service or operator, of its country, of a law or reason told."""

    def given(self) -> dict[str, str]:
        """What was asked, as the parameters of an address."""
        told = {k: v for k, v in msgspec.structs.asdict(self).items() if v is not None}
        return {k: str(v).lower() if isinstance(v, bool) else str(v) for k, v in told.items()}


class CasesFound(msgspec.Struct, frozen=True):
    """The cases that fit, and how many there would be of each value of a field if that field alone
    were asked otherwise."""

    cases: tuple[Case, ...]
    total: int
    """Of all, whatever they are like."""
    counts: dict[str, dict[str, int]]
    """By `jurisdiction`, `state`, `kind` and `current`; the commonest first, states by degree."""


_OF: dict[str, Callable[[Case], str]] = {
    "jurisdiction": lambda one: str(one.jurisdiction),
    "state": lambda one: str(one.state),
    "kind": lambda one: one.service.kind,
    "current": lambda one: str(one.current).lower(),
}
"""What is counted, as it is asked for."""


def filtered(cases: Iterable[Case], wanted: CaseFilter) -> CasesFound:
    """Those that fit, in the order given, with counts."""
    every = list(cases)
    counts = {}
    for field, of in _OF.items():
        others = msgspec.structs.replace(wanted, **{field: None})
        counted = Counter(of(one) for one in every if fits(one, others))
        counts[field] = dict(counted.most_common())
    counts["state"] = {str(s): counts["state"][s] for s in DEGREE if s in counts["state"]}
    return CasesFound(tuple(one for one in every if fits(one, wanted)), len(every), counts)


def fits(one: Case, wanted: CaseFilter) -> bool:
    """Whether a case is like that."""
    return (
        wanted.service in {None, one.service.id}
        and wanted.jurisdiction in {None, str(one.jurisdiction)}
        and wanted.state in {None, one.state}
        and wanted.kind in {None, one.service.kind}
        and wanted.current in {None, one.current}
        and (wanted.rule is None or wanted.rule in one.grounds)
        and (wanted.authority is None or _acts(one, wanted.authority))
        and (wanted.year is None or _in_year(one, wanted.year))
        and (wanted.text is None or wanted.text.casefold() in _words(one))
    )


def _acts(one: Case, authority: str) -> bool:
    return any(authority.casefold() in step.actor.casefold() for step in one.steps)


def _in_year(one: Case, year: int) -> bool:
    start, end = date(year, 1, 1), date(year, 12, 31)
    return any(
        s.action != "in_force"
        and (s.day.first or date.min) <= end
        and (s.day.last or date.max) >= start
        and s.day.text
        for s in one.steps
    )


def _words(one: Case) -> str:
    told = [p.name for asked in (one.ground, one.reason) for p in asked.positions]
    told += [other.name for other in one.beside]
    places = [country(str(one.jurisdiction), language) for language in _LANGUAGES]
    names = [*one.service.called(), one.service.operator, str(one.jurisdiction)]
    return "\n".join([*names, *places, *told]).casefold()


def _told(one: Case) -> date:
    """The day that is told beside the state."""
    word = one.newest_word
    return (word and (word.first or word.last)) or date.min


def ordered(cases: Iterable[Case], order: CaseOrder) -> list[Case]:
    """In an order: days with the newest first, counts with the greatest first, what has none last;
    alike ones by service and country."""
    named = sorted(cases, key=lambda one: (one.service.name.casefold(), str(one.jurisdiction)))
    match order:
        case CaseOrder.SERVICE:
            return named
        case CaseOrder.JURISDICTION:
            return sorted(named, key=lambda one: str(one.jurisdiction))
        case CaseOrder.STATE:
            return sorted(named, key=lambda one: (DEGREE.index(one.state), not one.current))
        case CaseOrder.SINCE:
            return sorted(named, key=_began, reverse=True)
        case CaseOrder.LAST_SOURCE:
            return sorted(named, key=_told, reverse=True)
        case CaseOrder.SOURCES:
            return sorted(named, key=lambda one: one.origins, reverse=True)


def _began(one: Case) -> date:
    return (one.since and (one.since.last or one.since.first)) or date.min
