"""Pages, trees, sheets and documents read by a process of their own, which has bounds.

A few bytes of them stand for as many cells, pages or steps as whoever wrote them likes, and the
libraries that read them have no limits: a spreadsheet of 2 kB with one cell in its last corner
ended the whole program for want of memory. What ends here is the reading of one state.
"""

import atexit
import os
import struct
import subprocess
import sys
import threading
from contextlib import suppress
from typing import IO

import msgspec

from gatewatch import config, errors
from gatewatch.errors import GatewatchError, SourceError
from gatewatch.model.register import Declared
from gatewatch.sources.containers.expand import allowed
from gatewatch.sources.registers.layouts import Rows, read

if sys.platform != "win32":
    import resource

_SECONDS = 300
"""Of a processor, for one state."""
_ROOM, _TIMES = 1 << 30, 16
"""Bytes of memory for one state, and as many times its size."""
_LENGTH = struct.Struct("<Q")
_UNBOUND = "reading it takes more memory or time than one state may"


class _Asked(msgspec.Struct, array_like=True):
    part: str
    how: Declared
    data: bytes
    limit: int
    """GATEWATCH_MAX_SNAPSHOT, as it is for whoever asks."""


class _Told(msgspec.Struct, array_like=True):
    rows: Rows | None = None
    fault: str = ""
    kind: str = ""
    """The class of an error of our own; empty for any other."""


class ApartReader:
    """A process that reads one state after another, and is begun anew where one was too much."""

    def __init__(self) -> None:
        self._process: subprocess.Popen[bytes] | None = None
        self._of = 0
        self._turn = threading.Lock()

    def rows(self, part: str, data: bytes, how: Declared) -> Rows:
        """As `layouts.rows_of`. Raises what that raises, and SourceError for whatever reading it
        ran into."""
        with self._turn:
            answer = self._asked(_Asked(part, how, data, config.snapshot_limit()))
        if answer is None:
            raise SourceError(f"{part}: {_UNBOUND}")
        if answer.rows is not None:
            return answer.rows
        raise _error(answer, part)

    def close(self) -> None:
        """End the process."""
        process, self._process = self._process, None
        if process is not None and self._of == os.getpid():
            process.kill()
            process.wait()
            for pipe in (process.stdin, process.stdout):
                with suppress(OSError):  # what it did not read any more
                    if pipe is not None:
                        pipe.close()

    def _asked(self, question: _Asked) -> _Told | None:
        """What the process says; None where it did not survive the question."""
        process = self._running()
        assert process.stdin is not None
        assert process.stdout is not None
        try:
            _put(process.stdin, msgspec.msgpack.encode(question))
            answer = _got(process.stdout)
        except OSError:
            answer = None
        except BaseException:
            self.close()  # whoever was interrupted would get this answer to the next question
            raise
        if answer is None:
            self.close()
            return None
        return msgspec.msgpack.decode(answer, type=_Told)

    def _running(self) -> "subprocess.Popen[bytes]":
        held = self._process
        # A process that was forked from ours has our pipes, and may not ask by them.
        if held is None or held.poll() is not None or self._of != os.getpid():
            self.close()
            held = subprocess.Popen(
                [sys.executable, "-m", "gatewatch.sources.registers.layouts.apart"],
                stdin=subprocess.PIPE,
                stdout=subprocess.PIPE,
                stderr=subprocess.DEVNULL,
            )
            self._process, self._of = held, os.getpid()
        return held


READER = ApartReader()
atexit.register(READER.close)


def _error(answer: _Told, part: str) -> GatewatchError:
    kind = getattr(errors, answer.kind, None) if answer.kind else None
    if isinstance(kind, type) and issubclass(kind, GatewatchError):
        return kind(answer.fault)
    return SourceError(f"{part}: it cannot be read: {answer.fault}")


def _put(pipe: IO[bytes], message: bytes) -> None:
    pipe.write(_LENGTH.pack(len(message)))
    pipe.write(message)
    pipe.flush()


def _got(pipe: IO[bytes]) -> bytes | None:
    """The next message; None where there is none, or only a part of it."""
    head = pipe.read(_LENGTH.size)
    if len(head) < _LENGTH.size:
        return None
    (length,) = _LENGTH.unpack(head)
    message = pipe.read(length)
    return message if len(message) == length else None


def _bound(size: int) -> None:
    """Give this process the memory and the time of one state."""
    if sys.platform == "win32":
        return
    most = resource.getrlimit(resource.RLIMIT_AS)[1]
    room = _ROOM + _TIMES * size
    with suppress(ValueError, OSError):  # where a machine has no such limit, time alone bounds
        resource.setrlimit(
            resource.RLIMIT_AS,
            (room if most == resource.RLIM_INFINITY else min(room, most), most),
        )
    used = resource.getrusage(resource.RUSAGE_SELF)
    most = resource.getrlimit(resource.RLIMIT_CPU)[1]
    with suppress(ValueError, OSError):
        resource.setrlimit(
            resource.RLIMIT_CPU, (int(used.ru_utime + used.ru_stime) + _SECONDS, most)
        )


def _answered(message: bytes) -> bytes:
    try:
        asked = msgspec.msgpack.decode(message, type=_Asked)
        os.environ["GATEWATCH_MAX_SNAPSHOT"] = str(asked.limit)
        told = msgspec.msgpack.encode(_Told(read(asked.part, asked.data, asked.how)))
    except GatewatchError as fault:
        return msgspec.msgpack.encode(_Told(fault=str(fault), kind=type(fault).__name__))
    except MemoryError:
        return msgspec.msgpack.encode(_Told(fault=_UNBOUND))
    except Exception as fault:  # noqa: BLE001 - whatever a hostile file does to a library
        why = f"{type(fault).__name__} {fault}"[:400].encode("utf-8", "backslashreplace")
        return msgspec.msgpack.encode(_Told(fault=why.decode()))
    if len(told) > (most := allowed(len(asked.data), asked.limit)):
        return msgspec.msgpack.encode(_Told(fault=f"its rows have more than {most:,} bytes"))
    return told


def main() -> None:
    """Read what is asked on standard input until that ends."""
    asked, told = sys.stdin.buffer, sys.stdout.buffer
    sys.stdout = sys.stderr  # what a library prints is no answer
    while (message := _got(asked)) is not None:
        _bound(len(message))
        _put(told, _answered(message))


if __name__ == "__main__":
    main()
