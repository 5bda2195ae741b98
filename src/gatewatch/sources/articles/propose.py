"""From an article to proposed claims: who did what to which service, where, when and why.

Nothing here is believed: each proposal carries the sentence that it comes from and a confidence,
and what is hedged, negated, planned, denied or old news is marked and not proposed.
"""

import re
from collections.abc import Iterable, Mapping
from datetime import date
from itertools import product

import msgspec

from gatewatch.catalogue import vocabulary
from gatewatch.catalogue.finder import Rare
from gatewatch.model.service import Service
from gatewatch.model.states import Action
from gatewatch.sources.articles import agents, names, places
from gatewatch.sources.articles import turns as turns_of
from gatewatch.sources.articles.acts import Registers
from gatewatch.sources.articles.dates import Told
from gatewatch.sources.articles.furniture import silent
from gatewatch.sources.articles.lines import Sentence, lines
from gatewatch.sources.articles.marks import ACCESS, mark, ordered_only
from gatewatch.sources.articles.merge import distinct
from gatewatch.sources.articles.objects import is_noun, says_nothing
from gatewatch.sources.articles.places import groups as groups_of
from gatewatch.sources.articles.proposal import MOST, SOFT, ArticleReading, Proposal, confidence
from gatewatch.sources.articles.scene import Law, Scene, masked
from gatewatch.sources.articles.scope import RESTRICTS, Setting
from gatewatch.sources.articles.script import folded
from gatewatch.sources.articles.sentences import clauses
from gatewatch.sources.articles.text import Article
from gatewatch.sources.articles.timeline import ToldDays

_ACCESS = frozenset({*ACCESS, Action.RESTORED})
_NOUNS = frozenset({Action.BLOCKED, Action.THROTTLED, Action.RESTORED, Action.DELISTED})
_LIFTS = frozenset({Action.RESTORED, Action.DELISTED, Action.REVOKED})
_DONE = _ACCESS | {Action.LISTED, Action.FINED, Action.DELISTED}
_ORDERS = frozenset({Action.ORDERED, Action.NOTIFIED, Action.DEMANDED})
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


