"""A part of a long list, and the ways to the parts before and after it."""

import msgspec

WHOLE = 10_000
"""Rows of a table that is given whole."""


class ListPart(msgspec.Struct, frozen=True):
    """Which rows of how many a page shows."""

    first: int
    """The number of the first row, from 1; 0 of an empty list."""
    last: int
    total: int
    before: int | None
    """The offset of the part before; None at the beginning."""
    after: int | None
    """The offset of the part after; None at the end."""


def part(total: int, offset: int, size: int) -> ListPart:
    """The part of `size` rows that begins at an offset."""
    return ListPart(
        first=min(offset + 1, total),
        last=min(offset + size, total),
        total=total,
        before=max(offset - size, 0) if offset else None,
        after=offset + size if offset + size < total else None,
    )
