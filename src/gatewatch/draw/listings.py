"""A picture of listings over time, as SVG: what was surely listed, and where a change may lie.

The grammar: a solid bar is surely listed; a tint between two caps is where the change may lie; an
open side is dots and has no cap; hatching is where nothing is held. Colour repeats the shapes and
adds nothing, so the picture reads in one ink.
"""

from collections.abc import Iterable, Sequence
from datetime import UTC, datetime, timedelta
from html import escape

from gatewatch.model.history import Listing
from gatewatch.model.moment import Bracket
from gatewatch.model.redaction import clean, defanged, value, withholds
from gatewatch.model.register import Register

_WIDTH, _LEFT, _RIGHT, _TOP, _ROW = 1000, 300, 24, 84, 52
_STYLE = """
.chart { --paper: #fff; --ink: #15202b; --ink-2: #4a5763; --hair: #cfd6db; --listed: #17468a;
  --tint: #e3edf8; --hatch: #c3cad0 }
@media (prefers-color-scheme: dark) { .chart { --paper: #10161c; --ink: #e9edf0; --ink-2: #b1bcc6;
  --hair: #3a4650; --listed: #8fc1f7; --tint: #1b3350; --hatch: #3d4852 } }
.chart text { font: 13px/1 system-ui, "Segoe UI", Roboto, "Noto Sans", "DejaVu Sans", sans-serif;
  fill: var(--ink); stroke: var(--paper); stroke-width: 4px; paint-order: stroke }
.chart .m { fill: var(--ink-2) } .chart .b { font-weight: 650 } .chart .t { font-size: 19px }
.chart .mono { font-family: ui-monospace, Menlo, Consolas, "Noto Sans Mono", monospace }
"""


def listings(
    title: str,
    shown: Sequence[Listing],
    registers: dict[str, Register],
    reach: dict[str, tuple[datetime, datetime]],
    *,
    full: bool = False,
) -> str:
    """Draw listings, a row each. `reach` is the first and last snapshot held of each register."""
    scale = _Scale(_period(shown, reach))
    height = _TOP + _ROW * len(shown) + 64
    head = f"Listings of {title}"
    told = "; ".join(_told(listing, registers[listing.register]) for listing in shown) or "none"
    parts = [
        (
            f'<svg xmlns="http://www.w3.org/2000/svg" class="chart" viewBox="0 0 {_WIDTH} {height}" '
            f'role="img" aria-labelledby="t d"><title id="t">{escape(head)}</title>'
            f'<desc id="d">{escape(told)}</desc><style>{_STYLE}</style>'
        ),
        (
            '<defs><pattern id="h" width="8" height="8" patternUnits="userSpaceOnUse" '
            'patternTransform="rotate(45)"><path d="M0 0V8" stroke="var(--hatch)" stroke-width="2"/>'
            "</pattern></defs>"
        ),
        f'<rect width="{_WIDTH}" height="{height}" fill="var(--paper)"/>',
        _text(24, 34, head, "b t"),
    ]
    parts += _axis(scale, height)
    for number, listing in enumerate(shown):
        register = registers[listing.register]
        parts += _row(_TOP + _ROW * number, listing, register, reach[listing.register], scale, full)
    parts += _key(height - 26)
    return "\n".join([*parts, "</svg>"]) + "\n"


class _Scale:
    """Time to the picture's x."""

    def __init__(self, period: tuple[datetime, datetime]) -> None:
        self.start, self.end = period

    def __call__(self, when: datetime) -> float:
        share = (when - self.start) / (self.end - self.start)
        return _LEFT + min(max(share, 0.0), 1.0) * (_WIDTH - _LEFT - _RIGHT)


def _period(
    shown: Sequence[Listing], reach: dict[str, tuple[datetime, datetime]]
) -> tuple[datetime, datetime]:
    """From a little before the first known change to a little after the last, as far as is held."""
    first = min((start for start, _ in reach.values()), default=datetime(2000, 1, 1, tzinfo=UTC))
    last = max((end for _, end in reach.values()), default=datetime.now(UTC))
    known = [t for li in shown for t in _times(li)]
    start, end = min(known, default=first), max(known, default=last)
    if any(li.went is None for li in shown):
        end = max(end, last)
    margin = max((end - start) / 12, timedelta(days=1))
    return start - margin, end + margin


def _times(listing: Listing) -> Iterable[datetime]:
    sides = (listing.came, listing.went or Bracket(None, None))
    return (t for side in sides for t in (side.after, side.by) if t)


def _axis(scale: _Scale, height: int) -> list[str]:
    bottom = height - 52
    parts = []
    for when in _ticks(scale):
        x = scale(when)
        parts.append(f'<path d="M{x:.1f} {_TOP - 14}V{bottom}" stroke="var(--hair)"/>')
        parts.append(_text(x, _TOP - 22, when.strftime("%Y-%m-%d"), "m", "middle"))
    return parts


