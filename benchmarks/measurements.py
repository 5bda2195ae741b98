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
from gatewatch.analysis.network.observe import observe
from gatewatch.analysis.network.tools import PROJECT, tools
from gatewatch.engines.local import map_batches
from gatewatch.pipeline.measure import (
    _NO_STEPS,
    _measurements,
    _observations,
    _without_collector,
    convert,
)
from gatewatch.pipeline.measurements import BATCH_LINES
from gatewatch.sources.measurements.lines import Line
from gatewatch.sources.measurements.ooni import decode

_AT_ONCE = 500
_VENV = Path(__file__).parents[1] / ".venv-oonidata"
_OWN = os.environ.get("OONIPIPELINE_PYTHON")
"""An interpreter that imports OONI's pipeline of today (github.com/ooni/data, oonipipeline), which
is on no package index."""
_TABLES = """
import json, sys, time, types
from orjson import loads
network = None
tables = types.SimpleNamespace(
    lookup_asn=lambda *_: network, lookup_ip=lambda *_: IPInfo(network, "XX"))
"""
_TIMED = """
lines = open(sys.argv[1], "rb").read().splitlines()
for parse in (loads, json.loads):
    best = 1e9
    for _ in range(3):
        start = time.process_time()
        for line in lines:
            to_rows(parse(line))
        best = min(best, time.process_time() - start)
    print(best)
"""
_TODAY = f"""{_TABLES}
from oonidata.dataclient import load_measurement
from oonipipeline.db.connections import ClickhouseConnection
from oonipipeline.netinfo import ASInfo, IPInfo
from oonipipeline.transforms.observations import measurement_to_observations
network, rows = ASInfo(64500, "made", "XX", "made"), types.SimpleNamespace()
def to_rows(found):
    measurement = load_measurement(found)
    for made in measurement_to_observations(
        msmt=measurement, netinfodb=tables, bucket_date="2024-02-12"):
        ClickhouseConnection._consume_rows(rows, made)
{_TIMED}"""
"""From JSON to the rows that it inserts. Its tables of networks are not there, so that it is spared
the look-ups."""
_RELEASED = f"""{_TABLES}
sys.path.insert(0, sys.argv[2])
sys.modules["maxminddb"] = types.ModuleType("maxminddb")
from oonidata.fingerprintdb import FingerprintDB
from oonidata.netinfo import ASInfo, IPInfo
from oonidata.processing import process_msmt_dict
network, rows = ASInfo(64500, "made", "XX", "made"), types.SimpleNamespace(write_row=lambda *_: 0)
marks = FingerprintDB.__new__(FingerprintDB)
marks.dns_fp = marks.http_fp = {{}}
def to_rows(found):
    process_msmt_dict(found, rows, tables, marks)
{_TIMED}"""
"""The same by oonidata 0.2.3, the last release on the package index that makes observations. It is
spared the search for fingerprints too, which it makes one by one."""
_REAL = "explorer__measurement_meta__measurement_uid-20230307142542.625294_US_webconnectivity*"


def run(shared: Path, *, tiny: bool) -> Iterator[Result]:
    """On the labelled scenarios, repeated, and on real Web Connectivity."""
    small = _scenarios(shared, 260 if tiny else 5_000)
    real = _real(shared, 20 if tiny else _AT_ONCE)
    for what, lines in (("scenarios", small), ("real Web Connectivity", real)):
        yield _parsing(what, lines)
        some = lines[:500]
        for name, theirs in _pipelines(tiny=tiny):
            yield from _beside_pipeline(what, some, name, theirs)
    yield from _two_cores(small, 1 if tiny else 12)
    yield _memory(small)


def _scenarios(shared: Path, number: int) -> list[bytes]:
    """The scenarios on a line each with a uid of their own, as published ones have."""
    files = sorted((shared / "ooni" / "qa").glob("*.json"))
    held = [json.loads(file.read_bytes()) for file in files]
    return [
        json.dumps(
            {"measurement_uid": f"20240212203347.{n:06}", "annotations": {}, **held[n % len(held)]}
        ).encode()
        for n in range(number)
    ]


def _real(shared: Path, number: int) -> list[bytes]:
    (file,) = (shared / "ooni" / "raw").glob(_REAL)
    held = json.loads(file.read_bytes())
    return [
        json.dumps({**held, "measurement_uid": f"20230307142542.{n:06}"}).encode()
        for n in range(number)
    ]


def _batches(lines: list[bytes], size: int = _AT_ONCE) -> list[list[Line]]:
    return [[Line(line) for line in lines[n : n + size]] for n in range(0, len(lines), size)]


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


