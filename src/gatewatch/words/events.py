"""What happened, one event one item: a state that changed (lifts included), an episode that began
or ended, a register that changed or fell silent."""

from collections import Counter
from collections.abc import Callable, Iterable, Iterator, Mapping
from datetime import UTC, date, datetime, time, timedelta
from typing import Any

import msgspec

from gatewatch.cases.case import Case, Stay
from gatewatch.catalogue.facts import Catalogue
from gatewatch.model.episode import Episode
from gatewatch.model.event import Event
from gatewatch.model.jurisdiction import Jurisdiction
from gatewatch.model.message import Message, Param, message
from gatewatch.model.moment import Bracket, Moment, When
from gatewatch.model.redaction import defanged
from gatewatch.model.report import Reported
from gatewatch.model.states import State
from gatewatch.query import episodes
from gatewatch.query.changes import ChangeList
from gatewatch.query.ledger import Ledger
from gatewatch.query.moments import of_all
from gatewatch.query.registers import Freshness
from gatewatch.query.targets import service_of
from gatewatch.words.cases import place
from gatewatch.words.comparison import last_known
from gatewatch.words.saying import say
from gatewatch.words.states import look


class Happening(msgspec.Struct, frozen=True, kw_only=True):
    """One event before it is said: the same as `Event`, with messages for words."""

    id: str
    kind: str
    at: datetime
    title: Message
    text: Message
    path: str
    service: str | None = None
    jurisdiction: str | None = None
    register: str | None = None

    def said(self, language: str = "en") -> Event:
        """The event in a language."""
        return Event(
            id=self.id,
            kind=self.kind,
            at=self.at,
            title=say(self.title, language),
            text=say(self.text, language),
            path=self.path,
            service=self.service,
            jurisdiction=self.jurisdiction,
            register=self.register,
        )


_DAY = timedelta(days=1)
_BACK = timedelta(days=30)


def known(
    ledger: Ledger, catalogue: Catalogue, cases: Iterable[Case], as_of: datetime, recorded_by: When
) -> list[Happening]:
    """Every event known at a time, newest first. Registers tell of their last days."""
    read: dict[str, Any] = {"as_of": as_of, "recorded_by": recorded_by}
    fresh = ledger.registers(**read)
    last = max((one.last_published for one in fresh), default=datetime.now(UTC))
    places = {one.register.id: one.register.jurisdiction for one in fresh}
    found = [
        *of_cases(cases),
        *of_episodes(
            episodes.Record(ledger, of_all(ledger, Moment.parse(None, **read))).episodes, catalogue
        ),
        *of_registers(
            ChangeList(ledger, None, Moment.parse(None, **read), since=last - _BACK).counts(),
            places,
        ),
        *of_silence(fresh),
        *of_surges(ledger.reports(**read)),
    ]
    return sorted((e for e in found if e.at <= as_of), key=lambda e: (e.at, e.id), reverse=True)


def of_cases(cases: Iterable[Case]) -> Iterator[Happening]:
    """Every change of state, in the order of cases."""
    for one in cases:
        before = State.UNKNOWN
        for stay in one.stays:
            if stay.since.last:
                yield _of_a_stay(one, before, stay, last=stay is one.stays[-1])
            before = stay.state


def _of_a_stay(one: Case, before: State, stay: Stay, *, last: bool) -> Happening:
    """`last`: the state has not changed since, by what is on record; where that record is old the
    item says of which day it is."""
    day, after = stay.since.last, look(stay.state).word
    assert day is not None
    known: dict[str, Param] = {"service": one.service.name, "place": place(one), "state": after}
    if stay.since.exact:
        text = message(
            "{service} in {place}: {state} on {day}, by what is on record", day=day, **known
        )
    else:
        text = message(
            "{service} in {place}: {state} by {day}, by what is on record", day=day, **known
        )
    if before != State.UNKNOWN:
        text = message("{sentence}; before: {state}", sentence=text, state=look(before).word)
    count = message("{n} source", "{n} sources", n=len(one.sources))
    if last and (known_by := last_known(one)):
        count = message("{count}; {known}, not known since", count=count, known=known_by)
    return Happening(
        id=f"urn:gatewatch:case:{one.service.id}:{one.jurisdiction}:{stay.state}:{day}",
        kind="state",
        at=datetime.combine(day, time(), UTC),
        title=message("{service} in {place}: {state}", **known),
        text=message("{sentence}. {more}.", sentence=text, more=count),
        path=f"/case/{one.service.id}/{one.jurisdiction}",
        service=one.service.id,
        jurisdiction=str(one.jurisdiction),
    )


def of_episodes(found: Iterable[Episode], catalogue: Catalogue) -> Iterator[Happening]:
    """The onset of each episode, and its end where one was seen."""
    for one in found:
        service = service_of(catalogue, one.target)
        yield _onset(one, service)
        if one.resolution_latest:
            yield _end(one, one.resolution_latest, service)


