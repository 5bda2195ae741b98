"""What happened, one event one item: a state that changed (lifts included), an episode that began
or ended, a register that changed or fell silent."""

from collections.abc import Iterable, Iterator, Mapping
from contextlib import suppress
from datetime import UTC, date, datetime, time, timedelta, timezone
from typing import Any
from urllib.parse import quote, urlsplit

from gatewatch.cases.actions import act, action
from gatewatch.cases.agreement import agreed, network_invented
from gatewatch.cases.case import Case, Stay
from gatewatch.catalogue.bodies import version_of
from gatewatch.catalogue.facts import Catalogue
from gatewatch.errors import UsageError
from gatewatch.model.claim import Claim
from gatewatch.model.day import Day
from gatewatch.model.documentation import INVENTED, marked
from gatewatch.model.episode import Episode, Silence
from gatewatch.model.jurisdiction import Jurisdiction
from gatewatch.model.message import Message, Param, message
from gatewatch.model.moment import Bracket, Moment, When
from gatewatch.model.redaction import defanged
from gatewatch.model.report import Reported
from gatewatch.model.selector import named
from gatewatch.model.states import Agreement, State
from gatewatch.query import episodes
from gatewatch.query.case import contradictions
from gatewatch.query.difference import QUESTIONS
from gatewatch.query.ledger import Ledger
from gatewatch.query.moments import of_all
from gatewatch.query.moved import recent
from gatewatch.query.registers import Freshness
from gatewatch.query.targets import service_of
from gatewatch.words.cases import last_known, noted, place
from gatewatch.words.happening import Happening, digest
from gatewatch.words.moves import of_crowds, of_moves
from gatewatch.words.states import look

_KINDS = {
    "listing": message("listing"),
    "change": message("change of an entry"),
    "delisting": message("delisting"),
    "onset": message("a block begins"),
    "end": message("a block ends"),
    "silence": message("silence"),
    "claim": message("a source's statement"),
    "disagreement": message("disagreement"),
    "surge": message("more reports than usual"),
    "state": message("change of state"),
}


def kind_word(kind: str) -> Message:
    """What a kind of event is called."""
    return _KINDS[kind]


_DAY = timedelta(days=1)
DAYS_BACK = 30
_BACK = timedelta(days=DAYS_BACK)


def known(
    ledger: Ledger, catalogue: Catalogue, cases: Iterable[Case], as_of: datetime, recorded_by: When
) -> list[Happening]:
    """Every event known at a time, newest first. Each register tells of the last 30 days of its
    own."""
    read: dict[str, Any] = {"as_of": as_of, "recorded_by": recorded_by}
    fresh = ledger.registers(**read)
    moment = Moment.parse(None, **read)
    found = [*standing(ledger, catalogue, cases, fresh, as_of=as_of, recorded_by=recorded_by)]
    for one in fresh:
        moves, crowds = recent(ledger, moment, one.register.id, one.last_published - _BACK)
        found += [*of_moves(moves, catalogue), *of_crowds(crowds)]
    return sorted((e for e in found if e.at <= as_of), key=lambda e: (e.at, e.id), reverse=True)


def standing(
    ledger: Ledger,
    catalogue: Catalogue,
    cases: Iterable[Case],
    fresh: Iterable[Freshness],
    *,
    as_of: datetime,
    recorded_by: When,
) -> Iterator[Happening]:
    """Every event but those of entries of registers."""
    read: dict[str, Any] = {"as_of": as_of, "recorded_by": recorded_by}
    every = list(cases)
    yield from of_cases(every)
    yield from of_disagreements(every)
    record = episodes.Record(ledger, of_all(ledger, Moment.parse(None, **read)))
    yield from of_episodes(record.episodes, catalogue)
    yield from of_gaps(record.silences, catalogue)
    yield from of_claims(catalogue)
    yield from of_silence(fresh)
    yield from of_surges(ledger.reports(**read), catalogue)


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
    count = message("{n} source", "{n} sources", n=one.origins)
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
        thing=f"case:{one.service.id}:{one.jurisdiction}" if last else "",
        says=str(stay.state),
        what=one.service.name,
        since=_of_day(stay.since),
        known_by=message("sources, lists and measurements on record, together"),
        lifts=one.would_lift.text if one.would_lift and not one.would_lift.done else "",
    )


