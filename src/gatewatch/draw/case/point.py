"""A step as a thing in a lane: a mark at its day, or a bracket around it, with number and words."""

from collections.abc import Sequence
from datetime import date

import msgspec

from gatewatch.cases.case import Case, Stay, Step
from gatewatch.draw import marks
from gatewatch.draw.case import shapes
from gatewatch.draw.case.item import Drawn, Item, Place, Span
from gatewatch.draw.case.labels import away, cut, label
from gatewatch.draw.case.measure import width
from gatewatch.draw.scale import Scale
from gatewatch.model import day as days
from gatewatch.model.states import State

RESTRICTED = frozenset({State.PARTLY_RESTRICTED, State.RESTRICTED})
_WIDEST = 460.0
_LEAD = 28.0
"""From a number to its words."""
_APART = 15.0
"""Marks nearer than this would cover one another: the other day is then told in words alone."""
_BETWEEN = 40.0
"""Room between two marks for the sign that sources differ."""


class Sheet(msgspec.Struct, frozen=True):
    """A case, its days in pixels, and where lines end that are still open."""

    case: Case
    scale: Scale
    today: date | None = None

    @property
    def edge(self) -> float:
        today = self.today
        return self.scale.end(today) if today and today <= self.scale.last else self.scale.right

    def sure(self, start: float, end: float) -> float:
        """How far sources reach along a line."""
        told = self.case.last_source
        return min(end, max(start, self.scale.end(told))) if told else start

    def bounds(self, when: days.Day) -> Span:
        """From the beginning of the first day on which it may have been to the end of the last."""
        scale = self.scale
        return (
            scale.start(when.first) if when.first else scale.left,
            scale.end(when.last) if when.last else scale.right,
        )


class _Words(msgspec.Struct, frozen=True):
    """A label and the note under it, each with its place."""

    text: str
    x: float
    anchor: str
    note: str
    note_x: float
    main: Span

    @property
    def below(self) -> Span | None:
        return (self.note_x, self.note_x + width(self.note)) if self.note else None

    def drawn(self, place: Place) -> str:
        parts = [marks.text(self.x, place.main + 4.5, self.text, "", self.anchor)]
        if self.note:
            parts.append(marks.text(self.note_x, place.note, self.note, "m"))
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

    def draw(place: Place) -> Drawn:
        over = [marks.dots(min(xs), max(xs), place.main)] if len(xs) > 1 else []
        over += [shapes.mark(step, x, place.main, held=held) for x, held in shown]
        over.append(marks.differ(sign, place.main) if sign else "")
        over.append(shapes.badge_of(step, min(xs) - 21, place.main))
        return Drawn(_under(line, place), "".join([*over, words.drawn(place)]))

    return Item(main=words.main, line=line[0] if line else None, note=words.below, draw=draw)


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
    after, before = scale.right - last - 14, first - 36 - scale.left
    dated = not scale.daily
    wide = width(label(step, _WIDEST, dated=dated))
    note = cut(away(step, sheet.case), scale.right - scale.left - 20)
    if wide <= after or after >= before:
        text = label(step, min(after, _WIDEST), dated=dated)
        x, anchor, main = last + 14, "start", (first - 31, last + 14 + width(text))
    else:
        text = label(step, min(before, _WIDEST), dated=dated)
        x, anchor = first - 36, "end"
        main = (first - 36 - width(text), last + 12)
    start = x if anchor == "start" else main[0]
    note_x = max(min(start, scale.right - width(note)), scale.left)
    return _Words(text, x, anchor, note, note_x, main)


def _bracketed(step: Step, sheet: Sheet) -> Item:
    """Not before, not after: caps at known sides, dots at an open one, and the words above."""
    scale = sheet.scale
    x0, x1 = sheet.bounds(step.day)
    sign = 24.0 if step.disputed else 0.0
    text = label(step, min(2 * _WIDEST, scale.right - scale.left - 30 - sign), dated=True)
    wide = _LEAD + width(text) + sign
    closer = step.day.first is None and x1 - x0 > wide + 120
    start = x1 - wide if closer else x0
    left = max(min(start, scale.right - wide), scale.left)
    note = cut(away(step, sheet.case), scale.right - scale.left - 20)
    note_x = max(min(left + _LEAD, scale.right - width(note)), scale.left)
    words = _Words(text, left + _LEAD + sign, "start", note, note_x, (left, left + wide))
    line = _line(step, sheet)

    def draw(place: Place) -> Drawn:
        over = [shapes.badge_of(step, left + 11, place.main), words.drawn(place)]
        if sign:
            over.append(marks.differ(left + _LEAD + 7, place.main))
        return Drawn(_under(line, place), "".join(over))

    return Item(main=words.main, line=line[0] if line else None, note=words.below, draw=draw)


_Line = tuple[
    Span, list[tuple[str, float, float, bool, bool]], tuple[float, float, float, bool] | None, str
]


def _line(step: Step, sheet: Sheet) -> _Line | None:
    """What runs under a step: its bracket, and the restriction that it began."""
    ink = shapes.ink_of(step)
    brackets = []
    if step.day.exact is None:
        brackets.append(_bracket(step.day, sheet))
    for position in step.dates.positions:
        told = days.parse(position.value)
        if told.exact is None and told != step.day and told.precision != "unknown":
            brackets.append(_bracket(told, sheet))
    began = next(
        (s for s in sheet.case.stays if s.state in RESTRICTED and step.number in s.steps), None
    )
    lasted = None
    if began and step.action in shapes.ACCESS:
        lasted, sides = lasting(began, sheet)
        brackets += sides
    if not brackets and not lasted:
        return None
    edges = [x for _, x0, x1, _, _ in brackets for x in (x0, x1)]
    edges += list(lasted[:3:2]) if lasted else []
    return (min(edges), max(edges)), brackets, lasted, ink


def lasting(
    began: Stay, sheet: Sheet
) -> tuple[tuple[float, float, float, bool], list[tuple[str, float, float, bool, bool]]]:
    """A restriction: from where on it surely held, as far as sources reach, to where; and the days
    of change at both ends, of which no hour is known."""
    since, until = began.since, began.until
    start = sheet.bounds(since)[1] if since.last else sheet.bounds(since)[0]
    end = sheet.edge
    sides = [("", *sheet.bounds(since), False, False)] if since.exact else []
    if until:
        lo, hi = sheet.bounds(until)
        end = lo if until.first else hi
        sides += [("", lo, hi, False, False)] if until.exact else []
    end = max(end, start)
    sure = end if until else sheet.sure(start, end)
    return (start, sure, end, began.state == State.RESTRICTED), sides


def _bracket(when: days.Day, sheet: Sheet) -> tuple[str, float, float, bool, bool]:
    return ("[]", *sheet.bounds(when), when.first is not None, when.last is not None)


def _under(line: _Line | None, place: Place) -> str:
    if line is None:
        return ""
    _, brackets, lasted, ink = line
    parts = []
    for kind, x0, x1, opens, closes in brackets:
        if kind:
            parts.append(shapes.bracket(x0, x1, place.line, ink, opens=opens, closes=closes))
        else:
            parts.append(shapes.box(x0, x1, place.line, "tint-access", 5))
    if lasted:
        start, sure, end, whole = lasted
        parts.append(shapes.stay(start, sure, end, place.line, whole=whole))
    return "".join(parts)
