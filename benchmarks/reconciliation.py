"""Reconciling the whole of ru-rkn against the bare join of the same two tables in DuckDB."""

import tempfile
from collections.abc import Iterator
from datetime import UTC, datetime
from itertools import cycle
from pathlib import Path

import numpy as np
import pyarrow as pa

from benchmarks.ingest import TINY, _shallow
from benchmarks.measure import Result, seconds
from gatewatch import pipeline
from gatewatch.catalogue import registers as catalogue
from gatewatch.ledger import schema
from gatewatch.ledger.store import Store
from gatewatch.model.moment import Moment
from gatewatch.query import ledger as reading
from gatewatch.query import reconciliation as reconcile
from gatewatch.query.standings import listings_of
from gatewatch.query.targets import Targets

_FIRST = datetime(2015, 3, 1, tzinfo=UTC)
_DAYS = 80
_NETWORKS = 20


def run(shared: Path, *, tiny: bool) -> Iterator[Result]:
    """`tiny` takes the register's last few snapshots and few measurements."""
    with tempfile.TemporaryDirectory() as scratch:
        mirror = shared / "registers" / "ru-rkn.git"
        if tiny:
            mirror = _shallow(mirror, Path(scratch) / "tiny.git", TINY)
        for number in (2_000,) if tiny else (100_000, 1_000_000):
            location = str(Path(scratch) / f"ledger-{number}")
            pipeline.ingest(location, catalogue.find("ru-rkn"), str(mirror))
            measure(location, number)
            yield _whole(location, number)


def measure(location: str, number: int) -> None:
    """Judged measurements of hosts of the register and of others, some of them blocked."""
    chance = np.random.default_rng(20170504)
    ledger = reading.open(location)
    hosts = _hosts(ledger, number // 200)
    at = np.datetime64(_FIRST.replace(tzinfo=None), "us")
    seconds_of = chance.integers(0, _DAYS * 86400, number)
    host = chance.integers(0, len(hosts), number)
    began = chance.integers(-40, 120, len(hosts)) * 86400
    blocked = (seconds_of > began[host]) & (host % 3 == 0)
    uids = [f"made-{n:08}" for n in range(number)]
    store = Store(location)
    store.create(schema.MEASUREMENT_TABLES)
    now = datetime.now(UTC)
    measured = _table(
        "measurements",
        number,
        {
            "uid": uids,
            "host": np.array(hosts)[host],
            "probe_cc": ["RU"] * number,
            "probe_asn": chance.integers(1, _NETWORKS + 1, number),
            "started_at": pa.array(at + seconds_of.astype("timedelta64[s]")).cast(
                pa.timestamp("us", tz="UTC")
            ),
            "batch": ["made"] * number,
            "recorded_at": [now] * number,
        },
    )
    judged = _table(
        "verdicts",
        number,
        {
            "uid": uids,
            "part": np.zeros(number, dtype=np.int64),
            "subject": ["host"] * number,
            "about": np.array(hosts)[host],
            "state": np.where(blocked, "blocked", "ok"),
            "mechanism": [["", "tls.reset.sni"][one] or None for one in blocked.tolist()],
            "batch": ["made"] * number,
            "recorded_at": [now] * number,
        },
    )
    inputs = _table("inputs", 1, {"origin": ["made"], "batch": ["made"], "recorded_at": [now]})
    store.append("made", {"measurements": measured, "verdicts": judged}, {"inputs": inputs}, 0)


def _hosts(ledger: reading.Ledger, number: int) -> list[str]:
    """Half from the register, in the order of its entries, half on no list."""
    named: dict[str, None] = {}
    for event in ledger.changes("ru-rkn"):
        for one in event.change.entry.selectors if event.change.entry else ():
            if one.kind == "domain":
                named[one.value] = None
    half = list(named)[: number // 2]
    return half + [f"site-{n}.example" for n in range(number - len(half))]


def _table(name: str, number: int, columns: dict[str, object]) -> pa.Table:
    wanted = pa.schema(schema.arrow_schema(name))
    return pa.Table.from_arrays(
        [
            pa.array(columns[f.name], f.type) if f.name in columns else pa.nulls(number, f.type)
            for f in wanted
        ],
        schema=wanted,
    )


_JOIN = """
    SELECT l.register, l.entry, l.selector, l.came_after, l.came_by, l.went_after, l.went_by, m.host,
        m.probe_asn, m.started_at, v.state, v.mechanism
    FROM listings l FULL JOIN (measurements m JOIN verdicts v ON m.uid = v.uid)
        ON l.subject = 'domain:' || m.host
"""


def _whole(location: str, number: int) -> Result:
    """What `gatewatch reconcile -j RU` asks, of one day after another, beside a join that judges
    nothing. Episodes are found once for each state of a ledger; the first answer has to wait for
    that."""
    ledger, now = reading.open(location), datetime.now(UTC)
    listings = listings_of(ledger, Moment.parse(None, now))
    store = ledger.store
    days = cycle(range(1, 28))

    def baseline() -> None:
        store.arrow(_JOIN.replace("FROM listings", f"FROM {listings}"))

    def ours() -> int:
        day = f"2015-05-{next(days):02}"
        return len(reconcile.report(ledger, "RU", valid_at=day, as_of=now).rows)

    baseline()
    reconcile.report(
        ledger, "RU", targets=Targets(names=("a.example",)), valid_at="2015-05-01", as_of=now
    )
    first = seconds(ours)
    ours_took, baseline_took = seconds(ours, 9), seconds(baseline, 9)
    ratio = ours_took / baseline_took
    return Result(
        f"reconciling ru-rkn with {number:,} measurements",
        f"{ours():,} targets in {ours_took * 1000:,.0f} ms; the first answer, which finds the episodes, "
        f"in {first * 1000:,.0f} ms ({first / baseline_took:.1f} times)",
        f"the bare join of both tables in DuckDB: {baseline_took * 1000:,.0f} ms",
        ratio,
        "at most 3 times",
        ratio <= 3,
    )
