"""The picture turned, for a narrow screen: days run down in five columns, lanes side by side."""

from collections import Counter
from collections.abc import Iterable, Iterator
from datetime import date

import msgspec

from gatewatch.cases.case import Case, ReportedDay, Step
from gatewatch.draw import marks
from gatewatch.draw.case import narrow_bars, steps
from gatewatch.draw.case.alt_text import alt_text, answer, heading
from gatewatch.draw.case.day_rows import DayRows, Stretch, day_rows, length
from gatewatch.draw.case.lanes import HeldLane, held, lane_of
from gatewatch.draw.case.sheet import when
from gatewatch.draw.case.wide import scale_of, told_days
from gatewatch.draw.text import TITLE, cut, folded, text, width
from gatewatch.model import day as days
from gatewatch.model.day import Day
from gatewatch.model.lane import LaneName
from gatewatch.model.message import message
from gatewatch.words import customs, say
from gatewatch.words.cases import named
from gatewatch.words.disputes import beside
from gatewatch.words.lanes import INKS, NAMES, SHORT
from gatewatch.words.states import Ink

WIDTH = 390.0
_EDGE, _RIGHT = 14.0, 376.0
_LANES = tuple(LaneName)
_COLUMNS = ((88.0, 138.0), (138.0, 202.0), (202.0, 272.0), (272.0, 330.0), (330.0, 386.0))
_MARKS = ((106.0, 126.0), (160.0, 183.0), (240.0, 260.0), (288.0, 308.0), (358.0, 372.0))
"""Where marks and numbers stand in each column."""
_LINE = 18.0
_SLOT = 27.0
_MOST_REPORTED = 12
"""Days of reports that have each a row of their own."""
_KEY = message(
    "The heavy line is the day asked about. Squares are paper, circles access, diamonds words, three "
    "strokes a report. Hollow: another day told. Caps: not before, not after; dots: this side is "
    "open. Solid: surely held; thin: after the last source. Hatching: nothing is held."
)


class _Slot(msgspec.Struct, frozen=True):
    """One mark on one day in one lane; `held` is None for the number alone."""

    step: Step
    day: date
    lane: int
    held: bool | None


def drawing(
    case: Case, today: date | None = None, language: str = "en", *, alone: bool = True
) -> str:
    """Five columns over days, 390 pixels wide. Standing `alone` it has title and answer above, and
    the steps and what each lane says below."""
    lanes = held(case)
    run, body = _head(case, lanes, language, alone=alone)
    scale = scale_of(case, 0, 1000)
    body += [*_ground(run, language, daily=scale.daily), *_heads(run.top, language)]
    body += narrow_bars.lines(case, lanes, run, _COLUMNS, today=today)
    body += _empty(lanes, run, language)
    body += _asked(case.valid_at, run, language)
    body += _marks(_slots(case, scale.first), run)
    body += _reports(lanes[-1], run)
    below, end = _words(case, lanes, run.bottom + 34, language, alone=alone)
    title = heading(case, language)
    return marks.frame(WIDTH, end, title, alt_text(case, language), body=[*body, *below])


def _head(
    case: Case, lanes: tuple[HeldLane, ...], language: str, *, alone: bool
) -> tuple[DayRows, list[str]]:
    """Title and sentence, and the rows of days under them."""
    scale = scale_of(case, 0, 1000)
    body: list[str] = []
    y = 12.0
    if alone:
        title = folded(heading(case, language), _RIGHT - _EDGE, 2, bold=True, size=TITLE)
        said = folded(answer(case, language), _RIGHT - _EDGE)
        body = [text(_EDGE, 34 + 24 * n, line, "b t") for n, line in enumerate(title)]
        y = 34.0 + 24 * len(title)
        body += [text(_EDGE, y + 20 * n, line) for n, line in enumerate(said)]
        y += 20 * len(said)
    top = y + (40 if not scale.holds(case.valid_at) else 22)
    told = [d for s in case.steps for d in told_days(s)]
    told += [case.valid_at, *([case.last_source] if case.last_source else [])]
    told += [one.day for one in _reported(lanes[-1])]
    return day_rows(scale, told, _most(_slots(case, scale.first)), top), body


