"""Wide matrices: what every run proves of one, and what `make whole` proves besides.

A sample holds every value of every axis, and of a table every pair of two values that stand in one
row. What it leaves out bears the mark `whole` and is no part of a run without `--whole`: it is not
skipped, for it needs nothing that is missing.
"""

from collections.abc import Mapping, Sequence
from itertools import combinations
from typing import Any, TypeVar

import pytest

V = TypeVar("V")
Row = TypeVar("Row", bound=Mapping[str, str])


def in_turn(values: Sequence[V], turn: int, share: int) -> list[Any]:
    """The values of an axis as parameters of a test: `share` of them are proved in every run. Each
    `turn` begins where the one before it ended, so that a few tests prove all values."""
    sample = {(turn * share + place) % len(values) for place in range(share)}
    return [
        value if place in sample else pytest.param(value, marks=pytest.mark.whole)
        for place, value in enumerate(values)
    ]


def pairwise(rows: Sequence[Row], columns: Sequence[str]) -> list[Row]:
    """Rows that together show every value of the columns, and every two that any row shows
    together: of those that show the same the first."""
    shown: set[tuple[str, ...]] = set()
    kept = []
    for row in rows:
        mine = {(a, row[a], b, row[b]) for a, b in combinations(columns, 2)}
        if mine - shown:
            kept.append(row)
            shown |= mine
    return kept
