"""The log of a ledger in an object store, which each machine that writes keeps for itself: on a
real S3 server."""

import os
import shutil
from collections.abc import Iterator
from datetime import datetime, timedelta
from pathlib import Path

import msgspec
import pyarrow.compute as pc
import pytest
from deltalake import DeltaTable, write_deltalake
from pyarrow import fs
from tests.commands import invoked
from tests.object_store import object_store, reached

from gatewatch import config, pipeline
from gatewatch.catalogue import registers as catalogue
from gatewatch.errors import LedgerError
from gatewatch.exports.cite import archive, form
from gatewatch.exports.cite.bundle import cite
from gatewatch.exports.cite.questions import Cited, question
from gatewatch.exports.cite.verifying import verify
from gatewatch.ledger import audit, compaction, facts, leaves, placed, schema
from gatewatch.ledger.finding import FAULT
from gatewatch.ledger.journal import Journal
from gatewatch.ledger.store import Store
from gatewatch.query import ledger as reading
from gatewatch.query.health import examine
from gatewatch.site.app import build
from gatewatch.site.inprocess import InProcess
from gatewatch.site.settings import SiteSettings

LEDGER = "s3://gatewatch/ledger"
DEMO = Path(__file__).parents[2] / "src" / "gatewatch" / "catalogue" / "demo"


class Machine:
    """One that writes, with a home of its own."""

    def __init__(self, home: Path) -> None:
        self.home = home

    def here(self) -> "Machine":
        """From now on all is done on it."""
        os.environ["XDG_DATA_HOME"] = str(self.home)
        return self

    def copied(self, name: str) -> "Machine":
        """Another with the same logs and keys."""
        shutil.copytree(self.home, self.home.with_name(name))
        return Machine(self.home.with_name(name))

    def journal(self) -> Journal:
        """Its log."""
        self.here()
        return Journal(Store(LEDGER))

    def faults(self) -> list[str]:
        """What it finds changed."""
        self.here()
        return audit.audit(Store(LEDGER)).faults


@pytest.fixture(scope="module")
def homes(tmp_path_factory: pytest.TempPathFactory) -> Iterator[tuple[Machine, Machine]]:
    """A ledger in an object store, written by a first machine and then by a second."""
    first, second = (Machine(tmp_path_factory.mktemp(name)) for name in ("first", "second"))
    with pytest.MonkeyPatch.context() as patch, object_store("gatewatch") as at:
        for name, value in reached(at, first.home).items():
            patch.setenv(name, value)
        declared = catalogue.read(DEMO / "ru-demo.toml")
        pipeline.ingest(LEDGER, declared, str(DEMO / "prohibited-2017" / "2017-05-01.csv"))
        fact("one")
        second.here()
        fact("two")
        yield first, second


def fact(name: str) -> None:
    """One more commit."""
    store = Store(LEDGER)
    store.create(schema.FACT_TABLES)
    facts.add(
        store, [facts.FactVersion("service", name, "added", "v", "{}", "", "")], facts.turn(store)
    )


class Bucket:
    """The store as somebody sees it who can write there."""

    def __init__(self) -> None:
        self.files, self.root = placed.filesystem(LEDGER)

    def paths(self, table: str) -> list[str]:
        """The files of a table, in order, by their paths below the ledger: data, then commits."""
        found = self.files.get_file_info(fs.FileSelector(f"{self.root}/{table}", recursive=True))
        paths = (one.path.removeprefix(f"{self.root}/") for one in found if one.is_file)
        return sorted(paths, key=lambda path: ("_delta_log" in path, path))

    def __getitem__(self, path: str) -> bytes:
        with self.files.open_input_stream(f"{self.root}/{path}") as content:
            return bytes(content.read())

    def __setitem__(self, path: str, data: bytes) -> None:
        with self.files.open_output_stream(f"{self.root}/{path}") as out:
            out.write(data)

    def __delitem__(self, path: str) -> None:
        self.files.delete_file(f"{self.root}/{path}")


def test_each_machine_logs_every_commit_under_a_name_of_its_own(
    homes: tuple[Machine, Machine], tmp_path: Path
) -> None:
    """The first has the second's once it writes again; the second begins with what it found; both
    hold, and what is hashed is what a folder of the same files would hash."""
    first = homes[0]
    assert first.journal().catch_up() == 1
    bucket = Bucket()
    for one in homes:
        told = {(leaf.table, leaf.version): leaf for leaf in one.journal().leaves() if leaf.table}
        for table in (*schema.REGISTER_TABLES, "facts"):
            held = [int(path[-25:-5]) for path in bucket.paths(table) if path.endswith(".json")]
            begun = min(version for name, version in told if name == table)
            assert [v for v in held if v >= begun] == sorted(v for n, v in told if n == table)
        assert str(one.home) in str(one.journal().keys)
    names = {one.journal().log.checkpoint().origin for one in homes}
    assert len(names) == 2
    assert [found for found in examine(LEDGER) if found.level == FAULT] == []
    first.here()
    assert invoked(["log", "verify", "--ledger", LEDGER]).exit_code == 0
    for table in ("events", "facts", "snapshots"):
        for path in bucket.paths(table):
            (tmp_path / path).parent.mkdir(parents=True, exist_ok=True)
            (tmp_path / path).write_bytes(bucket[path])
        far, near = (
            leaves.found(store.connection(), table, files, files.listed(), at="")
            for store in [Store(LEDGER)]
            for files in (first.journal().files(table), placed.files_of(str(tmp_path / table)))
        )
        assert far == near
        assert far.batches[0].root