def of_disagreements(cases: Iterable[Case]) -> Iterator[Happening]:
    """What sources tell differently, and where lists and network do not agree, as last known: a
    block where no list is held is no disagreement."""
    for one in cases:
        questions: dict[str, list[str]] = {}
        for found in contradictions([one]):
            told = questions.setdefault(found.about, [])
            told += [position.name for position in found.question.positions]
        for about, names in questions.items():
            what = QUESTIONS.get(about) or act(about)
            text = message(
                "Sources tell different things of {service} in {place}, {what}: {names}.",
                service=one.service.name,
                place=place(one),
                what=what,
                names=tuple(Message("{name}", {"name": name}) for name in dict.fromkeys(names)),
            )
            yield _disagreement(one, about, "; ".join(sorted(set(names))), text)
        both = agreed(one.lanes)
        if both in _APART:
            text = message(
                "{service} in {place}: {state}.",
                service=one.service.name,
                place=place(one),
                state=look(str(both)).word,
            )
            text = marked(text, invented=network_invented(one.lanes))
            yield _disagreement(one, "agreement", str(both), text)


_APART = frozenset(
    {
        Agreement.LISTED_REACHABLE,
        Agreement.UNLISTED_BLOCKED,
        Agreement.DELISTED_STILL_BLOCKED,
    }
)
"""What lists and network tell differently."""


def _disagreement(one: Case, about: str, says: str, text: Message) -> Happening:
    known = one.newest_evidence or one.valid_at
    return Happening(
        id=f"urn:gatewatch:disagreement:{one.service.id}:{one.jurisdiction}:{about}:{digest(says)}",
        kind="disagreement",
        at=datetime.combine(known, time(), UTC),
        title=message(
            "{service} in {place}: sources disagree", service=one.service.name, place=place(one)
        )
        if about != "agreement"
        else message(
            "{service} in {place}: lists and network disagree",
            service=one.service.name,
            place=place(one),
        ),
        text=text,
        path=f"/case/{one.service.id}/{one.jurisdiction}",
        service=one.service.id,
        jurisdiction=str(one.jurisdiction),
        thing=f"disagreement:{one.service.id}:{one.jurisdiction}:{about}",
        says=says,
        what=one.service.name,
        known_by=message("what sources, lists and measurements on record tell, side by side"),
    )


def of_claims(catalogue: Catalogue) -> Iterator[Happening]:
    """Every statement of a source, of the day on which it was published."""
    for claims in catalogue.cases.values():
        yield from (_of_a_claim(one, catalogue) for one in claims)


def _of_a_claim(one: Claim, catalogue: Catalogue) -> Happening:
    name, code = catalogue.services[one.service].name, Jurisdiction(str(one.jurisdiction))
    published = one.source.published or catalogue.reported.get(one.source.key)
    law = catalogue.instruments.get(one.rule)
    does, notes = action(one), noted(one)
    told: dict[str, Param] = {
        "publisher": one.source.publisher,
        "service": name,
        "place": code,
        "act": message("{what} ({notes})", what=does, notes=notes) if notes else does,
    }
    text = message("{publisher} tells of {service} in {place}: {act}.", **told)
    if one.date:
        text = message(
            "{publisher} tells of {service} in {place}: {act}, {day}.", **told, day=one.when
        )
    acting = catalogue.authorities_in(one.actor)
    return Happening(
        id=f"urn:gatewatch:claim:{one.id}",
        kind="claim",
        at=datetime.combine(published or date(1970, 1, 1), time(), UTC),
        title=message("{service} in {place}: {act}, says {publisher}", **told),
        text=text,
        path=f"/case/{one.service}/{one.jurisdiction}",
        service=one.service,
        jurisdiction=str(one.jurisdiction),
        thing=f"claim:{one.id}",
        says=version_of(catalogue.bodies["claim", one.id]),
        what=name,
        since=_of_day(one.when if one.date else Day("", None, published)),
        details=(message("Printed at: {url}", url=one.source.url),) if one.source.url else (),
        ground=law.short if law else one.law or None,
        known_by=message(
            "{title}, {publisher}", title=one.source.title, publisher=one.source.publisher
        )
        if one.source.title
        else message("a text of {publisher}", publisher=one.source.publisher),
        lifts=law.lifts if law else "",
        authorities=tuple(a.id for a in acting),
        laws=(law.id,) if law else (),
    )


