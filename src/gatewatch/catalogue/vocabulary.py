"""The words by which news in a language tell of restrictions: data, compiled once."""

import re
import tomllib
from collections.abc import Collection
from functools import cached_property, lru_cache
from importlib.resources import files
from pathlib import Path
from typing import Literal

import msgspec

from gatewatch.catalogue import jurisdictions
from gatewatch.catalogue.finder import WORD, Finders, Scanner, begun, needed, small, union
from gatewatch.errors import CatalogueError
from gatewatch.model.states import Action

LANGUAGES = ("en", "ru", "zh")
Pattern = re.Pattern[str]
_REMEMBERED = 5_000
"""Names of places as they were written whose codes are kept."""
_DIGIT = re.compile(r"\d")
_NEVER = re.compile("\U0010ffff")
"""No text holds what is no letter; looking for it takes no time, as most texts have no letters so
far out that it might stand there."""


class _Acting(msgspec.Struct, frozen=True, forbid_unknown_fields=True):
    """`beside`: its words are said of much else, and count only right after their subject, or with
    a service as their object."""

    action: Action
    patterns: list[str]
    beside: Literal["", "subject", "object"] = ""


class _Stated(msgspec.Struct, frozen=True, forbid_unknown_fields=True):
    reason: str
    patterns: list[str]


class _Law(msgspec.Struct, frozen=True, forbid_unknown_fields=True):
    required: list[str]
    year: str


class Apart(msgspec.Struct, frozen=True, forbid_unknown_fields=True):
    """Days told by how far they lie from another: "two days after". Groups: c (how many), w (weeks
    and not days), m (months), y (years), o (the word that joins with what follows, b if that is
    "before"), l or p (later), e (earlier), g (before publication)."""

    pattern: str = ""
    within: list[str] = []
    """Letters one of which stands in whatever it matches."""
    counts: dict[str, int] = {}
    ago: bool = False
    """Whether "earlier" counts from publication as well."""


class Dates(msgspec.Struct, frozen=True, forbid_unknown_fields=True):
    """How days are written. `months` and `weekdays` in their order; groups are d, m (a month's
    name), n (its number), y, w (a weekday), q (which week). `relative` gives offsets such as -1d or
    0w."""

    months: list[str]
    weekdays: list[str]
    day_month: str
    month_day: str
    month_year: str
    month: str
    year: str
    weekday: str
    numbered: str
    relative: dict[str, str]
    anchored: dict[str, int]
    """Days from the one that the text told last, such as `the next day`."""
    years: dict[str, int] = {}
    """Words beside a month that say which year, from that of publication."""
    carried: dict[str, int] = {}
    """The same, from that of the day told before."""

    apart: Apart = Apart()

    @property
    def offsets(self) -> Collection[str]:
        """Those of `relative`."""
        return self.relative.values()


DIGITS = tuple("0123456789")
CENTURIES = ("19", "20")
HAN_DAYS = ("年", "月", "日", "号", "周", "星期", "礼拜")
"""One of which each day in Chinese holds."""
HAN_UNITS = dict.fromkeys(("day_month", "month_year", "month"), ("月",)) | {
    "numbered": ("日", "号"),
    "weekday": ("周", "星期", "礼拜"),
    "year": ("年",),
}
"""By the kind of a day."""


class _Body(msgspec.Struct, frozen=True, forbid_unknown_fields=True):
    name: str
    place: str
    patterns: list[str]
    weak: bool = False


class Body(msgspec.Struct, frozen=True):
    """A body that acts, and the jurisdiction that it acts for. `weak`: other places have one of
    that name."""

    name: str
    place: str
    weak: bool = False


