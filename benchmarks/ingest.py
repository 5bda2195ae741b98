"""Ingest of a whole real history against reading its blobs, and against parsing each one whole."""

import os
import subprocess
import sys
import tempfile
import time
from collections.abc import Iterator
from pathlib import Path

from lxml import etree

from benchmarks.measure import Result, seconds

TINY, _ENTRIES = 8, 1_200
"""Snapshots of a tiny run, and entries of each: enough to pass through every line, too few to prove
a figure."""
_CHILD = """
import resource, sys, time
start = time.perf_counter()
from gatewatch import pipeline
from gatewatch.catalogue import registers
outcome = pipeline.ingest(sys.argv[1], registers.find("ru-rkn"), sys.argv[2])
took = time.perf_counter() - start
peak = resource.getrusage(resource.RUSAGE_SELF).ru_maxrss
print(took, peak, outcome.read, outcome.held)
"""


def run(shared: Path, *, tiny: bool) -> Iterator[Result]:
    """`tiny` measures the last few snapshots alone."""
    with tempfile.TemporaryDirectory() as scratch:
        repository = shared / "registers" / "ru-rkn.git"
        if tiny:
            repository = _shallow(repository, Path(scratch) / "tiny.git", TINY)
        ledger = Path(scratch) / "ledger"
        specs = _specs(repository)
        spent = _cpu()
        ours, peak, read, _ = _ingest(ledger, repository)
        spent, begun = _cpu() - spent, _cpu()
        reading = min(_read_blobs(repository, specs) for _ in range(2))
        reading_spent = (_cpu() - begun) / 2
        unpacking = seconds(lambda: _cat_file(repository, specs, subprocess.DEVNULL), 2)
        yield Result(
            "ingest against reading the same blobs",
            f"{ours:.2f} s, {read:.0f} snapshots",
            f"git cat-file --batch, drained by a pipe: {reading:.2f} s (into /dev/null: {unpacking:.2f} s)",
            ours / reading,
            "at most 1.5 times",
            ours / reading <= 1.5,
        )
        yield Result(
            "the same, CPU of both with git's",
            f"{spent:.1f} s",
            f"{reading_spent:.1f} s",
            spent / reading_spent,
            "no promise: where the machine is busy, clocks say little",
            True,
        )
        sample = specs[:: max(1, len(specs) // (2 if tiny else 20))]
        whole = _parse_whole(repository, sample) / len(sample) * len(specs)
        yield Result(
            "ingest against parsing each snapshot whole",
            f"{ours:.2f} s",
            f"lxml, {len(sample)} snapshots measured, all of them reckoned: {whole:.0f} s",
            whole / ours,
            "at least 30 times faster",
            whole / ours >= 30,
        )
        size = sum(f.stat().st_size for f in ledger.rglob("*") if f.is_file()) / 1e6
        yield Result(
            "peak memory of an ingest",
            f"{peak / 1024:.0f} MB",
            "limit 400 MB",
            peak / 1024 / 400,
            "under the limit",
            peak / 1024 < 400,
        )
        yield Result(
            "size of the ledger",
            f"{size:.1f} MB",
            "limit 25 MB",
            size / 25,
            "under the limit",
            size < 25,
        )
        again, _, read, held = _ingest(ledger, repository)
        yield Result(
            "ingest again with nothing new",
            f"{again:.2f} s, {read:.0f} read, {held:.0f} held",
            f"the first: {ours:.2f} s",
            again / ours,
            "reads no snapshot",
            read == 0,
        )


def _cpu() -> float:
    """Seconds that this process and those it has waited for have spent."""
    spent = os.times()
    return spent.user + spent.system + spent.children_user + spent.children_system


def _ingest(ledger: Path, repository: Path) -> list[float]:
    done = subprocess.run(
        [sys.executable, "-c", _CHILD, str(ledger), str(repository)],
        capture_output=True,
        text=True,
        check=True,
    )
    return [float(word) for word in done.stdout.split()]


def _specs(repository: Path) -> list[str]:
    done = subprocess.run(
        ["git", f"--git-dir={repository}", "rev-list", "--reverse", "HEAD"],
        capture_output=True,
        text=True,
        check=True,
    )
    return [f"{commit}:dump.xml" for commit in done.stdout.split()]


def _cat_file(repository: Path, specs: list[str], sink: int) -> None:
    subprocess.run(
        ["git", f"--git-dir={repository}", "cat-file", "--batch"],
        input="\n".join(specs).encode(),
        stdout=sink,
        check=True,
    )


def _blobs(repository: Path, specs: list[str]) -> Iterator[bytes]:
    with tempfile.TemporaryFile() as asked:
        asked.write("\n".join(specs).encode() + b"\n")
        asked.seek(0)
        with subprocess.Popen(
            ["git", f"--git-dir={repository}", "cat-file", "--batch"],
            stdin=asked,
            stdout=subprocess.PIPE,
        ) as git:
            assert git.stdout is not None
            while head := git.stdout.readline():
                yield git.stdout.read(int(head.split()[2]))
                git.stdout.read(1)


def _read_blobs(repository: Path, specs: list[str]) -> float:
    start = time.perf_counter()
    for _ in _blobs(repository, specs):
        pass
    return time.perf_counter() - start


def _parse_whole(repository: Path, specs: list[str]) -> float:
    taken = 0.0
    for blob in _blobs(repository, specs):
        start = time.perf_counter()
        root = etree.fromstring(blob)
        rows = [
            (c.attrib.items(), [(child.tag, child.attrib.items(), child.text) for child in c])
            for c in root
        ]
        assert rows
        taken += time.perf_counter() - start
    return taken


def _shallow(repository: Path, target: Path, depth: int) -> Path:
    """The last few snapshots of a mirror, each cut to its newest entries."""
    git = ["git", f"--git-dir={target}"]
    subprocess.run(["git", "init", "-q", "--bare", "-b", "main", str(target)], check=True)
    told = subprocess.run(
        ["git", f"--git-dir={repository}", "log", f"-{depth}", "--reverse", "--format=%H %ct"],
        capture_output=True,
        text=True,
        check=True,
    )
    stream = b""
    for commit, when in (line.split() for line in told.stdout.splitlines()):
        state = _newest_entries(_blob(repository, f"{commit}:dump.xml"))
        stream += (
            (
                f"commit refs/heads/main\ncommitter a <a@example.com> {when} +0000\ndata 0\n"
                f"M 100644 inline dump.xml\ndata {len(state)}\n"
            ).encode()
            + state
            + b"\n"
        )
    subprocess.run([*git, "fast-import", "--quiet"], input=stream, check=True)
    return target


def _newest_entries(state: bytes) -> bytes:
    head, *entries = state.split(b"<content ")
    return b"<content ".join([head, *entries[-_ENTRIES:]])


def _blob(repository: Path, name: str) -> bytes:
    words = ["git", f"--git-dir={repository}", "cat-file", "blob", name]
    return subprocess.run(words, capture_output=True, check=True).stdout
