"""What an ingest is told to cost, from a listing and from rates."""

import gzip
from pathlib import Path

import msgspec
import pytest

from gatewatch.catalogue.rates import Rates, StageRate, load
from gatewatch.errors import CatalogueError
from gatewatch.pipeline.plan import plan

RATES = Rates(
    "made", 1_000, 100, 36, (StageRate("ingest", "measurements", 100, 50), StageRate("judge", "measurements", 1e9, 1e9))
)  # fmt: skip


def test_a_plan_is_reckoned_from_rates(tmp_path: Path) -> None:
    """Ten times the cores take a tenth, and never less than the largest task; Spark its start."""
    (tmp_path / "a.jsonl").write_bytes((b'{"a": "' + b"x" * 990 + b'"}\n') * 7_200)
    told = plan("no/ledger", str(tmp_path), RATES, cores=2, share=1_000_000, spark=False)
    assert (told.inputs, told.tasks, told.uncut) == (1, 8, 0)
    assert told.measurements == pytest.approx(7_200, rel=0.01)
    first, last = told.stages
    assert first.core_hours == pytest.approx(0.02, rel=0.01)
    assert first.hours == pytest.approx(0.01, rel=0.01)
    assert first.cost is None
    assert last.hours < 1e-6
    wide = plan(
        "no/ledger", str(tmp_path), RATES, cores=1_000, share=1_000_000, spark=True, price=2
    )
    assert wide.stages[0].hours == pytest.approx(0.005 + 0.01, rel=0.02)
    assert wide.stages[0].cost == pytest.approx(wide.stages[0].hours * 2_000)
    (tmp_path / "b.jsonl.gz").write_bytes(gzip.compress(b"y" * 9) + b"\0" * 2_000_000)
    assert plan("no/ledger", str(tmp_path), RATES, cores=2, share=1_000_000, spark=False).uncut == 1


def test_rates_say_where_they_are_from(tmp_path: Path) -> None:
    """The project's own name their machine; a file that holds none says how to get some."""
    assert "benchmarks scale" in load().measured
    (tmp_path / "mine.json").write_bytes(msgspec.json.encode(RATES))
    assert load(str(tmp_path / "mine.json")) == RATES
    (tmp_path / "bad.json").write_text("{}")
    with pytest.raises(CatalogueError, match="benchmarks scale"):
        load(str(tmp_path / "bad.json"))
