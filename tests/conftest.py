"""What every test can use: where real data lies, and ledgers filled from it once a session."""

import gc
import os
import shutil
import subprocess
import tempfile
from collections.abc import Callable, Generator, Iterator
from contextlib import suppress
from functools import cache
from importlib.resources import files
from itertools import islice
from pathlib import Path
from typing import Any

import pytest
from hypothesis import HealthCheck, settings
from playwright.sync_api import Browser, sync_playwright
from tests.mirrored import SAMPLED, SMALL, sampled
from tests.needed import lacking, program, summary
from tests.prebuilt import Prebuilt, shared_by_workers
from tests.warm import Warm, kept

import gatewatch
from gatewatch import pipeline
from gatewatch.analysis.network.tools import JudgingSettings
from gatewatch.catalogue import registers as catalogue
from gatewatch.pipeline import demo_data, measurements

DEMO = Path(str(files("gatewatch.catalogue") / "demo"))


def _in_memory() -> None:
    """What tests write lies in memory where the machine has room for it: they make thousands of
    small ledgers, each file of which is synced and soon taken away."""
    room = Path("/dev/shm")
    if "TMPDIR" in os.environ or not os.access(room, os.W_OK):
        return
    if shutil.disk_usage(room).free > _ROOM and _free_memory() > 2 * _ROOM:
        os.environ["TMPDIR"], tempfile.tempdir = str(room), None


def _free_memory() -> int:
    for line in Path("/proc/meminfo").read_text(encoding="ascii").splitlines():
        if line.startswith("MemAvailable:"):
            return int(line.split()[1]) * 1024
    return 0


_ROOM = 6_000_000_000
_in_memory()

# The same examples in every run, so that a change alone makes a test fail: `make search` draws
# others.
settings.register_profile(
    "gatewatch",
    deadline=None,
    max_examples=40,
    derandomize=True,
    suppress_health_check=[HealthCheck.too_slow],
    print_blob=True,
)
settings.register_profile("search", settings.get_profile("gatewatch"), derandomize=False)
settings.load_profile("gatewatch")

_started: list["subprocess.Popen[bytes]"] = []
_start: Any = subprocess.Popen.__init__


def _noted(process: Any, *words: Any, **options: Any) -> None:
    _start(process, *words, **options)
    _started.append(process)


subprocess.Popen.__init__ = _noted  # type: ignore[method-assign,assignment]


@pytest.hookimpl(wrapper=True)
def pytest_runtest_call() -> Generator[None, object, object]:
    """A test that fails ends the processes that it began and shuts their pipes. Left to the
    garbage, they would fail another test, long after and far from the cause."""
    _started.clear()
    try:
        return (yield)
    except BaseException:
        for process in _started:
            process.kill()
            for pipe in filter(None, (process.stdin, process.stdout, process.stderr)):
                with suppress(OSError):  # what was waiting to be written to a process that is gone
                    pipe.close()
            process.wait()
        raise
    finally:
        _started.clear()


_LONGEST = (
    "tests/engines/test_spark.py",
    "tests/site/test_fuzz.py",
    "tests/test_one_truth.py",
    "tests/test_laws_of_faces.py",
    "tests/probe/test_lab.py",
    "tests/test_registers_told_alike.py",
    "tests/test_more_truths.py",
    "tests/test_whole_register.py",
    "tests/test_truths.py",
    "tests/cli/test_terminal.py",
    "tests/test_reliability.py",
    "tests/test_benchmarks.py",
    "tests/pipeline/test_inbox.py",
    "tests/test_laws.py",
    "tests/exports/test_exporting.py",
    "tests/site/test_pages.py",
    "tests/test_docs.py",
)
"""Files with the tests that take longest, these first."""


def pytest_xdist_auto_num_workers() -> int:
    """One more than there are cores: tests wait for servers, browsers, disks and other processes,
    and a core stands idle meanwhile unless another test is there."""
    return len(os.sched_getaffinity(0)) + 1


@pytest.hookimpl(wrapper=True)
def pytest_collection() -> Generator[None, object, object]:
    """What is collected lives as long as the run, so that the collector of garbage need not walk
    over it: it would, thousands of times, for a seventh of all that tests take."""
    gc.disable()
    try:
        return (yield)
    finally:
        gc.collect()
        gc.freeze()
        gc.enable()


def pytest_addoption(parser: pytest.Parser) -> None:
    parser.addoption(
        "--whole",
        action="store_true",
        help="prove wide matrices whole, not the sample of every run",
    )


def pytest_collection_modifyitems(config: pytest.Config, items: list[pytest.Item]) -> None:
    """What takes long begins early, on every worker. Each gets a like share of the tests in their
    order, and later takes over from the end of another's: so each share begins with files of
    `_LONGEST`, and none is left alone with a long test at the end."""
    if not config.getoption("whole"):
        left_out = {item for item in items if item.get_closest_marker("whole")}
        config.hook.pytest_deselected(items=list(left_out))
        items[:] = [item for item in items if item not in left_out]
    shares = _shares(items, int(os.environ.get("PYTEST_XDIST_WORKER_COUNT", "1")))
    items[:] = [item for share in shares for item in share]


