"""Measurements into the ledger: each once, whatever the container, the batches and the
interruptions."""

import gzip
import io
import json
import os
import random
import signal
import subprocess
import sys
import tarfile
from collections.abc import Iterator
from pathlib import Path
from typing import Any
from urllib.request import Request, urlopen

import msgspec
import pytest
from deltalake import DeltaTable
from tests.object_store import object_store

from gatewatch.analysis.network.observe import observe
from gatewatch.analysis.network.tools import JudgingSettings, judge, tools
from gatewatch.engines.local import _DESK_BYTES
from gatewatch.errors import LedgerError, SourceError
from gatewatch.ledger.measurements import Measurements
from gatewatch.ledger.store import Store
from gatewatch.pipeline.judging import Way, rejudge
from gatewatch.pipeline.measure import convert
from gatewatch.pipeline.measurements import BATCH_BYTES, ingest
from gatewatch.query import ledger as reading
from gatewatch.query import verdicts
from gatewatch.query.health import examine
from gatewatch.sources.containers import zst
from gatewatch.sources.measurements.lines import Line
from gatewatch.sources.measurements.ooni import decode

# Commits after every few lines, so that there is much to be struck in the middle of.
COMMAND = """
import sys
from gatewatch.pipeline import measurements as m
m.BATCH_LINES, m._COMMIT_MEASUREMENTS = 40, 80
print("ready", flush=True)
sys.stdin.readline()
m.ingest(sys.argv[1], sys.argv[2], processes=1)
"""


def test_a_full_batch_fits_into_the_memory_that_processes_share() -> None:
    """Else it is packed twice and goes through a pipe, as every batch of large pages did."""
    longest = 1 << 19  # of real pages: the line that fills a batch comes on top
    assert BATCH_BYTES + longest < _DESK_BYTES


@pytest.fixture(scope="session")
def some(shared: Path) -> list[bytes]:
    """Labelled and real measurements, each on a line with a uid of its own."""
    files = sorted(
        [*(shared / "ooni" / "qa").glob("*.json"), *(shared / "ooni" / "raw").glob("*.json")]
    )
    found = []
    for place, file in enumerate(files):
        if file.stat().st_size < 60_000:
            whole = json.loads(file.read_bytes())
            found.append(json.dumps(whole | {"measurement_uid": f"m{place:04}"}).encode())
    return found


def told(location: str) -> Any:
    """All that a ledger holds of measurements, without when and by which writer."""
    store = Store(location)
    order = "ORDER BY ALL"
    return [
        store.query(
            "SELECT * EXCLUDE (batch, recorded_at, origin) REPLACE (epoch_us(started_at) AS started_at) "
            f"FROM measurements {order}"
        ),
        store.query(
            "SELECT o.* EXCLUDE (batch) FROM observations o JOIN measurements m "
            f"ON o.uid = m.uid AND o.batch = m.batch {order}"
        ),
        store.query(
            "SELECT v.* EXCLUDE (batch, recorded_at) FROM verdicts v JOIN measurements m "
            f"ON v.uid = m.uid AND v.batch = m.batch {order}"
        ),
    ]


def written(folder: Path, lines: list[bytes], how: str) -> str:
    """The same lines in one container or another."""
    text = b"\n".join(lines) + b"\n"
    folder.mkdir(exist_ok=True)
    if how == "folder":
        for place, line in enumerate(lines):
            (folder / f"{place:04}.json").write_bytes(
                json.dumps(json.loads(line), indent=1).encode()
            )
    elif how == "jsonl":
        (folder / "a.jsonl").write_bytes(text)
    elif how == "jsonl.gz":
        (folder / "a.jsonl.gz").write_bytes(gzip.compress(text))
    elif how == "jsonl.zst":
        (folder / "a.jsonl.zst").write_bytes(zst.zstd.compress(text))
    else:
        with tarfile.open(folder / "a.tar.gz", "w:gz") as archive:
            for place, line in enumerate(lines):
                post = json.dumps({"format": "json", "content": json.loads(line)}).encode()
                member = tarfile.TarInfo(f"m{place:04}.post")
                member.size = len(post)
                archive.addfile(member, io.BytesIO(post))
    return str(folder)


