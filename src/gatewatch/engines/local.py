"""Heavy map steps on this machine: functions from a batch to a result, over processes."""

import os
from collections import deque
from collections.abc import Callable, Iterable, Iterator
from concurrent.futures import Future, ProcessPoolExecutor
from multiprocessing import get_context
from typing import TypeVar

In = TypeVar("In")
Out = TypeVar("Out")

_AHEAD = 2
"""Batches that wait for each worker: enough to keep it busy, few enough to keep memory flat."""


def workers(asked: int | None = None) -> int:
    """How many processes to use: those asked for, else as many as there are processors."""
    return max(1, asked or len(os.sched_getaffinity(0)))


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
    with ProcessPoolExecutor(processes, get_context("forkserver"), initializer=start) as pool:
        waiting: deque[Future[Out]] = deque()
        for batch in batches:
            waiting.append(pool.submit(function, batch))
            if len(waiting) >= processes * _AHEAD:
                yield waiting.popleft().result()
        while waiting:
            yield waiting.popleft().result()
