"""Labels and short sentences that the core makes in English, said in another language: steps, days, headlines,
words in pictures. Names of sources, offices and laws stay as they are.

A text is looked up whole, then by a template whose parts are said in turn, then piece by piece.
"""

import re
from functools import lru_cache

from babel import Locale
from babel.dates import format_date, get_day_names, get_month_names

from gatewatch.words.languages import catalogue, translator

_MONTHS = ("Jan", "Feb", "Mar", "Apr", "May", "Jun", "Jul", "Aug", "Sep", "Oct", "Nov", "Dec")
_WEEKDAYS = ("Mon", "Tue", "Wed", "Thu", "Fri", "Sat", "Sun")
_DATE = re.compile(rf"(?:(\d{{1,2}}) )?({'|'.join(_MONTHS)})[a-z]*(?: (\d{{4}}))?")
_WEEKDAY = re.compile(rf"(?:(\d{{1,2}}) )?({'|'.join(_WEEKDAYS)})")
_IN_PLACE = re.compile(r"(.+) in ([^,:;]+)")
_NOTE = re.compile(r"(.+) \(([^()]+)\)")
_NUMBERED = re.compile(r"(\d+\. )(.+)")
_HEADLINE = re.compile(
    r"On (?P<day>\S+) (?P<name>.+?) was(?P<paper> listed and)?(?P<word>, by what was said,)? "
    r"(?P<state>unrestricted|under a duty|under a demand|listed|partly restricted|restricted|no longer restricted) "
    r"in (?P<place>.+?)(?: since (?P<since>.+?))?(?:, after (?P<days>\d+) days)?\."
)
TEMPLATES = (
    "On {0} nothing is on record of {1} in {2}.",
    "On {0} it is not known whether {1} was {2} in {3}; by {4} it was.",
    "{0}: {1} of {2} networks since [{3}, {4}] UTC, {5}",
    "{0}: {1} of {2} networks since [{3}, {4}] UTC",
    "{0} of {1} networks since [{2}, {3}] UTC, {4}",
    "{0} of {1} networks since [{2}, {3}] UTC",
    "{0} measurements on {1} networks, {2} to {3}",
    "{0} sets a notice of at least {1} days",
    "{0} entries on {1}, {2} on {3}, at most {4}; {5} published states",
    "{0} entry on {1}, {2} on {3}, at most {4}; {5} published states",
    "Network layer: {0} of {1} cells were ever measured: {2}. Small circles at the right; none: never measured.",
    "Registers beside the network, {0}",
    "{0} of {1} targets",
    "{0} insufficient",
    "{0} blocked",
    "{0} reachable",
    "{0} episodes, by measurements",
    "{0} episode, by measurements",
    "{0} of {1} networks",
    "to {0}",
    "entry {0}",
    "{0} beside {1}, on {2}",
    "{0} beside {1}",
    "{0} restricted in both",
    "{0} restricted in all",
    "{0} in {1} alone",
    "and {0} more that are not drawn",
    "and {0} more steps",
    "{0} fell silent",
    "day not known, not after {0}",
    "day not known, not before {0}",
    "not before {0}",
    "between {0} and {1}",
    "{0}, in force since {1}",
    "{0} (by {1}, in force {2})",
    "{0} by its own text",
    "entered by {0}",
    "taken off by {0}",
    "disputed by {0}",
    "{0} days",
    "{0} day",
    "{0} months",
    "{0} month",
    "{0} years",
    "{0} year",
    "by {0}",
)
"""The first that fits is taken. A part holds no separator; one at the end may hold commas."""
_SEPARATORS = ("; ", ": ", ", ")
_WIDE = {"; ": "\uff1b", ": ": "\uff1a", ", ": "\uff0c"}  # full-width signs


def phrase(lang: str, text: str) -> str:
    """The same in another language, as far as it is known."""
    return text if lang == "en" or not text else _said(lang, text)


@lru_cache(maxsize=8192)
def _said(lang: str, text: str) -> str:
    known = translator(lang)(text)
    if known != text:
        return known
    if text.endswith("…"):
        return _cut(lang, text)
    return (
        _place(lang, text)
        or _date(lang, text)
        or _headline(lang, text)
        or _by_template(lang, text)
        or _in_pieces(lang, text)
        or text
    )


