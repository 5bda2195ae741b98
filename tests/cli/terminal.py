"""A terminal of our own: runs a command with all three streams on it and reads what it shows."""

import contextlib
import fcntl
import os
import pty
import re
import select
import shlex
import signal
import struct
import subprocess
import sys
import termios
from collections.abc import Callable, Mapping, Sequence
from pathlib import Path
from time import monotonic
from typing import NamedTuple

from rich.cells import cell_len

COLD = (sys.executable, "-m", "gatewatch")
"""How the program is started where nothing is loaded before."""
_LONGEST = 300.0
"""Seconds until a command that does not end is ended."""
_COLOR = re.compile(rb"\x1b\[[0-9;]*m")
_RULING = frozenset(
    [
        "COLUMNS",
        "LINES",
        "TERMINAL_WIDTH",
        "NO_COLOR",
        "FORCE_COLOR",
        "PY_COLORS",
        "COLORTERM",
        "TTY_COMPATIBLE",
        "TTY_INTERACTIVE",
        "CI",
        "GITHUB_ACTIONS",
        "GATEWATCH_PAGE",
    ]
)
"""What a terminal that the tests run in, or their CI, says of itself: nothing about this one."""
_MOVE = re.compile(rb"\x1b\[[0-9;?]*[A-Za-ln-z]|\x1b[()][A-Z0-9]|\x1b[=>78]")


class Shown(NamedTuple):
    """What a command wrote on a terminal, byte for byte, and its exit code."""

    code: int
    written: bytes
    columns: int

    @property
    def lines(self) -> list[str]:
        """Every stretch of text that was written without a move of the cursor between."""
        plain = _COLOR.sub(b"", self.written)
        stretches = re.split(rb"[\r\n]+", _MOVE.sub(b"\n", plain))
        return [line.decode() for line in stretches if line]

    @property
    def text(self) -> str:
        """All lines, without colours and moves."""
        return "\n".join(self.lines)

    @property
    def overflowing(self) -> list[str]:
        """Lines that the terminal had to break, because they are wider than it is."""
        return [line for line in self.lines if cell_len(line) > self.columns]


def run(
    words: Sequence[str],
    columns: int,
    *,
    cwd: Path,
    env: Mapping[str, str] | None = None,
    until: Callable[[bytes], bool] | None = None,
) -> Shown:
    """Run a command with stdin, stdout and stderr on a terminal of so many columns.

    Once `until` says of what is written that it is enough, it is interrupted as by Ctrl-C.
    """
    ours, theirs = pty.openpty()
    fcntl.ioctl(theirs, termios.TIOCSWINSZ, struct.pack("HHHH", 40, columns, 0, 0))
    kept = {k: v for k, v in os.environ.items() if k not in _RULING}
    kept |= {"TERM": "xterm-256color", "PYTHONUTF8": "1", **(env or {})}
    started = subprocess.Popen(
        list(words),
        stdin=theirs,
        stdout=theirs,
        stderr=theirs,
        cwd=cwd,
        env=kept,
        start_new_session=True,
    )
    os.close(theirs)
    try:
        written = _read(ours, started, until)
    finally:
        os.close(ours)
    return Shown(started.wait(), written, columns)


def gatewatch(*words: str, columns: int, cwd: Path) -> Shown:
    """Run one of our commands so."""
    return run([*COLD, *words], columns, cwd=cwd)


def typed(
    line: str,
    columns: int,
    *,
    cwd: Path,
    env: Mapping[str, str] | None = None,
    until: Callable[[bytes], bool] | None = None,
    program: Sequence[str] = COLD,
) -> Shown:
    """Run one of our commands as typed into a shell, redirections and all."""
    words = ["sh", "-c", f"exec {shlex.join(program)} {line}"]
    return run(words, columns, cwd=cwd, env=env, until=until)


def _read(
    ours: int, started: "subprocess.Popen[bytes]", until: Callable[[bytes], bool] | None
) -> bytes:
    """All that is written until the command ends and the terminal is empty."""
    written, end = bytearray(), monotonic() + _LONGEST
    while monotonic() < end:
        ended = started.poll() is not None
        if select.select([ours], [], [], 0.05)[0]:
            # Linux says EIO where the last writer has left.
            with contextlib.suppress(OSError):
                if more := os.read(ours, 65536):
                    written += more
                    if until and until(bytes(written)):
                        os.killpg(started.pid, signal.SIGINT)
                        until = None
                    continue
            break
        if ended:
            break
    else:
        started.kill()
    return bytes(written)
