"""Memory given back to the system: an allocator keeps what was freed, and a worker that has once
answered something large would stay as large for good."""

import ctypes
import os
import sys
import threading
import time
from collections.abc import Callable
from pathlib import Path

from gatewatch import heavy

_SELDOM = 1.0
"""Seconds between two times at the least."""
_AMPLE = 300 << 20
"""Bytes of a process beyond which what is free is given back after answers: giving back and taking
again costs some 30 ms, a tenth of a front page of another day."""
_TRIM_THRESHOLD, _MMAP_THRESHOLD, _ARENA_MAX = -1, -3, -8
_STATM = Path("/proc/self/statm")
_PAGE = os.sysconf("SC_PAGE_SIZE") if hasattr(os, "sysconf") else 4096
_lock = threading.Lock()
_last = 0.0


def modest() -> bool:
    """Have the allocator of this process keep little: one arena instead of one for each thread, and
    what is large apart, so that it goes back as soon as it is freed. A worker's most memory
    under dear questions is a tenth less so. Before threads begin; whether it was heard."""
    os.environ.setdefault("ARROW_DEFAULT_MEMORY_POOL", "system")  # instead of one more that keeps
    heavy.hold_off()
    if sys.platform != "linux":
        return False
    setting = getattr(ctypes.CDLL(None), "mallopt", None)  # as mallopt(3) of glibc numbers them
    settings = ((_ARENA_MAX, 1), (_MMAP_THRESHOLD, 128 << 10), (_TRIM_THRESHOLD, 128 << 10))
    return setting is not None and all(setting(name, value) for name, value in settings)


def size() -> int:
    """Bytes that this process holds; 0 where that cannot be told."""
    try:
        return int(_STATM.read_bytes().split()[1]) * _PAGE
    except (OSError, IndexError):
        return 0


def grown(beyond: int = _AMPLE) -> bool:
    """Whether this process is so large that it should give back what it can."""
    return size() > beyond


def give_back(engine: Callable[[], None] = lambda: None) -> bool:
    """Have the allocators give back what is free, where they can be told; whether they were.
    `engine` tells that of queries."""
    global _last  # noqa: PLW0603 - one a process, as the allocator is
    if sys.platform != "linux" or not _lock.acquire(blocking=False):
        return False
    try:
        if time.monotonic() - _last < _SELDOM:
            return False
        _last = time.monotonic()
        engine()
        trim = getattr(ctypes.CDLL(None), "malloc_trim", None)  # glibc alone has it
        return bool(trim and trim(0))
    finally:
        _lock.release()