def test_what_is_changed_in_the_store_is_named(homes: tuple[Machine, Machine]) -> None:
    """A bit of a file, a file that is gone, a commit that was rewritten, the newest commit that is
    gone: by either machine. What lies over the log is not logged, and not joined."""
    bucket = Bucket()
    homes[0].journal().catch_up()
    flipped, gone, sound = (bucket.paths(name)[0] for name in ("events", "snapshots", "registers"))
    rewritten, cut = (bucket.paths(name)[-1] for name in ("registers", "facts"))
    before = {path: bucket[path] for path in (flipped, gone, rewritten, cut)}
    held = before[flipped]
    bucket[flipped] = held[:100] + bytes([held[100] ^ 4]) + held[101:]
    bucket[rewritten] = before[rewritten].replace(b"WRITE", b"WROTE", 1)
    del bucket[gone]
    del bucket[cut]
    try:
        for one in homes:
            found = one.faults()
            for path, what in {
                flipped: "{0}: {1} is not as it was logged",
                gone: "{0}: {1} is gone",
                rewritten: "{0}: the commit {2} is not as it was logged",
                cut: "{0}: the commit {2} is gone",
            }.items():
                table, _, name = path.partition("/")
                assert what.format(table, name, path[-25:-5].lstrip("0")) in found
            with pytest.raises(LedgerError, match="was logged and is gone"):
                one.journal().catch_up()
            bucket[cut] = before[cut]
            with pytest.raises(LedgerError, match="is not what was logged"):
                one.journal().catch_up()
            del bucket[cut]
        assert not homes[0].journal().files_hold("events", [flipped.removeprefix("events/")])
        assert homes[0].journal().files_hold("registers", [sound.removeprefix("registers/")])
    finally:
        for path, data in before.items():
            bucket[path] = data


def test_bundles_and_the_site_go_by_the_log_of_their_machine(
    homes: tuple[Machine, Machine], tmp_path: Path, monkeypatch: pytest.MonkeyPatch
) -> None:
    """One that writes proves every row, and says which another machine wrote a moment ago; one that
    only reads has no log, makes none, and says so."""
    first, second = homes
    first.here()
    words = ["cite", "check", "wechat.com", "--valid-at", "2017-05-08", "--ledger", LEDGER]
    made = invoked([*words, "--out", str(tmp_path / "proved.zip")])
    assert made.exit_code == 0, made.output
    declared = catalogue.read(DEMO / "ru-demo.toml")
    second.here()
    pipeline.ingest(LEDGER, declared, str(DEMO / "prohibited-2017" / "2017-05-06.csv"))

    def bundle() -> bytes:
        opened = reading.open(LEDGER)
        times = ("2017-05-08", None, None)
        asked = question(opened, Cited.CHECK, "wechat.com", None, times=times)
        return cite(opened, asked, program="gatewatch test")

    first.here()
    late = bundle()
    reader = Machine(tmp_path / "reader").here()
    alone = bundle()
    for name in [one for one in os.environ if one.startswith("AWS_")]:
        monkeypatch.delenv(name)
    for data, said in (
        ((tmp_path / "proved.zip").read_bytes(), "rows are, one by one, in leaves of the log"),
        (late, "were not in the log yet when this was cited"),
        (alone, "no log stands behind it"),
    ):
        found = verify(data, program="gatewatch test")
        assert [one.what for one in found if one.level == FAULT] == []
        assert any(said in one.what for one in found), said
        later = "not in the log yet" in "".join(one.what for one in found)
        assert later == (data == late)
    manifest = msgspec.json.decode(archive.unpacked(late)[form.MANIFEST])
    assert any(one.startswith("snapshots:") for one in manifest["unlogged"])
    assert not reader.home.exists()
    monkeypatch.undo()
    for one, status in ((first, 200), (reader.here(), 404)):
        one.here()
        settings = SiteSettings(ledger=LEDGER, state=tmp_path / f"state{status}")
        with InProcess(build(settings), "http://127.0.0.1") as asked_of:
            told = asked_of("/log/checkpoint")
        assert told[0] == status
    assert b"those that write to it do" in told[1]
    assert not reader.home.exists()


