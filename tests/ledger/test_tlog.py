"""The log as static files: the layout of tlog-tiles, and growth by any steps."""

from pathlib import Path

import pytest

from gatewatch.errors import LedgerError
from gatewatch.ledger import merkle, notes, tlog

SIGNER = notes.Signer("example.org/log", bytes(range(32)))


def entries(size: int) -> list[bytes]:
    """Leaves that differ."""
    return [b"leaf %d" % n for n in range(size)]


def test_files_lie_where_the_specification_says() -> None:
    """Its own examples."""
    assert tlog.tile_path(0, 1234067) == "tile/0/x001/x234/067"
    assert tlog.tile_path("entries", 5, 24) == "tile/entries/005.p/24"
    assert tlog.widths(70_000) == [(0, 273, 112), (1, 1, 17), (2, 0, 1)]
    assert tlog.widths(256) == [(1, 0, 1)]


def test_a_log_grows_by_any_steps(tmp_path: Path) -> None:
    """Over the edges of tiles, the root is that of all leaves, and nothing is missing or left."""
    log, size = tlog.TileLog(tmp_path), 0
    for step in (1, 2, 252, 1, 1, 255, 300):
        size += step
        made = log.append(entries(size)[-step:], "example.org/log", [SIGNER])
        assert (made.size, made.root) == (size, merkle.root([*map(merkle.leaf, entries(size))]))
        assert log.entries() == entries(size)
        assert log.faults() == []
        assert log.checkpoint() == made
        assert log.last_entry(size) == entries(size)[-1]
    assert notes.signed_by(log.note(), [SIGNER.verifier])[1] == [SIGNER.verifier]
    there = {f.relative_to(tmp_path).as_posix() for f in tmp_path.rglob("*") if f.is_file()}
    full = {f"tile/{level}/{n:03d}" for level in (0, "entries") for n in range(3)}
    assert there == full | {
        "checkpoint",
        "tile/0/003.p/44",
        "tile/entries/003.p/44",
        "tile/1/000.p/3",
    }


def test_a_part_of_a_tile_is_cut_out_of_a_wider_one(tmp_path: Path) -> None:
    """What an earlier checkpoint needs is served although a wider file took its place."""
    log = tlog.TileLog(tmp_path)
    log.append(entries(7), "example.org/log", [])
    for width in (1, 4, 7):
        assert log.tile("entries", 0, width) == tlog.packed(entries(width))
        assert log.tile(0, 0, width) == b"".join(map(merkle.leaf, entries(width)))
    assert log.tile(0, 0, 8) is None
    assert log.tile(1, 0, 1) is None


def test_a_writer_that_dies_before_the_checkpoint_leaves_the_log_as_it_was(tmp_path: Path) -> None:
    """What it wrote is written again by the next, and other leaves may take its place."""
    log = tlog.TileLog(tmp_path)
    log.append(entries(3), "example.org/log", [SIGNER])
    before = log.note()
    log.append([b"lost"], "example.org/log", [SIGNER])
    (tmp_path / "tile/0/000.p/3").write_bytes(b"".join(map(merkle.leaf, entries(3))))
    (tmp_path / "tile/entries/000.p/3").write_bytes(tlog.packed(entries(3)))
    (tmp_path / tlog.CHECKPOINT).write_bytes(before)
    assert log.entries() == entries(3)
    log.append([b"other"], "example.org/log", [SIGNER])
    assert log.entries() == [*entries(3), b"other"]
    assert log.faults() == []


def test_a_leaf_that_does_not_fit_is_refused(tmp_path: Path) -> None:
    """Its length has two bytes; an empty one is no leaf."""
    for leaf in (b"", bytes(1 << 16)):
        with pytest.raises(LedgerError, match="does not fit"):
            tlog.TileLog(tmp_path).append([leaf], "example.org/log", [])
