"""Expressions from declarations: matched in time that grows with the text alone.

A declaration may come from a stranger, and Python's own expressions can take years on one line.
RE2 cannot (docs/decisions/0020); it has no look-around and no back-references.
"""

from collections.abc import Mapping
from functools import lru_cache
from typing import Protocol

_MOST_MEMORY = 8 << 20


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
        found: Expression = re2.compile(text, options)
    except re2.error as fault:
        said = fault.args[0] if fault.args else ""
        said = said.decode("utf-8", "replace") if isinstance(said, bytes) else str(said)
        raise ValueError(f"{text!r} is no expression that RE2 takes: {said}") from None
    return found
