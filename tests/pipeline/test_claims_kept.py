"""Claims taken from others' data sets stay, whoever is killed, writes beside, or did damage."""

import multiprocessing
import os
import signal
from pathlib import Path
from typing import Any

import pytest
from tests.sources.claims.test_formats import STOP

from gatewatch import disk
from gatewatch.errors import CatalogueError
from gatewatch.pipeline.claims import ingest

HEAD, FIRST, SECOND, *_ = STOP.splitlines()
FORKED = multiprocessing.get_context("fork")


def told(*rows: str) -> bytes:
    return "\n".join((HEAD, *rows, "")).encode()


def test_whoever_is_killed_takes_nothing_along(tmp_path: Path) -> None:
    """At either of its two syncs: what was held is held, and the same command goes on."""
    file = tmp_path / "stop.toml"
    ingest("stop", told(FIRST), file)
    before = file.read_bytes()
    for step in (1, 2):
        left = [step]

        def killed(real: Any, left: list[int] = left) -> Any:
            def sync(*given: Any) -> None:
                left[0] -= 1
                if not left[0]:
                    os.kill(os.getpid(), signal.SIGKILL)
                real(*given)

            return sync

        def run(killed: Any = killed) -> None:
            sync = killed(os.fsync)
            disk.os.fsync = sync  # type: ignore[attr-defined]
            ingest("stop", told(FIRST, SECOND), file)

        process = FORKED.Process(target=run)
        process.start()
        process.join()
        assert process.exitcode == -signal.SIGKILL
        assert step == 2 or file.read_bytes() == before
        assert ingest("stop", told(FIRST), file).new == 0
    ingest("stop", told(FIRST, SECOND), file)
    assert ingest("stop", told(FIRST, SECOND), file).new == 0


def test_two_at_once_lose_nothing(tmp_path: Path) -> None:
    """Each adds a row of its own; both are there."""
    file = tmp_path / "stop.toml"
    both = [
        FORKED.Process(target=ingest, args=["stop", told(row), file]) for row in (FIRST, SECOND)
    ]
    for one in both:
        one.start()
    for one in both:
        one.join()
        assert one.exitcode == 0
    assert ingest("stop", told(FIRST, SECOND), file).new == 0


@pytest.mark.parametrize("held", [b"[[claim]\n", b"\xff", b"[[claim]]\nid = 1\n", b"claim = 3\n"])
def test_a_damaged_file_is_told_and_left_alone(held: bytes, tmp_path: Path) -> None:
    file = tmp_path / "stop.toml"
    file.write_bytes(held)
    with pytest.raises(CatalogueError, match="nothing was written"):
        ingest("stop", told(FIRST), file)
    assert file.read_bytes() == held
