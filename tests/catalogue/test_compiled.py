"""The checked catalogue in the user's cache: the same facts, sooner, and never stale."""

import time
from collections.abc import Iterator
from pathlib import Path

import pytest

from gatewatch.catalogue import compiled, facts

CLAIM = """[[claim]]
id = "own-1"
service = "wechat"
jurisdiction = "RU"
action = "blocked"
date = "2017-05-04"
says = "told"
source = { publisher = "P", url = "https://p.example/", published = 2017-05-05 }
"""


@pytest.fixture
def cache(tmp_path: Path, monkeypatch: pytest.MonkeyPatch) -> Iterator[Path]:
    """An empty cache, and a folder of own facts; what was loaded before is forgotten."""
    monkeypatch.setattr("gatewatch.config.catalogue_cache", lambda: tmp_path / "cache")
    monkeypatch.setenv("GATEWATCH_CATALOGUE", str(tmp_path / "own"))
    (tmp_path / "own" / "facts").mkdir(parents=True)
    facts._load.cache_clear()
    yield tmp_path / "cache"
    facts._load.cache_clear()


def test_what_is_cached_is_what_was_read(cache: Path) -> None:
    """Every kind of fact, to the last field."""
    first = facts.load()
    facts._load.cache_clear()
    second = facts.load()
    assert second is not first
    assert second == first
    assert len(list(cache.iterdir())) == 1


def test_a_changed_file_is_read_anew(cache: Path, tmp_path: Path) -> None:
    """By its digest, not by its time."""
    assert "own-1" not in facts.load().claims
    (tmp_path / "own" / "facts" / "own.toml").write_text(CLAIM, "utf-8")
    facts._load.cache_clear()
    assert "own-1" in facts.load().claims
    (tmp_path / "own" / "facts" / "own.toml").write_text(CLAIM.replace("told", "said"), "utf-8")
    facts._load.cache_clear()
    assert facts.load().claims["own-1"].says == "said"


@pytest.mark.parametrize("damage", [b"", b"\x00", b"\x86\xa7service\xc0"])
def test_a_damaged_cache_is_made_anew(damage: bytes, cache: Path) -> None:
    wanted = facts.load()
    for path in cache.iterdir():
        path.write_bytes(damage)
    facts._load.cache_clear()
    assert facts.load() == wanted
    assert compiled.load(compiled.key(facts.folders())) is not None


def test_a_cache_that_cannot_be_written_is_done_without(
    cache: Path, monkeypatch: pytest.MonkeyPatch, tmp_path: Path
) -> None:
    (tmp_path / "file").write_text("", "utf-8")
    monkeypatch.setattr("gatewatch.config.catalogue_cache", lambda: tmp_path / "file" / "cache")
    assert facts.load().claims
    assert not cache.exists()


def test_faults_are_never_cached(cache: Path, tmp_path: Path) -> None:
    """Each load names them again."""
    from gatewatch.errors import CatalogueError

    (tmp_path / "own" / "facts" / "own.toml").write_text(CLAIM.replace("says", "sais"), "utf-8")
    for _ in range(2):
        with pytest.raises(CatalogueError, match="did you mean says"):
            facts.load()
    assert not cache.exists()


def test_loading_takes_little_time(cache: Path) -> None:
    """Under 60 ms of processor time for some 500 claims, the digest included."""
    facts.load()
    taken = []
    for _ in range(5):
        facts._load.cache_clear()
        begun = time.process_time()
        assert len(facts.load().claims) > 450
        taken.append(time.process_time() - begun)
    assert min(taken) < 0.06
    assert cache.exists()
