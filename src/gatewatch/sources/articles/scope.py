"""Who and where: the services and the jurisdiction that an article is about, and those that a
sentence means without a name."""

import re
from collections import Counter
from collections.abc import Sequence
from functools import cached_property

from gatewatch.catalogue import jurisdictions
from gatewatch.catalogue.finder import Rare
from gatewatch.catalogue.vocabulary import Vocabulary
from gatewatch.model.states import Action
from gatewatch.sources.articles.lines import Sentence, Sentences
from gatewatch.sources.articles.marks import ACCESS
from gatewatch.sources.articles.names import NameIndex
from gatewatch.sources.articles.places import Place
from gatewatch.sources.articles.proposal import Proposal
from gatewatch.sources.articles.scene import Scene, within
from gatewatch.sources.articles.script import folded

RESTRICTS = frozenset(
    {
        *ACCESS,
        Action.LISTED,
        Action.ORDERED,
        Action.FINED,
        Action.DEMANDED,
        Action.WARNED,
        Action.NOTIFIED,
        Action.ANNOUNCED,
    }
)
_LIFTS = frozenset({Action.RESTORED, Action.DELISTED, Action.REVOKED})
_LEAD = 2
_BEGINNING = 6
_OPENING = 4
"""Letters before the place that a sentence begins with."""
_TOUR = 3
_REACH = 2
"""Sentences over which a place that was named is still spoken of."""
_RECALLED = 4
"""Sentences over which "the messengers" are those that were listed."""
_THE_BAN = re.compile(
    r"(?:он|она|оно|запрет|блокировка)\W+действ|(?:ban|block|suspension)\b[\w ]{0,12}(?:began|started|lasted)",
    re.IGNORECASE,
)
"""What is told of a restriction is told of all that it is on."""
_ALL_OF = Rare(
    r"\b(?:all|the) (two|three|four|five|six) (?:were|are|had|have|services|apps|platforms|networks|sites)\b"
    r"|\bвсе (три|четыре|пять|шесть)\W+(?:сервис|соцсет|мессенджер|платформ|приложени|сайт)"
    r"|(?:上述|以上|这)([两三四五六])(?:家|个|款|大)"
)
_THESE = Rare(r"\b(?:these|those|both)\b|\b(?:эт[иихм]+|об[ао]|обе|обоих)\b|这[几些]|上述")
"""Those that were listed before, and not those that a sentence after lists."""
_SIX = 6
_NUMBERS = dict.fromkeys(("two", "两"), 2)
_NUMBERS |= dict.fromkeys(("three", "три", "三"), 3) | dict.fromkeys(("four", "четыре", "四"), 4)
_NUMBERS |= dict.fromkeys(("five", "пять", "五"), 5) | dict.fromkeys(("six", "шесть", "六"), 6)
_BESIDE = 60
"""Letters before or after an action within which a word is its subject or its object."""
_COUNTED = Rare(
    r"\b(?:\d+|two|three|four|five|six)\W+(?:[\w-]+\W+){0,3}?(?:apps|applications|platforms|services|sites|networks)\b"
    r"|\b\d+\W+(?:\w+\W+){0,2}?(?:приложени|сервис|мессенджер|платформ|соцсет)\w*"
    r"|\d+[款个家][^，。；\d]{0,6}(?:应用|软件|平台|程式)"
)
_INCLUDES = re.compile(
    r"\W*(?:(?:these|they|the list|the ban|among them|the apps)\W+(?:include|are\b|is\b|covers)"
    r"|(?:среди них|в их числе|в список вошли|в перечень вошли)\b|(?:其中|这些[^，。]{0,6}|名单)?(?:包括|包含)|其中有)",
    re.IGNORECASE,
)
"""Services that are counted in one sentence, and named in the next."""
_KIND = Rare(
    r"\b(?:the|this|that)\W+(?:\w+\W+)?(?:(?P<messenger>messenger|messaging (?:app|service))"
    r"|(?P<social>social (?:network|media platform))|(?P<video>video (?:app|site|platform|service|host\w*))"
    r"|(?P<reference>encyclopa?edia)|(?P<ai>chatbot|AI (?:model|assistant)))\b"
    r"|\b(?:(?P<messenger_>мессенджер)|(?P<social_>соцсет|социальн\w+ сет)"
    r"|(?P<video_>видеохостинг|видеосервис|видеоплатформ)|(?P<reference_>энциклопеди)|(?P<ai_>чат-бот|нейросет))\w{0,3}\b"
    r"|[该这][款个一]?(?:(?P<messenger__>(?:即时)?通[讯信](?:软件|应用|工具))|(?P<social__>社交(?:平台|网络|网站|软件))"
    r"|(?P<video__>(?:短?视频)(?:网站|平台|应用))|(?P<reference__>百科)|(?P<ai__>聊天机器人|大模型))"
)
"""A word for a kind of service, and the kinds in the catalogue that it may mean."""
_KINDS = {
    f"{name}{tail}": frozenset(kinds)
    for tail in ("", "_", "__")
    for name, kinds in {
        "messenger": ("messenger",),
        "social": ("social", "video", "forum", "blog", "messenger"),
        "video": ("video", "social"),
        "reference": ("reference",),
        "ai": ("ai",),
    }.items()
}
_LABEL = re.compile(
    r"\W{0,4}(?:[\d.]{1,6}\s+)?([^:：—–|]{2,30}?)(?:\s*[:：|]|\s+[-–—]\s|[(（][^()（）]{1,20}[)）]\s*[:：]?)"
)
"""What a line begins with as the label of what follows: "Nigeria: ...", "Nepal - ..."."""
_CAPITALS = re.compile(r"\b[A-Z]{3,}\b")


