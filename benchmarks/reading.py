"""Look-ups: thousands at once against SQLite, a cold start, and as of early against late."""

import random
import sqlite3
import statistics
import subprocess
import sys
import tempfile
import time
from collections.abc import Iterator
from datetime import datetime, timedelta
from pathlib import Path

import msgspec

from benchmarks.ingest import TINY, _shallow
from benchmarks.measure import Result, seconds
from gatewatch import pipeline
from gatewatch.analysis.registers import lookup
from gatewatch.catalogue import facts
from gatewatch.catalogue import registers as catalogue
from gatewatch.model import selector as selectors
from gatewatch.model.moment import Moment
from gatewatch.query import ledger as reading
from gatewatch.query.ledger import Ledger
from gatewatch.query.registers import snapshots
from gatewatch.query.resident import Resident


def run(shared: Path, *, tiny: bool) -> Iterator[Result]:
    """On a ledger of ru-rkn; `tiny` takes its last few snapshots alone."""
    with tempfile.TemporaryDirectory() as scratch:
        repository = shared / "registers" / "ru-rkn.git"
        if tiny:
            repository = _shallow(repository, Path(scratch) / "tiny.git", TINY)
        location = str(Path(scratch) / "ledger")
        pipeline.ingest(location, catalogue.find("ru-rkn"), str(repository))
        ledger = reading.open(location)
        yield from _bulk(ledger, 2_000 if tiny else 100_000)
        yield _cold(location, 1 if tiny else 15)
        yield _as_of(ledger, 3 if tiny else 25)


def _bulk(ledger: Ledger, number: int) -> Iterator[Result]:
    """One core, one selector after another, canonical form made on both sides; each name for the
    first time, then all of them again. What the table gives is every row whole, for the answer
    tells of every listing; what it meant on the day it does not know."""
    last = ledger.registers()[0].last_published
    resident = Resident(ledger, facts.load(), Moment.parse(last))
    asked = _mixed(ledger, number)
    table = _sqlite(ledger)
    networks = table.execute("SELECT count(*) FROM listed WHERE lookup GLOB 'c:*'").fetchone()[0]
    query = {
        n: f"SELECT * FROM listed WHERE lookup IN ({','.join('?' * n)})" for n in range(1, 200)
    }

    def baseline() -> None:
        execute = table.execute
        for text in asked:
            keys = [k for k, _ in lookup.probes(selectors.parse(text)) if networks or k[0] != "c"]
            execute(query[len(keys)], keys).fetchall()

    def ours() -> None:
        parsed = ((text, selectors.parse(text)) for text in asked)
        left = [t for t, one in parsed if resident.answer(t, one, sideways=False) is None]
        ledger.check(left, valid_at=last)

    first = seconds(ours, 1)
    again, baseline_took = seconds(ours, 3), seconds(baseline, 2)
    beside = f"rows of an indexed SQLite table in memory: {number / baseline_took:,.0f} a second"
    yield Result(
        "bulk check of mixed selectors, each for the first time",
        f"{number / first:,.0f} a second",
        beside,
        baseline_took / first,
        "at least a tenth",
        baseline_took / first >= 0.1,
    )
    yield Result(
        "bulk check of mixed selectors, asked again",
        f"{number / again:,.0f} a second",
        beside,
        baseline_took / again,
        "at least half",
        baseline_took / again >= 0.5,
    )


def _mixed(ledger: Ledger, number: int) -> list[str]:
    """Half listed or near to it, half not: hosts, URLs and addresses in equal parts."""
    chance = random.Random(20170504)
    known = [
        s for e in ledger.changes("ru-rkn") if e.change.entry for s in e.change.entry.selectors
    ]
    asked = []
    for _ in range(number):
        near = chance.choice(known)
        kind = chance.choice(("domain", "url", "ip"))
        if chance.random() < 0.5:
            asked.append(near.value)
        elif kind == "domain":
            asked.append(f"{chance.choice(('www', 'm', 'a.b'))}.{near.host or 'example.org'}")
        elif kind == "url":
            asked.append(f"https://{near.host or 'example.org'}/page/{chance.randrange(1000)}.html")
        else:
            asked.append(".".join(str(chance.randrange(1, 255)) for _ in range(4)))
    return asked


def _sqlite(ledger: Ledger) -> sqlite3.Connection:
    table = sqlite3.connect(":memory:")
    table.execute(
        "CREATE TABLE listed (lookup TEXT, register TEXT, entry TEXT, told TEXT, PRIMARY KEY (lookup, register, entry)) WITHOUT ROWID"
    )
    rows = {
        (key, e.register, e.change.entry_id): msgspec.json.encode(e.change.entry).decode()
        for e in ledger.changes("ru-rkn")
        if e.change.entry
        for s in e.change.entry.selectors
        for key in lookup.stored(s)
    }
    told = ((*key, text) for key, text in sorted(rows.items()))
    table.executemany("INSERT INTO listed VALUES (?, ?, ?, ?)", told)
    table.commit()
    return table


def _cold(location: str, times: int) -> Result:
    """Whole processes, in turn, so that both meet the same machine."""
    check = [
        sys.executable,
        "-m",
        "gatewatch",
        "check",
        "github.com",
        "--ledger",
        location,
        "--valid-at",
        "2015-05-20",
    ]
    bare = [sys.executable, "-c", "import duckdb, deltalake"]
    ours, baseline = [], []
    for _ in range(times):
        ours.append(seconds(lambda: subprocess.run(check, capture_output=True, check=False)))
        baseline.append(seconds(lambda: subprocess.run(bare, check=True)))
    a, b = statistics.median(ours), statistics.median(baseline)
    return Result(
        "a cold gatewatch check",
        f"{a * 1000:.0f} ms",
        f"import duckdb, deltalake: {b * 1000:.0f} ms",
        a / b,
        "at most 1.6 times",
        a / b <= 1.6,
    )


def _as_of(ledger: Ledger, times: int) -> Result:
    """The same question as of an early and a late snapshot, nothing remembered between."""
    held = snapshots(ledger, "ru-rkn", Moment.parse())
    early, late = held[len(held) // 10].published_at, held[-1].published_at

    def median(as_of: datetime) -> float:
        taken = []
        for turn in range(times):
            at = as_of + timedelta(microseconds=turn)
            start = time.perf_counter()
            ledger.check("github.com", valid_at=at, as_of=at)
            taken.append(time.perf_counter() - start)
        return statistics.median(taken)

    median(late)
    a, b = median(early), median(late)
    ratio = max(a, b) / min(a, b)
    return Result(
        "a look-up as of snapshot 500 and 5,000",
        f"{a * 1000:.1f} ms",
        f"{b * 1000:.1f} ms",
        ratio,
        "within 1.5 times",
        ratio <= 1.5,
    )
