"""One day as it is written, resolved against the day of publication: its parts become EDTF."""

import re
from datetime import date, timedelta
from functools import lru_cache

from gatewatch.catalogue.vocabulary import Dates

_AHEAD = timedelta(days=10)
_NEXT = re.compile(r"next|coming|следующ|предстоящ|ближайш|下", re.IGNORECASE)
_LAST_WEEK = re.compile(r"上")
_THIS_WEEK = re.compile(r"本|这")
_WEEK = timedelta(days=7)
_DAY = timedelta(days=1)


def resolved(kind: str, parts: dict[str, str], dates: Dates, published: date | None) -> str:
    """EDTF of a day of a kind by its parts, or nothing where they make none."""
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


_HAN = "一二三四五六七八九"


def _count(text: str) -> int:
    """A number in digits, or in Han up to 31."""
    if text.isascii():
        return int(text)
    tens, ten, ones = text.rpartition("十")
    more = _HAN.index(ones) + 1 if ones else 0
    return (10 * (_HAN.index(tens) + 1 if tens else 1) if ten else 0) + more


def _number(parts: dict[str, str], dates: Dates) -> int | None:
    if "n" in parts:
        return _count(parts["n"])
    if "m" not in parts:
        return None
    return _name(parts["m"].lower(), tuple(dates.months))


@lru_cache(maxsize=512)
def _name(text: str, names: tuple[str, ...]) -> int | None:
    return next((n for n, name in enumerate(names, 1) if re.match(name, text, re.IGNORECASE)), None)


def _day(parts: dict[str, str], dates: Dates, published: date | None) -> str:
    month, number = _number(parts, dates), _count(parts["d"])
    if "y" in parts and month:
        return date(int(parts["y"]), month, number).isoformat()
    if published is None:
        return ""
    if month and (shift := dates.years.get(parts.get("q", ""))) is not None:
        return date(published.year + shift, month, number).isoformat()
    if month is None:
        return _day_of_month(number, published)
    found = date(published.year, month, number)
    if found > published + _AHEAD:
        found = date(published.year - 1, month, number)
    return found.isoformat()


def _day_of_month(number: int, published: date) -> str:
    """The last day of that number."""
    found = published
    for _ in range(62):
        if found.day == number:
            return found.isoformat()
        found -= _DAY
    return ""


def _month(parts: dict[str, str], dates: Dates, published: date | None) -> str:
    month = _number(parts, dates) or _prefixed(parts.get("m", ""), dates)
    if not month or month > 12:
        return ""
    if "y" in parts:
        return f"{int(parts['y']):04}-{month:02}"
    if published is None:
        return ""
    shift = dates.years.get(parts.get("q", ""))
    year = published.year + shift if shift else published.year - (month > published.month)
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
    if _LAST_WEEK.search(which) or "k" in parts:
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
    if unit == "e":
        sunday = published - ((published.weekday() + 1) % 7) * _DAY
        return f"{sunday - _DAY}/{sunday}"
    if unit == "n":
        return f"{published - _DAY}/{published}"
    if unit == "m":
        months = published.year * 12 + published.month - 1 + number
        return f"{months // 12:04}-{months % 12 + 1:02}"
    return f"{published.year + number:04}"
