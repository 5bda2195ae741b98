"""One process at a time, by a lock on a file that the system lifts when its holder ends."""

import os
import sys
from collections.abc import Iterator
from contextlib import contextmanager, suppress
from pathlib import Path

if sys.platform == "win32":
    import msvcrt

    def _take(handle: int) -> None:
        msvcrt.locking(handle, msvcrt.LK_NBLCK, 1)

    def _wait(handle: int) -> None:
        while True:  # it gives up after ten seconds
            with suppress(OSError):
                return msvcrt.locking(handle, msvcrt.LK_LOCK, 1)

else:
    import fcntl

    def _take(handle: int) -> None:
        fcntl.flock(handle, fcntl.LOCK_EX | fcntl.LOCK_NB)

    def _wait(handle: int) -> None:
        fcntl.flock(handle, fcntl.LOCK_EX)


@contextmanager
def alone(file: Path) -> Iterator[bool]:
    """Whether the lock was free and is held within; it is never waited for.

    The file stays: to remove it would let two processes hold a lock on two files of one name.
    Raises OSError where it cannot be made.
    """
    handle = os.open(file, os.O_RDWR | os.O_CREAT, 0o666)
    try:
        yield _is_taken(handle)
    finally:
        os.close(handle)


@contextmanager
def in_turn(file: Path) -> Iterator[None]:
    """Hold the lock within, once all who came before have let it go.

    The file stays, as with `alone`. Raises OSError where it cannot be made.
    """
    handle = os.open(file, os.O_RDWR | os.O_CREAT, 0o666)
    try:
        _wait(handle)
        yield
    finally:
        os.close(handle)


def _is_taken(handle: int) -> bool:
    try:
        _take(handle)
    except OSError:
        return False
    return True
