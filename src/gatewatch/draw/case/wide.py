"""The picture across: days to the right, lanes one under the other."""

from datetime import date

from gatewatch.cases.case import Case, Step
from gatewatch.draw import marks
from gatewatch.draw.case import axis, framing, shapes
from gatewatch.draw.case.contents import contents
from gatewatch.draw.case.item import Row, height, packed
from gatewatch.draw.case.labels import cut, folded
from gatewatch.draw.case.measure import width
from gatewatch.draw.case.point import Sheet
from gatewatch.draw.scale import Scale
from gatewatch.model import day as days

WIDTH = 1000.0
_EDGE, _LEFT, _RIGHT = 24.0, 176.0, 976.0
_PAD = 9.0
_LEAST = 54.0
"""Height of a lane with little in it: its name takes two lines."""
_HINTS = (
    "what law asks",
    "who said what",
    "on which register",
    "what probes saw",
    "what users met",
)


def drawing(case: Case, today: date | None = None) -> str:
    """The whole picture as SVG."""
    sheet = Sheet(case, scale_of(case), today)
    rows = [packed(items) for items in contents(sheet)]
    lines = folded(framing.answer(case), _RIGHT - _EDGE, 3)
    top = 58.0 + 20 * len(lines) + axis.height(sheet.scale, case.valid_at)
    bottom = top + sum(_tall(lane) for lane in rows)
    head = [
        marks.text(_EDGE, 38, cut(framing.title(case), (_RIGHT - _EDGE) / framing.TITLE), "b t")
    ]
    head += [marks.text(_EDGE, 64 + 20 * n, line) for n, line in enumerate(lines)]
    ground, names = axis.drawn(sheet.scale, top, bottom)
    line, words = axis.asked(sheet.scale, case.valid_at, top, bottom)
    under, over = _lanes(rows, top)
    key, end = _key(bottom + 26)
    body = [*head, *ground, *under, line, *over, *names, words, *key]
    return framing.frame(WIDTH, end, framing.title(case), framing.told(case), body)


def scale_of(case: Case, left: float = _LEFT, right: float = _RIGHT) -> Scale:
    """The days that steps tell of, with a margin. How old a law is does not stretch them."""
    told = [d for s in case.steps if s.action != "in_force" for d in told_days(s)]
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


def _tall(rows: list[Row]) -> float:
    return max(height(rows) + 2 * _PAD, _LEAST)


def _lanes(rows: list[list[Row]], top: float) -> tuple[list[str], list[str]]:
    """Every lane with its name: what lies under the day asked about, and over it."""
    under, over = [], []
    y = top
    for name, hint, ink, lane in zip(framing.NAMES, _HINTS, framing.INKS, rows, strict=True):
        under.append(f'<path d="M{_EDGE} {y:.1f}H{_RIGHT}" stroke="var(--ink)"/>')
        under.append(shapes.box(_EDGE, _EDGE + 6, y + _tall(lane) / 2, ink, _tall(lane) / 2 - 6))
        over += [marks.text(40, y + 23, name, "b"), marks.text(40, y + 41, hint, "m")]
        at = y + max(_PAD, (_tall(lane) - height(lane)) / 2)
        for row in lane:
            drawn = [item.draw(row.place(at)) for item in row.items]
            under += [one.under for one in drawn]
            over += [one.over for one in drawn]
            at += row.height
        y += _tall(lane)
    under.append(f'<path d="M{_EDGE} {y:.1f}H{_RIGHT}" stroke="var(--ink)"/>')
    return under, over


def _key(y: float) -> tuple[list[str], float]:
    """The marks by name, in as many lines as they need."""
    entries = (
        (marks.square(0, 0, "duty", 0.5), "paper"),
        (marks.circle(0, 0, "access", 1), "access"),
        (marks.diamond(0, 0, solid=True), "words"),
        (shapes.strokes(0, 0), "a report"),
        (marks.lifted(0, 0), "lifted"),
        (marks.diamond(0, 0, solid=False), "another day told"),
        (marks.differ(0, 0), "sources differ"),
        (shapes.badge(0, 0, 1), "step"),
        (shapes.badge(0, 0, 1, dotted=True), "step that no source tells"),
        (shapes.bracket(-12, 12, 0, "duty", opens=True, closes=True), "not before, not after"),
        (marks.dots(-12, 12, 0, "duty"), "open side"),
        (shapes.box(-12, 12, 0, "listed", 6), "surely held"),
        (shapes.rule(-12, 12, 0, "listed", 1.5), "after the last source"),
        (shapes.hatched(-12, 12, -7, 7), "nothing is held"),
        (shapes.rule(-12, 12, 0, "ink", 3), "day asked about"),
    )
    parts, x = [], _EDGE + 12
    for mark, words in entries:
        if x + 20 + width(words) > _RIGHT:
            x, y = _EDGE + 12, y + 26
        parts.append(f'<g transform="translate({x:.1f} {y:.1f})">{mark}</g>')
        parts.append(marks.text(x + 20, y + 4.5, words, "m"))
        x += 20 + width(words) + 28
    return parts, y + 26
