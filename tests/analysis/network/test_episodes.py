"""Episodes: right on made worlds, and the laws that hold for any tallies."""

from typing import Any

import msgspec
import numpy as np
import pytest
from benchmarks.detection import matched, ours
from benchmarks.made import Traffic, world
from hypothesis import given
from hypothesis import strategies as st

from gatewatch.analysis.network.episodes import Cells, episodes
from gatewatch.analysis.network.forward_backward import posterior
from gatewatch.analysis.network.likelihood import Model, evidence

NAMES = (("a.example", "RU"), ("b.example", "RU"))


def _cells(rows: list[tuple[int, int, int, float, float]]) -> Cells:
    table = np.array(rows, dtype=np.float64).reshape(-1, 5).T
    whole = table[:3].astype(np.int64)
    return Cells(NAMES, whole[0], whole[1], whole[2], table[3], table[4])


rows = st.lists(
    st.tuples(
        st.integers(0, 1),
        st.integers(1, 4),
        st.integers(0, 400),
        st.sampled_from([0.0, 1.0]),
        st.just(1.0),
    ),
    max_size=120,
)


def _block(
    networks: int, start: int = 300, stop: int = 500, end: int = 700
) -> list[tuple[int, int, int, float, float]]:
    return [
        (0, n, h, float(start <= h < stop), 1.0)
        for h in range(0, end, 4)
        for n in range(1, networks + 1)
    ]


@given(rows, st.randoms(use_true_random=False))
def test_order_and_batches_change_nothing(
    held: list[tuple[int, int, int, float, float]], random: object
) -> None:
    """Law 6: mixed rows, and rows of one hour of a network counted apart or together."""
    mixed = list(held)
    random.shuffle(mixed)  # type: ignore[attr-defined]
    together: dict[tuple[int, int, int], list[float]] = {}
    for s, n, h, b, t in held:
        cell = together.setdefault((s, n, h), [0.0, 0.0])
        cell[0] += b
        cell[1] += t
    joined = [(s, n, h, b, t) for (s, n, h), (b, t) in together.items()]
    assert episodes(_cells(mixed)) == episodes(_cells(held)) == episodes(_cells(joined))


@given(rows)
def test_ends_are_in_order_and_evidence_is_named(
    held: list[tuple[int, int, int, float, float]],
) -> None:
    """Law 4: an episode names its networks and how many measurements made it."""
    for one in episodes(_cells(held)):
        assert one.onset_earliest <= one.onset_latest
        assert one.resolution_latest is None or one.resolution_earliest <= one.resolution_latest
        assert 1 <= len(one.networks) <= one.measured
        assert one.members > 0
        assert 0.5 <= one.confidence <= 1


def test_without_measurements_there_is_no_episode() -> None:
    """Law 7."""
    assert episodes(_cells([])) == []


def test_a_block_on_all_networks_is_one_episode_with_its_ends() -> None:
    (one,) = episodes(_cells(_block(3)))
    assert (one.target, one.probe_cc, one.networks, one.measured) == (
        "a.example",
        "RU",
        (1, 2, 3),
        3,
    )
    first, last = (t.timestamp() / 3600 for t in (one.onset_earliest, one.onset_latest))
    assert first <= 300 <= last
    assert last - first <= 12
    assert one.resolution_latest is not None
    assert (
        one.resolution_earliest.timestamp() / 3600
        <= 500
        <= one.resolution_latest.timestamp() / 3600
    )


def test_what_has_no_end_goes_on() -> None:
    (one,) = episodes(_cells(_block(3, stop=10_000)))
    assert one.ongoing


@pytest.mark.parametrize("rows_of_it", [1, 50])
def test_one_poisoned_probe_makes_no_episode(rows_of_it: int) -> None:
    """However many rows it sends, from the beginning or all of a sudden."""
    sound = [(0, n, h, 0.0, 1.0) for h in range(0, 700, 6) for n in (2, 3)]
    for start in (0, 300):
        poison = [(0, 1, h, 1.0, 1.0) for h in range(start, 700, 6) for _ in range(rows_of_it)]
        assert episodes(_cells(sound + poison)) == []


def test_half_of_the_networks_are_named_as_such() -> None:
    sound = [(0, n, h, 0.0, 1.0) for h in range(0, 700, 6) for n in (3, 4)]
    blocked = [(0, n, h, float(h >= 300), 1.0) for h in range(0, 700, 6) for n in (1, 2)]
    (one,) = episodes(_cells(sound + blocked))
    assert (one.networks, one.measured) == ((1, 2), 4)


def test_a_gap_is_doubt_and_no_block() -> None:
    """Ten days without a measurement around an onset: the interval spans most of them."""
    held = [row for row in _block(3, start=300, stop=10_000, end=900) if not 250 < row[2] < 490]
    (one,) = episodes(_cells(held))
    assert one.onset_earliest.timestamp() / 3600 <= 280
    assert one.onset_latest.timestamp() / 3600 >= 460


