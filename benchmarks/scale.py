"""What scaling out costs and gives: both engines on generated measurements, of growing numbers."""

import json
import os
import platform
import tempfile
import time
from collections.abc import Callable, Iterator
from datetime import UTC, datetime, timedelta
from pathlib import Path
from typing import Any

import msgspec

from benchmarks.measure import Result
from gatewatch.catalogue.rates import Rates, StageRate
from gatewatch.engines.spark import Cluster, connect
from gatewatch.ledger import schema
from gatewatch.ledger.store import Store
from gatewatch.ledger.tallies import TallyScope, tallies
from gatewatch.pipeline import judging, measurements, spread
from gatewatch.query import spread as query

_SIZES = tuple(int(n) for n in os.environ.get("GATEWATCH_SCALE", "10000,100000").split(","))
"""10000,100000,1000000 takes an hour."""
_FILES = 8
_START = datetime(2024, 2, 1, tzinfo=UTC)
_COUNTRIES = ("RU", "CN", "IR", "US", "DE", "TR", "IN", "BR", "EG", "VN")
_TABLES = ("measurements", "observations", "verdicts", "inputs")
_CLOCK = os.sysconf("SC_CLK_TCK")
_PAGE = os.sysconf("SC_PAGE_SIZE")
_RATES = Path(__file__).parents[1] / "src" / "gatewatch" / "catalogue" / "rates.json"


