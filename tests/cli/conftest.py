"""A way to run commands on a ledger of the shipped demo register."""

from collections.abc import Callable

import pytest
from tests.commands import invoked
from typer.testing import Result


@pytest.fixture
def gatewatch(demo_ledger: str, monkeypatch: pytest.MonkeyPatch) -> Callable[..., Result]:
    """Run a command on the demo ledger; errors are raised, exit codes are in the result."""
    monkeypatch.setenv("GATEWATCH_LEDGER", demo_ledger)

    def run(*words: str, stdin: str | None = None) -> Result:
        return invoked(list(words), input=stdin, catch_exceptions=True)

    return run
