"""Days, times, numbers and lists as each language writes them, after the CLDR.

`cldr.json` is written from Babel by `make words` and held equal to it by a test, so that nobody who
asks a question has to load the tables of all languages.
"""

import json
import re
from collections.abc import Sequence
from datetime import UTC, date, datetime, tzinfo
from functools import lru_cache
from typing import Any

from gatewatch.model.day import Day
from gatewatch.model.moment import Bracket
from gatewatch.words.languages import FOLDER

_FIELD = re.compile(r"'([^']*)'|([dMLyE])\2*")
_BETWEEN_NOUNS = {"zh": "\u3001"}
OPEN = "····"
"""An open side of a bracket: dots, and never a cap."""


@lru_cache(maxsize=4)
def customs(language: str) -> dict[str, Any]:
    """The table of one language: months, weekdays, patterns, separators of numbers."""
    every = json.loads((FOLDER / "cldr.json").read_text(encoding="utf-8"))
    return every[language]  # type: ignore[no-any-return]


def number(value: float, language: str) -> str:
    """With the language's separators of thousands and of decimals."""
    held = customs(language)
    whole, _, rest = f"{value:,}".partition(".")
    grouped = whole.replace(",", held["group"])
    return f"{grouped}{held['decimal']}{rest}" if rest else grouped


def day(when: date, language: str) -> str:
    """4 May 2017, 4 мая 2017, 2017年5月4日."""
    return _written(when, customs(language)["patterns"]["day"], language)


def short_day(when: date, language: str) -> str:
    """4 Sept, 4 сент., 9月4日: where the year stands elsewhere."""
    return _written(when, customs(language)["patterns"]["day_month"], language)


def month(when: date, language: str, *, alone: bool = True, short: bool = False) -> str:
    """May 2017. Not `alone`: the form that follows a preposition in Russian."""
    pattern = customs(language)["patterns"]["month_year"]
    pattern = re.sub(r"L+|M{3,}", "LLLL" if alone else "MMMM", pattern)
    return _written(when, pattern.replace("LLLL", "LLL") if short else pattern, language)


def weekday(when: date, language: str) -> str:
    """Mon, пн, 周一."""
    return str(customs(language)["weekdays"][when.weekday()])


def time(when: datetime, language: str) -> str:
    """8 May 2017, 12:30 UTC. What is to be told in a register's zone comes in that zone."""
    zone = "UTC" if when.utcoffset() in {None, UTC.utcoffset(None)} else f"{when:%z}"
    gap = " " if language == "zh" else ", "
    return f"{day(when.date(), language)}{gap}{when:%H:%M} {zone}"


def bracket(held: Bracket, language: str, zone: tzinfo = UTC) -> str:
    """[not before, not after], in UTC or in a register's zone; the day once where both sides share
    it. One moment, and no bracket, where they are the same."""
    sides = [one.astimezone(zone) if one else None for one in (held.after, held.by)]
    first, last = (f"{day(one.date(), language)} {one:%H:%M}" if one else OPEN for one in sides)
    known = sides[1] or sides[0]
    told = "UTC" if zone is UTC or known is None else f"{known:%z}"[:3] + ":" + f"{known:%z}"[3:5]
    if sides[0] and sides[0] == sides[1]:
        return f"{first} {told}"
    if sides[0] and sides[1] and sides[0].date() == sides[1].date():
        last = f"{sides[1]:%H:%M}"
    return f"[{first}, {last}] {told}"


def listed(parts: Sequence[str], language: str, *, nouns: bool = False) -> str:
    """Parts of one kind, one after the other; `nouns` have a sign of their own in Chinese."""
    sign = _BETWEEN_NOUNS.get(language) if nouns else None
    return (sign or str(customs(language)["comma"])).join(part for part in parts if part)


def told(when: Day, language: str, *, alone: bool) -> str | None:
    """A day known to the day, month or year; None where it takes a phrase."""
    if when.precision == "day" and when.first:
        return day(when.first, language)
    if when.precision == "month" and when.first:
        return month(when.first, language, alone=alone)
    if when.precision == "year" and when.first:
        return _written(when.first, customs(language)["patterns"]["year"], language)
    return None


def _written(when: date, pattern: str, language: str) -> str:
    """A pattern of the CLDR, of the fields that dates here need."""
    held = customs(language)

    def field(found: re.Match[str]) -> str:
        if found[1] is not None:
            return found[1]
        letter, length = found[2], len(found[0])
        if letter == "d":
            return str(when.day)
        if letter == "y":
            return str(when.year)
        if length < 3:
            return str(when.month)
        form = "alone" if letter == "L" else "format"
        return str(held["months"][form]["short" if length == 3 else "wide"][when.month - 1])

    return _FIELD.sub(field, pattern)