def _spoken(line: str) -> str:
    """A dateline without its capitals."""
    return _CAPITALS.sub(lambda met: met[0].title(), line)


def _is_all(sentence: str, place: Place) -> bool:
    """Whether a sentence is a place's name and nothing else."""
    return not re.search(r"\w", sentence[: place.start] + sentence[place.end :])


class Setting:
    """What an article is about, and what it has spoken of so far."""

    def __init__(self, title: str, lines: Sentences, words: Vocabulary, index: NameIndex) -> None:
        self._title, self._words, self._names = title, words, index
        self._lines, self._alone, self._leads = lines.every, lines.alone, lines.leads
        self._begun = set(lines.begun)
        self._labels = self._labelled(lines.begun)
        self.focus = self._main_service()
        """The service that it is about."""
        self.seen = {one.what for one in index.find(title, words)}
        self.main = self._main_jurisdiction()
        self.section = ""
        """The place that heads a part of it."""
        self._common = set(self.seen)
        """The services named before the first part."""
        self._under: dict[str, set[str]] = {}
        """Those named in each part."""
        self._tours = self._goes_round()
        self._group = self.focus
        self._last, self._last_at = "", -2 * _REACH
        self._passage = ""
        """The place that a sentence of this paragraph begins with, without telling of anything
        itself: "Brazil went further"."""
        self._topic: tuple[str, ...] = ()
        self._topic_at = -2 * _REACH
        self._met: list[tuple[str, ...]] = []
        """Lists of services in the order in which they stood."""
        self._recent: list[str] = []
        """Services in the order in which they were named last."""

    def _goes_round(self) -> bool:
        """Whether the text goes from country to country: several sentences begin with one each."""
        begun = (next(iter(one.where), None) for one in self._lines)
        codes = {one.code for one in begun if one and not one.weak and one.start <= _OPENING}
        return len(codes) >= _TOUR

    def _labelled(self, begun: list[int]) -> dict[int, str]:
        """Places that are labels of paragraphs, where several have one: of a single one the place
        may be that of a dateline, but for the name of a country at the head of the text."""
        found: dict[int, str] = {}
        for at in begun:
            label = _LABEL.match(self._lines[at].sentence)
            if label and self._words.places.fullmatch(label[1]):
                found[at] = self._words.place_of(label[1])
        if len(found) > 1:
            return found
        named: dict[int, str] = {
            at: one for at, one in found.items() if not at and self._is_country(one)
        }
        return named if named == found else {}

    def _is_country(self, code: str) -> bool:
        """Whether the text begins with a country's own name."""
        told = jurisdictions.name(code, self._words.language)
        return self._lines[0].sentence.startswith((told, folded(told, self._words.language)))

    def _main_service(self) -> tuple[str, ...]:
        """What the article is about: named in its title and most in its beginning."""
        titled = [one.what for one in self._names.find(self._title, self._words)]
        begun = " ".join(one.sentence for one in self._lines[:_BEGINNING])
        count = Counter(one.what for one in self._names.find(begun, self._words))
        among = dict.fromkeys(titled) or dict.fromkeys(count)
        return (max(among, key=lambda what: count[what]),) if among else ()

    def _main_jurisdiction(self) -> str:
        """Where it happens: named most, what is told first and who acts counting for more."""
        count: Counter[str] = Counter()
        people: Counter[str] = Counter()
        for place, line in enumerate(self._lines):
            does = bool(line.acts)
            titled = line.sentence == self._title or not place
            for one in line.where:
                weight = (6 if titled else 3 if place < _LEAD + 1 else 1) * (2 if does else 1)
                (people if one.weak else count)[one.code] += weight
        chosen = count or people or self._datelines()
        return chosen.most_common(1)[0][0] if chosen else ""

    def _datelines(self) -> Counter[str]:
        """Where the text was written, if it names no other place."""
        return Counter(
            code
            for one in self._lines[:_BEGINNING]
            if (line := self._words.dateline.match(one.sentence))
            for met in self._words.places.finditer(_spoken(line[0]))
            if (code := self._words.place_of(met[0]))
        )

    def open(self, line: Sentence) -> None:
        """A line by itself that names one place is the head of what follows, and so is a place that
        a paragraph begins with: "India. The app is among 59 ..."."""
        place, named = line.place, line.where
        leads = place in self._leads and len(named) == 1 and _is_all(line.sentence, named[0])
        alone = place in self._alone and not (line.acts and line.named)
        codes = {one.code for one in named}
        if len(codes) == 1 and (leads or alone):
            self.section = codes.pop()
        if place in self._labels:
            self.section = self._last = self._labels[place]
            self._last_at = place
        now = {one.what for one in line.named}
        self.seen |= now
        if self.section:
            self._under.setdefault(self.section, set()).update(now)
        else:
            self._common |= now

    def remember(self, line: Sentence, here: Sequence[Proposal]) -> None:
        """What the next sentences may speak of without a name."""
        firm = [one for one in line.where if not one.weak]
        if firm:
            opens = not line.acts and not line.named and firm[0].start <= _OPENING
            self._passage = firm[0].code if opens else ""
        if here or firm:
            self._last = here[-1].jurisdiction if here else firm[-1].code
            self._last_at = line.place
        about = tuple(dict.fromkeys(one.service for one in here))
        together = about and set(about) <= set(line.last_named)
        if len(about) == 1 or together:
            self._topic, self._topic_at = about, line.place
        if line.named:
            now = dict.fromkeys(one.what for one in line.named)
            self._recent = [*(one for one in self._recent if one not in now), *now][-_SIX:]
            meant = [one for one in about if one not in now]  # by a pronoun: "it, along with B"
            mixed = len(meant) < len(about)
            self._group = tuple(meant[:1]) if meant and mixed else line.last_named
            made = (tuple(dict.fromkeys(one.what for one in group)) for group in line.lists)
            self._met = [*self._met, *made][-_SIX:]

    def here(self, scene: Scene) -> str:
        """The jurisdiction of a sentence that names none."""
        close = scene.place - self._last_at <= _REACH
        people = [one for one in scene.where if one.weak and not one.start]
        if people:
            return people[0].code  # "Jordanians have lived without it since December"
        if self._passage and scene.place not in self._begun:
            return self._passage
        spoken = self._tours or bool(scene.words.there.search(scene.sentence))
        spoken = spoken or self._goes_on_about(scene)
        return self._last if close and (spoken or not scene.named) else self.section or self.main

    def _goes_on_about(self, scene: Scene) -> bool:
        """Whether a sentence names nothing but services of the sentence before it, of the same
        paragraph, which named a place: "In Iran A and B were cut off. A was back in May"."""
        if scene.place - self._last_at != 1 or scene.place in self._begun:
            return False
        before = self._lines[scene.place - 1]
        if not any(not one.weak for one in before.where):
            return False
        return bool(scene.named) and {m.what for m in scene.named} <= {m.what for m in before.named}

    def is_at_home(self, line: Sentence) -> bool:
        """Whether a sentence about a law speaks of the place that the article is about."""
        year = line.words.law_year.search(line.sentence)
        at = year.start() if year else len(line.sentence)
        where = {one.code for one in line.where if one.start < at}
        return not where or self.main in where

    def known_subjects(
        self,
        scene: Scene,
        at: tuple[int, int],
        clause: tuple[int, int],
        many: tuple[str, ...] | None,
    ) -> tuple[tuple[str, ...], bool]:
        """The same as `subjects`, without those that no sentence has named yet."""
        found, sure = self.subjects(scene, at, clause, many)
        return (found if sure or many else tuple(s for s in found if s in self.seen)), sure

    def subjects(
        self,
        scene: Scene,
        at: tuple[int, int],
        clause: tuple[int, int],
        many: tuple[str, ...] | None,
    ) -> tuple[tuple[str, ...], bool]:
        """The services that an action is about, and whether the sentence names them. `many`: those
        of "social media", where that is what it is done to."""
        words = scene.words
        if many is not None:
            return many, False
        if not scene.named and (counted := self._counted(scene, clause)):
            return counted, False
        if not scene.named and scene.action_at(at) in _LIFTS:
            every = self._only_list
            single = words.pronouns.search(scene.sentence, *clause)
            its_own = single and at[0] <= single.start() < at[1]  # "lifted it" is of the ban
            if (its_own or not single) and set(every) & set(self.focus):
                return every, False  # "access returned" for all that it was taken from
        if not scene.named and scene.place in self._labels and self.focus:
            return self.focus, False
        topic = self._topic if scene.place - self._topic_at <= _REACH else self.focus
        if not scene.named and _THE_BAN.match(scene.sentence, at[0]):
            return topic, False
        if len(topic) > 1 and words.pronouns.search(scene.sentence, *clause):
            begin = 0 if words.language == "zh" else clause[0]  # whose clauses are but phrases
            several = words.several.search(scene.sentence, begin, clause[1])
            topic = topic if several else self.focus
        chosen, sure = scene.subjects(clause, at, words, (self._group, topic))
        if len(chosen) == 1 and not within(scene.named, clause):
            chosen = self._of_kind(scene, chosen, clause, at)
        if not sure and chosen == self.focus and self._is_strange(chosen[0] if chosen else ""):
            return (), False
        return chosen, sure

    def _is_strange(self, what: str) -> bool:
        """Whether the part of the text that a place heads has not named the service that most of
        the text is about: what is told there without a name is of something else."""
        if not self.section or what in self._common | self._under.get(self.section, set()):
            return False
        return any(named and what not in named for named in self._under.values())

    def _of_kind(
        self, scene: Scene, chosen: tuple[str, ...], clause: tuple[int, int], at: tuple[int, int]
    ) -> tuple[str, ...]:
        """The service that a word for its kind may mean: "the messenger" is no social network."""
        begin, end = max(clause[0], at[0] - _BESIDE), min(clause[1], at[1] + _BESIDE)
        met = _KIND.search(scene.sentence, scene.low, begin, end)
        kinds = _KINDS[met.lastgroup or ""] if met else frozenset()
        if not met or self._names.kinds.get(chosen[0]) in kinds:
            return chosen
        likely = (*self.focus, *reversed(self._recent))
        return next(((one,) for one in likely if self._names.kinds.get(one) in kinds), chosen)

    def _counted(self, scene: Scene, clause: tuple[int, int]) -> tuple[str, ...]:
        """The services of "all three": as many as were named last."""
        met = _ALL_OF.search(scene.sentence, scene.low, 0, clause[1])
        number = _NUMBERS[met[met.lastindex or 0].lower()] if met else 0
        for listed in reversed(self._met):
            if number and len(listed) == number:
                return listed
        return tuple(self._recent[-number:]) if 0 < number <= len(self._recent) else ()

    def speaks_of_many(self, scene: Scene, at: tuple[int, int]) -> bool:
        """Whether an action is of "social media", and not of services that the sentence names."""
        if scene.named:
            return False
        words, clause = scene.words, scene.clause(at[0])
        begin, end = max(clause[0], at[0] - _BESIDE), min(clause[1], at[1] + _BESIDE)
        if words.collective.search(scene.sentence, begin, end):
            return True
        after = self._lines[scene.place + 1 : scene.place + 2]
        return bool(
            after
            and _INCLUDES.match(after[0].sentence)
            and _COUNTED.search(scene.sentence, scene.low, begin, end)
        )

    def together(self, place: int, action: Action, *, elsewhere: bool) -> tuple[str, ...]:
        """The services that a sentence beside lists, for one that speaks of "social media". Those
        of the news are not those of another country."""
        near: tuple[int, ...] = (
            (place + 1,) if elsewhere else (place + 1, place - 1, place + 2, place - 2)
        )
        if _THESE.search(self._lines[place].sentence, self._lines[place].words.low):
            near = (place - 1, place - 2, place + 1)
        every = len(self._lines)
        listed = (self._lines[one].listed for one in near if 0 <= one < every)
        last = self._topic if place - self._topic_at <= _RECALLED and not elsewhere else ()
        found = next((one for one in (*listed, last) if len(one) > 1), ())
        return found or (self._only_list if action in _LIFTS else ())

    @cached_property
    def _only_list(self) -> tuple[str, ...]:
        """The services that the article lists as restricted, if it does so in one way alone: what
        is lifted from "social media" is lifted from these."""
        lists = {
            listed
            for one in self._lines
            if any(action in RESTRICTS for action, _, _ in one.acts)
            and len(listed := one.listed) > 1
        }
        return lists.pop() if len(lists) == 1 else ()

    def is_elsewhere(self, where: tuple[str, ...]) -> bool:
        """Whether an action happens in other countries than what the article is about: its day is
        not that of the news beside it."""
        return bool(where and self.main and self.main not in where and not self.section)
