"""The tables of a ledger: what is lost is not made anew, and what was committed is on the disk."""

import os
import shutil
import signal
import stat
import subprocess
import sys
import tempfile
from pathlib import Path
from typing import Any

import pytest
from tests.conftest import DEMO
from tests.probes import Probes

import gatewatch
from gatewatch import pipeline
from gatewatch.catalogue import registers as catalogue
from gatewatch.errors import LedgerError, StoppedError
from gatewatch.ledger import schema, sessions
from gatewatch.ledger import store as store_module
from gatewatch.ledger.store import Store
from gatewatch.pipeline import measurements
from gatewatch.query.health import examine


def fill(location: str) -> None:
    """The shipped demo register."""
    pipeline.ingest(location, catalogue.read(DEMO / "ru-demo.toml"), str(DEMO / "prohibited-2017"))


def test_a_folder_may_have_any_name(demo_ledger: str, tmp_path: Path) -> None:
    """With a blank, a percent sign, letters of any script: it is read and found sound."""
    folder = tmp_path / "my ledgers" / "учёт 100% 'a' #1"
    shutil.copytree(demo_ledger, folder)
    asked = [
        gatewatch.open(str(of)).check("wechat.com", valid_at="2017-05-08")
        for of in (demo_ledger, folder)
    ]
    assert asked[0].registers == asked[1].registers
    assert asked[0].registers[0].matches
    assert not [finding for finding in examine(str(folder)) if finding.level == "fault"]


def test_a_query_takes_little_memory_and_all_where_it_must(demo_filled: str) -> None:
    """One list cannot go by the disk: the query is asked again with all that there is, and what
    follows goes without it. What takes more than that is refused."""
    store = Store(demo_filled, memory=40_000_000)
    list_of = "SELECT len(list(n)) FROM range({}) made(n)"
    setting = "SELECT current_setting('memory_limit')"
    before = store.query(setting)
    asked = list_of.format(1_000_000)
    assert store.query(asked) == [*store.rows(asked)] == [(1_000_000,)]
    assert store.arrow(asked).num_rows == 1
    assert store.query(setting) == before
    for asks in (store.query, store.arrow, lambda sql: [*store.rows(sql)]):
        with pytest.raises(StoppedError, match="more memory"):
            asks(list_of.format(8_000_000))
    assert store.query(setting) == before


def test_a_query_that_found_no_room_runs_once_from_then_on(
    demo_filled: str, monkeypatch: pytest.MonkeyPatch
) -> None:
    """With other numbers too: they are of the same kind."""
    store = Store(demo_filled, memory=40_000_000)
    list_of = "SELECT len(list(n)) FROM range({}) made(n)"
    store.query(list_of.format(1_000_000))
    ran, used = [], store_module._used

    def noted(sql: str, given: Any) -> Any:
        ran.append(sql)
        return used(sql, given)

    monkeypatch.setattr(store_module, "_used", noted)
    assert store.query(list_of.format(1_000_001)) == [(1_000_001,)]
    assert len(ran) == 1


_SPILLING = """
import os, signal
from gatewatch.ledger import sessions
session = sessions.bounded(60_000_000)
session.execute("CREATE TEMP TABLE a AS SELECT hash(n)::VARCHAR AS s FROM range(2500000) made(n)")
if os.environ.get("ENDED"):
    os.kill(os.getpid(), signal.SIGKILL)
"""


def test_what_a_killed_process_left_on_the_disk_goes_with_the_next(tmp_path: Path) -> None:
    """Rows that had no room in memory may be withheld ones, and gigabytes."""
    for ended in ("1", ""):
        done = subprocess.run(
            [sys.executable, "-c", _SPILLING],
            env={**os.environ, "TMPDIR": str(tmp_path), "ENDED": ended},
            check=False,
        )
        assert done.returncode == (-signal.SIGKILL if ended else 0)
        (folder,) = tmp_path.iterdir()
        assert stat.S_IMODE(folder.stat().st_mode) == 0o700
        assert bool([*folder.iterdir()]) == bool(ended)


@pytest.mark.parametrize("laid", ["a link", "open to all", "a file"])
def test_rows_go_to_no_folder_that_another_laid(
    laid: str, tmp_path: Path, monkeypatch: pytest.MonkeyPatch
) -> None:
    monkeypatch.setattr(tempfile, "tempdir", str(tmp_path))
    folder, theirs = tmp_path / f"gatewatch-{os.getuid()}", tmp_path / "theirs"
    theirs.mkdir()
    if laid == "a link":
        folder.symlink_to(theirs)
    elif laid == "a file":
        folder.touch()
    else:
        folder.mkdir()
        folder.chmod(0o777)
    session = sessions.bounded(60_000_000)
    ((place,),) = session.execute("SELECT current_setting('temp_directory')").fetchall()
    assert Path(place).parent == tmp_path
    assert Path(place) not in {folder, theirs}