def test_an_onset_in_a_gap_lies_between_the_last_without_and_the_first_with() -> None:
    """As the bracket of a listing: no hour of a gap is likelier than another."""
    held = [row for row in _block(3, start=300, stop=10_000, end=900) if not 250 < row[2] < 490]
    (one,) = episodes(_cells(held))
    earliest, latest = (t.timestamp() / 3600 for t in (one.onset_earliest, one.onset_latest))
    assert earliest <= 248
    assert latest >= 493


@pytest.mark.parametrize("start", [300, 311, 319])
def test_one_network_that_measures_alone_is_heard_within_six_hours(start: int) -> None:
    """About thirty rows a day, at any hour of the day: a steady block is told the same day."""
    rows = [(0, 1, h, float(h >= start), 1.0) for h in range(start + 6)]
    (one,) = episodes(_cells(rows))
    assert one.ongoing
    assert one.onset_latest.timestamp() / 3600 >= start


def test_one_probe_in_many_networks_is_one_word() -> None:
    """It says blocked wherever it is carried; others say otherwise in the same networks."""
    others = [(0, n, h, 0.0, 1.0) for h in range(0, 700, 4) for n in (1, 2, 3)]
    carried = [(0, n, h, float(h >= 300), 1.0) for h in range(1, 700, 4) for n in (1, 2)]
    plain = _cells(others + carried)
    assert len(episodes(plain)) == 1
    probe = np.append(np.full(len(others), 5), np.full(len(carried), 7))
    assert episodes(msgspec.structs.replace(plain, probe=probe)) == []


OLD_PHONES, PHONES = -7, -5
"""Makes of probes."""


def _by_makes(*, others_blocked: bool = False, others: tuple[int, ...] = (1, 2, 3)) -> Cells:
    """Phones of one make say blocked from an hour on, in two networks; those of another do not."""
    rows, probe, sound = [], [], []
    for hour in range(0, 700, 2):
        for network in (1, 2):
            cut = hour >= 300
            rows.append((0, network, hour, float(cut), 1.0))
            probe.append(OLD_PHONES if cut else 0)
            sound.append(0 if cut else OLD_PHONES)
    for hour in range(1, 700, 4):
        for network in others:
            cut = others_blocked and hour >= 300
            rows.append((0, network, hour, float(cut), 1.0))
            probe.append(PHONES if cut else 0)
            sound.append(0 if cut else PHONES)
    return msgspec.structs.replace(_cells(rows), probe=np.array(probe), sound=np.array(sound))


def test_what_follows_a_make_of_probes_is_no_block_of_networks() -> None:
    """A store that one kind of phone has outlived: others see the target in the same networks."""
    assert len(episodes(msgspec.structs.replace(_by_makes(), probe=None, sound=None))) == 1
    assert episodes(_by_makes()) == []


@pytest.mark.parametrize(
    "cells",
    [
        _by_makes(others_blocked=True),
        _by_makes(others=()),
        _by_makes(others=(8, 9)),
    ],
    ids=["others say so too", "there are no others", "others are in other networks"],
)
def test_one_make_that_is_the_only_one_is_a_witness(cells: Cells) -> None:
    """In many countries nearly all probes are of one make: that proves nothing against a block."""
    assert len(episodes(cells)) == 1


def test_late_data_moves_an_onset_back() -> None:
    """A rerun knows more: it supersedes."""
    late = [row for row in _block(3) if not 300 <= row[2] < 400]
    before, after = episodes(_cells(late)), episodes(_cells(_block(3)))
    assert after[0].onset_latest < before[0].onset_latest


def test_made_worlds_are_read_well() -> None:
    made = [
        world(5_000, 12, 120, Traffic(3, 1), kinds=("full", "by_network")),
        world(5_001, 12, 120, Traffic(5, 4), kinds=("full", "partial", "throttled", "one_day")),
    ]
    found = np.sum([matched(w.truths, ours(w.cells)) for w in made], axis=0)
    assert 2 * found[0] / (2 * found[0] + found[1] + found[2]) >= 0.9


def test_no_single_cell_says_much() -> None:
    """Evidence of one network in one hour is bounded, however many rows it has."""
    model = Model()
    many = evidence(np.array([1.0, 1e6, 0.0]), np.array([1.0, 1e6, 1e6]), model)
    assert many.max() <= np.log(model.share / model.fault) + 1e-6
    assert many.min() >= np.log((1 - model.share) / (1 - model.fault)) - 1e-6


