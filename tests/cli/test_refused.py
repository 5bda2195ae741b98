"""What the system refuses is said in a line, whichever command meets it."""

import os
import subprocess
from pathlib import Path

import pytest
from tests.commands import invoked
from tests.warm import Warm

from gatewatch.model.redaction import clean


@pytest.mark.parametrize(
    "words",
    [
        ("backup", "/proc/nowhere/copy"),
        ("cite", "check", "wechat.com", "--out", "/proc/x.zip"),
        ("check", "wechat.com"),
        ("check", "wechat.com", "--format", "json"),
    ],
    ids=" ".join,
)
def test_a_place_or_a_device_that_refuses(
    warm: Warm, demo_filled: str, words: tuple[str, ...]
) -> None:
    """No traceback: one line, exit code 1."""
    full = os.open("/dev/full" if words[0] == "check" else os.devnull, os.O_WRONLY)
    try:
        done = subprocess.run(
            [*warm.running(), *words, "--ledger", demo_filled],
            check=False,
            stdout=full,
            stderr=subprocess.PIPE,
            text=True,
            timeout=60,
        )
    finally:
        os.close(full)
    assert done.returncode == 1
    assert done.stderr.splitlines()[-1].startswith("gatewatch: ")
    assert "Traceback" not in done.stderr


def test_a_period_that_ends_before_it_begins(demo_filled: str) -> None:
    """A mistake of the question, not an empty answer."""
    words = ("changes", "--since", "2018-01-01", "--until", "2017-01-01", "--ledger", demo_filled)
    assert invoked(words).exit_code != 0


@pytest.mark.parametrize("blank", [0x20, 0xA0, 0x202F, 0x2009, 0x3000])
def test_blanks_are_no_control_characters(blank: int) -> None:
    """Numbers in Russian have some; escaped they would be read as letters."""
    assert clean(f"2{chr(blank)}040") == f"2{chr(blank)}040"


@pytest.mark.parametrize("control", [0x1B, 0x9B, 0x202E, 0x2028, 0x200B])
def test_what_drives_a_terminal_is_escaped(control: int) -> None:
    """Escapes, turned directions, line ends, marks without width."""
    assert chr(control) not in clean(f"a{chr(control)}b")


def test_a_draft_of_a_dated_file_reads_its_siblings(tmp_path: Path) -> None:
    """A folder with a file of just the default path is one state: a dated name is none; and a word
    for whether a row is in force is asked about."""
    file = tmp_path / "2025-02-05.csv"
    file.write_text("Domena;Status\na.example;active\nb.example;suspended\nc.example;active\n")
    told = invoked(("catalogue", "draft", str(file))).output
    assert "default_path" not in told
    assert "[declared.where]" in told
    other = tmp_path / "list.csv"
    other.write_text(file.read_text())
    assert 'default_path = "list.csv"' in invoked(("catalogue", "draft", str(other))).output
