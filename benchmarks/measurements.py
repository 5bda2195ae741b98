"""Measurements: a JSON line to observations and a verdict in Arrow, against parsing it alone."""

import json
import multiprocessing
import os
import resource
import subprocess
import tempfile
import time
from collections.abc import Callable, Iterable, Iterator
from pathlib import Path
from typing import Any

from benchmarks.measure import Result, seconds
from gatewatch.engines.local import map_batches
from gatewatch.pipeline.measure import convert
from gatewatch.sources.measurements.lines import Line

_AT_ONCE = 500
_OONIDATA = Path(__file__).parents[1] / ".venv-oonidata" / "bin" / "python"
_LOADS = """
import json, sys, time
from oonidata.models.nettests import NETTEST_MODELS
lines, best = open(sys.argv[1], "rb").read().splitlines(), 1e9
for _ in range(3):
    start = time.perf_counter()
    for line in lines:
        raw = json.loads(line)
        NETTEST_MODELS[raw["test_name"]].from_dict(raw)
    best = min(best, time.perf_counter() - start)
print(best)
"""
_PIPELINE = os.environ.get("OONIPIPELINE_PYTHON")
"""An interpreter that imports OONI's own pipeline (github.com/ooni/data, oonipipeline), which is
on no package index."""
_TO_ROWS = """
import json, sys, time, types
from oonidata.dataclient import load_measurement
from oonipipeline.db.connections import ClickhouseConnection
from oonipipeline.netinfo import ASInfo, IPInfo
from oonipipeline.transforms.observations import measurement_to_observations
lines, best = open(sys.argv[1], "rb").read().splitlines(), 1e9
network = ASInfo(64500, "made", "XX", "made")
tables = types.SimpleNamespace(
    lookup_asn=lambda *_: network, lookup_ip=lambda *_: IPInfo(network, "XX"))
rows = types.SimpleNamespace()
for _ in range(3):
    start = time.process_time()
    for line in lines:
        measurement = load_measurement(json.loads(line))
        for found in measurement_to_observations(
            msmt=measurement, netinfodb=tables, bucket_date="2024-02-12"):
            ClickhouseConnection._consume_rows(rows, found)
    best = min(best, time.process_time() - start)
print(best)
"""
"""From JSON to the rows that it inserts. Its tables of networks are not there, so that it is
spared the look-ups."""
_REAL = "explorer__measurement_meta__measurement_uid-20230307142542.625294_US_webconnectivity*"


