"""The price of a report: paid in work or in waiting, once, and to us."""

import hashlib
import itertools
import string

import pytest
from hypothesis import given
from hypothesis import strategies as st

from gatewatch.site import challenge
from gatewatch.site.problem import ProblemError

KEY, NOW = b"k" * 32, 1_493_900_000.0
LETTERS = string.ascii_letters + string.digits + "-_"


def solved(made: str) -> str:
    """What a browser does."""
    for number in itertools.count():
        digest = hashlib.sha256(f"{made}{number}".encode()).digest()
        if int.from_bytes(digest, "big") >> (256 - challenge.BITS) == 0:
            return str(number)
    raise AssertionError


def test_work_is_taken_at_once_and_waiting_after_its_time() -> None:
    """And how long a challenge has to be remembered is its whole life."""
    made = challenge.make(KEY, NOW)
    until = challenge.redeem(made, solved(made), KEY, NOW)
    assert until.timestamp() == NOW + 3600
    with pytest.raises(ProblemError) as early:
        challenge.redeem(made, "", KEY, NOW + challenge.WAIT - 1)
    assert (early.value.status, early.value.headers["Retry-After"]) == (429, "15")
    assert challenge.redeem(made, "", KEY, NOW + challenge.WAIT)


@pytest.mark.parametrize("when", [NOW - 10, NOW + 3601])
def test_one_that_is_old_or_of_the_future_is_refused(when: float) -> None:
    made = challenge.make(KEY, NOW)
    with pytest.raises(ProblemError):
        challenge.redeem(made, solved(made), KEY, when)


def test_an_answer_that_does_not_solve_it_is_refused() -> None:
    made = challenge.make(KEY, NOW)
    wrong = next(str(n) for n in range(10) if hashlib.sha256(f"{made}{n}".encode()).digest()[0])
    with pytest.raises(ProblemError):
        challenge.redeem(made, wrong, KEY, NOW)


@given(place=st.integers(0, 41), letter=st.sampled_from(LETTERS))
def test_no_other_text_is_the_same_challenge(place: int, letter: str) -> None:
    """Not one letter may be another, the spare bits of the last one among them."""
    made = challenge.make(KEY, NOW)
    assert len(made) == 42
    other = made[:place] + letter + made[place + 1 :]
    if other == made:
        assert challenge.redeem(other, "", KEY, NOW + 20)
    else:
        with pytest.raises(ProblemError):
            challenge.redeem(other, "", KEY, NOW + 20)


@given(st.text(max_size=60) | st.text(LETTERS + "=", max_size=60))
def test_what_is_no_challenge_is_refused(text: str) -> None:
    """Whatever it is, and one of another site too."""
    with pytest.raises(ProblemError):
        challenge.redeem(text, "", KEY, NOW + 20)
    with pytest.raises(ProblemError):
        challenge.redeem(challenge.make(b"o" * 32, NOW), "", KEY, NOW + 20)
