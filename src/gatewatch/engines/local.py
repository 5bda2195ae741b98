"""Heavy map steps on this machine: functions from a batch to a result, over processes."""

import os
import pickle
import sys
from collections import deque
from collections.abc import Callable, Iterable, Iterator
from concurrent.futures import Future, ProcessPoolExecutor
from contextlib import contextmanager
from functools import cache
from multiprocessing import get_all_start_methods, get_context
from multiprocessing.shared_memory import SharedMemory
from typing import Any, NamedTuple, TypeVar

from gatewatch import heavy

In = TypeVar("In")
Out = TypeVar("Out")

_AHEAD = 2
"""Batches that wait for each worker: enough to keep it busy, few enough to keep memory flat."""
_DESK_BYTES = 8 * 1024 * 1024
"""Shared memory for each of them. Containers often have 64 MB of it."""
START = "forkserver" if "forkserver" in get_all_start_methods() else "spawn"
"""How a process of our own begins: never as a copy of one that has threads."""


def workers(asked: int | None = None) -> int:
    """How many processes to use: those asked for, else as many as there are processors."""
    return max(1, asked or _processors())


def _processors() -> int:
    """Those that this process may use, where the system tells; else all."""
    if sys.platform == "linux":
        return len(os.sched_getaffinity(0))
    return os.cpu_count() or 1


def map_batches(
    function: Callable[[In], Out], batches: Iterable[In], processes: int, start: Callable[[], None]
) -> Iterator[Out]:
    """The function's results, in the order of the batches; with one process, in this one.

    `start` is called once in every worker before its first batch. Function and batches must be
    picklable. A worker that dies raises BrokenProcessPool here; nothing is lost in silence.
    """
    if processes == 1:
        start()
        yield from map(function, batches)
        return
    with (
        _desks(processes * _AHEAD) as desks,
        ProcessPoolExecutor(
            processes, get_context(START), initializer=begun, initargs=(start,)
        ) as pool,
    ):
        waiting: deque[tuple[Future[_Parcel], SharedMemory]] = deque()
        for batch in batches:
            desk = desks.pop()
            waiting.append((pool.submit(_work, function, _pack(batch, desk)), desk))
            if not desks:
                yield _taken(*waiting.popleft(), desks)
        while waiting:
            yield _taken(*waiting.popleft(), desks)


def begun(start: Callable[[], None]) -> None:
    """What a process of Gatewatch's own begins with."""
    heavy.hold_off()
    start()


class _Parcel(NamedTuple):
    """A pickled value on its way: in shared memory, or by itself where it is too large for that.

    A pipe between processes takes 64 kB at a time and stops both ends each time; by this way two
    processors do 1.9 times the work of one instead of 1.6.
    """

    desk: str
    size: int = 0
    whole: bytes | None = None


def _pack(value: object, desk: SharedMemory) -> _Parcel:
    """Pickle a value onto a desk."""
    surface = _Surface(_memory(desk))
    try:
        pickle.dump(value, surface, pickle.HIGHEST_PROTOCOL)
    except _FullError:
        return _Parcel(desk.name, whole=pickle.dumps(value, pickle.HIGHEST_PROTOCOL))
    return _Parcel(desk.name, surface.used)


def _unpack(parcel: _Parcel, desk: SharedMemory) -> Any:
    """The value of a parcel; nothing of it lies on the desk any more."""
    if parcel.whole is not None:
        return pickle.loads(parcel.whole)  # noqa: S301 - packed by _pack, in a process of our own
    return pickle.loads(_memory(desk)[: parcel.size])  # noqa: S301 - as above


def _memory(desk: SharedMemory) -> memoryview:
    assert desk.buf is not None, "a desk stays open as long as the pool"
    return desk.buf


def _work(function: Callable[[In], Out], parcel: _Parcel) -> _Parcel:
    """In a worker: the result goes where the batch lay."""
    desk = _attached(parcel.desk)
    return _pack(function(_unpack(parcel, desk)), desk)


@cache
def _attached(name: str) -> SharedMemory:
    return SharedMemory(name)


def _taken(done: "Future[_Parcel]", desk: SharedMemory, desks: list[SharedMemory]) -> Any:
    value = _unpack(done.result(), desk)
    desks.append(desk)
    return value


@contextmanager
def _desks(count: int) -> Iterator[list[SharedMemory]]:
    """Pieces of shared memory, gone at the end."""
    made = [SharedMemory(create=True, size=_DESK_BYTES) for _ in range(count)]
    try:
        yield made.copy()
    finally:
        for desk in made:
            desk.close()
            desk.unlink()


class _FullError(Exception):
    """A value is larger than a desk."""


class _Surface:
    """A file over memory of a fixed size."""

    def __init__(self, memory: memoryview) -> None:
        self._memory = memory
        self.used = 0

    def write(self, data: bytes | pickle.PickleBuffer) -> int:
        view = memoryview(data).cast("B")
        end = self.used + view.nbytes
        if end > self._memory.nbytes:
            raise _FullError
        self._memory[self.used : end] = view
        self.used = end
        return view.nbytes
