"""When: the days that the sentences of an article tell, counted from its publication, from its
dateline and from what was told before."""

import re
from datetime import date, timedelta

import msgspec

from gatewatch.catalogue.vocabulary import Vocabulary
from gatewatch.model import day
from gatewatch.sources.articles import dates
from gatewatch.sources.articles.dates import Told
from gatewatch.sources.articles.lines import Sentence, Sentences
from gatewatch.sources.articles.scene import Scene

_LEAD = 2
_BEGINNING = 6
_NEWS = timedelta(days=7)
"""A paper tells of an act within this time; measured on our own texts, all but two within four
days."""
_FULL = len("2017-05-04")
_YEAR = len("2017")
_BEFORE_THAT = re.compile(
    r"\W*(?:此前|之前|早前|先前|earlier|previously|ранее|до этого|прежде)", re.IGNORECASE
)
"""What a sentence begins with that tells what had been before: "that day" is none of its days."""
_ASIDE = re.compile(
    r"(?:\b(?:since|from|before|until|with effect from)\W+|\b(?:who|which|that)\b[^,;]{1,40})$"
    r"|(?<!\w)(?:с|со|до)\W+|\b(?:котор\w+|чего|чем|что)\b[^,;]{1,40}$|[自从][^，。；]{0,3}$",
    re.IGNORECASE,
)
"""Before a year that only says how old something else is: "the junta, which took power in 2021"."""
_IT_HAPPENED = re.compile(
    r"(?:это|случилось это)\W+(?:произошло|случилось|стало известно)\b"
    r"|(?:it|this)\W+(?:happened|took place|came)\b|此事?发生",
    re.IGNORECASE,
)
"""A sentence that begins so tells the day of the one beside it."""
_OURS = re.compile(r"\b(?:we|I|our)\b|\b(?:мы|наш\w*)\b|我们|本公司")
"""Who speaks tells of what they did themselves."""
_YEAR_ALONE = re.compile(r"\W*((?:19|20)\d\d)(?:\s*(?:год|г\.?|年))?\W*")
"""The head of what happened in a year."""


