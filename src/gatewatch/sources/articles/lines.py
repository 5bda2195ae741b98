"""The sentences of an article, each with what it holds, found once."""

from copy import copy
from functools import cached_property

import msgspec

from gatewatch.catalogue.vocabulary import Vocabulary
from gatewatch.sources.articles import names, places
from gatewatch.sources.articles.acts import acts
from gatewatch.sources.articles.furniture import silent
from gatewatch.sources.articles.names import Mention, NameIndex
from gatewatch.sources.articles.script import folded
from gatewatch.sources.articles.sentences import sentences
from gatewatch.sources.articles.text import Article

_HEAD = 60


class Sentence:
    """One sentence: `text` as it was written, `sentence` as it is matched."""

    def __init__(
        self, place: int, text: str, sentence: str, known: tuple[Vocabulary, NameIndex]
    ) -> None:
        vocabulary, index = known
        self.place = place
        self.text = text
        self.sentence = sentence
        self.words = vocabulary.heard(sentence)
        """The words that can matter in it."""
        self.named = index.find(sentence, self.words)
        self.acts = acts(sentence, self.words, self.named)
        self.where = places.places(sentence, self.words, self.named)

    def again(self, place: int) -> "Sentence":
        """The same sentence once more, at another place: what it holds was found already."""
        twin = copy(self)
        twin.place = place
        return twin

    @cached_property
    def reasons(self) -> tuple[str, ...]:
        return self.words.reasons.among(self.sentence, self.words.standing, self.words.low)

    @cached_property
    def lists(self) -> list[list[Mention]]:
        """The services that it names, those of one list together."""
        return names.groups(self.named, self.sentence)

    @property
    def last_named(self) -> tuple[str, ...]:
        """The services of its last list."""
        return tuple(dict.fromkeys(one.what for one in self.lists[-1])) if self.named else ()

    @cached_property
    def listed(self) -> tuple[str, ...]:
        """The longest list of services in it."""
        longest = max(self.lists, key=len, default=[])
        return tuple(dict.fromkeys(one.what for one in longest))


class Sentences(msgspec.Struct, frozen=True):
    """All sentences. `begun`: places of those that begin a paragraph, `alone`: of those that are a
    head of others, `leads`: of those that others of their paragraph follow."""

    every: list[Sentence]
    begun: list[int]
    alone: set[int]
    leads: set[int]


def lines(article: Article, vocabulary: Vocabulary, index: NameIndex) -> Sentences:
    """The sentences of an article in their order."""
    made = Sentences([], [], set(), set())
    met: dict[str, Sentence] = {}
    """By their text, as pages and feeds say the same thing several times."""
    for paragraph in article.paragraphs:
        part = sentences(paragraph, article.language)
        at = len(made.every)
        if part:
            made.begun.append(at)
        if at and _heads(part):
            made.alone.add(at)
        if len(part) > 1:
            made.leads.add(at)
        for place, text in enumerate(part, at):
            if known := met.get(text):
                made.every.append(known.again(place))
                continue
            sentence = folded(silent(text), article.language)
            met[text] = Sentence(place, text, sentence, (vocabulary, index))
            made.every.append(met[text])
    return made


def _heads(part: list[str]) -> bool:
    """Whether the sentences of a paragraph are one line that heads others."""
    return len(part) == 1 and len(part[0]) <= _HEAD and part[0][-1] not in ".!?。！？…:：，,"
