"""A ledger of the shipped demo register, and a way to run commands on it."""

from collections.abc import Callable
from importlib.resources import files
from pathlib import Path

import pytest
from typer.testing import CliRunner, Result

from gatewatch import pipeline
from gatewatch.catalogue import registers
from gatewatch.cli.app import build

DEMO = Path(str(files("gatewatch.catalogue") / "demo"))


@pytest.fixture
def demo_ledger(tmp_path: Path) -> str:
    location = str(tmp_path / "ledger")
    pipeline.ingest(location, registers.read(DEMO / "ru-demo.toml"), str(DEMO / "prohibited-2017"))
    return location


@pytest.fixture
def gatewatch(demo_ledger: str, monkeypatch: pytest.MonkeyPatch) -> Callable[..., Result]:
    """Run a command on the demo ledger; errors are raised, exit codes are in the result."""
    monkeypatch.setenv("GATEWATCH_LEDGER", demo_ledger)
    runner = CliRunner()

    def run(*words: str, stdin: str | None = None) -> Result:
        return runner.invoke(build(), list(words), input=stdin, catch_exceptions=True)

    return run
