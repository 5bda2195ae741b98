"""Killed processes, two writers, readers beside a writer, a full disk: a ledger bears them all."""

import signal
import subprocess
import sys
import time
from collections.abc import Iterator
from datetime import UTC, datetime, timedelta
from pathlib import Path
from random import Random
from typing import Any

import msgspec
import pytest
from typer.testing import CliRunner

import gatewatch
from gatewatch import pipeline
from gatewatch.catalogue import registers as catalogue
from gatewatch.cli.app import build
from gatewatch.errors import LedgerError

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
largest_drop = 0.5

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
import signal, sys
from gatewatch import cli, pipeline
import gatewatch.cli.app, gatewatch.cli.ingest, gatewatch.ledger.store, deltalake, duckdb, pyarrow
signal.signal(signal.SIGINT, signal.default_int_handler)
pipeline._BATCH_EVENTS = 60
print("ready", flush=True)
sys.stdin.readline()
cli.main()
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
    """All that a ledger holds, but when and in which batch it was written. A record that is not
    understood counts with the snapshot a reader met it in, so those are compared over all."""
    opened = gatewatch.open(str(ledger))
    plain = {"batch": "", "recorded_at": None, "set_aside": 0}
    return (
        [msgspec.structs.replace(s, **plain) for s in opened.snapshots()],
        opened.changes(),
        {(record.entry, record.reason, record.raw) for record in opened.set_aside()},
        [opened.history(f"host{n}.example.com") for n in range(0, 400, 40)],
    )


def _command(mirror: Path, ledger: Path) -> list[str]:
    words = [str(mirror / "register.toml"), str(mirror / "list.git"), "--ledger", str(ledger)]
    return [sys.executable, "-c", COMMAND, "ingest", *words, "--quiet"]


def _start(mirror: Path, ledger: Path) -> "subprocess.Popen[str]":
    """An ingest that has loaded all it needs and waits for its word."""
    words = _command(mirror, ledger)
    pipe = subprocess.PIPE
    process = subprocess.Popen(words, stdin=pipe, stdout=pipe, stderr=pipe, text=True)
    assert process.stdout is not None
    assert process.stdout.readline() == "ready\n"
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


def _ingested(mirror: Path, ledger: Path) -> None:
    process = _start(mirror, ledger)
    _go(process)
    assert _end(process) == (0, "")


def _sound(ledger: Path) -> str:
    """The ledger can be read and the doctor is content; what it noted."""
    if gatewatch.open(str(ledger)).snapshots():
        gatewatch.open(str(ledger)).check("host7.example.com", valid_at="2026-01-02")
    done = CliRunner().invoke(build(), ["doctor", "--ledger", str(ledger)])
    assert done.exit_code == 0, done.output
    return done.output


@pytest.fixture(scope="session")
def seconds(mirror: Path, whole: Any, tmp_path_factory: pytest.TempPathFactory) -> float:
    """How long an ingest takes here from its word to its end; it makes the same ledger."""
    ledger = tmp_path_factory.mktemp("timed") / "ledger"
    process = _start(mirror, ledger)
    began = time.monotonic()
    _go(process)
    assert _end(process) == (0, "")
    assert _told(ledger) == whole
    return time.monotonic() - began


@pytest.mark.parametrize("seed", range(5))
def test_killed_at_ten_points_a_ledger_is_sound_and_goes_on(
    mirror: Path, whole: Any, seconds: float, tmp_path: Path, seed: int
) -> None:
    """After each SIGKILL, within commits too, the ledger is sound, and going on loses nothing."""
    draw, struck, torn, ledger = Random(seed), 0, 0, tmp_path / "0"
    while struck < 10:
        process = _start(mirror, ledger)
        if _killed(process, draw.uniform(0, seconds / 3)):
            struck += 1
            torn += "belong to an ingest that was stopped" in _sound_if_begun(ledger)
        else:
            assert _told(ledger) == whole
            ledger = tmp_path / str(struck)
    assert torn > 0
    _ingested(mirror, ledger)
    assert _told(ledger) == whole
    _sound(ledger)


def _killed(process: "subprocess.Popen[str]", after: float) -> bool:
    """Let an ingest work for a while, then kill it; False if it had ended well before."""
    _go(process)
    try:
        process.wait(after)
    except subprocess.TimeoutExpired:
        process.kill()
    code, said = _end(process)
    assert (code, said) in {(-signal.SIGKILL, ""), (0, "")}
    return code != 0


def _sound_if_begun(ledger: Path) -> str:
    """As `_sound`; killed before its tables were made, a ledger is said not to be there."""
    if list((ledger / "snapshots").rglob("*.json")):
        return _sound(ledger)
    with pytest.raises(LedgerError, match="no ledger at"):
        gatewatch.open(str(ledger)).snapshots()
    return ""
