"""Measurements that stop: told where volume is expected, and nowhere else."""

from itertools import pairwise

import numpy as np
import pytest
from hypothesis import given
from hypothesis import strategies as st

from gatewatch.analysis.network.episodes import Cells
from gatewatch.analysis.network.silence import Volumes, silences
from gatewatch.model.episode import Silence

START = 17_000 * 24
Row = tuple[str, str, int, int, int]
"""Target, jurisdiction, network, day, measurements."""


def _told(rows: list[Row], until: int | None = None) -> list[Silence]:
    """Silences of made volumes; `until` is the hour by which anything had been measured."""
    names = sorted({(target, code) for target, code, *_ in rows})
    held = [row for row in rows if row[4]]
    series = np.array([names.index((target, code)) for target, code, *_ in held], dtype=np.int64)
    network, day = (np.array([row[n] for row in held], dtype=np.int64) for n in (2, 3))
    total = np.array([float(row[4]) for row in held])
    cells = Cells(tuple(names), series, network, START + 24 * day + 3, np.zeros(len(held)), total)
    return silences(Volumes(cells, total, None if until is None else START + until))


def _days(
    by_day: list[int], target: str = "a.example", code: str = "RU", network: int = 1
) -> list[Row]:
    return [(target, code, network, day, number) for day, number in enumerate(by_day)]


def _beside(days: int, code: str = "RU") -> list[Row]:
    """Another target of the same network, measured ten times a day throughout."""
    return _days([10] * days, "b.example", code)


def test_a_collapse_is_told_with_what_was_expected() -> None:
    """Of one target, while another goes on: since when, until when, and how few there were."""
    (one,) = _told(_days([20] * 40 + [0] * 5 + [20] * 10) + _beside(55))
    assert (one.target, one.expected, one.seen, one.ongoing) == ("a.example", 20.0, 0, False)
    assert (one.last - one.first).days == 4


def test_one_that_reaches_the_last_day_goes_on() -> None:
    """Others in the country are still measured, so it is not the ledger that ends."""
    (one,) = _told(_days([20] * 40 + [1] * 6) + _beside(46))
    assert one.ongoing
    assert one.seen == 6


@pytest.mark.parametrize("days", [12, 26])
def test_it_is_told_as_long_as_it_lasts(days: int) -> None:
    """Its own days are no part of what is expected, so that weeks of it end nothing."""
    (one,) = _told(_days([20] * 40 + [0] * days) + _beside(40 + days))
    assert ((one.last - one.first).days + 1, one.ongoing) == (days, True)


def test_a_target_that_is_measured_no_more_is_no_silence() -> None:
    """It was taken from a list of tests: after four weeks nothing is expected of it."""
    assert not _told(_days([20] * 40 + [0] * 40) + _beside(80))
    (came_back,) = _told(_days([20] * 40 + [0] * 40 + [20] * 3) + _beside(83))
    assert (came_back.last - came_back.first).days == 39


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
    """A steady stream, a thin one, weekends, a short gap, a young series."""
    assert not _told(_days(by_day) + _beside(len(by_day)))


def _country(days: int, dark: range, targets: int = 40) -> list[Row]:
    """Forty targets by three networks, each target three times a day; nothing on dark days."""
    return [
        (f"t{n}.example", "RU", net, day, 1)
        for day in range(days)
        if day not in dark
        for n in range(targets)
        for net in (1, 2, 3)
    ]


def test_a_blackout_is_the_country_s_and_not_each_target_s() -> None:
    """No target is measured five times a day, all of them together are: one silence."""
    (one,) = _told(_country(60, range(45, 49)))
    assert (one.target, one.network, one.expected, one.seen, one.ongoing) == (
        "",
        None,
        120,
        0,
        False,
    )
    assert (one.last - one.first).days == 3


def test_a_blackout_that_goes_on_is_told_after_a_day() -> None:
    """Elsewhere measurements went on, so the ledger did not end with it; half a day is not
    enough."""
    rows = _country(45, range(0)) + _beside(60, "UA")
    assert [(s.probe_cc, s.ongoing) for s in _told(rows, 46 * 24 - 1)] == [("RU", True)]
    assert not _told(rows, 45 * 24 + 12)


def test_one_day_of_an_unsteady_stream_is_no_blackout() -> None:
    """Where days without measurements happened before, one more says little."""
    rows = [row for row in _country(60, range(36, 37)) if row[3] not in {12, 19}]
    assert not _told(rows)
    assert _told(_country(60, range(36, 37)))


def test_a_network_that_falls_silent_beside_others_is_told() -> None:
    """Two go on: the silence is that network's, not the country's, and not each target's."""
    rows = [row for row in _country(60, range(0)) if row[2] != 2 or row[3] < 50]
    (one,) = _told(rows)
    assert (one.target, one.network, one.ongoing) == ("", 2, True)


@given(st.lists(st.integers(0, 30), min_size=1, max_size=90))
def test_silences_lie_apart_and_hold_few(by_day: list[int]) -> None:
    """Whatever came in: three days or more, of something that was expected."""
    if not any(by_day):
        return
    found = [one for one in _told(_days(by_day) + _beside(len(by_day))) if one.target]
    for one in found:
        assert (one.last - one.first).days >= 2
        assert one.expected >= 5
    assert all(a.last < b.first for a, b in pairwise(found))
