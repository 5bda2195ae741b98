"""The notebook of docs, run from its first cell to its last as whoever opens it would."""

import json
import subprocess
import sys
from pathlib import Path
from typing import Any

import pytest
from tests.prebuilt import Prebuilt, demo

FILE = Path(__file__).parents[1] / "docs" / "notebook.ipynb"
NOTEBOOK: dict[str, Any] = json.loads(FILE.read_text(encoding="utf-8"))
_RUN = """
import ast, json, sys

def shown(value):
    \"\"\"As a notebook displays it: a picture, a table, or text.\"\"\"
    for way in ("_repr_svg_", "_repr_html_"):
        drawn = getattr(value, way, lambda: None)()
        if drawn is not None:
            return drawn
    return repr(value)

scope, outputs = {}, {}
for cell in json.load(open(sys.argv[1], encoding="utf-8"))["cells"]:
    if cell["cell_type"] != "code":
        continue
    body = ast.parse("".join(cell["source"]), cell["id"])
    last = body.body.pop() if isinstance(body.body[-1], ast.Expr) else None
    exec(compile(body, cell["id"], "exec"), scope)
    if last is not None:
        value = eval(compile(ast.Expression(last.value), cell["id"], "eval"), scope)
        outputs[cell["id"]] = shown(value)
print(json.dumps(outputs))
"""


@pytest.fixture(scope="module")
def outputs(prebuilt: Prebuilt, tmp_path_factory: pytest.TempPathFactory) -> dict[str, str]:
    """What each cell shows, by its id, run beside a ledger of the demo."""
    place = tmp_path_factory.mktemp("notebook")
    prebuilt.copied("demo", demo, place / "demo-ledger")
    done = subprocess.run(
        [sys.executable, "-W", "error", "-c", _RUN, str(FILE)],
        cwd=place,
        capture_output=True,
        text=True,
        check=False,
    )
    assert done.returncode == 0, done.stderr
    found: dict[str, str] = json.loads(done.stdout)
    return found


def test_it_goes_from_ledger_to_frame_to_picture(outputs: dict[str, str]) -> None:
    """Every cell of code shows something, and the last ones the case as drawn."""
    codes = [cell["id"] for cell in NOTEBOOK["cells"] if cell["cell_type"] == "code"]
    assert list(outputs) == codes
    assert outputs["open"].startswith("<gatewatch.Ledger 'demo-ledger': ru-demo>")
    assert "wechat" in outputs["cases"]
    assert "listed_blocked" in outputs["network"]
    assert "tls.reset" in outputs["episodes"]
    assert outputs["picture"].startswith("<svg")
    assert "WeChat" in outputs["picture"]
    for lane in ("obligations", "claims", "listings", "network", "reports"):
        assert lane in outputs["lanes"]


def test_what_was_known_is_not_what_is_known(outputs: dict[str, str]) -> None:
    """The three times make a difference that the frame shows: an obligation, a listing, a block,
    the lift."""
    for state in ("obligated", "listed", "restricted", "lifted"):
        assert state in outputs["known"]


def test_it_holds_nothing_of_a_machine() -> None:
    """No output, no count of runs, no path: it is the same wherever it was last opened."""
    assert (NOTEBOOK["nbformat"], NOTEBOOK["nbformat_minor"]) == (4, 5)
    ids = [cell["id"] for cell in NOTEBOOK["cells"]]
    assert len(ids) == len(set(ids))
    for cell in NOTEBOOK["cells"]:
        assert cell["cell_type"] in {"code", "markdown"}
        assert cell["metadata"] == {}
        if cell["cell_type"] == "code":
            assert (cell["outputs"], cell["execution_count"]) == ([], None)
    assert "/home" not in FILE.read_text(encoding="utf-8")
