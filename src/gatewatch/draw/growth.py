"""A register over time: how many entries each published state held. Where none was published for
longer than the register's patience, nothing is drawn."""

from collections.abc import Iterator, Sequence
from datetime import datetime
from itertools import pairwise

import msgspec

from gatewatch.draw import axis, marks
from gatewatch.draw.scale import Scale
from gatewatch.draw.text import TITLE, folded, text, width
from gatewatch.model.history import Snapshot
from gatewatch.model.message import Message, message
from gatewatch.model.register import Register
from gatewatch.words import customs, say
from gatewatch.words.shown import entries_counted

_TALL = 224.0
"""Height of the plot."""


class _Page(msgspec.Struct, frozen=True):
    width: float
    edge: float
    right: float


_WIDE, _NARROW = _Page(1000.0, 24.0, 976.0), _Page(390.0, 14.0, 376.0)


class _Plot(msgspec.Struct, frozen=True):
    """Entries to heights."""

    scale: Scale
    top: float
    bottom: float
    most: int

    def y(self, entries: float) -> float:
        return self.bottom - (self.bottom - self.top - 20) * entries / self.most


def picture(
    register: Register,
    held: Sequence[Snapshot],
    *,
    language: str = "en",
    narrow: bool = False,
) -> str:
    """Entries by published state, as SVG; `held` are accepted snapshots in the order of time."""
    page = _NARROW if narrow else _WIDE
    title = say(message("{register}: entries by published state", register=register.id), language)
    lines = folded(title, page.right - page.edge, 2, bold=True, size=TITLE)
    most = max((s.read for s in held), default=1) or 1
    left = page.edge + width(customs.number(most, language)) + 14
    top = 70.0 + 26 * len(lines)
    scale = Scale(held[0].published_at.date(), held[-1].published_at.date(), left, page.right)
    plot = _Plot(scale, top, top + _TALL, most)
    under, over = axis.drawn(scale, top - 14, plot.bottom, language)
    body = [text(page.edge, 38 + 26 * n, line, "b t") for n, line in enumerate(lines)]
    body += [*under, *_levels(plot, language)]
    body += [_area(span, plot) for span in _unbroken(held, register)]
    body += [
        marks.hatched(scale.at(a), scale.at(b), top, plot.bottom) for a, b in _gaps(held, register)
    ]
    body += [*over, marks.rule(left, page.right, plot.bottom, "ink", thick=1)]
    told = folded(say(_told(held, most), language), page.right - page.edge)
    body += [text(page.edge, plot.bottom + 34 + 18 * n, line, "m") for n, line in enumerate(told)]
    end = plot.bottom + 38 + 18 * len(told)
    return marks.frame(page.width, end, title, " ".join(told), body=body)


def _on_its_day(one: Snapshot) -> Message:
    day = one.published_at.date()
    if not one.unread:
        return message("{n} entry on {day}", "{n} entries on {day}", n=one.read, day=day)
    return message("on {day} {entries}", day=day, entries=entries_counted(one.read, one.unread))


def _told(held: Sequence[Snapshot], most: int) -> Message:
    """The picture in one line."""
    first, last = held[0], held[-1]
    begun, ended = _on_its_day(first), _on_its_day(last)
    states = message("{n} state taken for true", "{n} states taken for true", n=len(held))
    return message(
        "{begun}, {ended}, at most {most}; {states}",
        begun=begun,
        ended=ended,
        most=most,
        states=states,
    )


def _levels(plot: _Plot, language: str) -> Iterator[str]:
    """Lines at the half and at the most."""
    scale = plot.scale
    for share in (0.5, 1.0):
        y = plot.y(plot.most * share)
        yield marks.rule(scale.left, scale.right, y, "hair", thick=1)
        number = customs.number(round(plot.most * share), language)
        yield text(scale.left - 10, y + 4.5, number, "m", anchor="end")


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


def _area(span: Sequence[Snapshot], plot: _Plot) -> str:
    """Steps: a state holds until the next one. Of many states on one pixel the last is drawn."""
    points = {round(plot.scale.at(one.published_at)): plot.y(one.read) for one in span}
    x0 = min(points)
    end = max(*points, x0 + 2)
    stairs = "".join(f"H{x}V{y:.1f}" for x, y in points.items())
    return (
        f'<path d="M{x0} {plot.bottom}{stairs}H{end}V{plot.bottom}Z" fill="var(--tint)"/>'
        f'<path d="M{x0} {points[x0]:.1f}{stairs}H{end}" fill="none" stroke="var(--listed)" '
        'stroke-width="2"/>'
    )
