"""Killed processes, two writers, readers beside a writer, a full disk: a ledger bears them all."""

import json
import os
import signal
import subprocess
import sys
import time
from collections.abc import Iterator
from contextlib import suppress
from datetime import UTC, datetime, timedelta
from pathlib import Path
from random import Random
from typing import Any

import msgspec
import pytest
from tests.asking import set_aside, snapshots
from tests.commands import invoked
from tests.needed import lacking
from tests.warm import Warm
from tests.wide import in_turn

import gatewatch
from gatewatch import pipeline
from gatewatch.catalogue import registers as catalogue
from gatewatch.errors import LedgerError
from gatewatch.ledger.store import Store

pytestmark = pytest.mark.slow

REGISTER = """
id = "xx-invented"
jurisdiction = "XX"
authority = "Invented authority"
title = "Invented list"
publisher = "the tests"
licence = "MIT"
format = "declared"
time_zone = "UTC"
cadence = "1h"
silence = "3d"
default_path = "list.csv"

[expectations]
minimum_entries = 20
largest_drop = 0.95  # it turns over within two days, and two of its states come late

[redaction]
withhold_paths = false

[declared]
layout = "table"
delimiter = ","
date_format = "%Y-%m-%d"
published = "# state at ([0-9T:+-]+)"

[declared.columns]
host = "domain"
order = "number"
listed = "date"
"""
STATES = 300
EMPTY, COLLAPSED, FOREIGN, UNREAD, LATE, UNPARSED = (
    {60, 61},
    {120},
    {150},
    {180, 181},
    {200, 260},
    90,
)
BEGIN = datetime(2026, 1, 1, tzinfo=UTC)

# The command as installed, but it commits every ten snapshots or so and waits for a word to begin.
COMMAND = """
import os, signal, sys
from gatewatch import cli
from gatewatch.pipeline import writer
import gatewatch.cli.app, gatewatch.cli.commands.ingest, gatewatch.ledger.store, deltalake, duckdb, pyarrow
signal.signal(signal.SIGINT, signal.default_int_handler)
writer._BATCH_EVENTS = 60
print("ready", os.getpid(), flush=True)
sys.stdin.readline()
cli.main()
"""

# Strikes its own process when it is about to vouch for what it wrote.
STRUCK = """
import os, signal, deltalake
write, turns = deltalake.write_deltalake, []
def struck(table, *more, **how):
    if table.table_uri.rstrip("/").endswith("/snapshots"):
        turns.append(table)
        if len(turns) == {commit}:
            os.kill(os.getpid(), signal.SIGKILL)
    return write(table, *more, **how)
deltalake.write_deltalake = struck
"""

# A reader that asks again and again until it is told to stop, and then tells what it saw.
READER = """
import json, select, sys, time
from pathlib import Path
import duckdb, deltalake, gatewatch
from gatewatch.model.moment import Moment
from gatewatch.query.registers import snapshots
seen, states, table = [], set(), Path(sys.argv[1]) / "snapshots"
gatewatch.open  # loads it
print("ready", flush=True)
while not list(table.rglob("*.json")):
    time.sleep(0.005)
ledger = gatewatch.open(sys.argv[1])
while not select.select([sys.stdin], [], [], 0)[0]:
    ledger.refresh()
    seen.append(len(snapshots(ledger, None, Moment.parse())))
    states.add(ledger.check("host7.example.com", valid_at="2026-01-02").state)
    ledger.history("host7.example.com")
json.dump([seen, sorted(states)], sys.stdout)
"""

# A writer that makes the tables of one ledger after another, as it is told their places.
MAKER = """
import sys
from gatewatch.ledger import schema
from gatewatch.ledger.store import Store
for line in sys.stdin:
    store = Store(line.strip())
    store.create()
    print(sum(len(store.table(name).file_uris()) for name in schema.REGISTER_TABLES), flush=True)
"""

