"""The index answers as the full path does."""

import random
from collections.abc import Callable

import gatewatch
from gatewatch.model.moment import Moment
from gatewatch.query.check import index as index_of


def test_index_and_full_path_agree_on_a_real_register(
    held: Callable[[str], gatewatch.Ledger],
) -> None:
    """For listed, near and far selectors of every kind both give the same state at several
    times."""
    ledger = held("ru-zi")
    chance = random.Random(7)
    known = sorted(
        {s for e in ledger.changes() if e.change.entry for s in e.change.entry.selectors}
    )
    near = [s.value for s in chance.sample(known, 250)]
    asked = [
        *near,
        *(f"sub.{s.host}" for s in chance.sample(known, 60) if s.host and not s.host[-1].isdigit()),
        *(f"https://{s.host}/" for s in chance.sample(known, 60) if s.host),
        "192.0.2.1",
        "example.org",
        "http://example.org/x",
        "10.0.0.0/8",
        "*.blogspot.ru",
    ]
    for day in ("2013-06-01", "2014-04-22T11:05Z", "2014-03-01", "2012-11-18"):
        index = index_of(ledger, Moment.parse(day))
        answers = ledger.check(asked, valid_at=day)
        told = {a.asked: str(a.state) for a in answers}
        assert {text: str(index.check(text).state) for text in asked} == told
        assert len(set(told.values())) > 1