def test_a_key_is_changed_and_a_log_begun_anew_or_not_kept(
    homes: tuple[Machine, Machine], monkeypatch: pytest.MonkeyPatch, tmp_path: Path
) -> None:
    """As of a ledger in a folder; `none` keeps none, and a home that cannot be written is named."""
    first = homes[0].here()
    before = first.journal().log.checkpoint().origin
    assert invoked(["log", "rotate", "--ledger", LEDGER]).exit_code == 0
    assert first.journal().log.checkpoint().origin == before
    assert invoked(["log", "restart", "--ledger", LEDGER]).exit_code == 0
    assert first.journal().log.checkpoint().origin != before
    assert first.faults() == []
    monkeypatch.setenv(config.LOG, config.NO_LOG)
    assert Journal(Store(LEDGER)).catch_up() == 0
    assert "keeps no log" in str(invoked(["log", "--ledger", LEDGER]).exception)
    assert audit.audit(Store(LEDGER)).notes == [
        "this machine keeps no log of this ledger: GATEWATCH_LOG says so"
    ]
    (tmp_path / "file").touch()
    monkeypatch.setenv(config.LOG, str(tmp_path / "file"))
    with pytest.raises(LedgerError, match="GATEWATCH_LOG names another folder"):
        Journal(Store(LEDGER)).catch_up()


def test_rows_that_are_back_dated_are_named_and_those_of_another_machine_are_not(
    homes: tuple[Machine, Machine], monkeypatch: pytest.MonkeyPatch
) -> None:
    """Two commits of the second machine, hours apart, are met by the first at once, a day later: no
    fault. A row that says to be from before what was logged is one, on both."""
    # On copies of the logs: hours and rows that are made up stay out of other tests.
    first, second = (one.copied(f"{one.home.name}-late") for one in homes)
    first.journal().catch_up()
    plain, hours = leaves.now(), iter((2, 5))

    def later(hour: int) -> str:
        at = datetime.fromisoformat(plain) + timedelta(hours=hour)
        return at.isoformat(timespec="microseconds")

    for name in ("three", "four"):
        hour = next(hours)
        second.here()
        recorded = datetime.fromisoformat(later(hour))
        monkeypatch.setattr("gatewatch.ledger.facts.next_record_time", lambda _, at=recorded: at)
        monkeypatch.setattr(leaves, "now", lambda at=hour: later(at))
        fact(name)
    monkeypatch.setattr(leaves, "now", lambda: later(24))
    first.journal().catch_up()
    assert first.faults() == []
    assert second.faults() == []
    bucket = Bucket()
    before = set(bucket.paths("facts"))
    held = DeltaTable(f"{LEDGER}/facts").to_pyarrow_table().slice(0, 1)
    for name, value in {"batch": "forged", "recorded_at": schema.EPOCH.replace(year=2020)}.items():
        place = held.column_names.index(name)
        field = held.schema.field(name)
        held = held.set_column(place, field, [[value]])
    write_deltalake(f"{LEDGER}/facts", held, mode="append")
    for one in (first, second):
        one.journal().catch_up()
        assert any("back-dated: rows of facts, batch forged" in f for f in one.faults())
    for path in set(bucket.paths("facts")) - before:
        del bucket[path]


def test_what_was_joined_and_taken_away_before_it_was_met_is_met_as_it_is(
    homes: tuple[Machine, Machine], monkeypatch: pytest.MonkeyPatch
) -> None:
    """A machine that was away finds a table of other files: rows that it had logged have to be in
    them, and one that is not is named."""
    first, second = homes
    monkeypatch.setattr(compaction, "_MANY_FILES", 1)
    second.here()
    fact("early")
    first.journal().catch_up()
    (early,) = first.journal().leaves()[-1].batches
    away = first.copied("away")
    second.here()
    for name in ("missed", "too"):
        fact(name)
    compaction.compact(Store(LEDGER))
    bucket, place = Bucket(), f"{LEDGER}/facts"
    before = len(bucket.paths("facts"))
    DeltaTable(place).vacuum(0, dry_run=False, enforce_retention_duration=False)
    assert len(bucket.paths("facts")) < before
    first.journal().catch_up()
    assert [n.kind for n in first.journal().leaves() if n.table == "facts"].count("met") == 1
    assert first.faults() == []
    assert second.faults() == []
    table = DeltaTable(place)
    table.alter.set_table_properties({"delta.appendOnly": "false"})
    rows = table.to_pyarrow_table()
    write_deltalake(place, rows.filter(pc.not_equal(rows["batch"], early.batch)), mode="overwrite")
    DeltaTable(place).vacuum(0, dry_run=False, enforce_retention_duration=False)
    for one in (away, second):
        one.journal().catch_up()
        assert any(f"{early.batch} was logged with 1 rows and has 0" in f for f in one.faults())
    assert [n.kind for n in away.journal().leaves() if n.table == "facts"].count("met") == 1
