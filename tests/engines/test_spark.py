"""One suite over both engines: what a cluster makes of the same input is equal row for row, whoever
is killed meanwhile. A real cluster of two workers on this machine."""

import gzip
import json
import os
import shutil
from collections.abc import Callable, Iterator
from pathlib import Path
from typing import Any

import pyarrow as pa
import pytest
from tests.measured import put
from tests.needed import program
from tests.object_store import object_store, reached

from gatewatch.analysis.network.tools import JudgingSettings
from gatewatch.engines import spark
from gatewatch.engines.spark import Cluster
from gatewatch.errors import EngineError, UsageError
from gatewatch.ledger import written
from gatewatch.ledger.store import Store
from gatewatch.ledger.tallies import TallyScope, tallies
from gatewatch.model.moment import Moment
from gatewatch.pipeline import judging, many, measurements
from gatewatch.pipeline import spread as pipeline
from gatewatch.query import ledger as reading
from gatewatch.query import spread as query
from gatewatch.query.episodes import Record
from gatewatch.query.moments import of_all
from gatewatch.query.reconciliation import report

_QUICK = {
    "spark.sql.shuffle.partitions": "2",
    "spark.driver.extraJavaOptions": "-XX:TieredStopAtLevel=1 -XX:+UseSerialGC",
    "spark.executor.extraJavaOptions": "-XX:TieredStopAtLevel=1 -XX:+UseSerialGC",
    "spark.sql.codegen.wholeStage": "false",
    "spark.speculation": "true",
    "spark.speculation.quantile": "0.3",
    "spark.speculation.multiplier": "3",
    "spark.speculation.minTaskRuntime": "2s",
}


@pytest.fixture(scope="module")
def far(tmp_path_factory: pytest.TempPathFactory) -> Iterator[str]:
    """An object store, which executors know of from when they start."""
    home = tmp_path_factory.mktemp("home")
    with pytest.MonkeyPatch.context() as patch, object_store("gatewatch") as at:
        for name, value in reached(at, home).items():
            patch.setenv(name, value)
        yield "s3://gatewatch"


@pytest.fixture(scope="module")
def cluster(far: str) -> Iterator[Cluster]:
    """Two workers of one core each."""
    program("java")
    with spark.connect("local-cluster[2,1,1024]", **_QUICK) as held:
        yield held


@pytest.fixture(scope="module")
def given(shared: Path, tmp_path_factory: pytest.TempPathFactory) -> Path:
    """Labelled measurements in files of all kinds: cut, packed, doubled, broken."""
    folder = tmp_path_factory.mktemp("given")
    lines = [
        json.dumps(json.loads(file.read_bytes()) | {"measurement_uid": f"m{n:04}"}).encode()
        for n, file in enumerate(sorted((shared / "ooni" / "qa").glob("*.json")))
    ]
    third = len(lines) // 3
    (folder / "a.jsonl").write_bytes(b"\n".join([*lines[:third], b"no measurement", *lines[:2]]))
    (folder / "b.jsonl.gz").write_bytes(gzip.compress(b"\n".join(lines[third : 2 * third])))
    (folder / "c.jsonl.gz").write_bytes(gzip.compress(b"\n".join(lines[:3]))[:-400])
    (folder / "d.jsonl").write_bytes(b"\n".join(lines[third - 2 :]))
    for n in range(3):
        (folder / f"e{n}.json").write_bytes(lines[n])
    return folder


@pytest.fixture(scope="module")
def near(given: Path, tmp_path_factory: pytest.TempPathFactory) -> tuple[str, Any]:
    """What one process makes of them."""
    location = str(tmp_path_factory.mktemp("near") / "ledger")
    return location, measurements.ingest(location, str(given), processes=1)


@pytest.fixture(autouse=True)
def _small_shares(monkeypatch: pytest.MonkeyPatch) -> None:
    monkeypatch.setattr(pipeline, "SHARE_BYTES", 150_000)


def rows(location: str, *tables: str) -> dict[str, list[str]]:
    """Rows of tables, without what tells one writer's batch from another's."""
    store, found = Store(location), {}
    for name in tables or ("measurements", "observations", "verdicts", "inputs"):
        held = store.arrow(f"SELECT * FROM {name}")
        own = [c for c in held.column_names if c not in {"batch", "recorded_at"}]
        found[name] = sorted(map(repr, held.select(own).to_pylist()))
    return found


def counts(table: pa.Table) -> tuple[list[str], Any]:
    return sorted(map(repr, table.to_pylist())), table.schema.metadata


