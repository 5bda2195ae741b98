"""The picture turned, for a narrow screen: days run down, and the steps stand in words below."""

from collections import Counter
from collections.abc import Iterable
from datetime import date

import msgspec

from gatewatch.cases.case import Case, Step
from gatewatch.draw import marks
from gatewatch.draw.case import down, framing, shapes
from gatewatch.draw.case.labels import away, folded, plain, when
from gatewatch.draw.case.rundown import Rundown, Stretch, length, rundown
from gatewatch.draw.case.wide import scale_of, told_days
from gatewatch.model import day as days
from gatewatch.model.day import Day
from gatewatch.words.cases import named

WIDTH = 390.0
_EDGE, _RIGHT = 14.0, 376.0
_NAMES = ("Duties", *framing.NAMES[1:])
_COLUMNS = ((84.0, 136.0), (136.0, 202.0), (202.0, 272.0), (272.0, 330.0), (330.0, 386.0))
_MARKS = ((104.0, 124.0), (159.0, 182.0), (240.0, 260.0), (288.0, 308.0), (346.0, 366.0))
"""Where marks and numbers stand in each column."""
_LINE = 18.0
_SLOT = 27.0


class _Slot(msgspec.Struct, frozen=True):
    """One mark on one day in one lane; `held` is None for the number alone."""

    step: Step
    day: date
    lane: int
    held: bool | None


def drawing(case: Case, today: date | None = None) -> str:
    """Five columns over days, then the steps in words; 390 pixels wide."""
    scale = scale_of(case, 0, 1000)
    slots = [slot for step in case.steps for slot in _slots(step, scale.first)]
    stacked = Counter((s.day, s.lane) for s in slots)
    most: dict[date, int] = {}
    for (day, _), count in stacked.items():
        most[day] = max(most.get(day, 0), count)
    told = [d for s in case.steps for d in told_days(s)]
    told += [case.valid_at, *([case.last_source] if case.last_source else [])]
    lines = (
        folded(framing.title(case), (_RIGHT - _EDGE) / framing.TITLE, 2),
        folded(framing.answer(case), _RIGHT - _EDGE),
    )
    body = [marks.text(_EDGE, 34 + 24 * n, line, "b t") for n, line in enumerate(lines[0])]
    y = 34.0 + 24 * len(lines[0])
    body += [marks.text(_EDGE, y + 20 * n, line) for n, line in enumerate(lines[1])]
    top = y + 20 * len(lines[1]) + (40 if not scale.holds(case.valid_at) else 22)
    run = rundown(scale, told, most, top)
    body += [*_ground(run, daily=scale.daily), *_heads(top)]
    body += down.lines(case, run, _COLUMNS, today)
    body += _asked(case.valid_at, run)
    body += _marks(slots, run)
    below, end = _words(case, run.bottom + 34)
    return framing.frame(WIDTH, end, framing.title(case), framing.told(case), [*body, *below])


def _slots(step: Step, first: date) -> Iterable[_Slot]:
    """Every day on which a step has a mark; its number alone where no day is known."""
    lane = shapes.lane_of(step)
    seen: set[date] = set()
    if step.day.exact and step.action != "in_force":
        seen.add(step.day.exact)
        yield _Slot(step, step.day.exact, lane, held=True)
    for position in step.dates.positions:
        other = days.parse(position.value).exact
        if other and other not in seen:
            seen.add(other)
            yield _Slot(step, other, lane, held=False)
    if not seen:
        yield _Slot(step, _nearest(step.day, first, law=step.action == "in_force"), lane, held=None)


def _nearest(day: Day, first: date, *, law: bool) -> date:
    known = day.last or day.first or first
    return max(known, first) if law else known


def _heads(top: float) -> list[str]:
    parts = []
    for name, ink, (left, right) in zip(_NAMES, framing.INKS, _COLUMNS, strict=True):
        parts.append(marks.text((left + right) / 2, top - 10, name, "", "middle"))
        parts.append(shapes.box(left + 2, right - 2, top - 2, ink, 2))
    return parts


