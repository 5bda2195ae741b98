"""The marks of the pictures: squares are paper, circles access, diamonds words. Fill is degree.

Colours are CSS variables, so that one drawing serves light, dark and print; `resolved` writes their
values in for renderers that know no variables.
"""

import re
from html import escape

from gatewatch.model.redaction import clean

LIGHT = {
    "paper": "#ffffff",
    "wash": "#f3f5f6",
    "ink": "#15202b",
    "ink-2": "#4a5763",
    "hair": "#cfd6db",
    "duty": "#2866ac",
    "listed": "#17468a",
    "access": "#9a3c06",
    "lifted": "#5b4690",
    "grey": "#5f6b76",
    "hatch": "#c3cad0",
    "tint": "#e3edf8",
    "tint-access": "#fbe7d9",
    "reports": "#0d6a62",
}
DARK = {
    "paper": "#10161c",
    "wash": "#1a222a",
    "ink": "#e9edf0",
    "ink-2": "#b1bcc6",
    "hair": "#3a4650",
    "duty": "#7db3ee",
    "listed": "#8fc1f7",
    "access": "#f5996a",
    "lifted": "#bcaaf0",
    "grey": "#9aa7b2",
    "hatch": "#3d4852",
    "tint": "#1b3350",
    "tint-access": "#47291a",
    "reports": "#63c7bb",
}
FONT = (
    'system-ui, "Segoe UI", Roboto, "Noto Sans", "DejaVu Sans", "PingFang SC", "Microsoft YaHei", '
    '"Noto Sans CJK SC", sans-serif'
)
_VARIABLE = re.compile(r"var\(--([a-z0-9-]+)\)")
_WIDE = re.compile(r"[\u1100-\u11ff\u2e80-\u9fff\uac00-\ud7af\uf900-\ufaff\uff00-\uff60]")
_EM = 13.0
"""Size of text in pictures, in pixels."""


def style() -> str:
    """The style of a picture that stands alone: light, and dark where the reader's system is."""
    return (
        f".lanes{{{_values(LIGHT)}}}"
        f"@media (prefers-color-scheme: dark){{.lanes{{{_values(DARK)}}}}}"
        f"@media print{{.lanes{{{_values(LIGHT)}}}}}"
        f".lanes text{{{TEXT}}}"
        ".lanes .m{fill:var(--ink-2)}.lanes .b{font-weight:700}.lanes .t{font-size:21px}"
        ".lanes .on text{fill:var(--paper);stroke:none}"
        ".lanes .n{fill:var(--paper);stroke:none;font-size:11px;font-weight:700}"
    )


TEXT = f"font-size:13px;font-family:{FONT};fill:var(--ink);stroke:var(--paper);stroke-width:4px;paint-order:stroke;stroke-linejoin:round"


def _values(colours: dict[str, str]) -> str:
    return ";".join(f"--{name}:{value}" for name, value in colours.items())


def resolved(svg: str, colours: dict[str, str]) -> str:
    """A picture with the colours themselves in place of variables."""
    plain = re.sub(r"@media[^{]*\{(?:[^{}]|\{[^{}]*\})*\}", "", svg)
    return _VARIABLE.sub(lambda found: colours[found[1]], plain)


def width(text: str) -> float:
    """Pixels that a text takes, a little too many rather than too few. Han is as wide as high."""
    wide = len(_WIDE.findall(text))
    return wide * _EM + (len(text) - wide) * _EM * 0.58


def text(x: float, y: float, content: str, kind: str = "", anchor: str = "start") -> str:
    shown = escape(clean(content))
    return f'<text x="{x:.1f}" y="{y:.1f}" class="{kind}" text-anchor="{anchor}">{shown}</text>'


def badge(x: float, y: float, number: int) -> str:
    """The number of a step."""
    return (
        f'<g class="step"><circle cx="{x:.1f}" cy="{y:.1f}" r="9" fill="var(--ink)"/>'
        f'<text x="{x:.1f}" y="{y + 4:.1f}" class="n" text-anchor="middle">{number}</text></g>'
    )


