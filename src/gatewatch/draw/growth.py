"""A register over time: how many entries each published state held. Where none was published for longer than
the register's patience, nothing is drawn."""

from collections.abc import Iterator, Sequence
from datetime import UTC, datetime, time
from itertools import pairwise

from gatewatch.draw import marks
from gatewatch.draw.case import axis, frame, shapes
from gatewatch.draw.case.measured import x_of
from gatewatch.draw.scale import Scale
from gatewatch.model.history import Snapshot
from gatewatch.model.register import Register

_WIDE, _LEFT, _RIGHT, _TOP, _BOTTOM = 1000.0, 90.0, 976.0, 96.0, 320.0


def picture(register: Register, held: Sequence[Snapshot]) -> str:
    """Entries by published state, as SVG; `held` are accepted snapshots in the order of time."""
    first, last = held[0].published_at.date(), held[-1].published_at.date()
    scale = Scale(first, last, _LEFT, _RIGHT)
    most = max((s.entries for s in held), default=1) or 1
    title = f"{register.id}: entries by published state"
    under, over = axis.drawn(scale, _TOP - 14, _BOTTOM)
    body = [marks.text(24, 38, title, "b t"), *under, *_levels(most)]
    body += [_area(span, scale, most) for span in _unbroken(held, register)]
    body += [
        shapes.hatched(x_of(scale, a), x_of(scale, b), _TOP, _BOTTOM)
        for a, b in _gaps(held, register)
    ]
    body += [*over, shapes.rule(_LEFT, _RIGHT, _BOTTOM, "ink", 1)]
    noun = "entry" if held[0].entries == 1 else "entries"
    told = f"{held[0].entries:,} {noun} on {first}, {held[-1].entries:,} on {last}, at most {most:,}; {len(held):,} published states"
    body.append(marks.text(24, _BOTTOM + 34, told, "m"))
    return frame(_WIDE, _BOTTOM + 56, title, told, body)


def _levels(most: int) -> Iterator[str]:
    for share in (0.5, 1.0):
        y = _y(most * share, most)
        yield shapes.rule(_LEFT, _RIGHT, y, "hair", 1)
        yield marks.text(_LEFT - 10, y + 4.5, f"{round(most * share):,}", "m", "end")


def _y(entries: float, most: int) -> float:
    return _BOTTOM - (_BOTTOM - _TOP - 20) * entries / most


def _unbroken(held: Sequence[Snapshot], register: Register) -> Iterator[list[Snapshot]]:
    span: list[Snapshot] = []
    for one in held:
        if span and one.published_at - span[-1].published_at > register.patience:
            yield span
            span = []
        span.append(one)
    if span:
        yield span


def _gaps(held: Sequence[Snapshot], register: Register) -> Iterator[tuple[datetime, datetime]]:
    for a, b in pairwise(held):
        if b.published_at - a.published_at > register.patience:
            yield a.published_at, b.published_at


def _area(span: Sequence[Snapshot], scale: Scale, most: int) -> str:
    """Steps: a state holds until the next one. Of many states on one pixel the last is drawn."""
    points: dict[int, float] = {}
    for one in span:
        points[round(_x(scale, one.published_at))] = _y(one.entries, most)
    x0 = min(points)
    path = f"M{x0} {_BOTTOM}" + "".join(f"H{x}V{y:.1f}" for x, y in points.items())
    end = max(*points, x0 + 2)
    line = (
        f"M{x0} {points[x0]:.1f}" + "".join(f"H{x}V{y:.1f}" for x, y in points.items()) + f"H{end}"
    )
    return (
        f'<path d="{path}H{end}V{_BOTTOM}Z" fill="var(--tint)"/>'
        f'<path d="{line}" fill="none" stroke="var(--listed)" stroke-width="2"/>'
    )


def _x(scale: Scale, when: datetime) -> float:
    start = datetime.combine(scale.first, time(), UTC)
    return scale.left + (when - start).total_seconds() / 86_400 * scale.width
