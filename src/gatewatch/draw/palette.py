"""The inks of every picture, light and dark, and the style of one that stands alone.

An ink is a variable named for what it means (`--listed`), so that a page, a reader's dark mode and
print can set it; `resolved` writes the values in, for renderers that know no variables.
"""

import re

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
THEMES = {"light": LIGHT, "dark": DARK}
FONT = (
    'system-ui, "Segoe UI", Roboto, "Noto Sans", "DejaVu Sans", "PingFang SC", "Microsoft YaHei", '
    '"Noto Sans CJK SC", "Droid Sans Fallback", sans-serif'
)
_VARIABLE = re.compile(r"var\(--([a-z0-9-]+)\)")
_MEDIA = re.compile(r"@media[^{]*\{(?:[^{}]|\{[^{}]*\})*\}")


def style() -> str:
    """The style of a picture that stands alone: light, and dark where the reader's system is."""
    return (
        f".lanes{{{values(LIGHT)}}}"
        f"@media (prefers-color-scheme: dark){{.lanes{{{values(DARK)}}}}}"
        f"@media print{{.lanes{{{values(LIGHT)}}}}}{text_style()}"
    )


def text_style() -> str:
    """How words look in pictures: a halo of the paper keeps them off lines."""
    return (
        f".lanes text{{font-size:13px;font-family:{FONT};fill:var(--ink);stroke:var(--paper);"
        "stroke-width:4px;paint-order:stroke;stroke-linejoin:round}"
        ".lanes .m{fill:var(--ink-2)}.lanes .b{font-weight:700}.lanes .t{font-size:21px}"
        ".lanes .on text{fill:var(--paper);stroke:none}"
    )


def values(inks: dict[str, str]) -> str:
    """Inks as declarations of variables."""
    return ";".join(f"--{name}:{value}" for name, value in inks.items())


def resolved(svg: str, theme: str) -> str:
    """A picture with the inks of `light` or `dark` themselves in place of variables."""
    return _VARIABLE.sub(lambda found: THEMES[theme][found[1]], _MEDIA.sub("", svg))
