"""Answers show themselves: as a plain record, as a row of a table, and as a notebook displays them.

What an answer is stands in one room, how it is told in a room above it. Each of those registers
here how it tells a type (`functools.singledispatch`), so that nothing below knows anything above.
"""

from functools import singledispatch
from typing import Any

import msgspec


@singledispatch
def record(one: object) -> dict[str, Any]:
    """An answer as plain data, as JSON has it."""
    raise TypeError(f"{type(one).__name__} is told by no room that is loaded: import gatewatch")


@singledispatch
def row(one: object) -> dict[str, Any]:
    """An answer as one flat row of a table; its record where nobody says otherwise."""
    return record(one)


@singledispatch
def page(one: object) -> str | None:  # noqa: ARG001 - dispatched on
    """An answer as HTML that stands alone, or None."""
    return None


@singledispatch
def picture(one: object) -> str | None:  # noqa: ARG001 - dispatched on
    """An answer as SVG, or None."""
    return None


class Displayed:
    """Mixed into what people hold."""

    __slots__ = ()

    def to_dict(self) -> dict[str, Any]:
        """Plain data: the same names and values as `--format json` and the API. Times are UTC in
        ISO 8601, paths of URLs are withheld where the entry's ground asks for it."""
        plain: dict[str, Any] = msgspec.to_builtins(record(self))
        return plain

    def _repr_html_(self) -> str | None:
        return page(self)

    def _repr_svg_(self) -> str | None:
        return picture(self)