def _shares(items: list[pytest.Item], count: int) -> list[list[pytest.Item]]:
    places = {name: place for place, name in enumerate(_LONGEST)}
    long: dict[str, list[pytest.Item]] = {name: [] for name in _LONGEST}
    short: list[pytest.Item] = []
    for item in items:
        file = item.nodeid.partition("::")[0]
        (long[file] if file in places else short).append(item)
    shares: list[list[pytest.Item]] = [[] for _ in range(count)]
    for place, file in enumerate(_LONGEST):
        shares[place % count] += long[file]
    left = iter(short)
    for place, share in enumerate(shares):
        # As the tests are dealt out: those that divide by none are the last ones'.
        size = (len(items) - sum(map(len, shares[:place]))) // (count - place)
        share.extend(islice(left, max(size - len(share), 0)))
    shares[-1] += left
    return shares


def pytest_unconfigure(config: pytest.Config) -> None:
    """The last line of a run says which proofs did not run, and what they lack."""
    reporter = config.pluginmanager.get_plugin("terminalreporter")
    skipped = reporter.stats.get("skipped", []) if reporter else []
    reasons = [str(one.longrepr[2]) for one in skipped if isinstance(one.longrepr, tuple)]
    if told := summary(reasons):
        print(told)


@pytest.fixture(scope="session")
def shared() -> Path:
    """The folder of real data. Missing, a test skips here and fails in CI."""
    folder = Path(os.environ.get("GATEWATCH_SHARED", Path(__file__).parents[2] / "shared"))
    if not (folder / "registers").is_dir():
        lacking("real registers", f"GATEWATCH_SHARED names their folder, not {folder}")
    return folder


@pytest.fixture(scope="session")
def registers(shared: Path) -> Path:
    """Real registers, as bare git repositories."""
    return shared / "registers"


@pytest.fixture(scope="session")
def prebuilt(tmp_path_factory: pytest.TempPathFactory) -> Prebuilt:
    """Folders that many tests begin with, built once for all workers of a run."""
    return shared_by_workers(tmp_path_factory)


@pytest.fixture(scope="session")
def warm() -> Warm:
    """A process that forks for each command, for tests that run many as a shell does."""
    return kept()


CHROMIUM_ARGUMENTS = (
    "--no-sandbox",
    "--disable-gpu",
    "--disable-background-networking",
    "--disable-component-update",
    "--disable-sync",
)


@pytest.fixture(scope="module")
def browser() -> Iterator[Browser]:
    """The system's Chromium, best the one without windows. While it is there its loop runs in this
    thread, in which neither a second one nor `asyncio.run` could run: it ends with its module."""
    names = ("chromium-headless-shell", "chromium", "chromium-browser", "google-chrome")
    path = program(*names)
    with sync_playwright() as playwright:
        opened = playwright.chromium.launch(executable_path=path, args=CHROMIUM_ARGUMENTS)
        yield opened
        opened.close()


def ingest_demo(location: Path) -> None:
    """A ledger of the shipped demo register."""
    declared = catalogue.read(DEMO / "ru-demo.toml")
    pipeline.ingest(str(location), declared, str(DEMO / "prohibited-2017"))


@pytest.fixture
def demo_ledger(tmp_path: Path, prebuilt: Prebuilt) -> str:
    """A ledger of the shipped demo register, the test's own."""
    return str(prebuilt.copied("demo-register", ingest_demo, tmp_path / "ledger"))


def fill_demo(location: Path) -> None:
    """A ledger of the shipped demo register, with the measurements and reports made for it."""
    ingest_demo(location)
    lines = demo_data.write(location.parent / "made.jsonl")
    measurements.ingest(str(location), str(lines), JudgingSettings(), processes=1)
    demo_data.report(str(location))


@pytest.fixture(scope="session")
def demo_filled(prebuilt: Prebuilt) -> str:
    """The demo's ledger with all five lanes, for tests that only read."""
    return str(prebuilt.once("demo-filled", fill_demo))


@pytest.fixture(scope="session")
def place(registers: Path, prebuilt: Prebuilt) -> Callable[[str], Path]:
    """Where the ledger of a mirror is, built once for all workers of a run."""

    def built(mirror: str) -> Path:
        declared = catalogue.find(SMALL.get(mirror, mirror))
        source = registers / f"{mirror}.git"

        def build(folder: Path) -> None:
            part = (
                sampled(registers, mirror, folder.parent / "git") if mirror in SAMPLED else source
            )
            pipeline.ingest(str(folder), declared, str(part))

        return prebuilt.once(mirror, build)

    return built


@pytest.fixture(scope="session")
def held(place: Callable[[str], Path]) -> Callable[[str], gatewatch.Ledger]:
    """The ledger of a mirror, opened once a worker."""
    return cache(lambda mirror: gatewatch.open(str(place(mirror))))
