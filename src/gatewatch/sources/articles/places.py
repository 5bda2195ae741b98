"""Jurisdictions and the bodies that act for them, in a sentence."""

import re
from collections.abc import Iterable

import msgspec

from gatewatch.catalogue.vocabulary import Vocabulary
from gatewatch.sources.articles.names import Mention

_GAP = 24
"""How far apart two places of one list may stand."""


class Place(msgspec.Struct, frozen=True, gc=False):
    """A jurisdiction at its place in a sentence. `body` is who acts there, where a body is named;
    `weak` before its people, as in "Turkish users"."""

    start: int
    end: int
    code: str
    body: str = ""
    weak: bool = False


def places(sentence: str, words: Vocabulary, named: Iterable[Mention] = ()) -> list[Place]:
    """Every place that a sentence names, but for those in the name of a paper or a dateline, and
    those that only say whose one of the `named` services is."""
    named = list(named)
    starts = [one.start for one in named]
    words = words.heard(sentence)
    found = [
        Place(start, end, body.place, body.name, weak=body.weak)
        for body, start, end in words.bodies.spans(sentence, words.standing, words.low)
        if not words.elsewhere.search(sentence[:start][-40:])
    ]
    met_names = list(words.places.finditer(sentence))
    if not met_names and not found:
        return []
    barred = [met.span() for met in words.outlets.finditer(sentence)]
    barred += words.headed
    taken = [(one.start, one.end) for one in found] + barred
    taken += [(one.start, one.end) for one in named]
    aside = 0
    for met in met_names:
        if any(met.start() < end and start < met.end() for start, end in taken):
            continue
        code = met.lastgroup or words.place_of(met[0])
        if _is_aside(sentence, met, words) or (
            aside and _LISTED.fullmatch(sentence[aside : met.start()])
        ):
            aside = met.end()
        elif code and not _owns(sentence, met, starts, words):
            weak = bool(words.people.match(sentence[met.end() :][:60])) or _is_people(met[0], words)
            found.append(Place(met.start(), met.end(), code, weak=weak))
    open_ones = [one for one in found if not any(_inside(one, span) for span in barred)]
    return sorted(open_ones, key=lambda one: one.start)


_RUSSIAN_PEOPLE = re.compile(r"[а-я]ц(?:ы|ев|ам|ами|ах)$|россиян\w*$")


def _is_people(name: str, words: Vocabulary) -> bool:
    """Whether a name is that of a people: "Nigerians"."""
    if words.language == "ru":
        return bool(_RUSSIAN_PEOPLE.search(name))
    return words.language == "en" and name[-1] == "s" and words.is_adjective(name[:-1], "")


def _inside(one: Place, span: tuple[int, int]) -> bool:
    return span[0] <= one.start and one.end <= span[1] and not one.body


def _is_aside(sentence: str, met: re.Match[str], words: Vocabulary) -> bool:
    """Whether it only says whose a service is ("the Chinese app", "China's WeChat"), or is compared
    with."""
    if words.elsewhere.search(sentence[: met.start()][-24:]):
        return True
    after = sentence[met.end() :][:60]
    return bool(words.owned.match(after)) and words.is_adjective(met[0], after)


_BETWEEN = re.compile(r"(?:'s)?[\s的]+(?:[\w-]+\s+)?[\"“«]?")


def _owns(sentence: str, met: re.Match[str], starts: list[int], words: Vocabulary) -> bool:
    """Whether a service follows at once: "Japan's Line", "китайский WeChat"."""
    after = sentence[met.end() :]
    if not words.is_adjective(met[0], after):
        return False
    gaps = (sentence[met.end() : start] for start in starts if start > met.end())
    return any(len(gap) < _GAP and _BETWEEN.fullmatch(gap) for gap in gaps)


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
