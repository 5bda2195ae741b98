"""The site under load, beside an empty handler of the same server and Datasette over the same
table."""

import itertools
import random
import sqlite3
import subprocess
import sys
import tempfile
import threading
import time
from collections.abc import Iterator
from concurrent.futures import ThreadPoolExecutor
from contextlib import contextmanager
from datetime import UTC, datetime, timedelta
from pathlib import Path
from urllib.parse import quote

import httpx
from tests.site.served import serve

from benchmarks.ingest import TINY, _shallow
from benchmarks.load import load
from benchmarks.measure import Result
from benchmarks.reading import _sqlite
from benchmarks.reconciliation import measure
from gatewatch import pipeline
from gatewatch.analysis.registers import lookup
from gatewatch.catalogue import registers as catalogue
from gatewatch.model import selector as selectors
from gatewatch.query import ledger as reading
from gatewatch.query.ledger import Ledger

_ASKED = 20_000
_DECLARED = """id = "xx-soak"
jurisdiction = "UA"
authority = "A benchmark"
title = "A list that changes"
publisher = "benchmarks"
licence = "none"
format = "declared"
time_zone = "UTC"
cadence = "1h"
silence = "3d"
default_path = "list.txt"
[declared]
layout = "hosts"
published = '# (\\S+)'
published_format = "%Y-%m-%dT%H:%M"
"""


def run(shared: Path, *, tiny: bool) -> Iterator[Result]:
    """On a ledger of the whole of ru-rkn with 1,000,000 measurements beside it; `tiny` takes its
    last few snapshots and 2,000 measurements."""
    with tempfile.TemporaryDirectory() as scratch:
        location, mirror = _ledger(shared, Path(scratch), tiny=tiny)
        measure(location, 2_000 if tiny else 1_000_000)
        seconds = 0.3 if tiny else 8.0
        asked = _hosts(reading.open(location), 200 if tiny else _ASKED)
        with serve(
            location, "--rate", "0", state=Path(scratch) / "state", own_start=True, keeps_data=True
        ) as site:
            _warm(site.port)
            empty = load(site.port, ["/healthz"], seconds=seconds)
            check = load(
                site.port, [f"/api/v1/check?selector={quote(h)}" for h in asked], seconds=seconds
            )
            case = load(site.port, ["/case/wechat/RU?valid_at=2017-05-08"], seconds=seconds)
            front = _weight(site.url)
        with _datasette(location, Path(scratch)) as port:
            keys = [k for host in asked[:2000] for k, _ in lookup.probes(selectors.parse(host))[:1]]
            table = load(
                port,
                [f"/listed/listed.json?_shape=array&lookup={quote(k, safe='')}" for k in keys],
                seconds=seconds,
            )
        for each in (empty, check, case, table):
            if each.wrong:
                raise RuntimeError(f"a load with wrong replies says nothing: {each}")
        share = check.rate / empty.rate
        yield Result(
            "check over HTTP, requests a second",
            f"{check.rate:,.0f}",
            f"an empty handler of the same server: {empty.rate:,.0f}",
            share,
            "at least half",
            share >= 0.5,
        )
        times = check.rate / table.rate
        yield Result(
            "check over HTTP, requests a second",
            f"{check.rate:,.0f}",
            f"Datasette over the same table in indexed SQLite: {table.rate:,.0f}",
            times,
            "at least 5 times",
            times >= 5,
        )
        late = check.p99 / empty.p99
        yield Result(
            "the slowest hundredth of checks",
            f"{check.p99 * 1000:.1f} ms",
            f"of the empty handler: {empty.p99 * 1000:.1f} ms",
            late,
            "at most 3 times",
            late <= 3,
        )
        cost = check.rate / case.rate
        yield Result(
            "what a case page costs",
            f"{1e6 / case.rate:,.0f} microseconds",
            f"a check: {1e6 / check.rate:,.0f}",
            cost,
            "at most 10 times",
            cost <= 10,
        )
        yield Result(
            "weight of the front page with all it loads",
            f"{front:,} bytes",
            "100,000 bytes",
            front / 100_000,
            "under",
            front < 100_000,
        )
        del mirror