class _File(msgspec.Struct, frozen=True, forbid_unknown_fields=True):
    """One language. Lists are alternatives. Those that end in `$` are matched before an action,
    those that begin with `^` after one."""

    pronouns: list[str]
    objects: list[str]
    several: list[str]
    clause: list[str]
    negated: list[str]
    failed: list[str]
    hedged: list[str]
    planned: list[str]
    long_after: list[str]
    """Before a restriction: something else happened years after it, and is the news."""
    past: list[str]
    denied: list[str]
    outage: list[str]
    people: str
    """After the name of a place: its people, which places an event but weakly."""
    owned: str
    """After the name of a place: whose a service is, which says nothing of where."""
    elsewhere: list[str]
    """Before the name of a place: it is only compared with."""
    imposed: list[str]
    """Before a day: it is that of a restriction and not of its end."""
    deadline: list[str]
    deadline_after: list[str]
    only_then: list[str]
    """After a day that would be a term: only then did it happen."""
    grounds: list[str]
    """A reason within a clause; a negation in it is not one of the action."""
    purpose: list[str]
    negated_after: list[str]
    inside: list[str]
    modal: str
    devices: str
    noun: str
    noun_after: list[str]
    maybe_noun: str
    """Words that are verbs, but for after those of `noun_after`."""
    others: list[str]
    others_before: list[str]
    """Before an action: it happens to something else than a service."""
    collective: list[str]
    """Words for many services together, which a sentence beside names."""
    operators: list[str]
    """Before an action: those who carry out orders, and not a service."""
    agents: list[str]
    """Words for who acts: courts, ministries, regulators."""
    agents_before: list[str]
    """Before one of them: what else belongs to its name."""
    conditional: list[str]
    """Before an action, in the same clause or an earlier one: it happens on a condition."""
    cause: list[str]
    """A clause that begins so tells why, and its day is not that of the action."""
    compared: list[str]
    cited: list[str]
    """After the name of a paper or an agency: it tells, and nothing happens to it."""
    owner: str
    same_law: list[str]
    infinitive: str
    finite: str
    gerund: str
    ongoing: str
    opposite: list[str]
    """After an action: its object is a restriction itself."""
    attributive: list[str]
    """After an action: it only describes the thing that follows."""
    things: list[str]
    """After the name of a service: what is in it, and not itself."""
    unblocks: list[str]
    """After an order: it is one to lift."""
    there: list[str]
    """The country that was last spoken of."""
    stated: list[str]
    """Before a day: it is that of a statement."""
    tells_after: list[str]
    """After a day, likewise."""
    protesters: list[str]
    """Before a demand: those who make it are no authority."""
    planned_after: list[str]
    outlets: list[str]
    """Names of papers, agencies and schools that hold the name of a place."""
    dateline: list[str]
    prohibited: list[str]
    duty: list[str]
    register: list[str]
    action: list[_Acting]
    reason: list[_Stated]
    law: _Law
    body: list[_Body]
    places: dict[str, list[str]]
    """Patterns of places beside the names that all know."""
    dates: Dates


class _PlaceNames(msgspec.Struct, frozen=True, forbid_unknown_fields=True):
    en: list[str]
    ru: list[str]
    zh: list[str]


class Vocabulary:
    """One language's words, as patterns that mind no case."""

    def __init__(self, language: str, found: _File, named: dict[str, _PlaceNames]) -> None:
        self.language = language
        self.dates = found.dates
        self.actions = Finders(((one.action, one.beside), one.patterns) for one in found.action)
        """In the order in which one goes before another."""
        self.reasons = Finders((one.reason, one.patterns) for one in found.reason)
        self.bodies = Finders(
            (Body(one.name, one.place, one.weak), one.patterns) for one in found.body
        )
        single = {name: _listed(getattr(found, name)) for name in _PATTERNS}
        single |= {"law": found.law.required, "law_year": [found.law.year]}
        self._single = single
        self.opens: dict[str, list[str]] = {}
        """By the letters that they may begin with, the patterns that need not be tried without."""
        gated = {name: gate for name, texts in single.items() if (gate := _gate(texts))}
        gated["places"] = _letters(language, named, found.places)
        for name, gate in gated.items():
            for run in gate:
                self.opens.setdefault(run, []).append(name)
        self.scanner = Scanner(
            [
                *self.actions.letters,
                *self.reasons.letters,
                *self.bodies.letters,
                *laws().letters,
                *(one for gate in gated.values() for one in gate.items()),
                *_days(found.dates),
            ]
        )
        self._codes = {
            name.rstrip("="): code
            for code, names in named.items()
            for name in getattr(names, language)
        }
        self._placed: dict[str, str] = {}
        self._more = [(code, _any(patterns)) for code, patterns in found.places.items()]
        self._named = named, found.places
        self._heard = type("Heard", (Heard,), self.__dict__ | dict.fromkeys(gated, _NEVER))
        """All that a sentence without any letters that matter hears: what one hears besides is its
        own."""

    def place_of(self, text: str) -> str:
        """The code of a place by its name in a text; for Russian by the longest stem."""
        if (known := self._placed.get(text)) is None:
            if len(self._placed) >= _REMEMBERED:
                self._placed.clear()
            known = self._placed[text] = self._place_of(text)
        return known

    def _place_of(self, text: str) -> str:
        for code, pattern in self._more:
            if pattern.fullmatch(text):
                return code
        codes, low = self._codes, text[:1].lower() + text[1:]
        for end in range(len(text), 0, -1):
            if known := codes.get(text[:end]) or codes.get(low[:end]):
                return known
        return ""

    def is_adjective(self, text: str, after: str) -> bool:
        """Whether a name of a place stands before a noun as whose or which it is."""
        if self.language == "en":
            if after.startswith("'s"):
                return True
            own = text.casefold() in jurisdictions.codes_by_name()  # "Pakistan", "Jordan"
            return not own and bool(_ENGLISH_ADJECTIVE.search(text))
        if self.language == "ru":
            return bool(_RUSSIAN_ADJECTIVE.search(text))
        return True

    def __getattr__(self, name: str) -> Pattern:
        """A list of patterns by its key: negated, hedged, planned, ... Compiled when first asked
        for."""
        if name == "places":
            found = _places(self.language, *self._named)
        elif name in KEYS:
            found = _any(self._single[name])
        else:
            raise AttributeError(name)
        self.__dict__[name] = found
        return found

    def heard(self, sentence: str) -> "Heard":
        """The words as far as they can matter in a sentence."""
        made: Heard = self._heard(self, sentence)
        return made


