"""Targets over time, a row each: when a register listed them, when networks measured them, and
where measurements show a block. What is not measured is hatched, so that a blank never reads as
free."""

from collections.abc import Iterator, Sequence
from datetime import UTC, date, datetime, timedelta

import msgspec

from gatewatch.draw import axis, marks
from gatewatch.draw.coverage import TALL, block, coverage
from gatewatch.draw.key import Entry, key
from gatewatch.draw.scale import Scale
from gatewatch.draw.text import TITLE, cut, folded, text
from gatewatch.model.episode import Episode, Silence
from gatewatch.model.message import Message, message
from gatewatch.model.moment import Bracket
from gatewatch.model.redaction import defanged
from gatewatch.words import say
from gatewatch.words.states import Ink

MOST = 30
"""Rows of one picture; what is left out is counted in it."""
_LANE, _GAP = TALL, 18.0
_WORDS = 52.0
"""Height of two lines of words, which one lane alone does not give."""
_DOTS = 34.0
_DAY = timedelta(days=1)


class Track(msgspec.Struct, frozen=True, kw_only=True):
    """What is drawn of one target."""

    target: str
    note: Message
    """Beside its name."""
    measured: dict[date, int]
    """Networks that measured it, by day."""
    blocks: tuple[Episode, ...] = ()
    silences: tuple[Silence, ...] = ()
    listings: tuple[tuple[Bracket, Bracket | None], ...] | None = None
    """None where paper is not part of the picture."""


class _Page(msgspec.Struct, frozen=True):
    """Where things stand: names beside the lanes, or over them where the picture is narrow."""

    width: float
    left: float
    right: float
    names: float
    """Pixels for the name of a target."""
    over: float
    """Pixels above the lanes that names take; 0 where they stand beside them."""


_WIDE = _Page(width=1000.0, left=300.0, right=976.0, names=268.0, over=0.0)
_NARROW = _Page(width=390.0, left=14.0, right=376.0, names=362.0, over=40.0)


def picture(
    title: Message,
    tracks: Sequence[Track],
    at: datetime | None = None,
    *,
    rest: int = 0,
    language: str = "en",
    narrow: bool = False,
) -> str:
    """The tracks as SVG; `at` is the moment asked about, the only heavy upright line. `rest`: how
    many there are besides."""
    page, shown = _NARROW if narrow else _WIDE, tracks[:MOST]
    said, edge = say(title, language), 14.0 if narrow else 24.0
    lines = folded(said, page.right - edge, 2, bold=True, size=TITLE)
    body = [text(edge, 38 + 26 * n, line, "b t") for n, line in enumerate(lines)]
    top = 86.0 + 26 * len(lines)
    scale = _scale(shown, at, page)
    paper = any(t.listings is not None for t in shown)
    high = _height(page, paper=paper)
    bottom = top + high * len(shown)
    under, over = axis.drawn(scale, top - 14, bottom, language)
    body += under
    for number, track in enumerate(shown):
        body += _row(track, scale, top + high * number, page, language=language)
    body += over
    if at:
        body.append(marks.upright(scale.at(at), top - 14, bottom, "ink", thick=2.5))
    rest += len(tracks) - len(shown)
    if rest > 0:
        more = message("and {n} more that is not drawn", "and {n} more that are not drawn", n=rest)
        body.append(text(edge, bottom + 22, say(more, language), "m"))
    entries = [*(_PAPER if paper else ()), *_KEY]
    named, end = key(entries, bottom + 46, left=edge, right=page.right, language=language)
    return marks.frame(page.width, end, said, _alt_text(shown, language), body=[*body, *named])


def _height(page: _Page, *, paper: bool) -> float:
    lanes = _LANE * 2 if paper else _LANE
    return page.over + lanes + _GAP if page.over else max(lanes + _GAP, _WORDS)


def _alt_text(shown: Sequence[Track], language: str) -> str:
    rows = [f"{defanged(t.target)}: {say(t.note, language)}" for t in shown]
    return "; ".join(rows) or say(message("nothing to show"), language)


def _scale(tracks: Sequence[Track], at: datetime | None, page: _Page) -> Scale:
    days = [day for track in tracks for day in _days(track)] + ([at.date()] if at else [])
    first = min(days, default=datetime.now(UTC).date())
    last = max(days, default=first)
    margin = max((last - first) // 30, _DAY)
    return Scale(first - margin, last + margin, page.left, page.right)


def _days(track: Track) -> Iterator[date]:
    yield from track.measured
    for one in track.blocks:
        yield from (t.date() for t in (one.onset_earliest, one.resolution_latest) if t)
    for came, went in track.listings or ():
        yield from (t.date() for t in (came.after or came.by, went and went.by) if t)


def _row(track: Track, scale: Scale, top: float, page: _Page, language: str) -> Iterator[str]:
    edge = 14.0 if page.over else 24.0
    name = cut(defanged(track.target), page.names, bold=True)
    yield marks.rule(edge, page.right, top - _GAP / 2, "hair", thick=1)
    yield text(edge, top + 12, name, "b")
    yield text(edge, top + 30, cut(say(track.note, language), page.names), "m")
    top += page.over
    if track.listings is not None:
        for came, went in track.listings:
            yield _listing(scale, top + _LANE / 2, came, went)
        top += _LANE
    yield from coverage(track.measured, track.silences, scale, top)
    yield from (block(scale, top + _LANE / 2, one) for one in track.blocks)


def _listing(scale: Scale, y: float, came: Bracket, went: Bracket | None) -> str:
    x1 = scale.at(came.by) if came.by else scale.left
    x0 = scale.at(came.after) if came.after else max(x1 - _DOTS, scale.left)
    x2 = scale.at(went.after) if went and went.after else scale.right
    x3 = scale.at(went.by) if went and went.by else x2
    ends = marks.bracket(x0, x1, y, Ink.LISTED, opens=came.after is not None, closes=False)
    if came.after:
        ends += marks.box(x0, x1, y, "tint", half=8)
    if went:
        ends += marks.box(x2, x3, y, "tint", half=8) + marks.cap(x3, y, Ink.LISTED, opening=False)
    return ends + marks.box(x1, max(x2, x1 + 2), y, Ink.LISTED, half=8)


_PAPER: tuple[Entry, ...] = ((marks.box(-12, 12, 0, Ink.LISTED, half=6), message("surely listed")),)
_KEY: tuple[Entry, ...] = (
    (marks.rule(-12, 12, 0, Ink.ACCESS, thick=7), message("blocked, by measurements")),
    (marks.box(-12, 12, 0, "tint-access", half=6), message("began or ended here")),
    (marks.measured(-12, 12, 0), message("measured")),
    (marks.hatched(-12, 12, -7, 7), message("nothing measured")),
)