def square(x: float, y: float, ink: str, fill: float = 0) -> str:
    """Paper: hollow a duty, half a demand or an order, solid a listing."""
    inner = f'<rect x="{x - 6:.1f}" y="{y - 6:.1f}" width="{12 * fill:.1f}" height="12" fill="var(--{ink})"/>'
    return (
        f'<rect x="{x - 6:.1f}" y="{y - 6:.1f}" width="12" height="12" fill="var(--paper)" '
        f'stroke="var(--{ink})" stroke-width="2"/>{inner if fill else ""}'
    )


def circle(x: float, y: float, ink: str, fill: float = 0) -> str:
    """Access: solid restricted, half in part, hollow another day told for it."""
    ring = (
        f'<circle cx="{x:.1f}" cy="{y:.1f}" r="6" fill="var(--{ink if fill == 1 else "paper"})" '
        f'stroke="var(--{ink})" stroke-width="2"/>'
    )
    half = f'<path d="M{x:.1f} {y - 6:.1f}A6 6 0 0 0 {x:.1f} {y + 6:.1f}Z" fill="var(--{ink})"/>'
    return ring + (half if fill == 0.5 else "")


def lifted(x: float, y: float) -> str:
    """A ring with a core."""
    return (
        f'<circle cx="{x:.1f}" cy="{y:.1f}" r="6" fill="var(--paper)" stroke="var(--lifted)" '
        f'stroke-width="2"/><circle cx="{x:.1f}" cy="{y:.1f}" r="2.5" fill="var(--lifted)"/>'
    )


def diamond(x: float, y: float, *, solid: bool) -> str:
    """Words."""
    fill = "ink-2" if solid else "paper"
    return (
        f'<path d="M{x:.1f} {y - 7:.1f}L{x + 7:.1f} {y:.1f}L{x:.1f} {y + 7:.1f}L{x - 7:.1f} {y:.1f}Z" '
        f'fill="var(--{fill})" stroke="var(--ink-2)" stroke-width="2"/>'
    )


def differ(x: float, y: float) -> str:
    """Sources disagree: drawn, so that no font can spoil it."""
    return (
        f'<g class="differ"><circle cx="{x:.1f}" cy="{y:.1f}" r="8" fill="var(--paper)" '
        f'stroke="var(--ink)" stroke-width="1.5"/><path d="M{x - 4:.1f} {y - 2:.1f}h8M{x - 4:.1f} '
        f'{y + 2:.1f}h8M{x + 2.5:.1f} {y - 5:.1f}l-5 10" stroke="var(--ink)" stroke-width="1.5"/></g>'
    )


def dots(x0: float, x1: float, y: float, ink: str = "ink-2") -> str:
    """An open side, or the tie between days told for one thing."""
    return (
        f'<path d="M{min(x0, x1):.1f} {y:.1f}H{max(x0, x1):.1f}" stroke="var(--{ink})" '
        'stroke-width="2" stroke-dasharray="2 5"/>'
    )


def cap(x: float, y: float, ink: str, *, opening: bool) -> str:
    """The end of a bracket: not before, or not after."""
    turn = 5 if opening else -5
    return (
        f'<path d="M{x + turn:.1f} {y - 10:.1f}H{x:.1f}V{y + 10:.1f}H{x + turn:.1f}" fill="none" '
        f'stroke="var(--{ink})" stroke-width="2"/>'
    )


def hatching() -> str:
    """The pattern of a span in which nothing is held."""
    return (
        '<defs><pattern id="h" width="8" height="8" patternUnits="userSpaceOnUse" '
        'patternTransform="rotate(45)"><path d="M0 0V8" stroke="var(--hatch)" stroke-width="2"/>'
        "</pattern></defs>"
    )
