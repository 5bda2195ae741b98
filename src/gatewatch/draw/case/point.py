"""A step as a thing in a lane: a mark at its day, or a bracket around it, with number and words."""

from collections.abc import Sequence

import msgspec

from gatewatch.cases.case import Stay, Step
from gatewatch.draw import marks
from gatewatch.draw.case import steps
from gatewatch.draw.case.item import Drawn, Item, ItemPlace
from gatewatch.draw.case.sheet import Sheet, Span
from gatewatch.draw.scale import Scale
from gatewatch.draw.text import cut, text, width
from gatewatch.model import day as days
from gatewatch.model.states import State
from gatewatch.words.states import Ink

RESTRICTED = frozenset({State.PARTLY_RESTRICTED, State.RESTRICTED})
_WIDEST = 460.0
_LEAD = 28.0
"""From a number to its words."""
_APART = 15.0
"""Marks nearer than this would cover one another: the other day is then told in words alone."""
_BETWEEN = 40.0
"""Room between two marks for the sign that sources differ."""


class _Words(msgspec.Struct, frozen=True):
    """A label and the note under it, each with its place."""

    words: str
    x: float
    anchor: str
    note: str
    note_x: float
    main: Span

    @property
    def below(self) -> Span | None:
        return (self.note_x, self.note_x + width(self.note)) if self.note else None

    def drawn(self, place: ItemPlace) -> str:
        parts = [text(self.x, place.main + 4.5, self.words, "", anchor=self.anchor)]
        if self.note:
            parts.append(text(self.note_x, place.note, self.note, "m"))
        return "".join(parts)


def item(step: Step, sheet: Sheet) -> Item:
    """A step at its day; a bracket where the day is not known or no side is ahead."""
    shown = _days(step, sheet.scale)
    if not shown:
        return _bracketed(step, sheet)
    xs = [x for x, _ in shown]
    main_x = next((x for x, held in shown if held), xs[0])
    sign = _sign(step, main_x, xs)
    outer = max([*xs, sign]) if sign else max(xs)
    words = _beside(step, sheet, min(xs), outer)
    line = _line(step, sheet)

    def draw(place: ItemPlace) -> Drawn:
        over = [marks.dots(min(xs), max(xs), place.main)] if len(xs) > 1 else []
        over += [steps.mark(step, x, place.main, held=held) for x, held in shown]
        over.append(marks.differ(sign, place.main) if sign else "")
        over.append(steps.badge(step, min(xs) - _before(step) + 1, place.main))
        return Drawn(_under(line, place), "".join([*over, words.drawn(place)]))

    return Item(main=words.main, line=line.span if line else None, note=words.below, draw=draw)


def _before(step: Step) -> float:
    """From the middle of a mark to the middle of its number."""
    return 9 + marks.badge_half(step.number)


def _days(step: Step, scale: Scale) -> list[tuple[float, bool]]:
    """Days told in pixels, and whether each is held; those too near to be told apart left out."""
    held = step.day.exact
    told = [] if held is None else [(scale.middle(held), True)]
    for position in step.dates.positions:
        exact = days.parse(position.value).exact
        x = scale.middle(exact) if exact and exact != held else None
        if x is not None and all(abs(x - other) >= _APART for other, _ in told):
            told.append((x, False))
    return told


def _sign(step: Step, main: float, xs: Sequence[float]) -> float:
    """Where the sign of a difference stands: between two days, or after the last; 0 for nowhere."""
    if not step.disputed:
        return 0.0
    others = sorted((x for x in xs if x != main), key=lambda x: abs(x - main))
    if others and abs(others[0] - main) >= _BETWEEN:
        return (others[0] + main) / 2
    return max(xs) + 20


def _beside(step: Step, sheet: Sheet, first: float, last: float) -> _Words:
    """Words to the right of the marks, or to the left where the picture ends."""
    scale = sheet.scale
    lead = _before(step) + 12
    after, before = scale.right - last - 14, first - lead - scale.left
    dated = not scale.daily
    wide = width(sheet.label(step, _WIDEST, dated=dated))
    note = cut(sheet.beside(step), scale.right - scale.left - 20)
    if wide <= after or after >= before:
        said = sheet.label(step, min(after, _WIDEST), dated=dated)
        x, anchor, main = last + 14, "start", (first - lead + 2, last + 14 + width(said))
    else:
        said = sheet.label(step, min(before, _WIDEST), dated=dated)
        x, anchor = first - lead - 4, "end"
        main = (first - lead - 4 - width(said), last + 12)
    start = x if anchor == "start" else main[0]
    note_x = max(min(start, scale.right - width(note)), scale.left)
    return _Words(words=said, x=x, anchor=anchor, note=note, note_x=note_x, main=main)