def test_every_stage_gives_what_one_machine_gives(
    cluster: Cluster, given: Path, near: tuple[str, Any], shared: Path, tmp_path: Path
) -> None:
    """Ingest, a second ingest, counts, judging by other rules, counts after it."""
    here, told = near
    there = str(tmp_path / "there")
    assert pipeline.ingest(cluster, there, str(given)) == told
    assert rows(there) == rows(here)
    again = pipeline.ingest(cluster, there, str(given))
    assert (again.added, again.inputs_held) == (0, told.inputs - 1)
    scopes = (TallyScope(), TallyScope(jurisdiction="US", about=("no.such.example",)))
    for scope in scopes:
        alike = counts(tallies(Store(here), scope))
        assert counts(query.tallies(cluster, Store(there), scope)) == alike
    compared = pipeline.rejudge(cluster, there, write=False)
    copy = shutil.copytree(here, tmp_path / "here")
    rules = tmp_path / "rules.toml"
    rules.write_bytes(_fewer_rules())
    other = JudgingSettings(str(rules))
    assert compared == judging.rejudge(str(copy), write=False)
    judged = pipeline.rejudge(cluster, there, other)
    assert judged == judging.rejudge(str(copy), other)
    assert judged.changed
    assert list(judged.changed) == list(judging.rejudge(here, other, write=False).changed)
    assert rows(there) == rows(str(copy))
    scope = TallyScope()
    alike = counts(tallies(Store(str(copy)), scope))
    assert counts(query.tallies(cluster, Store(there), scope)) == alike


def _fewer_rules() -> bytes:
    """The project's rules without the first that decides a labelled measurement."""
    from importlib.resources import files

    text = (files("gatewatch.catalogue") / "rules.toml").read_text(encoding="utf-8")
    head, *told = text.split("\n[[rule]]")
    kept = [one for one in told if 'mechanism = "dns.nxdomain"' not in one]
    assert len(kept) < len(told)
    return "\n[[rule]]".join([head, *kept]).encode()


def test_series_are_told_as_on_one_machine(cluster: Cluster, demo_ledger: str) -> None:
    """Episodes and reconciliation of a made history beside the demo register, for all and for one
    country."""
    location, start = demo_ledger, 414_000
    for code in ("RU", "CN"):
        made = [
            (host, network, start + hour, 200 <= hour < 200 + 60 * n and network < 5)
            for n, host in enumerate(("wechat.com", "line.me", "a.example"))
            for network in range(1, 6)
            for hour in range(0, 600, 5)
        ]
        put(location, made, f"made-{code}", code)
    one = reading.open(location)
    many_ = reading.open(location, cluster=cluster)
    moment = of_all(one, Moment.parse(None, None, None))
    for place in (None, "RU"):
        told, far = (Record(ledger, moment, jurisdiction=place) for ledger in (one, many_))
        assert far.episodes == told.episodes
        assert told.episodes
        assert far.everywhere == told.everywhere
    both = [report(ledger, "RU", valid_at="2017-05-06") for ledger in (one, many_)]
    assert both[0].rows.equals(both[1].rows)
    assert len(both[0].rows)


def test_many_registers_are_read_each_by_one_executor(
    cluster: Cluster, registers: Path, tmp_path: Path
) -> None:
    """The same histories as one after another here; what no register is called is told."""
    folder = tmp_path / "mirrors"
    folder.mkdir()
    for name in ("gr-eeep.git", "de-cuii.git"):
        (folder / name).symlink_to(registers / name)
    (folder / "notes.txt").write_text("none")
    found, others = many.sources(str(folder))
    assert others == ["notes.txt"]
    here, there = str(tmp_path / "here"), str(tmp_path / "there")
    alone = list(many.ingest(here, found, processes=1))
    spread = list(many.ingest(there, found, cluster=cluster))
    assert [one.outcome and one.outcome.events for one in spread] == [
        one.outcome and one.outcome.events for one in alone
    ]
    tables = ("snapshots", "events", "selectors", "set_aside", "registers")
    assert rows(there, *tables) == rows(here, *tables)


Mischief = Callable[[Any], Any]


def _once(marker: Path, act: str) -> Mischief:
    """A function's twin that does harm when it is first called anywhere: it is whole where it
    lies, so that executors need no module of the tests."""
    place = str(marker)

    def harmed(function: Any) -> Any:
        def run(*given: Any) -> Any:
            import signal
            import time
            from pathlib import Path

            try:
                os.close(os.open(place, os.O_CREAT | os.O_EXCL))
            except FileExistsError:
                return function(*given)
            if act == "kill":
                # An executor is the Java process above the daemon that began this worker.
                daemon = Path(f"/proc/{os.getppid()}/stat").read_text(encoding="utf-8")
                os.kill(int(daemon.rpartition(")")[2].split()[1]), signal.SIGKILL)
                time.sleep(60)
            if act == "raise":
                raise RuntimeError("a task fails")
            # All is done and written; then it lingers until a twin is done first.
            done = list(function(*given))
            time.sleep(12)
            return done

        return run

    return harmed


