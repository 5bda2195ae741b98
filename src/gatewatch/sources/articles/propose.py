"""From an article to proposed claims: who did what to which service, where, when and why.

Nothing here is believed: each proposal carries the sentence that it comes from and a confidence,
and what is hedged, negated, planned, denied or old news is marked and not proposed.
"""

import re
from collections import Counter
from collections.abc import Iterable, Mapping
from datetime import date, timedelta
from itertools import accumulate, product

import msgspec

from gatewatch.catalogue import jurisdictions, vocabulary
from gatewatch.catalogue.vocabulary import Heard
from gatewatch.model import day
from gatewatch.model.service import Service
from gatewatch.model.states import Action
from gatewatch.sources.articles import dates, names, places
from gatewatch.sources.articles.acts import Act, Registers, acts
from gatewatch.sources.articles.dates import Told
from gatewatch.sources.articles.furniture import silent
from gatewatch.sources.articles.marks import ACCESS, mark, ordered_only
from gatewatch.sources.articles.merge import distinct
from gatewatch.sources.articles.names import Mention
from gatewatch.sources.articles.places import Place
from gatewatch.sources.articles.proposal import MOST, SOFT, ArticleReading, Proposal, confidence
from gatewatch.sources.articles.scene import Law, Scene, masked, within
from gatewatch.sources.articles.script import folded
from gatewatch.sources.articles.sentences import clauses, sentences
from gatewatch.sources.articles.text import Article

