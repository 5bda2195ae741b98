"""A pure function of one value that remembers what it gave, for the hot path.

`functools.lru_cache` with a bound keeps a list of which answer was used last, and moving an answer
to its end at every look-up costs more than the look-up itself. Here all are forgotten at once when
there are too many, which a stream of measurements reaches seldom.
"""

from collections.abc import Callable, Hashable
from typing import TypeVar

K = TypeVar("K", bound=Hashable)
V = TypeVar("V")
MOST = 65_536


class _Memo(dict[K, V]):
    __slots__ = ("make",)
    make: Callable[[K], V]

    def __missing__(self, key: K) -> V:
        if len(self) >= MOST:
            self.clear()
        found = self[key] = self.make(key)
        return found


def memo(make: Callable[[K], V]) -> Callable[[K], V]:
    """A function that gives what `make` gives, which is asked once for each value."""
    held: _Memo[K, V] = _Memo()
    held.make = make
    return held.__getitem__