def test_files_are_read_with_all_memory_and_refused_as_a_query_is(demo_filled: str) -> None:
    """What reads files as they lie, for the proofs of a bundle, cannot be asked again."""
    store = Store(demo_filled, memory=40_000_000)
    list_of = "SELECT len(list(n)) FROM range({}) made(n)"
    setting = "SELECT current_setting('memory_limit')"
    before = store.query(setting)
    with store.undivided() as session:
        assert session.execute(list_of.format(1_000_000)).fetchall() == [(1_000_000,)]
    with pytest.raises(StoppedError, match="more memory"), store.undivided() as session:
        session.execute(list_of.format(8_000_000))
    assert store.query(setting) == before


@pytest.mark.parametrize("table", list(schema.REGISTER_TABLES))
def test_a_lost_table_is_not_made_anew(demo_ledger: str, table: str) -> None:
    """An empty table in the place of a lost one would say that nobody is listed."""
    shutil.rmtree(Path(demo_ledger) / table)
    with pytest.raises(LedgerError, match=rf"lost its table '{table}'.*copy"):
        fill(demo_ledger)
    assert not (Path(demo_ledger) / table).exists()


@pytest.mark.parametrize("table", list(schema.MEASUREMENT_TABLES))
def test_a_lost_table_of_measurements_is_not_made_anew(
    shared: Path, tmp_path: Path, table: str
) -> None:
    """The same for what probes saw."""
    location = str(tmp_path / "ledger")
    file = Probes(shared).write(tmp_path / "made.jsonl", [("site.example", 64500, 400_000, True)])
    measurements.ingest(location, str(file), processes=1)
    shutil.rmtree(Path(location) / table)
    with pytest.raises(LedgerError, match=f"lost its table '{table}'"):
        measurements.ingest(location, str(file), processes=1)


def test_a_making_that_was_cut_short_goes_on(tmp_path: Path) -> None:
    """A writer that died while it made the tables leaves a ledger that the next one completes."""
    location = str(tmp_path / "ledger")
    Store(location).create(("set_aside", "registers"))
    assert not Store(location).exists()
    fill(location)
    assert Store(location).exists()


def test_a_table_made_twice_is_not_a_filled_one(tmp_path: Path) -> None:
    """Two who make a table at the same time may both commit. The ledger that they died over holds
    nothing, and is completed; beside rows nothing is made."""
    location = str(tmp_path / "ledger")
    store = Store(location)
    store.create(("set_aside", "registers"))
    table = store.table("registers")
    table.alter.set_table_properties({"gatewatch.made": "again"}, raise_if_not_exists=False)
    assert Store(location).table("registers").version() == 1
    fill(location)
    assert Store(location).exists()


def test_a_table_whose_making_has_begun_is_not_there_yet(tmp_path: Path) -> None:
    """The folder of a table comes before its first commit. Until that is there a reader is told of
    no table, and the next writer makes it."""
    location = str(tmp_path / "ledger")
    fill(location)
    before = gatewatch.open(location).check("wechat.com").state
    begun = tmp_path / "ledger" / "measurements" / "_delta_log"
    begun.mkdir(parents=True)
    (begun / "_commit_of_one_who_died.json.tmp").touch()
    assert not Store(location).holds("measurements")
    assert gatewatch.open(location).check("wechat.com").state == before
    Store(location).create(schema.MEASUREMENT_TABLES)
    assert Store(location).holds("measurements")


def test_each_commit_is_synced_before_the_one_that_vouches_for_it(
    tmp_path: Path, monkeypatch: pytest.MonkeyPatch
) -> None:
    """The power may go at any time: the rows of a batch are on the disk before its snapshots are
    written, and the snapshots before the ingest ends."""
    synced: list[str] = []
    real = os.fsync

    def fsync(handle: int) -> None:
        synced.append(str(Path(f"/proc/self/fd/{handle}").readlink()))
        real(handle)

    monkeypatch.setattr(os, "fsync", fsync)
    fill(str(tmp_path / "ledger"))
    within = (Path(path) for path in synced if path.startswith(f"{tmp_path / 'ledger'}/"))
    folders = [path.relative_to(tmp_path / "ledger").parts[0] for path in within]
    assert folders.index("snapshots") < folders.index("log")
    assert folders.index("events") < folders.index("snapshots")
    for table in ("events", "selectors", "snapshots"):
        files = {
            str(file)
            for file in (tmp_path / "ledger" / table).rglob("*")
            if file.suffix in {".parquet", ".json"} and "00000000000000000000" not in file.name
        }
        assert files <= set(synced), table