_RESTRICTS = frozenset(
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
_ACCESS = frozenset({*ACCESS, Action.RESTORED})
_NOUNS = frozenset({Action.BLOCKED, Action.THROTTLED, Action.RESTORED, Action.DELISTED})
_LIFTS = frozenset({Action.RESTORED, Action.DELISTED, Action.REVOKED})
_ORDERS = frozenset({Action.ORDERED, Action.NOTIFIED, Action.DEMANDED})
_PASSED_ON = frozenset({Action.ORDERED, Action.NOTIFIED})
_NAMED = frozenset(
    {
        Action.DEMANDED,
        Action.ORDERED,
        Action.FINED,
        Action.NOTIFIED,
        Action.COMPLIED,
        Action.REGISTERED,
        Action.REVOKED,
        Action.DENIED,
        Action.ANNOUNCED,
    }
)
"""Courts and offices do this to many: without a service, or a word for one, it is about others."""
_LEAD = 2
_OPENING = 4
"""Letters before the place that a sentence begins with."""
_TOUR = 3
_BEGINNING = 6
_NEWS = timedelta(days=7)
"""A paper tells of an act within this time; measured on our own texts, all but two within four
days."""
_REACH = 2
"""Sentences over which a place that was named is still spoken of."""
_RECALLED = 4
"""Sentences over which "the messengers" are those that were listed."""


def read(
    article: Article, services: Mapping[str, Service], published: date | None, *, soft: bool = False
) -> ArticleReading:
    """Every statement of an article about a known service. `soft`: warnings, announcements and
    denials are proposed too; they change no state, and papers are full of them."""
    reader = _Reader(article, services, published)
    found = distinct(reader.run(), reader.day)
    shown = [
        msgspec.structs.replace(one, mark="soft")
        if one.action in SOFT and not one.mark and not soft
        else one
        for one in found
    ]
    return ArticleReading(article.language, tuple(shown[:MOST]))


_BREAK = re.compile(
    r"\s*[,;，；]\s*(?=(?:two|some|several|users|according)\b)|[;；]", re.IGNORECASE
)
"""After an action another statement begins."""


_IS_DOING = re.compile(r"\b(?:is|are|was|were|been)\W+(?:\w+ly\W+)?$", re.IGNORECASE)
"""Before a gerund that is a verb: "said it was blocking"."""
_FULL = len("2017-05-04")
_NO_LAW = Law()
_THE_ORDER = re.compile(
    r"\bthe (?:order|directive)\b|\b(?:это|этот) (?:решение|указ|приказ)|(?:该|这一)(?:命令|决定)",
    re.IGNORECASE,
)
"""An order that is known is the one that the article is about."""
_THE_BAN = re.compile(
    r"(?:он|она|оно|запрет|блокировка)\W+действ|(?:ban|block|suspension)\b[\w ]{0,12}(?:began|started|lasted)",
    re.IGNORECASE,
)
"""What is told of a restriction is told of all that it is on."""
_RUSSIAN_PAST = re.compile(r"[а-я]+(?:л|ла|ло|ли)(?:с[ья])?\b", re.IGNORECASE)
"""A verb that tells what was done, and not what an order is about."""
_CAME_BACK = re.compile(r"\b(?:was|were|has|have|had|returned|resumed|came)\b", re.IGNORECASE)
"""A verb of access that tells what happened, and not what an order is about."""
_ALL_OF = re.compile(
    r"\b(?:all|the) (two|three|four|five|six) (?:were|are|had|have|services|apps|platforms|networks|sites)\b"
    r"|\bвсе (три|четыре|пять|шесть)\W+(?:сервис|соцсет|мессенджер|платформ|приложени|сайт)"
    r"|(?:上述|以上|这)([两三四五六])(?:家|个|款|大)",
    re.IGNORECASE,
)
_SIX = 6
_NUMBERS = dict.fromkeys(("two", "两"), 2)
_NUMBERS |= dict.fromkeys(("three", "три", "三"), 3) | dict.fromkeys(("four", "четыре", "四"), 4)
_NUMBERS |= dict.fromkeys(("five", "пять", "五"), 5) | dict.fromkeys(("six", "шесть", "六"), 6)
_ITEM = re.compile(r"\s*[-–—•·*]\s")
"""A line of a list."""
_HEAD = 60
_KIND = 30
_BESIDE = 60
"""Letters before or after an action within which a word is its subject or its object."""
_OBJECT = re.compile(
    r"\W+(?:(?:access\W+)?to\W+)?(?:the\W+)?(?:website|site|portal|platform|app|network|messenger)\W+"
    r"(?:of\W+)?([A-Z][\w.]+)|\W+access\W+to\W+([A-Z][\w.]+)"
    r"|\W+(?:доступ\w*\W+)?к\W+(?:портал|сайт|ресурс|платформ|сервис|соцсет|мессенджер)\w*\W+"
    r"([A-Z][\w.]+|«[^»]+»)"
)
"""An object that is named after an action."""
_PASSIVE = re.compile(r"\b(?:be|been|being|was|were|is|are)\b", re.IGNORECASE)
_AUXILIARIES = re.compile(
    r"\W+(?:and\W+[A-Z]\w+\W+)?(?:(?:was|were|is|are|has|have|had|been|being|be|\w+ly|also|then)\W+)*"
)
_A_PLAN = re.compile(
    r"\b(?:plans?|proposals?|bills?|ideas?|threats?|drafts?)\b|\b(?:план|законопроект|намерени|предложени)"
    r"|计划|草案|提案",
    re.IGNORECASE,
)
"""What is given up before it was done lifts nothing."""
_BEFORE_THAT = re.compile(
    r"\W*(?:此前|之前|早前|先前|earlier|previously|ранее|до этого|прежде)", re.IGNORECASE
)
"""What a sentence begins with that tells what had been before: "that day" is none of its days."""
_OURS = re.compile(r"\b(?:we|I|our)\b|\b(?:мы|наш\w*)\b|我们|本公司")
"""Who speaks tells of what they did themselves."""
_FOLLOWS = re.compile(
    r"\W+(?:soon |later |then |shortly )?(?:followed|were next|was next|went too|met the same fate)\b"
    r"|\W+(?:последовал[аио]?|постигла та же участь)\b|(?:随后|之后)?(?:也|亦)?(?:步其后尘|未能幸免|遭遇同样命运)",
    re.IGNORECASE,
)
"""After services: what was done to others is done to them."""
_COUNTED = re.compile(
    r"\b\d+\W+(?:[\w-]+\W+){0,3}?(?:apps|applications|platforms|services|sites|networks)\b"
    r"|\b\d+\W+(?:\w+\W+){0,2}?(?:приложени|сервис|мессенджер|платформ|соцсет)\w*"
    r"|\d+[款个家][^，。；\d]{0,6}(?:应用|软件|平台|程式)",
    re.IGNORECASE,
)
_INCLUDES = re.compile(
    r"\W*(?:(?:these|they|the list|the ban|among them|the apps)\W+(?:include|are\b|is\b|covers)"
    r"|(?:среди них|в их числе|в список вошли|в перечень вошли)\b|(?:其中|这些[^，。]{0,6}|名单)?(?:包括|包含)|其中有)",
    re.IGNORECASE,
)
"""Services that are counted in one sentence, and named in the next."""
_FOREIGN = re.compile(r"\W{0,2}(?:[а-яё]+\W+)?«?([A-Z][A-Za-z][\w.-]+)")
"""A Latin name after an action in another script."""


def _spoken(line: str) -> str:
    """A dateline without its capitals."""
    return line.title() if line.isascii() else line


def _heads(part: list[str]) -> bool:
    """Whether the sentences of a paragraph are one line that heads others."""
    return len(part) == 1 and len(part[0]) <= _HEAD and part[0][-1] not in ".!?。！？…:：，,"


_LABEL = re.compile(r"\W{0,4}([^:：]{2,30}?)\s*[:：]")
"""What a line begins with as the label of what follows: "Nigeria: ..."."""
_NEAR_OBJECT = 90
"""Letters after an action within which a service that it is done to is named."""
_AT_ONCE = re.compile(r"[^,;:，；：。]{0,14}")
"""Between who acts and the action."""


def _by_body(scene: Scene, at: tuple[int, int]) -> bool:
    """Whether an authority does something, and no service that is named between."""
    bodies = [one.end for one in scene.where if one.body and one.end <= at[0]]
    if not bodies or within(scene.named, (bodies[-1], at[0])):
        return False
    return bool(_AT_ONCE.fullmatch(scene.sentence, bodies[-1], at[0]))


def _is_all(sentence: str, place: Place) -> bool:
    """Whether a sentence is a place's name and nothing else."""
    return not re.search(r"\w", sentence[: place.start] + sentence[place.end :])


_YEAR_ALONE = re.compile(r"\W*((?:19|20)\d\d)(?:\s*(?:год|г\.?|年))?\W*")
"""The head of what happened in a year."""


class _Reader:
    """Goes through an article once, and remembers what it was about."""

    def __init__(
        self, article: Article, services: Mapping[str, Service], published: date | None
    ) -> None:
        self._words = vocabulary.load(article.language)
        self._names = names.of(services)
        self._title = folded(silent(article.title), article.language)
        parts = [sentences(paragraph, article.language) for paragraph in article.paragraphs]
        self._texts = [one for part in parts for one in part]
        starts = accumulate((len(part) for part in parts), initial=0)
        begun = [(at, part) for at, part in zip(starts, parts, strict=False) if part]
        self._alone = {at for at, part in begun if at and _heads(part)}
        self._leads = {at for at, part in begun if len(part) > 1}
        self._sentences = [folded(silent(one), article.language) for one in self._texts]
        self._range = range(len(self._sentences))
        self._labels = self._labelled([at for at, _ in begun])
        self._line: tuple[str, range] | None = None
        self._heads = {
            at: head[1]
            for at in self._alone
            if (head := _YEAR_ALONE.fullmatch(self._sentences[at]))
        }
        self._year = ""
        self._published = self._dated(published)
        self._dated_papers: dict[str, list[Told]] = {}
        self._acted: dict[str, list[Act]] = {}
        self._mentioned: dict[str, list[Mention]] = {}
        self._heard: dict[str, Heard] = {}
        self._reasoned: dict[str, tuple[str, ...]] = {}
        self._placed: dict[str, list[Place]] = {}
        self._days: dict[tuple[str, ...], list[Told]] = {}
        self._plain: dict[str, list[Told]] = {}
        self._history = self._tells_of_old()
        self._seen: set[str] = set()
        self._outage = bool(self._words.outage.search(self._title))
        self._registers = Registers()
        self._focus = self._main_service()
        self._seen.update(one.what for one in self._names.find(self._title, self._words))
        self._main = self._main_jurisdiction()
        self._group = self._focus
        self._tours = self._goes_round()
        self._law = Law()
        self._last, self._last_at = "", -2 * _REACH
        self._section = ""
        self._item: tuple[int, Action] | None = None
        self._topic: tuple[str, ...] = ()
        self._topic_at = -2 * _REACH
        self._day = ""
        self._recent: list[str] = []
        """Services in the order in which they were named last."""

    def _goes_round(self) -> bool:
        """Whether the text goes from country to country: several sentences begin with one each."""
        begun = (next(iter(self._where(one)), None) for one in self._sentences)
        codes = {one.code for one in begun if one and not one.weak and one.start <= _OPENING}
        return len(codes) >= _TOUR

    def _labelled(self, begun: list[int]) -> dict[int, str]:
        """Places that are labels of paragraphs, where several have one: of a single one the place
        may be that of a dateline, but for the name of a country at the head of the text."""
        found: dict[int, str] = {}
        for at in begun:
            label = _LABEL.match(self._sentences[at])
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
        return self._sentences[0].startswith((told, folded(told, self._words.language)))

    def _acts(self, sentence: str) -> list[Act]:
        if (known := self._acted.get(sentence)) is None:
            known = self._acted[sentence] = acts(sentence, self._words_of(sentence))
        return known

    def _named(self, sentence: str) -> list[Mention]:
        if (known := self._mentioned.get(sentence)) is None:
            known = self._names.find(sentence, self._words_of(sentence))
            self._mentioned[sentence] = known
        return known

    def _where(self, sentence: str) -> list[Place]:
        if (known := self._placed.get(sentence)) is None:
            known = places.places(sentence, self._words_of(sentence), self._named(sentence))
            self._placed[sentence] = known
        return known

    def _told(self, sentence: str) -> list[Told]:
        key = (sentence, self._day, self._year)
        if (known := self._days.get(key)) is None:
            words = self._words_of(sentence)
            every = dates.counted(
                self._plain_days(sentence),
                sentence,
                words=words,
                published=self._published,
                anchor=self._day,
                history=self._history,
                year=self._year,
            )
            known = self._days[key] = [one for one in every if not one.ordered]
            self._dated_papers[sentence] = [one for one in every if one.ordered]
        return known

    def _plain_days(self, sentence: str) -> list[Told]:
        """The days that a sentence tells by itself."""
        if (known := self._plain.get(sentence)) is None:
            words = self._words_of(sentence)
            known = self._plain[sentence] = dates.days(sentence, words, self._published)
        return known

    def _tells_of_old(self) -> bool:
        """Whether the text tells of several days with their years and of none that is recent."""
        full = 0
        for sentence in self._sentences:
            for one in self._plain_days(sentence):
                if self._fresh(one.edtf):
                    return False
                full += not one.bare and len(one.edtf) == _FULL
        return full > 1

    def _of_its_paper(
        self, scene: Scene, clause: tuple[int, int], at: tuple[int, int], told: Told | None
    ) -> Told | None:
        """The day of the order or the letter that a sentence tells of, or else the one after it.
        Another day of the sentence counts if it stands nearer to the order."""
        if told is not None:
            inside = clause[0] <= told.start < clause[1]
            until = at[0] if inside else clause[1]
            papers = self._papers(scene.sentence)
            between = [one for one in papers if told.end <= one.start < until]
            return between[-1] if between else told
        near = self._sentences[scene.place : scene.place + 2]
        return next((told for one in near for told in self._papers(one)), None)

    def _papers(self, sentence: str) -> list[Told]:
        """Days of orders and letters."""
        self._told(sentence)
        return self._dated_papers.get(sentence, [])

    def _words_of(self, sentence: str) -> Heard:
        """The words that can matter in a sentence, looked for once."""
        if (known := self._heard.get(sentence)) is None:
            known = self._heard[sentence] = self._words.heard(sentence)
        return known

    @property
    def day(self) -> date | None:
        """The day that the text is of."""
        return self._published

    def _dated(self, published: date | None) -> date | None:
        """The day that the text is of: its dateline's, if that is a little before publication."""
        for place, sentence in enumerate(self._sentences[:_BEGINNING]):
            told = dates.dateline(sentence, self._words, published)
            known = day.parse(told).exact if told else None
            if known and (published is None or timedelta() <= published - known <= _NEWS):
                self._line = told, range(place, place + _LEAD)
                return known
        return published

    def _main_service(self) -> tuple[str, ...]:
        """What the article is about: named in its title and most in its beginning."""
        titled = [one.what for one in self._names.find(self._title, self._words)]
        begun = " ".join(self._sentences[:_BEGINNING])
        count = Counter(one.what for one in self._names.find(begun, self._words))
        among = dict.fromkeys(titled) or dict.fromkeys(count)
        return (max(among, key=lambda what: count[what]),) if among else ()

    def _main_jurisdiction(self) -> str:
        """Where it happens: named most, what is told first and who acts counting for more."""
        count: Counter[str] = Counter()
        people: Counter[str] = Counter()
        for place, sentence in enumerate(self._sentences):
            does = bool(self._acts(sentence))
            titled = sentence == self._title or not place
            for one in self._where(sentence):
                weight = (6 if titled else 3 if place < _LEAD + 1 else 1) * (2 if does else 1)
                (people if one.weak else count)[one.code] += weight
        chosen = count or people or self._datelines()
        return chosen.most_common(1)[0][0] if chosen else ""

    def _datelines(self) -> Counter[str]:
        """Where the text was written, if it names no other place."""
        return Counter(
            code
            for one in self._sentences[:_BEGINNING]
            if (line := self._words.dateline.match(one))
            for met in self._words.places.finditer(_spoken(line[0]))
            if (code := self._words.place_of(met[0]))
        )

    def run(self) -> Iterable[Proposal]:
        found: list[Proposal] = []
        for place, sentence in enumerate(self._sentences):
            self._open_section(place, sentence)
            self._seen |= {one.what for one in self._named(sentence)}
            law = self._law_of(sentence)
            here = [*self._of(place, sentence, law), *self._listed_with(place, sentence)]
            here += self._following(place, sentence, found)
            if not here and law.year and law.reasons and self._at_home(sentence):
                here = list(self._by_law(found, self._texts[place], law))
            self._registers.see(sentence, self._words_of(sentence))
            self._remember(place, sentence, here)
            found += here
            mentioned = self._named(sentence)
            if mentioned:
                now = dict.fromkeys(one.what for one in mentioned)
                self._recent = [*(one for one in self._recent if one not in now), *now][-_SIX:]
                last = names.groups(mentioned, sentence)[-1]
                self._group = tuple(dict.fromkeys(one.what for one in last))
        return found

    def _open_section(self, place: int, sentence: str) -> None:
        """A line by itself that names one place is the head of what follows, and so is a place that
        a paragraph begins with: "India. The app is among 59 ..."."""
        named = self._where(sentence)
        leads = place in self._leads and len(named) == 1 and _is_all(sentence, named[0])
        alone = place in self._alone and not (self._acts(sentence) and self._named(sentence))
        codes = {one.code for one in named}
        if len(codes) == 1 and (leads or alone):
            self._section = codes.pop()
        self._section = self._labels.get(place, self._section)
        self._year = self._heads.get(place, self._year)

    def _remember(self, place: int, sentence: str, here: list[Proposal]) -> None:
        """What the next sentences may speak of without a name."""
        firm = [one for one in self._where(sentence) if not one.weak]
        if here or firm:
            self._last = here[-1].jurisdiction if here else firm[-1].code
            self._last_at = place
        told = self._told(sentence)
        if told and (here or not _BEFORE_THAT.match(sentence)):
            # "disclosed on Thursday that A had been cut on 10 October": what comes "a day later" or
            # "a day before" counts from the news.
            fresh = [one for one in told if self._fresh(one.edtf)] if len(told) > 1 else told
            self._day = (fresh or told)[-1].edtf
        about = tuple(dict.fromkeys(one.service for one in here))
        together = about and set(about) <= set(self._named_last(sentence))
        if len(about) == 1 or together:
            self._topic, self._topic_at = about, place

    def _named_last(self, sentence: str) -> tuple[str, ...]:
        """The services of the last list in a sentence."""
        mentioned = self._named(sentence)
        listed = names.groups(mentioned, sentence)[-1] if mentioned else []
        return tuple(dict.fromkeys(one.what for one in listed))

    def _listed(self, sentence: str) -> tuple[str, ...]:
        """The longest list of services in a sentence."""
        made = names.groups(self._named(sentence), sentence)
        longest = max(made, key=len, default=[])
        return tuple(dict.fromkeys(one.what for one in longest))

    def _here(self, scene: Scene, place: int) -> str:
        """The jurisdiction of a sentence that names none."""
        close = place - self._last_at <= _REACH
        people = [one for one in self._where(scene.sentence) if one.weak and not one.start]
        if people:
            return people[0].code  # "Jordanians have lived without it since December"
        spoken = self._tours or bool(scene.words.there.search(scene.sentence))
        return self._last if close and (spoken or not scene.named) else self._section or self._main

    def _at_home(self, sentence: str) -> bool:
        """Whether a sentence about a law speaks of the place that the article is about."""
        year = self._words_of(sentence).law_year.search(sentence)
        at = year.start() if year else len(sentence)
        where = {one.code for one in self._where(sentence) if one.start < at}
        return not where or self._main in where

    def _law_of(self, sentence: str) -> Law:
        """The law that a sentence speaks of; "this law" is the last one."""
        words = self._words_of(sentence)
        rule = next(iter(vocabulary.laws().among(sentence, words.standing, words.low)), "")
        year = words.law_year.search(sentence)
        if rule or year:
            number = next((int(g) for g in year.groups() if g), None) if year else None
            text = year[0].strip()[:80] if year else ""
            self._law = Law(rule, text, number, self._reasons(sentence))
            return self._law
        if self._law == _NO_LAW or not words.same_law.search(sentence):
            return _NO_LAW
        return self._law

    def _reasons(self, text: str) -> tuple[str, ...]:
        if (known := self._reasoned.get(text)) is None:
            words = self._words_of(text)
            known = self._reasoned[text] = words.reasons.among(text, words.standing, words.low)
        return known

    def _listed_with(self, place: int, sentence: str) -> Iterable[Proposal]:
        """A line of a list that tells services and a day, and leaves out the verb of the line
        before: "- A (blocked since 4 March); - B (since 14 March)"."""
        before = self._item if self._item and self._item[0] == place - 1 else None
        self._item = None
        if not _ITEM.match(self._texts[place]):
            return
        found = self._acts(sentence)
        if found:
            if len(found) == 1 and found[0][0] in ACCESS and self._plain_days(sentence):
                self._item = place, found[0][0]
            return
        named, told = self._named(sentence), self._told(sentence)
        if before is None or not named or len(told) != 1:
            return
        self._item = place, before[1]
        code = self._section or self._main
        for what in dict.fromkeys(one.what for one in named) if code else ():
            yield Proposal(
                service=what,
                jurisdiction=code,
                action=before[1],
                date=told[0].edtf,
                actor="",
                reasons=(),
                rule="",
                law="",
                law_year=None,
                sentence=self._texts[place],
                place=place,
                confidence=confidence(
                    named=True, placed=False, told=told[0], noun=False, marked=False
                ),
            )

    def _following(self, place: int, sentence: str, found: list[Proposal]) -> Iterable[Proposal]:
        """Services to which the same is done as in the sentence before: "B and C followed in the
        evening"."""
        last = found[-1] if found and found[-1].place == place - 1 else None
        named = self._named(sentence)
        if last is None or last.mark or not named or self._acts(sentence):
            return
        group = names.groups(named, sentence)[0]
        if last.action not in _ACCESS or not _FOLLOWS.match(sentence, group[-1].end):
            return
        told = self._told(sentence)
        edtf = told[0].edtf if len(told) == 1 else "" if told else last.date
        for what in dict.fromkeys(one.what for one in group):
            yield msgspec.structs.replace(
                last,
                service=what,
                date=edtf,
                reasons=(),
                sentence=self._texts[place],
                place=place,
                confidence=round(last.confidence - 0.1, 2),
            )

    def _of(self, place: int, sentence: str, law: Law) -> Iterable[Proposal]:
        """The statements of one sentence."""
        words = self._words_of(sentence)
        found = self._acts(sentence)
        if not found:
            return
        named = self._named(sentence)
        scene = Scene(
            text=self._texts[place],
            sentence=sentence,
            words=words,
            acts=found,
            clauses=clauses(sentence, words),
            named=named,
            where=self._where(sentence),
            told=self._told(sentence),
            law=law,
            place=place,
            masked=masked(sentence, named),
        )
        for one in found:
            yield from self._statement(scene, place, *one)

    def _statement(
        self, scene: Scene, place: int, action: Action, start: int, end: int
    ) -> Iterable[Proposal]:
        """What one action of a sentence says, once for each service and place."""
        at, clause = (start, end), scene.clause(start)
        words = scene.words
        meant = self._registers.action(action, scene.sentence, at, words)
        if meant is None or self._says_nothing(scene, meant, at):
            return
        how = mark(meant, scene.masked, clause, at, words=words)
        if how is None:
            return
        noun = meant in _NOUNS and self._is_noun(scene.sentence, clause[0], at)
        reasons = self._why(scene, place, meant)
        told_of = len(scene.acts) > 1 or not (reasons or scene.law.year)
        if noun and not how and told_of:
            return  # "the ban" of a sentence about something else that happened
        told = self._when(scene, meant, at, clause, noun=noun)
        where = scene.places(clause, at)
        if told is None and not (
            noun or how or scene.is_behind(clause) or self._is_elsewhere(where)
        ):
            told = self._told_around(place)
        subjects, sure = self._subjects(scene, place, at, clause)
        many = self._speaks_of_many(scene, at)
        subjects = subjects if sure or many else tuple(s for s in subjects if s in self._seen)
        spoken = sure or scene.has(_ACCESS) or words.pronouns.search(scene.sentence)
        spoken = spoken or _THE_ORDER.search(scene.sentence, start, end + 1)
        if meant in _NAMED and not spoken:
            return
        main = self._here(scene, place) or scene.people
        codes = where or ((main,) if main else ())
        alone: list[tuple[tuple[str, ...], Told | None]] = [(subjects, told)]
        for services, day_of in (*scene.each_with_day(clause),) or alone:
            when = day_of.edtf if day_of else ""
            marked = "" if how == "past" and when else how  # with its day it is a fact by itself
            marked = marked or self._doubt(scene, meant, at, clause)
            phases = [(meant, when)]
            if day_of and day_of.until and meant in ACCESS and not marked:
                phases.append((Action.RESTORED, day_of.until))
            for code, service, (done, edtf) in product(codes, services, phases):
                yield Proposal(
                    service=service,
                    jurisdiction=code,
                    action=done,
                    date=edtf,
                    actor=places.actor(scene.where, start),
                    reasons=reasons,
                    rule=scene.law.rule,
                    law=scene.law.text,
                    law_year=scene.law.year,
                    sentence=scene.text,
                    place=place,
                    stated=day_of is not None and day_of.stated,
                    mark=marked,
                    confidence=confidence(
                        named=sure, placed=bool(where), told=day_of, noun=noun, marked=bool(marked)
                    ),
                )

    def _when(
        self,
        scene: Scene,
        action: Action,
        at: tuple[int, int],
        clause: tuple[int, int],
        *,
        noun: bool,
    ) -> Told | None:
        """The day that a sentence tells of an action."""
        lifts = action in _LIFTS
        told = None if noun else scene.day(clause, at, scene.words, lifts=lifts)
        if action in _ORDERS:
            return self._of_its_paper(scene, clause, at, told)
        if action == Action.REVOKED and told is None:  # "the ruling of 26 December, which found"
            papers = [one for one in self._papers(scene.sentence) if one.end <= at[0]]
            return papers[-1] if papers else None
        return told

    def _subjects(
        self, scene: Scene, place: int, at: tuple[int, int], clause: tuple[int, int]
    ) -> tuple[tuple[str, ...], bool]:
        """The services that an action is about, and whether the sentence names them."""
        words = scene.words
        if self._speaks_of_many(scene, at):
            return self._together(place, scene.action_at(at)), False
        if not scene.named and (counted := self._counted(scene, clause)):
            return counted, False
        topic = self._topic if place - self._topic_at <= _REACH else self._focus
        if not scene.named and _THE_BAN.match(scene.sentence, at[0]):
            return topic, False
        if len(topic) > 1 and words.pronouns.search(scene.sentence, *clause):
            topic = topic if words.several.search(scene.sentence, *clause) else self._focus
        return scene.subjects(clause, at, words, (self._group, topic))

    def _counted(self, scene: Scene, clause: tuple[int, int]) -> tuple[str, ...]:
        """The services of "all three": as many as were named last."""
        met = _ALL_OF.search(scene.sentence, 0, clause[1])
        number = _NUMBERS[met[met.lastindex or 0].lower()] if met else 0
        return tuple(self._recent[-number:]) if 0 < number <= len(self._recent) else ()

    def _speaks_of_many(self, scene: Scene, at: tuple[int, int]) -> bool:
        """Whether an action is of "social media", and not of services that the sentence names."""
        if scene.named:
            return False
        words, clause = scene.words, scene.clause(at[0])
        begin, end = max(clause[0], at[0] - _BESIDE), min(clause[1], at[1] + _BESIDE)
        if words.collective.search(scene.sentence, begin, end):
            return True
        after = self._sentences[scene.place + 1 : scene.place + 2]
        return bool(
            after and _INCLUDES.match(after[0]) and _COUNTED.search(scene.sentence, begin, end)
        )

    def _is_unknown(self, scene: Scene, at: tuple[int, int]) -> bool:
        """Whether what follows an action is a name that no service of the catalogue has."""
        text = scene.sentence[at[1] : at[1] + 90]
        met = _OBJECT.match(text)
        if met is None and self._words.language != "en":
            met = _FOREIGN.match(text)
        if met is None or within(scene.named, (at[1], at[1] + met.end() + 40)):
            return False
        start = at[1] + met.start(met.lastindex or 0)
        return not any(one.start <= start < one.end for one in scene.where)

    def _together(self, place: int, action: Action) -> tuple[str, ...]:
        """The services that a sentence beside lists, for one that speaks of "social media"."""
        near = (place + 1, place - 1, place + 2, place - 2)
        listed = (self._listed(self._sentences[one]) for one in near if one in self._range)
        last = self._topic if place - self._topic_at <= _RECALLED else ()
        found = next((one for one in (*listed, last) if len(one) > 1), ())
        return found or (self._only_list() if action in _LIFTS else ())

    def _only_list(self) -> tuple[str, ...]:
        """The services that the article lists as restricted, if it does so in one way alone: what
        is lifted from "social media" is lifted from these."""
        lists = {
            listed
            for one in self._sentences
            if any(action in _RESTRICTS for action, _, _ in self._acts(one))
            and len(listed := self._listed(one)) > 1
        }
        return lists.pop() if len(lists) == 1 else ()

    def _is_elsewhere(self, where: tuple[str, ...]) -> bool:
        """Whether an action happens in other countries than what the article is about: its day is
        not that of the news beside it."""
        return bool(where and self._main and self._main not in where and not self._section)

    def _told_around(self, place: int) -> Told | None:
        """The day of a sentence that tells none: of its dateline, for the news of an agency, or
        else of a sentence beside it."""
        if self._line and place in self._line[1]:
            return Told(0, 0, self._line[0], stated=True)
        return self._told_beside(place)

    def _told_beside(self, place: int) -> Told | None:
        """The day of the sentence right after, or else before, if that tells of no other action:
        "The service said so on 13 December"."""
        for beside in (place + 1, place - 1):
            if not 0 <= beside < len(self._sentences) or self._acts(self._sentences[beside]):
                continue
            if self._words_of(self._sentences[beside]).hedged.search(self._sentences[beside]):
                continue
            told = self._told(self._sentences[beside])
            if _OURS.search(self._sentences[beside]):
                told = [one for one in told if one.stated]
            told = list({one.edtf: one for one in told}.values())  # "on Wednesday, 11 February"
            told = [one for one in told if one.stated] if len(told) > 1 else told
            if len(told) == 1 and not told[0].anchored and self._fresh(told[0].edtf):
                return msgspec.structs.replace(told[0], stated=True)
        return None

    def _fresh(self, edtf: str) -> bool:
        """Whether a day is one of the last before publication."""
        known = day.parse(edtf).exact
        return bool(known and self._published and self._published - known <= _NEWS)

    def _says_nothing(self, scene: Scene, action: Action, at: tuple[int, int]) -> bool:
        """Whether the words are about something else: what a law requires, what is denied without a
        restriction, other things than services."""
        if self._is_of_words(scene, action, at):
            return True
        words, sentence = scene.words, scene.sentence
        before = sentence[scene.clause(at[0])[0] : at[0]]
        if action == Action.COMPLIED and (words.operators.search(before) or _by_body(scene, at)):
            return True
        if action not in {*_ACCESS, Action.LISTED}:
            return False
        if words.others_before.search(before) and not within(scene.named, (at[0], at[1] + 40)):
            return True
        register = words.register.search(sentence, *at) if action == Action.LISTED else None
        kind = register and words.prohibited.search(sentence, at[1], at[1] + _KIND)
        if register and (kind or within(scene.named, scene.clause(at[0]))):
            return False  # "the register of prohibited sites" is about the service beside it
        if self._speaks_of_many(scene, at):
            return not self._together(scene.place, action)
        if self._is_unknown(scene, at):
            return True
        if self._is_passive(scene, at):
            return False
        others = words.others.search(_BREAK.split(sentence[at[1] : at[1] + 60], maxsplit=1)[0])
        end = min(at[1] + _NEAR_OBJECT, scene.clause(at[0])[1])
        return bool(others) and not within(scene.named, (at[0], end))

    def _is_of_words(self, scene: Scene, action: Action, at: tuple[int, int]) -> bool:
        """Whether an action is one upon plans, orders to lift, laws or rumours, and on no
        service."""
        words, sentence = scene.words, scene.sentence
        if action in _LIFTS and _A_PLAN.search(sentence, *at):
            return True
        if action in _PASSED_ON and words.unblocks.match(sentence[at[1] :]):
            return True
        if action == Action.DEMANDED and words.law.search(sentence[max(0, at[0] - 40) : at[0]]):
            return True
        denies = action == Action.DENIED and words.denied.search(sentence[at[0] : at[1]])
        return bool(denies) and not scene.has(_ACCESS)

    def _is_passive(self, scene: Scene, at: tuple[int, int]) -> bool:
        """Whether an action is done to the services right before it: "A and B were cut off"."""
        before = [one.end for one in scene.named if one.end <= at[0]]
        if not before or scene.words.language != "en":
            return False
        return bool(_PASSIVE.search(scene.sentence, before[-1], at[1])) and bool(
            _AUXILIARIES.fullmatch(scene.sentence, before[-1], at[0])
        )

    def _why(self, scene: Scene, place: int, action: Action) -> tuple[str, ...]:
        """The reasons that the sentence gives, or the one right after it, if that tells of nothing
        else."""
        if action not in _RESTRICTS:
            return ()
        if found := self._reasons(scene.sentence) or scene.law.reasons:
            return found
        after = self._sentences[place + 1] if place + 1 < len(self._sentences) else ""
        return self._reasons(after) if after and not self._acts(after) else ()

    def _doubt(
        self,
        scene: Scene,
        action: Action,
        at: tuple[int, int],
        clause: tuple[int, int],
    ) -> str:
        """A mark that only the rest of the sentence or the article shows."""
        if self._outage and action in _ACCESS and not places.actor(scene.where, at[0]):
            return "outage"
        verb = scene.sentence[slice(*at)]
        begun = bool(scene.words.finite.match(f"{verb} ")) or bool(_RUSSIAN_PAST.match(verb))
        begun = begun or (action == Action.RESTORED and bool(_CAME_BACK.search(verb)))
        only = ordered_only(action, at, clause, scene.acts, carried_out=begun)
        return "planned" if only else ""

    def _is_noun(self, sentence: str, begin: int, at: tuple[int, int]) -> bool:
        """Whether an action is a noun, which tells of a thing that is known and not of an event."""
        words = self._words_of(sentence)
        before, text = sentence[begin : at[0]], sentence[at[0] : at[1]]
        if words.finite.search(before) or _IS_DOING.search(before):
            return False
        if words.maybe_noun.fullmatch(text):
            return bool(words.noun_after.search(before))
        return bool(words.noun.fullmatch(text))

    def _by_law(self, found: list[Proposal], sentence: str, law: Law) -> Iterable[Proposal]:
        """A sentence about the law alone gives the main event another ground."""
        for one in found:
            about = one.service in self._focus and one.jurisdiction == self._main
            if about and one.action == Action.BLOCKED:
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