def _ground(run: Rundown, *, daily: bool) -> list[str]:
    """Rows with their days, weekends and gaps."""
    parts: list[str] = []
    before: date | None = None
    for row in run.rows:
        if row.gap:
            edge = "earlier" if row is run.rows[0] else "later" if row is run.rows[-1] else ""
            words = edge or length(row)
            parts.append(marks.text(_EDGE, (row.top + row.bottom) / 2 + 4.5, words, "m"))
            continue
        if daily and row.first.weekday() >= 5:
            parts.append(
                f'<rect x="{_EDGE}" y="{row.top:.1f}" width="{_COLUMNS[-1][1] - _EDGE}" height="{row.bottom - row.top:.1f}" fill="var(--wash)"/>'
            )
        parts.append(
            f'<path d="M{_EDGE} {row.top:.1f}H{_COLUMNS[-1][1]}M{_EDGE} {row.bottom:.1f}H{_COLUMNS[-1][1]}" stroke="var(--hair)"/>'
        )
        parts += _day(row, before, daily=daily)
        before = row.first
    return parts


def _day(row: Stretch, before: date | None, *, daily: bool) -> list[str]:
    day = row.first
    y = row.top + 16
    if daily:
        turn = before is None or day.month != before.month
        second = f"{day:%b} {day.year}" if turn else ""
        return [marks.text(_EDGE, y, f"{day.day} {day:%a}"), marks.text(_EDGE, y + 16, second, "b")]
    turn = before is None or day.year != before.year
    parts = [marks.text(_EDGE, y, f"{day.day} {day:%b}")]
    return [*parts, marks.text(_EDGE, y + 16, str(day.year), "b")] if turn else parts


def _asked(day: date, run: Rundown) -> list[str]:
    """The only heavy line, or an arrow to where it lies."""
    if run.holds(day):
        y = (run.start(day) + run.end(day)) / 2
        line = f'<path class="asked" d="M{_COLUMNS[0][0] - 8} {y:.1f}H{_COLUMNS[-1][1]}" stroke="var(--ink)" stroke-width="3"/>'
        return [line, f'<path d="M{_COLUMNS[0][0] - 10} {y - 6:.1f}v12l9 -6z" fill="var(--ink)"/>']
    later = day > run.rows[-1].last
    words = f"the day asked about: {plain(day)}, {'later' if later else 'earlier'}"
    y = run.bottom + 18 if later else run.top - 30
    arrow = f'<path class="asked" d="M{_EDGE} {y - 9 if later else y:.1f}h12l-6 {9 if later else -9}z" fill="var(--ink)"/>'
    return [arrow, marks.text(_EDGE + 20, y, words, "b")]


def _marks(slots: Iterable[_Slot], run: Rundown) -> list[str]:
    used: Counter[tuple[date, int]] = Counter()
    parts = []
    for slot in slots:
        place = used[slot.day, slot.lane]
        used[slot.day, slot.lane] += 1
        parts.append(_mark(slot, run.row(slot.day).top + 17 + _SLOT * place))
    return parts


def _mark(slot: _Slot, y: float) -> str:
    """A mark and its number; entries in registers are bars, and have their number alone."""
    x, number = _MARKS[slot.lane]
    if slot.held is None or (slot.lane == 2 and slot.held and slot.step.scope == "whole"):
        return shapes.badge_of(slot.step, number, y)
    mark = shapes.mark(slot.step, x, y, held=slot.held)
    return mark + shapes.badge_of(slot.step, number, y)


def _words(case: Case, y: float) -> tuple[list[str], float]:
    """The steps, which the numbers lead to, and what the two last lanes hold."""
    parts: list[str] = []
    y += 12 if case.steps else 0
    for step in case.steps:
        parts += [
            shapes.badge_of(step, _EDGE + 12, y - 4.5),
            marks.text(48, y, when(step.day)[:44], "b"),
        ]
        if step.disputed:
            parts.append(marks.differ(_RIGHT - 8, y - 4.5))
        for text, kind in ((named(step), ""), (away(step, case), "m")):
            for line in folded(text, _RIGHT - 52) if text else []:
                y += _LINE
                parts.append(marks.text(48, y, line, kind))
        y += _LINE + 8
    held = f" Listings: {len(case.listings)} more held by snapshots." if case.listings else ""
    network = f"Network: {case.network.state}, {case.network.why}.{held} Reports: none is held."
    for line in (*folded(network, _RIGHT - _EDGE), *folded(_KEY, _RIGHT - _EDGE)):
        parts.append(marks.text(_EDGE, y, line, "m"))
        y += _LINE
    return parts, y + 6


_KEY = (
    "The heavy line is the day asked about. Squares are paper, circles access, diamonds words. "
    "Hollow: another day told. Caps: not before, not after; dots: this side is open. Solid: surely "
    "held; thin: after the last source. Hatching: nothing is held."
)
