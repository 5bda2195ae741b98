"""Who acts: a body of the catalogue, or else one in the text's own words."""

import re
from collections.abc import Iterable

import msgspec

from gatewatch.sources.articles.places import Place
from gatewatch.sources.articles.scene import Scene

_BEHIND = re.compile(
    r"\b(?:by|orders? of|request of|orders? from|demand of|decision of)\W+(?:the\W+|an?\W+)?$"
    r"|\bпо\W+(?:\w+\W+)?(?:решени|требовани|указани|распоряжени|поручени|приказ|просьб|иск)\w*\W+(?:\w+\W+)?$"
    r"|[由被遭应]$",
    re.IGNORECASE,
)
"""Before those on whose word something is done."""
_CARRIERS = re.compile(
    r"operators|providers|carriers|ISPs|операторы|провайдеры|运营商|营运商", re.IGNORECASE
)
"""They carry out what others want."""
_LED = re.compile(
    r"^.*\b(?<!of )(?<!for )(?<!on )the\s+"
    r"|^(?:(?:the|an?|on|in|at|by|but|and|its|his|their|this|that|when|while|after|as)\s+|\w*day\s+)+",
    re.IGNORECASE,
)
_LONGEST = 80
"""Letters of a name before the word that shows what it is."""
_AGAIN = re.compile(
    r"(?:the )?(?:regulator|watchdog|agency|authority|commission|ministry|court|judge|service)"
    r"|ведомств\w*|регулятор\w*|служб\w*|该(?:局|部|机构|委员会)",
    re.IGNORECASE,
)
"""A word for a body that was named before."""


class Agent(msgspec.Struct, frozen=True, gc=False):
    """A body at its place in a sentence. `known`: by the catalogue's name."""

    start: int
    end: int
    name: str
    known: bool = False


def agents(scene: Scene) -> list[Agent]:
    """The bodies that a sentence names, those of the catalogue and others."""
    found = [Agent(one.start, one.end, one.body, known=True) for one in scene.where if one.body]
    taken = [(one.start, one.end) for one in found]
    text, end = scene.sentence, 0
    for met in scene.words.agents.finditer(text):
        before = text[max(end, met.start() - _LONGEST) : met.start()]
        more = scene.words.agents_before.search(before)
        start, end = met.start() - (len(more[0]) if more else 0), met.end()
        if not any(start < stop and begin < end for begin, stop in taken):
            found.append(Agent(start, end, _LED.sub("", text[start:end]).strip()))
    return sorted(found, key=lambda one: one.start)


def acting(
    every: list[Agent], scene: Scene, clause: tuple[int, int], at: tuple[int, int]
) -> Agent | None:
    """The one of `every` in a sentence that does what an action tells: on whose word it is done,
    else the nearest before it in its clause, or in the sentence."""
    inside = [one for one in every if clause[0] <= one.start < clause[1]]
    before = [one for one in inside if one.start <= at[0]]
    behind = [
        one
        for one in inside
        if one.start >= at[0] and _BEHIND.search(scene.sentence[at[0] : one.start])
    ]
    if behind and (not before or _CARRIERS.search(before[-1].name)):
        return behind[0]
    if before:
        own = [one for one in before if not _CARRIERS.search(one.name)]
        return (own or before)[-1]
    if scene.words.language == "ru" and (after := [one for one in inside if one.start >= at[1]]):
        return after[0]
    earlier = [one for one in every if one.end <= at[0]]
    known = [one for one in every if one.known]
    return next(iter([*earlier[-1:], *known]), None)


def stands_for(agent: Agent, places: Iterable[Place]) -> bool:
    """Whether it may be a body that was named before: "the regulator", in no other country."""
    return bool(_AGAIN.fullmatch(agent.name)) and not agent.known and not list(places)
