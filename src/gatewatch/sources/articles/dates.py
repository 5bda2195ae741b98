"""Days in running text, resolved against the day of publication.

General parsers were tried and guess too freely here (docs/decisions/0009): "this Thursday" became a
day to come, a Chinese day was read month and day the wrong way round.
"""

import re
from collections.abc import Iterator
from datetime import date, timedelta
from functools import lru_cache

import msgspec

from gatewatch.catalogue.vocabulary import Dates, Vocabulary

_AHEAD = timedelta(days=10)
_WEEK = timedelta(days=7)
_DAY = timedelta(days=1)
_NEXT = re.compile(r"next|coming|следующ|предстоящ|ближайш|下", re.IGNORECASE)
_LAST_WEEK = re.compile(r"上")
_OF_A_PAPER = re.compile(r"(?:\bот|\bdated)\s*$", re.IGNORECASE)
"""The day of an order or a law, and not of what the sentence tells."""
_THIS_WEEK = re.compile(r"本|这")


class Told(msgspec.Struct, frozen=True):
    """A day that a text tells: its place, and EDTF."""

    start: int
    end: int
    edtf: str


def days(text: str, words: Vocabulary, published: date | None) -> list[Told]:
    """Days in a text, those that say most first where they overlap, in the order of the text.
    Without a day of publication only those with a year are told."""
    taken: list[Told] = []
    for kind, pattern in _patterns(words.language, words.dates):
        for found in pattern.finditer(text):
            if any(found.start() < t.end and t.start < found.end() for t in taken):
                continue
            if _OF_A_PAPER.search(text[: found.start()]):
                continue
            if edtf := _resolved(kind, found, words.dates, published):
                taken.append(Told(found.start(), found.end(), edtf))
    return sorted(taken, key=lambda told: told.start)


_CACHE: dict[str, list[tuple[str, re.Pattern[str]]]] = {}


def _patterns(language: str, dates: Dates) -> list[tuple[str, re.Pattern[str]]]:
    if language not in _CACHE:
        _CACHE[language] = list(_compiled(dates))
    return _CACHE[language]


def _compiled(dates: Dates) -> Iterator[tuple[str, re.Pattern[str]]]:
    months = "|".join(dates.months)
    for kind in (
        "numbered",
        "day_month",
        "month_day",
        "month_year",
        "weekday",
        "relative",
        "month",
        "year",
    ):
        if kind == "relative":
            for text, offset in dates.relative.items():
                yield offset, re.compile(text, re.IGNORECASE)
        else:
            text = getattr(dates, kind).replace("{months}", months)
            yield kind, re.compile(text, re.IGNORECASE)


def _resolved(kind: str, found: re.Match[str], dates: Dates, published: date | None) -> str:
    parts = {k: v for k, v in found.groupdict().items() if v}
    try:
        if kind == "year":
            return parts["y"]
        if kind == "weekday":
            return _weekday(parts, dates, published)
        if kind in {"month", "month_year"}:
            return _month(parts, dates, published)
        if kind in {"day_month", "month_day", "numbered"}:
            return _day(parts, dates, published)
        return _relative(kind, published) if published else ""
    except (ValueError, KeyError, OverflowError):
        return ""


def _number(parts: dict[str, str], dates: Dates) -> int | None:
    if "n" in parts:
        return int(parts["n"])
    if "m" not in parts:
        return None
    return _name(parts["m"].lower(), tuple(dates.months))


@lru_cache(maxsize=512)
def _name(text: str, names: tuple[str, ...]) -> int | None:
    return next((n for n, name in enumerate(names, 1) if re.match(name, text, re.IGNORECASE)), None)


def _day(parts: dict[str, str], dates: Dates, published: date | None) -> str:
    month, number = _number(parts, dates), int(parts["d"])
    if "y" in parts and month:
        return date(int(parts["y"]), month, number).isoformat()
    if published is None:
        return ""
    if month is None:
        return _day_of_month(number, published)
    found = date(published.year, month, number)
    if found > published + _AHEAD:
        found = date(published.year - 1, month, number)
    return found.isoformat()


def _day_of_month(number: int, published: date) -> str:
    """The last day of that number."""
    day = published
    for _ in range(62):
        if day.day == number:
            return day.isoformat()
        day -= _DAY
    return ""


def _month(parts: dict[str, str], dates: Dates, published: date | None) -> str:
    month = _number(parts, dates) or _prefixed(parts.get("m", ""), dates)
    if not month or month > 12:
        return ""
    if "y" in parts:
        return f"{int(parts['y']):04}-{month:02}"
    if published is None:
        return ""
    year = published.year - (month > published.month)
    return f"{year:04}-{month:02}"


def _prefixed(text: str, dates: Dates) -> int | None:
    """A month in a case that only a few contexts use, by its first three letters."""
    return next((n for n, name in enumerate(dates.months, 1) if name[:3] == text.lower()[:3]), None)


def _weekday(parts: dict[str, str], dates: Dates, published: date | None) -> str:
    if published is None:
        return ""
    number = _name(parts["w"].lower(), tuple(dates.weekdays))
    if number is None:
        return ""
    which = parts.get("q", "")
    monday = published - published.weekday() * _DAY
    if _LAST_WEEK.search(which):
        return (monday - _WEEK + (number - 1) * _DAY).isoformat()
    if _THIS_WEEK.search(which):
        return (monday + (number - 1) * _DAY).isoformat()
    if _NEXT.search(which):
        ahead = (number - 1 - published.weekday()) % 7 or 7
        return (published + ahead * _DAY).isoformat()
    back = (published.weekday() - (number - 1)) % 7
    return (published - back * _DAY).isoformat()


def _relative(offset: str, published: date) -> str:
    number, unit = int(offset[:-1]), offset[-1]
    if unit == "d":
        return (published + number * _DAY).isoformat()
    if unit == "w":
        monday = published - published.weekday() * _DAY + number * _WEEK
        return f"{monday}/{monday + 6 * _DAY}"
    if unit == "m":
        months = published.year * 12 + published.month - 1 + number
        return f"{months // 12:04}-{months % 12 + 1:02}"
    return f"{published.year + number:04}"
