"""A ledger under an object-store prefix, on a real S3 server of this machine."""

import os
import signal
import subprocess
import sys
from collections.abc import Iterator
from concurrent.futures import ThreadPoolExecutor
from importlib.resources import files
from pathlib import Path
from typing import Any

import pytest
from pyarrow import fs
from tests.asking import snapshots
from tests.measured import put
from tests.object_store import object_store, reached

from gatewatch import pipeline
from gatewatch.catalogue import registers as catalogue
from gatewatch.errors import LedgerConflictError
from gatewatch.ledger import compaction, placed, written
from gatewatch.ledger.finding import FAULT
from gatewatch.ledger.store import Store
from gatewatch.pipeline import Writer, measurements
from gatewatch.query import ledger as reading
from gatewatch.query.health import examine

DEMO = Path(str(files("gatewatch.catalogue") / "demo"))


@pytest.fixture
def bucket(monkeypatch: pytest.MonkeyPatch, tmp_path: Path) -> Iterator[str]:
    with object_store("gatewatch") as at:
        for name, value in reached(at, tmp_path / "home").items():
            monkeypatch.setenv(name, value)
        yield "s3://gatewatch/ledger"


def test_a_prefix_answers_as_a_folder_does(bucket: str, tmp_path: Path) -> None:
    """Ingest, resume and the three times work on S3, and give what a local ledger gives."""
    declared, source = catalogue.read(DEMO / "ru-demo.toml"), str(DEMO / "prohibited-2017")
    for location in (bucket, str(tmp_path)):
        assert pipeline.ingest(location, declared, source).read == 11
        assert pipeline.ingest(location, declared, source).held == 11
    asked = {"valid_at": "2017-05-08"}
    far, near = (
        reading.open(location).check("wechat.com", **asked) for location in (bucket, str(tmp_path))
    )
    assert far.registers == near.registers
    assert far.state == "listed"


def test_two_writers_of_one_register_are_told_apart_on_s3(bucket: str) -> None:
    """The second commit with the same turn is refused, so that nothing is doubled."""
    declared = catalogue.read(DEMO / "ru-demo.toml")
    pipeline.ingest(bucket, declared, str(DEMO / "prohibited-2017" / "2017-05-01.csv"))
    first, second = Writer(Store(bucket), declared), Writer(Store(bucket), declared)
    (held,) = snapshots(reading.open(bucket))
    first.add(held, [])
    second.add(held, [])
    first.flush()
    with pytest.raises(LedgerConflictError):
        second.flush()


MEASURED = ("measurements", "observations", "verdicts")


def rows(location: str, *tables: str) -> dict[str, list[str]]:
    """Rows of tables, without what tells one writer's batch from another's."""
    store, found = Store(location), {}
    for name in tables or MEASURED:
        held = store.arrow(f"SELECT * FROM {name}")
        own = [c for c in held.column_names if c not in {"batch", "recorded_at"}]
        found[name] = sorted(map(repr, held.select(own).to_pylist()))
    return found


def test_of_two_compactions_at_once_one_is_refused(
    bucket: str, monkeypatch: pytest.MonkeyPatch
) -> None:
    """Nothing is doubled, a reader who began before goes on, and what the refused one wrote is
    gone; a commit between the two is kept."""
    declared = catalogue.read(DEMO / "ru-demo.toml")
    pipeline.ingest(bucket, declared, str(DEMO / "prohibited-2017" / "2017-05-01.csv"))
    for n in range(5):
        put(bucket, [("a.example", n + 1, 414_000 + n, True)], f"batch{n}", "RU" if n % 2 else "CN")
    monkeypatch.setattr(compaction, "_MANY_FILES", 3)
    before, reader = rows(bucket, "measurements", "verdicts"), Store(bucket)
    reader.table("measurements")
    plain: Any = written.stream
    others: list[str] = []

    def beside(*given: Any) -> Any:
        if not others:
            others.append("one")
            compaction.compact(Store(bucket))
            put(bucket, [("z.example", 9, 414_009, False)], "late", "DE")
        return plain(*given)

    monkeypatch.setattr(written, "stream", beside)
    compaction.compact(Store(bucket))
    assert others
    now = rows(bucket, "measurements", "verdicts")
    for name, held in before.items():
        assert [one for one in now[name] if "z.example" not in one] == held
        assert len(now[name]) == len(held) + 1
        store = Store(bucket)
        assert len(store.files(store.table(name))) == 2, name
        files, folder = placed.filesystem(store.uri(name))
        selector = fs.FileSelector(folder)
        there = {one.base_name for one in files.get_file_info(selector) if one.is_file}
        assert there == set(store.named(name))
    assert len(reader.query("SELECT uid FROM measurements")) == 5
    codes = [code for (code,) in Store(bucket).query("SELECT probe_cc FROM measurements")]
    assert codes in (["CN", "CN", "CN", "RU", "RU", "DE"], ["DE", "CN", "CN", "CN", "RU", "RU"])


KILLED = """
import os, runpy, signal, sys
from gatewatch.ledger.store import Store
from gatewatch.pipeline import measurements
left, write = int(sys.argv[1]), Store._write
def struck(*given):
    global left
    left -= 1
    if left == 0:
        os.kill(os.getpid(), signal.SIGKILL)
    write(*given)
Store._write, measurements._COMMIT_MEASUREMENTS, measurements.BATCH_LINES = struck, 10, 10
sys.argv = ["gatewatch", "ingest", "ooni", sys.argv[2], "--ledger", sys.argv[3], "--processes", "1"]
runpy.run_module("gatewatch", run_name="__main__")
"""


def test_a_writer_that_is_killed_leaves_a_sound_ledger_to_its_readers(
    bucket: str, shared: Path, tmp_path: Path
) -> None:
    """Killed between facts and what vouches for them, while readers look: each sees whole
    measurements alone, and the same command completes it."""
    source = tmp_path / "made.jsonl"
    every = sorted((shared / "ooni" / "qa").glob("*.json"))[:30]
    source.write_bytes(b"\n".join(one.read_bytes().replace(b"\n", b" ") for one in every))
    here = str(tmp_path / "ledger")
    measurements.ingest(here, str(source), processes=1)

    def run(calls: int) -> int:
        words = [sys.executable, "-c", KILLED, str(calls), str(source), bucket]
        return subprocess.run(words, env=os.environ, capture_output=True, check=False).returncode

    def look() -> int:
        found = Store(bucket)
        if not found.exists() or not found.holds("measurements"):
            return 0
        ((held, judged),) = found.query(
            "SELECT count(DISTINCT m.uid), count(DISTINCT v.uid) FROM measurements m "
            "LEFT JOIN verdicts v ON v.uid = m.uid AND v.batch = m.batch"
        )
        assert held == judged
        return int(held)

    with ThreadPoolExecutor(1) as beside:
        writer = beside.submit(run, 6)
        while not writer.done():
            look()
    assert writer.result() == -signal.SIGKILL
    assert [one.what for one in examine(bucket) if one.level == FAULT] == []
    assert 0 < look() < len(every)
    assert run(-1) == 0
    assert rows(bucket, "measurements") == rows(here, "measurements")
    vouched = "FROM {0} f JOIN measurements m USING (uid, batch)"
    for name in MEASURED:
        count = f"SELECT count(*) {vouched.format(name)}"
        assert Store(bucket).query(count) == Store(here).query(count)
