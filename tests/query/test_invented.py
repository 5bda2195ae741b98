"""A ledger with what was invented for show is told from one without."""

import gatewatch
from gatewatch.query.invented import invented


def test_the_demo_says_that_it_invents(demo_filled: str) -> None:
    assert invented(gatewatch.open(demo_filled))


def test_a_register_alone_is_nobodys_invention(demo_ledger: str) -> None:
    assert not invented(gatewatch.open(demo_ledger))
