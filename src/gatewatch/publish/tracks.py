"""Targets over time, a row each: when a register listed them, when networks measured them, and where
measurements show a block. What is not measured is hatched, so that a blank never reads as free."""

from collections.abc import Iterator, Sequence
from datetime import UTC, date, datetime, time, timedelta

import msgspec

from gatewatch.model.episode import Episode, Silence
from gatewatch.model.moment import Bracket
from gatewatch.publish import marks
from gatewatch.publish.lanes import axis, frame, shapes
from gatewatch.publish.redact import defanged
from gatewatch.publish.scale import Scale

MOST = 30
"""Rows of one picture; what is left out is counted in it."""
_WIDE, _LEFT, _RIGHT, _TOP, _LANE, _GAP = 1000.0, 300.0, 976.0, 112.0, 24.0, 18.0
_WORDS = 52.0
"""Height of two lines of words, which one lane alone does not give."""
_DOTS = 34.0
_DAY = timedelta(days=1)


class Track(msgspec.Struct, frozen=True, kw_only=True):
    """What is drawn of one target."""

    target: str
    note: str
    """In words, beside its name."""
    measured: dict[date, int]
    """Networks that measured it, by day."""
    blocks: tuple[Episode, ...] = ()
    silences: tuple[Silence, ...] = ()
    listings: tuple[tuple[Bracket, Bracket | None], ...] | None = None
    """None where paper is not part of the picture."""


def picture(title: str, tracks: Sequence[Track], at: datetime | None = None) -> str:
    """The tracks as SVG; `at` is the moment asked about, the only heavy upright line."""
    shown, rest = tracks[:MOST], len(tracks) - MOST
    scale = _scale(shown, at)
    paper = any(t.listings is not None for t in shown)
    high = _LANE * 2 + _GAP if paper else _WORDS
    bottom = _TOP + high * len(shown)
    under, over = axis.drawn(scale, _TOP - 14, bottom)
    body = [marks.text(24, 38, title, "b t"), *under]
    for number, track in enumerate(shown):
        body += _row(track, scale, _TOP + high * number)
    body += over
    if at:
        x = _x(scale, at)
        body.append(f'<path d="M{x:.1f} {_TOP - 14:.1f}V{bottom:.1f}" stroke="var(--ink)" stroke-width="2.5"/>')  # fmt: skip
    if rest > 0:
        body.append(marks.text(24, bottom + 22, f"and {rest:,} more that are not drawn", "m"))
    body += _key(bottom + 52, paper=paper)
    told = "; ".join(f"{t.target}: {t.note}" for t in shown) or "nothing to show"
    return frame(_WIDE, bottom + 76, title, told, body)


