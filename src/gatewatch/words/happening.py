"""One event before it is said, and how it is said in a language."""

import re
from collections.abc import Iterator
from datetime import datetime, timedelta
from hashlib import blake2b

import msgspec

from gatewatch.model import day as days
from gatewatch.model.entry import Decision
from gatewatch.model.event import Event
from gatewatch.model.message import Message, Param, message
from gatewatch.model.moment import Bracket
from gatewatch.model.redaction import clean
from gatewatch.words.saying import say

_OF_A_DAY = frozenset({"claim", "state"})
"""Kinds that are told of a day: another day is another word, not another happening."""
_BREAKS = re.compile(r"[\t-\r\x1c-\x1f\x85\u2028\u2029]+")


def one_line(text: str) -> str:
    """Text of others as one line in which nothing hides: it adds no line to a message, turns no
    writing round, and every form of a feed can hold it (XML has no control characters)."""
    return clean(_BREAKS.sub(" ", text))


class Happening(msgspec.Struct, frozen=True, kw_only=True):
    """One event before it is said: the same as `Event`, with messages for words.

    `thing` is what it happened to, `says` what is told of it beside when: two looks at a ledger
    tell the same happening by these (analysis/following/news.py).
    """

    id: str
    kind: str
    at: datetime
    title: Message
    text: Message
    path: str
    service: str | None = None
    jurisdiction: str | None = None
    register: str | None = None
    thing: str = ""
    says: str = ""
    what: str = ""
    since: Bracket | None = None
    decision: Decision | None = None
    ground: str | None = None
    ground_text: str = ""
    known_by: Message | None = None
    lifts: str = ""
    details: tuple[Message, ...] = ()
    """Lines more: what of an entry changed, where a statement is printed."""
    links: tuple[str, ...] = ()
    about: tuple[str, ...] = ()
    authorities: tuple[str, ...] = ()
    laws: tuple[str, ...] = ()
    one_of_many: bool = False

    @property
    def when(self) -> Bracket:
        """Its bracket; of what is known to the point, or told of a day, that point."""
        told = None if self.kind in _OF_A_DAY else self.since
        return told or Bracket(self.at - timedelta(microseconds=1), self.at)

    def said(self, language: str = "en") -> Event:
        """The event in a language."""
        return Event(
            id=self.id,
            kind=self.kind,
            at=self.at,
            title=one_line(say(self.title, language)),
            text="\n".join(one_line(say(one, language)) for one in self._lines()),
            path=self.path,
            service=self.service,
            jurisdiction=self.jurisdiction,
            register=self.register,
            what=one_line(self.what),
            since=self.since,
            decision=self.decision,
            ground=self.ground,
            known_by=one_line(say(self.known_by, language)) if self.known_by else "",
            lifts=one_line(say(self.lifts, language)) if self.lifts else "",
            links=self.links,
            about=self.about,
            authorities=self.authorities,
            laws=self.laws,
            one_of_many=self.one_of_many,
        )

    def _lines(self) -> Iterator[Message]:
        yield self.text
        yield from self.details
        if self.decision and self.decision.number:
            yield _decided(self.decision, gone=self.kind == "delisting")
        if self.ground:
            code = self.ground
            yield _grounded(code, self.ground_text, gone=self.kind == "delisting")
        if self.known_by:
            yield message("How it is known: {how}.", how=self.known_by)
        if self.lifts:
            yield message("What would lift it: {text}", text=self.lifts)


def amended(event: Event, first: str, language: str) -> Event:
    """An event that corrects one told before, by the id of the first."""
    intro = message("This corrects an earlier message; more is known now:")
    return msgspec.structs.replace(
        event,
        id=_anew(event, first),
        amends=first,
        title=say(message("Corrected: {title}", title=event.title), language),
        text=f"{say(intro, language)}\n{event.text}",
    )


def withdrawn(event: Event, first: str, language: str) -> Event:
    """That an event, as it was told, did not happen by what is known now. Of a statement it is
    known that it was made: it is in the record no more, whatever did happen."""
    intro = (
        message("This statement is no longer in the record:")
        if event.kind == "claim"
        else message("By what is known now this did not happen:")
    )
    return msgspec.structs.replace(
        event,
        id=f"{first}:withdrawn:{digest(event.id)}",
        amends=first,
        withdrawn=True,
        title=say(message("Withdrawn: {title}", title=event.title), language),
        text=f"{say(intro, language)}\n{event.text}",
    )


def _anew(event: Event, first: str) -> str:
    when = event.since or Bracket(None, event.at)
    return f"{first}:amended:{digest(f'{when.after} {when.by} {event.id} {event.text}')}"


def digest(text: str) -> str:
    return blake2b(text.encode(), digest_size=6).hexdigest()


def _decided(one: Decision, *, gone: bool) -> Message:
    """`gone`: a register names the decision that put an entry on it, never the one that takes it
    off."""
    given: dict[str, Param] = {"number": one.number or "", "body": one.body or ""}
    if one.date:
        given["day"] = days.parse(one.date)
    if gone:
        return _was_decided(one, given)
    if one.body and one.date:
        return message("By decision {number} of {body}, {day}.", **given)
    if one.body:
        return message("By decision {number} of {body}.", **given)
    if one.date:
        return message("By decision {number}, {day}.", **given)
    return message("By decision {number}.", **given)


def _was_decided(one: Decision, given: dict[str, Param]) -> Message:
    if one.body and one.date:
        return message("It had been listed by decision {number} of {body}, {day}.", **given)
    if one.body:
        return message("It had been listed by decision {number} of {body}.", **given)
    if one.date:
        return message("It had been listed by decision {number}, {day}.", **given)
    return message("It had been listed by decision {number}.", **given)


def _grounded(code: str, text: str, *, gone: bool) -> Message:
    if gone:
        return (
            message("Ground of the listing: {code}, {text}.", code=code, text=text)
            if text and text != code
            else message("Ground of the listing: {code}.", code=code)
        )
    return (
        message("Ground: {code}, {text}.", code=code, text=text)
        if text and text != code
        else message("Ground: {code}.", code=code)
    )
