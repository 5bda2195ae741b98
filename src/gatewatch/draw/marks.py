"""Marks and lines of the pictures, and the sheet that they stand on, as SVG.

The grammar: squares are paper, circles are access, diamonds are words, three strokes are a report.
Fill is degree. Colour repeats shapes and adds nothing, so every picture reads in one ink.
"""

from collections.abc import Callable, Sequence
from html import escape

from gatewatch.draw import palette
from gatewatch.draw.text import width as text_width
from gatewatch.model.redaction import clean
from gatewatch.words.states import Ink, Mark, look

_R = 6.0
"""Half of a mark's width: 12 pixels, as tall as the capitals of words beside it."""
_CAP = 5.0
"""How far the end of a bracket reaches inward."""


def frame(width: float, height: float, title: str, alt: str, body: Sequence[str]) -> str:
    """An SVG with its title and its description in words."""
    head = (
        f'<svg xmlns="http://www.w3.org/2000/svg" class="lanes" viewBox="0 0 {width:.0f} {height:.0f}" '
        f'width="{width:.0f}" height="{height:.0f}" role="img" aria-labelledby="t d">'
        f'<title id="t">{escape(clean(title))}</title><desc id="d">{escape(clean(alt))}</desc>'
        f"<style>{palette.style()}</style>{_hatching()}"
        f'<rect width="{width:.0f}" height="{height:.0f}" fill="var(--paper)"/>'
    )
    return "\n".join([head, *body, "</svg>\n"])


def _hatching() -> str:
    """The pattern of a span in which nothing is held."""
    return (
        '<defs><pattern id="h" width="8" height="8" patternUnits="userSpaceOnUse" '
        'patternTransform="rotate(45)"><path d="M0 0V8" stroke="var(--hatch)" stroke-width="2"/>'
        "</pattern></defs>"
    )


def of_state(state: str, x: float, y: float) -> str:
    """The mark of a state, in its ink."""
    seen = look(state)
    return DRAWN[seen.mark](x, y, seen.ink)


def aged(drawn: str) -> str:
    """A mark of a state as last known: the same, lighter."""
    return f'<g class="aged" opacity="0.45">{drawn}</g>'


def square(x: float, y: float, ink: str, fill: float = 0) -> str:
    """Paper: hollow a duty, half a demand or an order, solid a listing."""
    outline = (
        f'<rect x="{x - _R:.1f}" y="{y - _R:.1f}" width="12" height="12" fill="var(--paper)" '
        f'stroke="var(--{ink})" stroke-width="2"/>'
    )
    inner = (
        f'<rect x="{x - _R:.1f}" y="{y - _R:.1f}" width="{12 * fill:.1f}" height="12" '
        f'fill="var(--{ink})"/>'
    )
    return outline + (inner if fill else "")


def circle(x: float, y: float, ink: str, fill: float = 0) -> str:
    """Access: solid restricted, half in part, hollow another day told for it."""
    ring = (
        f'<circle cx="{x:.1f}" cy="{y:.1f}" r="6" fill="var(--{ink if fill == 1 else "paper"})" '
        f'stroke="var(--{ink})" stroke-width="2"/>'
    )
    half = f'<path d="M{x:.1f} {y - _R:.1f}A6 6 0 0 0 {x:.1f} {y + _R:.1f}Z" fill="var(--{ink})"/>'
    return ring + (half if fill == 0.5 else "")


def lifted(x: float, y: float, ink: str = Ink.LIFTED) -> str:
    """A ring with a core."""
    return (
        f'<circle cx="{x:.1f}" cy="{y:.1f}" r="6" fill="var(--paper)" stroke="var(--{ink})" '
        f'stroke-width="2"/><circle cx="{x:.1f}" cy="{y:.1f}" r="2.5" fill="var(--{ink})"/>'
    )


def unsure(x: float, y: float, ink: str = Ink.GREY) -> str:
    """Too little to go by."""
    return (
        f'<circle cx="{x:.1f}" cy="{y:.1f}" r="6" fill="var(--paper)" stroke="var(--{ink})" '
        'stroke-width="2" stroke-dasharray="3 2.5"/>'
    )


