"""Messages in words: the sentence of the language first, then what fills its places.

A message is chosen by language before anything is laid out, so no face ever takes a finished
sentence apart.
"""

from collections.abc import Callable
from datetime import UTC, date, datetime, tzinfo
from typing import Any

from gatewatch.catalogue import jurisdictions
from gatewatch.model.day import Day
from gatewatch.model.jurisdiction import Jurisdiction
from gatewatch.model.message import Message, Param, message
from gatewatch.model.moment import Bracket
from gatewatch.words import customs
from gatewatch.words.languages import catalogue, name
from gatewatch.words.places import located

Quote = Callable[[str], str]
"""What is done with a name or a quotation that is in no language of the reader's: pages mark it."""


def say(said: Message | str, language: str = "en", quote: Quote = str) -> str:
    """A message in en, ru or zh; text is a name. `quote` wraps names without a form in that
    language."""
    if isinstance(said, str):
        return _named(said, language, quote)
    held = catalogue(language)
    if said.plural:
        text = held.ngettext(said.id, said.plural, _count(said))
    else:
        text = held.gettext(said.id) if said.id else ""
    if not said.params:
        return text
    places = {key: _Place(value, language, quote) for key, value in said.params.items()}
    return text.format_map(places)


def _count(said: Message) -> int:
    n = said.params["n"]
    assert isinstance(n, int)
    return n


class _Place:
    """A value where it stands: `{place:in}` asks for another form than `{place}`, `{day:alone}` for
    the one that follows no preposition, `{what:nouns}` for the sign between nouns."""

    def __init__(self, value: Param, language: str, quote: Quote) -> None:
        self._value, self._language, self._quote = value, language, quote

    def __format__(self, form: str) -> str:
        return _spelt(self._value, self._language, form, self._quote)


def _spelt(value: Param, language: str, form: str, quote: Quote) -> str:
    if isinstance(value, str):
        return _named(value, language, quote)
    if isinstance(value, Message):
        return say(value, language, quote)
    if isinstance(value, tuple):
        return customs.listed(
            [say(one, language, quote) for one in value], language, nouns=form == "nouns"
        )
    if isinstance(value, Jurisdiction):
        return located(value.code, language) if form == "in" else country(value, language)
    return _measured(value, language, alone=form == "alone")


def _named(text: str, language: str, quote: Quote) -> str:
    known = name(text, language)
    return known if known != text or language == "en" else quote(text)


def _measured(value: Any, language: str, *, alone: bool) -> str:
    """Days, times and numbers."""
    if isinstance(value, Bracket):
        return bracket(value, language)
    if isinstance(value, Day | datetime | date):
        return day(value, language, alone=alone)
    return customs.number(value, language)


def bracket(held: Bracket, language: str = "en", zone: tzinfo = UTC) -> str:
    """Not before and not after, as `customs.bracket` has it; of an open side a phrase."""
    if held.after is None and held.by is None:
        return say(message("day not known"), language)
    known = held.by or held.after
    assert known is not None
    told = customs.bracket(Bracket(known, known), language, zone)
    if held.after is None:
        return say(message("not after {day}", day=told), language)
    if held.by is None:
        return say(message("not before {day}", day=told), language)
    return customs.bracket(held, language, zone)


def country(code: str | Jurisdiction, language: str = "en") -> str:
    """A jurisdiction's name, in the nominative."""
    return jurisdictions.name(str(code), language)


def day(when: Day | datetime | date | None, language: str = "en", *, alone: bool = True) -> str:
    """A day, or a time with its zone. What is not known is a phrase. Not `alone`: the form that
    follows a preposition."""
    if isinstance(when, datetime):
        return customs.time(when, language)
    if isinstance(when, date):
        return customs.day(when, language)
    known = customs.told(when, language, alone=alone) if when else None
    return known or say(_unsure(when), language)


def _unsure(when: Day | None) -> Message:
    """A day of which a side is open, or both."""
    first, last = (when.first, when.last) if when else (None, None)
    if first and last:
        return message("between {first} and {last}", first=first, last=last)
    if last:
        return message("not after {day}", day=last)
    return message("not before {day}", day=first) if first else message("day not known")
