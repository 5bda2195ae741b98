"""SearchIndex of all that the catalogue knows, in every language, to find a thing by what people
type."""

import re
import unicodedata
from collections.abc import Iterable, Iterator
from difflib import SequenceMatcher
from enum import IntEnum, StrEnum
from functools import cached_property

import msgspec

from gatewatch.catalogue import jurisdictions
from gatewatch.catalogue.duties import DutyIndex
from gatewatch.model.jurisdiction import CODES
from gatewatch.model.service import Authority, Instrument, OfficialList, Service

_ALIKE = 0.75
"""The share of letters that two spellings share, as difflib counts it: `wecaht` and `wechat` have
0.83, `line` and `link` 0.75."""
_SHORTEST = 4
"""Letters below which every other name is alike."""
_CODE = 2
"""Letters of a code, which is typed whole or not meant."""
_BETWEEN = re.compile(r"[\W_]+")
_FOLDED = str.maketrans("\u0451", "\u0435")
"""Russian writes its yo without the dots as a rule."""


class NamedKind(StrEnum):
    """What a name is the name of, in the order in which results are told."""

    SERVICE = "service"
    OPERATOR = "operator"
    JURISDICTION = "jurisdiction"
    LAW = "law"
    AUTHORITY = "authority"
    LIST = "list"


class Closeness(IntEnum):
    """How a text meets a name, the closest first."""

    SAME = 0
    BEGINNING = 1
    WORDS = 2
    """Each word of the text begins a word of the name, or stands in it where words are not
    parted."""
    ALIKE = 3


class Named(msgspec.Struct, frozen=True):
    """One name of a thing. `id` leads to it: of an operator that of its service."""

    kind: NamedKind
    id: str
    name: str
    folded: str


class NameMatch(msgspec.Struct, frozen=True):
    """A thing that was found, by the closest of its names."""

    kind: NamedKind
    id: str
    name: str
    closeness: Closeness


class SearchIndex:
    """Every name of a catalogue; made once, asked often."""

    def __init__(self, named: Iterable[Named], laws: Iterable[Instrument] = ()) -> None:
        self.every = tuple({(n.kind, n.id, n.folded): n for n in named if n.folded}.values())
        self._duties = DutyIndex((one, folded(one.obligation)) for one in laws)

    def find(self, text: str) -> list[NameMatch]:
        """Things with a name that the text is, begins or names some words of, and laws that ask
        what it speaks of; what is only spelt much alike is told where nothing else was found. The
        closest first, each thing once."""
        asked = folded(text)
        if not asked:
            return []
        words = asked.split()
        met = [(how, n) for n in self.every if (how := _met(asked, words, n.folded)) is not None]
        if not any(how == Closeness.SAME for how, _ in met):
            met += [(Closeness.WORDS, n) for n in self._asking(asked)]
        if not met and len(asked) >= _SHORTEST:
            met = [(Closeness.ALIKE, n) for n in self._alike(asked)]
        best: dict[tuple[str, str], NameMatch] = {}
        for how, n in sorted(met, key=lambda one: (one[0], len(one[1].folded))):
            best.setdefault((n.kind, n.id), NameMatch(n.kind, n.id, n.name, how))
        order = list(NamedKind)
        return sorted(best.values(), key=lambda one: (one.closeness, order.index(one.kind)))

    def _asking(self, asked: str) -> Iterator[Named]:
        def places() -> set[str]:
            named = (n for n in self.every if n.kind == NamedKind.JURISDICTION)
            return {n.id for n in named if _named_in(asked, n)}

        for law in self._duties.find(asked, places):
            yield Named(NamedKind.LAW, law.id, law.citation, asked)

    def _alike(self, asked: str) -> list[Named]:
        """SearchIndex spelt much alike, the likest first."""
        matcher = SequenceMatcher()
        matcher.set_seq2(asked)
        scored, own, long = [], _letters(asked), len(asked)
        for one, length, letters in self._spelt:
            # A letter that only one of them has is in no part that they share: four of five
            # names are out by that, for a tenth of what difflib takes to find it.
            shared = min(long - (own & ~letters).bit_count(), length - (letters & ~own).bit_count())
            if 2 * shared < _ALIKE * (long + length):
                continue
            matcher.set_seq1(one.folded)
            if matcher.quick_ratio() >= _ALIKE and (ratio := matcher.ratio()) >= _ALIKE:
                scored.append((ratio, one))
        return [one for _, one in sorted(scored, key=lambda pair: -pair[0])]

    @cached_property
    def _spelt(self) -> list[tuple[Named, int, int]]:
        """Every name with its length and letters."""
        return [(one, len(one.folded), _letters(one.folded)) for one in self.every]


