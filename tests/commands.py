"""Commands in the test's own process: as `gatewatch` runs them, without its start."""

from collections.abc import Sequence
from typing import Any

from typer.testing import CliRunner, Result

from gatewatch.cli.app import build


def invoked(words: Sequence[str], **options: Any) -> Result:
    """What a command printed and its exit code. Like the program it builds that command alone;
    options are those of Typer's runner."""
    return CliRunner().invoke(build(words[0] if words else None), list(words), **options)
