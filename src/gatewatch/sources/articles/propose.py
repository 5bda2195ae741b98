"""From an article to proposed claims: who did what to which service, where, when and why.

Nothing here is believed: each proposal carries the sentence that it comes from and a confidence, and
what is hedged, negated, planned, denied or old news is marked and not proposed.
"""

from collections import Counter
from collections.abc import Iterable, Mapping
from datetime import date

import msgspec

from gatewatch.catalogue import vocabulary
from gatewatch.catalogue.vocabulary import Vocabulary
from gatewatch.model.service import Service
from gatewatch.model.states import Action
from gatewatch.sources.articles import names
from gatewatch.sources.articles.dates import Told, days
from gatewatch.sources.articles.marks import mark, old, ordered_only
from gatewatch.sources.articles.names import Mention, Names
from gatewatch.sources.articles.sentences import clauses, sentences
from gatewatch.sources.articles.text import Article

_RESTRICTS = frozenset(
    {
        Action.BLOCKED,
        Action.THROTTLED,
        Action.PARTIALLY_BLOCKED,
        Action.LISTED,
        Action.ORDERED,
        Action.FINED,
        Action.DEMANDED,
        Action.WARNED,
        Action.NOTIFIED,
        Action.ANNOUNCED,
    }
)
_ACCESS = frozenset({Action.BLOCKED, Action.THROTTLED, Action.PARTIALLY_BLOCKED, Action.RESTORED})
_LEAD = 2
_BEGINNING = 6
_CHAIN = 60
_MOST = 500
"""Proposals from one text: no article says more."""


class Proposal(msgspec.Struct, frozen=True, kw_only=True):
    """A claim that a text seems to make. `mark` is empty for what is proposed; else it says why
    not: hedged, negated, planned, denied, outage, past. `confidence` lies in 0 to 1."""

    service: str
    jurisdiction: str
    action: Action
    date: str
    actor: str
    reasons: tuple[str, ...]
    rule: str
    law: str
    law_year: int | None
    sentence: str
    confidence: float
    mark: str = ""

    @property
    def event(self) -> tuple[str, str, str]:
        return self.service, self.jurisdiction, self.action


class Reading(msgspec.Struct, frozen=True):
    """What was read out of an article."""

    language: str
    proposals: tuple[Proposal, ...]

    @property
    def proposed(self) -> tuple[Proposal, ...]:
        """Those without a mark."""
        return tuple(one for one in self.proposals if not one.mark)


def read(article: Article, services: Mapping[str, Service], published: date | None) -> Reading:
    """Every statement of an article about a known service."""
    reader = _Reader(article, services, published)
    return Reading(article.language, tuple(_distinct(reader.run()))[:_MOST])


class _Law(msgspec.Struct, frozen=True):
    """A law as a sentence words it."""

    rule: str = ""
    text: str = ""
    year: int | None = None
    reasons: tuple[str, ...] = ()


class _Scene(msgspec.Struct, frozen=True):
    """A sentence taken apart: its actions, clauses, services, jurisdictions, days and law."""

    sentence: str
    actions: list[tuple[Action, int, int]]
    clauses: list[tuple[int, int]]
    named: list[Mention]
    where: list[Mention]
    told: list[Told]
    law: _Law
    lead: bool

    def acts(self, among: frozenset[Action]) -> bool:
        """Whether one of some actions is in the sentence."""
        return any(action in among for action, _, _ in self.actions)

    def clause(self, at: int) -> tuple[int, int]:
        """The clause that a place lies in."""
        return next(((a, b) for a, b in self.clauses if a <= at < b), (0, len(self.sentence)))

    def day(self, clause: tuple[int, int], at: tuple[int, int]) -> str:
        """The day of an action: the nearest in its clause, else one in a clause that has no action
        of its own."""
        inside = [t for t in self.told if clause[0] <= t.start < clause[1]]
        if not inside:
            free = [
                p for p in self.clauses if not any(p[0] <= s < p[1] for _, s, _ in self.actions)
            ]
            inside = [t for t in self.told if any(a <= t.start < b for a, b in free)]
        if not inside and len(self.told) == 1 and len(self.actions) == 1:
            inside = self.told
        near = min(inside, key=lambda t: max(t.start - at[1], at[0] - t.end, 0), default=None)
        return near.edtf if near else ""