def _most(slots: Iterable[_Slot]) -> dict[date, int]:
    """How many marks stand one under another on each day."""
    stacked = Counter((s.day, s.lane) for s in slots)
    most: dict[date, int] = {}
    for (day, _), count in stacked.items():
        most[day] = max(most.get(day, 0), count)
    return most


def _slots(case: Case, first: date) -> list[_Slot]:
    return [slot for step in case.steps for slot in _of_step(step, first)]


def _of_step(step: Step, first: date) -> Iterator[_Slot]:
    """Every day on which a step has a mark; its number alone where no day is known."""
    lane = _LANES.index(lane_of(step))
    law = step.action == steps.IN_FORCE
    seen: set[date] = set()
    if step.day.exact and not law:
        seen.add(step.day.exact)
        yield _Slot(step, step.day.exact, lane, held=True)
    for position in step.dates.positions:
        other = days.parse(position.value).exact
        if other and other not in seen:
            seen.add(other)
            yield _Slot(step, other, lane, held=False)
    if not seen:
        yield _Slot(step, _nearest(step.day, first, law=law), lane, held=None)


def _nearest(day: Day, first: date, *, law: bool) -> date:
    known = day.last or day.first or first
    return max(known, first) if law else known


def _heads(top: float, language: str) -> list[str]:
    parts = []
    for name, (left, right) in zip(_LANES, _COLUMNS, strict=True):
        said = cut(say(SHORT[name], language), right - left - 3)
        parts.append(text((left + right) / 2, top - 10, said, "", anchor="middle"))
        parts.append(marks.box(left + 2, right - 2, top - 2, INKS[name], half=2))
    return parts


def _ground(run: DayRows, language: str, *, daily: bool) -> Iterator[str]:
    """Rows with their days, weekends and gaps."""
    before: date | None = None
    right = _COLUMNS[-1][1]
    for row in run.rows:
        if row.gap:
            yield text(_EDGE, (row.top + row.bottom) / 2 + 4.5, _gap(row, run, language), "m")
            continue
        if daily and row.first.weekday() >= 5:
            yield marks.box(_EDGE, right, (row.top + row.bottom) / 2, "wash", half=row.height / 2)
        yield marks.rule(_EDGE, right, row.top, "hair", thick=1)
        yield marks.rule(_EDGE, right, row.bottom, "hair", thick=1)
        yield from _day(row, before, language, daily=daily)
        before = row.first


def _gap(row: Stretch, run: DayRows, language: str) -> str:
    if row is run.rows[0]:
        return say(message("earlier"), language)
    said = message("later") if row is run.rows[-1] else length(row)
    return say(said, language)


def _day(row: Stretch, before: date | None, language: str, *, daily: bool) -> Iterator[str]:
    """A day, and under it the month or the year where a new one begins."""
    day, y = row.first, row.top + 16
    room = _COLUMNS[0][0] - _EDGE - 4
    if daily:
        yield text(_EDGE, y, f"{day.day} {customs.weekday(day, language)}")
        if before is None or day.month != before.month:
            month = customs.month(day, language, short=True)
            yield text(_EDGE, y + 16, cut(month, room), "m")
        return
    yield text(_EDGE, y, cut(customs.short_day(day, language), room))
    if before is None or day.year != before.year:
        yield text(_EDGE, y + 16, str(day.year), "b")


def _empty(lanes: tuple[HeldLane, ...], run: DayRows, language: str) -> Iterator[str]:
    """Hatching in lanes that hold nothing, with their words upright in a gap of it."""
    for lane, (left, right) in zip(lanes, _COLUMNS, strict=True):
        if lane.holds:
            continue
        x, top = (left + right) / 2, run.top + 10
        room = run.bottom - run.top - 24
        said = cut(say(lane.summary, language), room)
        tall = min(width(said) + 12, room + 12)
        yield marks.hatched(left + 10, right - 10, run.top + 2, run.bottom - 2)
        yield (
            f'<rect x="{x - 10:.1f}" y="{top:.1f}" width="20" height="{tall:.1f}" fill="var(--paper)"/>'
            f'<g transform="translate({x + 4.5:.1f} {top:.1f}) rotate(-90)">'
            f"{text(6 - tall, 0, said, 'm')}</g>"
        )


