"""Networks that stand for none."""

from hypothesis import given
from hypothesis import strategies as st

from gatewatch.model.documentation import all_invented


@given(st.sets(st.integers(64496, 64511), min_size=1))
def test_documentation_numbers_are_made(numbers: set[int]) -> None:
    """What was seen in such networks alone was seen by nobody."""
    assert all_invented(numbers)
    assert not all_invented({*numbers, 64512})
    assert not all_invented({*numbers, None})


def test_nothing_is_not_made() -> None:
    """No network at all says nothing of how it came about."""
    assert not all_invented(())
