"""What a site reads of a watch beside it."""

import subprocess
import sys
from datetime import UTC, datetime
from pathlib import Path

import msgspec

from gatewatch.pipeline.visits import FILE, Visit, checked

AT, LATER = datetime(2026, 3, 1, tzinfo=UTC), datetime(2026, 3, 2, tzinfo=UTC)
LOADED = """
import sys
import gatewatch.cli.commands.serve
from gatewatch.exports import keeping
from gatewatch.pipeline import inbox, tokens, visits
from gatewatch.pipeline.following import followers
from gatewatch.site import app, serving, writing
print(*({"pyarrow", "numpy", "pandas", "hyperscan", "lxml"} & set(sys.modules)))
"""


def test_the_latest_look_at_any_source_of_a_register_counts(tmp_path: Path) -> None:
    seen = {
        "a": Visit(register="xx", checked_at=LATER),
        "b": Visit(register="xx", checked_at=AT),
        "c": Visit(register="yy", failures=2, error="it is away"),
    }
    (tmp_path / FILE).write_bytes(msgspec.json.encode(seen))
    assert checked(tmp_path) == {"xx": LATER}


def test_without_a_watch_or_with_a_broken_file_nothing_was_looked_at(tmp_path: Path) -> None:
    assert checked(tmp_path) == {}
    (tmp_path / FILE).write_text("{", encoding="utf-8")
    assert checked(tmp_path) == {}


def test_a_worker_of_the_site_loads_nothing_that_reads_measurements_in() -> None:
    """That would be a quarter of what an idle worker keeps in memory."""
    told = subprocess.run(
        [sys.executable, "-c", LOADED], check=True, capture_output=True, text=True, timeout=60
    )
    assert told.stdout.split() == []
