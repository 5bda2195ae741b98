"""What a person sees: 100 columns, one grammar of marks, nothing lost without colour or UTF-8."""

import os
import sys
from datetime import datetime
from zoneinfo import ZoneInfo

from gatewatch.model.moment import Bracket
from gatewatch.model.redaction import clean

WIDTH = 100
PAGE_ALWAYS = "GATEWATCH_PAGE"
"""Set, this draws for a person although output is not a terminal."""
_BLUE, _ORANGE, _VIOLET, _GREY = "bold blue", "bold dark_orange3", "bold medium_purple", "grey62"
MARKS = {
    "listed": ("■", _BLUE),
    "listed_in_part": ("■", _BLUE),
    "insufficient": ("◌", _GREY),
    "not_listed": (" ", ""),
    "removed": ("◎", _VIOLET),
    "unknown": ("◌", _GREY),
    "unrestricted": ("○", ""),
    "obligated": ("□", _BLUE),
    "demanded": ("◧", _BLUE),
    "partly_restricted": ("◐", _ORANGE),
    "restricted": ("●", _ORANGE),
    "lifted": ("◎", _VIOLET),
    "added": ("■", _BLUE),
    "changed": ("·", ""),
    "blocked": ("●", _ORANGE),
    "likely_blocked": ("●", _ORANGE),
    "impaired": ("◐", _ORANGE),
    "down": ("·", ""),
    "ok": ("○", ""),
}
_WORDS = {
    "listed_in_part": "listed in part",
    "not_listed": "not listed",
    "likely_blocked": "likely blocked",
    "partly_restricted": "partly restricted",
}
_ASCII = str.maketrans(
    {
        "■": "[#]",
        "◌": "(?)",
        "◎": "(.)",
        "≠": "!=",
        "◆": "*",
        "□": "[ ]",
        "◧": "[/]",
        "●": "(#)",
        "◐": "(/)",
        "○": "( )",
        "━": "=",
        "·": ".",
        "◇": "*",
        "█": "#",
        "░": ":",
        "╱": "/",  # noqa: RUF001 - hatching
        "╹": "'",
        "▲": "^",
    }
)


def is_person() -> bool:
    """Whether a person looks at standard output; a pipe gets one plain line a fact."""
    return sys.stdout.isatty() or bool(os.environ.get(PAGE_ALWAYS))


def words(state: str) -> str:
    """A state in words."""
    return _WORDS.get(state, state)


def count(number: int, noun: str) -> str:
    """A number with its noun."""
    return f"{number:,} {noun}{'' if number == 1 else 's'}"


class Page:
    """Writes lines of styled pieces. Text from registers goes through `clean`, always."""

    def __init__(self, *, color: bool = True) -> None:
        from rich.console import Console

        plain = not color or bool(os.environ.get("NO_COLOR"))
        self._console = Console(
            highlight=False, markup=False, emoji=False, no_color=plain, soft_wrap=True
        )
        self._ascii = (sys.stdout.encoding or "").lower().replace("-", "") != "utf8"

    def line(self, *pieces: str | tuple[str, str]) -> None:
        """Pieces side by side; a pair is text and style."""
        from rich.text import Text

        text = Text()
        for piece in pieces:
            content, style = piece if isinstance(piece, tuple) else (piece, "")
            shown = "\n".join(clean(part) for part in content.split("\n"))
            text.append(shown.translate(_ASCII) if self._ascii else shown, style)
        self._console.print(text)

    def head(self, left: str, right: str = "") -> None:
        """A bold line with a hint at the right edge."""
        gap = max(WIDTH - len(left) - len(right), 2)
        self.line((left, "bold"), " " * gap if right else "", (right, "dim"))

    def state(self, state: str) -> tuple[tuple[str, str], tuple[str, str]]:
        """Mark and word of a state."""
        mark, style = MARKS.get(state, ("·", ""))
        return (f"{mark} ", style), (words(state), style)

    def field(
        self, name: str, value: str, hint: str = "", style: str = "", *, width: int = 13
    ) -> None:
        """A named fact, with where it comes from beside it."""
        self.line(f"  {name:<{width}}", (value, style), (f"   {hint}" if hint else "", "dim"))


def when(moment: datetime | None, zone: ZoneInfo, *, offset: bool = True) -> str:
    """A time in the register's zone; two dots where nothing is known."""
    if moment is None:
        return ".."
    local = moment.astimezone(zone)
    text = local.strftime("%Y-%m-%d %H:%M")
    return f"{text} {_offset(local)}" if offset else text


def span(found: Bracket | None, zone: ZoneInfo) -> str:
    """[a, b]: not before a, not after b; the offset once where both share it."""
    if found is None:
        return "not within the history held here"
    sides = [m.astimezone(zone) for m in (found.after, found.by) if m]
    offsets = {_offset(side) for side in sides}
    if len(offsets) == 1:
        inner = f"{when(found.after, zone, offset=False)}, {when(found.by, zone, offset=False)}"
        return f"[{inner}] {offsets.pop()}"
    return f"[{when(found.after, zone)}, {when(found.by, zone)}]"


def _offset(local: datetime) -> str:
    text = local.strftime("%z")
    return f"{text[:3]}:{text[3:5]}"
