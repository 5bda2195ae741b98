"""What happened, one event one item: a state that changed (lifts included), an episode that began or ended, a
register that changed or fell silent."""

from collections import Counter
from collections.abc import Iterable, Iterator, Mapping
from datetime import UTC, date, datetime, time, timedelta
from typing import Any

from gatewatch.cases.case import Case
from gatewatch.catalogue.facts import Catalogue
from gatewatch.catalogue.jurisdictions import name as country
from gatewatch.model.episode import Episode
from gatewatch.model.event import Event
from gatewatch.model.history import Event as Change
from gatewatch.model.moment import Moment
from gatewatch.model.redaction import defanged
from gatewatch.model.report import Reported
from gatewatch.model.states import State
from gatewatch.query import episodes
from gatewatch.query.ledger import Ledger, When
from gatewatch.query.moments import of_all
from gatewatch.query.registers import Freshness
from gatewatch.query.targets import service_of
from gatewatch.words.cases import STATES

_DAY = timedelta(days=1)
_BACK = timedelta(days=30)


def known(
    ledger: Ledger, catalogue: Catalogue, cases: Iterable[Case], as_of: datetime, recorded_by: When
) -> list[Event]:
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
        *of_registers(ledger.changes(since=last - _BACK, **read), places),
        *of_silence(fresh),
        *of_surges(ledger.reports(**read)),
    ]
    return sorted((e for e in found if e.at <= as_of), key=lambda e: (e.at, e.id), reverse=True)


def of_cases(cases: Iterable[Case]) -> Iterator[Event]:
    """Every change of state, in the order of cases."""
    for one in cases:
        before = State.UNKNOWN
        for stay in one.stays:
            if stay.since.last:
                yield _of_a_stay(one, before, stay.state, stay.since.last, stay.since.text)
            before = stay.state


def _of_a_stay(one: Case, before: State, after: State, day: date, told: str) -> Event:
    place = country(one.jurisdiction)
    known = f"on {told}" if told == day.isoformat() else f"by {day}"
    was = f"Before: {STATES[before]}. " if before != State.UNKNOWN else ""
    return Event(
        id=f"urn:gatewatch:case:{one.service.id}:{one.jurisdiction}:{after}:{day}",
        kind="state",
        at=datetime.combine(day, time(), UTC),
        title=f"{one.service.name}, {place}: {STATES[after]}",
        text=f"{one.service.name} was {STATES[after]} in {place} {known}, by what is on record. {was}"
        f"{len(one.sources)} sources.",
        path=f"/case/{one.service.id}/{one.jurisdiction}",
        service=one.service.id,
        jurisdiction=one.jurisdiction,
    )


def of_episodes(found: Iterable[Episode], catalogue: Catalogue) -> Iterator[Event]:
    """The onset of each episode, and its end where one was seen."""
    for one in found:
        target, place = defanged(one.target), country(one.probe_cc)
        networks = f"{len(one.networks)} of {one.measured} networks"
        path, service = f"/episode/{one.probe_cc}/{one.target}", service_of(catalogue, one.target)
        name = f"urn:gatewatch:episode:{one.probe_cc}:{one.target}:{one.first:%Y-%m-%dT%H}"
        yield Event(
            id=f"{name}:onset",
            kind="onset",
            at=one.onset_latest,
            title=f"{target}, {place}: blocked on {networks}",
            text=f"Measurements show a block of {target} since between {one.onset_earliest:%Y-%m-%d %H:%M} and "
            f"{one.onset_latest:%Y-%m-%d %H:%M} UTC on {networks}.",
            path=path,
            service=service,
            jurisdiction=one.probe_cc,
        )
        if one.resolution_latest:
            yield Event(
                id=f"{name}:end",
                kind="end",
                at=one.resolution_latest,
                title=f"{target}, {place}: no longer blocked, by measurements",
                text=f"The block of {target} ended between {one.resolution_earliest:%Y-%m-%d %H:%M} and "
                f"{one.resolution_latest:%Y-%m-%d %H:%M} UTC.",
                path=path,
                service=service,
                jurisdiction=one.probe_cc,
            )


def of_registers(changes: Iterable[Change], known: dict[str, str]) -> Iterator[Event]:
    """One event for each register and day on which it changed; `known` are jurisdictions by register."""
    counts: dict[tuple[str, date], Counter[str]] = {}
    for change in changes:
        counts.setdefault((change.register, change.at.date()), Counter())[
            str(change.change.op)
        ] += 1
    for (register, day), number in counts.items():
        told = ", ".join(
            f"{number[op]:,} {word}"
            for op, word in (("added", "came"), ("changed", "changed"), ("removed", "went"))
            if number[op]
        )
        yield Event(
            id=f"urn:gatewatch:register:{register}:{day}",
            kind="register",
            at=datetime.combine(day + _DAY, time(), UTC),
            title=f"{register}, {day}: {told}",
            text=f"On {day} entries of {register}: {told}.",
            path=f"/changes?day={day}&register={register}",
            jurisdiction=known.get(register),
            register=register,
        )


def of_surges(reported: Mapping[tuple[str, str], Reported]) -> Iterator[Event]:
    """More reports than the weeks before let expect: a signal, never an episode."""
    for (service, code), one in reported.items():
        for surge in one.surges:
            place = country(code)
            yield Event(
                id=f"urn:gatewatch:surge:{service}:{code}:{surge.first:%Y-%m-%dT%H}",
                kind="surge",
                at=surge.first,
                title=f"{service}, {place}: more reports than usual",
                text=f"{surge.reporters} people reported {service} in {place} from {surge.first:%Y-%m-%d %H:%M} UTC. "
                "Reports alone do not show a block.",
                path=f"/case/{service}/{code}",
                service=service,
                jurisdiction=code,
            )


def of_silence(registers: Iterable[Freshness]) -> Iterator[Event]:
    """Registers whose next publication is overdue."""
    for one in registers:
        if one.silent_since:
            r = one.register
            yield Event(
                id=f"urn:gatewatch:silent:{r.id}:{one.silent_since:%Y-%m-%dT%H:%M}",
                kind="silence",
                at=one.silent_since + r.patience,
                title=f"{r.id} went silent",
                text=f"{r.title} was last published on {one.silent_since:%Y-%m-%d %H:%M} UTC; another one is overdue.",
                path=f"/register/{r.id}",
                jurisdiction=r.jurisdiction,
                register=r.id,
            )