class _Reader:
    """Goes through an article once, and remembers what it was about."""

    def __init__(
        self, article: Article, services: Mapping[str, Service], published: date | None
    ) -> None:
        self._words: Vocabulary = vocabulary.load(article.language)
        self._names = Names(services)
        self._published = published
        self._sentences = [
            one
            for paragraph in article.paragraphs
            for one in sentences(paragraph, article.language)
        ]
        self._outage = bool(self._words.outage.search(article.title))
        self._focus = self._main_service(article)
        self._main = self._main_jurisdiction()
        self._group = self._focus
        self._law = _Law()

    def _main_service(self, article: Article) -> tuple[str, ...]:
        """What the article is about: named in its title and most in its beginning."""
        titled = [one.what for one in self._names.find(article.title, self._words)]
        begun = " ".join(article.paragraphs[:_BEGINNING])
        count = Counter(one.what for one in self._names.find(begun, self._words))
        among = dict.fromkeys(titled) or dict.fromkeys(count)
        return (max(among, key=lambda what: count[what]),) if among else ()

    def _main_jurisdiction(self) -> str:
        """Where it happens: named most, what is told first counting for more."""
        count: Counter[str] = Counter()
        for place, sentence in enumerate(self._sentences):
            acts = any(p.search(sentence) for _, p in self._words.actions)
            for one in names.jurisdictions(sentence, self._words):
                count[one.what] += (3 if place < 3 else 1) * (2 if acts else 1)
        return count.most_common(1)[0][0] if count else ""

    def run(self) -> Iterable[Proposal]:
        found: list[Proposal] = []
        for sentence in self._sentences:
            law = self._law_of(sentence)
            here = list(self._of(sentence, law))
            if not here and law.year and law.reasons and self._at_home(sentence):
                here = list(self._by_law(found, sentence, law))
            found += here
            mentioned = self._names.find(sentence, self._words)
            if mentioned:
                self._group = tuple(
                    dict.fromkeys(m.what for m in names.groups(mentioned, sentence)[-1])
                )
        return found

    def _at_home(self, sentence: str) -> bool:
        """Whether a sentence about a law speaks of the place that the article is about."""
        year = self._words.law_year.search(sentence)
        at = year.start() if year else len(sentence)
        where = {m.what for m in names.jurisdictions(sentence, self._words) if m.start < at}
        return not where or self._main in where

    def _law_of(self, sentence: str) -> _Law:
        """The law that a sentence speaks of; "this law" is the last one."""
        words = self._words
        rule = next((name for name, p in vocabulary.laws().items() if p.search(sentence)), "")
        year = words.law_year.search(sentence)
        reasons = self._reasons(sentence)
        if rule or year:
            number = next((int(g) for g in year.groups() if g), None) if year else None
            self._law = _Law(rule, year[0].strip()[:80] if year else "", number, reasons)
            return self._law
        return self._law if words.same_law.search(sentence) else _Law()

    def _reasons(self, text: str) -> tuple[str, ...]:
        return tuple(name for name, pattern in self._words.reasons if pattern.search(text))

    def _of(self, sentence: str, law: _Law) -> Iterable[Proposal]:
        """The statements of one sentence."""
        words = self._words
        actions = _acts(sentence, words)
        if not actions:
            return
        scene = _Scene(
            sentence,
            actions,
            clauses(sentence, words),
            self._names.find(sentence, words),
            names.jurisdictions(sentence, words),
            days(sentence, words, self._published),
            law,
            sentence in self._sentences[:_LEAD],
        )
        for one in actions:
            yield from self._statement(scene, *one)

    def _statement(
        self, scene: "_Scene", action: Action, start: int, end: int
    ) -> Iterable[Proposal]:
        """What one action of a sentence says, once for each service."""
        words, sentence, law = self._words, scene.sentence, scene.law
        clause = scene.clause(start)
        if action == Action.DEMANDED and words.law.search(sentence[max(0, start - 40) : start]):
            return  # what a law requires is no demand
        if (
            action == Action.DENIED
            and words.denied.search(sentence[start:end])
            and not scene.acts(_ACCESS)
        ):
            return  # what is denied is no restriction
        how = mark(action, sentence, clause, (start, end), words)
        if how is None or (action in _ACCESS and self._others(sentence, start, end, scene.named)):
            return
        noun = action in _ACCESS and _is_noun(sentence, clause[0], start, end, words)
        reasons = self._reasons(sentence) or law.reasons if action in _RESTRICTS else ()
        if noun and (len(scene.actions) > 1 or not (reasons or law.year or scene.where)):
            return  # "the ban" of a sentence about something else that happened
        when = "" if noun else scene.day(clause, (start, end))
        how = how or self._doubt(scene, action, (start, end), clause, when)
        subjects, sure = self._subjects(sentence, scene.named, clause, (start, end))
        place, known = self._place(scene.where, clause, (start, end))
        for service in subjects if place else ():
            yield Proposal(
                service=service,
                jurisdiction=place,
                action=action,
                date=when,
                actor=names.actor(sentence, start, words),
                reasons=reasons,
                rule=law.rule,
                law=law.text,
                law_year=law.year,
                sentence=sentence,
                mark=how,
                confidence=_confidence(sure, known, bool(when), how),
            )

    def _doubt(
        self,
        scene: "_Scene",
        action: Action,
        at: tuple[int, int],
        clause: tuple[int, int],
        when: str,
    ) -> str:
        """A mark that only the rest of the sentence or the article shows."""
        if (
            self._outage
            and action in _ACCESS
            and not names.actor(scene.sentence, at[0], self._words)
        ):
            return "outage"
        if ordered_only(action, at, clause, scene.actions):
            return "planned"
        return "past" if when and old(when, self._published, lead=scene.lead) else ""

    def _others(self, sentence: str, start: int, end: int, mentioned: list[Mention]) -> bool:
        """Whether an action is about other things than services: accounts, sites, content."""
        near = sentence[end : end + 60]
        return bool(self._words.others.search(near)) and not _within(mentioned, (start, end + 90))

    def _subjects(
        self, sentence: str, mentioned: list[Mention], clause: tuple[int, int], at: tuple[int, int]
    ) -> tuple[tuple[str, ...], bool]:
        """The services that an action is about, and whether they are named beside it."""
        inside = _within(mentioned, clause)
        if inside:
            made = names.groups(inside, sentence)
            after = [g for g in made if 0 <= g[0].start - at[1] <= 70]
            before = [g for g in made if g[-1].end <= at[0]]
            over = [g for g in made if g[0].start < at[1] and g[-1].end > at[0]]
            chosen = (over or after or before[-1:] or made)[0]
            if chosen in after:
                chosen = _chained(chosen, made)
            if self._words.language != "en" and before and not over:
                chosen = (
                    before[-1]
                    if not after or at[0] - before[-1][-1].end <= after[0][0].start - at[1]
                    else after[0]
                )
            return tuple(dict.fromkeys(one.what for one in chosen)), True
        words = self._words
        earlier = [one for one in mentioned if one.end <= clause[0]]
        around = sentence[max(clause[0], at[0] - 40) : min(clause[1], at[1] + 40)]
        if words.objects.search(around) and len(self._group) == 1:
            return self._group, False
        if earlier or (mentioned and not words.pronouns.search(sentence[clause[0] : clause[1]])):
            mentioned = earlier or mentioned
            near = names.nearest(mentioned, *at)
            assert near is not None
            group = next(g for g in names.groups(mentioned, sentence) if near in g)
            return tuple(dict.fromkeys(one.what for one in group)), True
        if words.several.search(around) and len(self._group) > 1:
            return self._group, False
        return self._focus, False

    def _place(
        self, where: list[Mention], clause: tuple[int, int], at: tuple[int, int]
    ) -> tuple[str, bool]:
        """The jurisdiction of an action, and whether it is named in the sentence."""
        inside = _within(where, clause)
        before = [one for one in inside if one.start < at[1]]
        earlier = [one for one in where if one.start < clause[0]]
        near = names.nearest(before or inside or earlier, *at)
        if near is None:
            return self._main, False
        return near.what, True

    def _by_law(self, found: list[Proposal], sentence: str, law: _Law) -> Iterable[Proposal]:
        """A sentence about the law alone gives the main event another ground."""
        for one in found:
            if (
                one.service in self._focus
                and one.jurisdiction == self._main
                and one.action == Action.BLOCKED
            ):
                yield msgspec.structs.replace(
                    one,
                    reasons=law.reasons,
                    rule=law.rule,
                    law=law.text,
                    law_year=law.year,
                    sentence=sentence,
                    confidence=0.4,
                    mark="",
                )
                return


