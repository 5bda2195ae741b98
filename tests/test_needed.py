"""Proofs that a machine cannot run."""

import os
import subprocess
import sys
from pathlib import Path

ROOT = Path(__file__).parents[1]
_PROBE = """
from tests.needed import program
def test_one(): program("no-such-browser")
def test_two(): program("no-such-browser", "nor-this")
def test_git(): assert program("no-such-git", "git")
"""


def _run(folder: Path, ci: str) -> subprocess.CompletedProcess[str]:
    (folder / "test_probe.py").write_text(_PROBE)
    return subprocess.run(
        [sys.executable, "-m", "pytest", "-q", "-p", "tests.conftest", str(folder)],
        capture_output=True,
        text=True,
        check=False,
        cwd=folder,
        env=os.environ | {"CI": ci, "PYTHONPATH": os.pathsep.join((str(ROOT), str(ROOT / "src")))},
    )


def test_the_last_line(tmp_path: Path) -> None:
    """Where a program is missing its proofs skip, and the last line says how many and what to
    type."""
    done = _run(tmp_path, "")
    assert done.returncode == 0, done.stdout
    assert done.stdout.splitlines()[-1] == (
        "Not run here: 2 proofs for want of no-such-browser: scripts/setup tests installs it"
    )


def test_with_ci(tmp_path: Path) -> None:
    """In CI the same is a failure."""
    done = _run(tmp_path, "true")
    assert done.returncode == 1
    assert "2 failed, 1 passed" in done.stdout


def test_setup_names_the_line(tmp_path: Path) -> None:
    """Where nothing may be installed, setup names what is missing and the line to type; with CI it
    fails."""
    tools = tmp_path / "bin"
    tools.mkdir()
    for name in ("bash", "id", "grep"):
        (tools / name).symlink_to(f"/usr/bin/{name}")
    words = ["/usr/bin/env", "bash", str(ROOT / "scripts/setup"), "tests"]
    for ci, code in (("", 0), ("true", 1)):
        done = subprocess.run(
            words, capture_output=True, text=True, check=False, env={"PATH": str(tools), "CI": ci}
        )
        assert done.returncode == code
        missing, line = done.stderr.splitlines()
        assert missing.startswith("scripts/setup: missing: chromium-headless-shell ")
        assert line.startswith("scripts/setup: to type: ")