def _asked(day: date, run: DayRows, language: str) -> list[str]:
    """The only heavy line, or an arrow to where it lies."""
    right = _COLUMNS[-1][1]
    if run.holds(day):
        y = (run.start(day) + run.end(day)) / 2
        x = _COLUMNS[0][0] - 10
        return [
            f'<path class="asked" d="M{x + 2} {y:.1f}H{right}" stroke="var(--ink)" stroke-width="3"/>',
            f'<path d="M{x} {y - 6:.1f}v12l9 -6z" fill="var(--ink)"/>',
        ]
    later = day > run.rows[-1].last
    said = message("the day asked about: {day}", day=day)
    y = run.bottom + 18 if later else run.top - 30
    point = f"M{_EDGE} {y - 9 if later else y:.1f}h12l-6 {9 if later else -9}z"
    arrow = f'<path class="asked" d="{point}" fill="var(--ink)"/>'
    return [arrow, text(_EDGE + 20, y, say(said, language), "b")]


def _marks(slots: Iterable[_Slot], run: DayRows) -> Iterator[str]:
    used: Counter[tuple[date, int]] = Counter()
    for slot in slots:
        place = used[slot.day, slot.lane]
        used[slot.day, slot.lane] += 1
        yield _mark(slot, run.row(slot.day).top + 17 + _SLOT * place)


def _mark(slot: _Slot, y: float) -> str:
    """A mark and its number; entries in registers are bars, and have their number alone."""
    x, number = _MARKS[slot.lane]
    entry = _LANES[slot.lane] == LaneName.LISTINGS and slot.held and slot.step.scope == "whole"
    if slot.held is None or entry:
        return steps.badge(slot.step, number, y)
    beside = max(number, x + 9 + marks.badge_half(slot.step.number))
    return steps.mark(slot.step, x, y, held=slot.held) + steps.badge(slot.step, beside, y)


def _reported(lane: HeldLane) -> tuple[ReportedDay, ...]:
    """Days of reports that stand apart; of more than a few the first and the last."""
    if len(lane.reported) <= _MOST_REPORTED:
        return lane.reported
    return lane.reported[0], lane.reported[-1]


def _reports(lane: HeldLane, run: DayRows) -> Iterator[str]:
    """A mark on each day with enough reporters; a line where days are too many to stand apart."""
    x = _MARKS[-1][0]
    shown = [one.day for one in _reported(lane) if run.holds(one.day)]
    if len(lane.reported) > _MOST_REPORTED and shown:
        yield marks.upright(x, run.start(shown[0]), run.end(shown[-1]), Ink.REPORTS, thick=3)
    for day in shown:
        yield marks.strokes(x, (run.start(day) + run.end(day)) / 2)


def _words(
    case: Case, lanes: tuple[HeldLane, ...], y: float, language: str, *, alone: bool
) -> tuple[list[str], float]:
    """The steps, which the numbers lead to, what each lane says, and the key."""
    parts: list[str] = []
    if alone:
        parts, y = _steps(case, y, language)
    for lane in lanes if alone else ():
        said = message("{lane}: {summary}", lane=NAMES[lane.name], summary=lane.summary)
        for line in folded(say(said, language), _RIGHT - _EDGE, 3):
            parts.append(text(_EDGE, y, line))
            y += _LINE
    y += 8
    for line in folded(say(_KEY, language), _RIGHT - _EDGE, 12):
        parts.append(text(_EDGE, y, line, "m"))
        y += _LINE
    return parts, y + 6


def _steps(case: Case, y: float, language: str) -> tuple[list[str], float]:
    parts: list[str] = []
    y += 12 if case.steps else 0
    for step in case.steps:
        day = cut(when(step.day, language), _RIGHT - 72, bold=True)
        parts += [steps.badge(step, _EDGE + 12, y - 4.5), text(48, y, day, "b")]
        if step.disputed:
            parts.append(marks.differ(_RIGHT - 8, y - 4.5))
        other = beside(step, case)
        for said, kind in ((named(step), ""), (other, "m")):
            for line in folded(say(said, language), _RIGHT - 52) if said else []:
                y += _LINE
                parts.append(text(48, y, line, kind))
        y += _LINE + 8
    return parts, y
