"""A function that remembers gives what it would give, and does not grow without end."""

import pytest

from gatewatch.model import memo as module
from gatewatch.model.memo import memo


def test_each_value_is_asked_once() -> None:
    """What was given before is given again; None is an answer like any other."""
    asked: list[str | None] = []

    @memo
    def seen(text: str | None) -> str | None:
        asked.append(text)
        return text and text.upper()

    assert [seen("a"), seen("a"), seen(None), seen(None)] == ["A", "A", None, None]
    assert asked == ["a", None]


def test_what_is_remembered_has_a_bound(monkeypatch: pytest.MonkeyPatch) -> None:
    """A stream of names that never repeat leaves memory flat."""
    monkeypatch.setattr(module, "MOST", 10)

    @memo
    def double(number: int) -> int:
        return number * 2

    assert [double(n) for n in range(100)] == [n * 2 for n in range(100)]
    assert len(double.__self__) <= 10  # type: ignore[attr-defined]


def test_a_fault_is_raised_each_time() -> None:
    """What cannot be answered is not remembered as answered."""

    @memo
    def inverse(number: int) -> float:
        return 1 / number

    for _ in range(2):
        with pytest.raises(ZeroDivisionError):
            inverse(0)