_NO_LAW = Law()
_THE_ORDER = Rare(
    r"\b(?:the|these|those) (?:order|directive|measures?|ban|block|suspension|shutdown)\b|\b(?:это|этот) (?:решение|указ|приказ)|(?:该|这一)(?:命令|决定)"
)
"""An order that is known is the one that the article is about."""
_FOR_THAT = Rare(r"\bfor (?:this|that|doing so)\b|\bза это\b|[为因]此")
"""What is done for what the sentence before tells is done to the same service."""
_RUSSIAN_PAST = re.compile(r"[а-я]+(?:л|ла|ло|ли)(?:с[ья])?\b", re.IGNORECASE)
"""A verb that tells what was done, and not what an order is about."""
_CAME_BACK = re.compile(r"\b(?:was|were|has|have|had|returned|resumed|came)\b", re.IGNORECASE)
"""A verb of access that tells what happened, and not what an order is about."""
_SAME_REASON = Rare(
    r"\b(?:same|similar) (?:reasons?|grounds|charge)\b|\b(?:той же|схожей|аналогичной) причине\b"
    r"|\b(?:тем же|аналогичным) основани|(?:同样|相同|类似)(?:的)?(?:理由|原因)"
)
_AGAINST = Rare(
    r"\b(?:protest(?:s|ed|ing)?|critici[sz](?:ed|es|ing|m)|condemn(?:s|ed|ing)|denounc(?:ed|es|ing)|anger|outrage)[ ]"
    r"(?:(?:against|over|at|of|about)[ ])?(?:[\w\x27’-]+[ ]){0,3}$"
    r"|(?:протест\w*|митинг\w*|выступил\w*) против[^,.;]{0,30}$|(?:раскритикова|осуди|критикова)\w*[^,.;]{0,40}$"
    r"|(?:抗议|批评|谴责|反对|不满|声讨)(?!期间|活动|中|爆发|浪潮|之?后)[^，。；]{0,10}$"
)
"""What people are against was done before, and not on the day on which they say so."""
_SOME_COUNTRIES = Rare(
    r"\b(?:several|many|some|other|various|most|numerous|a (?:number|handful|dozen|score) of|\d+)[ ](?:\w+[ ])?(?:countries|states|governments|nations)\b"
    r"|\b(?:ряд\w*|нескольк\w+|многи[емх]+|некоторы\w+|других|разных|\d+)[ ](?:\w+[ ])?(?:стран|государств)(?:а|ы|у|ам|ах|ами)?\b"
    r"|(?:(?<!最)多|数|一些|许多|若干|其他|不少|几)(?:个)?(?:国(?!家(?:电信|通信|互联网|安全|局|委|计算机))|国家政府)"
)
"""Where something is done in countries that are not named, it is not in the main one."""
_LASTS = Rare(r"\bsince\W+(?!then\b)(?:the\W+)?\w+")
"""What has lasted since an event that has no day was not done on the day of the news."""
_EXPLAINED = 2
"""Sentences after one within which it is told why."""
_ITEM = re.compile(r"\s*[-–—•·*]\s")
"""A line of a list."""
_STILL = Rare(
    r"(?:\b(?:still|remain(?:s|ed)?|stay(?:s|ed)?)\b|по-прежнему|все еще"
    r"|оста(?:ется|ются|лся|лась|лись)|仍|依然|依旧)[^,;，；]*$"
)
_HOURS = Rare(
    r"\bhours? (?:later|after)\b|час\w*\s(?:позже|спустя)|(?:спустя|через)\s(?:\w+\s){0,2}час|小时[之以]?后"
)
"""Counted from what went before, and not of the day of the news."""
_SINCE = re.compile(r"\b(?:since|from)\b|(?<!\w)со?\s|[自从]", re.IGNORECASE)
_FULL = len("2017-05-04")
_JUST = 24
"""Letters before an action within which it is said to go on."""
_LOOSE = re.compile(r"restrict|limit|curb|ограничи|ограничен|限制|受限", re.IGNORECASE)
"""A verb that leaves open how."""
_BEFORE_THEM = re.compile(
    r"(?:^\W*(?:so|as) (?:did|was|were|has|have|had)|^\W*next (?:came|was|were)|^\W*then came|\b(?:it|them) (?:was|were) (?:soon |later |then )?(?:joined|followed) by)\W+$"
    r"|(?:\bк (?:ней|нему|ним|этому списку|списку)\W+(?:\w+\W+)?(?:добавил|присоединил|прибавил)\w*"
    r"|\b(?:пришел|настал|наступил|настала|пришла|наступила) (?:черед|очередь)|(?:следом|вслед|затем|потом)\W+(?:последовал|отправил)\w*)\W+(?:(?:и|также|еще)\W+)?$"
    r"|(?:轮到了?|(?:接着|随后|其后|之后|接下来)是|其后还有)$",
    re.IGNORECASE,
)
"""Before services, likewise: "So did B", "к ней добавились B и C"."""
_SUIT = Rare(
    r"\bfollow(?:ed|s) suit\b|\b(?:did|does) (?:the same|likewise|so)\b|\btook (?:the same|a similar|similar) (?:steps?|measures?|action)\b"
    r"|\bпримеру\W+(?:\w+\W+){0,2}последовал|\bпоследовал[аи]? (?:(?:ее|его|их|этому|тому же|так\w+)\W+)?пример|\b(?:поступил|сделал)[аи]? (?:так|то) же\b|\b(?:приня|введ|ввел)\w* (?:такие же|аналогичн\w+|похож\w+|тако\w+ же) (?:мер|решени|запрет)\w*"
    r"|跟进|效仿(?!者)|步其后尘|也(?:这样|如此)做|采取了?(?:同样|类似|相同)的?(?:措施|做法|行动|举措)"
)
"""What one country did, another one does."""
_WITH_OTHERS = Rare(
    r"\b(?:together|along|alongside) with\b|\bas well as\b|\bвместе с|\bнаряду с|连同|同时还有"
)
_FOLLOWS = re.compile(
    r"\W+(?:(?:was|were) (?:also )?(?:affected|hit)\b|(?:soon |later |then |shortly )?(?:followed|were next|was next|went too|met the same fate)\b)"
    r"|\W+(?:(?:тоже|также)\W+(?:попал|пострада|затрону)\w*|последовал[аио]?|постигла та же участь)\b|(?:随后|之后)?(?:也|亦)?(?:步其后尘|受到?影响|未能幸免|遭遇同样命运)",
    re.IGNORECASE,
)
"""After services: what was done to others is done to them."""


