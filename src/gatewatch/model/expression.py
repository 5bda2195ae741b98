"""Expressions from declarations: matched in time that grows with the text alone.

A declaration may come from a stranger, and Python's own expressions can take years on one line.
RE2 cannot (docs/decisions/0020); it has no look-around and no back-references. Its classes of
letters, digits and blanks know ASCII alone; here they are those of every script, as in Python.
"""

from collections.abc import Mapping
from functools import lru_cache
from typing import Protocol

_MOST_MEMORY = 8 << 20
_ALONE = {
    "w": r"[\p{L}\p{M}\p{N}_]",
    "W": r"[^\p{L}\p{M}\p{N}_]",
    "d": r"\p{Nd}",
    "D": r"\P{Nd}",
    "s": r"[\s\p{Z}]",
    "S": r"[^\s\p{Z}]",
}
_IN_A_CLASS = {"w": r"\p{L}\p{M}\p{N}_", "d": r"\p{Nd}", "D": r"\P{Nd}", "s": r"\s\p{Z}"}
"""Within brackets RE2 has no class that is not of others, so those of ASCII stand for the rest."""


class ExpressionMatch(Protocol):
    """What was found."""

    def group(self, name: int | str = 0, /) -> str | None: ...
    def groupdict(self) -> Mapping[str, str | None]: ...
    def span(self) -> tuple[int, int]: ...


class Expression(Protocol):
    """A compiled expression."""

    groups: int
    groupindex: Mapping[str, int]

    def search(self, text: str, /) -> ExpressionMatch | None: ...
    def fullmatch(self, text: str, /) -> ExpressionMatch | None: ...
    def sub(self, replacement: str, text: str, /) -> str: ...


@lru_cache(maxsize=256)
def compiled(text: str) -> Expression:
    """An expression in RE2's syntax; ValueError says what is wrong with it."""
    import re2

    options = re2.Options()
    options.max_mem = _MOST_MEMORY
    options.log_errors = False
    try:
        found: Expression = re2.compile(_of_every_script(text), options)
    except re2.error as fault:
        said = fault.args[0] if fault.args else ""
        said = said.decode("utf-8", "replace") if isinstance(said, bytes) else str(said)
        raise ValueError(f"{text!r} is no expression that RE2 takes: {said}") from None
    return found


def _of_every_script(text: str) -> str:
    """An expression whose classes hold what Python's do."""
    told: list[str] = []
    at, opened = 0, -1
    while at < len(text):
        sign = text[at]
        if sign == "\\":
            known = _ALONE if opened < 0 else _IN_A_CLASS
            told.append(known.get(text[at + 1 : at + 2], text[at : at + 2]))
            at += 2
            continue
        if opened < 0 and sign == "[":
            opened = at + (2 if text[at + 1 : at + 2] == "^" else 1)
        elif opened >= 0 and text.startswith("[:", at):
            end = text.find(":]", at)
            if end > 0:
                told.append(text[at : end + 2])
                at = end + 2
                continue
        elif sign == "]" and 0 <= opened < at:
            opened = -1
        told.append(sign)
        at += 1
    return "".join(told)
