"""A worker's memory has a ceiling: no stranger can make it grow by asking."""

import itertools
import subprocess
import sys
from pathlib import Path

import httpx
from tests.prebuilt import Prebuilt
from tests.site.served import serve

from gatewatch import pipeline
from gatewatch.catalogue import registers as catalogue
from gatewatch.site.memory import give_back, modest

CEILING = 300
"""Megabytes of a worker on the register below, which takes 256, and took 347 before it gave back
what queries leave. Of the whole of ru-rkn: docs/security.md."""
_DECLARED = """id = "xx-large"
jurisdiction = "UA"
authority = "A test"
title = "A long list"
publisher = "tests"
licence = "none"
format = "declared"
time_zone = "UTC"
cadence = "1d"
silence = "4000d"
default_path = "list.txt"
[declared]
layout = "hosts"
"""


def _large(folder: Path) -> None:
    """A register of 6,000 entries with 12,000 events."""
    states = folder.parent / "states"
    states.mkdir()
    for month, start in ((1, 0), (2, 3_000)):
        hosts = (f"listed-{n:06}.example" for n in range(start, start + 6_000))
        (states / f"2026-{month:02}-01.txt").write_text("\n".join(hosts), encoding="utf-8")
    declared = folder.parent / "xx-large.toml"
    declared.write_text(_DECLARED, encoding="utf-8")
    pipeline.ingest(str(folder), catalogue.read(declared), str(states))


def test_distinct_questions_leave_a_worker_under_its_ceiling(
    prebuilt: Prebuilt, tmp_path: Path
) -> None:
    """Each asks at another time, so that nothing kept can answer it, for pages as long as may be.
    The same over the whole of ru-rkn: `python -m benchmarks strangers`."""
    location = prebuilt.once("large-register", _large)
    paths = (
        "/api/v1/changes?limit=1000&as_of=",
        "/api/v1/registers/xx-large/entries?limit=1000&as_of=",
        "/changes?day=2026-02-01&as_of=",
        "/?as_of=",
        "/api/v1/reconcile?jurisdiction=UA&as_of=",
    )
    with (
        serve(str(location), "--rate", "0", state=tmp_path, own_start=True) as site,
        httpx.Client(base_url=site.url, timeout=120) as client,
    ):
        most = 0
        for number, path in zip(range(30), itertools.cycle(paths)):
            reply = client.get(f"{path}2026-03-01T00:00:00.{number:06}Z")
            assert reply.status_code == 200
            status = Path(f"/proc/{site.process.pid}/status").read_text(encoding="ascii")
            most = max(most, int(status.split("VmRSS:")[1].split()[0]) // 1024)
        assert most < CEILING


def test_the_allocator_is_told_where_there_is_one_that_hears() -> None:
    assert modest() == (sys.platform == "linux")
    assert give_back() in {True, False}


def test_a_worker_does_without_pandas() -> None:
    """Arrow loads it to look at a list, wherever it is installed."""
    asks = (
        "import importlib.util, sys; assert importlib.util.find_spec('pandas');"
        "from gatewatch.site.memory import modest; modest();"
        "import duckdb, pyarrow; rows = pyarrow.table({'n': [1]});"
        "assert duckdb.from_arrow(rows).fetchall() == [(1,)];"
        "sys.exit('pandas' in sys.modules)"
    )
    assert subprocess.run([sys.executable, "-c", asks], check=False).returncode == 0
