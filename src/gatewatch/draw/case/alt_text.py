"""The picture of a case in words, for who does not see it: title, sentence, every lane."""

from collections.abc import Iterator

from gatewatch.cases.case import Case, Listed, Step
from gatewatch.cases.headline import headline
from gatewatch.draw.case.lanes import HeldLane, held
from gatewatch.draw.case.paper import called
from gatewatch.draw.case.sheet import when
from gatewatch.draw.text import safe
from gatewatch.model.documentation import marked
from gatewatch.model.episode import Episode, Silence
from gatewatch.model.message import Message, message
from gatewatch.words import say
from gatewatch.words.cases import named, title
from gatewatch.words.disputes import beside
from gatewatch.words.lanes import NAMES
from gatewatch.words.laws import in_force


def heading(case: Case, language: str) -> str:
    """What the picture is of."""
    return safe(say(title(case), language))


def answer(case: Case, language: str) -> str:
    """The answer in one sentence."""
    return safe(say(headline(case), language))


def alt_text(case: Case, language: str) -> str:
    """The answer, then each lane with its summary and what lies in it."""
    parts = [answer(case, language)]
    for lane in held(case):
        told = "; ".join(_things(lane, case, language)) or say(lane.summary, language)
        parts.append(
            say(message("{lane}: {things}.", lane=NAMES[lane.name], things=_text(told)), language)
        )
    return safe(" ".join(parts))


def _text(told: str) -> Message:
    return Message("{told}", {"told": told})


def _things(lane: HeldLane, case: Case, language: str) -> Iterator[str]:
    """Everything in a lane in the order in which it is drawn."""
    for duty in lane.duties:
        law = duty.instrument
        yield say(in_force(called(law), law, duty.since), language)
    for step in lane.steps:
        yield _step(step, case, language)
    for one in lane.listings:
        yield say(_listing(one), language)
    if lane.measured or lane.reported:
        yield say(lane.summary, language)
    for episode in lane.episodes:
        yield say(_episode(episode), language)
    for silence in lane.silences:
        yield say(_silence(silence), language)
    for sent in lane.reported:
        n, day = sent.reporters, sent.day
        said = message("{n} person on {day}", "{n} people on {day}", n=n, day=day)
        yield say(said, language)


def _step(step: Step, case: Case, language: str) -> str:
    told = message(
        "{number} {step}: {day}",
        number=str(step.number),
        step=named(step),
        day=_text(when(step.day, language)),
    )
    other = beside(step, case)
    return say(message("{step} ({other})", step=told, other=other) if other else told, language)


def _listing(one: Listed) -> Message:
    told = message(
        "{register}, entry {entry}, came {bracket}",
        register=one.register,
        entry=one.entry,
        bracket=one.came,
    )
    if one.went is None:
        return message("{listing}, there when last published", listing=told)
    return message("{listing}, went {bracket}", listing=told, bracket=one.went)


def _episode(one: Episode) -> Message:
    told = message(
        "blocked on {n} of {measured} network since {day}",
        "blocked on {n} of {measured} networks since {day}",
        n=len(one.networks),
        measured=one.measured,
        day=one.onset_latest,
    )
    if one.last_seen:
        return message("{episode}, last seen {day}", episode=told, day=one.last_seen)
    if one.resolution_latest is None:
        return message("{episode}, no end seen", episode=told)
    return message("{episode}, until {day}", episode=told, day=one.resolution_latest)


def _silence(one: Silence) -> Message:
    said = message("silent from {first} to {last}", first=one.first, last=one.last)
    return marked(said, invented=one.invented)