def _is_noun(sentence: str, begin: int, start: int, end: int, words: Vocabulary) -> bool:
    """Whether an action is a noun, which tells of a thing that is known and not of an event."""
    before = sentence[begin:start]
    if words.finite.search(before):
        return False
    return bool(words.noun.fullmatch(sentence[start:end]))


def _acts(sentence: str, words: Vocabulary) -> list[tuple[Action, int, int]]:
    """Actions in a sentence with their places; of overlapping ones the more telling. A statement
    that announces something else is that something."""
    taken: list[tuple[Action, int, int]] = []
    for action, pattern in words.actions:
        for found in pattern.finditer(sentence):
            start, end = found.span()
            if end > start and not any(start < b and a < end for _, a, b in taken):
                taken.append((action, start, end))
    telling = [one for one in taken if one[0] != Action.ANNOUNCED]
    return sorted(telling or taken[:1], key=lambda one: one[1])


def _chained(first: list[Mention], made: list[list[Mention]]) -> list[Mention]:
    """A list of services and what goes on with it: "A, B and even newspapers like C"."""
    chosen = list(first)
    for group in made[made.index(first) + 1 :]:
        if group[0].start - chosen[-1].end > _CHAIN:
            break
        chosen += group
    return chosen


def _within(found: list[Mention], span: tuple[int, int]) -> list[Mention]:
    return [one for one in found if span[0] <= one.start < span[1]]


