"""What templates say things with: words, days, links, each in the language of the page.

Names and quotations in another language than the page's carry their `lang`, so that a screen reader
changes its voice and a reader knows why. Links carry the times that were asked about.
"""

import re
from datetime import UTC, date, datetime, tzinfo
from html import escape
from typing import Any
from urllib.parse import parse_qs, urlencode

from markupsafe import Markup

from gatewatch import words
from gatewatch.draw.marks import icon
from gatewatch.errors import UsageError
from gatewatch.model import day as days
from gatewatch.model.day import Day
from gatewatch.model.message import Message, Param, message
from gatewatch.model.moment import Bracket
from gatewatch.model.redaction import clean, defanged
from gatewatch.model.service import Authority, Instrument
from gatewatch.site.inks import state_class
from gatewatch.site.times import RequestTimes
from gatewatch.words import customs

_OPEN, _CLOSE = "\ue000", "\ue001"
"""Around a quotation until its sentence is whole and escaped. Private signs: `clean` leaves
none."""
_PLACE = "|"
_QUOTED = re.compile(f"{_OPEN}([a-z]+){_OPEN}(.*?){_CLOSE}", re.DOTALL)
_SCRIPTS = (
    ("zh", re.compile(r"[\u3400-\u9fff]")),
    ("ru", re.compile(r"[\u0400-\u04ff]")),
    ("en", re.compile(r"[A-Za-z]{2}")),
)
"""The first that is met tells the language of a name: a Chinese one may hold Latin letters too."""
_AT_HOME = {"BR": "pt", "ID": "id", "IR": "fa", "IT": "it", "TR": "tr", "VN": "vi"}
"""Languages of titles in the original, by jurisdiction, where their letters are not enough."""


