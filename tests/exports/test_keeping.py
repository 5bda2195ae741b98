"""Data sets follow the ledger by themselves, one keeper at a time, and end with the site."""

import time
from collections.abc import Callable, Iterator
from pathlib import Path

import pytest
from tests.site.served import serve

from gatewatch import pipeline
from gatewatch.catalogue import registers as catalogue
from gatewatch.exports import exporting, keeping
from gatewatch.exports.keeping import Keeper
from gatewatch.ledger import commits

_PATIENCE = 60.0


def _until(done: Callable[[], bool], tend: Callable[[], None]) -> None:
    end = time.monotonic() + _PATIENCE
    while not done():
        assert time.monotonic() < end
        tend()
        time.sleep(0.05)


@pytest.fixture
def keeper(demo_ledger: str, tmp_path: Path, monkeypatch: pytest.MonkeyPatch) -> Iterator[Keeper]:
    monkeypatch.setattr(keeping, "_PAUSE", 0.0)
    monkeypatch.setenv("GATEWATCH_CATALOGUE", "")
    one = Keeper(demo_ledger, tmp_path / "data")
    yield one
    one.close()


def test_a_commit_is_exported_and_its_absence_costs_nothing(
    keeper: Keeper, demo_ledger: str, tmp_path: Path
) -> None:
    folder = tmp_path / "data"
    _until(lambda: exporting.read(folder) is not None, keeper.tend)
    first = exporting.read(folder)
    assert first is not None
    for _ in range(20):
        keeper.tend()
    time.sleep(0.2)
    assert exporting.read(folder) == first
    states = tmp_path / "states"
    states.mkdir()
    (states / "2024-01-01.txt").write_text("a.example.com\n")
    before = commits.newest(Path(demo_ledger))
    pipeline.ingest(demo_ledger, catalogue.find("de-cuii"), str(states))
    assert commits.newest(Path(demo_ledger)) != before

    def followed() -> bool:
        index = exporting.read(folder)
        return index is not None and "de-cuii" in {one.name for one in index.datasets}

    _until(followed, keeper.tend)
    assert exporting.verify(folder) == []


def test_a_second_keeper_waits_for_the_first_to_end(
    keeper: Keeper, demo_ledger: str, tmp_path: Path
) -> None:
    folder = tmp_path / "data"
    keeper.tend()
    other = Keeper(demo_ledger, folder)
    for _ in range(5):
        other.tend()
    assert other._running is None
    keeper.close()
    _until(lambda: exporting.read(folder) is not None, other.tend)
    other.close()


def test_the_end_of_a_site_ends_its_export(keeper: Keeper, tmp_path: Path) -> None:
    keeper.tend()
    running = keeper._running
    assert running is not None
    keeper.close()
    assert running.poll() is not None


def test_a_site_keeps_its_data_sets_itself(demo_ledger: str, tmp_path: Path) -> None:
    """Nobody has to say where they are."""
    with serve(demo_ledger, state=tmp_path / "state", keeps_data=True) as site:
        _until(lambda: site.get("/data/index.json").status_code == 200, lambda: None)
        told = site.get("/data/index.json").json()
    assert "ru-demo" in {one["name"] for one in told["datasets"]}
