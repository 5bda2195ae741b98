"""What is left out of a sample is found again by who asks for all."""

import subprocess
import sys
from itertools import combinations
from pathlib import Path

from hypothesis import given
from hypothesis import strategies as st
from tests.wide import in_turn, pairwise

_TESTS = """
import pytest
from tests.wide import in_turn


@pytest.mark.parametrize("one", in_turn("abcdefg", 0, 3))
def test_first(one):
    pass


@pytest.mark.parametrize("one", in_turn("abcdefg", 1, 3))
def test_second(one):
    pass
"""


def test_a_run_proves_the_sample_and_make_whole_all(tmp_path: Path) -> None:
    """What a run leaves out it says, and does not call it skipped."""
    (tmp_path / "test_wide.py").write_text(_TESTS, encoding="utf-8")
    options = ["-v", "-p", "no:cacheprovider", "-p", "tests.conftest", "-c", "pyproject.toml"]
    told = {}
    for more in ((), ("--whole",)):
        words = [sys.executable, "-m", "pytest", *options, *more]
        done = subprocess.run(
            [*words, str(tmp_path)],
            cwd=Path(__file__).parents[1],
            capture_output=True,
            text=True,
            check=False,
        )
        assert done.returncode == 0, done.stdout
        told[more] = done.stdout
    assert "6 passed, 8 deselected" in told[()]
    assert "14 passed" in told["--whole",]
    assert all(f"[{one}] PASSED" in told[()] for one in "abcdef")


@given(st.integers(1, 9), st.integers(1, 9), st.integers(0, 20))
def test_turns_come_round(count: int, share: int, first: int) -> None:
    """As many turns as it takes prove every value."""
    share = min(share, count)
    proved = {
        one
        for turn in range(first, first + -(-count // share))
        for one in in_turn(range(count), turn, share)
        if isinstance(one, int)
    }
    assert proved == set(range(count))


@given(st.lists(st.fixed_dictionaries(dict.fromkeys("abc", st.sampled_from("xyz"))), max_size=30))
def test_pairs_are_all_there(rows: list[dict[str, str]]) -> None:
    """Of any table: every two values that a row shows together a row of the sample shows, and no
    row of it is idle."""

    def pairs(some: list[dict[str, str]]) -> set[tuple[str, ...]]:
        return {(a, r[a], b, r[b]) for r in some for a, b in combinations("abc", 2)}

    kept = pairwise(rows, "abc")
    assert pairs(kept) == pairs(rows)
    assert len(kept) <= len(pairs(rows))
