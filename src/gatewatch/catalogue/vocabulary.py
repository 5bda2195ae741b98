"""The words by which news in a language tell of restrictions: data, compiled once."""

import re
import tomllib
from functools import cached_property, lru_cache
from importlib.resources import files
from pathlib import Path

import msgspec

from gatewatch.errors import CatalogueError
from gatewatch.model.states import Action

LANGUAGES = ("en", "ru", "zh")
Pattern = re.Pattern[str]


class _Acting(msgspec.Struct, frozen=True, forbid_unknown_fields=True):
    action: Action
    patterns: list[str]


class _Stated(msgspec.Struct, frozen=True, forbid_unknown_fields=True):
    reason: str
    patterns: list[str]


class _Law(msgspec.Struct, frozen=True, forbid_unknown_fields=True):
    required: list[str]
    year: str


class Dates(msgspec.Struct, frozen=True, forbid_unknown_fields=True):
    """How days are written. `months` and `weekdays` in their order; groups are d, m (a month's name),
    n (its number), y, w (a weekday), q (which week). `relative` gives offsets such as -1d or 0w."""

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


class _File(msgspec.Struct, frozen=True, forbid_unknown_fields=True):
    pronouns: list[str]
    objects: list[str]
    several: list[str]
    clause: list[str]
    negated: list[str]
    failed: list[str]
    hedged: list[str]
    planned: list[str]
    past: list[str]
    denied: list[str]
    outage: list[str]
    people: str
    inside: list[str]
    noun: str
    others: list[str]
    compared: list[str]
    same_law: list[str]
    infinitive: str
    finite: str
    action: list[_Acting]
    reason: list[_Stated]
    law: _Law
    jurisdictions: dict[str, list[str]]
    actors: dict[str, list[str]]
    dates: Dates


class Vocabulary:
    """One language's words, as patterns that mind no case."""

    def __init__(self, language: str, found: _File) -> None:
        self.language = language
        self.dates = found.dates
        self._file = found
        self.actions = [(one.action, _any(one.patterns)) for one in found.action]
        """In the order in which one goes before another."""
        self.reasons = [(one.reason, _any(one.patterns)) for one in found.reason]
        self.jurisdictions = [(code, _any(words)) for code, words in found.jurisdictions.items()]
        self.actors = [(name, _any(words)) for name, words in found.actors.items()]

    def __getattr__(self, name: str) -> Pattern:
        """A list of patterns by its key: negated, hedged, planned, ..."""
        value = getattr(self._file, name)
        made = _any(value if isinstance(value, list) else [value])
        self.__dict__[name] = made
        return made

    @cached_property
    def law(self) -> Pattern:
        return _any(self._file.law.required)

    @cached_property
    def law_year(self) -> Pattern:
        return re.compile(self._file.law.year, re.IGNORECASE)


def _any(patterns: list[str]) -> Pattern:
    return re.compile("|".join(f"(?:{one})" for one in patterns) or r"(?!)", re.IGNORECASE)


@lru_cache(maxsize=4)
def load(language: str) -> Vocabulary:
    """The words of en, ru or zh."""
    return Vocabulary(language, read(_folder() / f"{language}.toml"))


@lru_cache(maxsize=1)
def laws() -> dict[str, Pattern]:
    """What names an instrument beyond doubt, by the instrument's id."""
    found = tomllib.loads((_folder() / "laws.toml").read_text(encoding="utf-8"))
    flat: dict[str, list[str]] = {}
    _flatten("", found, flat)
    return {name: _any(patterns) for name, patterns in flat.items()}


def _flatten(prefix: str, found: dict[str, object], flat: dict[str, list[str]]) -> None:
    """A dotted key of TOML is nested; ids have dots."""
    for key, value in found.items():
        if isinstance(value, dict):
            _flatten(f"{prefix}{key}.", value, flat)
        else:
            flat[f"{prefix}{key}"] = list(value)  # type: ignore[call-overload]


def read(path: Path) -> _File:
    """A file of words, every key and pattern checked."""
    try:
        found = msgspec.convert(tomllib.loads(path.read_text(encoding="utf-8")), _File)
        for patterns in (
            *(one.patterns for one in found.action),
            *(one.patterns for one in found.reason),
        ):
            _any(patterns)
    except (OSError, tomllib.TOMLDecodeError, msgspec.ValidationError, re.error) as fault:
        raise CatalogueError(f"{path}: {fault}") from None
    return found


def _folder() -> Path:
    return Path(str(files("gatewatch.catalogue") / "reading"))