def made(shared: Path, folder: Path, number: int) -> int:
    """Labelled measurements, over and over, each of another probe, network, country and hour; how
    many bytes."""
    held = [
        json.loads(file.read_bytes()) for file in sorted((shared / "ooni" / "qa").glob("*.json"))
    ]
    folder.mkdir()
    size = 0
    for part in range(_FILES):
        with (folder / f"{part}.jsonl").open("wb") as file:
            for n in range(number * part // _FILES, number * (part + 1) // _FILES):
                at = f"{_START + timedelta(minutes=n % 40_000):%Y-%m-%d %H:%M:%S}"
                one = held[n % len(held)] | {
                    "measurement_uid": f"20240201{n:012}",
                    "report_id": f"r{n % 997}",
                    "probe_cc": _COUNTRIES[n % 10],
                    "probe_asn": f"AS{1000 + n % 53}",
                    "measurement_start_time": at,
                    "test_start_time": at,
                }
                size += file.write(json.dumps(one).encode() + b"\n")
    return size


def run(shared: Path, *, tiny: bool) -> Iterator[Result]:
    """On one machine: one process, a cluster of one worker, one of two. CPU is of all processes,
    Java's among them. Rates go to the catalogue, from where `gatewatch plan` has them."""
    sizes = (60, 120) if tiny else _SIZES
    found: dict[int, dict[str, _Cost]] = {}
    with tempfile.TemporaryDirectory(dir="/var/tmp") as scratch:
        place = Path(scratch)
        for number in sizes:
            bytes_ = made(shared, place / f"in-{number}", number)
            found[number] = {"local " + k: v for k, v in _local(place, number).items()}
        started = time.perf_counter()
        with connect("local-cluster[2,1,1024]") as cluster:
            cluster.session.range(1).count()
            start = time.perf_counter() - started
            for number in sizes:
                costs = _spark(cluster, place, number, "two")
                found[number] |= {"spark " + k: v for k, v in costs.items()}
                same = all(
                    _rows(place / f"local-{number}", t) == _rows(place / f"two-{number}", t)
                    for t in _TABLES
                )
                yield Result(
                    f"rows of {number:,} measurements, both engines",
                    "equal" if same else "not equal",
                    "every row of four tables, whatever their order",
                    float(same),
                    "equal",
                    same,
                )
        last = sizes[-1]
        with connect("local-cluster[1,1,1024]") as cluster:
            # As the cluster of two was: what an executor loads once is no part of the comparison.
            spread.ingest(cluster, str(place / "warm"), str(place / f"in-{sizes[0]}"))
            one = _spark(cluster, place, sizes[0] if tiny else sizes[-2], "one")["ingest"]
        kept = sum(f.stat().st_size for f in (place / f"local-{last}").rglob("*.parquet"))
    yield from _growth(found, sizes)
    two = found[sizes[0] if tiny else sizes[-2]]["spark ingest"]
    yield Result(
        "ingest by two workers against one, wall",
        f"{two.wall:.1f} s",
        f"one worker: {one.wall:.1f} s",
        one.wall / two.wall,
        "at least 1.7 times",
        one.wall / two.wall >= 1.7,
    )
    if not tiny:
        _write(found[last], last, bytes_ / last, kept / last, start)


class _Cost(msgspec.Struct):
    wall: float
    cpu: float
    memory: int
    """The largest resident size of a process that took part, in bytes."""


def _local(place: Path, number: int) -> dict[str, _Cost]:
    source, ledger = str(place / f"in-{number}"), str(place / f"local-{number}")
    return {
        "ingest": _cost(lambda: measurements.ingest(ledger, source, processes=1)),
        "count": _cost(lambda: tallies(Store(ledger), TallyScope())),
        "judge": _cost(lambda: judging.rejudge(ledger, write=False)),
    }


def _spark(cluster: Cluster, place: Path, number: int, name: str) -> dict[str, _Cost]:
    source, ledger = str(place / f"in-{number}"), str(place / f"{name}-{number}")
    return {
        "ingest": _cost(lambda: spread.ingest(cluster, ledger, source)),
        "count": _cost(lambda: query.tallies(cluster, Store(ledger), TallyScope())),
        "judge": _cost(lambda: spread.rejudge(cluster, ledger, write=False)),
    }


def _growth(found: dict[int, dict[str, _Cost]], sizes: tuple[int, ...]) -> Iterator[Result]:
    first, last = sizes[0], sizes[-1]
    for name in found[last]:
        each = {n: found[n][name].cpu / n * 1e6 for n in sizes}
        yield Result(
            f"{name}, CPU a measurement at {last:,}",
            ", ".join(f"{n:,}: {us:,.0f} us" for n, us in each.items()),
            f"at {first:,}: {each[first]:,.0f} us",
            each[last] / each[first],
            "within 1.3 times",
            each[last] <= 1.3 * each[first],
        )
    for name in ("ingest", "count", "judge"):
        far, near = found[last][f"spark {name}"], found[last][f"local {name}"]
        yield Result(
            f"{name} of {last:,} through Spark, CPU of all processes",
            f"{far.cpu:.1f} s, {far.wall:.1f} s by the clock on two workers",
            f"one process: {near.cpu:.1f} s, {near.wall:.1f} s by the clock",
            far.cpu / near.cpu,
            "no promise: the overhead of Spark",
            True,
        )
    largest = {n: found[n]["spark ingest"].memory for n in sizes}
    yield Result(
        "memory of the largest process of a cluster",
        ", ".join(f"{n:,}: {size / 1e6:,.0f} MB" for n, size in largest.items()),
        f"at {first:,}",
        largest[last] / largest[first],
        "flat: within 1.5 times",
        largest[last] <= 1.5 * largest[first],
    )


def _rows(ledger: Path, table: str) -> list[tuple[Any, ...]]:
    """How many rows, and a sum of their digests, in which no order counts."""
    own = ", ".join(
        f'"{c}"' for c in schema.TABLES[table] if c not in {"batch", "recorded_at", "origin"}
    )
    return Store(str(ledger)).query(f"SELECT count(*), sum(hash(row({own}))::HUGEINT) FROM {table}")


def _cost(work: Callable[[], Any]) -> _Cost:
    before, wall = _tree(), time.perf_counter()
    work()
    wall, after = time.perf_counter() - wall, _tree()
    cpu = sum(ticks - before.get(pid, (0, 0))[0] for pid, (ticks, _) in after.items())
    return _Cost(wall, cpu / _CLOCK, max(size for _, size in after.values()))


def _tree() -> dict[int, tuple[int, int]]:
    """Clock ticks and resident bytes of this process and all beneath it."""
    held: dict[int, tuple[int, int, int]] = {}
    for folder in Path("/proc").iterdir():
        if folder.name.isdigit():
            try:
                told = (folder / "stat").read_text().rpartition(")")[2].split()
            except OSError:
                continue
            held[int(folder.name)] = (
                int(told[1]), int(told[11]) + int(told[12]), int(told[21]) * _PAGE,
            )  # fmt: skip
    mine, before = {os.getpid()}, 0
    while len(mine) > before:
        before = len(mine)
        mine |= {pid for pid, (parent, *_) in held.items() if parent in mine}
    return {pid: held[pid][1:] for pid in mine if pid in held}


def _write(costs: dict[str, _Cost], number: int, line: float, kept: float, start: float) -> None:
    model = next(
        (
            line.partition(":")[2].strip()
            for line in Path("/proc/cpuinfo").read_text().splitlines()
            if line.startswith("model name")
        ),
        platform.machine(),
    )
    stages = [
        StageRate(
            name,
            "measurements",
            round(number / costs[f"local {name}"].cpu, 1),
            round(number / costs[f"spark {name}"].cpu, 1),
        )
        for name in ("ingest", "count", "judge")
    ]
    rates = Rates(
        f"{datetime.now(UTC):%Y-%m-%d}, python -m benchmarks scale on {number:,} generated "
        f"measurements, {os.cpu_count()} cores of {model}",
        round(line),
        round(kept),
        round(start, 1),
        tuple(stages),
    )
    text = msgspec.json.format(msgspec.json.encode(rates), indent=1)
    _RATES.write_bytes(text + b"\n")