@given(
    st.lists(
        st.tuples(st.floats(-5, 5), st.integers(1, 200), st.booleans()), min_size=1, max_size=60
    )
)
def test_the_scan_equals_the_recursion(cells: list[tuple[float, int, bool]]) -> None:
    """Prefix products against the textbook's forward and backward messages."""
    values = np.array([c[0] for c in cells])
    gaps = np.array([float(c[1]) for c in cells])
    starts = np.array([True, *(c[2] for c in cells[1:])])
    found = posterior(values, gaps, starts, 0.01, 0.02)
    wanted = np.concatenate(
        [
            _recursion(part, gap, 0.01, 0.02)
            for part, gap in zip(
                np.split(values, np.flatnonzero(starts)[1:]),
                np.split(gaps, np.flatnonzero(starts)[1:]),
                strict=True,
            )
        ]
    )
    np.testing.assert_allclose(found, wanted, atol=1e-9)


def _recursion(values: np.ndarray, gaps: np.ndarray, up: float, down: float) -> np.ndarray:
    total = up + down
    moves = []
    for gap in gaps:
        mixed = 1 - np.exp(-total * gap)
        a, b = mixed * up / total, mixed * down / total
        moves.append(np.array([[1 - a, a], [b, 1 - b]]))
    likely = np.stack([np.ones(len(values)), np.exp(values)], 1)
    forward = [np.array([down, up]) / total * likely[0]]
    for place in range(1, len(values)):
        one = forward[-1] @ moves[place] * likely[place]
        forward.append(one / one.sum())
    backward = [np.ones(2)]
    for place in range(len(values) - 1, 0, -1):
        one = moves[place] @ (likely[place] * backward[0])
        backward.insert(0, one / one.sum())
    both = np.array(forward) * np.array(backward)
    return np.asarray((both / both.sum(axis=1, keepdims=True))[:, 1])


def test_few_pairs_of_counts_give_what_each_gives() -> None:
    """Small counts are looked up by pairs; beside a large one, or in thirds, each is found by
    itself. Both ways give the same to the last bit."""
    chance = np.random.default_rng(7)
    total = chance.integers(1, 64, 5000).astype(np.float64)
    blocked = np.floor(chance.random(5000) * (4 * total + 1)) / 4
    model = Model()
    by_pair = evidence(blocked, total, model)
    for odd in ((0.0, 1e6), (1 / 3, 1.0), (0.5, 1.5)):
        apart = evidence(np.append(blocked, odd[0]), np.append(total, odd[1]), model)
        assert (apart[:-1] == by_pair).all()
    assert not len(evidence(np.array([]), np.array([]), model))


def _several(blocks: list[tuple[int, int]], every: int, end: int) -> list[Any]:
    """Three networks, and blocks from hour to hour."""
    return [
        (0, n, h, float(any(a <= h < b for a, b in blocks)), 1.0)
        for h in range(0, end, every)
        for n in (1, 2, 3)
    ]


@pytest.mark.parametrize("days", [1, 3, 5, 8])
@pytest.mark.parametrize("gap", [2, 4, 8])
def test_a_block_that_comes_back_within_days_is_told_each_time(days: int, gap: int) -> None:
    """Each was taken for days around the other on which the networks say blocked as well, so that
    they always would, and neither was told."""
    first, again = 480, 480 + 24 * (days + gap)
    blocks = [(first, first + 24 * days), (again, again + 24 * days)]
    found = episodes(_cells(_several(blocks, 3, 1200)))
    assert len(found) == 2
    for one, (start, stop) in zip(found, blocks, strict=True):
        assert one.onset_earliest.timestamp() / 3600 <= start <= one.onset_latest.timestamp() / 3600
        assert one.resolution_latest is not None
        early, late = one.resolution_earliest, one.resolution_latest
        assert early.timestamp() / 3600 <= stop <= late.timestamp() / 3600


def test_mornings_of_examinations_are_told_each() -> None:
    """Iraq and Syria cut services off for some hours of every day of examinations."""
    blocks = [(480 + 24 * day, 485 + 24 * day) for day in range(10)]
    assert len(episodes(_cells(_several(blocks, 1, 1200)))) == 10


@pytest.mark.parametrize("share", [0.1, 0.2, 0.25])
def test_a_bad_line_has_worse_days_and_no_blocks(share: float) -> None:
    """Where every fourth connect was lost for months, its worst days were episodes: 107 in eight
    years of series."""
    chance = np.random.default_rng(3)
    lost = chance.random((8 * 48, 3)) < share
    rows = [
        (0, n + 1, 3 * place, 0.75 * bool(lost[place, n]), 1.0)
        for place in range(len(lost))
        for n in range(3)
    ]
    assert episodes(_cells(rows)) == []
    start, stop = 600, 800
    block = [(s, n, h, 0.75 if start <= h < stop else b, t) for s, n, h, b, t in rows]
    (one,) = episodes(_cells(block))
    assert one.onset_earliest.timestamp() / 3600 <= start + 3
    assert len(one.networks) == 3
