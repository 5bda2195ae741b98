"""What many tests begin with, built once a run whichever worker comes first, then copied or
shared."""

import os
import shutil
import subprocess
import sys
from collections.abc import Callable
from pathlib import Path

import pytest

from gatewatch import locks


class Prebuilt:
    """Folders that are built when they are first asked for, once for all workers of a run."""

    def __init__(self, root: Path) -> None:
        self._root = root

    def once(self, name: str, build: Callable[[Path], object]) -> Path:
        """The folder of a name. `build` makes a new folder of that name; where it fails, or is
        killed, nothing of it counts and the next who asks builds afresh. Nobody may write to what
        is found."""
        built = self._root / f"prebuilt-{name}"
        with locks.in_turn(self._root / f"prebuilt-{name}.lock"):
            if not built.exists():
                part = self._root / f"prebuilt-{name}.part"
                shutil.rmtree(part, ignore_errors=True)
                part.mkdir()
                build(part / built.name)
                (part / built.name).rename(built)
        return built

    def copied(self, name: str, build: Callable[[Path], object], place: Path) -> Path:
        """A copy of that folder at `place`, for a test that writes to it."""
        return Path(shutil.copytree(self.once(name, build), place))


def shared_by_workers(factory: pytest.TempPathFactory) -> Prebuilt:
    """The folders of this run."""
    own = factory.getbasetemp()
    return Prebuilt(own.parent if "PYTEST_XDIST_WORKER" in os.environ else own)


def demo(folder: Path) -> None:
    """The folder that `make demo` leaves, made by the command that `make demo` runs."""
    command = [sys.executable, "-m", "gatewatch", "demo", "--folder"]
    # The ledger names what it was made of as it was given: relative, and of the name that pages
    # say.
    scratch = folder.with_suffix(".scratch")
    scratch.mkdir()
    done = subprocess.run(
        [*command, "demo-ledger"], cwd=scratch, capture_output=True, text=True, check=False
    )
    assert done.returncode == 0, done.stderr
    (scratch / "demo-ledger").rename(folder)