@pytest.fixture(scope="session")
def whole(some: list[bytes], tmp_path_factory: pytest.TempPathFactory) -> Any:
    """What a ledger holds after one ingest in one process."""
    folder = tmp_path_factory.mktemp("whole")
    outcome = ingest(str(folder / "ledger"), written(folder / "in", some, "jsonl"), processes=1)
    assert (outcome.added, outcome.set_aside) == (len(some), 0)
    return told(str(folder / "ledger"))


@pytest.mark.parametrize("how", ["folder", "jsonl", "jsonl.gz", "jsonl.zst", "tar.gz"])
def test_every_container_gives_the_same(
    some: list[bytes], whole: Any, tmp_path: Path, how: str
) -> None:
    """Files, lines, compressed lines and posts in a tar are the same measurements."""
    ingest(str(tmp_path / "ledger"), written(tmp_path / "in", some, how), processes=1)
    assert told(str(tmp_path / "ledger")) == whole


def test_two_processes_give_what_one_gives(some: list[bytes], whole: Any, tmp_path: Path) -> None:
    """The engine changes nothing."""
    source = written(tmp_path / "in", some, "jsonl")
    ingest(str(tmp_path / "ledger"), source, processes=2)
    assert told(str(tmp_path / "ledger")) == whole


@pytest.mark.parametrize("seed", range(3))
def test_splitting_and_order_of_batches_change_nothing(some: list[bytes], seed: int) -> None:
    """Law 6: whatever lines share a batch, each has the same observations and verdict."""
    chance = random.Random(seed)
    lines = [Line(line) for line in some]
    once = convert(lines)
    chance.shuffle(lines)
    cuts = sorted(chance.sample(range(1, len(lines)), 5))
    parts = [convert(lines[a:b]) for a, b in zip([0, *cuts], [*cuts, len(lines)], strict=True)]
    for name in ("observations", "verdicts"):
        rows = [row for part in parts for row in getattr(part, name).to_pylist()]
        key = str
        assert sorted(rows, key=key) == sorted(getattr(once, name).to_pylist(), key=key)


def test_nothing_is_added_twice(some: list[bytes], whole: Any, tmp_path: Path) -> None:
    """Read again, in another container, or twice in one file, a measurement is there once."""
    ledger = str(tmp_path / "ledger")
    source = written(tmp_path / "in", [*some, *some[:7]], "jsonl")
    first = ingest(ledger, source, processes=1)
    assert (first.added, first.held) == (len(some), 7)
    again = ingest(ledger, source, processes=1)
    assert (again.inputs_held, again.read) == (1, 0)
    other = ingest(ledger, written(tmp_path / "tar", some, "tar.gz"), processes=1)
    assert (other.added, other.held) == (0, len(some))
    assert told(ledger) == whole


def test_killed_at_random_points_every_measurement_is_there_once(
    some: list[bytes], whole: Any, tmp_path: Path
) -> None:
    """After ten SIGKILLs a last run gives what a run in one piece gives."""
    source = written(tmp_path / "in", some, "folder")
    chance, ledger = random.Random(7), tmp_path / "0"
    struck = 0
    for attempt in range(40):
        process = subprocess.Popen(
            [sys.executable, "-c", COMMAND, str(ledger), source],
            stdin=subprocess.PIPE,
            stdout=subprocess.PIPE,
            text=True,
        )
        assert process.stdout is not None
        assert process.stdout.readline() == "ready\n"
        assert process.stdin is not None
        process.stdin.write("\n")
        process.stdin.flush()
        try:
            process.wait(chance.uniform(0, 1.2))
        except subprocess.TimeoutExpired:
            process.kill()
        process.communicate()
        if process.returncode == -signal.SIGKILL:
            struck += 1
        else:
            assert told(str(ledger)) == whole
            ledger = tmp_path / str(attempt + 1)
        if struck == 10:
            break
    assert struck == 10
    ingest(str(ledger), source, processes=1)
    assert told(str(ledger)) == whole
    assert not [f for f in examine(str(ledger)) if f.level == "fault"]


