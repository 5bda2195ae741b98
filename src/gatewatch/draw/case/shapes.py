"""Marks of a step by what it is, and lines by what is sure of them; the rest is in `marks`."""

from gatewatch.cases.case import Step
from gatewatch.draw import marks
from gatewatch.draw.marks import cap, circle, diamond, dots, lifted, square

SAID = frozenset({"announced", "denied", "warned"})
ACCESS = frozenset({"blocked", "throttled", "partially_blocked", "restored"})
LISTS = frozenset({"listed", "delisted", "registered"})
_OPENINGS = frozenset({"delisted", "restored", "revoked"})


def lane_of(step: Step) -> int:
    """The lane that a step lies in, counted from 0."""
    return 1 if step.action in SAID | ACCESS else 2 if step.action in LISTS else 0


def ink_of(step: Step) -> str:
    if step.action in ACCESS:
        return "access"
    return "ink-2" if step.action in SAID else "listed" if step.action in LISTS else "duty"


def mark(step: Step, x: float, y: float, *, held: bool = True) -> str:
    """The shape of a step; hollow for a day that is not the one held, dotted if nobody tells it."""
    drawn = _mark(step, x, y, held=held)
    return f'<g stroke-dasharray="2 2.5">{drawn}</g>' if step.inferred else drawn


def _mark(step: Step, x: float, y: float, *, held: bool) -> str:
    if step.action in SAID:
        return diamond(x, y, solid=held)
    if not held:
        round_mark = step.action in ACCESS
        return circle(x, y, "access") if round_mark else square(x, y, ink_of(step))
    if step.action in _OPENINGS:
        return lifted(x, y)
    if step.action in ACCESS:
        whole = step.action == "blocked" and step.scope == "whole"
        return circle(x, y, "access", 1.0 if whole else 0.5)
    if step.action == "listed":
        return square(x, y, "listed", 1)
    return square(x, y, "duty", 0 if step.action in {"complied", "registered"} else 0.5)


def badge(x: float, y: float, number: int, *, dotted: bool = False) -> str:
    """The number of a step; a dotted ring for one that no source tells of."""
    half = max(10.0, 4.5 * len(str(number)) + 3)
    box = f'<rect x="{x - half:.1f}" y="{y - 10:.1f}" width="{2 * half:.1f}" height="20" rx="10" '
    ring = 'fill="var(--paper)" stroke="var(--ink)" stroke-width="1.5" stroke-dasharray="2 2.5"/>'
    words = f'<text x="{x:.1f}" y="{y + 4.6:.1f}" text-anchor="middle" font-weight="700">{number}</text>'
    if dotted:
        return f'<g class="step">{box}{ring}{words}</g>'
    return f'<g class="step">{box}fill="var(--ink)"/><g class="on">{words}</g></g>'


def badge_of(step: Step, x: float, y: float) -> str:
    return badge(x, y, step.number, dotted=bool(step.inferred))


def box(x0: float, x1: float, y: float, ink: str, half: float = 9) -> str:
    """A bar along time."""
    return (
        f'<rect x="{x0:.1f}" y="{y - half:.1f}" width="{max(x1 - x0, 0):.1f}" '
        f'height="{2 * half:.1f}" fill="var(--{ink})"/>'
    )


def rule(x0: float, x1: float, y: float, ink: str, width: float) -> str:
    return f'<path d="M{x0:.1f} {y:.1f}H{max(x1, x0):.1f}" stroke="var(--{ink})" stroke-width="{width}"/>'


def bracket(
    x0: float, x1: float, y: float, ink: str, *, opens: bool, closes: bool, half: float = 6
) -> str:
    """Not before, not after: a tint between two caps; dots and no cap where a side is open."""
    tint = "tint-access" if ink == "access" else "hair" if ink == "ink-2" else "tint"
    closed = opens and closes
    parts = [box(x0, x1, y, tint, half) if closed else dots(x0, x1, y, ink)]
    if opens:
        parts.append(_cap(x0, y, ink, 1, half, x1 - x0))
    if closes:
        parts.append(_cap(x1, y, ink, -1, half, x1 - x0))
    return "".join(parts)


def _cap(x: float, y: float, ink: str, way: int, half: float, room: float) -> str:
    turn = way * min(5.0, max(room / 2 - 1, 1.5))
    return (
        f'<path d="M{x + turn:.1f} {y - half - 1:.1f}H{x:.1f}V{y + half + 1:.1f}H{x + turn:.1f}" '
        f'fill="none" stroke="var(--{ink})" stroke-width="2"/>'
    )


def stay(x0: float, sure: float, x1: float, y: float, *, whole: bool) -> str:
    """A restriction over its time: a solid line, a double one if in part, thin after the last
    source."""
    thin = rule(sure, x1, y, "access", 1) if x1 > sure else ""
    if whole:
        return rule(x0, sure, y, "access", 5) + thin
    return rule(x0, sure, y - 2, "access", 1.5) + rule(x0, sure, y + 2, "access", 1.5) + thin


def strokes(x: float, y: float) -> str:
    """A user's report."""
    return "".join(
        f'<path d="M{x + step:.1f} {y - 6:.1f}v12" stroke="var(--reports)" stroke-width="2"/>'
        for step in (-5, 0, 5)
    )


def unsure(x: float, y: float) -> str:
    """Too little to go by."""
    return (
        f'<circle cx="{x:.1f}" cy="{y:.1f}" r="6" fill="var(--paper)" stroke="var(--grey)" '
        'stroke-width="2" stroke-dasharray="3 2.5"/>'
    )


def hatched(x0: float, x1: float, y0: float, y1: float) -> str:
    """Nothing is held here."""
    return (
        f'<rect x="{x0:.1f}" y="{y0:.1f}" width="{max(x1 - x0, 0):.1f}" '
        f'height="{max(y1 - y0, 0):.1f}" fill="url(#h)"/>'
    )


__all__ = [
    "ACCESS",
    "LISTS",
    "SAID",
    "badge",
    "badge_of",
    "box",
    "bracket",
    "cap",
    "hatched",
    "ink_of",
    "lane_of",
    "mark",
    "marks",
    "rule",
    "stay",
    "strokes",
    "unsure",
]
