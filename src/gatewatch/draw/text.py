"""Words in pictures: how wide they are, how they are cut and folded, and how they are written.

Widths are those of DejaVu Sans, the widest of the faces that the style names, letter by letter
(`widths.json`, written from the font by `make words`): what fits here fits in the others too.
"""

import json
import re
import unicodedata
from collections.abc import Iterator
from functools import lru_cache
from html import escape
from pathlib import Path

from gatewatch.model.redaction import clean, defanged

SIZE = 13.0
"""Of words in pictures, in pixels; none is smaller."""
TITLE = 21.0
_TABLE = Path(__file__).parent / "widths.json"
_ADDRESS = re.compile(r"[a-zA-Z][a-zA-Z0-9+.-]*://[^\s<>\"]+|(?:[\w-]+\.)+[^\W\d_]{2,}")
_OTHER = 800
"""Of a letter of a script that the table has not: no wider in any face that was tried."""
_HAN = re.compile(r"[\u2e80-\u9fff\uf900-\ufaff\uff00-\uff60\u3000-\u303f]")
_NOT_FIRST = frozenset("，。、；：）」』》？！,.;:)]}…”’")  # noqa: RUF001 - full-width signs
"""Signs that begin no line."""


@lru_cache(maxsize=1)
def _advances() -> dict[str, dict[str, int]]:
    return json.loads(_TABLE.read_text(encoding="utf-8"))  # type: ignore[no-any-return]


def width(text: str, *, bold: bool = False, size: float = SIZE) -> float:
    """Pixels that a text takes. Han is as wide as high."""
    known = _advances()["bold" if bold else "regular"]
    return sum(known.get(letter) or _advance(letter) for letter in text) * size / 1000


def _advance(letter: str) -> int:
    if unicodedata.combining(letter):
        return 0
    return 1000 if unicodedata.east_asian_width(letter) in "WF" else _OTHER


def safe(text: str) -> str:
    """Text with addresses broken up and without control characters."""
    return clean(_ADDRESS.sub(_broken, text))


def _broken(found: re.Match[str]) -> str:
    """An address that nothing follows; one that is broken up already stays."""
    return found[0] if "[.]" in found[0] else defanged(found[0])


def cut(text: str, room: float, *, bold: bool = False, size: float = SIZE) -> str:
    """A text no wider than `room` pixels; the whole of it stands in the table beside the
    picture."""
    shown = safe(text)
    if width(shown, bold=bold, size=size) <= room:
        return shown
    low, high = 0, len(shown)
    while low < high:
        middle = (low + high + 1) // 2
        fits = width(f"{shown[:middle]}…", bold=bold, size=size) <= room
        low, high = (middle, high) if fits else (low, middle - 1)
    return f"{shown[:low].rstrip(' ,;:(')}…"


def folded(
    text: str, room: float, most: int = 6, *, bold: bool = False, size: float = SIZE
) -> list[str]:
    """A text in at most `most` lines no wider than `room` pixels. Lines end between words, Han
    between any two signs but before a stop; a word that is wider than a line is broken."""

    def wide(line: str) -> float:
        return width(line, bold=bold, size=size)

    lines: list[str] = []
    for piece in _pieces(safe(text), room, size):
        joined = f"{lines[-1]}{piece}" if lines else piece
        if lines and wide(joined.rstrip()) <= room:
            lines[-1] = joined
        else:
            lines.append(piece.lstrip())
    lines = [line.rstrip() for line in lines]
    if len(lines) <= most:
        return lines
    rest = " ".join(lines[most - 1 :])
    return [*lines[: most - 1], cut(rest, room, bold=bold, size=size)]


def _pieces(text: str, room: float, size: float) -> Iterator[str]:
    """What may stand at the end of a line, with the space before it."""
    for number, word in enumerate(text.split()):
        space = " " if number else ""
        for part in _unbroken(word):
            for piece in _short(part, room, size):
                yield f"{space}{piece}"
                space = ""


def _unbroken(word: str) -> list[str]:
    """A word, or the signs of Han in it each for itself, a stop with the sign before it."""
    if not _HAN.search(word):
        return [word]
    parts: list[str] = []
    for letter in word:
        if parts and (
            letter in _NOT_FIRST or not (_HAN.match(letter) or _HAN.match(parts[-1][-1]))
        ):
            parts[-1] += letter
        else:
            parts.append(letter)
    return parts


def _short(word: str, room: float, size: float) -> list[str]:
    """A word in pieces that fit a line."""
    if width(word, bold=True, size=size) <= room:
        return [word]
    length = max(int(room / size), 1)
    return [word[n : n + length] for n in range(0, len(word), length)]


def text(x: float, y: float, content: str, kind: str = "", anchor: str = "start") -> str:
    """Words at a place. `kind`: m for a note, b for bold, t for a title."""
    shown = escape(clean(content))
    # What SVG takes for granted is not said: a page holds a hundred of these, a copy thousands.
    told = (f' class="{kind}"' if kind else "") + (
        f' text-anchor="{anchor}"' if anchor != "start" else ""
    )
    return f'<text x="{x:.1f}" y="{y:.1f}"{told}>{shown}</text>'
