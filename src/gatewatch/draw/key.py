"""The key of a picture: each mark that is in it beside its name, in as many lines as they take."""

from collections.abc import Iterable

from gatewatch.draw.text import text, width
from gatewatch.model.message import Message
from gatewatch.words import say

Entry = tuple[str, Message]
"""A mark drawn about 0, 0 and no wider than 26 pixels, and what it is called."""
_LEAD, _GAP, _LINE = 20.0, 28.0, 26.0


def key(
    entries: Iterable[Entry], y: float, *, left: float, right: float, language: str
) -> tuple[list[str], float]:
    """The key from `y` down between two edges, and where it ends."""
    parts: list[str] = []
    x = left + 12
    for mark, words in entries:
        said = say(words, language)
        if x + _LEAD + width(said) > right and x > left + 12:
            x, y = left + 12, y + _LINE
        parts.append(f'<g transform="translate({x:.1f} {y:.1f})">{mark}</g>')
        parts.append(text(x + _LEAD, y + 4.5, said, "m"))
        x += _LEAD + width(said) + _GAP
    return parts, y + _LINE
