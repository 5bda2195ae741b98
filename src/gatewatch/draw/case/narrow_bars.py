"""What runs down beside the marks: laws, brackets, restrictions, entries, and where nothing is."""

from collections.abc import Iterator, Sequence
from datetime import date

from gatewatch.cases.case import Case, Listed, Step
from gatewatch.draw import marks
from gatewatch.draw.case import steps
from gatewatch.draw.case.day_rows import DayRows
from gatewatch.draw.case.lanes import HeldLane, lane_of
from gatewatch.draw.case.point import RESTRICTED
from gatewatch.draw.case.sheet import Span
from gatewatch.model.day import Day
from gatewatch.model.lane import LaneName
from gatewatch.model.states import State
from gatewatch.words.states import Ink

_TRACKS = 3


def lines(
    case: Case,
    lanes: Sequence[HeldLane],
    run: DayRows,
    columns: Sequence[Span],
    today: date | None,
) -> list[str]:
    """Everything that has a length, in the five columns."""
    end = run.end(today) if today and run.holds(today) else run.bottom
    told = case.reaches
    sure = run.end(told) if told and run.holds(told) else end if told else run.top
    obligations, _, listings, network, _ = lanes
    return [
        *_duties(obligations, run, columns[0]),
        *_brackets(case, run, columns),
        *_stays(case, run, columns[1], (sure, end)),
        *_entries(listings, run, columns[2], (sure, end)),
        *_network(network, run, columns[3]),
    ]


def _network(lane: HeldLane, run: DayRows, column: Span) -> Iterator[str]:
    """Hatching where nothing was measured, a thin line where it was, episodes heavy upon it."""
    if not lane.measured:
        return
    left, right = column
    x = (left + right) / 2
    first, last = lane.measured[0][0], lane.measured[-1][0]
    yield marks.hatched(left + 10, right - 10, run.top, run.start(first))
    yield marks.hatched(left + 10, right - 10, run.end(last), run.bottom)
    yield marks.upright(x, run.start(first), run.end(last), Ink.GREY, thick=1.5)
    for silence in lane.silences:
        y0, y1 = run.start(silence.first), run.end(silence.last)
        yield marks.hatched(x - 6, x + 6, y0, y1)
    for one in lane.episodes:
        end = (one.resolution_latest or one.resolution_earliest).date()
        yield marks.upright(
            x, run.start(one.onset_earliest.date()), run.end(end), Ink.ACCESS, thick=7
        )


def _duties(lane: HeldLane, run: DayRows, column: Span) -> Iterator[str]:
    """Laws in force, one line each."""
    ends = {d.since.last or d.since.first: d.instrument.ended for d in lane.duties}
    since = [s.day.last or s.day.first for s in lane.steps if s.action == steps.IN_FORCE]
    since += [d.since.last for d in lane.duties]
    starts = sorted(
        {(run.start(day) if day else run.top, _end(ends.get(day), run)) for day in since}
    )
    for place, (y, end) in enumerate(starts[:_TRACKS]):
        yield marks.upright(column[0] + 3 + 5 * place, y, max(y, end), Ink.DUTY, thick=3)


def _end(ended: Day | None, run: DayRows) -> float:
    """Where the line of a law ends: of one that stands, at the bottom."""
    return run.end(ended.last) if ended and ended.last else run.bottom


def _brackets(case: Case, run: DayRows, columns: Sequence[Span]) -> Iterator[str]:
    used = [0] * len(columns)
    for step in case.steps:
        name = lane_of(step)
        lane = list(LaneName).index(name)
        entry = name == LaneName.LISTINGS and step.scope == "whole"
        if step.day.exact or step.action == steps.IN_FORCE or entry:
            continue
        left = columns[lane][0]
        x = left + (17, 24, 40, 0, 0)[lane] + 8 * (used[lane] % 2)
        used[lane] += 1
        yield bracket(step.day, x, run, steps.ink_of(step))


def bracket(day: Day, x: float, run: DayRows, ink: str, half: float = 6) -> str:
    """Not before, not after, down."""
    y0 = run.start(day.first) if day.first else run.top
    y1 = run.end(day.last) if day.last else run.bottom
    tint = "tint-access" if ink == Ink.ACCESS else "tint"
    if day.first and day.last:
        line = _block(x - half, y0, 2 * half, y1, ink=tint)
    else:
        line = (
            f'<path d="M{x:.1f} {y0:.1f}V{y1:.1f}" stroke="var(--{ink})" stroke-width="2" '
            'stroke-dasharray="2 5"/>'
        )
    parts = [line]
    for known, y, way in ((day.first, y0, 1), (day.last, y1, -1)):
        if known:
            wide = half + 1
            parts.append(
                f'<path d="M{x - wide:.1f} {y + 4 * way:.1f}V{y:.1f}H{x + wide:.1f}V{y + 4 * way:.1f}" '
                f'fill="none" stroke="var(--{ink})" stroke-width="2"/>'
            )
    return "".join(parts)