class ToldDays:
    """Remembers the day that was told last, and the year under whose head a sentence stands."""

    def __init__(self, lines: Sentences, words: Vocabulary, published: date | None) -> None:
        self._lines = lines.every
        self._begun = set(lines.begun)
        self._line: tuple[str, range] | None = None
        self._heads = {
            at: head[1]
            for at in lines.alone
            if (head := _YEAR_ALONE.fullmatch(self._lines[at].sentence))
        }
        self._plain: dict[str, list[Told]] = {}
        self.published = self._dated(words, published)
        """The day that the text is of."""
        self._framed = self._heads_with_day()
        self._year = ""
        self._day = ""
        self._day_at = -1
        self._news = ""
        """The last day that was told and is one of the news: a paragraph that begins with "a day
        later" counts from it."""
        self._days: dict[tuple[int, str, str], tuple[list[Told], list[Told]]] = {}
        self._history = self._tells_of_old()

    def _dated(self, words: Vocabulary, published: date | None) -> date | None:
        """The day that the text is of: its dateline's, if that is a little before publication."""
        for line in self._lines[:_BEGINNING]:
            told = dates.dateline(line.sentence, words, published)
            known = day.parse(told).exact if told else None
            if known and (published is None or timedelta() <= published - known <= _NEWS):
                self._line = told, range(line.place, line.place + _LEAD)
                return known
        return published

    def _heads_with_day(self) -> dict[int, Told]:
        """The day that a paragraph begins with by itself, for each sentence of it: "4.1. 9 August
        2020. Users could not open ..."."""
        found: dict[int, Told] = {}
        head: Told | None = None
        for line in self._lines:
            if line.place in self._begun:
                head = None
            told = self.plain(line) if head is None and not line.acts else []
            if len(told) == 1 and not _is_more(line.sentence, told[0]):
                head = told[0]
            elif head:
                found[line.place] = head
        return found

    def _tells_of_old(self) -> bool:
        """Whether the text tells of several days with their years and of none that is recent."""
        full = 0
        for line in self._lines:
            for one in self.plain(line):
                if self.is_fresh(one.edtf):
                    return False
                full += not one.bare and len(one.edtf) == _FULL
        return full > 1

    def plain(self, line: Sentence) -> list[Told]:
        """The days that a sentence tells by itself."""
        if (known := self._plain.get(line.sentence)) is None:
            known = dates.days(line.sentence, line.words, self.published)
            self._plain[line.sentence] = known
        return known

    def told(self, line: Sentence) -> list[Told]:
        """The days that a sentence tells after what went before."""
        return self._told(line)[0]

    def papers(self, line: Sentence) -> list[Told]:
        """Days of orders and letters."""
        return self._told(line)[1]

    def _told(self, line: Sentence) -> tuple[list[Told], list[Told]]:
        anchor = self._news if self._news and line.place in self._begun else self._day
        key = (line.place, anchor, self._year)
        if (known := self._days.get(key)) is None:
            every = dates.counted(
                self.plain(line),
                line.sentence,
                words=line.words,
                published=self.published,
                anchor=anchor,
                history=self._history,
                beside=self._day_at == line.place - 1 and line.place not in self._begun,
                year=self._year,
            )
            known = [one for one in every if not one.ordered], [one for one in every if one.ordered]
            self._days[key] = known
        return known

    def of_its_paper(
        self, scene: Scene, clause: tuple[int, int], at: tuple[int, int], told: Told | None
    ) -> Told | None:
        """The day of the order or the letter that a sentence tells of, or else the one after it.
        Another day of the sentence counts if it stands nearer to the order."""
        if told is not None:
            inside = clause[0] <= told.start < clause[1]
            until = at[0] if inside else clause[1]
            papers = self.papers(self._lines[scene.place])
            between = [one for one in papers if told.end <= one.start < until]
            return between[-1] if between else told
        near = self._lines[scene.place : scene.place + 2]
        return next((told for one in near for told in self.papers(one)), None)

    def around(self, place: int) -> Told | None:
        """The day of a sentence that tells none: of its dateline, for the news of an agency, or
        else of a sentence beside it."""
        if self._line and place in self._line[1]:
            return Told(0, 0, self._line[0], stated=True)
        if place in self._framed:
            return self._framed[place]
        return self._beside(place)

    def _beside(self, place: int) -> Told | None:
        """The day of the sentence right after, or else before, if that tells of no other action:
        "The service said so on 13 December"."""
        for beside in (place + 1, place - 1):
            if not 0 <= beside < len(self._lines):
                continue
            line = self._lines[beside]
            if line.acts and not _IT_HAPPENED.match(line.sentence):
                continue
            if line.words.hedged.search(line.sentence):
                continue
            told = self.told(line)
            if _OURS.search(line.sentence):
                told = [one for one in told if one.stated]
            told = list({one.edtf: one for one in told}.values())  # "on Wednesday, 11 February"
            told = [one for one in told if one.stated] if len(told) > 1 else told
            if len(told) == 1 and not told[0].anchored and self.is_fresh(told[0].edtf):
                return msgspec.structs.replace(told[0], stated=True)
        return None

    def is_fresh(self, edtf: str) -> bool:
        """Whether a day is one of the last before publication."""
        known = day.parse(edtf).exact
        return bool(known and self.published and self.published - known <= _NEWS)

    def open(self, place: int) -> None:
        """A line that is a year heads what happened in it."""
        self._year = self._heads.get(place, self._year)

    def remember(self, line: Sentence, *, tells: bool) -> None:
        """What the next sentences may count from. `tells`: the sentence tells of an action."""
        told = self.told(line)
        if told and (tells or not _BEFORE_THAT.match(line.sentence)):
            # "disclosed on Thursday that A had been cut on 10 October": what comes "a day later" or
            # "a day before" counts from the news.
            told = [one for one in told if not (tells is False and _is_aside(line, one))]
            fresh = [one for one in told if self.is_fresh(one.edtf)] if len(told) > 1 else told
            leads = tells or (line.place <= _LEAD and not line.named)
            if fresh and leads and self.is_fresh(fresh[-1].edtf) and fresh[-1].edtf >= self._news:
                self._news = fresh[-1].edtf
            if told:
                self._day, self._day_at = (fresh or told)[-1].edtf, line.place


def _is_more(sentence: str, told: Told) -> bool:
    """Whether a sentence tells more than a day."""
    rest = f"{sentence[: told.start]} {sentence[told.end :]}"
    return bool(re.search(r"[^\W\d_]{2,}", rest))


def _is_aside(line: Sentence, told: Told) -> bool:
    """Whether a year says of something else how old it is."""
    at = line.sentence.find(told.edtf, told.start)
    before = line.sentence[max(0, at - 48) : at]
    return len(told.edtf) == _YEAR and at > 0 and bool(_ASIDE.search(before))