# In a mount namespace of its own: an ingest onto a small disk, then again onto the same disk grown.
SMALL_DISK = """
import json, shutil, subprocess, sys
disk, size, kept, *ingest = sys.argv[1:]
def run(*words):
    done = subprocess.run(words, input="\\n", capture_output=True, text=True)
    return done.returncode, done.stdout, done.stderr
def mount(options):
    subprocess.run(["mount", "-t", "tmpfs", "-o", options, "none", disk], check=True)
ledger = ["--ledger", disk + "/ledger"]
gatewatch = [sys.executable, "-m", "gatewatch"]
mount("size=" + size)
told = [run(*ingest), run(*gatewatch, "doctor", *ledger), run(*gatewatch, "registers", *ledger)]
mount("remount,size=64m")
told.append(run(*ingest))
shutil.copytree(disk + "/ledger", kept)
json.dump(told, sys.stdout)
"""


@pytest.fixture(scope="session")
def mirror(tmp_path_factory: pytest.TempPathFactory) -> Path:
    """A git repository of 300 states of an invented list, sound and not, two of them late."""
    place = tmp_path_factory.mktemp("mirror")
    (place / "register.toml").write_text(REGISTER)
    git = place / "list.git"
    subprocess.run(["git", "init", "--quiet", "--bare", "--initial-branch=main", git], check=True)
    stream = b"".join(_commits())
    words = ["git", f"--git-dir={git}", "fast-import", "--quiet"]
    subprocess.run(words, input=stream, check=True)
    return place


def _commits() -> Iterator[bytes]:
    for n, state in enumerate(_states()):
        when = int((BEGIN + timedelta(hours=n)).timestamp())
        yield b"commit refs/heads/main\ncommitter a <a@example.com> %d +0000\ndata 0\n" % when
        yield b"M 100644 inline list.csv\ndata %d\n%s\n" % (len(state), state)


def _states() -> Iterator[bytes]:
    draw = Random(1)
    rows = {n: n for n in range(150)}
    for n in range(STATES):
        for gone in draw.sample(sorted(rows), 3):
            del rows[gone]
        for come in draw.sample(range(400), 3):
            rows[come] = n
        yield _state(n, rows)


def _state(n: int, rows: dict[int, int]) -> bytes:
    if n in FOREIGN:
        return b"<html>the site is being worked on</html>"
    hours = timedelta(hours=n - 50 if n in LATE else n)
    lines = [f"# state at {(BEGIN + hours).isoformat()}", "host,order,listed"]
    listed = [f"host{i}.example.com,{order}/26,2026-01-01" for i, order in rows.items()]
    listed = [] if n in EMPTY else listed[:10] if n in COLLAPSED else listed
    odd = ["too,many,cells,here"] if n in UNREAD else ["not a host,1/26,2026-01-01"]
    return "\n".join([*lines, *listed, *(odd if n >= UNPARSED else [])]).encode()


@pytest.fixture(scope="session")
def whole(mirror: Path, tmp_path_factory: pytest.TempPathFactory) -> Any:
    """What a ledger holds after one ingest in one piece."""
    ledger = tmp_path_factory.mktemp("whole") / "ledger"
    declared = catalogue.read(mirror / "register.toml")
    outcome = pipeline.ingest(str(ledger), declared, str(mirror / "list.git"))
    assert (outcome.read, outcome.skipped) == (STATES, [])
    assert len(outcome.quarantined) == len(EMPTY | COLLAPSED | FOREIGN) + 1
    return _told(ledger)


def _told(ledger: Path) -> Any:
    """All that a ledger holds, but when and in which batch it was written."""
    opened = gatewatch.open(str(ledger))
    plain = {"batch": "", "recorded_at": None}
    return (
        [msgspec.structs.replace(s, **plain) for s in snapshots(opened)],
        opened.changes(),
        set_aside(opened),
        [opened.history(f"host{n}.example.com") for n in range(0, 400, 40)],
    )


