"""Days along the top: each by name in short spans, else weeks, months or years."""

from calendar import monthrange
from collections.abc import Iterator
from datetime import date, timedelta

from gatewatch import words
from gatewatch.draw.scale import Scale
from gatewatch.draw.text import cut, text, width
from gatewatch.model.message import message
from gatewatch.words import customs, say
from gatewatch.words.states import Ink

_DAY = timedelta(days=1)
_APART = 12.0
"""Pixels between the names of two ticks."""
_WIDEST_MONTH, _WIDEST_DAY = date(2017, 9, 1), date(2017, 9, 28)
"""Whose names are as wide as any in the three languages."""
_WEEKS = (1, 2, 4)
_MONTHS = (1, 2, 3, 6, 12, 24, 60, 120, 240, 600, 1200, 2400, 6000)
_MONTH = 30.4
_DAILY, _SPARSE = 64.0, 30.0
"""Heights of the note of the day asked about, over days and over longer ticks."""


def ticks(scale: Scale, language: str) -> Iterator[tuple[date, str]]:
    """Beginnings of weeks, months or years, as near as their names allow."""
    nearest = width(words.day(_WIDEST_DAY, language)) + _APART
    weeks = next((n for n in _WEEKS if n * 7 * scale.width >= nearest), 0)
    if weeks and scale.days < 120:
        day = scale.first + (7 - scale.first.weekday()) % 7 * _DAY
        while day <= scale.last:
            yield day, words.day(day, language)
            if (scale.last - day).days < weeks * 7:
                return
            day += weeks * 7 * _DAY
        return
    nearest = width(customs.month(_WIDEST_MONTH, language, short=True)) + _APART
    step = next((n for n in _MONTHS if n * _MONTH * scale.width >= nearest), 24_000)
    yield from _months(scale, step, language)


def _months(scale: Scale, step: int, language: str) -> Iterator[tuple[date, str]]:
    first = scale.first.year * 12 + scale.first.month - 1
    last = scale.last.year * 12 + scale.last.month - 1
    for count in range(first + -first % step, last + 1, step):
        day = date(max(count // 12, 1), count % 12 + 1, 1)
        if day >= scale.first:
            year = str(day.year)
            yield day, year if step >= 12 else customs.month(day, language, short=True)


def drawn(
    scale: Scale, top: float, bottom: float, language: str = "en"
) -> tuple[list[str], list[str]]:
    """What lies under everything, and the names above the picture. Names take 48 pixels at most."""
    named = _daily if scale.daily else _sparse
    return named(scale, top, bottom, language)


def _daily(scale: Scale, top: float, bottom: float, language: str) -> tuple[list[str], list[str]]:
    under = [
        f'<rect x="{scale.start(day):.1f}" y="{top:.1f}" width="{scale.width:.1f}" '
        f'height="{bottom - top:.1f}" fill="var(--wash)"/>'
        for day in scale.weekends()
    ]
    names = []
    for n in range(scale.days):
        day = scale.first + n * _DAY
        x = scale.start(day)
        turn = n and day.day == 1
        start = top - 46 if turn else top
        ink = Ink.GREY if turn else "hair"
        under.append(f'<path d="M{x:.1f} {start:.1f}V{bottom:.1f}" stroke="var(--{ink})"/>')
        weekday = customs.weekday(day, language)
        names.append(text(scale.middle(day), top - 23, weekday, "m", anchor="middle"))
        names.append(text(scale.middle(day), top - 7, str(day.day), "", anchor="middle"))
        month = customs.month(day, language)
        if day.day == 1 or (not n and _room(scale, month)):
            names.append(text(x + 5, top - 40, cut(month, scale.right - x, bold=True), "b"))
    return under, names


def _room(scale: Scale, name: str) -> bool:
    """Whether the first month has room for its name before the next one begins."""
    rest = monthrange(scale.first.year, scale.first.month)[1] - scale.first.day + 1
    return rest * scale.width > width(name, bold=True) + 20


def _sparse(scale: Scale, top: float, bottom: float, language: str) -> tuple[list[str], list[str]]:
    under, names = [], []
    for day, label in ticks(scale, language):
        x = scale.start(day)
        under.append(f'<path d="M{x:.1f} {top - 20:.1f}V{bottom:.1f}" stroke="var(--hair)"/>')
        if x + 4 + width(label) <= scale.right + 20:
            names.append(text(x + 4, top - 8, label, "m"))
    return under, names


def height(scale: Scale, day: date) -> float:
    """Pixels that the names of days take above the picture."""
    return (_DAILY if scale.daily and not scale.holds(day) else 48.0) + 16


def asked(
    scale: Scale, day: date, top: float, bottom: float, language: str = "en"
) -> tuple[str, str]:
    """The only heavy line, or an arrow at the edge that it lies beyond."""
    if scale.holds(day):
        x = scale.middle(day)
        line = (
            f'<path class="asked" d="M{x:.1f} {top:.1f}V{bottom:.1f}" stroke="var(--ink)" '
            f'stroke-width="3"/><path d="M{x - 6:.1f} {top - 3:.1f}h12l-6 9z" fill="var(--ink)"/>'
        )
        return line, "" if scale.daily else _note(scale, day, top, x, language=language)
    after = day > scale.last
    x = scale.right if after else scale.left
    way = -1 if after else 1
    y = top - (_DAILY if scale.daily else _SPARSE)
    arrow = f'<path class="asked" d="M{x:.1f} {y - 4.5:.1f}l{9 * way} -6v12z" fill="var(--ink)"/>'
    said = say(message("the day asked about: {day}", day=day), language)
    return arrow, text(x + 15 * way, y, said, "b", anchor="end" if after else "start")


def _note(scale: Scale, day: date, top: float, x: float, language: str) -> str:
    said = say(message("asked about: {day}", day=day), language)
    half = width(said, bold=True) / 2 + 4
    middle = min(max(x, scale.left + half), scale.right - half)
    return text(middle, top - _SPARSE, said, "b", anchor="middle")
