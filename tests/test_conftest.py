"""What conftest does for every test."""

import subprocess
import sys
from pathlib import Path

_TESTS = """
import gc
import subprocess


def test_fails():
    pipe = subprocess.PIPE
    process = subprocess.Popen(["cat"], stdin=pipe, stdout=pipe, stderr=pipe, text=True)
    process.stdin.write("not flushed")
    raise AssertionError


def test_goes_on():
    gc.collect()
"""


def test_a_test_that_fails_leaves_no_process_to_the_next(tmp_path: Path) -> None:
    """Else the next test fails of warnings that nobody raised, which tells of no cause."""
    file = tmp_path / "test_left.py"
    file.write_text(_TESTS, encoding="utf-8")
    options = ["-q", "-p", "no:cacheprovider", "-p", "tests.conftest", "-W", "error"]
    words = [sys.executable, "-m", "pytest", *options, str(file)]
    root = Path(__file__).parents[1]
    done = subprocess.run(words, cwd=root, capture_output=True, text=True, check=False)
    assert "1 failed, 1 passed" in done.stdout, done.stdout
