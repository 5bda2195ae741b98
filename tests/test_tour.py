"""The tour of docs, beside the running program."""

import os
import re
import subprocess
import sys
import tomllib
from itertools import combinations
from pathlib import Path

import pytest
from docs import journeys

from gatewatch.analysis.network.everywhere import WorldwideLimits
from gatewatch.pipeline import demo_data

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


_CALLED = """
import sys
from pathlib import Path
import gatewatch
from gatewatch.cli.app import build
root, met = str(Path(gatewatch.__file__).parent) + "/", {}
def note(frame, event, value):
    code = frame.f_code
    # A class body is no call of the class: only functions are optimised.
    if event == "call" and code.co_filename.startswith(root) and code.co_flags & 1:
        met.setdefault((code.co_filename.removeprefix(root), code.co_qualname))
sys.setprofile(note)
try:
    build(sys.argv[1])()
except SystemExit:
    pass
sys.setprofile(None)
print(*(f"{file} {name}" for file, name in met), sep="\\n", file=sys.stderr)
"""


def _called(*words: str) -> list[tuple[str, str]]:
    """Functions of a command with their files, in the order in which each was first called."""
    done = subprocess.run(
        [sys.executable, "-c", _CALLED, *words],
        capture_output=True,
        text=True,
        check=True,
        env={**os.environ, "GATEWATCH_PAGE": "1"},
    )
    lines = [line.partition(" ") for line in done.stderr.splitlines()]
    return [(file, name) for file, _, name in lines if file.endswith(".py")]


def _lines_of_countries(file: Path) -> Path:
    """The demo's lines of one service, as if from so many countries that the world is asked."""
    lines = [line for line in demo_data.measurements() if b"https://wechat.com/" in line]
    places = ("RU", "KZ", "AM", "BY")[: WorldwideLimits().countries]
    assert len(places) == WorldwideLimits().countries
    file.write_bytes(
        b"\n".join(
            line.replace(b'"probe_cc": "RU"', f'"probe_cc": "{code}"'.encode()).replace(
                b"_RU_", f"_{code}_".encode()
            )
            for code in places
            for line in lines
        )
    )
    return file


def test_a_measurement_walks_as_the_tour_tells(tmp_path: Path) -> None:
    """From a file to the lane of a case: each function that is named runs, in the order told."""
    file, ledger = _lines_of_countries(tmp_path / "lines.jsonl"), str(tmp_path / "ledger")
    walk = TOUR.partition("## A line of OONI's JSON: ")[2].partition("\n## ")[0]
    brought, _, read = walk.partition("Read again, as the network lane of a case: ")
    commands = {
        brought: ("ingest", "ooni", str(file), "--processes", "1", "--ledger", ledger),
        read: (*re.findall(r"`gatewatch (.+)`", read)[0].split(), "--ledger", ledger),
    }
    for section, words in commands.items():
        told = re.findall(r"`([A-Za-z_.]+)`\s+of\s+`([a-z_/]+\.py)`", section)
        assert len(told) > 5
        met = _called(*words)
        places = [
            next(
                (n for n, (at, called) in enumerate(met) if at == where and _is(called, name)), None
            )
            for name, where in told
        ]
        assert None not in places, [one for one, n in zip(told, places, strict=True) if n is None]
        assert places == sorted(places, key=lambda n: n or 0), told
        named = set(re.findall(r"`([a-z_/]+\.py)`", section))
        assert named <= {at for at, _ in met}


def _is(called: str, name: str) -> bool:
    """A function by its name; a class by its making."""
    return called in {name, f"{name}.__init__"}


_WALKED = re.findall(r"^\| (`.+`.*) \| (\d+) \| \d+ \| \d+ \| \d+ \|$", TOUR, re.MULTILINE)


@pytest.mark.parametrize(("question", "files"), _WALKED)
def test_a_question_runs_no_more_files_than_are_told(
    demo_filled: str, question: str, files: str
) -> None:
    """And none of its calls goes back up to a room above."""
    found = journeys.traced(demo_filled, list(journeys.JOURNEYS).index(question))
    assert found["climbs"] == []
    assert len(found["files"]) <= int(files), found["files"]


def test_every_journey_is_told() -> None:
    """The table of the tour has a line for each."""
    assert [name for name, _ in _WALKED] == list(journeys.JOURNEYS)


def test_rooms_stand_as_the_walls_say() -> None:
    """What a climb is follows import-linter's layers."""
    project = tomllib.loads((ROOT / "pyproject.toml").read_text(encoding="utf-8"))
    (walls,) = (c for c in project["tool"]["importlinter"]["contracts"] if c["type"] == "layers")
    layers = [set(re.split(r" \| ", layer)) for layer in reversed(walls["layers"])]
    for low, high in combinations(range(len(layers)), 2):
        heights = [
            [n for n, rooms in enumerate(journeys.ROOMS) if room in rooms]
            for room in (min(layers[low]), min(layers[high]))
        ]
        assert heights[0] <= heights[1], (layers[low], layers[high])
