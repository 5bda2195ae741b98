"""What a person sees: one grammar of marks, nothing lost without colour, UTF-8 or width."""

import os
import shutil
import sys
from collections.abc import Iterable, Sequence
from datetime import datetime
from typing import TYPE_CHECKING
from zoneinfo import ZoneInfo

from gatewatch.model.moment import Bracket
from gatewatch.model.redaction import clean

if TYPE_CHECKING:
    from rich.text import Text

Piece = str | tuple[str, str]
"""Text, or text with its style."""
_WIDTH = 100
"""Columns where output is no terminal, as in the examples of the docs."""
_WIDEST = 120
"""A line that is wider is hard to follow from its left end to its right."""
_NARROWEST = 40
_HEIGHT = 40
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


def width() -> int:
    """Columns to draw in: those of the terminal, or COLUMNS."""
    if sys.stdout.isatty() or "COLUMNS" in os.environ:
        return max(shutil.get_terminal_size((_WIDTH, 40)).columns, _NARROWEST)
    return _WIDTH


class Page:
    """Writes lines of styled pieces. Text from registers goes through `clean`, always."""

    def __init__(self, *, color: bool = True) -> None:
        from rich.console import Console

        plain = not color or bool(os.environ.get("NO_COLOR"))
        self.width = width()
        self._console = Console(
            highlight=False,
            markup=False,
            emoji=False,
            color_system=None if plain else "auto",
            width=self.width,
            height=_HEIGHT,  # or a dumb terminal would be taken to have 80 columns
        )
        self._ascii = (sys.stdout.encoding or "").lower().replace("-", "") != "utf8"

    def line(self, *pieces: Piece, hang: int = 0) -> None:
        """Pieces side by side. What does not fit goes on below, indented by `hang` columns, or a
        little deeper than the line itself."""
        for text in self._text(pieces).split("\n", allow_blank=True):
            self._fold(text, hang)

    def head(self, left: str, right: str = "") -> None:
        """A bold line with a hint at the right edge, or below where there is no room for it."""
        text = self._text([(left, "bold")])
        hint = self._text([(right, "dim")])
        gap = min(self.width, _WIDEST) - text.cell_len - hint.cell_len
        if right and gap > 1:
            self._console.print(text.append(" " * gap).append_text(hint))
            return
        self._fold(text, 0)
        if right:
            self._fold(hint, 0)

    def state(self, state: str) -> tuple[tuple[str, str], tuple[str, str]]:
        """Mark and word of a state."""
        mark, style = MARKS.get(state, ("·", ""))
        return (f"{mark} ", style), (words(state), style)

    def field(
        self, name: str, value: str, hint: str = "", style: str = "", *, width: int = 13
    ) -> None:
        """A named fact, with where it comes from beside it."""
        named = f"  {name:<{width}}"
        self.line(named, (value, style), (f"   {hint}" if hint else "", "dim"), hang=len(named))

    def table(self, rows: Iterable[Sequence[Piece | list[Piece]]], *, indent: int = 2) -> None:
        """Rows in columns, each as wide as it must be; where all do not fit, their text folds."""
        from rich.padding import Padding
        from rich.table import Table

        table = Table.grid(padding=(0, 2, 0, 0), pad_edge=False)
        for row in rows:
            cells = [[cell] if isinstance(cell, str | tuple) else cell for cell in row]
            table.add_row(*(self._text(pieces) for pieces in cells))
        for column in table.columns:
            column.overflow = "fold"
        if table.row_count:
            self._console.print(Padding(table, (0, 0, 0, indent)))

    def _text(self, pieces: Iterable[Piece]) -> "Text":
        from rich.text import Text

        text = Text()
        for piece in pieces:
            content, style = piece if isinstance(piece, tuple) else (piece, "")
            shown = "\n".join(clean(part) for part in content.split("\n"))
            text.append(shown.translate(_ASCII) if self._ascii else shown, style)
        return text

    def _fold(self, text: "Text", hang: int) -> None:
        if text.cell_len <= self.width:
            self._console.print(text, soft_wrap=True)
            return
        lead = len(text.plain) - len(text.plain.lstrip())
        start, indent = (hang, hang) if hang else (lead, lead + 2)
        body = text[start:].wrap(self._console, self.width - indent, overflow="fold")
        for place, part in enumerate(body):
            before = text[:start] if place == 0 else self._text([" " * indent])
            part.rstrip()
            self._console.print(before.append_text(part), soft_wrap=True)


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