def run(shared: Path, *, tiny: bool) -> Iterator[Result]:
    """On the labelled scenarios, repeated, and on real Web Connectivity."""
    small = _scenarios(shared, 260 if tiny else 5_000)
    real = _real(shared, 20 if tiny else 600)
    yield _parsing("scenarios", small)
    yield _parsing("real Web Connectivity", real)
    if _PIPELINE:
        yield _beside_pipeline("scenarios", small[: max(100, len(small) // 10)], _PIPELINE)
        yield _beside_pipeline("real Web Connectivity", real[:60], _PIPELINE)
    if _OONIDATA.exists():
        yield _loading("scenarios", small[: max(100, len(small) // 10)])
    elif not tiny:
        raise SystemExit(f"{_OONIDATA.parents[1]} is missing: make bench builds it")
    yield _two_cores(small * (1 if tiny else 4))
    yield _memory(small)


def _scenarios(shared: Path, number: int) -> list[bytes]:
    """The scenarios on a line each with a uid of their own, as published ones have."""
    files = sorted((shared / "ooni" / "qa").glob("*.json"))
    held = [json.loads(file.read_bytes()) for file in files]
    return [
        json.dumps({"measurement_uid": f"20240212203347.{n:06}", **held[n % len(held)]}).encode()
        for n in range(number)
    ]


def _real(shared: Path, number: int) -> list[bytes]:
    (file,) = (shared / "ooni" / "raw").glob(_REAL)
    held = json.loads(file.read_bytes())
    return [
        json.dumps({**held, "measurement_uid": f"20230307142542.{n:06}"}).encode()
        for n in range(number)
    ]


def _batches(lines: list[bytes]) -> list[list[Line]]:
    return [
        [Line(line) for line in lines[n : n + _AT_ONCE]] for n in range(0, len(lines), _AT_ONCE)
    ]


def _all(function: Callable[[Any], object], items: Iterable[object]) -> None:
    """Call a function on each item and keep nothing, as a stream would."""
    for item in items:
        function(item)


def _parsing(what: str, lines: list[bytes]) -> Result:
    """One core, both in this process, the shortest of three runs."""
    import orjson

    batches = _batches(lines)
    convert(batches[0])
    ours = seconds(lambda: _all(convert, batches), 3)
    alone = seconds(lambda: _all(orjson.loads, lines), 3)
    size = sum(map(len, lines)) / len(lines) / 1000
    return Result(
        f"{what} to observations and verdicts in Arrow",
        f"{len(lines) / ours:,.0f} a second, {size:.1f} kB each",
        f"orjson parsing the same lines and nothing else: {len(lines) / alone:,.0f} a second",
        alone / ours,
        "no promise: how far from the floor",
        True,
    )


def _beside_pipeline(what: str, lines: list[bytes], python: str) -> Result:
    """CPU seconds of one process each, since others run beside."""
    batches = _batches(lines)
    _all(convert, batches)
    ours = min(_cpu(batches) for _ in range(3))
    with tempfile.NamedTemporaryFile(suffix=".jsonl") as file:
        file.write(b"\n".join(lines))
        file.flush()
        done = subprocess.run(
            [python, "-c", _TO_ROWS, file.name], capture_output=True, text=True, check=True
        )
    theirs = float(done.stdout.split()[-1])
    return Result(
        f"{what} to observations and verdicts, against OONI's pipeline",
        f"{len(lines) / ours:,.0f} a CPU second",
        f"oonipipeline from the same lines to rows, no verdicts: {len(lines) / theirs:,.0f}",
        theirs / ours,
        "at least 8 times the rate",
        theirs / ours >= 8,
    )


def _cpu(batches: list[list[Line]]) -> float:
    start = time.process_time()
    _all(convert, batches)
    return time.process_time() - start


def _loading(what: str, lines: list[bytes]) -> Result:
    """oonidata wants an older lxml than we do, so it lives in an environment of its own."""
    batches = _batches(lines)
    ours = seconds(lambda: _all(convert, batches), 3)
    with tempfile.NamedTemporaryFile(suffix=".jsonl") as file:
        file.write(b"\n".join(lines))
        file.flush()
        done = subprocess.run(
            [str(_OONIDATA), "-c", _LOADS, file.name], capture_output=True, text=True, check=True
        )
    loads = float(done.stdout)
    return Result(
        f"{what} against the models of oonidata",
        f"{len(lines) / ours:,.0f} a second",
        f"oonidata loading its models from the same lines: {len(lines) / loads:,.0f} a second",
        loads / ours,
        "at least 1.5 times the rate",
        loads / ours >= 1.5,
    )


def _ready() -> None:
    convert([])


def _two_cores(lines: list[bytes]) -> Result:
    """Through the engine; workers are started and warm before the clock. One and two take turns,
    and the shortest of three runs counts for each."""
    batches = _batches(lines)

    def through(processes: int) -> float:
        results = map_batches(convert, [batches[0]] * processes * 2 + batches, processes, _ready)
        for _ in range(processes * 2):
            next(results)
        start = time.perf_counter()
        for _ in results:
            pass
        return time.perf_counter() - start

    one, two = map(min, zip(*((through(1), through(2)) for _ in range(3)), strict=True))
    return Result(
        "two cores",
        f"{len(lines) / two:,.0f} a second",
        f"one core: {len(lines) / one:,.0f} a second",
        one / two,
        "at least 1.8 times",
        one / two >= 1.8,
    )


def _peak(lines: list[bytes], times: int, answer: "multiprocessing.Queue[int]") -> None:
    for _ in range(times):
        for batch in _batches(lines):
            convert(batch)
    answer.put(resource.getrusage(resource.RUSAGE_SELF).ru_maxrss)


def _memory(lines: list[bytes]) -> Result:
    """Peak of a process that converts the lines once, and of one that does so ten times."""
    context = multiprocessing.get_context("spawn")

    def peak(times: int) -> int:
        answer: multiprocessing.Queue[int] = context.Queue()
        process = context.Process(target=_peak, args=(lines, times, answer))
        process.start()
        found = answer.get()
        process.join()
        return found

    once, ten = peak(1), peak(10)
    return Result(
        "memory with ten times the lines",
        f"{ten / 1024:,.0f} MB",
        f"once: {once / 1024:,.0f} MB",
        ten / once,
        "flat: within 1.15 times",
        ten / once <= 1.15,
    )
