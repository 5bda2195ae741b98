"""Mapped bytes are told from bytes in memory by nothing but their size."""

import io
from collections import Counter
from pathlib import Path

import pytest
from hypothesis import given, settings
from hypothesis import strategies as st

from gatewatch.sources.containers import large
from gatewatch.sources.containers.raw import blob_id
from gatewatch.sources.registers.difference import difference, in_groups, records

LINES = st.lists(st.sampled_from([b"a\n", b"b\n", b"x" * 9000 + b"\n", b"", b"\n"]), max_size=30)


def mapped(data: bytes) -> large.Data:
    with pytest.MonkeyPatch.context() as patch:
        patch.setattr(large, "LARGE", 0)
        return large.gathered([data[:10], data[10:]])


@settings(max_examples=80)
@given(before=LINES, after=LINES)
def test_states_are_compared_alike(before: list[bytes], after: list[bytes]) -> None:
    """Digest, cut and difference are the same, mapped or not, with windows given back on the
    way."""
    old, new = b"".join(before), b"".join(after)
    with pytest.MonkeyPatch.context() as patch:
        patch.setattr(large, "WINDOW", 4096)
        far_old, far_new = mapped(old + b"\n"), mapped(new + b"\n")
        old, new = old + b"\n", new + b"\n"
        assert blob_id(far_old) == blob_id(old)
        spans = ((0, len(old)), (0, len(new)))
        near = difference(old, spans[0], new, spans[1], b"\n")
        far = difference(far_old, spans[0], far_new, spans[1], b"\n")
        assert [Counter(side) for side in near] == [Counter(side) for side in far]
        groups = list(in_groups(far_new, spans[1], b"\n", 3))
        assert [r for group in groups for r in group] == records(new, spans[1], b"\n")
        assert max(map(len, groups)) <= 3
        assert b"".join(large.blocks(far_new)) == large.plain(far_new) == new


def test_a_stream_that_ends_early_gives_what_there_was(tmp_path: Path) -> None:
    """A file that shrinks while it is read, and a pipe that breaks."""
    size = large.LARGE + 1
    assert large.read(io.BytesIO(b"abc"), size) == b"abc"
    assert large.read(io.BytesIO(b"abc"), 2) == b"ab"
    file = tmp_path / "list"
    file.write_bytes(b"abc")
    with file.open("rb") as stream:
        assert large.read(stream, 10) == b"abc"