class Heard(Vocabulary):
    """The words for one sentence and every part of it. A pattern whose letters do not stand there
    is one that never matches: most would be tried in vain, which takes longer than all other
    work."""

    def __init__(self, words: Vocabulary, sentence: str) -> None:
        self.low = small(sentence)
        self.spelled = set(WORD.findall(self.low))
        """The words that stand in it."""
        self.standing = words.scanner.seen(self.low, self.spelled)
        known, opens, own = words.__dict__, words.opens, self.__dict__
        letters = self.standing & opens.keys()
        for name in set().union(*map(opens.__getitem__, letters)):
            own[name] = known.get(name) or getattr(words, name)
        self._words = words
        self._sentence = sentence

    def __getattr__(self, name: str) -> Pattern:
        """Of a list of patterns that no letters open, the same for every sentence."""
        if name not in KEYS:
            raise AttributeError(name)
        found: Pattern = getattr(self._words, name)
        setattr(type(self), name, found)
        return found

    @cached_property
    def headed(self) -> list[tuple[int, int]]:
        """Where the sentence's dateline stands: one or none."""
        met = self.dateline.match(self._sentence)
        if met and met[0].rstrip().endswith(":") and not _DIGIT.search(met[0]):
            return []  # "Sri Lanka: ..." says where
        return [met.span()] if met else []

    def heard(self, sentence: str) -> "Heard":
        return self if sentence == self._sentence else self._words.heard(sentence)


_PATTERNS = tuple(name for name, kind in _File.__annotations__.items() if kind in {str, list[str]})
"""The keys of a file that are patterns by themselves."""
KEYS = frozenset({*_PATTERNS, "law", "law_year", "places"})
_ENGLISH_ADJECTIVE = re.compile(
    r"(?:[^r]an|[aeo]n[ei]se|ese|ish|[^e]ch|[ai]ni|[bq]i|[lz]i|ian|azakh|Uzbek|Tajik|Turkmen|Kyrgyz"
    r"|Thai|Greek|Czech|Swiss|Iraqi|Afghan)$"
)
_RUSSIAN_ADJECTIVE = re.compile(
    r"(?:ск|цк)(?:ий|ая|ое|ие|ого|ой|ую|ому|им|их|ими|ом)$",  # noqa: RUF001
    re.IGNORECASE,
)


def _letters(
    language: str, named: dict[str, _PlaceNames], more: dict[str, list[str]]
) -> dict[str, bool]:
    """Letters one of which stands where a place is named: the longest word of each name, or the
    first two signs in Chinese."""
    found = _gate([pattern for patterns in more.values() for pattern in patterns])
    for name in (
        small(name.rstrip("=")) for of in named.values() for name in getattr(of, language)
    ):
        if language == "zh":
            found[name[:2]] = False
        else:
            word = max(WORD.findall(name), key=len)
            found[word if len(word) > 1 else name] = True
    return found


