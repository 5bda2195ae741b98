"""Targets over time, a row each: when a register listed them, when networks measured them, and where
measurements show a block. What is not measured is hatched, so that a blank never reads as free."""

from collections.abc import Iterator, Sequence
from datetime import UTC, date, datetime, timedelta

import msgspec

from gatewatch.draw import marks
from gatewatch.draw.case import axis, frame, shapes
from gatewatch.draw.case.measured import TALL, block, coverage, x_of
from gatewatch.draw.scale import Scale
from gatewatch.model.episode import Episode, Silence
from gatewatch.model.moment import Bracket
from gatewatch.model.redaction import defanged

MOST = 30
"""Rows of one picture; what is left out is counted in it."""
_WIDE, _LEFT, _RIGHT, _TOP, _LANE, _GAP = 1000.0, 300.0, 976.0, 112.0, TALL, 18.0
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
        x = x_of(scale, at)
        body.append(
            f'<path d="M{x:.1f} {_TOP - 14:.1f}V{bottom:.1f}" stroke="var(--ink)" stroke-width="2.5"/>'
        )
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
    return (
        parts
        + coverage(track.measured, track.silences, scale, top)
        + [block(scale, top + _LANE / 2, b) for b in track.blocks]
    )


def _listing(scale: Scale, y: float, came: Bracket, went: Bracket | None) -> str:
    x1 = x_of(scale, came.by) if came.by else scale.left
    x0 = x_of(scale, came.after) if came.after else max(x1 - _DOTS, scale.left)
    x2 = x_of(scale, went.after) if went and went.after else scale.right
    x3 = x_of(scale, went.by) if went and went.by else x2
    ends = shapes.bracket(x0, x1, y, "listed", opens=came.after is not None, closes=False)
    if came.after:
        ends += shapes.box(x0, x1, y, "tint", 8)
    if went:
        ends += shapes.box(x2, x3, y, "tint", 8) + marks.cap(x3, y, "listed", opening=False)
    return ends + shapes.box(x1, max(x2, x1 + 2), y, "listed", 8)


def _key(y: float, *, paper: bool) -> list[str]:
    parts = (
        [shapes.box(24, 50, y - 5, "listed", 6), marks.text(58, y, "surely listed", "m")]
        if paper
        else []
    )
    x = 170.0 if paper else 24.0
    parts += [
        shapes.rule(x, x + 26, y - 5, "access", 7),
        marks.text(x + 34, y, "blocked, by measurements", "m"),
        shapes.box(x + 220, x + 246, y - 5, "tint-access", 6),
        marks.text(x + 254, y, "began or ended here", "m"),
        f'<rect x="{x + 400}" y="{y - 8}" width="26" height="6" fill="var(--grey)" opacity="0.45"/>',
        marks.text(x + 434, y, "measured", "m"),
        shapes.hatched(x + 520, x + 546, y - 12, y + 2),
        marks.text(x + 554, y, "nothing measured", "m"),
    ]
    return parts


def _cut(text: str, most: int) -> str:
    return text if len(text) <= most else f"{text[: most - 1]}…"
