"""Cheap before dear, one answer for all who ask the same, nothing for who has gone."""

import re
import threading
from concurrent.futures import ThreadPoolExecutor
from contextlib import ExitStack
from pathlib import Path

import pytest

import gatewatch
from gatewatch.errors import StoppedError
from gatewatch.site import turns
from gatewatch.site.turns import DEAR, Asker, Flight, Prices, Turns

DEADLINE = 10


def never() -> bool:
    return False


def test_of_two_things_a_dear_question_leaves_one_to_the_cheap() -> None:
    """However many dear ones ask, a cheap one is answered at once."""
    held: Turns[str] = Turns(["a", "b"])
    came, leave = threading.Event(), threading.Event()

    def dear() -> None:
        with held.one(DEAR * 4, never):
            came.set()
            leave.wait(DEADLINE)

    with ThreadPoolExecutor(4) as pool:
        asked = [pool.submit(dear) for _ in range(4)]
        assert came.wait(DEADLINE)
        with held.one(0.0, never) as thing:
            assert thing in {"a", "b"}
        leave.set()
        for one in asked:
            one.result(DEADLINE)


def test_who_comes_to_a_full_queue_is_told_at_once(monkeypatch: pytest.MonkeyPatch) -> None:
    """And who waits too long; neither takes the turn of another."""
    monkeypatch.setattr(turns, "MOST_WAITING", 0)
    held: Turns[int] = Turns([1])
    with pytest.raises(StoppedError, match="more is asked"), held.one(0.0, never):
        pass
    monkeypatch.setattr(turns, "MOST_WAITING", 5)
    monkeypatch.setattr(turns, "LONGEST_WAIT", 0.0)
    with ExitStack() as stack:
        stack.enter_context(held.one(0.0, never))
        with pytest.raises(StoppedError, match="more is asked"), held.one(0.0, never):
            pass
    with held.one(0.0, never) as thing:
        assert thing == 1


def test_who_has_gone_is_not_answered() -> None:
    held: Turns[int] = Turns([1])
    asker = Asker("kind")
    flight: Flight[int] = Flight(asker)
    asker.hang_up()
    with (
        held.one(0.0, never),
        pytest.raises(StoppedError, match="longer"),
        held.one(0.0, flight.stops),
    ):
        pass


def test_an_answer_is_given_up_when_the_last_who_waits_has_gone() -> None:
    """Not before: the first to ask may go while others wait."""
    first, second = Asker(), Asker()
    flight: Flight[str] = Flight(first)
    ended: list[bool] = []
    with ThreadPoolExecutor(1) as pool, flight.running(lambda: ended.append(True)):
        joined = pool.submit(flight.join, second)
        while len(flight.askers) < 2:
            pass
        first.hang_up()
        assert not flight.stops()
        assert not ended
        second.hang_up()
        assert flight.stops()
        assert ended
        with pytest.raises(StoppedError):
            joined.result(DEADLINE)
    ended.clear()
    second.look()
    assert not ended, "what runs after it is not its own"


def test_all_who_wait_get_the_answer_or_its_fault() -> None:
    good: Flight[str] = Flight(Asker())
    bad: Flight[str] = Flight(Asker())
    with ThreadPoolExecutor(2) as pool:
        answers = pool.submit(good.join, Asker()), pool.submit(bad.join, Asker())
        good.land("answer")
        bad.crash(ValueError("a fault"))
        assert answers[0].result(DEADLINE) == "answer"
        with pytest.raises(ValueError, match="a fault"):
            answers[1].result(DEADLINE)


def test_an_answer_that_takes_too_long_is_given_up(monkeypatch: pytest.MonkeyPatch) -> None:
    """But not what the site does for itself."""
    monkeypatch.setattr(turns, "LONGEST_ANSWER", -1.0)
    asked: Flight[str] = Flight(Asker())
    own: Flight[str] = Flight(None)
    with asked.running(lambda: None), own.running(lambda: None):
        assert asked.stops()
        assert not own.stops()


def test_a_price_is_what_was_paid_and_of_what_is_new_too_much() -> None:
    prices = Prices()
    assert prices.of("new") > DEAR
    for _ in range(30):
        prices.paid("cheap", 0.001)
    assert prices.of("cheap") < DEAR
    prices.paid("cheap", 3.0)
    assert prices.of("cheap") > 1
    for number in range(2_000):
        prices.paid(f"made up {number}", 1.0)
    assert len(prices._of) <= 256


def test_no_question_of_a_stranger_opens_a_ledger_of_its_own() -> None:
    """One that did had no bound of memory, was not ended with its client, and charged nobody: a
    measurement asked for by its name was. The log's keys lie in no table."""
    opens = re.compile(r"\b(?:reading\.open|Store)\(((?:[^()]|\([^()]*\))*)\)")
    site = Path(gatewatch.__file__).parent / "site"
    found = {
        f"{file.relative_to(site)}: {one[0]}"
        for file in site.rglob("*.py")
        for one in opens.finditer(file.read_text(encoding="utf-8"))
        if file.name != "repository.py" or "memory=" not in one[1]
    }
    assert found == {"cite.py: Store(location)"}