def _stays(case: Case, run: DayRows, column: Span, ends: Span) -> Iterator[str]:
    """Restrictions: thick where they surely held, double in part, thin after the last source."""
    sure, end = ends
    x = column[0] + 6
    for stay in case.stays:
        if stay.state not in RESTRICTED:
            continue
        since, until = stay.since, stay.until
        y0 = (
            run.end(since.last)
            if since.last
            else run.start(since.first)
            if since.first
            else run.top
        )
        y2 = end
        if until:
            y2 = (
                run.start(until.first)
                if until.first
                else run.end(until.last)
                if until.last
                else end
            )
        y1 = y2 if until else min(max(sure, y0), y2)
        if stay.state == State.RESTRICTED:
            yield marks.upright(x, y0, y1, Ink.ACCESS, thick=5)
        else:
            yield marks.upright(x - 2, y0, y1, Ink.ACCESS, thick=1.5) + marks.upright(
                x + 2, y0, y1, Ink.ACCESS, thick=1.5
            )
        yield marks.upright(x, y1, y2, Ink.ACCESS, thick=1)


def _entries(lane: HeldLane, run: DayRows, column: Span, ends: Span) -> Iterator[str]:
    """Bars of entries, each register on its own track, outlines for registers of duties."""
    open_: dict[tuple[str, bool], Step] = {}
    tracks: dict[tuple[str, bool], int] = {}
    pairs: list[tuple[Step, Step | None]] = []
    for step in (s for s in lane.steps if s.scope == "whole"):
        key = (step.register, step.duty)
        tracks.setdefault(key, len(tracks))
        if step.action == "delisted":
            if key in open_:
                pairs.append((open_.pop(key), step))
        else:
            open_.setdefault(key, step)
    pairs += [(came, None) for came in open_.values()]
    for came, went in pairs:
        x = column[0] + 2 + 17 * (tracks[came.register, came.duty] % 2)
        yield _entry(came, went, x, run, ends=ends)
    for n, one in enumerate(lane.listings[:2]):
        yield _held(one, column[1] - 3 - 5 * n, run, ends[1])


def _held(one: Listed, x: float, run: DayRows, end: float) -> str:
    """A listing that a ledger holds; thin where it has no end, for its last snapshot is not
    told."""
    came, left = one.came.by, one.went.after if one.went else None
    y0 = run.end(came.date()) if came else run.top
    return marks.upright(
        x, y0, run.start(left.date()) if left else end, Ink.LISTED, thick=4 if left else 1.5
    )


def _entry(came: Step, went: Step | None, x: float, run: DayRows, ends: Span) -> str:
    sure, end = ends
    ink = Ink.DUTY if came.duty else Ink.LISTED
    y1 = run.end(came.day.last) if came.day.last else run.start(came.day.first or run.rows[0].first)
    y2 = end
    if went:
        y2 = (
            run.start(went.day.first)
            if went.day.first
            else run.end(went.day.last or run.rows[-1].last)
        )
    y2 = max(y2, y1)
    held = y2 if went else min(max(sure, y1), y2)
    parts = [bracket(came.day, x + 7, run, ink, half=7)]
    if came.duty and held > y1:
        parts.append(
            f'<rect x="{x + 1:.1f}" y="{y1:.1f}" width="12" height="{held - y1:.1f}" fill="var(--paper)" stroke="var(--duty)" stroke-width="2"/>'
        )
    elif held > y1:
        parts.append(_block(x, y1, 14, held, ink=Ink.LISTED))
    parts.append(marks.upright(x + 7, held, y2, ink, thick=1.5))
    if went:
        parts.append(bracket(went.day, x + 7, run, ink, half=7))
    return "".join(parts)


def _block(x: float, y0: float, wide: float, y1: float, ink: str) -> str:
    return (
        f'<rect x="{x:.1f}" y="{y0:.1f}" width="{wide:.1f}" height="{max(y1 - y0, 0):.1f}" '
        f'fill="var(--{ink})"/>'
    )
