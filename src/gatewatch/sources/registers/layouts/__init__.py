"""Layouts that are read whole: pages, trees, sheets and documents to rows of named cells."""

from importlib import import_module
from typing import TYPE_CHECKING, Protocol

import msgspec

from gatewatch.errors import SourceError
from gatewatch.model.unread import may_name

if TYPE_CHECKING:
    from gatewatch.model.expression import ExpressionMatch
    from gatewatch.model.register import Declared


UNREAD = "@unread"
"""The one cell of a row that holds a text which is not like a record."""


REST = "@rest"
"""The cell of what a line says before and behind its record, where that may name something."""


def row_of(found: "ExpressionMatch", text: str) -> dict[str, str]:
    """A line's groups by their names, with what lies outside of the expression."""
    row = {name: value or "" for name, value in found.groupdict().items()}
    start, end = found.span()
    rest = f"{text[:start]}\n{text[end:]}".strip()
    return {**row, REST: rest} if rest and may_name(rest) else row


class Rows(msgspec.Struct, frozen=True):
    """The rows of a state. `head` is the text in which its time of publication may stand."""

    rows: list[dict[str, str]]
    head: str
    complete: bool = True


class Layout(Protocol):
    """A module of this room."""

    @staticmethod
    def rows(part: str, data: bytes, how: "Declared") -> Rows:
        """Read a state; raises SourceError if it is none."""
        ...


def rows_of(part: str, data: bytes, how: "Declared") -> Rows:
    """The rows of a state in the layout that its declaration names. Raises SourceError for one that
    cannot be read, or not within the bounds of one state."""
    if not data.strip():
        return Rows([], "")
    if how.layout == "json":  # read by the standard library, in time that grows as the text does
        try:
            return read(part, data, how)
        except RecursionError:
            raise SourceError(f"{part}: values stand too deep within others") from None
    from gatewatch.sources.registers.layouts import apart

    return apart.READER.rows(part, data, how)


def read(part: str, data: bytes, how: "Declared") -> Rows:
    """The same, here and now: within bounds by `apart` alone."""
    layout: Layout = import_module(f"{__name__}.{how.layout}_rows")  # type: ignore[assignment]
    return layout.rows(part, data, how)