def diamond(x: float, y: float, *, solid: bool, ink: str = Ink.PLAIN) -> str:
    """Words: solid for the day most sources give, hollow for another."""
    fill = ink if solid else "paper"
    return (
        f'<path d="M{x:.1f} {y - 7:.1f}L{x + 7:.1f} {y:.1f}L{x:.1f} {y + 7:.1f}L{x - 7:.1f} {y:.1f}Z" '
        f'fill="var(--{fill})" stroke="var(--{ink})" stroke-width="2"/>'
    )


def strokes(x: float, y: float, ink: str = Ink.REPORTS) -> str:
    """A user's report."""
    return "".join(
        f'<path d="M{x + step:.1f} {y - _R:.1f}v12" stroke="var(--{ink})" stroke-width="2"/>'
        for step in (-5, 0, 5)
    )


def differ(x: float, y: float) -> str:
    """Sources disagree: drawn, so that no font can spoil it."""
    return (
        f'<g class="differ"><circle cx="{x:.1f}" cy="{y:.1f}" r="8" fill="var(--paper)" '
        f'stroke="var(--ink)" stroke-width="1.5"/><path d="M{x - 4:.1f} {y - 2:.1f}h8M{x - 4:.1f} '
        f'{y + 2:.1f}h8M{x + 2.5:.1f} {y - 5:.1f}l-5 10" stroke="var(--ink)" stroke-width="1.5"/></g>'
    )


DRAWN: dict[Mark, Callable[[float, float, str], str]] = {
    Mark.DUTY: square,
    Mark.ORDER: lambda x, y, ink: square(x, y, ink, 0.5),
    Mark.ENTRY: lambda x, y, ink: square(x, y, ink, 1),
    Mark.FREE: circle,
    Mark.PART: lambda x, y, ink: circle(x, y, ink, 0.5),
    Mark.SHUT: lambda x, y, ink: circle(x, y, ink, 1),
    Mark.LIFTED: lifted,
    Mark.UNSURE: unsure,
    Mark.SAID: lambda x, y, ink: diamond(x, y, solid=True, ink=ink),
    Mark.SAID_TOO: lambda x, y, ink: diamond(x, y, solid=False, ink=ink),
    Mark.REPORT: strokes,
    Mark.DIFFER: lambda x, y, _: differ(x, y),
    Mark.NONE: lambda _x, _y, _ink: "",
}
"""How each mark is drawn; the middle of it is at x, y."""


def icon(state: str, *, current: bool = True) -> str:
    """A state's mark alone, 16 pixels wide, in the ink of the words around it; lighter where the
    state is only as last known."""
    mark = Mark.DIFFER if state == Mark.DIFFER else look(state).mark
    drawn = DRAWN[mark](8, 8, "ink").replace("var(--ink)", "currentColor")
    drawn = drawn if current else aged(drawn)
    return f'<svg class="g" viewBox="0 0 16 16" aria-hidden="true">{drawn}</svg>'


def badge(x: float, y: float, number: int, *, dotted: bool = False) -> str:
    """The number of a step, as a link to it on a page; a dotted ring for one that no source
    tells."""
    half = badge_half(number)
    box = f'<rect x="{x - half:.1f}" y="{y - 10:.1f}" width="{2 * half:.1f}" height="20" rx="10" '
    ring = 'fill="var(--paper)" stroke="var(--ink)" stroke-width="1.5" stroke-dasharray="2 2.5"/>'
    words = f'<text x="{x:.1f}" y="{y + 4.6:.1f}" text-anchor="middle" font-weight="700">{number}</text>'
    if dotted:
        return f'<g class="step">{box}{ring}{words}</g>'
    return f'<g class="step">{box}fill="var(--ink)"/><g class="on">{words}</g></g>'


def badge_half(number: int) -> float:
    """Half of a badge's width."""
    return max(10.0, text_width(str(number), bold=True) / 2 + 4)