def _words(mirror: Path, ledger: Path) -> list[str]:
    words = [str(mirror / "register.toml"), str(mirror / "list.git"), "--ledger", str(ledger)]
    return ["ingest", *words, "--quiet"]


class _Started(subprocess.Popen[str]):
    """What stands for an ingest, and ends when that has ended."""

    ingest: str
    """The number of its process."""

    def strike(self, number: int) -> None:
        """Send the ingest itself a signal."""
        with suppress(ProcessLookupError):  # it was done before
            os.kill(int(self.ingest), number)


def _start(warm: Warm, mirror: Path, ledger: Path, before: str = "") -> _Started:
    """An ingest that has loaded all it needs and waits for its word."""
    words = [*warm.running(before + COMMAND), *_words(mirror, ledger)]
    pipe = subprocess.PIPE
    process = _Started(words, stdin=pipe, stdout=pipe, stderr=pipe, text=True)
    assert process.stdout is not None
    word, process.ingest = process.stdout.readline().split()
    assert word == "ready"
    return process


def _go(*processes: "subprocess.Popen[str]") -> None:
    for process in processes:
        assert process.stdin is not None
        process.stdin.write("\n")
        process.stdin.flush()


def _end(process: "subprocess.Popen[str]") -> tuple[int, str]:
    """How a process ended, and what it said of faults."""
    _, said = process.communicate(timeout=60)
    return process.returncode, said


def _ingested(warm: Warm, mirror: Path, ledger: Path) -> None:
    process = _start(warm, mirror, ledger)
    _go(process)
    assert _end(process) == (0, "")


def _sound(ledger: Path) -> str:
    """The ledger can be read and the doctor is content; what it noted."""
    if snapshots(gatewatch.open(str(ledger))):
        gatewatch.open(str(ledger)).check("host7.example.com", valid_at="2026-01-02")
    done = invoked(["doctor", "--ledger", str(ledger)])
    assert done.exit_code == 0, done.output
    return done.output


@pytest.fixture(scope="session")
def seconds(
    warm: Warm, mirror: Path, whole: Any, tmp_path_factory: pytest.TempPathFactory
) -> float:
    """How long an ingest takes here from its word to its end; it makes the same ledger."""
    ledger = tmp_path_factory.mktemp("timed") / "ledger"
    process = _start(warm, mirror, ledger)
    began = time.monotonic()
    _go(process)
    assert _end(process) == (0, "")
    assert _told(ledger) == whole
    return time.monotonic() - began


@pytest.mark.parametrize("seed", in_turn(range(2), 0, 1))
def test_killed_at_ten_points_a_ledger_is_sound_and_goes_on(
    warm: Warm, mirror: Path, whole: Any, seconds: float, tmp_path: Path, seed: int
) -> None:
    """After each SIGKILL the ledger is sound, and going on loses nothing."""
    draw, struck, ledger = Random(seed), 0, tmp_path / "0"
    while struck < 10:
        process = _start(warm, mirror, ledger)
        if _killed(process, draw.uniform(0, seconds / 3)):
            struck += 1
            _sound_if_begun(ledger)
        else:
            assert _told(ledger) == whole
            ledger = tmp_path / str(struck)
    _ingested(warm, mirror, ledger)
    assert _told(ledger) == whole
    _sound(ledger)


@pytest.mark.parametrize("commit", [1, 2, 5])
def test_killed_within_a_commit_what_is_half_written_counts_for_nothing(
    warm: Warm, mirror: Path, whole: Any, tmp_path: Path, commit: int
) -> None:
    """Struck after the facts and before the snapshots that vouch for them, the doctor names what
    is left over, and going on makes the ledger of an ingest in one piece."""
    process = _start(warm, mirror, tmp_path / "ledger", before=STRUCK.format(commit=commit))
    _go(process)
    assert _end(process)[0] == -signal.SIGKILL
    assert "belong to an ingest that was stopped" in _sound(tmp_path / "ledger")
    _ingested(warm, mirror, tmp_path / "ledger")
    assert _told(tmp_path / "ledger") == whole


