"""The demo, which is the first thing a newcomer sees."""

import subprocess
import sys
from pathlib import Path

from tests.asking import set_aside

import gatewatch


def test_demo_tells_the_wechat_story_and_leaves_foreign_folders_alone(tmp_path: Path) -> None:
    """The demo needs nothing but the project, shows a listing and its end, and can run again."""
    command = [sys.executable, "-m", "gatewatch", "demo", "--folder", str(tmp_path / "demo")]
    for _ in range(2):
        done = subprocess.run(command, capture_output=True, text=True, check=False)
        assert done.returncode == 0, done.stderr
        assert "[2017-05-03 23:59, 2017-05-04 23:59] +03:00" in done.stdout
        assert "empty: no entry in it" in done.stdout
        assert "The ledger is sound" in done.stdout
        assert "WeChat in Russia" in done.stdout
        assert "<svg" in (tmp_path / "demo" / "wechat.svg").read_text(encoding="utf-8")
        assert "make serve" in done.stdout.splitlines()[-1]

    foreign = tmp_path / "foreign"
    foreign.mkdir()
    (foreign / "thesis.txt").write_text("mine")
    refused = subprocess.run(
        [*command[:-1], str(foreign)], capture_output=True, text=True, check=False
    )
    assert refused.returncode == 2
    assert (foreign / "thesis.txt").read_text() == "mine"


def test_a_row_without_a_site_reads_no_name_across_its_cells(demo_ledger: str) -> None:
    """The end of one cell and the beginning of the next are no host: an entry that names no site
    is one, and nothing of it is unread."""
    assert set_aside(gatewatch.open(demo_ledger)) == []