def _scale(tracks: Sequence[Track], at: datetime | None) -> Scale:
    days = [day for track in tracks for day in _days(track)] + ([at.date()] if at else [])
    first = min(days, default=datetime.now(UTC).date())
    last = max(days, default=first)
    margin = max((last - first) // 30, _DAY)
    return Scale(first - margin, last + margin, _LEFT, _RIGHT)


def _days(track: Track) -> Iterator[date]:
    yield from track.measured
    for one in track.blocks:
        yield from (t.date() for t in (one.onset_earliest, one.resolution_latest) if t)
    for came, went in track.listings or ():
        yield from (t.date() for t in (came.after or came.by, went and went.by) if t)


def _x(scale: Scale, when: datetime) -> float:
    start = datetime.combine(scale.first, time(), UTC)
    x = scale.left + (when - start) / _DAY * scale.width
    return min(max(x, scale.left), scale.right)


def _row(track: Track, scale: Scale, top: float) -> list[str]:
    parts = [
        f'<path d="M24 {top - _GAP / 2:.1f}H{_RIGHT}" stroke="var(--hair)"/>',
        marks.text(24, top + 16, _cut(defanged(track.target), 33), "b"),
        marks.text(24, top + 34, _cut(track.note, 37), "m"),
    ]
    if track.listings is not None:
        for came, went in track.listings:
            parts.append(_listing(scale, top + _LANE / 2, came, went))
        top += _LANE
    return parts + _coverage(track, scale, top) + [_block(scale, top + _LANE / 2, b) for b in track.blocks]  # fmt: skip


def _coverage(track: Track, scale: Scale, top: float) -> list[str]:
    """Hatching, and over it the days with measurements: the more networks, the higher the ground."""
    parts = [shapes.hatched(scale.left, scale.right, top + 3, top + _LANE - 3)]
    most = max(track.measured.values(), default=1)
    for first, last, networks in _runs(track.measured):
        x0, x1 = scale.start(first), scale.end(last)
        high = 2 + 5 * networks / most
        parts.append(
            f'<rect x="{x0:.1f}" y="{top + 3:.1f}" width="{x1 - x0:.1f}" height="{_LANE - 6:.1f}" '
            f'fill="var(--paper)"/><rect x="{x0:.1f}" y="{top + _LANE - 3 - high:.1f}" '
            f'width="{x1 - x0:.1f}" height="{high:.1f}" fill="var(--grey)" opacity="0.45"/>'
        )
    for one in track.silences:
        x0, x1 = scale.start(one.first), scale.end(one.last)
        parts.append(
            f'<rect x="{x0:.1f}" y="{top + 2:.1f}" width="{x1 - x0:.1f}" height="{_LANE - 4:.1f}" '
            'fill="none" stroke="var(--grey)" stroke-width="2" stroke-dasharray="3 2.5"/>'
        )
    return parts


def _runs(measured: dict[date, int]) -> Iterator[tuple[date, date, int]]:
    """Days after each other with the same number of networks, as one."""
    run: tuple[date, date, int] | None = None
    for day, networks in sorted(measured.items()):
        if run and run[2] == networks and day - run[1] == _DAY:
            run = (run[0], day, networks)
            continue
        if run:
            yield run
        run = (day, day, networks)
    if run:
        yield run


def _block(scale: Scale, y: float, one: Episode) -> str:
    x0, x1 = _x(scale, one.onset_earliest), _x(scale, one.onset_latest)
    x2 = max(_x(scale, one.resolution_earliest), x1)
    end = _x(scale, one.resolution_latest) if one.resolution_latest else min(x2 + _DOTS, _RIGHT)
    return (
        shapes.rule(x1, max(x2, x1 + 2), y, "access", 7)
        + shapes.bracket(x0, x1, y, "access", opens=True, closes=False)
        + shapes.box(x0, x1, y, "tint-access", 6)
        + marks.cap(x0, y, "access", opening=True)
        + shapes.bracket(x2, max(end, x2), y, "access", opens=False, closes=not one.ongoing)
    )


def _listing(scale: Scale, y: float, came: Bracket, went: Bracket | None) -> str:
    x1 = _x(scale, came.by) if came.by else scale.left
    x0 = _x(scale, came.after) if came.after else max(x1 - _DOTS, scale.left)
    x2 = _x(scale, went.after) if went and went.after else scale.right
    x3 = _x(scale, went.by) if went and went.by else x2
    ends = shapes.bracket(x0, x1, y, "listed", opens=came.after is not None, closes=False)
    if came.after:
        ends += shapes.box(x0, x1, y, "tint", 8)
    if went:
        ends += shapes.box(x2, x3, y, "tint", 8) + marks.cap(x3, y, "listed", opening=False)
    return ends + shapes.box(x1, max(x2, x1 + 2), y, "listed", 8)


def _key(y: float, *, paper: bool) -> list[str]:
    parts = [shapes.box(24, 50, y - 5, "listed", 6), marks.text(58, y, "surely listed", "m")] if paper else []  # fmt: skip
    x = 170.0 if paper else 24.0
    parts += [
        shapes.rule(x, x + 26, y - 5, "access", 7), marks.text(x + 34, y, "blocked, by measurements", "m"),
        shapes.box(x + 220, x + 246, y - 5, "tint-access", 6), marks.text(x + 254, y, "began or ended here", "m"),
        f'<rect x="{x + 400}" y="{y - 8}" width="26" height="6" fill="var(--grey)" opacity="0.45"/>',
        marks.text(x + 434, y, "measured", "m"),
        shapes.hatched(x + 520, x + 546, y - 12, y + 2), marks.text(x + 554, y, "nothing measured", "m"),
    ]  # fmt: skip
    return parts


def _cut(text: str, most: int) -> str:
    return text if len(text) <= most else f"{text[: most - 1]}…"