def _killed(process: _Started, after: float) -> bool:
    """Let an ingest work for a while, then kill it; False if it had ended well before."""
    _go(process)
    try:
        process.wait(after)
    except subprocess.TimeoutExpired:
        process.strike(signal.SIGKILL)
    code, said = _end(process)
    assert (code, said) in {(-signal.SIGKILL, ""), (0, "")}
    return code != 0


def _sound_if_begun(ledger: Path) -> str:
    """As `_sound`; killed before its tables were made, a ledger is said not to be there."""
    if list((ledger / "snapshots").rglob("*.json")):
        return _sound(ledger)
    with pytest.raises(LedgerError, match="no ledger at"):
        snapshots(gatewatch.open(str(ledger)))
    return ""


QUERY = """
import duckdb, os, signal, threading, gatewatch.cli.app
def ask():
    connection = duckdb.connect(config={"threads": 1})
    threading.Timer(0.1, os.kill, (os.getpid(), signal.SIGINT)).start()
    connection.execute("SELECT sum(hash(range)) FROM range(100000000000)")
gatewatch.cli.app.build = lambda _asked: ask
gatewatch.cli.main()
"""


def test_ctrl_c_within_any_query_is_a_stop(warm: Warm) -> None:
    """DuckDB makes a RuntimeError of it, whichever room holds the connection."""
    done = subprocess.run(
        warm.running(QUERY), check=False, capture_output=True, text=True, timeout=60
    )
    assert (done.returncode, done.stderr.count("\n")) == (130, 1), done.stderr
    assert "what is committed stays" in done.stderr


def test_ctrl_c_ends_with_130_and_keeps_what_is_committed(
    warm: Warm, mirror: Path, whole: Any, seconds: float, tmp_path: Path
) -> None:
    """Ctrl-C at any point says that it stopped; nothing committed is lost, and the rest follows."""
    draw, ledger, held = Random(7), tmp_path / "ledger", [0]
    longest = seconds / 8
    for _ in range(12):
        process = _start(warm, mirror, ledger)
        _go(process)
        time.sleep(0.1 + draw.uniform(0, longest))
        process.strike(signal.SIGINT)
        code, said = _end(process)
        if code == 0:  # it was done before
            break
        assert (code, said.count("\n")) == (130, 1), said
        assert "what is committed stays" in said
        _sound_if_begun(ledger)
        begun = Store(str(ledger)).exists()
        held.append(len(snapshots(gatewatch.open(str(ledger)))) if begun else 0)
        if held[-1] == held[-2]:  # a busy machine had not come to its first commit
            longest *= 1.5
    assert held == sorted(held)
    assert any(0 < one < STATES for one in held)
    _ingested(warm, mirror, ledger)
    assert _told(ledger) == whole


@pytest.mark.parametrize("head_start", [0, 0.02, 0.3])
def test_two_ingests_at_once_lose_and_double_nothing(
    warm: Warm, mirror: Path, whole: Any, tmp_path: Path, head_start: float
) -> None:
    """Two processes that bring in one register at once end well and make the ledger of one."""
    ledger = tmp_path / "ledger"
    first, second = _start(warm, mirror, ledger), _start(warm, mirror, ledger)
    _go(first)
    time.sleep(head_start)
    _go(second)
    assert [_end(first), _end(second)] == [(0, ""), (0, "")]
    assert _told(ledger) == whole
    _sound(ledger)


def test_ledgers_are_made_by_several_at_once(tmp_path: Path) -> None:
    """Three processes that make one ledger at the same time all find it made, and empty."""
    pipe, words = subprocess.PIPE, [sys.executable, "-c", MAKER]
    makers = [subprocess.Popen(words, stdin=pipe, stdout=pipe, text=True) for _ in range(3)]
    for n in range(40):
        for maker in makers:
            assert maker.stdin is not None
            print(tmp_path / str(n), file=maker.stdin, flush=True)
        for maker in makers:
            assert maker.stdout is not None
            assert maker.stdout.readline() == "0\n"
    for maker in makers:
        maker.communicate()
        assert maker.returncode == 0