def _bracketed(step: Step, sheet: Sheet) -> Item:
    """Not before, not after: caps at known sides, dots at an open one, and the words above."""
    scale = sheet.scale
    x0, x1 = sheet.bounds(step.day)
    sign = 24.0 if step.disputed else 0.0
    said = sheet.label(step, min(2 * _WIDEST, scale.right - scale.left - 30 - sign), dated=True)
    wide = _LEAD + width(said) + sign
    closer = step.day.first is None and x1 - x0 > wide + 120
    start = x1 - wide if closer else x0
    left = max(min(start, scale.right - wide), scale.left)
    note = cut(sheet.beside(step), scale.right - scale.left - 20)
    note_x = max(min(left + _LEAD, scale.right - width(note)), scale.left)
    words = _Words(
        words=said,
        x=left + _LEAD + sign,
        anchor="start",
        note=note,
        note_x=note_x,
        main=(left, left + wide),
    )
    line = _line(step, sheet)

    def draw(place: ItemPlace) -> Drawn:
        over = [steps.badge(step, left + 11, place.main), words.drawn(place)]
        if sign:
            over.append(marks.differ(left + _LEAD + 7, place.main))
        return Drawn(_under(line, place), "".join(over))

    return Item(main=words.main, line=line.span if line else None, note=words.below, draw=draw)


class _Side(msgspec.Struct, frozen=True):
    """Days in which a change lies: between caps or dots, or one known day as a tint alone."""

    x0: float
    x1: float
    opens: bool = False
    closes: bool = False
    known: bool = False

    def drawn(self, y: float, ink: str) -> str:
        if self.known:
            return marks.box(self.x0, self.x1, y, "tint-access", half=5)
        return marks.bracket(self.x0, self.x1, y, ink, opens=self.opens, closes=self.closes)


class Lasting(msgspec.Struct, frozen=True):
    """A restriction over its time: where it began, how far sources reach, where it ends."""

    start: float
    sure: float
    end: float
    whole: bool
    sides: tuple[_Side, ...]

    def drawn(self, y: float) -> str:
        tints = "".join(side.drawn(y, Ink.ACCESS) for side in self.sides)
        return tints + marks.restriction(self.start, self.sure, self.end, y, whole=self.whole)


class _Line(msgspec.Struct, frozen=True):
    """What runs under a step: its brackets, and the restriction that it began."""

    sides: tuple[_Side, ...]
    lasting: Lasting | None
    ink: str

    @property
    def span(self) -> Span:
        edges = [x for side in self.sides for x in (side.x0, side.x1)]
        if self.lasting:
            edges += [self.lasting.start, self.lasting.end]
            edges += [x for side in self.lasting.sides for x in (side.x0, side.x1)]
        return min(edges), max(edges)

    def drawn(self, y: float) -> str:
        lasting = self.lasting.drawn(y) if self.lasting else ""
        return "".join(side.drawn(y, self.ink) for side in self.sides) + lasting


def _line(step: Step, sheet: Sheet) -> _Line | None:
    sides = []
    if step.day.exact is None:
        sides.append(_bracket(step.day, sheet))
    for position in step.dates.positions:
        told = days.parse(position.value)
        if told.exact is None and told != step.day and told.precision != "unknown":
            sides.append(_bracket(told, sheet))
    began = next(
        (s for s in sheet.case.stays if s.state in RESTRICTED and step.number in s.steps), None
    )
    lasted = lasting(began, sheet) if began and step.action in steps.ACCESS else None
    if not sides and not lasted:
        return None
    return _Line(tuple(sides), lasted, steps.ink_of(step))


def lasting(began: Stay, sheet: Sheet) -> Lasting:
    """A restriction: from where on it surely held, as far as sources reach, to where; and the days
    of change at both ends, of which no hour is known."""
    since, until = began.since, began.until
    start = sheet.bounds(since)[1] if since.last else sheet.bounds(since)[0]
    end = sheet.edge
    sides = [_Side(*sheet.bounds(since), known=True)] if since.exact else []
    if until:
        lo, hi = sheet.bounds(until)
        end = lo if until.first else hi
        sides += [_Side(lo, hi, known=True)] if until.exact else []
    end = max(end, start)
    sure = end if until else sheet.sure(start, end)
    return Lasting(
        start=start, sure=sure, end=end, whole=began.state == State.RESTRICTED, sides=tuple(sides)
    )


def _bracket(when: days.Day, sheet: Sheet) -> _Side:
    opens, closes = when.first is not None, when.last is not None
    return _Side(*sheet.bounds(when), opens=opens, closes=closes)


def _under(line: _Line | None, place: ItemPlace) -> str:
    return line.drawn(place.line) if line else ""