def _confidence(sure: bool, placed: bool, dated: bool, how: str) -> float:
    found = 0.9 - 0.2 * (not sure) - 0.15 * (not placed) - 0.1 * (not dated)
    return round(found * (0.5 if how else 1), 2)


def _distinct(found: Iterable[Proposal]) -> list[Proposal]:
    """Each statement once. One without a day is about the event that has one, where it adds a
    reason or a law; else it only says the same again."""
    held: list[Proposal] = []
    proposals = list(found)
    duties = {(p.service, p.jurisdiction) for p in proposals if p.action == Action.REGISTERED}
    dated = {one.event: one.date for one in reversed(proposals) if one.date and not one.mark}
    for one in proposals:
        this = one
        if one.action == Action.LISTED and not one.date and one.event[:2] in duties:
            continue  # the register of a headline is the one that the text then names
        if not one.date and not one.mark and one.event in dated:
            this = msgspec.structs.replace(one, date=dated[one.event])
        if not any(_says_no_more(this, other) for other in held):
            held = [other for other in held if not _says_no_more(other, this)]
            held.append(this)
    return held


def _says_no_more(one: Proposal, other: Proposal) -> bool:
    same = one.event == other.event and one.date == other.date and one.mark == other.mark
    return (
        same and set(one.reasons) <= set(other.reasons) and one.law_year in {None, other.law_year}
    )
