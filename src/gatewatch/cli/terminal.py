"""What a person sees: one grammar of marks, nothing lost without colour, UTF-8 or width."""

import os
import shutil
import sys
from collections.abc import Iterable, Sequence
from contextlib import suppress
from itertools import zip_longest
from typing import TYPE_CHECKING, TextIO

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
_ROOM = 20
"""Columns that a line which goes on below has at least."""
_GAP = 2
"""Columns between two cells."""
_DEEPER = 4
_SHORT = (24, 16)
"""A cell of so many columns, a time or a name, is not folded in a table; where that leaves too
little for the others, one of so many."""
PAGE_ALWAYS = "GATEWATCH_PAGE"
"""Set, this draws for a person although output is not a terminal."""
_CHARACTERS = {
    "duty": "□",
    "order": "◧",
    "entry": "■",
    "free": "○",
    "part": "◐",
    "shut": "●",
    "lifted": "◎",
    "unsure": "◌",
    "said": "◆",
    "said_too": "◇",
    "report": "╹",
    "differ": "≠",
    "none": "·",
}
"""The marks of words/states, each as one character."""
_STYLES = {
    "duty": "bold blue",
    "listed": "bold blue",
    "access": "bold dark_orange3",
    "lifted": "bold medium_purple",
    "grey": "grey62",
    "reports": "bold",
    "ink-2": "",
}
"""Its inks, as Rich names them."""
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
    from gatewatch.words.states import word

    return word(state)


def count(number: int, noun: str) -> str:
    """A number with its noun."""
    return f"{number:,} {noun}{'' if number == 1 else 's'}"


def width() -> int:
    """Columns to draw in: those of the terminal, or COLUMNS."""
    if sys.stdout.isatty() or "COLUMNS" in os.environ:
        return max(shutil.get_terminal_size((_WIDTH, 40)).columns, _NARROWEST)
    return _WIDTH


def settle_width() -> None:
    """Forget a COLUMNS that is wider than the terminal itself: what is laid out for it, by us or by
    a library, would be broken anew at the terminal's edge. A narrower one is a wish."""
    wanted = os.environ.get("COLUMNS", "")
    terminal = next((one for one in (sys.stdout, sys.stderr) if one.isatty()), None)
    if terminal is None or not wanted.isdigit():
        return
    with suppress(OSError):  # a terminal that does not know its size has no say
        if 0 < os.get_terminal_size(terminal.fileno()).columns < int(wanted):
            del os.environ["COLUMNS"]


def note(text: str, *, to: TextIO | None = None) -> None:
    """A line of a log, on standard error if nothing else is named; on a terminal it folds. It goes
    out whole: what another process writes, or the word that a Ctrl-C is answered with, has a line
    of its own."""
    stream = to or sys.stderr
    if stream.isatty():
        columns = max(shutil.get_terminal_size((_WIDTH, _HEIGHT)).columns, _NARROWEST)
        text = "\n".join(_folded(line, columns) for line in text.split("\n"))
    stream.write(f"{text}\n")
    stream.flush()


def _folded(line: str, columns: int) -> str:
    """A plain line within so many columns, each of which a wide letter takes two."""
    if len(line) <= columns // 2:  # whatever its letters: most lines spare themselves Rich
        return line
    from rich.console import Console
    from rich.text import Text

    console, text = Console(width=columns), Text(line)
    if text.cell_len <= columns:
        return line
    first, *_ = text.wrap(console, columns, overflow="fold")
    rest = text[len(first.plain) :].wrap(console, columns - 2, overflow="fold")
    return "\n  ".join(part.plain.strip() for part in (first, *rest))


def _widths(rows: "list[list[Text]]", room: int, short: int) -> list[int]:
    """How wide each column is, so that all fit, no word is broken and no cell of up to `short`
    columns is folded; none where that cannot be."""
    columns = list(zip_longest(*rows))
    wanted = [max((one.cell_len for one in column if one), default=0) for column in columns]
    least = [max((_least(one, short) for one in column if one), default=0) for column in columns]
    room -= _GAP * max(len(columns) - 1, 0)
    while sum(wanted) > room:
        slack = [(have, place) for place, have in enumerate(wanted) if have > least[place]]
        if not slack:
            return []
        wanted[max(slack)[1]] -= 1
    return wanted


def _least(cell: "Text", short: int) -> int:
    """The columns that a cell needs at least: those of its longest word, or its own if it is
    short."""
    from rich.cells import cell_len

    longest = max((cell_len(word) for word in cell.plain.split()), default=0)
    return max(longest, cell.cell_len if cell.cell_len <= short else 0)


class Page:
    """Writes lines of styled pieces. Text from registers goes through `clean`, always."""

    def __init__(self) -> None:
        from rich.console import Console

        plain = bool(os.environ.get("NO_COLOR"))
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
        from gatewatch.words.states import look

        seen = look(state)
        style = _STYLES[seen.ink]
        return (f"{_CHARACTERS[seen.mark]} ", style), (words(state), style)

    def field(
        self, name: str, value: str, hint: str = "", style: str = "", *, width: int = 13
    ) -> None:
        """A named fact, with where it comes from beside it."""
        named = f"  {name:<{width - 1}} "
        self.line(named, (value, style), (f"   {hint}" if hint else "", "dim"), hang=len(named))

    def table(self, rows: Iterable[Sequence[Piece | list[Piece]]], *, indent: int = 2) -> None:
        """Rows in columns, each as wide as it must be; where all do not fit, their text folds
        between words. Where that is no table any more each row is a card: its cells one after the
        other."""
        cells = [
            [self._text([cell] if isinstance(cell, str | tuple) else cell) for cell in row]
            for row in rows
        ]
        room = self.width - indent
        if widths := next(filter(None, (_widths(cells, room, short) for short in _SHORT)), None):
            self._columns(cells, widths, indent)
            return
        for row in cells:
            parts = (part for cell in row for part in cell.split("\n"))
            self._card([part for part in parts if part.plain.strip()], indent)

    def _columns(self, rows: "list[list[Text]]", widths: list[int], indent: int) -> None:
        from rich.table import Table
        from rich.text import Text

        table = Table.grid(padding=(0, _GAP, 0, 0), pad_edge=False)
        for width in widths:
            table.add_column(width=width, overflow="fold")
        for row in rows:
            table.add_row(*row)
        room = self._console.options.update(width=self.width - indent)
        for parts in self._console.render_lines(table, room):
            line = Text.assemble(*((part.text, part.style or "") for part in parts))
            line.rstrip()
            self._console.print(Text(" " * indent).append_text(line), soft_wrap=True)

    def _card(self, cells: "list[Text]", indent: int) -> None:
        """Cells beside each other for as long as there is room, then below, a little deeper."""
        line, before = self._text([" " * indent]), indent
        for cell in cells:
            begun = line.cell_len > before
            if begun and line.cell_len + _GAP + cell.cell_len > self.width:
                self._fold(line, 0)
                before = indent + _DEEPER
                line, begun = self._text([" " * before]), False
            line.append(" " * _GAP if begun else "").append_text(cell)
        self._fold(line, 0)

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
        # A deep line goes on where there is room for words.
        indent = min(indent, self.width - _ROOM)
        start = min(start, indent)
        body = text[start:].wrap(self._console, self.width - indent, overflow="fold")
        for place, part in enumerate(body):
            before = text[:start] if place == 0 else self._text([" " * indent])
            part.rstrip()
            self._console.print(before.append_text(part), soft_wrap=True)
