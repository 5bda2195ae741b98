"""What small ingests leave on the disk, and who may still be reading it."""

import json
import os
import shutil
import time
from collections.abc import Iterable
from pathlib import Path

import pytest
from deltalake import DeltaTable

import gatewatch
from gatewatch import pipeline
from gatewatch.catalogue import registers as catalogue
from gatewatch.errors import StoppedError
from gatewatch.ledger import leftovers, schema
from gatewatch.ledger.backup import backup
from gatewatch.ledger.compaction import compact, uncompacted
from gatewatch.ledger.finding import FAULT
from gatewatch.ledger.store import Store
from gatewatch.query.health import examine

SMALL = """id = "xx-small"
jurisdiction = "UA"
authority = "A test"
title = "A list that changes a little"
publisher = "tests"
licence = "none"
format = "declared"
time_zone = "UTC"
cadence = "1d"
silence = "40d"
default_path = "list.txt"
[declared]
layout = "hosts"
"""


def ingest_days(location: str, folder: Path, days: Iterable[int]) -> None:
    """A list of 200 hosts that loses one and gets one a day, each day an ingest of its own."""
    states = folder / "states"
    states.mkdir(exist_ok=True)
    declared = folder / "xx-small.toml"
    declared.write_text(SMALL, encoding="utf-8")
    for day in days:
        hosts = "\n".join(f"host-{n}.example" for n in range(day, day + 200))
        (states / f"2026-01-{day:02}.txt").write_text(hosts, encoding="utf-8")
        pipeline.ingest(location, catalogue.read(declared), str(states))


@pytest.fixture(scope="module")
def twelve(tmp_path_factory: pytest.TempPathFactory) -> Path:
    """A folder with a ledger after twelve small ingests, with commits that are summed up, as after
    a hundred."""
    folder = tmp_path_factory.mktemp("twelve")
    with pytest.MonkeyPatch.context() as patch:
        patch.setattr("gatewatch.ledger.compaction._MANY_FILES", 3)
        ingest_days(str(folder / "ledger"), folder, range(1, 13))
    for name in schema.REGISTER_TABLES:
        DeltaTable(str(folder / "ledger" / name)).create_checkpoint()
    return folder


@pytest.fixture
def often(twelve: Path, tmp_path: Path, monkeypatch: pytest.MonkeyPatch) -> str:
    """A copy of it, with its keys and sources."""
    shutil.copytree(twelve, tmp_path, dirs_exist_ok=True)
    monkeypatch.setattr("gatewatch.ledger.compaction._MANY_FILES", 3)
    monkeypatch.setattr(leftovers, "_ANYHOW", 0)
    return str(tmp_path / "ledger")


def _aged(location: str, seconds: float) -> None:
    then = time.time() - seconds
    for file in Path(location).rglob("*"):
        os.utime(file, (then, then))


def _there(location: str) -> set[Path]:
    return {file for file in Path(location).rglob("*") if file.is_file()}


def test_after_hours_what_was_joined_is_gone(
    often: str, tmp_path: Path, monkeypatch: pytest.MonkeyPatch
) -> None:
    """Once the hours for readers are over, what was joined is gone; what is held is as it was, and
    so is a file that no commit names, for its writer may be at work."""
    monkeypatch.setattr(leftovers, "KEPT_HOURS", 0)
    strange = Path(often) / "events" / "not-yet.parquet"
    strange.write_bytes(b"PAR1")
    ingest_days(often, tmp_path, range(13, 17))
    files = [file for file in Path(often).rglob("*.parquet") if "_delta_log" not in file.parts]
    live = {uri for name in schema.REGISTER_TABLES for uri in Store(often).table(name).file_uris()}
    assert strange.exists()
    assert len(files) - 1 <= len(live) + 4 * len(schema.REGISTER_TABLES)
    assert len(gatewatch.open(often).changes("xx-small")) == 200 + 15 * 2
    assert [one for one in examine(often) if one.level == FAULT] == []


def test_after_minutes_most_of_what_is_there_lives(often: str, tmp_path: Path) -> None:
    """Nothing goes while somebody may be at it; after that the next ingest leaves the files that
    live and the commits since the last sum, the ledger is sound by its log and its checksums, goes
    on, and can be copied."""
    before, held = _there(often), gatewatch.open(often).changes("xx-small")
    _aged(often, leftovers.KEPT_SECONDS - 60)
    compact(Store(often))
    assert _there(often) >= before
    _aged(often, leftovers.KEPT_SECONDS + 60)
    compact(Store(often))
    for name in ("events", "selectors", "snapshots"):
        root = Path(often, name)
        lives = {Path(uri) for uri in DeltaTable(str(root)).file_uris()}
        assert {file.resolve() for file in root.glob("*.parquet")} == lives
        assert len(list((root / "_delta_log").glob("*.json"))) == 1
    assert [one for one in examine(often) if one.level == FAULT] == []
    assert gatewatch.open(often).changes("xx-small") == held
    ingest_days(often, tmp_path, [13])
    backup(often, tmp_path / "copy")
    assert [one for one in examine(str(tmp_path / "copy")) if one.level == FAULT] == []
    assert len(gatewatch.open(str(tmp_path / "copy")).changes("xx-small")) == len(held) + 2


def test_a_reader_of_files_that_went_is_told_to_ask_again(often: str) -> None:
    """Neither half an answer nor word of a damage."""
    ledger = gatewatch.open(often)
    for name in ("snapshots", "events"):
        ledger.store.table(name)
    ingest_days(often, Path(often).parent, range(13, 17))
    _aged(often, leftovers.KEPT_SECONDS + 60)
    compact(Store(often))
    with pytest.raises(StoppedError, match="ask again"):
        ledger.changes("xx-small")
    ledger.refresh()
    assert len(ledger.changes("xx-small")) == 200 + 15 * 2


def test_nothing_goes_while_a_copy_is_made(often: str) -> None:
    """Who copies holds what is there; an ingest goes on beside it."""
    _aged(often, leftovers.KEPT_SECONDS + 60)
    before = _there(often)
    with uncompacted(Store(often)):
        compact(Store(often))
        assert _there(often) == before
    compact(Store(often))
    assert _there(often) < before


def test_what_a_log_names_outside_of_its_table_stays(often: str, tmp_path: Path) -> None:
    """A ledger may come from somebody else."""
    victim, root = tmp_path / "victim", Path(often) / "events"
    victim.write_text("mine", encoding="utf-8")
    table = DeltaTable(str(root))
    removed = [str(victim), "../../victim", "%2e%2e/%2e%2e/victim"]
    lines = [json.dumps({"remove": {"path": path}}) for path in removed]
    commit = root / "_delta_log" / f"{table.version() + 1:020}.json"
    commit.write_text("\n".join(lines), encoding="utf-8")
    _aged(often, 7200)
    leftovers.swept(table, root)
    assert victim.exists()
