"""What a pipe gets is what its page of the docs says: so many columns, each as it is named."""

import csv
import io
import re
from pathlib import Path

import pytest
from tests.commands import invoked

from gatewatch.cli.app import names

PAGE = Path(__file__).parents[2] / "docs" / "pipes.md"
ROWS = re.findall(
    r"^\| `gatewatch (.+?)` \| (.+?) \|$", PAGE.read_text(encoding="utf-8"), re.MULTILINE
)
MAKING = frozenset(
    [
        "backup",
        "catalogue",
        "cite",
        "control",
        "demo",
        "diff",
        "doctor",
        "export",
        "facts",
        "follow",
        "ingest",
        "judge",
        "mcp",
        "plan",
        "probe",
        "read",
        "repair",
        "restore",
        "serve",
        "token",
        "upgrade",
        "verdict",
        "verify",
        "watch",
    ]
)
"""Commands that make, watch or examine something: their lines tell what they did."""


@pytest.fixture
def ledger(demo_filled: str, monkeypatch: pytest.MonkeyPatch) -> str:
    """A ledger with all five lanes, for commands that are told of none."""
    monkeypatch.setenv("GATEWATCH_LEDGER", demo_filled)
    return demo_filled


@pytest.mark.parametrize(("words", "columns"), ROWS)
def test_columns_of_a_pipe_are_those_of_its_page(words: str, columns: str, ledger: str) -> None:
    """As many, in that order; where CSV has a column of the name, it has the same in it."""
    told = columns.split(", ")
    lines = invoked(words.split()).stdout.splitlines()
    assert lines or "--silence" in words
    assert {len(line.split("\t")) for line in lines} <= {len(told)}
    table = invoked([*words.split(), "--format", "csv"]).stdout
    rows = list(csv.DictReader(io.StringIO(table)))
    if len(rows) != len(lines):  # a row of CSV is an entry, a line a register or a thing
        return
    for line, row in zip(lines, rows, strict=True):
        for name, cell in zip(told, line.split("\t"), strict=True):
            if name in row and not row[name].startswith(("{", "[")):
                assert cell == row[name].removeprefix("'"), name


def test_the_page_has_every_command_that_reads() -> None:
    assert {words.split()[0] for words, _ in ROWS} == set(names()) - MAKING