_Turn = tuple[tuple[str, ...], tuple[str, ...], Told | None]
"""Places, services, and the day on which something is done to them there."""


class _Reader:
    """Goes through an article once: what each sentence says, by what its scope and its timeline
    remember."""

    def __init__(
        self, article: Article, services: Mapping[str, Service], published: date | None
    ) -> None:
        words, index = vocabulary.load(article.language), names.of(services)
        title = folded(silent(article.title), article.language)
        found = lines(article, words, index)
        self._lines = found.every
        self._when = ToldDays(found, words, published)
        self._scope = Setting(title, found, words, index)
        self._outage = bool(words.outage.search(title))
        self._registers = Registers()
        self._law = Law()
        self._reasons: tuple[str, ...] = ()
        self._body = ""
        """The body of the catalogue that acted last."""
        self._bodies: tuple[Scene, list[agents.Agent]] | None = None
        """The bodies that a sentence names."""
        self._item: tuple[int, Action] | None = None

    @property
    def day(self) -> date | None:
        """The day that the text is of."""
        return self._when.published

    def run(self) -> Iterable[Proposal]:
        found: list[Proposal] = []
        for line in self._lines:
            self._scope.open(line)
            self._when.open(line.place)
            law = self._law_of(line)
            here = [*self._of(line, law), *self._listed_with(line)]
            here += self._following(line, found)
            here += self._after_others(line, [*found, *here])
            if not here and law.year and law.reasons and self._scope.is_at_home(line):
                here = list(self._by_law(found, line.text, law))
            self._registers.see(line.sentence, line.words)
            self._when.remember(line, tells=bool(here))
            self._scope.remember(line, here)
            found += here
        return found

    def _law_of(self, line: Sentence) -> Law:
        """The law that a sentence speaks of; "this law" is the last one."""
        words, sentence = line.words, line.sentence
        rule = next(iter(vocabulary.laws().among(sentence, words.standing, words.low)), "")
        told = "19" in sentence or "20" in sentence
        year = words.law_year.search(sentence) if told else None
        if rule or year:
            number = next((int(g) for g in year.groups() if g), None) if year else None
            text = year[0].strip()[:80] if year else ""
            self._law = Law(rule, text, number, line.reasons)
            return self._law
        if self._law == _NO_LAW or not words.same_law.search(sentence):
            return _NO_LAW
        return self._law

    def _listed_with(self, line: Sentence) -> Iterable[Proposal]:
        """A line of a list that tells services and a day, and leaves out the verb of the line
        before: "- A (blocked since 4 March); - B (since 14 March)"."""
        place, found = line.place, line.acts
        before = self._item if self._item and self._item[0] == place - 1 else None
        self._item = None
        if not _ITEM.match(line.text):
            return
        if found:
            if len(found) == 1 and found[0][0] in ACCESS and self._when.plain(line):
                self._item = place, found[0][0]
            return
        named, told = line.named, self._when.told(line)
        if before is None or not named or len(told) != 1:
            return
        self._item = place, before[1]
        code = self._scope.section or self._scope.main
        for what in dict.fromkeys(one.what for one in named) if code else ():
            yield Proposal(
                service=what,
                jurisdiction=code,
                action=before[1],
                date=told[0].edtf,
                sentence=line.text,
                place=place,
                confidence=confidence(
                    named=True, placed=False, told=told[0], noun=False, marked=False
                ),
            )

    def _following(self, line: Sentence, found: list[Proposal]) -> Iterable[Proposal]:
        """Services to which the same is done as in the sentence before: "B and C followed in the
        evening"."""
        last = found[-1] if found and found[-1].place == line.place - 1 else None
        if last is None or last.mark or not line.named or line.acts:
            return
        group = line.lists[0]
        follows = _FOLLOWS.match(line.sentence, group[-1].end)
        follows = follows or _BEFORE_THEM.search(line.sentence, 0, group[0].start)
        if last.action not in _ACCESS or not follows:
            return
        told = self._when.told(line)
        edtf = told[0].edtf if len(told) == 1 else "" if told else last.date
        for what in dict.fromkeys(one.what for one in group):
            yield msgspec.structs.replace(
                last,
                service=what,
                date=edtf,
                reasons=(),
                sentence=line.text,
                place=line.place,
                confidence=round(last.confidence - 0.1, 2),
            )

    def _after_others(self, line: Sentence, found: list[Proposal]) -> Iterable[Proposal]:
        """What a country did after another one: "Indonesia followed suit on 10 January", "India,
        the first to outlaw A, did so in 2020"."""
        met = _SUIT.search(line.sentence, line.words.low) if line.where else None
        places = [one for one in line.where if met and one.end <= met.start()]
        if met and line.words.language == "ru":  # "её примеру последовала Уганда"
            places = places or line.where[:1]
        if met is None or not places:
            return
        before = line.sentence[: met.start()]
        words = line.words
        if words.planned.search(before) or words.negated.search(before):
            return
        if words.hedged.search(line.sentence) or words.modal.search(before):
            return
        here = any(start < met.start() for _, start, _ in line.acts)
        at = line.place if here else line.place - 1
        same = [one for one in found if one.place == at]
        last = next((one for one in reversed(same) if one.action in RESTRICTS), None)
        if not here and last is None:
            same = self._nowhere(line.place - 1)
            last = same[-1] if same else None
        if last is None or (last.mark and last.place != line.place):
            return
        group = next(g for g in groups_of(line.where, line.sentence) if places[-1] in g)
        told = [one for one in self._when.told(line) if one.start >= places[-1].end]
        told = told or self._when.told(line)
        edtf = told[0].edtf if told else ""
        services = {one.service for one in same if one.action == last.action}
        with_it = _WITH_OTHERS.search(line.sentence, line.words.low, met.end())
        services |= {one.what for one in line.named if with_it and one.start >= with_it.end()}
        for code, service in product({one.code for one in group}, sorted(services)):
            if any(
                (one.service, one.jurisdiction, one.mark) == (service, code, "") for one in same
            ):
                continue
            yield msgspec.structs.replace(
                last,
                service=service,
                jurisdiction=code,
                date=edtf,
                actor="",
                reasons=(),
                sentence=line.text,
                place=line.place,
                stated=False,
                mark="",
                confidence=0.7,
            )

    def _nowhere(self, place: int) -> list[Proposal]:
        """What a sentence tells of countries that it does not name: "Several have banned A"."""
        if place < 0:
            return []
        line = self._lines[place]
        done = [action for action, _, _ in line.acts if action in ACCESS]
        if not done or not _SOME_COUNTRIES.search(line.sentence, line.words.low):
            return []
        return [
            Proposal(
                service=what,
                jurisdiction="",
                action=done[0],
                date="",
                sentence=line.text,
                place=place,
                confidence=0.7,
            )
            for what in line.last_named
        ]

    def _of(self, line: Sentence, law: Law) -> Iterable[Proposal]:
        """The statements of one sentence."""
        if not line.acts:
            return
        scene = Scene(
            text=line.text,
            sentence=line.sentence,
            words=line.words,
            acts=line.acts,
            clauses=clauses(line.sentence, line.words),
            named=line.named,
            where=line.where,
            told=self._when.told(line),
            law=law,
            place=line.place,
            masked=masked(line.sentence, line.named),
            low=line.words.low,
        )
        for one in line.acts:
            yield from self._statement(scene, line, *one)

    def _statement(
        self, scene: Scene, line: Sentence, action: Action, start: int, end: int
    ) -> Iterable[Proposal]:
        """What one action of a sentence says, once for each service and place."""
        at, clause = (start, end), scene.clause(start)
        words, scope = scene.words, self._scope
        meant = self._registers.action(action, scene.sentence, at, words)
        if meant is None:
            return
        of_many = not scene.named and scope.speaks_of_many(scene, at)
        where = scene.places(clause, at)
        elsewhere = scope.is_elsewhere(where)
        many = scope.together(line.place, meant, elsewhere=elsewhere) if of_many else None
        if says_nothing(scene, meant, at, many):
            return
        how = mark(
            meant, scene.masked, clause, at, words=words, dated=lambda: scene.has_own_day(at)
        )
        if how is None:
            return
        noun = meant in _NOUNS and is_noun(scene, clause[0], at) and not scene.has_own_day(at)
        reasons = self._why(scene, line, meant)
        told_of = len(scene.acts) > 1 or not (reasons or scene.law.year)
        if noun and not how and told_of:
            return  # "the ban" of a sentence about something else that happened
        against = _AGAINST.search(scene.sentence, scene.low, clause[0], at[0])
        told = None if against else self._day_of(scene, meant, at, clause, noun=noun)
        if told is None and not (noun or how or against or elsewhere):
            told = self._around(scene, clause)
        subjects, sure = scope.known_subjects(scene, at, clause, many)
        spoken = sure or scene.has(_ACCESS) or words.pronouns.search(scene.sentence)
        spoken = spoken or _THE_ORDER.search(scene.sentence, scene.low, start, end + 1)
        spoken = spoken or _FOR_THAT.search(scene.sentence, scene.low, *clause)
        if meant in _NAMED and not spoken:
            return
        codes = where or self._here(scene)
        actor = self._actor(scene, clause, at) if codes and subjects else ""
        turns = self._turns(scene, meant, at, clause, one=(codes, subjects, told), marked=bool(how))
        for here, services, day_of in turns:
            when = day_of.edtf if day_of else ""
            marked = "" if how == "past" and when else how  # with its day it is a fact by itself
            marked = marked or self._doubt(scene, meant, at, clause)
            phases = [(meant, when)]
            if day_of and day_of.until and meant in ACCESS and not marked:
                phases.append((Action.RESTORED, day_of.until))
            for code, service, (done, edtf) in product(here, services, phases):
                yield Proposal(
                    service=service,
                    jurisdiction=code,
                    action=done,
                    date=edtf,
                    actor=actor,
                    reasons=reasons,
                    rule=scene.law.rule,
                    law=scene.law.text,
                    law_year=scene.law.year,
                    sentence=scene.text,
                    place=line.place,
                    stated=day_of is not None and day_of.stated,
                    mark=marked,
                    loose=bool(_LOOSE.match(scene.sentence, start)),
                    confidence=confidence(
                        named=sure, placed=bool(where), told=day_of, noun=noun, marked=bool(marked)
                    ),
                )
        imposed = scene.imposed(at) if meant in _LIFTS else []
        yield from _imposed(scene, imposed, codes, subjects, sure=sure and bool(where))

    def _here(self, scene: Scene) -> tuple[str, ...]:
        """The jurisdiction of what is told without one; none, where it is that of several countries
        which are not named."""
        nowhere = _SOME_COUNTRIES.search(scene.sentence, scene.low)
        code = "" if nowhere else self._scope.here(scene)
        code = code or scene.people
        return (code,) if code else ()

    def _around(self, scene: Scene, clause: tuple[int, int]) -> Told | None:
        """The day of what stands around a sentence, for what it tells of no other time."""
        later = _HOURS.search(scene.sentence, scene.low, *clause)
        if not scene.told:
            later = later or _LASTS.search(scene.sentence, scene.low, *clause)
        return None if later or scene.is_behind(clause) else self._when.around(scene.place)

    def _turns(
        self,
        scene: Scene,
        action: Action,
        at: tuple[int, int],
        clause: tuple[int, int],
        *,
        one: _Turn,
        marked: bool,
    ) -> list[_Turn]:
        """Places, services and their day, where an action tells of more than `one` of them."""
        codes, subjects, told = one
        if placed := turns_of.each_with_place(scene, at):
            return [((code,), subjects, day_of) for code, day_of in placed]
        more = turns_of.left_out(scene, at) if action in _DONE and not marked else []
        dated = turns_of.each_with_day(scene, clause)
        if dated and not any(code for code, _, _ in more):
            return [(codes, services, day_of) for services, day_of in dated]
        if any(day_of is told for _, _, day_of in more):
            told = None
        gone = {what for _, services, _ in more for what in services}
        own = tuple(what for what in subjects if what not in gone) or subjects
        others = (((code,) if code else codes, what, day_of) for code, what, day_of in more)
        return [(codes, own, told), *others]

    def _day_of(
        self,
        scene: Scene,
        action: Action,
        at: tuple[int, int],
        clause: tuple[int, int],
        *,
        noun: bool,
    ) -> Told | None:
        """The day that a sentence tells of an action; what still is so began before it."""
        lifts = action in _LIFTS
        told = None if noun else scene.day(clause, at, scene.words, lifts=lifts)
        exact = told and (len(told.edtf) == _FULL or told.anchored)
        if told and exact and action in ACCESS and told.end <= at[0]:
            lasts = _STILL.search(scene.sentence, scene.low, max(0, at[0] - _JUST), at[1])
            since = _SINCE.search(scene.sentence[max(0, told.start - 6) : told.start + 6])
            told = None if lasts and not since else told
        if action in _ORDERS:
            return self._when.of_its_paper(scene, clause, at, told)
        if action == Action.REVOKED and told is None:  # "the ruling of 26 December, which found"
            papers = [
                one for one in self._when.papers(self._lines[scene.place]) if one.end <= at[0]
            ]
            return papers[-1] if papers else None
        return told

    def _actor(self, scene: Scene, clause: tuple[int, int], at: tuple[int, int]) -> str:
        """Who acts; "the regulator" is the body that was named last."""
        if self._bodies is None or self._bodies[0] is not scene:
            self._bodies = scene, agents.agents(scene)
        found = agents.acting(self._bodies[1], scene, clause, at)
        if found is None:
            return ""
        if found.known:
            self._body = found.name
        elif self._body and agents.stands_for(found, scene.where):
            return self._body
        return found.name

    def _why(self, scene: Scene, line: Sentence, action: Action) -> tuple[str, ...]:
        """The reasons that the sentence gives, or those after it, up to one that tells of something
        else that was done; "for the same reason" are the last ones that were given."""
        if action not in RESTRICTS:
            return ()
        if found := line.reasons or scene.law.reasons:
            self._reasons = found
            return found
        if _SAME_REASON.search(line.sentence, line.words.low):
            return self._reasons
        for after in self._lines[line.place + 1 : line.place + 1 + _EXPLAINED]:
            if any(done not in SOFT for done, _, _ in after.acts):
                break
            if found := after.reasons:
                self._reasons = found
                return found
        return ()

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
        begun = begun or scene.sentence[at[1] : at[1] + 1] == "了"
        begun = begun or scene.sentence[at[0] - 1 : at[0] + 1][-2:].strip("〇")[:1] in {"被", "遭"}
        begun = begun or (action == Action.RESTORED and bool(_CAME_BACK.search(verb)))
        only = ordered_only(action, at, clause, scene.acts, carried_out=begun)
        return "planned" if only else ""

    def _by_law(self, found: list[Proposal], sentence: str, law: Law) -> Iterable[Proposal]:
        """A sentence about the law alone gives the main event another ground."""
        for one in found:
            about = one.service in self._scope.focus and one.jurisdiction == self._scope.main
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


def _imposed(
    scene: Scene,
    days: list[Told],
    codes: tuple[str, ...],
    services: tuple[str, ...],
    *,
    sure: bool,
) -> Iterable[Proposal]:
    """The restriction of which a lift tells when it began: "lifted the ban that was imposed in
    May"."""
    for told, code, service in product(days, codes, services):
        yield Proposal(
            service=service,
            jurisdiction=code,
            action=Action.BLOCKED,
            date=told.edtf,
            sentence=scene.text,
            place=scene.place,
            confidence=confidence(named=sure, placed=sure, told=told, noun=True, marked=False),
        )