def test_what_cannot_be_read_is_named_and_the_rest_goes_on(
    some: list[bytes], tmp_path: Path
) -> None:
    """A cut archive, junk between lines and a broken file cost themselves alone."""
    folder = tmp_path / "in"
    written(folder, some[:4], "jsonl")
    packed = gzip.compress(b"\n".join(some[4:30]))
    (folder / "cut.jsonl.gz").write_bytes(packed[: len(packed) // 2])
    (folder / "junk.jsonl").write_bytes(some[30] + b"\nnonsense\n{}\n" + some[31] + b"\n")
    (folder / "bad.tar").write_bytes(b"no tar at all" * 100)
    outcome = ingest(str(tmp_path / "ledger"), str(folder), processes=1)
    assert {Path(fault.where).name for fault in outcome.faults} == {"cut.jsonl.gz", "bad.tar"}
    assert outcome.set_aside == 2
    assert outcome.added >= 4 + 4
    again = ingest(str(tmp_path / "ledger"), str(folder), processes=1)
    assert again.added == 0


def test_objects_one_after_another_are_told_apart(
    some: list[bytes], whole: Any, tmp_path: Path
) -> None:
    """Pretty-printed measurements joined in one file, as `cat` joins them, are each read."""
    joined = b"\n".join(json.dumps(json.loads(line), indent=1).encode() for line in some)
    (tmp_path / "joined.json").write_bytes(joined)
    ingest(str(tmp_path / "ledger"), str(tmp_path / "joined.json"), processes=1)
    assert told(str(tmp_path / "ledger")) == whole
    (tmp_path / "cut.json").write_bytes(joined[:-40])
    outcome = ingest(str(tmp_path / "other"), str(tmp_path / "cut.json"), processes=1)
    assert outcome.added - outcome.set_aside == len(some) - 1


def test_a_bomb_is_given_up_within_its_bound(
    tmp_path: Path, monkeypatch: pytest.MonkeyPatch
) -> None:
    """A line without an end is not read to its end."""
    monkeypatch.setattr("gatewatch.sources.measurements.lines.LIMIT", 1 << 20)
    (tmp_path / "bomb.jsonl.gz").write_bytes(gzip.compress(b"0" * (64 << 20)))
    outcome = ingest(str(tmp_path / "ledger"), str(tmp_path / "bomb.jsonl.gz"), processes=1)
    assert "longer than" in outcome.faults[0].reason
    assert outcome.read == 0


def test_a_source_that_is_not_there_is_an_error(tmp_path: Path) -> None:
    """Nothing is made of a wrong path, an empty folder, or a place of another kind."""
    for source, said in (
        ("gone.json", "does not exist"),
        (str(tmp_path), "no .json"),
        ("ftp://a.example/x", "s3://"),
    ):
        with pytest.raises(SourceError, match=said):
            ingest(str(tmp_path / "ledger"), source, processes=1)


def test_the_ledger_gives_back_what_was_observed(some: list[bytes], tmp_path: Path) -> None:
    """Steps read from the ledger are the steps that were judged, and judge the same again."""
    ledger = str(tmp_path / "ledger")
    ingest(ledger, written(tmp_path / "in", some, "jsonl"), processes=1)
    matcher, judging = tools()
    held = Measurements(Store(ledger))
    for line in some:
        fresh = observe(decode(line), matcher)
        named = held.measurement(fresh.measurement.uid)
        assert named is not None
        back = held.observed(named)
        assert back.steps == fresh.steps
        assert judging.judge(back) == judging.judge(fresh)
        explained = verdicts.of_uid(reading.open(ledger), fresh.measurement.uid)
        assert explained.verdict == judge(decode(line))


def test_a_ledger_without_measurements_says_so(demo_ledger: str) -> None:
    """A question about a measurement tells how to bring some in."""
    with pytest.raises(LedgerError, match="holds no measurements: gatewatch ingest ooni"):
        verdicts.of_uid(reading.open(demo_ledger), "m1")


def test_the_probe_s_address_is_nowhere_in_the_ledger(some: list[bytes], tmp_path: Path) -> None:
    """Not one byte of any file of the ledger holds it."""
    address = "198.51.100.77"
    line = json.loads(some[0]) | {"probe_ip": address}
    line["test_keys"]["requests"] = [
        {
            "request": {"url": f"http://a.example/?{address}"},
            "response": {
                "code": 200,
                "body": f"<title>{address}</title>",
                "headers": {"Location": f"http://a.example/{address}", "Server": address},
            },
        }
    ]
    ingest(str(tmp_path / "ledger"), written(tmp_path / "in", [json.dumps(line).encode()], "jsonl"))
    for name in ("measurements", "observations", "verdicts"):
        rows = DeltaTable(str(tmp_path / "ledger" / name)).to_pyarrow_table().to_pylist()
        assert address not in str(rows)
        assert name != "observations" or "[scrubbed]" in str(rows)


@pytest.fixture
def bucket(monkeypatch: pytest.MonkeyPatch) -> Iterator[str]:
    with object_store("open") as at:
        monkeypatch.setenv("AWS_ENDPOINT_URL", at)
        yield at


@pytest.mark.parametrize("credentials", [False, True])
def test_a_prefix_of_an_object_store_is_read_like_a_folder(
    some: list[bytes],
    whole: Any,
    bucket: str,
    tmp_path: Path,
    credentials: bool,
    monkeypatch: pytest.MonkeyPatch,
) -> None:
    """On a real S3 server, with credentials and without."""
    for name in [n for n in os.environ if n.startswith("AWS_") and "ENDPOINT" not in n]:
        monkeypatch.delenv(name)
    if credentials:
        monkeypatch.setenv("AWS_ACCESS_KEY_ID", "a")
        monkeypatch.setenv("AWS_SECRET_ACCESS_KEY", "b")
    for name, lines in (("2024/a.jsonl.gz", some[:20]), ("2024/b/c.jsonl.gz", some[20:])):
        data = gzip.compress(b"\n".join(lines))
        plain = {"Content-Type": "application/octet-stream", "x-amz-acl": "public-read"}
        urlopen(Request(f"{bucket}/open/{name}", data, plain, method="PUT"), timeout=20).close()
    outcome = ingest(str(tmp_path / "ledger"), "s3://open/2024", processes=1)
    assert (outcome.inputs, outcome.faults) == (2, [])
    assert told(str(tmp_path / "ledger")) == whole
    assert ingest(str(tmp_path / "ledger"), "s3://open/2024", processes=1).inputs_held == 2


def test_the_library_judges_a_line_with_no_ledger_at_hand(some: list[bytes]) -> None:
    """`gatewatch.judge(gatewatch.decode(line))` is all it takes."""
    import gatewatch

    found = gatewatch.judge(gatewatch.decode(some[0]))
    assert found.state in {"down", "ok", "blocked"}
    assert msgspec.json.encode(found)


def test_judging_again_keeps_the_old_and_says_what_changed(
    some: list[bytes], tmp_path: Path
) -> None:
    """Other rules give other verdicts beside the old ones; the way back is there as well."""
    from importlib.resources import files

    ledger, mine = str(tmp_path / "ledger"), tmp_path / "rules.toml"
    ingest(ledger, written(tmp_path / "in", some, "jsonl"), processes=1)
    ours = (files("gatewatch.catalogue") / "rules.toml").read_text()
    head, _, tail = ours.partition('id = "dns.no_answer"')
    mine.write_text(
        head + 'id = "dns.no_answer"' + tail.replace('"likely_blocked"', '"impaired"', 1)
    )
    other = JudgingSettings(rules=str(mine))

    only = rejudge(ledger, other, write=False)
    assert (only.written, only.judged) == (False, len(some))
    ((way, number),) = only.changed.items()
    rule = "dns.no_answer"
    assert way == Way("likely_blocked", "dns.nxdomain", rule, "impaired", "dns.nxdomain", rule)
    assert only.older == 0
    uid = only.examples[way]
    assert verdicts.of_uid(reading.open(ledger), uid).verdict.state == "likely_blocked"

    assert rejudge(ledger, other).changed == {way: number}
    now = verdicts.of_uid(reading.open(ledger), uid)
    assert (now.verdict.state, [v.state for v in now.earlier]) == ("impaired", ["likely_blocked"])
    assert now.verdict.ruleset == tools(other)[1].version != now.earlier[0].ruleset

    back = rejudge(ledger)
    again = Way("impaired", "dns.nxdomain", rule, "likely_blocked", "dns.nxdomain", rule)
    assert back.changed == {again: number}
    assert [v.state for v in verdicts.of_uid(reading.open(ledger), uid).earlier] == [
        "likely_blocked",
        "impaired",
    ]


def test_judging_again_that_is_broken_off_changes_nothing(
    some: list[bytes], tmp_path: Path
) -> None:
    """Verdicts of a run that did not come to its end do not count."""
    ledger = str(tmp_path / "ledger")
    ingest(ledger, written(tmp_path / "in", some, "jsonl"), processes=1)

    def broken(done: int, total: int) -> None:
        raise KeyboardInterrupt

    with pytest.raises(KeyboardInterrupt):
        rejudge(ledger, report=broken)
    assert verdicts.of_uid(reading.open(ledger), "m0000").earlier == ()
    assert rejudge(ledger).changed == {}