def _places(language: str, named: dict[str, _PlaceNames], more: dict[str, list[str]]) -> Pattern:
    """Every name of a place as one pattern, the longest first. Case counts: `Turkey` is one. What
    is found by what stands beside it is a group named by its code: by itself it is no name."""
    words: dict[str, str] = {}
    for name in (name for one in named.values() for name in getattr(one, language)):
        bare, follows = name.rstrip("="), _FOLLOWS[language]
        if language == "en" and _ENGLISH_ADJECTIVE.search(bare):
            follows = f"s?{follows}"
        if language == "ru":
            follows = r"\b" if name.endswith("=") else r"\w{0,6}\b"
        words[bare] = follows
        if language == "ru" and bare[0].islower():  # an adjective, which may begin a sentence
            words[bare[0].upper() + bare[1:]] = follows
    beside = [f"(?P<{code}>{'|'.join(patterns)})" for code, patterns in more.items()]
    first = "".join(sorted({re.escape(word[0]) for word in words}))
    tree = f"(?=[{first}]){union(words, _GUARDS[language])}"
    return re.compile("|".join([*beside, tree]))


_FOLLOWS = {"en": r"(?![\w@])", "ru": "", "zh": ""}
_GUARDS = {"en": r"(?<![\w@/.-].)", "ru": r"(?<!\w.)", "zh": ""}


def _listed(value: str | list[str]) -> list[str]:
    return value if isinstance(value, list) else [value]


def _gate(texts: list[str]) -> dict[str, bool]:
    """Letters one of which stands where any of some patterns matches; none if that is not known."""
    found = [needed(text) for text in texts]
    return {run: bound for one in found for run, bound in one.items()} if all(found) else {}


def _days(dates: Dates) -> list[tuple[str, bool]]:
    """What shows that a day may be told."""
    words = [one for text in dates.relative for one in (needed(text).items() or begun(text))]
    words += [one for text in dates.anchored for one in begun(text)]
    units = (*DIGITS, *CENTURIES, *(() if dates.months else HAN_DAYS))
    names = (*dates.months, *dates.weekdays) if dates.months else ()
    return [
        *words,
        *((one, False) for one in units),
        *((run, True) for text in names for run, _ in begun(text)),
    ]


def _any(patterns: list[str]) -> Pattern:
    return re.compile("|".join(f"(?:{one})" for one in patterns) or r"(?!)", re.IGNORECASE)


@lru_cache(maxsize=4)
def load(language: str) -> Vocabulary:
    """The words of en, ru or zh."""
    found = read(folder() / f"{language}.toml", checked=True)
    return Vocabulary(language, found, _named())


@lru_cache(maxsize=1)
def codes() -> dict[str, str]:
    """Codes of places by their English names."""
    return {name.rstrip("="): code for code, names in _named().items() for name in names.en}


@lru_cache(maxsize=1)
def _named() -> dict[str, _PlaceNames]:
    text = (folder() / "places.toml").read_text(encoding="utf-8")
    found = msgspec.convert(tomllib.loads(text), dict[str, _PlaceNames])
    return {code: _with_people(one) for code, one in found.items()}


def _with_people(found: _PlaceNames) -> _PlaceNames:
    """With the people of a place, whom Russian names as the adjective does: "кенийцы"."""
    people = [f"{name[:-2]}ц" for name in found.ru if name[0].islower() and name.endswith("ск")]
    return msgspec.structs.replace(found, ru=[*found.ru, *people])


@lru_cache(maxsize=1)
def laws() -> Finders[str]:
    """What names an instrument beyond doubt, by the instrument's id."""
    found = tomllib.loads((folder() / "laws.toml").read_text(encoding="utf-8"))
    flat: dict[str, list[str]] = {}
    _flatten("", found, flat)
    return Finders(flat.items())


def _flatten(prefix: str, found: dict[str, object], flat: dict[str, list[str]]) -> None:
    """A dotted key of TOML is nested; ids have dots."""
    for key, value in found.items():
        if isinstance(value, dict):
            _flatten(f"{prefix}{key}.", value, flat)
        else:
            flat[f"{prefix}{key}"] = list(value)  # type: ignore[call-overload]


def read(path: Path, *, checked: bool = False) -> _File:
    """A file of words, every key and pattern checked; of one that is `checked` no pattern is."""
    try:
        found = msgspec.convert(tomllib.loads(path.read_text(encoding="utf-8")), _File)
        if not checked:
            for patterns in (
                *(one.patterns for one in found.action),
                *(one.patterns for one in found.reason),
                *(one.patterns for one in found.body),
                *(_listed(getattr(found, name)) for name in _PATTERNS),
            ):
                _any(patterns)
    except (OSError, tomllib.TOMLDecodeError, msgspec.ValidationError, re.error) as fault:
        raise CatalogueError(f"{path}: {fault}") from None
    return found


def folder() -> Path:
    """Where the words lie."""
    return Path(str(files("gatewatch.catalogue") / "reading"))
