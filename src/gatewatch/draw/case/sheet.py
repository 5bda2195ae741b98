"""What a picture of a case is drawn on: the case, its days in pixels, its language."""

from datetime import date

import msgspec

from gatewatch import words
from gatewatch.cases.case import Case, Step
from gatewatch.draw.scale import Scale
from gatewatch.draw.text import SIZE, cut, width
from gatewatch.model.day import Day
from gatewatch.model.message import Message, message
from gatewatch.words.cases import named
from gatewatch.words.disputes import beside

Span = tuple[float, float]
_LEAST = 60.0
"""Pixels for a name beside a day: with less the two are cut together."""


class Sheet(msgspec.Struct, frozen=True):
    """A case, its days in pixels, where lines end that are still open, and the language."""

    case: Case
    scale: Scale
    today: date | None = None
    language: str = "en"

    @property
    def room(self) -> float:
        """Pixels from edge to edge."""
        return self.scale.right - self.scale.left

    @property
    def edge(self) -> float:
        """Where a line ends that has no end."""
        today = self.today
        return self.scale.end(today) if today and today <= self.scale.last else self.scale.right

    def sure(self, start: float, end: float) -> float:
        """How far what tells of the state reaches along a line."""
        told = self.case.reaches
        return min(end, max(start, self.scale.end(told))) if told else start

    def bounds(self, when: Day) -> Span:
        """From the beginning of the first day on which it may have been to the end of the last."""
        scale = self.scale
        return (
            scale.start(when.first) if when.first else scale.left,
            scale.end(when.last) if when.last else scale.right,
        )

    def say(self, said: Message | str | None) -> str:
        """A message in the picture's language."""
        return words.say(said, self.language) if said else ""

    def when(self, day: Day) -> str:
        """A day in words: what is not known is a phrase."""
        return when(day, self.language)

    def beside(self, step: Step) -> str:
        """Who tells another day of a step, and who disputes it."""
        return self.say(beside(step, self.case))

    def label(self, step: Step, room: float, *, dated: bool) -> str:
        """A step in a few words; with its day where the place of its mark does not tell it. Names
        are cut before days are."""
        said = self.say(named(step))
        told = ""
        if step.day.exact is None and not step.dates.tie:
            told = f"{self.say(message(': '))}{self.when(step.day)}"
        elif step.day.exact and dated:
            told = f"{self.say(message(', '))}{self.when(step.day)}"
        left = room - width(told, size=SIZE)
        return cut(said, left) + told if left > _LEAST else cut(said + told, room)


def when(day: Day, language: str) -> str:
    """A day in words; where only one side is known, that it is not known is said first."""
    if day.first is None and day.last is not None:
        return words.say(message("day not known, not after {day}", day=day.last), language)
    if day.last is None and day.first is not None:
        return words.say(message("day not known, not before {day}", day=day.first), language)
    return words.day(day, language)