def _episode_id(one: Episode) -> str:
    return f"urn:gatewatch:episode:{one.probe_cc}:{one.target}:{one.first:%Y-%m-%dT%H}"


def _onset(one: Episode, service: str | None) -> Happening:
    place, target = Jurisdiction(one.probe_cc), defanged(one.target)
    networks = message(
        "{n} of {measured} network",
        "{n} of {measured} networks",
        n=len(one.networks),
        measured=one.measured,
    )
    began = Bracket(one.onset_earliest, one.onset_latest)
    return Happening(
        id=f"{_episode_id(one)}:onset",
        kind="onset",
        at=one.onset_latest,
        title=message(
            "{target} in {place}: blocked on {networks}",
            target=target,
            place=place,
            networks=networks,
        ),
        text=message(
            "Measurements show a block of {target} on {networks}; it began {bracket}.",
            target=target,
            networks=networks,
            bracket=began,
        ),
        path=f"/episode/{one.probe_cc}/{one.target}",
        service=service,
        jurisdiction=one.probe_cc,
    )


def _end(one: Episode, ended: datetime, service: str | None) -> Happening:
    place, target = Jurisdiction(one.probe_cc), defanged(one.target)
    return Happening(
        id=f"{_episode_id(one)}:end",
        kind="end",
        at=ended,
        title=message(
            "{target} in {place}: no longer blocked, by measurements", target=target, place=place
        ),
        text=message(
            "The block of {target} ended {bracket}.",
            target=target,
            bracket=Bracket(one.resolution_earliest, ended),
        ),
        path=f"/episode/{one.probe_cc}/{one.target}",
        service=service,
        jurisdiction=one.probe_cc,
    )


_OPS: dict[str, Callable[[int], Message]] = {
    "added": lambda n: message("{n} entry added", "{n} entries added", n=n),
    "changed": lambda n: message("{n} entry changed", "{n} entries changed", n=n),
    "removed": lambda n: message("{n} entry removed", "{n} entries removed", n=n),
}
"""What a register did on a day, in the order in which it is told."""


def of_registers(
    moves: Mapping[tuple[str, date, str], int], known: dict[str, str]
) -> Iterator[Happening]:
    """One event for each register and day on which it changed; `moves` are numbers of changes by
    register, day and operation, `known` jurisdictions by register."""
    counts: dict[tuple[str, date], Counter[str]] = {}
    for (register, day, op), found in moves.items():
        counts.setdefault((register, day), Counter())[op] += found
    for (register, day), number in counts.items():
        told = tuple(name(number[op]) for op, name in _OPS.items() if number[op])
        yield Happening(
            id=f"urn:gatewatch:register:{register}:{day}",
            kind="register",
            at=datetime.combine(day + _DAY, time(), UTC),
            title=message("{register}, {day}: {changes}", register=register, day=day, changes=told),
            text=message(
                "On {day} in {register}: {changes}.", register=register, day=day, changes=told
            ),
            path=f"/changes?day={day}&register={register}",
            jurisdiction=known.get(register),
            register=register,
        )


def of_surges(reported: Mapping[tuple[str, str], Reported]) -> Iterator[Happening]:
    """More reports than the weeks before let expect: a signal, never an episode."""
    for (service, code), one in reported.items():
        for surge in one.surges:
            place = Jurisdiction(code)
            yield Happening(
                id=f"urn:gatewatch:surge:{service}:{code}:{surge.first:%Y-%m-%dT%H}",
                kind="surge",
                at=surge.first,
                title=message(
                    "{service} in {place}: more reports than usual", service=service, place=place
                ),
                text=message(
                    "{n} person reported {service} in {place} from {time}. Reports alone do not show a block.",
                    "{n} people reported {service} in {place} from {time}. Reports alone do not show a block.",
                    n=surge.reporters,
                    service=service,
                    place=place,
                    time=surge.first,
                ),
                path=f"/case/{service}/{code}",
                service=service,
                jurisdiction=code,
            )


def of_silence(registers: Iterable[Freshness]) -> Iterator[Happening]:
    """Registers whose next publication is overdue."""
    for one in registers:
        if one.silent_since:
            r = one.register
            yield Happening(
                id=f"urn:gatewatch:silent:{r.id}:{one.silent_since:%Y-%m-%dT%H:%M}",
                kind="silence",
                at=one.silent_since + r.patience,
                title=message("{register} fell silent", register=r.id),
                text=message(
                    "{register} was last published on {time}; another publication is overdue.",
                    register=r.title,
                    time=one.silent_since,
                ),
                path=f"/register/{r.id}",
                jurisdiction=r.jurisdiction,
                register=r.id,
            )
