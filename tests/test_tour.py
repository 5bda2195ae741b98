"""The tour of docs, beside the running program."""

import os
import re
import subprocess
import sys
from pathlib import Path

import pytest

ROOT = Path(__file__).parents[1]
TOUR = (ROOT / "docs" / "tour.md").read_text(encoding="utf-8")
_TRACED = """
import sys
from pathlib import Path
import gatewatch
from gatewatch.cli.app import build
root, met = str(Path(gatewatch.__file__).parent) + "/", set()
def note(frame, event, value):
    code = frame.f_code
    if event == "call" and code.co_filename.startswith(root) and code.co_name != "<module>":
        met.add(code.co_filename.removeprefix(root))
sys.setprofile(note)
try:
    build(sys.argv[1])()
except SystemExit:
    pass
sys.setprofile(None)
print(*sorted(met), sep="\\n", file=sys.stderr)
"""


@pytest.mark.parametrize("heading", re.findall(r"^## `gatewatch (.+)`$", TOUR, re.MULTILINE))
def test_the_files_of_a_journey(demo_ledger: str, heading: str) -> None:
    """Every file that the tour names on a journey is one that the journey enters."""
    section = TOUR.partition(f"`gatewatch {heading}`\n")[2].partition("\n## ")[0]
    named = set(re.findall(r"`([a-z_/]+\.py)`", section))
    words = [sys.executable, "-c", _TRACED, *heading.split(), "--ledger", demo_ledger]
    # As a person sees it: a pipe is told less, and less is asked for it.
    page = {**os.environ, "GATEWATCH_PAGE": "1"}
    done = subprocess.run(words, capture_output=True, text=True, check=True, env=page)
    assert len(named) > 10
    assert named - set(done.stderr.split()) == set()
