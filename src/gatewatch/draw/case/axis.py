"""Days along the top: each by name in short spans, else weeks, months or years."""

from calendar import monthrange
from collections.abc import Iterator
from datetime import date, timedelta

from gatewatch.draw import marks
from gatewatch.draw.case.labels import plain
from gatewatch.draw.case.measure import width
from gatewatch.draw.scale import Scale

_DAY = timedelta(days=1)
_NEAREST = 74.0
"""Pixels between two ticks, so that their labels keep apart."""
_NEAREST_DAYS = 96.0
"""The same for whole days, whose names are longer."""
_WEEKS = (1, 2, 4)
_MONTHS = (1, 2, 3, 6, 12, 24, 60, 120, 240, 600, 1200, 2400, 6000)
_MONTH = 30.4
_DAILY, _SPARSE = 64.0, 30.0
"""Heights of the note of the day asked about, over days and over longer ticks."""


def ticks(scale: Scale) -> Iterator[tuple[date, str]]:
    """Beginnings of weeks, months or years at a distance that reads well."""
    weeks = next((n for n in _WEEKS if n * 7 * scale.width >= _NEAREST_DAYS), 0)
    if weeks and scale.days < 120:
        day = scale.first + (7 - scale.first.weekday()) % 7 * _DAY
        while day <= scale.last:
            yield day, plain(day)
            if (scale.last - day).days < weeks * 7:
                return
            day += weeks * 7 * _DAY
        return
    step = next((n for n in _MONTHS if n * _MONTH * scale.width >= _NEAREST), 24_000)
    yield from _months(scale, step)


def _months(scale: Scale, step: int) -> Iterator[tuple[date, str]]:
    first = scale.first.year * 12 + scale.first.month - 1
    last = scale.last.year * 12 + scale.last.month - 1
    for count in range(first + -first % step, last + 1, step):
        day = date(max(count // 12, 1), count % 12 + 1, 1)
        if day >= scale.first:
            yield day, str(day.year) if step >= 12 else f"{day:%b} {day.year}"


def drawn(scale: Scale, top: float, bottom: float) -> tuple[list[str], list[str]]:
    """What lies under everything, and the names above the picture. Names take 48 pixels at most."""
    return _daily(scale, top, bottom) if scale.daily else _sparse(scale, top, bottom)


def _daily(scale: Scale, top: float, bottom: float) -> tuple[list[str], list[str]]:
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
        ink = "grey" if turn else "hair"
        under.append(f'<path d="M{x:.1f} {start:.1f}V{bottom:.1f}" stroke="var(--{ink})"/>')
        names.append(marks.text(scale.middle(day), top - 23, f"{day:%a}", "m", "middle"))
        names.append(marks.text(scale.middle(day), top - 7, str(day.day), "", "middle"))
        if day.day == 1 or (not n and _room(scale)):
            names.append(marks.text(x + 5, top - 40, f"{day:%B} {day.year}", "b"))
    return under, names


def _room(scale: Scale) -> bool:
    """Whether the first month has room for its name before the next one begins."""
    rest = monthrange(scale.first.year, scale.first.month)[1] - scale.first.day + 1
    return rest * scale.width > width("September 2017", bold=True) + 20


def _sparse(scale: Scale, top: float, bottom: float) -> tuple[list[str], list[str]]:
    under, names = [], []
    for day, label in ticks(scale):
        x = scale.start(day)
        under.append(f'<path d="M{x:.1f} {top - 20:.1f}V{bottom:.1f}" stroke="var(--hair)"/>')
        if x + 4 + width(label) <= scale.right + 20:
            names.append(marks.text(x + 4, top - 8, label, "m"))
    return under, names


def height(scale: Scale, day: date) -> float:
    """Pixels that the names of days take above the picture."""
    return (_DAILY if scale.daily and not scale.holds(day) else 48.0) + 16


def asked(scale: Scale, day: date, top: float, bottom: float) -> tuple[str, str]:
    """The only heavy line, or an arrow at the edge that it lies beyond."""
    if scale.holds(day):
        x = scale.middle(day)
        line = (
            f'<path class="asked" d="M{x:.1f} {top:.1f}V{bottom:.1f}" stroke="var(--ink)" '
            f'stroke-width="3"/><path d="M{x - 6:.1f} {top - 3:.1f}h12l-6 9z" fill="var(--ink)"/>'
        )
        return line, "" if scale.daily else _note(scale, day, top, x)
    after = day > scale.last
    x = scale.right if after else scale.left
    way = -1 if after else 1
    y = top - (_DAILY if scale.daily else _SPARSE)
    arrow = f'<path class="asked" d="M{x:.1f} {y - 4.5:.1f}l{9 * way} -6v12z" fill="var(--ink)"/>'
    words = f"the day asked about: {plain(day)}"
    anchor = "end" if after else "start"
    return arrow, marks.text(x + 15 * way, y, words, "b", anchor)


def _note(scale: Scale, day: date, top: float, x: float) -> str:
    words = f"asked about: {plain(day)}"
    half = width(words, bold=True) / 2 + 4
    middle = min(max(x, scale.left + half), scale.right - half)
    return marks.text(middle, top - _SPARSE, words, "b", "middle")
