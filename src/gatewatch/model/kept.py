"""Answers kept for who asks again, bounded by the memory that they take and not by their number: of
one question an answer may be a thousand times as large as that of another."""

import sys
from collections import OrderedDict
from collections.abc import Hashable, Mapping
from datetime import date, datetime
from typing import Any, Generic, TypeVar

import msgspec

V = TypeVar("V")
_LOOKED_AT = (8, 8, 8, 4, 2)
"""Members of a long collection that are weighed for all of it at the most, by its depth. Weighing a
dozen cases whole took 7 ms, a tenth of the page that they are found for."""
_DEEPEST = 7
_PLAIN = frozenset({str, bytes, int, float, bool, type(None), date, datetime})
"""Kinds of values that hold no others."""


def weight(value: object, depth: int = 0) -> int:
    """About how many bytes a value holds, its members included.

    Of a long collection some members are weighed, evenly spread; what is deeper than seven levels
    counts as itself. What several values share is counted with each.
    """
    if type(value) in _PLAIN:  # most of what is weighed
        return sys.getsizeof(value)
    own = int(getattr(value, "nbytes", 0)) or sys.getsizeof(value, 64)
    if depth >= _DEEPEST or isinstance(value, (str, int, bytes)):
        return own
    if isinstance(value, msgspec.Struct):
        return own + sum(
            weight(getattr(value, name), depth + 1) for name in value.__struct_fields__
        )
    if isinstance(value, (list, tuple, set, frozenset)):
        return own + _sampled(value if isinstance(value, (list, tuple)) else list(value), depth)
    if isinstance(value, Mapping):
        return own + _sampled(list(value.items()), depth)
    inner = getattr(value, "__dict__", None)
    return own + (_sampled(list(inner.values()), depth) if inner else 0)


def _sampled(members: "list[Any] | tuple[Any, ...]", depth: int) -> int:
    step = max(1, -(-len(members) // _LOOKED_AT[min(depth, len(_LOOKED_AT) - 1)]))
    some = members[::step]
    return sum(weight(one, depth + 1) for one in some) * len(members) // max(1, len(some))


class Kept(Generic[V]):
    """The answers used last, as many as fit into so many bytes. One that takes more than a quarter
    of them is not kept: it would push out what many ask for the sake of one."""

    def __init__(self, most: int) -> None:
        self._most, self.bytes = most, 0
        self._held: OrderedDict[Hashable, tuple[V, int]] = OrderedDict()

    def __len__(self) -> int:
        return len(self._held)

    def __contains__(self, question: Hashable) -> bool:
        return question in self._held

    def get(self, question: Hashable) -> V:
        """The answer to a question; KeyError if it is not kept."""
        answer, _ = self._held[question]
        self._held.move_to_end(question)
        return answer

    def put(self, question: Hashable, answer: V) -> None:
        """Keep an answer, for as long as there is room."""
        size = weight(answer)
        if question in self._held:
            self.bytes -= self._held.pop(question)[1]
        if size > self._most // 4:
            return
        self._held[question] = (answer, size)
        self.bytes += size
        while self.bytes > self._most:
            _, (_, gone) = self._held.popitem(last=False)
            self.bytes -= gone

    def clear(self) -> None:
        """Keep nothing any more."""
        self._held.clear()
        self.bytes = 0