def soak(shared: Path, *, tiny: bool) -> Iterator[Result]:
    """Ten minutes of mixed questions while a register is brought in: no error, and memory that
    stays."""
    with tempfile.TemporaryDirectory() as scratch:
        location, mirror = _ledger(shared, Path(scratch), tiny=tiny)
        seconds = 0.9 if tiny else 600.0
        asked = _hosts(reading.open(location), 2_000)
        paths = [f"/api/v1/check?selector={quote(h)}" for h in asked]
        for place in range(0, len(paths), 20):
            paths[place] = (
                "/",
                "/cases",
                "/case/wechat/RU?valid_at=2017-05-08",
                "/registers",
                "/changes",
                "/api/v1/registers",
                "/feeds/all.atom",
                "/compare",
            )[place // 20 % 8]
        with serve(
            location, "--rate", "0", state=Path(scratch) / "state", own_start=True, keeps_data=True
        ) as site:
            _warm(site.port)
            stop = threading.Event()
            pool = ThreadPoolExecutor(1)
            writer = pool.submit(_ingests, Path(scratch), location, stop)
            try:
                first = load(site.port, paths, seconds=seconds / 3)
                before = _memory(site.process.pid)
                later = load(site.port, paths, seconds=seconds * 2 / 3)
                after = _memory(site.process.pid)
            finally:
                stop.set()
                ingests = writer.result()
                pool.shutdown()
        wrong = first.wrong + later.wrong
        yield Result(
            "wrong replies in a soak with an ingest running",
            f"{wrong} of {later.rate * seconds:,.0f}",
            f"{seconds / 60:.1f} minutes with {ingests} ingests",
            float(wrong),
            "none",
            wrong == 0,
        )
        yield Result(
            "memory of the server over the soak",
            f"{after:,.0f} MB",
            f"after its first third: {before:,.0f} MB",
            after / before,
            "flat: at most 1.3 times",
            after / before <= 1.3,
        )
        del mirror


def _ledger(shared: Path, scratch: Path, *, tiny: bool) -> tuple[str, Path]:
    mirror = shared / "registers" / "ru-rkn.git"
    if tiny:
        mirror = _shallow(mirror, scratch / "tiny.git", TINY)
    location = str(scratch / "ledger")
    pipeline.ingest(location, catalogue.find("ru-rkn"), str(mirror))
    return location, mirror


def _hosts(ledger: Ledger, number: int) -> list[str]:
    """Half of the register, half not, each once if there are enough."""
    chance = random.Random(20170504)
    known = sorted(
        {
            s.host
            for e in ledger.changes("ru-rkn")
            if e.change.entry
            for s in e.change.entry.selectors
            if s.host
        }
    )
    mixed = chance.sample(known, min(number // 2, len(known))) + [
        f"site-{n}.example" for n in range(number // 2)
    ]
    chance.shuffle(mixed)
    return mixed


def _warm(port: int) -> None:
    """Until the index of what stands is there: an answer from it is quick."""
    with httpx.Client(base_url=f"http://127.0.0.1:{port}", timeout=60) as client:
        for turn in range(300):
            began = time.perf_counter()
            client.get("/api/v1/check", params={"selector": f"site-{turn}.example"})
            if time.perf_counter() - began < 0.005:
                return
            time.sleep(0.1)
    raise RuntimeError("checks did not become quick: is the index of what stands built?")


def _weight(url: str) -> int:
    """Bytes of the front page and of the files that it names."""
    body = httpx.get(f"{url}/", timeout=60).content
    names = ("/static/site.css", "/static/site.js", "/static/mark.svg")
    return len(body) + sum(len(httpx.get(url + name, timeout=60).content) for name in names)


@contextmanager
def _datasette(location: str, scratch: Path) -> Iterator[int]:
    """Datasette on the keys of the register, in a table whose primary key begins with them."""
    file = scratch / "listed.db"
    with sqlite3.connect(file) as copy:
        _sqlite(reading.open(location)).backup(copy)
    copy.close()
    port = 8453
    process = subprocess.Popen(
        [
            sys.executable,
            "-m",
            "datasette",
            "serve",
            str(file),
            "--port",
            str(port),
            "--setting",
            "num_sql_threads",
            "2",
        ],
        stdout=subprocess.DEVNULL,
        stderr=subprocess.DEVNULL,
    )
    try:
        for _ in range(100):
            try:
                httpx.get(f"http://127.0.0.1:{port}/-/versions.json", timeout=5)
                break
            except httpx.HTTPError:
                time.sleep(0.1)
        yield port
    finally:
        process.terminate()
        process.wait()


def _ingests(scratch: Path, location: str, stop: threading.Event) -> int:
    """A list that is published anew every two seconds, each time with other entries, brought in by
    another process, until told to stop; how often it was."""
    file, began = scratch / "list.txt", datetime(2020, 1, 1, tzinfo=UTC)
    declared = scratch / "xx-soak.toml"
    declared.write_text(_DECLARED, encoding="utf-8")
    for turn in itertools.count():
        at = began + timedelta(hours=turn)
        hosts = "\n".join(f"soak-{n}.example" for n in range(turn % 50, turn % 50 + 300))
        file.write_text(f"# {at:%Y-%m-%dT%H:%M}\n{hosts}\n", encoding="utf-8")
        subprocess.run(
            [
                sys.executable,
                "-m",
                "gatewatch",
                "ingest",
                str(declared),
                str(file),
                "--ledger",
                location,
                "-q",
            ],
            check=True,
            capture_output=True,
            cwd=scratch,
        )
        if stop.wait(2):
            break
    return turn + 1


def _memory(pid: int) -> float:
    """Megabytes that a process holds."""
    text = Path(f"/proc/{pid}/status").read_text(encoding="ascii")
    return int(text.split("VmRSS:")[1].split()[0]) / 1024