_EARLIEST, _LATEST = timezone(timedelta(hours=14)), timezone(timedelta(hours=-12))


def _of_day(told: Day) -> Bracket:
    """Between when and when it was: a day of a place whose zone no source names begins first where
    clocks are 14 hours before UTC, and ends last where they are 12 behind."""
    first, last = told.first, told.last
    return Bracket(
        datetime.combine(first, time(), _EARLIEST).astimezone(UTC) if first else None,
        datetime.combine(last + _DAY, time(), _LATEST).astimezone(UTC) if last else None,
    )


def of_gaps(found: Iterable[Silence], catalogue: Catalogue) -> Iterator[Happening]:
    """Where measurements stopped that were there as a rule."""
    for one in found:
        place, target = Jurisdiction(one.probe_cc), defanged(one.target)
        told: dict[str, Param] = {"target": target, "place": place}
        text = (
            message(
                "From {day} there are hardly any measurements of {target} in {place}.",
                **told,
                day=one.first,
            )
            if one.target
            else message(
                "From {day} there are hardly any measurements in {place}.",
                place=place,
                day=one.first,
            )
        )
        yield Happening(
            id=f"urn:gatewatch:gap:{one.probe_cc}:{one.target}:{one.network or ''}:{one.first}",
            kind="silence",
            at=datetime.combine(one.first, time(), UTC) + _DAY,
            title=message("{target} in {place}: measurements stopped", **told)
            if one.target
            else message("{place}: measurements stopped", place=place),
            text=text,
            details=(INVENTED,) if one.invented else (),
            path=f"/network/{one.probe_cc}",
            service=service_of(catalogue, one.target) if one.target else None,
            jurisdiction=one.probe_cc,
            thing=f"gap:{one.probe_cc}:{one.target}:{one.network or ''}:{one.first}",
            what=target,
            known_by=message("counts of measurements beside the four weeks before"),
            about=(
                *_names((one.target,)),
                *((f"as:{one.network}",) if one.network else ()),
            ),
        )


def _case(service: str, code: str) -> str:
    """The page of a service in a country."""
    return f"/case/{service}/{code}"


def _names(hosts: Iterable[str]) -> tuple[str, ...]:
    """Measured names as keys of what an event is about."""
    found = []
    for host in hosts:
        name = (urlsplit(host).hostname or "") if "://" in host else host
        with suppress(UsageError):
            found.append(str(named(name)))
    return tuple(found)


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
        path=f"/episode/{one.probe_cc}/{quote(one.target, safe='')}",
        service=service,
        links=(_case(service, one.probe_cc),) if service else (),
        jurisdiction=one.probe_cc,
        since=began,
        **_of_network(one),
    )


def _of_network(one: Episode) -> dict[str, Any]:
    """What onset and end of an episode have in common."""
    how: Message = message(
        "{n} measurement judged by named rules",
        "{n} measurements judged by named rules",
        n=one.members,
    )
    return {
        "thing": f"episode:{one.probe_cc}:{one.target}",
        "what": defanged(one.target),
        "known_by": how,
        "details": (INVENTED,) if one.invented else (),
        "about": (*_names((one.target,)), *(f"as:{asn}" for asn in one.networks)),
    }


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
        path=f"/episode/{one.probe_cc}/{quote(one.target, safe='')}",
        service=service,
        links=(_case(service, one.probe_cc),) if service else (),
        jurisdiction=one.probe_cc,
        since=Bracket(one.resolution_earliest, ended),
        **_of_network(one),
    )


def of_surges(
    reported: Mapping[tuple[str, str], Reported], catalogue: Catalogue
) -> Iterator[Happening]:
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
                path=_case(service, code)
                if service in catalogue.services
                else f"/find?q={quote(service, safe='')}",
                service=service,
                jurisdiction=code,
                thing=f"surge:{service}:{code}:{surge.first:%Y-%m-%dT%H}",
                what=service,
                known_by=message("reports of users"),
                details=(INVENTED,) if one.invented else (),
                about=_names((service,)) if "." in service else (),
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
                thing=f"silence:{r.id}",
                says=f"{one.silent_since:%Y-%m-%dT%H:%M}",
                what=r.title,
                since=Bracket(one.silent_since, one.silent_since + r.patience),
                known_by=message("the register's declared cadence and patience"),
            )
