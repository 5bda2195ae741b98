"""A process that has loaded the program and forks for each command, which so begins at once.

What is forked is a process of its own in every way that a command can tell: its streams, folder,
environment, session and signals are those it is given. Only the interpreter's start and the imports
are done before, which is most of what a short command takes. That it starts by itself is for other
tests.
"""

import atexit
import contextlib
import io
import marshal
import os
import select
import signal
import socket
import subprocess
import sys
import tempfile
import threading
import time
import traceback
from collections.abc import Iterator
from functools import cache
from hashlib import blake2b
from importlib import import_module
from pathlib import Path
from pkgutil import walk_packages
from typing import NoReturn

PROGRAM = (
    "import runpy; runpy.run_module('gatewatch', run_name='__main__', alter_sys=True)"  # as -m does
)
AFRESH = f"""
import sys
for name in [n for n in sys.modules if n.partition(".")[0] == "gatewatch"]:
    del sys.modules[name]
{PROGRAM}
"""
"""The program with nothing of its own loaded yet: each command has to import what it needs. Only
libraries are there before."""
_CLIENT = """
import marshal, os, signal, socket, sys
handed_on = (signal.SIGINT, signal.SIGTERM)
signal.pthread_sigmask(signal.SIG_BLOCK, handed_on)
peer = socket.socket(socket.AF_UNIX, socket.SOCK_SEQPACKET)
peer.connect({door!r})
asked = ({program!r}, ["gatewatch", *sys.argv[1:]], os.getcwd(), dict(os.environ))
socket.send_fds(peer, [marshal.dumps(asked)], [0, 1, 2])
pid = int(peer.recv(32))
def hand_on(number, _):
    try:
        os.kill(pid, number)
    except ProcessLookupError:  # it has ended just now, and its code is under way
        pass
for one in handed_on:
    signal.signal(one, hand_on)
signal.pthread_sigmask(signal.SIG_UNBLOCK, handed_on)
code = int(peer.recv(32))
if code < 0:
    if -code in handed_on:
        signal.signal(-code, signal.SIG_DFL)
    os.kill(os.getpid(), -code)
os._exit(code)
"""
_LARGEST = 1 << 18


class Warm:
    """The process to be asked."""

    def __init__(self, folder: Path) -> None:
        self.door = str(folder / "door")
        self._folder = folder

    def running(self, program: str = PROGRAM) -> list[str]:
        """What stands for `python -m gatewatch`, or for `python -c` with another program, in a
        shell. Words that follow it are the program's. It ends as the program ends, hands on to it
        SIGINT and SIGTERM, and takes it along if it is killed, though a moment later."""
        client = self._folder / f"{blake2b(program.encode(), digest_size=8).hexdigest()}.py"
        client.write_text(_CLIENT.format(door=self.door, program=program))
        return [sys.executable, "-I", "-S", "-X", "utf8", str(client)]


@contextlib.contextmanager
def started() -> Iterator[Warm]:
    """The process, until the block ends."""
    with tempfile.TemporaryDirectory() as folder:  # sockets want a short path
        yield from _started(Warm(Path(folder)))


@cache
def kept() -> Warm:
    """The one process of this worker, from when it is first asked for until the worker ends."""
    until = contextlib.ExitStack()
    atexit.register(until.close)
    return until.enter_context(started())


def _started(found: Warm) -> Iterator[Warm]:
    # What a terminal or CI says of itself is nothing to those who are forked for another one.
    env = {k: v for k, v in os.environ.items() if k.startswith(("PATH", "PYTHON", "HOME", "LD_"))}
    with subprocess.Popen(
        [sys.executable, "-X", "utf8", "-m", "tests.warm", found.door],
        stdin=subprocess.PIPE,
        stdout=subprocess.PIPE,
        cwd=Path(__file__).parents[1],
        env=env,
    ) as process:
        assert process.stdout is not None
        assert process.stdout.readline() == b"ready\n"
        yield found
        process.communicate()


def _main(door: str) -> None:
    import gatewatch

    for module in walk_packages(gatewatch.__path__, "gatewatch."):
        if not module.name.endswith("__main__"):
            import_module(module.name)
    sys.modules.pop("typer.rich_utils", None)  # what it makes of the environment it makes at once
    assert threading.active_count() == 1
    with socket.socket(socket.AF_UNIX, socket.SOCK_SEQPACKET) as here:
        here.bind(door)
        here.listen(64)
        print("ready", flush=True)
        while (
            sys.stdin.fileno() not in select.select([here.fileno(), sys.stdin.fileno()], [], [])[0]
        ):
            peer, _ = here.accept()
            if os.fork() == 0:
                here.close()
                _attend(peer)
            peer.close()
            with contextlib.suppress(ChildProcessError):
                while os.waitpid(-1, os.WNOHANG)[0]:
                    pass


def _attend(peer: socket.socket) -> NoReturn:
    """Fork once more for the command, and say how it ended; without who asked, end it."""
    asked, streams, _, _ = socket.recv_fds(peer, _LARGEST, 3)
    child = os.fork()
    if child == 0:
        peer.close()
        code, argv, cwd, env = marshal.loads(asked)
        _become(code, argv, cwd, env=env, streams=streams)
    for one in streams:
        os.close(one)
    peer.send(str(child).encode())
    ended = os.pidfd_open(child)
    if ended not in select.select([ended, peer.fileno()], [], [])[0]:
        os.kill(child, signal.SIGKILL)
    status = os.waitpid(child, 0)[1]
    with contextlib.suppress(OSError):
        peer.send(str(os.waitstatus_to_exitcode(status)).encode())
    os._exit(0)


def _become(
    code: str, argv: list[str], cwd: str, *, env: dict[str, str], streams: list[int]
) -> NoReturn:
    os.setsid()
    signal.signal(signal.SIGINT, signal.default_int_handler)  # a job of a shell ignores it
    for place, one in enumerate(streams):
        os.dup2(one, place)
        os.close(one)
    os.chdir(cwd)
    os.environ.clear()
    os.environ.update(env)
    time.tzset()
    sys.argv = argv
    read = io.BufferedReader(io.FileIO(0, closefd=False))
    sys.stdin = io.TextIOWrapper(read, encoding="utf-8")
    sys.stdout = _written(1, "strict")
    sys.stderr = _written(2, "backslashreplace")
    ending = 0
    try:
        exec(code, {"__name__": "__main__"})
    except SystemExit as end:
        ending = end.code if isinstance(end.code, int) else int(end.code is not None)
    except BaseException:  # noqa: BLE001 - as the interpreter does
        traceback.print_exc()
        ending = 1
    with contextlib.suppress(OSError):
        sys.stdout.flush()
        sys.stderr.flush()
    os._exit(ending)


def _written(place: int, errors: str) -> io.TextIOWrapper:
    raw = io.FileIO(place, "w", closefd=False)
    lines = raw.isatty() or place == 2
    return io.TextIOWrapper(
        io.BufferedWriter(raw), encoding="utf-8", errors=errors, line_buffering=lines
    )


if __name__ == "__main__":
    _main(sys.argv[1])
