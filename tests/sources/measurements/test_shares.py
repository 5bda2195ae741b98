"""Cutting inputs to shares: whatever the cuts, every line is read once."""

import gzip
from pathlib import Path

from hypothesis import given
from hypothesis import strategies as st

from gatewatch.sources.measurements.lines import LineFault, inputs
from gatewatch.sources.measurements.shares import packed, shares

_LINES = st.lists(st.integers(0, 60).map(lambda n: b'{"a":"' + b"x" * n + b'"}'), min_size=1)


@given(_LINES, st.integers(1, 200), st.booleans())
def test_a_cut_loses_and_doubles_no_line(lines: list[bytes], size: int, ended: bool) -> None:
    """Wherever the cuts fall, within a line, at its end or beyond the last."""
    from tempfile import TemporaryDirectory

    with TemporaryDirectory() as folder:
        file = Path(folder) / "some.jsonl"
        file.write_bytes(b"\n".join(lines) + (b"\n" if ended else b""))
        made = shares(inputs(str(file)), size)
        assert [one.data.strip() for share in made for one in share.lines()] == lines  # type: ignore[union-attr]
        packs = packed(made, size * 3)
        assert [share for pack in packs for share in pack] == made


def test_what_has_no_lines_is_not_cut(tmp_path: Path) -> None:
    """A compressed file and an object over many lines are one share each; small ones are packed."""
    whole = b'{\n "a": [' + b"1, " * 5000 + b"1]\n}\n"
    (tmp_path / "one.json").write_bytes(whole)
    (tmp_path / "b.jsonl.gz").write_bytes(gzip.compress(whole * 9))
    for n in range(5):
        (tmp_path / f"c{n}.jsonl").write_bytes(b'{"a": 1}\n')
    made = shares(inputs(str(tmp_path)), 100)
    assert [share.end for share in made] == [None] * 7
    assert len(packed(made, 1 << 20)) == 1
    assert len(packed(made, 1)) == 7


def test_a_line_without_end_ends_its_share(tmp_path: Path) -> None:
    """As on one machine nothing that follows it is read; the share says so."""
    import pytest

    with pytest.MonkeyPatch.context() as patch:
        patch.setattr("gatewatch.sources.measurements.lines.LIMIT", 100)
        (tmp_path / "some.jsonl").write_bytes(b'{"a": 1}\n' * 40 + b"x" * 300 + b'\n{"a": 1}\n')
        found = list(shares(inputs(str(tmp_path / "some.jsonl")), 100))
        faults = [one for share in found for one in share.lines() if isinstance(one, LineFault)]
    assert len(found) > 4
    assert [fault.reason.startswith("a line longer than 100") for fault in faults] == [True]
