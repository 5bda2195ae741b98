"""What is kept is bounded by what it takes, not by how many it is."""

import msgspec
import pytest

from gatewatch.model.kept import Kept, weight


class Row(msgspec.Struct):
    name: str
    parts: tuple[str, ...]


@pytest.mark.parametrize("size", [100, 10_000, 1_000_000])
def test_a_weight_is_near_what_a_value_holds(size: int) -> None:
    """Of bytes, of texts in a list, of structs with members of their own."""
    assert size <= weight(b"x" * size) <= size + 100
    rows = [Row(f"row {n}", ("a" * 50, "b" * 50)) for n in range(size // 200)]
    assert size * 0.5 < weight(rows) + 200 < size * 5 + 1000


def test_what_was_used_last_stays_and_what_is_large_is_not_kept() -> None:
    kept: Kept[bytes] = Kept(10_000)
    for number in range(100):
        kept.put(number, b"x" * 1000)
        kept.put("asked again", b"y" * 1000)
        assert kept.get("asked again")
        assert kept.bytes <= 10_000
    assert "asked again" in kept
    assert 0 not in kept
    before = len(kept)
    kept.put("huge", b"z" * 5000)
    assert "huge" not in kept
    assert len(kept) == before
    kept.clear()
    assert (kept.bytes, len(kept)) == (0, 0)
    with pytest.raises(KeyError):
        kept.get("asked again")


def test_an_answer_that_is_put_again_counts_once() -> None:
    kept: Kept[bytes] = Kept(10_000)
    for _ in range(50):
        kept.put("same", b"x" * 1000)
    assert len(kept) == 1
    assert kept.bytes < 1200