def test_two_registers_at_once_do_not_meet(warm: Warm, mirror: Path, tmp_path: Path) -> None:
    """Two registers brought in at the same time make the ledger that one after the other makes."""
    second = tmp_path / "second"
    second.mkdir()
    (second / "register.toml").write_text(REGISTER.replace("xx-invented", "xx-second"))
    (second / "list.git").symlink_to(mirror / "list.git")
    for place in (mirror, second):
        _ingested(warm, place, tmp_path / "in-turn")
    writers = [_start(warm, place, tmp_path / "at-once") for place in (mirror, second)]
    _go(*writers)
    assert [_end(writer) for writer in writers] == [(0, ""), (0, "")]
    assert _told(tmp_path / "at-once") == _told(tmp_path / "in-turn")
    _sound(tmp_path / "at-once")


def test_a_reader_meets_no_error_while_an_ingest_writes(
    warm: Warm, mirror: Path, whole: Any, tmp_path: Path
) -> None:
    """A reader that polls sees whole commits only, ever more of them, and answers every time."""
    ledger, pipe = tmp_path / "ledger", subprocess.PIPE
    words = [*warm.running(READER), str(ledger)]
    reader = subprocess.Popen(words, stdin=pipe, stdout=pipe, stderr=pipe, text=True)
    assert reader.stdout is not None
    assert reader.stdout.readline() == "ready\n"
    # On a machine at work elsewhere too, the reader has to come to its turn between commits.
    writer = _start(warm, mirror, ledger, before="import os; os.nice(10)\n")
    _go(writer)
    assert _end(writer) == (0, "")
    told, said = reader.communicate("\n", timeout=60)
    assert (reader.returncode, said) == (0, "")
    seen, states = json.loads(told)
    assert seen == sorted(seen)
    assert len(set(seen)) > 5
    assert "listed" in states
    assert _told(ledger) == whole


@pytest.fixture(scope="session")
def namespace() -> list[str]:
    """The words that run a command where it may mount a disk of its own."""
    try_it = ["mount", "-t", "tmpfs", "-o", "size=64k", "none", "/mnt"]
    ways = (["unshare", "--mount"], ["unshare", "--map-root-user", "--mount"])
    for words in ways:
        if subprocess.run([*words, *try_it], capture_output=True, check=False).returncode == 0:
            return words
    return lacking("a mount namespace", "run as root, or allow unprivileged user namespaces")


@pytest.mark.parametrize("size", ["64k", "256k", "1m"])
def test_a_full_disk_is_said_and_borne(
    namespace: list[str], mirror: Path, whole: Any, tmp_path: Path, size: str
) -> None:
    """A full disk ends an ingest with exit code 1; the ledger is sound, and goes on with room."""
    disk, kept = tmp_path / "disk", tmp_path / "kept"
    disk.mkdir()
    ingest = [sys.executable, "-c", COMMAND, *_words(mirror, disk / "ledger")]
    words = [*namespace, sys.executable, "-c", SMALL_DISK, str(disk), size, str(kept), *ingest]
    done = subprocess.run(words, capture_output=True, text=True, check=True)
    full, doctor, registers, again = json.loads(done.stdout)
    assert full[0] == 1, full
    said = full[2].splitlines()[-1]  # above it delta-rs may tell of a thread of its own that failed
    assert said.startswith(f"gatewatch: the disk that holds {disk / 'ledger'} is full")
    assert doctor[0] == 0, doctor
    assert registers[0] == 0, registers
    assert (again[0], again[2]) == (0, "")
    assert _told(kept) == whole
    _sound(kept)
