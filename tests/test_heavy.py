"""No process of Gatewatch's own loads a library that another brings in unasked."""

import subprocess
import sys

import pytest

from gatewatch.engines.local import map_batches

SHOWN = "sys.exit(7 if 'pandas' in sys.modules else 0)"


def _loads_pandas(program: str) -> bool:
    """Whether a program has loaded it in the end, where it is installed."""
    found = "import importlib.util, sys; assert importlib.util.find_spec('pandas')"
    done = subprocess.run(
        [sys.executable, "-c", f"{found}\n{program}\n{SHOWN}"],
        check=False,
        capture_output=True,
        text=True,
    )
    assert done.returncode in {0, 7}, done.stderr
    return done.returncode == 7


@pytest.mark.parametrize("words", [("case", "wechat", "RU"), ("episodes",)])
def test_a_command_loads_no_pandas(words: tuple[str, ...], demo_filled: str) -> None:
    """pyarrow would, with the first value of Python's own that it is given."""
    asked = ["gatewatch", *words, "--ledger", demo_filled]
    assert not _loads_pandas(f"from gatewatch import cli; sys.argv = {asked!r}; cli._run()")


def test_a_program_that_uses_the_library_is_left_as_it_is() -> None:
    assert _loads_pandas("import gatewatch.engines.local, pyarrow; pyarrow.array([1])")


def test_whoever_asks_for_it_gets_it() -> None:
    asks = "from gatewatch import heavy; heavy.hold_off(); heavy.hold_off(); heavy.allow()"
    assert _loads_pandas(f"{asks}; import pandas")
    refused = "from gatewatch import heavy; heavy.hold_off()\ntry: import pandas\nexcept ImportError: pass"
    assert not _loads_pandas(refused)


def test_neither_does_a_process_that_takes_part_of_the_work() -> None:
    assert list(map_batches(_with_arrow, [0, 1], 2, print)) == [False, False]


def _with_arrow(one: int) -> bool:
    import pyarrow as pa

    assert pa.array([one]).to_pylist() == [one]
    return "pandas" in sys.modules


def test_the_site_is_put_together_without_pydantic(demo_ledger: str) -> None:
    """Which Litestar would import wherever it is; whoever asks for it later gets it."""
    program = """
import importlib.util, sys, tempfile
from pathlib import Path
assert importlib.util.find_spec("pydantic")
from gatewatch.site.app import build
from gatewatch.site.settings import SiteSettings
build(SiteSettings(ledger=sys.argv[1], state=Path(tempfile.mkdtemp())))
assert "pydantic" not in sys.modules
import pydantic
"""
    done = subprocess.run(
        [sys.executable, "-c", program, demo_ledger],
        check=False,
        capture_output=True,
        text=True,
    )
    assert done.returncode == 0, done.stderr