def _ticks(scale: _Scale) -> list[datetime]:
    """Five to eight days at a round distance."""
    span = scale.end - scale.start
    for days in (1, 2, 3, 7, 14, 30, 61, 91, 182, 365, 730, 1826):
        if span / timedelta(days=days) <= 7:
            break
    first = scale.start.astimezone(UTC).replace(hour=0, minute=0, second=0, microsecond=0)
    found = [first + timedelta(days=days) * n for n in range(1, 9)]
    return [when for when in found if when < scale.end]


def _row(
    y: int,
    listing: Listing,
    register: Register,
    reach: tuple[datetime, datetime],
    scale: _Scale,
    full: bool,
) -> list[str]:
    middle = y + 16
    withhold = not full and withholds(listing.entry, register.redaction)
    name = defanged(value(listing.selector, withhold=withhold))
    parts = [
        f'<path d="M24 {y - 6}H{_WIDTH - _RIGHT}" stroke="var(--hair)"/>',
        _text(24, y + 14, _short(name, 34), "b mono"),
        _text(24, y + 32, _short(f"{register.id}, entry {listing.entry_id}", 40), "m"),
    ]
    parts += _unheld(middle, reach, scale)
    came, went = listing.came, listing.went
    assert came.by is not None
    sure_end = (went.after if went else None) or reach[1]
    x0, x1 = scale(came.by), max(scale(sure_end), scale(came.by) + 2)
    parts += _side(middle, came.after, came.by, scale, opening=True)
    parts.append(
        f'<rect x="{x0:.1f}" y="{middle - 10}" width="{x1 - x0:.1f}" height="20" fill="var(--listed)"/>'
    )
    if went:
        parts += _side(middle, went.after, went.by, scale, opening=False)
    return parts


def _side(
    y: int, after: datetime | None, by: datetime | None, scale: _Scale, *, opening: bool
) -> list[str]:
    """A bracket: tint where the change may lie, a cap at each known end."""
    known = by if opening else after
    assert known is not None
    far = after if opening else by
    if far is None:
        x = scale(known)
        away = x - 36 if opening else x + 36
        return [
            (
                f'<path d="M{min(x, away):.1f} {y}H{max(x, away):.1f}" stroke="var(--listed)" '
                'stroke-width="2" stroke-dasharray="2 5"/>'
            )
        ]
    left, right = sorted((scale(known), scale(far)))
    cap, turn = (left, 5) if opening else (right, -5)
    return [
        (
            f'<rect x="{left:.1f}" y="{y - 10}" width="{max(right - left, 1.5):.1f}" height="20" '
            'fill="var(--tint)"/>'
        ),
        (
            f'<path d="M{cap + turn:.1f} {y - 13}H{cap:.1f}V{y + 13}H{cap + turn:.1f}" fill="none" '
            'stroke="var(--listed)" stroke-width="2"/>'
        ),
    ]


def _unheld(y: int, reach: tuple[datetime, datetime], scale: _Scale) -> list[str]:
    """Hatching before the first and after the last snapshot held."""
    spans = ((scale.start, reach[0]), (reach[1], scale.end))
    return [
        f'<rect x="{scale(a):.1f}" y="{y - 10}" width="{scale(b) - scale(a):.1f}" height="20" '
        'fill="url(#h)"/>'
        for a, b in spans
        if b > a and scale(b) - scale(a) > 1
    ]


def _key(y: int) -> list[str]:
    return [
        f'<rect x="24" y="{y - 11}" width="26" height="14" fill="var(--listed)"/>',
        _text(58, y, "surely listed", "m"),
        (
            f'<rect x="170" y="{y - 11}" width="26" height="14" fill="var(--tint)"/>'
            f'<path d="M175 {y - 13}H170V{y + 5}H175" fill="none" stroke="var(--listed)" stroke-width="2"/>'
        ),
        _text(204, y, "the change lies here: [not before, not after]", "m"),
        f'<rect x="520" y="{y - 11}" width="26" height="14" fill="url(#h)"/>',
        _text(554, y, "nothing is held", "m"),
        _text(_WIDTH - _RIGHT, y, "days in UTC", "m", "end"),
    ]


def _told(listing: Listing, register: Register) -> str:
    """The row in words, for who does not see it."""
    withhold = withholds(listing.entry, register.redaction)
    name = defanged(value(listing.selector, withhold=withhold))
    came = f"came [{_day(listing.came.after)}, {_day(listing.came.by)}]"
    went = listing.went
    end = (
        f"went [{_day(went.after)}, {_day(went.by)}]"
        if went
        else "still listed when last published"
    )
    return f"{name} in {register.id}: {came}, {end}"


def _day(when: datetime | None) -> str:
    return when.strftime("%Y-%m-%d %H:%M") if when else ".."


def _text(x: float, y: float, text: str, style: str, anchor: str = "start") -> str:
    return f'<text x="{x:.1f}" y="{y:.1f}" class="{style}" text-anchor="{anchor}">{escape(clean(text))}</text>'


def _short(text: str, most: int) -> str:
    return text if len(text) <= most else f"{text[: most - 1]}…"
