"""Locks between processes."""

import subprocess
import sys
import threading
from pathlib import Path

from gatewatch.locks import alone, in_turn

_HOLDER = """
import sys
from pathlib import Path
from gatewatch.locks import alone
with alone(Path(sys.argv[1])) as mine:
    print(mine, flush=True)
    sys.stdin.read()
"""


def _hold(file: Path) -> subprocess.Popen[str]:
    """Another process that holds the lock until its input ends."""
    holder = subprocess.Popen(
        [sys.executable, "-c", _HOLDER, str(file)],
        stdin=subprocess.PIPE,
        stdout=subprocess.PIPE,
        text=True,
    )
    assert holder.stdout is not None
    assert holder.stdout.readline() == "True\n"
    return holder


def test_two_processes(tmp_path: Path) -> None:
    """While one process holds a lock another is told that it is taken, and gets it afterwards."""
    with _hold(tmp_path / "lock") as holder:
        with alone(tmp_path / "lock") as mine:
            assert not mine
        holder.communicate("")
    with alone(tmp_path / "lock") as mine:
        assert mine


def test_a_lock_that_is_waited_for(tmp_path: Path) -> None:
    """Whoever waits goes on once the holder has let go, not before, and also where it was
    killed."""
    told: list[str] = []

    def wait() -> None:
        with in_turn(tmp_path / "lock"):
            told.append("mine")

    for end in (lambda one: one.communicate(""), subprocess.Popen.kill):
        with _hold(tmp_path / "lock") as holder:
            waiting = threading.Thread(target=wait)
            waiting.start()
            waiting.join(0.2)
            assert told == []
            end(holder)
        waiting.join(30)
        assert told == ["mine"]
        told.clear()


def test_a_killed_holder(tmp_path: Path) -> None:
    """The lock of a process that is killed is free again."""
    with _hold(tmp_path / "lock") as holder:
        holder.kill()
    with alone(tmp_path / "lock") as mine:
        assert mine
