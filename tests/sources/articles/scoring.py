"""Texts with what they say, and how much of it was read."""

import tomllib
from collections.abc import Iterable, Iterator
from datetime import date
from pathlib import Path

import msgspec

from gatewatch.catalogue import facts
from gatewatch.model import day
from gatewatch.sources.articles.proposal import SOFT, Proposal
from gatewatch.sources.articles.propose import read
from gatewatch.sources.articles.text import article

TEXTS = Path(__file__).parent / "texts"
KINDS = (
    "development",
    "held-out",
    "unseen",
    "later",
    "fresh",
    "last",
    "newest",
    "next",
    "after",
    "third",
    "fourth",
    "fifth",
    "sixth",
    "seventh",
    "eighth",
    "ninth",
    "tenth",
    "eleventh",
    "twelfth",
    "thirteenth",
    "fourteenth",
    "fifteenth",
    "sixteenth",
    "seventeenth",
    "eighteenth",
    "nineteenth",
    "twentieth",
    "twenty-first",
)
FIRST_SEEN = (
    "unseen",
    "later",
    "fresh",
    "fourth",
    "fifth",
    "eighth",
    "twelfth",
    "fifteenth",
    "seventeenth",
    "twentieth",
    "twenty-first",
)
"""Written before their author had read a pattern."""
ALIKE = [
    {"listed", "blocked", "ordered"},
    {"restored", "delisted", "revoked"},
    {"demanded", "notified", "ordered"},
]
"""Words that two careful readers use for one event."""


class Text(msgspec.Struct, frozen=True, forbid_unknown_fields=True):
    """One text. `expect`: service, jurisdiction, action, day, where `-` or nothing stands for a day
    that is not told, and `~` begins what may be left out; then, each after a `;`, the body that
    acts in the text's words and the reason, where they were labelled. `optional`: it may say
    more."""

    name: str
    published: str
    text: str
    expect: list[str]
    optional: bool = False


class Fact(msgspec.Struct, frozen=True):
    """What a text says."""

    service: str
    jurisdiction: str
    action: str
    day: str
    required: bool
    body: str = ""
    reason: str = ""

    def fits(self, one: Proposal) -> bool:
        """Whether a proposal tells of this, with no day that speaks against it."""
        alike = str(one.action) == self.action or any(
            {str(one.action), self.action} <= group for group in ALIKE
        )
        where = (one.service, one.jurisdiction) == (self.service, self.jurisdiction)
        return where and alike and day.parse(one.date).agrees(day.parse(self.day))


class Score(msgspec.Struct, frozen=True):
    """Counts over texts: proposals that are right and wrong, facts that were found and missed,
    facts with a day and those whose day was found, and so for labelled bodies and reasons."""

    right: int = 0
    wrong: int = 0
    found: int = 0
    missed: int = 0
    dated: int = 0
    days: int = 0
    embodied: int = 0
    bodies: int = 0
    reasoned: int = 0
    reasons: int = 0

    @property
    def precision(self) -> float:
        return self.right / max(1, self.right + self.wrong)

    @property
    def recall(self) -> float:
        return self.found / max(1, self.found + self.missed)

    @property
    def right_day(self) -> float:
        return self.days / max(1, self.dated)

    @property
    def right_body(self) -> float:
        return self.bodies / max(1, self.embodied)

    @property
    def right_reason(self) -> float:
        return self.reasons / max(1, self.reasoned)

    def plus(self, other: "Score") -> "Score":
        fields = zip(msgspec.structs.astuple(self), msgspec.structs.astuple(other), strict=True)
        return Score(*(a + b for a, b in fields))


def texts(kind: str, language: str = "") -> Iterator[Text]:
    """Texts of one of KINDS."""
    for file in sorted(TEXTS.glob(f"{language or '*'}-{kind}.toml")):
        found = tomllib.loads(file.read_text(encoding="utf-8"))
        yield from msgspec.convert(found["text"], list[Text])


def said(text: Text) -> list[Fact]:
    """The facts of a text; soft ones are never required of a reading without them."""
    made = []
    for line in text.expect:
        told, body, reason = (part.strip() for part in f"{line.lstrip('~')};;".split(";")[:3])
        service, place, action, when = f"{told} ".split(" ", 3)
        required = not line.startswith("~") and action not in {str(one) for one in SOFT}
        made.append(Fact(service, place, action, when.strip().strip("-"), required, body, reason))
    return made


def proposed(text: Text, *, soft: bool = False) -> tuple[Proposal, ...]:
    """What is proposed of a text."""
    found = article(text.text.encode())
    services = facts.load().services
    return read(found, services, date.fromisoformat(text.published), soft=soft).proposed


def one(text: Text, *, show: bool = False) -> Score:
    """The score of one text."""
    given, wanted = proposed(text), said(text)
    wrong = [p for p in given if not any(fact.fits(p) for fact in wanted)]
    required = [fact for fact in wanted if fact.required]
    missed = [fact for fact in required if not any(fact.fits(p) for p in given)]
    dated = [fact for fact in required if fact.day]
    days = [fact for fact in dated if any(p.date and fact.fits(p) for p in given)]
    embodied = [fact for fact in required if fact.body]
    bodies = [f for f in embodied if any(_names(p.actor, f.body) for p in given if f.fits(p))]
    reasoned = [fact for fact in required if fact.reason]
    reasons = [f for f in reasoned if any(f.reason in p.reasons for p in given if f.fits(p))]
    if show and (wrong or missed):
        print(
            text.name,
            *(f"\n  wrong  {_line(p)}" for p in wrong),
            *(f"\n  missed {m}" for m in missed),
        )
    false = 0 if text.optional else len(wrong)
    return Score(
        len(given) - len(wrong),
        false,
        len(required) - len(missed),
        len(missed),
        len(dated),
        len(days),
        len(embodied),
        len(bodies),
        len(reasoned),
        len(reasons),
    )


def _names(actor: str, body: str) -> bool:
    """Whether what was read as the body is the one that the text names."""
    known = {one.name for one in facts.load().authorities_in(body)}
    here, there = actor.casefold(), body.casefold()
    return bool(actor) and (actor in known or here in there or there in here)


def _line(one: Proposal) -> str:
    return f"{one.service} {one.jurisdiction} {one.action} {one.date}: {one.sentence[:80]}"


def score(chosen: Iterable[Text], *, show: bool = False) -> Score:
    """The score of texts together."""
    total = Score()
    for text in chosen:
        total = total.plus(one(text, show=show))
    return total


def calibration(chosen: Iterable[Text], least: float) -> tuple[int, int]:
    """Of proposals said at a confidence and above: how many are right, and how many there are."""
    right = count = 0
    for text in chosen:
        wanted = said(text)
        for given in proposed(text):
            if given.confidence >= least and not text.optional:
                count += 1
                right += any(fact.fits(given) for fact in wanted)
    return right, count


if __name__ == "__main__":
    import sys

    for kind in sys.argv[1:] or KINDS:
        for language in ("en", "ru", "zh", ""):
            of = score(texts(kind, language), show=not language)
            print(
                f"{kind:<12} {language or 'all':<4} precision {of.precision:.2f} "
                f"recall {of.recall:.2f} right day {of.right_day:.2f} {of}"
            )
