"""Listings over time, a row each: what was surely listed, where a change may lie, where nothing is
held."""

from collections.abc import Iterator, Mapping, Sequence
from datetime import UTC, datetime, timedelta

from gatewatch.draw import axis, marks
from gatewatch.draw.key import Entry, key
from gatewatch.draw.scale import Scale
from gatewatch.draw.text import TITLE, cut, text
from gatewatch.model.history import Listing
from gatewatch.model.message import Message, message
from gatewatch.model.moment import Bracket
from gatewatch.model.redaction import defanged, value, withholds
from gatewatch.model.register import Register
from gatewatch.words import say
from gatewatch.words.states import Ink

_WIDTH, _EDGE, _LEFT, _RIGHT, _TOP, _ROW = 1000.0, 24.0, 300.0, 976.0, 98.0, 52.0
_NAMES = _LEFT - _EDGE - 14
_DOTS = 36.0
"""Length of the dots of an open side."""
Reach = Mapping[str, tuple[datetime, datetime]]
"""The first and the last snapshot held of each register."""


def listings(
    title: str,
    shown: Sequence[Listing],
    registers: Mapping[str, Register],
    reach: Reach,
    *,
    full: bool = False,
    language: str = "en",
) -> str:
    """Draw listings as SVG. `full` shows paths that are withheld by ground."""
    start, end = _period(shown, reach)
    scale = Scale(start.date(), end.date(), _LEFT, _RIGHT)
    bottom = _TOP + _ROW * len(shown) - 6
    head = say(message("Listings of {what}", what=title), language)
    under, over = axis.drawn(scale, _TOP - 14, bottom, language)
    body = [text(_EDGE, 38, cut(head, _RIGHT - _EDGE, bold=True, size=TITLE), "b t"), *under]
    for number, listing in enumerate(shown):
        register = registers[listing.register]
        body += _names(listing, register, _TOP + _ROW * number, language, full=full)
        body += _bar(listing, reach[listing.register], scale, _TOP + _ROW * number + 16)
    named, tall = key(_KEY, bottom + 40, left=_EDGE, right=_RIGHT, language=language)
    told = "; ".join(say(_told(one, registers[one.register]), language) for one in shown)
    alt = told or say(message("none"), language)
    return marks.frame(_WIDTH, tall, head, alt, body=[*body, *over, *named])


def _period(shown: Sequence[Listing], reach: Reach) -> tuple[datetime, datetime]:
    """From a little before the first known change to a little after the last, as far as is held."""
    first = min((start for start, _ in reach.values()), default=datetime(2000, 1, 1, tzinfo=UTC))
    last = max((end for _, end in reach.values()), default=datetime.now(UTC))
    known = [t for li in shown for t in _times(li)]
    start, end = min(known, default=first), max(known, default=last)
    if any(li.went is None for li in shown):
        end = max(end, last)
    margin = max((end - start) / 12, timedelta(days=1))
    return start - margin, end + margin


def _times(listing: Listing) -> Iterator[datetime]:
    for side in (listing.came, listing.went):
        if side:
            yield from (t for t in (side.after, side.by) if t)


def _address(listing: Listing, register: Register, *, full: bool) -> str:
    withhold = not full and withholds(listing.entry, register.redaction)
    return defanged(value(listing.selector, withhold=withhold))


def _names(
    listing: Listing, register: Register, y: float, language: str, *, full: bool
) -> Iterator[str]:
    entry = message("{register}, entry {entry}", register=register.id, entry=listing.entry_id)
    name = cut(_address(listing, register, full=full), _NAMES, bold=True)
    yield marks.rule(_EDGE, _RIGHT, y - 6, "hair", thick=1)
    yield text(_EDGE, y + 14, name, "b")
    yield text(_EDGE, y + 32, cut(say(entry, language), _NAMES), "m")


def _bar(
    listing: Listing, reach: tuple[datetime, datetime], scale: Scale, y: float
) -> Iterator[str]:
    """Solid where it surely stood, a tint where a change lies, hatching outside what is held."""
    came, went = listing.came, listing.went
    assert came.by is not None
    yield marks.hatched(scale.left, scale.at(reach[0]), y - 10, y + 10)
    yield marks.hatched(scale.at(reach[1]), scale.right, y - 10, y + 10)
    sure = (went.after if went else None) or reach[1]
    yield _side(came, scale, y, opening=True)
    yield marks.box(
        scale.at(came.by), max(scale.at(sure), scale.at(came.by) + 2), y, Ink.LISTED, half=10
    )
    if went:
        yield _side(went, scale, y, opening=False)


def _side(side: Bracket, scale: Scale, y: float, *, opening: bool) -> str:
    """A bracket: a tint where the change may lie, a cap at each known end."""
    known, far = (side.by, side.after) if opening else (side.after, side.by)
    if known is None:
        known = far
    assert known is not None
    x = scale.at(known)
    if far is None:
        return marks.dots(x, x - _DOTS if opening else x + _DOTS, y, Ink.LISTED)
    left, right = sorted((x, scale.at(far)))
    tint = marks.box(left, max(right, left + 1.5), y, "tint", half=10)
    return tint + marks.cap(left if opening else right, y, Ink.LISTED, opening=opening, half=12)


def _told(listing: Listing, register: Register) -> Message:
    """The row in words, for who does not see it."""
    came = message(
        "{address} in {register}, came {bracket}",
        address=_address(listing, register, full=False),
        register=register.id,
        bracket=listing.came,
    )
    if listing.went is None:
        return message("{listing}, there when last published", listing=came)
    return message("{listing}, went {bracket}", listing=came, bracket=listing.went)


_KEY: tuple[Entry, ...] = (
    (marks.box(-12, 12, 0, Ink.LISTED, half=7), message("surely listed")),
    (
        marks.bracket(-12, 12, 0, Ink.LISTED, opens=True, closes=False),
        message("the change lies here: [not before, not after]"),
    ),
    (marks.hatched(-12, 12, -7, 7), message("nothing is held")),
)