def dots(x0: float, x1: float, y: float, ink: str = Ink.PLAIN) -> str:
    """An open side, or the tie between days told for one thing."""
    return (
        f'<path d="M{min(x0, x1):.1f} {y:.1f}H{max(x0, x1):.1f}" stroke="var(--{ink})" '
        'stroke-width="2" stroke-dasharray="2 5"/>'
    )


def box(x0: float, x1: float, y: float, ink: str, half: float = 9) -> str:
    """A bar along time."""
    return (
        f'<rect x="{x0:.1f}" y="{y - half:.1f}" width="{max(x1 - x0, 0):.1f}" '
        f'height="{2 * half:.1f}" fill="var(--{ink})"/>'
    )


def outline(x0: float, x1: float, y: float, ink: str, half: float = 8) -> str:
    """A bar of a register of duties, which is no restriction."""
    return (
        f'<rect x="{x0:.1f}" y="{y - half:.1f}" width="{max(x1 - x0, 0):.1f}" height="{2 * half:.0f}" '
        f'fill="var(--paper)" stroke="var(--{ink})" stroke-width="2"/>'
    )


def rule(x0: float, x1: float, y: float, ink: str, thick: float) -> str:
    """A line along time."""
    return (
        f'<path d="M{x0:.1f} {y:.1f}H{max(x1, x0):.1f}" stroke="var(--{ink})" '
        f'stroke-width="{thick}"/>'
    )


def upright(x: float, y0: float, y1: float, ink: str, thick: float) -> str:
    """A line along time that runs down."""
    if y1 <= y0:
        return ""
    return f'<path d="M{x:.1f} {y0:.1f}V{y1:.1f}" stroke="var(--{ink})" stroke-width="{thick}"/>'


def bracket(
    x0: float, x1: float, y: float, ink: str, *, opens: bool, closes: bool, half: float = 6
) -> str:
    """Not before, not after: a tint between two caps; dots and no cap where a side is open."""
    tint = "tint-access" if ink == Ink.ACCESS else "hair" if ink == Ink.PLAIN else "tint"
    parts = [box(x0, x1, y, tint, half=half) if opens and closes else dots(x0, x1, y, ink)]
    if opens:
        parts.append(cap(x0, y, ink, opening=True, half=half, room=x1 - x0))
    if closes:
        parts.append(cap(x1, y, ink, opening=False, half=half, room=x1 - x0))
    return "".join(parts)


def cap(
    x: float, y: float, ink: str, *, opening: bool, half: float = 9, room: float = 4 * _CAP
) -> str:
    """The end of a bracket: not before, or not after. In little room it reaches in less."""
    turn = (1 if opening else -1) * min(_CAP, max(room / 2 - 1, 1.5))
    return (
        f'<path d="M{x + turn:.1f} {y - half - 1:.1f}H{x:.1f}V{y + half + 1:.1f}H{x + turn:.1f}" '
        f'fill="none" stroke="var(--{ink})" stroke-width="2"/>'
    )


def restriction(x0: float, sure: float, x1: float, y: float, *, whole: bool) -> str:
    """A restriction over its time: a solid line, a double one if in part, thin after the last
    source."""
    thin = rule(sure, x1, y, Ink.ACCESS, thick=1) if x1 > sure else ""
    if whole:
        return rule(x0, sure, y, Ink.ACCESS, thick=5) + thin
    return (
        rule(x0, sure, y - 2, Ink.ACCESS, thick=1.5)
        + rule(x0, sure, y + 2, Ink.ACCESS, thick=1.5)
        + thin
    )


def hatched(x0: float, x1: float, y0: float, y1: float) -> str:
    """Nothing is held here."""
    return (
        f'<rect x="{x0:.1f}" y="{y0:.1f}" width="{max(x1 - x0, 0):.1f}" '
        f'height="{max(y1 - y0, 0):.1f}" fill="url(#h)"/>'
    )


def measured(x0: float, x1: float, y: float, share: float = 1.0) -> str:
    """Days on which networks measured: the more of them, the higher."""
    high = 2 + 5 * share
    return (
        f'<rect x="{x0:.1f}" y="{y - high / 2:.1f}" width="{x1 - x0:.1f}" height="{high:.1f}" '
        'fill="var(--grey)" opacity="0.45"/>'
    )
