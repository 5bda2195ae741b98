"""Commands on a real terminal, where a person meets them."""

import contextlib
import os
import signal
import socket
import subprocess
import time
from contextlib import closing
from http.client import HTTPConnection
from pathlib import Path

import pytest
from tests.cli.terminal import gatewatch, run
from tests.conftest import DEMO

ROOT = Path(__file__).parents[2]
WIDTHS = (60, 80, 120)


def _make(recipe: str, folder: Path) -> list[str]:
    return [
        "make",
        "--no-print-directory",
        "-C",
        str(ROOT),
        "-o",
        ".venv/.ready",
        recipe,
        f"FOLDER={folder}",
    ]


def _env() -> dict[str, str]:
    paths = [str(ROOT / "src"), os.environ.get("PYTHONPATH", "")]
    return {**os.environ, "PYTHONPATH": os.pathsep.join(paths)}


@pytest.mark.parametrize("columns", WIDTHS)
def test_the_demo_runs_on_a_terminal(columns: int, tmp_path: Path) -> None:
    """The first command of the README draws its bars, shows its pages and ends well."""
    shown = run(_make("demo", tmp_path / "demo"), columns, cwd=tmp_path, env=_env())
    assert shown.code == 0, shown.text
    assert "Traceback" not in shown.text
    assert "The ledger is sound" in shown.text
    assert (tmp_path / "demo" / "wechat.svg").stat().st_size > 1000


@pytest.mark.parametrize("columns", WIDTHS)
def test_an_ingest_of_unknown_length_draws_its_bar(columns: int, tmp_path: Path) -> None:
    """Before the first snapshot is read nobody knows how many there are, and the bar is drawn."""
    words = ["ingest", str(DEMO / "ru-demo.toml"), str(DEMO / "prohibited-2017"), "--ledger", "led"]
    shown = gatewatch(*words, columns=columns, cwd=tmp_path)
    assert shown.code == 0, shown.text
    assert shown.overflowing == []
    assert "━" in shown.text


def test_the_site_is_not_served_without_a_sound_ledger(tmp_path: Path) -> None:
    """A name that leads to no ledger is refused in words, and nothing is made there."""
    shown = gatewatch("serve", "--ledger", "typo", columns=80, cwd=tmp_path)
    assert shown.code == 1
    assert "no ledger at typo" in shown.text
    assert not (tmp_path / "typo").exists()


def test_a_demo_that_broke_off_is_built_again_before_it_is_served(tmp_path: Path) -> None:
    """`make serve` asks whether the demo's ledger is sound, not whether there is a folder."""
    (tmp_path / "demo").mkdir()
    (tmp_path / "demo" / ".gatewatch-demo").touch()
    with socket.socket() as probe:
        probe.bind(("127.0.0.1", 0))
        port = probe.getsockname()[1]
    served = subprocess.Popen(
        [*_make("serve", tmp_path / "demo"), f"PORT={port}"],
        stdout=subprocess.PIPE,
        env=_env(),
        start_new_session=True,
    )
    try:
        assert served.stdout is not None
        assert b"Gatewatch serves" in served.stdout.readline()
        assert _ready(port) == 200
    finally:
        os.killpg(served.pid, signal.SIGTERM)
        served.communicate(timeout=30)


def _ready(port: int) -> int:
    """What the site says of itself, once it answers."""
    for _ in range(600):
        with (
            contextlib.suppress(OSError),
            closing(HTTPConnection("127.0.0.1", port, timeout=5)) as connection,
        ):
            connection.request("GET", "/readyz")
            return connection.getresponse().status
        time.sleep(0.1)
    return 0
