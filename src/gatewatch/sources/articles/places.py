"""Jurisdictions and the bodies that act for them, in a sentence."""

import re
from collections.abc import Iterable

import msgspec

from gatewatch.catalogue.vocabulary import Vocabulary

_GAP = 24
"""How far apart two places of one list may stand."""


class Place(msgspec.Struct, frozen=True):
    """A jurisdiction at its place in a sentence. `body` is who acts there, where a body is named;
    `weak` before its people, as in "Turkish users"."""

    start: int
    end: int
    code: str
    body: str = ""
    weak: bool = False


def places(sentence: str, words: Vocabulary) -> list[Place]:
    """Every place that a sentence names, but for those in the name of a paper or a dateline."""
    found = [
        Place(met.start(), met.end(), body.place, body.name)
        for body in words.bodies
        for met in body.pattern.finditer(sentence)
    ]
    barred = [met.span() for met in words.outlets.finditer(sentence)]
    barred += [met.span() for met in words.dateline.finditer(sentence)]
    taken = [(one.start, one.end) for one in found] + barred
    for met in words.places.finditer(sentence):
        if any(met.start() < end and start < met.end() for start, end in taken):
            continue
        code = words.place_of(met[0])
        if code and not _is_aside(sentence, met, words):
            weak = bool(words.people.match(sentence[met.end() :][:60]))
            found.append(Place(met.start(), met.end(), code, weak=weak))
    named = [one for one in found if not any(_inside(one, span) for span in barred)]
    return sorted(named, key=lambda one: one.start)


def _inside(one: Place, span: tuple[int, int]) -> bool:
    return span[0] <= one.start and one.end <= span[1] and not one.body


def _is_aside(sentence: str, met: re.Match[str], words: Vocabulary) -> bool:
    """Whether it only says whose a service is ("the Chinese app", "China's WeChat"), or is compared
    with."""
    if words.elsewhere.search(sentence[: met.start()][-24:]):
        return True
    after = sentence[met.end() :][:60]
    return bool(words.owned.match(after)) and words.is_adjective(met[0], after)


def groups(found: Iterable[Place], sentence: str) -> list[list[Place]]:
    """Places that are listed together: "in Russia, Venezuela and Iran"."""
    made: list[list[Place]] = []
    for one in found:
        gap = sentence[made[-1][-1].end : one.start] if made else None
        if gap is not None and len(gap) <= _GAP and _LISTED.fullmatch(gap):
            made[-1].append(one)
        else:
            made.append([one])
    return made


_LISTED = re.compile(
    r"\s*(?:,|、|，|和|与|及|以及|and|и|, and|или|or|as well as|а также)\s*(?:in |the |в |во |在)?",
    re.IGNORECASE,
)


def actor(found: list[Place], at: int) -> str:
    """The body that acts: the nearest before a place in the sentence, else the nearest of all."""
    bodies = [one for one in found if one.body]
    before = [one for one in bodies if one.start <= at]
    if before:
        return before[-1].body
    return bodies[0].body if bodies else ""