def _cut(lang: str, text: str) -> str:
    """What was cut off is known by its beginning; other texts are said up to their last whole piece."""
    known = [str(m.id) for m in catalogue(lang) if m.id and str(m.id).startswith(text[:-1])]
    if len(known) == 1:
        whole = translator(lang)(known[0])
        return whole if len(whole) <= len(text) else f"{whole[: len(text) - 1]}…"
    return _by_template(lang, text) or _in_pieces(lang, text) or text


@lru_cache(maxsize=4)
def _places(lang: str) -> dict[str, str]:
    """Names of countries and regions, English to that language."""
    there = Locale.parse(lang).territories
    return {
        str(name): str(there.get(code, name))
        for code, name in Locale.parse("en").territories.items()
    }


def _place(lang: str, text: str) -> str | None:
    if text in _places(lang):
        return _places(lang)[text]
    met = _IN_PLACE.fullmatch(text)
    if met and met[2] in _places(lang):
        return f"{_said(lang, met[1])}{_separator(lang, ', ')}{_places(lang)[met[2]]}"
    return None


def _date(lang: str, text: str) -> str | None:
    if met := _WEEKDAY.fullmatch(text):
        name = get_day_names("abbreviated", locale=lang)[_WEEKDAYS.index(met[2])]
        return f"{met[1]} {name}" if met[1] else str(name)
    met = _DATE.fullmatch(text)
    if not met or not (met[1] or met[3]):
        return None
    day, month, year = met[1], _MONTHS.index(met[2]) + 1, met[3]
    if day and year:
        from datetime import date

        return str(
            format_date(
                date(int(year), month, int(day)),
                "medium" if lang == "zh" else "d MMM y",
                locale=lang,
            )
        )
    name = get_month_names(
        "abbreviated" if day else "wide", context="format" if day else "stand-alone", locale=lang
    )[month]
    if lang == "zh":
        return f"{name}{day}日" if day else f"{year}年{name}"
    return f"{day} {name}" if day else f"{name} {year}"


def _headline(lang: str, text: str) -> str | None:
    """The answer in one sentence, in an order that needs no cases of words."""
    met = _HEADLINE.fullmatch(text)
    if not met:
        return None
    said, comma = translator(lang), _separator(lang, ", ")
    parts = [said(met["state"])]
    parts += [said("listed")] if met["paper"] else []
    parts += [said("by what was said")] if met["word"] else []
    parts += [said("since {0}").format(_said(lang, met["since"]))] if met["since"] else []
    parts += [said("after {0} days").format(met["days"])] if met["days"] else []
    head = f"{met['day']}{_separator(lang, ': ')}{met['name']}{comma}{_said(lang, met['place'])}"
    return f"{head}{_separator(lang, ': ')}{comma.join(parts)}{_stop(lang)}"


def _by_template(lang: str, text: str) -> str | None:
    for template, form in _forms():
        met = form.fullmatch(text)
        if met:
            return translator(lang)(template).format(*(_said(lang, part) for part in met.groups()))
    return None


@lru_cache(maxsize=1)
def _forms() -> tuple[tuple[str, re.Pattern[str]], ...]:
    return tuple((one, _form(one)) for one in TEMPLATES)


def _form(template: str) -> re.Pattern[str]:
    plain = re.escape(template)
    plain = re.sub(r"\\\{\d\\\}$", "((?:(?!; ).)+)", plain)
    return re.compile(re.sub(r"\\\{\d\\\}", "((?:(?![;:,] ).)+?)", plain))


def _in_pieces(lang: str, text: str) -> str | None:
    if met := _NUMBERED.fullmatch(text):
        return met[1] + _said(lang, met[2])
    for separator in _SEPARATORS:
        if separator in text:
            pieces = [_said(lang, piece) for piece in text.split(separator)]
            return _separator(lang, separator).join(pieces)
    if met := _NOTE.fullmatch(text):
        return f"{_said(lang, met[1])} ({_said(lang, met[2])})"
    if text.endswith(".") and text[:-1] in {str(m.id) for m in catalogue(lang) if m.id}:
        return _said(lang, text[:-1]) + _stop(lang)
    return None


def _separator(lang: str, separator: str) -> str:
    return _WIDE[separator] if lang == "zh" else separator


def _stop(lang: str) -> str:
    return "。" if lang == "zh" else "."
