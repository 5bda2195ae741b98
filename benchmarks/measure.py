"""What a benchmark measures and how it is told."""

import time
from collections.abc import Callable
from dataclasses import dataclass


@dataclass(frozen=True)
class Result:
    """One comparison of the same run. `ratio` is what the promise is about."""

    name: str
    ours: str
    baseline: str
    ratio: float
    promise: str
    kept: bool


def seconds(work: Callable[[], object], repeat: int = 1) -> float:
    """The shortest of several runs: the one least disturbed by the machine."""
    best = float("inf")
    for _ in range(repeat):
        start = time.perf_counter()
        work()
        best = min(best, time.perf_counter() - start)
    return best
