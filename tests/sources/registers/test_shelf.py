"""A shelf holds the same, in memory and outside of it."""

import threading

import pytest
from hypothesis import given, settings
from hypothesis import strategies as st

from gatewatch.sources.registers import shelf
from gatewatch.sources.registers.shelf import Shelf

_ALL = ["a", "b", "ä", "\udc80", "z" * 40, "unread~1", "", "10", "9"]
NAMES = st.sampled_from(_ALL)
WORK = st.lists(st.tuples(st.sampled_from("pog"), NAMES, st.text(max_size=3)), max_size=60)


def shelf_of() -> Shelf[str]:
    return Shelf(str.encode, bytes.decode)


@settings(max_examples=200)
@given(work=WORK, few=st.integers(0, 4))
def test_it_holds_what_a_dictionary_would(work: list[tuple[str, str, str]], few: int) -> None:
    """Whatever is put, taken out and asked for in whatever order, near or far; walked in order."""
    held, plain = shelf_of(), dict[str, str]()
    with pytest.MonkeyPatch.context() as patch:
        patch.setattr(shelf, "MANY", few)
        patch.setattr(shelf, "_WAITING", few)
        patch.setattr(shelf, "_PAGE", 2)
        patch.setattr(shelf, "_AHEAD", 3)
        for act, name, value in work:
            text = value.encode("utf-8", "replace").decode()
            if act == "p":
                held.put(name, text)
                plain[name] = text
            elif act == "o":
                held.take_out(name)
                plain.pop(name, None)
            assert held.get(name) == plain.get(name)
        for name in sorted(["", *_ALL, "~", *_ALL]):
            assert held.get(name) == plain.get(name)
        assert list(held.items()) == sorted(plain.items())
        assert list(held.copy().items()) == sorted(plain.items())
        assert held.large == (held.large and len(work) > few)


def test_it_can_be_changed_while_it_is_walked_over(monkeypatch: pytest.MonkeyPatch) -> None:
    """Each name is met once, whatever is put under it meanwhile."""
    monkeypatch.setattr(shelf, "MANY", 3)
    monkeypatch.setattr(shelf, "_WAITING", 2)
    monkeypatch.setattr(shelf, "_PAGE", 2)
    held = shelf_of()
    for name in "abcdefgh":
        held.put(name, "old")
    met = []
    for name in held.names():
        held.put(name, "new")
        met.append(name)
    assert (met, {value for _, value in held.items()}) == (list("abcdefgh"), {"new"})


def test_it_can_be_used_from_the_thread_that_writes(monkeypatch: pytest.MonkeyPatch) -> None:
    """Arrow pulls rows from a thread of its own."""
    monkeypatch.setattr(shelf, "MANY", 1)
    held = shelf_of()
    for name in "abc":
        held.put(name, name)
    found: list[str] = []
    other = threading.Thread(target=lambda: found.extend(held.names()))
    other.start()
    other.join()
    assert found == ["a", "b", "c"]
