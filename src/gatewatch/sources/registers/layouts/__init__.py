"""Layouts that are read whole: pages, trees, sheets and documents to rows of named cells."""

from importlib import import_module
from typing import TYPE_CHECKING, Protocol

import msgspec

if TYPE_CHECKING:
    from gatewatch.model.register import Declared


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
    """The rows of a state in the layout that its declaration names."""
    layout: Layout = import_module(f"{__name__}.{how.layout}_rows")  # type: ignore[assignment]
    if not data.strip():
        return Rows([], "")
    return layout.rows(part, data, how)
