"""Keeps a folder of data sets abreast of a ledger, for a site that is up: a process beside it
exports when something was committed, one at a time, after all others in the queue for the
processor."""

import os
import subprocess
import sys
import time
from contextlib import ExitStack
from datetime import UTC, datetime
from pathlib import Path

from gatewatch import locks
from gatewatch.exports.exporting import KEEPER
from gatewatch.ledger import commits

_PAUSE = 300.0
"""Seconds from one export's begin to the next: ingests come in rows, and each is exported with the
last."""
_GENTLE = 19
_PATIENCE = 5.0


class Keeper:
    """Of all that keep one folder, only the first to come works; another takes over when it
    ends."""

    def __init__(self, ledger: str, folder: Path) -> None:
        self._ledger, self._folder = ledger, folder
        self._locked = ExitStack()
        self._mine = False
        self._running: subprocess.Popen[bytes] | None = None
        self._seen, self._began = "", -_PAUSE

    def tend(self) -> None:
        """Begin an export if something was committed since the last, or a day ended, with which
        cases grow older. Called often; it waits for nothing."""
        if self._running and self._running.poll() is None:
            return
        if self._running and self._running.returncode:
            self._seen = ""  # what failed is tried again, after the pause
        self._running = None
        now, version = time.monotonic(), self._version()
        if version == self._seen or now - self._began < _PAUSE or not self._alone():
            return
        self._seen, self._began = version, now
        words = [
            "export",
            str(self._folder),
            "--ledger",
            self._ledger,
            "--quiet",
            "--format",
            "json",
        ]
        self._running = subprocess.Popen(
            [sys.executable, "-m", "gatewatch", *words],
            stdin=subprocess.DEVNULL,
            stdout=subprocess.DEVNULL,
        )
        if hasattr(os, "setpriority"):
            os.setpriority(os.PRIO_PROCESS, self._running.pid, _GENTLE)

    def _version(self) -> str:
        today = datetime.now(UTC)
        if "://" in self._ledger:  # to look is to ask a server, so it is done by the hour
            return f"{today:%Y-%m-%d %H}"
        return f"{today:%Y-%m-%d} {commits.newest(Path(self._ledger))}"

    def _alone(self) -> bool:
        if not self._mine:
            self._folder.mkdir(parents=True, exist_ok=True)
            self._locked.close()
            self._mine = self._locked.enter_context(locks.alone(self._folder / KEEPER))
        return self._mine

    def close(self) -> None:
        """End an export that runs; a new one begins where it was, as with any that is cut short."""
        if self._running and self._running.poll() is None:
            self._running.terminate()
            try:
                self._running.wait(_PATIENCE)
            except subprocess.TimeoutExpired:
                self._running.kill()
                self._running.wait()
        self._locked.close()
        self._mine = False
