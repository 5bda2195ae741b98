"""A file is written whole or not at all, and for whom it is meant."""

import os
from pathlib import Path

import pytest

from gatewatch import disk


def test_what_was_there_stays_until_all_is_there(
    tmp_path: Path, monkeypatch: pytest.MonkeyPatch
) -> None:
    file = tmp_path / "new" / "held.json"
    disk.written(file, b"one")
    with monkeypatch.context() as patch:
        patch.setattr(os, "fsync", lambda _: (_ for _ in ()).throw(OSError("full")))
        with pytest.raises(OSError, match="full"):
            disk.written(file, b"two")
    assert file.read_bytes() == b"one"
    disk.written(file, b"three")
    assert [one.name for one in file.parent.iterdir()] == ["held.json"]
    assert file.read_bytes() == b"three"


@pytest.mark.skipif(os.name != "posix", reason="modes are POSIX")
def test_a_secret_is_never_readable_by_others(tmp_path: Path) -> None:
    """Also where somebody left a readable file of the name that is written first."""
    file = tmp_path / "keys"
    (tmp_path / ".keys.part").write_bytes(b"")
    disk.written(file, b"secret", mode=0o600)
    assert file.stat().st_mode & 0o777 == 0o600


def test_what_cannot_be_written_leaves_no_part(tmp_path: Path) -> None:
    """A folder has the name: it stays, and nothing else is there."""
    (tmp_path / "taken" / "inside").mkdir(parents=True)
    with pytest.raises(OSError, match="taken"):
        disk.written(tmp_path / "taken", b"data")
    assert [one.name for one in tmp_path.iterdir()] == ["taken"]


def test_a_file_that_is_not_there_has_no_digest(tmp_path: Path) -> None:
    assert disk.sha256(tmp_path / "none") == ""


@pytest.mark.parametrize("name", ["/etc/passwd", "../a", "a/../../b", "a/..", "", "."])
def test_a_list_of_strangers_leads_out_of_no_folder(name: str) -> None:
    assert not disk.inside(name)
    assert disk.inside("a/b..c/..d")
