"""Measurements that stop: told where volume is expected, and nowhere else."""

from itertools import pairwise

import numpy as np
import pytest
from hypothesis import given
from hypothesis import strategies as st

from gatewatch.analysis.network.episodes import Cells
from gatewatch.analysis.network.silence import silences

START = 17_000 * 24


def _cells(by_day: list[int], beside: list[int] | None = None) -> Cells:
    """A series with so many measurements a day, and one beside it in the same place."""
    rows = [(0, START + 24 * day + 3, number) for day, number in enumerate(by_day) if number]
    rows += [(1, START + 24 * day + 3, number) for day, number in enumerate(beside or []) if number]
    series, hour, total = (np.array(column) for column in zip(*rows, strict=True))
    return Cells(
        (("a.example", "RU"), ("b.example", "RU")),
        series,
        np.ones_like(series),
        hour,
        np.zeros(len(rows)),
        total.astype(np.float64),
    )


def test_a_collapse_is_told_with_what_was_expected() -> None:
    (one,) = silences(_cells([20] * 40 + [0] * 5 + [20] * 10))
    assert (one.target, one.expected, one.seen, one.ongoing) == ("a.example", 20.0, 0, False)
    assert (one.last - one.first).days == 4


def test_one_that_reaches_the_last_day_goes_on() -> None:
    """Others in the country are still measured, so it is not the ledger that ends."""
    (one,) = silences(_cells([20] * 40 + [1] * 6, [10] * 46))
    assert one.ongoing
    assert one.seen == 6


@pytest.mark.parametrize(
    "by_day",
    [
        [20] * 60,  # nothing stops
        [1] * 40 + [0] * 10 + [1] * 5,  # hardly measured at all: nothing is expected
        ([30] * 5 + [1] * 2) * 8,  # quiet weekends are expected
        [20] * 40 + [0] * 2 + [20] * 10,  # two days
        [20] * 10 + [0] * 20,  # too young to expect anything of
    ],
)
def test_what_is_no_silence(by_day: list[int]) -> None:
    assert silences(_cells(by_day, [10] * len(by_day))) == []


@given(st.lists(st.integers(0, 30), min_size=1, max_size=90))
def test_silences_lie_apart_and_hold_few(by_day: list[int]) -> None:
    if not any(by_day):
        return
    found = silences(_cells(by_day))
    for one in found:
        assert (one.last - one.first).days >= 2
        assert one.expected >= 5
    assert all(a.last < b.first for a, b in pairwise(found))
