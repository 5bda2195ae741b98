"""Every benchmark still runs; at this size its figures prove nothing and are not looked at."""

import os
import subprocess
import sys
from pathlib import Path

import pytest

ROOT = Path(__file__).parents[1]


@pytest.mark.parametrize(
    "name",
    [
        "ingest",
        "kills",
        "reading",
        "measurements",
        "articles",
        "cases",
        "episodes",
        "reconcile",
        "serving",
        "soak",
        "seeking",
    ],
)
def test_a_benchmark_runs_and_names_its_baseline(name: str, shared: Path) -> None:
    """The tiny run prints each measure with its baseline and its ratio, and ends well."""
    done = subprocess.run(
        [sys.executable, "-m", "benchmarks", "--tiny", name],
        cwd=ROOT,
        env={**os.environ, "GATEWATCH_SHARED": str(shared)},
        capture_output=True,
        text=True,
        check=False,
        timeout=300,
    )
    assert done.returncode == 0, done.stderr
    measures = done.stdout.strip().split("\n\n")
    assert measures
    for measure in measures:
        _, ours, baseline, ratio = measure.splitlines()
        assert ours.startswith("  ours")
        assert baseline.startswith("  baseline")
        assert float(ratio.split()[1]) >= 0
