"""No damage to a line or to its pack is raised, nor does it touch the lines beside it."""

import tomllib
from pathlib import Path

import pytest
from tests import fuzzing

_KEPT = tomllib.loads(Path(__file__).with_name("fuzzed_seeds.toml").read_text(encoding="utf-8"))


@pytest.mark.parametrize("seed", [one["seed"] for one in _KEPT["failed"]])
def test_a_seed_that_once_failed_is_read(seed: int) -> None:
    """What was found by fuzzing stays mended."""
    assert fuzzing.fault(seed) is None


def test_damaged_lines_are_read_or_set_aside() -> None:
    """Some hundred seeds beyond those that were tried at length."""
    first = _KEPT["tried"]["until"]
    wrong = {seed: found for seed in range(first, first + 150) if (found := fuzzing.fault(seed))}
    assert wrong == {}


def test_a_seed_is_always_the_same_line() -> None:
    """A seed that is written down can be looked at again, and seeds differ."""
    lines = [fuzzing.damaged(seed) for seed in range(40)]
    assert lines == [fuzzing.damaged(seed) for seed in range(40)]
    assert len(set(lines)) == 40