def _pipelines(*, tiny: bool) -> Iterator[tuple[str, list[str]]]:
    """OONI's own ways from lines to rows that are to be had here, as commands that take a file."""
    if _OWN:
        yield "oonipipeline of today", [_OWN, "-c", _TODAY]
    released = _VENV / "observations"
    python = str(_VENV / "bin" / "python")
    if released.exists():
        yield "oonidata 0.2.3, the last released with it", [python, "-c", _RELEASED, str(released)]
    elif not tiny:
        raise SystemExit(f"{released} is missing: make bench builds it")


def _beside_pipeline(
    what: str, lines: list[bytes], name: str, theirs: list[str]
) -> Iterator[Result]:
    """CPU seconds of one process each, since others run beside: the same work, then ours with its
    verdicts too. Lines are parsed by what OONI's own reader uses, orjson; the standard library's
    parser is told beside it."""
    batches = _batches(lines)
    command, folder = theirs[:3], theirs[3:]
    with tempfile.NamedTemporaryFile(suffix=".jsonl") as file:
        file.write(b"\n".join(lines))
        file.flush()
        done = subprocess.run(
            [*command, file.name, *folder], capture_output=True, text=True, check=True
        )
    own, standard = (len(lines) / float(took) for took in done.stdout.split()[-2:])
    for work, convert_all, promised in (
        ("observations", _observed, 8.0),
        ("observations and verdicts", convert, None),
    ):
        _all(convert_all, batches)
        ours = len(lines) / min(_cpu(convert_all, batches) for _ in range(5))
        yield Result(
            f"{what} to {work}, against OONI's pipeline",
            f"{ours:,.0f} a CPU second",
            f"{name}, to rows, no verdicts: {own:,.0f} (parsed by the standard library:"
            f" {standard:,.0f})",
            ours / own,
            f"at least {promised:g} times the rate" if promised else "no promise: it makes none",
            promised is None or ours / own >= promised,
        )


def _observed(lines: list[Line]) -> None:
    """What OONI's pipeline does: each measurement and its steps as rows, without judging."""
    matcher, _ = tools(PROJECT)
    with _without_collector():
        seen = []
        for line in lines:
            measurement = decode(line.data, line.uid)
            seen.append(observe(measurement, matcher))
            measurement.steps = _NO_STEPS
        _measurements(seen)
        _observations(seen)
        del seen


def _cpu(function: Callable[[list[Line]], object], batches: list[list[Line]]) -> float:
    start = time.process_time()
    _all(function, batches)
    return time.process_time() - start


def _ready() -> None:
    convert([])


def cores(shared: Path, *, tiny: bool) -> Iterator[Result]:
    """Two cores beside one, and beside the most that this machine gives two of anybody's."""
    yield from _two_cores(_scenarios(shared, 260 if tiny else 5_000), 1 if tiny else 12)


def _two_cores(lines: list[bytes], times: int) -> Iterator[Result]:
    """Through the engine, in batches as an ingest makes them, the lines so many times over; workers
    are started and warm before the clock.

    Two cores of one chip share its caches, its memory and its clock rate, so that two programs
    which know nothing of each other do not get twice as much done as one. What they get is measured
    beside: two processes that convert the same batches of their own, at once. The three take turns,
    and the shortest of five runs counts for each.
    """
    batches = _batches(lines, BATCH_LINES) * times
    rounds = [(_through(batches, 1), _through(batches, 2), _apart(batches)) for _ in range(5)]
    one, two, apart = map(min, zip(*rounds, strict=True))
    number = len(lines) * times
    yield Result(
        "two cores",
        f"{number / two:,.0f} a second",
        f"one core: {number / one:,.0f} a second",
        one / two,
        "at least 1.8 times",
        one / two >= 1.8,
    )
    yield Result(
        "two cores, beside two processes that share nothing",
        f"{one / two:.2f} times one core",
        f"each with the same lines to itself, at once: {2 * one / apart:.2f} times",
        apart / (2 * two),
        "at least 0.95 of what the machine gives",
        apart / (2 * two) >= 0.95,
    )


def _through(batches: list[list[Line]], processes: int) -> float:
    results = map_batches(convert, [batches[0]] * processes * 2 + batches, processes, _ready)
    for _ in range(processes * 2):
        next(results)
    start = time.perf_counter()
    for _ in results:
        pass
    return time.perf_counter() - start


def _alone(batches: list[list[Line]], times: int, ready: Any, took: Any) -> None:
    held = batches * times
    convert(held[0])
    ready.wait()
    start = time.perf_counter()
    _all(convert, held)
    took.put(time.perf_counter() - start)


def _apart(batches: list[list[Line]]) -> float:
    """How long the slower one of two processes takes that each convert all batches."""
    context = multiprocessing.get_context("spawn")
    ready, took = context.Barrier(2), context.Queue()
    once = list({id(batch): batch for batch in batches}.values())
    work = (once, len(batches) // len(once), ready, took)
    both = [context.Process(target=_alone, args=work) for _ in range(2)]
    for one in both:
        one.start()
    found: list[float] = [took.get() for _ in both]
    for one in both:
        one.join()
    return max(found)


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
