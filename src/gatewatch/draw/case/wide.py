"""The picture across: days to the right, lanes one under the other."""

from datetime import date

import msgspec

from gatewatch.cases.case import Case, Step
from gatewatch.draw import axis, marks
from gatewatch.draw.case import steps
from gatewatch.draw.case.alt_text import alt_text, answer, heading
from gatewatch.draw.case.contents import contents
from gatewatch.draw.case.item import Item, ItemRow, height, packed
from gatewatch.draw.case.sheet import Sheet
from gatewatch.draw.key import key
from gatewatch.draw.scale import Scale
from gatewatch.draw.text import TITLE, cut, folded, text
from gatewatch.model import day as days
from gatewatch.model.lane import LaneName
from gatewatch.model.message import message
from gatewatch.words import say
from gatewatch.words.lanes import HINTS, INKS, NAMES
from gatewatch.words.states import Ink

WIDTH = 1000.0
_EDGE, _LEFT, _RIGHT = 24.0, 176.0, 976.0
_NAME = 40.0
"""Where the names of lanes begin."""
_PAD = 9.0


def drawing(
    case: Case, today: date | None = None, language: str = "en", *, alone: bool = True
) -> str:
    """The whole picture as SVG. One that is not `alone` has title and answer on its page."""
    sheet = Sheet(case, scale_of(case), today, language)
    lanes = [_Lane.of(name, items, language) for name, items in contents(sheet)]
    head, top = _head(case, language) if alone else ([], 8.0)
    top += axis.height(sheet.scale, case.valid_at)
    bottom = top + sum(lane.height for lane in lanes)
    title = heading(case, language)
    ground, names = axis.drawn(sheet.scale, top, bottom, language)
    line, words = axis.asked(sheet.scale, case.valid_at, top, bottom, language=language)
    under, over = _stacked(lanes, top)
    marks_named, end = key(_KEY, bottom + 26, left=_EDGE, right=_RIGHT, language=language)
    body = [*head, *ground, *under, line, *over, *names, words, *marks_named]
    return marks.frame(WIDTH, end, title, alt_text(case, language), body=body)


def _head(case: Case, language: str) -> tuple[list[str], float]:
    """Title and sentence, and where they end."""
    shown = cut(heading(case, language), _RIGHT - _EDGE, bold=True, size=TITLE)
    lines = folded(answer(case, language), _RIGHT - _EDGE, 3)
    said = [text(_EDGE, 64 + 20 * n, line) for n, line in enumerate(lines)]
    return [text(_EDGE, 38, shown, "b t"), *said], 58.0 + 20 * len(lines)


def scale_of(case: Case, left: float = _LEFT, right: float = _RIGHT) -> Scale:
    """The days that steps tell of, with a margin. How old a law is does not stretch them."""
    told = [d for s in case.steps if s.action != steps.IN_FORCE for d in told_days(s)]
    return _around(told or _held(case), case.valid_at, left, right)


def _around(told: list[date], asked: date, left: float, right: float) -> Scale:
    """A span around days with a margin; the day asked about is in it if it is not far off."""
    known = [d.toordinal() for d in told] or [asked.toordinal()]
    first, last = min(known), max(known)
    length = max(last - first, 7)
    if first - length <= asked.toordinal() <= last + length:
        first, last = min(first, asked.toordinal()), max(last, asked.toordinal())
    margin = max(3, round((last - first) * 0.06))
    first, last = max(first - margin, 1), min(last + margin, date.max.toordinal())
    return Scale(date.fromordinal(first), date.fromordinal(last), left, right)


def _held(case: Case) -> list[date]:
    sides = [b for one in case.listings for b in (one.came, one.went) if b]
    return [when.date() for b in sides for when in (b.after, b.by) if when]


def told_days(step: Step) -> list[date]:
    """Every day that is told for a step."""
    told = [step.day, *(days.parse(p.value) for p in step.dates.positions)]
    return [d for one in told for d in (one.first, one.last) if d]


class _Lane(msgspec.Struct, frozen=True):
    """A lane with its rows and what it is called."""

    ink: Ink
    names: tuple[str, ...]
    hints: tuple[str, ...]
    rows: tuple[ItemRow, ...]

    @classmethod
    def of(cls, name: LaneName, items: list[Item], language: str) -> "_Lane":
        room = _LEFT - _NAME - 10
        names = folded(say(NAMES[name], language), room, 2, bold=True)
        hints = folded(say(HINTS[name], language), room, 2)
        return cls(INKS[name], tuple(names), tuple(hints), tuple(packed(items)))

    @property
    def height(self) -> float:
        told = 18 * (len(self.names) + len(self.hints)) + 18
        return max(height(self.rows) + 2 * _PAD, told)


def _stacked(lanes: list[_Lane], top: float) -> tuple[list[str], list[str]]:
    """Every lane with its name: what lies under the day asked about, and over it."""
    under, over = [], []
    y = top
    for lane in lanes:
        half = lane.height / 2
        under.append(marks.rule(_EDGE, _RIGHT, y, "ink", thick=1))
        under.append(marks.box(_EDGE, _EDGE + 6, y + half, lane.ink, half=half - 6))
        lines = [*((one, "b") for one in lane.names), *((one, "m") for one in lane.hints)]
        over += [text(_NAME, y + 23 + 18 * n, said, kind) for n, (said, kind) in enumerate(lines)]
        at = y + max(_PAD, (lane.height - height(lane.rows)) / 2)
        for row in lane.rows:
            drawn = [item.draw(row.place(at)) for item in row.items]
            under += [one.under for one in drawn]
            over += [one.over for one in drawn]
            at += row.height
        y += lane.height
    under.append(marks.rule(_EDGE, _RIGHT, y, "ink", thick=1))
    return under, over


_KEY = (
    (marks.square(0, 0, Ink.DUTY, 0.5), message("paper")),
    (marks.circle(0, 0, Ink.ACCESS, 1), message(Ink.ACCESS)),
    (marks.diamond(0, 0, solid=True), message("words")),
    (marks.strokes(0, 0), message("a report")),
    (marks.lifted(0, 0), message(Ink.LIFTED)),
    (marks.diamond(0, 0, solid=False), message("another day told")),
    (marks.differ(0, 0), message("sources differ")),
    (marks.badge(0, 0, 1), message("step")),
    (marks.badge(0, 0, 1, dotted=True), message("step that no source tells")),
    (
        marks.bracket(-12, 12, 0, Ink.DUTY, opens=True, closes=True),
        message("not before, not after"),
    ),
    (marks.dots(-12, 12, 0, Ink.DUTY), message("open side")),
    (marks.box(-12, 12, 0, Ink.LISTED, half=6), message("surely held")),
    (marks.rule(-12, 12, 0, Ink.LISTED, thick=1.5), message("after the last source")),
    (marks.hatched(-12, 12, -7, 7), message("nothing is held")),
    (marks.rule(-12, 12, 0, "ink", thick=3), message("day asked about")),
)
"""Every mark by its name."""
