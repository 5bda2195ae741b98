"""Answers that fit: what is left out of one is counted, never lost in silence."""

from collections.abc import Mapping
from typing import Any

import msgspec

from gatewatch.model.redaction import clean

MOST_BYTES = 24_000
"""Of the data of a reply, as JSON: some six thousand tokens."""
_STEPS = ((200, 4000), (60, 1000), (30, 600), (15, 300), (8, 200), (4, 120), (2, 80), (1, 60))
"""Members of a list and letters of a text that are kept: the first pair with which a reply fits."""


class LeftOut(msgspec.Struct, frozen=True):
    """A list of which the first members are shown, or texts that were shortened."""

    where: str
    shown: int
    of: int


def bounded(data: Any, most: int = MOST_BYTES) -> tuple[Any, list[LeftOut]]:
    """Data as plain JSON types of at most so many bytes, and what was cut. Text of others is
    without control signs and without signs that nobody sees, so that it reads as it looks."""
    plain = msgspec.to_builtins(data, enc_hook=str)
    found: Any = None
    for members, letters in _STEPS:
        cutter = _Cutter(members, letters)
        found = cutter.cut(plain, "")
        if len(msgspec.json.encode(found)) <= most:
            return found, cutter.told()
    return None, [LeftOut("everything", 0, 1)]


class _Cutter:
    def __init__(self, members: int, letters: int) -> None:
        self._members, self._letters = members, letters
        self._lists: dict[str, tuple[int, int]] = {}
        self._texts: dict[str, int] = {}

    def cut(self, value: Any, where: str) -> Any:
        if isinstance(value, str):
            return self._text(value, where)
        if isinstance(value, Mapping):
            return {
                visible(str(k)): self.cut(v, f"{where}.{k}".lstrip(".")) for k, v in value.items()
            }
        if isinstance(value, list):
            kept = value[: self._members]
            if len(kept) < len(value):
                shown, of = self._lists.get(where, (0, 0))
                self._lists[where] = (shown + len(kept), of + len(value))
            return [self.cut(one, where) for one in kept]
        return value

    def _text(self, text: str, where: str) -> str:
        shown = visible(text)
        if len(shown) <= self._letters:
            return shown
        self._texts[where] = self._texts.get(where, 0) + 1
        return shown[: self._letters - 1] + "\u2026"

    def told(self) -> list[LeftOut]:
        """What was cut, by its place."""
        texts = [LeftOut(f"{where} (texts shortened)", 0, n) for where, n in self._texts.items()]
        return [LeftOut(where or "data", *pair) for where, pair in self._lists.items()] + texts


def visible(text: str) -> str:
    """Text in which nothing hides: signs that nobody sees, and those that turn the direction of
    writing, are written as their numbers; lines stay lines."""
    return "\n".join(clean(line) for line in text.split("\n"))