def _harming(plain: Any, harm: Mischief) -> Any:
    """A stage of the engine whose function does harm."""

    def stage(*parts: Any) -> Any:
        harmed = (harm(one) if callable(one) else one for one in parts)
        return plain(*harmed)

    return stage


@pytest.mark.parametrize("act", ["kill", "linger"])
def test_whoever_is_lost_nothing_is_lost_or_doubled(
    cluster: Cluster,
    given: Path,
    near: tuple[str, Any],
    tmp_path: Path,
    monkeypatch: pytest.MonkeyPatch,
    act: str,
) -> None:
    """An executor killed while it reads, writes, counts; a task whose twin is faster, after it
    wrote all."""
    here, _ = near
    there = str(tmp_path / "there")
    stages = ("_each", "_batches", "_casting") if act == "kill" else ("_batches",)
    for stage in stages:
        plain, harm = getattr(spark, stage), _once(tmp_path / stage, act)
        monkeypatch.setattr(spark, stage, _harming(plain, harm))
    pipeline.ingest(cluster, there, str(given))
    scope = TallyScope()
    found = counts(query.tallies(cluster, Store(there), scope))
    assert found == counts(tallies(Store(here), scope))
    assert rows(there) == rows(here)
    assert all((tmp_path / stage).exists() for stage in stages)
    names = {one.name for one in Path(there, "verdicts").glob("*.parquet")}
    assert names == set(Store(there).named("verdicts"))


class _KilledError(BaseException):
    """The driver is gone."""


@pytest.mark.parametrize("after", [1, 3])
def test_a_driver_that_is_killed_leaves_a_sound_ledger(
    cluster: Cluster,
    given: Path,
    near: tuple[str, Any],
    tmp_path: Path,
    monkeypatch: pytest.MonkeyPatch,
    after: int,
) -> None:
    """Between facts and what vouches for them, and before its inputs are told as read; the rerun
    completes it."""
    here, _ = near
    there = str(tmp_path / "there")
    left = [after]

    def struck(name: Callable[..., None]) -> Callable[..., None]:
        def run(self: Store, *parts: Any) -> None:
            if not left[0]:
                raise _KilledError
            left[0] -= 1
            name(self, *parts)

        return run

    with monkeypatch.context() as patch:
        # What is killed takes nothing away.
        patch.setattr(written, "sweep", lambda *_: 0)
        patch.setattr(Store, "_name", struck(Store._name))
        patch.setattr(Store, "_write", struck(Store._write))
        with pytest.raises(_KilledError):
            pipeline.ingest(cluster, there, str(given))
    held = rows(there)
    assert len(held["measurements"]) == len(set(held["measurements"]))
    assert reading.open(there)
    pipeline.ingest(cluster, there, str(given))
    scope = TallyScope()
    assert counts(tallies(Store(there), scope)) == counts(tallies(Store(here), scope))
    told = rows(there, "measurements", "inputs")
    assert told == rows(here, "measurements", "inputs")


def test_a_ledger_in_an_object_store_is_filled_and_read_by_both(
    cluster: Cluster, far: str, given: Path, near: tuple[str, Any]
) -> None:
    """The same rows as in a folder; a reader beside the writer sees whole commits."""
    there = f"{far}/ledger"
    pipeline.ingest(cluster, there, str(given))
    assert rows(there) == rows(near[0])
    scope = TallyScope()
    alike = counts(tallies(Store(near[0]), scope))
    assert counts(query.tallies(cluster, Store(there), scope)) == alike
    assert counts(tallies(Store(there), scope)) == alike


def test_what_is_missing_is_named(monkeypatch: pytest.MonkeyPatch, tmp_path: Path) -> None:
    """No Java, or an address of another kind: the line to type, and nothing is started."""
    with pytest.raises(UsageError, match="local-cluster"):
        spark.connect("mesos://there")
    monkeypatch.setenv("PATH", str(tmp_path))
    monkeypatch.delenv("JAVA_HOME", raising=False)
    monkeypatch.setattr("pyspark.sql.SparkSession.getActiveSession", lambda: None)
    with pytest.raises(EngineError, match="apt-get install default-jre-headless"):
        spark.connect("local[*]")
