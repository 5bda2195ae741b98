"""Zstandard in frames, in pieces, cut off."""

import io

import pytest
from hypothesis import given
from hypothesis import strategies as st

from gatewatch.sources.containers import zst
from gatewatch.sources.containers.zst import zstd


@given(st.lists(st.binary(max_size=5000), min_size=1, max_size=6))
def test_frames(parts: list[bytes]) -> None:
    """Frames one after another read as one text, whole or as a stream."""
    packed = b"".join(map(zstd.compress, parts))
    assert b"".join(zst.plain(packed)) == b"".join(parts)
    assert zst.opened(io.BytesIO(packed)).read() == b"".join(parts)


@given(st.binary(min_size=1, max_size=5000), st.data())
def test_cut_off(text: bytes, data: st.DataObject) -> None:
    """A frame that is cut anywhere is an error, never a shorter text."""
    packed = zstd.compress(text)
    cut = packed[: data.draw(st.integers(1, len(packed) - 1))]
    with pytest.raises((EOFError, zst.Damage)):
        b"".join(zst.plain(cut))
    with pytest.raises((EOFError, zst.Damage)):
        zst.opened(io.BytesIO(cut)).read()


def test_small_steps() -> None:
    """However much a few bytes stand for, a megabyte at most comes at a time."""
    packed = zstd.compress(bytes(50 << 20))
    assert len(packed) < 10_000
    assert max(map(len, zst.plain(packed))) <= 1 << 20