class Speech:
    """One language, and the times that were asked about."""

    def __init__(self, language: str, times: RequestTimes) -> None:
        self.language = language
        self._times = times

    def message(self, text: str, plural: str = "", /, **params: Param) -> Markup:
        """A sentence of a template."""
        return self.say(Message(text, params, plural))

    def say(self, said: Message | str | None) -> Markup:
        """A message; text is a name, in the page's language where it has a form in it."""
        if not said:
            return Markup()
        return self._marked(words.say(said, self.language, self._quote))

    def law(self, one: Instrument) -> Markup:
        """A law as it is cited: number and name, the number once."""
        name = self.say(one.name)
        if not one.number or one.number in one.name:
            return name
        if one.number.isdigit():
            return Markup("{} ({})").format(name, one.number)
        if one.names_article and "<" not in name:
            name = Markup(_COLON.split(str(name), 1)[-1])  # noqa: S704 - a part of what is escaped
        return Markup("{}{}{}").format(self.say(one.number), self.say(message(": ")), name)

    def quoted(self, text: str | None) -> Markup:
        """Text in whatever language it is, marked where that is not the page's."""
        return self._marked(self._quote(text or ""))

    def bracketed(self, text: Param | Markup) -> Markup:
        """A text in brackets of the page's language; one that is marked stays as it is."""
        if not isinstance(text, Markup):
            return self.say(message(" ({text})", text=text))
        before, after = str(self.say(message(" ({text})", text=_PLACE))).split(_PLACE)
        return Markup("{}{}{}").format(before, text, after)

    def original(self, one: Instrument | Authority) -> Markup:
        """What a law or a body is called at home, marked with the language of its country: letters
        do not tell Turkish from English."""
        plain = one.original.replace(_OPEN, "").replace(_CLOSE, "")
        if not plain:
            return Markup()
        lang = _AT_HOME.get(one.jurisdiction) or script(plain)
        if not lang or lang == self.language:
            return self._marked(plain)
        return self._marked(f"{_OPEN}{lang}{_OPEN}{plain}{_CLOSE}")

    def _quote(self, text: str) -> str:
        plain = text.replace(_OPEN, "").replace(_CLOSE, "")
        lang = script(plain)
        foreign = lang and lang != self.language
        return f"{_OPEN}{lang}{_OPEN}{plain}{_CLOSE}" if foreign else plain

    def _marked(self, text: str) -> Markup:
        parts, at = [], 0
        for found in _QUOTED.finditer(text):
            parts.append(escape(clean(text[at : found.start()])))
            parts.append(f'<span lang="{found[1]}">{escape(clean(found[2]))}</span>')
            at = found.end()
        return Markup("".join([*parts, escape(clean(text[at:]))]))  # noqa: S704 - escaped above

    def lang(self, text: str) -> Markup:
        """The attribute of an element that holds nothing but a name in another language."""
        told = script(text)
        if not told or told == self.language:
            return Markup()
        return Markup(f' lang="{told}"')  # noqa: S704 - one of three

    def word(self, state: str) -> str:
        """A state in words."""
        return words.word(state, self.language)

    def state(self, state: str) -> Markup:
        """A state with its mark."""
        word = self.word(state)
        # one word keeps its mark: a narrow cell put it on a line of its own
        kept = "" if " " in word else " nb"
        shown = f"{icon(state)}{escape(word)}"
        return Markup(f'<span class="st {state_class(state)}{kept}">{shown}</span>')  # noqa: S704 - our own

    def day(self, when: Day | date | str | None) -> str:
        """A day in words; text is EDTF, or stays as it is."""
        if not isinstance(when, str):
            return words.day(when, self.language)
        try:
            return words.day(days.parse(when[:10] if "T" in when else when), self.language)
        except UsageError:
            return when

    def time(self, when: datetime | str | None, none: str = "\u2013") -> str:
        """A time to the minute in UTC; a day as a day."""
        if not when:
            return none
        if isinstance(when, str):
            if len(when) <= 10:
                return self.day(when)
            when = datetime.fromisoformat(when)
        return customs.time(when.astimezone(UTC), self.language)

    def bracket(
        self, after: datetime | str | None, by: datetime | str | None, zone: tzinfo = UTC
    ) -> str:
        """Not before, not after, in UTC or in a register's zone."""
        sides = [
            datetime.fromisoformat(one) if isinstance(one, str) else one for one in (after, by)
        ]
        return words.bracket(Bracket(*sides), self.language, zone)

    def number(self, value: float) -> str:
        """With the language's separators."""
        return customs.number(value, self.language)

    def country(self, code: Any) -> str:
        """A jurisdiction's name."""
        return words.country(str(code), self.language)

    def at(self, path: str, **query: Any) -> str:
        """A page in this language, at the times asked about unless others are given. The path may
        have a question of its own."""
        prefix = "" if self.language == "en" else f"/{self.language}"
        page, _, own = path.partition("?")
        shown = prefix if prefix and page == "/" else f"{prefix}{page}"
        return shown + self._query({**parse_qs(own), **query})

    def data(self, path: str, **query: Any) -> str:
        """The API or a picture, at the times asked about. The path may have a question of its
        own."""
        plain, _, own = path.partition("?")
        return plain + self._query({**parse_qs(own), **query})

    def _query(self, given: dict[str, Any]) -> str:
        asked = self._times
        times = {
            "valid_at": asked.valid_at,
            "as_of": asked.as_of,
            "recorded_by": asked.recorded_by,
        }
        pairs = {key: value for key, value in {**given, **_missing(times, given)}.items() if value}
        return f"?{urlencode(pairs, doseq=True)}" if pairs else ""


def _missing(times: dict[str, str | None], given: dict[str, Any]) -> dict[str, str | None]:
    return {key: value for key, value in times.items() if key not in given}


def script(text: str) -> str | None:
    """The language that a name's letters tell of; None for figures and signs."""
    return next((lang for lang, letters in _SCRIPTS if letters.search(text)), None)


def broken(text: str) -> str:
    """Words in which hosts may stand: those are broken up, addresses of machines stay as they
    are."""
    return " ".join(
        defanged(word) if _HOST.search(word) else clean(word) for word in str(text).split(" ")
    )


_COLON = re.compile("[:\uff1a]\\s*")
_HOST = re.compile(r"\w\.[a-zA-Z]")
