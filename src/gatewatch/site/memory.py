"""Memory given back to the system: an allocator keeps what was freed, and a worker that has once
answered something large would stay as large for good."""

import ctypes
import os
import sys
import threading
import time

_SELDOM = 2.0
"""Seconds between two times at the least."""
_TRIM_THRESHOLD, _MMAP_THRESHOLD, _ARENA_MAX = -1, -3, -8
_lock = threading.Lock()
_last = 0.0


def modest() -> bool:
    """Have the allocator of this process keep little: two arenas instead of one for each thread,
    and what is large apart, so that it goes back as soon as it is freed. A worker's most memory
    under dear questions is a tenth less so. Before threads begin; whether it was heard."""
    os.environ.setdefault("ARROW_DEFAULT_MEMORY_POOL", "system")  # instead of one more that keeps
    if sys.platform != "linux":
        return False
    setting = getattr(ctypes.CDLL(None), "mallopt", None)  # as mallopt(3) of glibc numbers them
    settings = ((_ARENA_MAX, 2), (_MMAP_THRESHOLD, 128 << 10), (_TRIM_THRESHOLD, 128 << 10))
    return setting is not None and all(setting(name, value) for name, value in settings)


def give_back() -> bool:
    """Have the allocator give back what is free, where it is one that can be told; whether it
    was."""
    global _last  # noqa: PLW0603 - one a process, as the allocator is
    if sys.platform != "linux" or not _lock.acquire(blocking=False):
        return False
    try:
        if time.monotonic() - _last < _SELDOM:
            return False
        _last = time.monotonic()
        trim = getattr(ctypes.CDLL(None), "malloc_trim", None)  # glibc alone has it
        return bool(trim and trim(0))
    finally:
        _lock.release()
