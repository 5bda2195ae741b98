"""Services, jurisdictions and bodies in a sentence."""

import re
from collections.abc import Iterable, Mapping

import msgspec

from gatewatch.catalogue.vocabulary import Vocabulary
from gatewatch.model.service import Service

_CYRILLIC = re.compile(r"[\u0400-\u04ff]")
_HAN = re.compile(r"[\u4e00-\u9fff]")
_WORDS = frozenset(
    {
        "line",
        "x",
        "max",
        "signal",
        "steam",
        "discord",
        "threads",
        "clubhouse",
        "google",
        "vk",
        "yahoo",
        "viber",
        "dudu",
        "imo",
        "apple",
        "amazon",
    }
)
"""Names that are words as well: they count only as written, with capitals."""
_JOINED = re.compile(
    r"^[\s,、，和与及&·/()“”\"«»]*(?:\w+['’]s\s+)?(?:\w+\s+){0,2}?(?:and|or|as well as|и|а также|以及|还有)?\s*(?:the\s+|\w+['’]s\s+|[а-яё]+\s+)?[“\"«(]*$",
    re.IGNORECASE,
)
_SHOPKEEPERS = re.compile(
    r"Apple\W+(?:and|or|и|или|和|及|、)?\W*Google|Google\W+(?:and|or|и|или|和|及|、)?\W*Apple"
)
_STORES = frozenset({"app-store", "google-play"})


class Mention(msgspec.Struct, frozen=True):
    """A name at its place; `what` is the service's id or the jurisdiction's code."""

    start: int
    end: int
    what: str


class Names:
    """All names of services as one pattern, the longest first."""

    def __init__(self, services: Mapping[str, Service]) -> None:
        self._ids: dict[str, str] = {}
        for one in services.values():
            for name in one.called():
                self._ids.setdefault(name.casefold(), one.id)
        names = sorted(
            {n for one in services.values() for n in one.called()}, key=len, reverse=True
        )
        self._pattern = re.compile("|".join(map(_spelt, names)) or r"(?!)", re.IGNORECASE)
        self._stems = sorted(self._ids, key=len, reverse=True)

    def find(self, sentence: str, words: Vocabulary) -> list[Mention]:
        """Services that a sentence names, but for those that it only compares with."""
        found = []
        for match in self._pattern.finditer(sentence):
            what = self._id(match[0])
            compared = words.compared.search(sentence[: match.start()][-40:])
            if what and not compared:
                found.append(Mention(match.start(), match.end(), what))
        shops = _STORES | {"google"} if _SHOPKEEPERS.search(sentence) else _STORES
        others = [one for one in found if one.what not in shops]
        return others or found

    def _id(self, text: str) -> str | None:
        folded = text.casefold()
        name = (
            folded
            if folded in self._ids
            else next((stem for stem in self._stems if folded.startswith(stem)), "")
        )
        if name in _WORDS and text[:1].islower():
            return None
        return self._ids.get(name)


def _spelt(name: str) -> str:
    """A name in running text: a whole word, with a case ending where it is Cyrillic."""
    text = re.escape(name)
    if _HAN.search(name):
        return text
    if _CYRILLIC.search(name):
        return rf"(?<!\w){re.escape(name[:-1] if name[-1] in 'аяьй' else name)}\w{{0,3}}(?!\w)"
    return rf"(?<![A-Za-z0-9.@/-]){text}(?![A-Za-z0-9@-]|\.\w)"


def groups(found: list[Mention], sentence: str) -> list[list[Mention]]:
    """Mentions that are listed together: A, B and C."""
    made: list[list[Mention]] = []
    for one in found:
        gap = sentence[made[-1][-1].end : one.start] if made else None
        if gap is not None and len(gap) <= 45 and _lists(gap):
            made[-1].append(one)
        else:
            made.append([one])
    return made


def _lists(gap: str) -> bool:
    return bool(_JOINED.match(gap)) and bool(
        re.search(r"[,、，和与及&/]|\band\b|\bor\b|\bи\b|以及", gap)
    )


def jurisdictions(sentence: str, words: Vocabulary) -> list[Mention]:
    """Jurisdictions that a sentence names, but for those that only say whose a service is."""
    found = []
    people = re.compile(rf"^[\s-]*{words.people.pattern}", re.IGNORECASE)
    owned = re.compile(rf"^['’]s\s+{words.people.pattern}", re.IGNORECASE)
    for code, pattern in words.jurisdictions:
        for m in pattern.finditer(sentence):
            after = sentence[m.end() : m.end() + 60]
            if not owned.match(after) and (not people.match(after) or _noun(m[0], words)):
                found.append(Mention(m.start(), m.end(), code))
    return sorted(found, key=lambda one: one.start)


def _noun(text: str, words: Vocabulary) -> bool:
    """A body or a country and not an adjective, which "the Chinese app" would be."""
    if words.language == "en":
        return (
            not re.search(r"(?:n|ese|ish|i|ian|an)$", text, re.IGNORECASE) or text.lower() in _NOUNS
        )
    if words.language == "ru":
        return not re.search(r"ск\w+$", text, re.IGNORECASE)
    return False


_NOUNS = frozenset(
    {
        "iran",
        "pakistan",
        "azerbaijan",
        "kazakhstan",
        "uzbekistan",
        "vietnam",
        "kremlin",
        "taiwan",
        "spain",
        "britain",
        "bhutan",
        "sudan",
        "jordan",
        "astana",
        "hanoi",
        "berlin",
    }
)


def actor(sentence: str, at: int, words: Vocabulary) -> str:
    """The body that acts: the nearest before a place, else the nearest of all."""
    found = [
        (m.start(), name) for name, pattern in words.actors for m in pattern.finditer(sentence)
    ]
    before = [one for one in found if one[0] <= at]
    if before:
        return max(before)[1]
    return min(found)[1] if found else ""


def nearest(found: Iterable[Mention], start: int, end: int) -> Mention | None:
    """The mention nearest to a span."""
    return min(found, key=lambda one: max(one.start - end, start - one.end, 0), default=None)