def _letters(text: str) -> int:
    """Which letters a text has, a bit for each. Some share one, which rules out less, and nothing
    that is alike."""
    found = 0
    for letter in text:
        found |= 1 << (ord(letter) % 61)
    return found


def folded(text: str) -> str:
    """A name without case, accents of width, and signs between its words."""
    plain = unicodedata.normalize("NFKC", text).casefold().translate(_FOLDED)
    return _BETWEEN.sub(" ", plain).strip()


def _met(asked: str, words: list[str], name: str) -> Closeness | None:
    if asked == name:
        return Closeness.SAME
    if len(name) <= _CODE:
        return None
    if name.startswith(asked):
        return Closeness.BEGINNING
    if not asked.isascii() and len(asked) > 1 and asked in name:
        return Closeness.WORDS  # Chinese does not part its words
    spaced = f" {name}"
    return Closeness.WORDS if all(f" {word}" in spaced for word in words) else None


def _named_in(asked: str, place: Named) -> bool:
    """Whether a text names a place: without its last letter, which Russian declines."""
    name = place.folded
    if name.isascii():
        return len(name) > _CODE and f" {name} " in f" {asked} "
    stem = name[:-1] if len(name) >= _SHORTEST else name
    return stem in asked if name[0] >= _HAN else f" {stem}" in f" {asked}"


_HAN = "\u2e80"
"""The first letter of writing that parts no words."""


def of(
    services: Iterable[Service],
    laws: Iterable[Instrument],
    authorities: Iterable[Authority],
    lists: Iterable[OfficialList],
) -> SearchIndex:
    """The names of what a catalogue holds, and of every jurisdiction."""
    laws = tuple(laws)
    every = (_of_services(services), _of_places(), _of_law(laws, authorities, lists))
    return SearchIndex((named for many in every for named in many), laws)


def _of_services(services: Iterable[Service]) -> Iterator[Named]:
    for one in services:
        yield from _each(NamedKind.SERVICE, one.id, (*one.called(), *one.typed, *one.ids))
        run_by = (one.operator, *(naming.name for naming in one.operators))
        yield from _each(NamedKind.OPERATOR, one.id, run_by)


def _of_places() -> Iterator[Named]:
    for code in sorted(CODES):
        called = (jurisdictions.name(code, language) for language in ("en", "ru", "zh"))
        other = jurisdictions.other_names().get(code, ())
        yield from _each(NamedKind.JURISDICTION, code, (*called, code, *other))


def _of_law(
    laws: Iterable[Instrument],
    authorities: Iterable[Authority],
    lists: Iterable[OfficialList],
) -> Iterator[Named]:
    for law in laws:
        cited = (law.number, *law.aliases, law.original, law.name, law.id)
        yield from _each(NamedKind.LAW, law.id, cited)
    for body in authorities:
        called = (body.name, body.original, *body.aliases, body.id)
        yield from _each(NamedKind.AUTHORITY, body.id, called)
    for known in lists:
        yield from _each(NamedKind.LIST, known.id, (known.name, known.original, known.id))


def _each(kind: NamedKind, id_: str, names: Iterable[str]) -> Iterator[Named]:
    return (Named(kind, id_, name, folded(name)) for name in names if name)
