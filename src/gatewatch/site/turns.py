"""Who is answered next. A question waits until a ledger is free; cheap ones go before dear ones, of
which one at a time is answered; who cannot be answered soon is told so at once, and who has gone is
not answered.

All waiting is in threads of the pool that runs handlers, so its length is bounded below the size
of that pool: what needs no ledger is answered meanwhile.
"""

import threading
import time
from collections.abc import Callable, Iterable, Iterator
from contextlib import contextmanager
from contextvars import ContextVar
from typing import Any, Generic, TypeVar

from gatewatch.errors import StoppedError, overdue
from gatewatch.ledger.patience import Patience

T = TypeVar("T")
MOST_WAITING, MOST_JOINED = 22, 12
"""Questions that wait for a ledger, and those that wait for the answer of an equal one: together
fewer than the forty threads that there are for handlers."""
LONGEST_WAIT = 30.0
"""Seconds."""
LONGEST_ANSWER = 60.0
"""Seconds for a question once it has a ledger."""
DEAR = 0.25
"""Seconds that a dear question takes."""
_PRECEDENCE = 8.0
"""Seconds that a question waits behind cheaper ones for each second that it takes."""
_MOST_PRICES = 256


class Asker:
    """One request while it is answered. Another thread says when its client has hung up."""

    def __init__(self, kind: str = "") -> None:
        self.kind, self.gone, self.spent = kind, False, 0.0
        """`spent`: seconds of a processor for which ledgers worked for it."""
        self.flight: Flight[Any] | None = None
        self.waits: Callable[[], None] | None = None
        """Called when an answer needs a ledger, to look out for a client that hangs up."""

    def hang_up(self) -> None:
        """The client has gone: end what is done for it alone."""
        self.gone = True
        self.look()

    def look(self) -> None:
        """End the query that runs for it, if nobody waits for that any more."""
        if self.flight is not None:
            self.flight.look()


ASKER: ContextVar[Asker | None] = ContextVar("asker", default=None)
"""The request that this thread or task answers; None where nobody waits, as for the index."""


class Prices:
    """What questions of a kind took as a rule, in seconds."""

    def __init__(self) -> None:
        self._of: dict[str, float] = {}

    def of(self, kind: str) -> float:
        """What such a question may be expected to take; of a kind that is new here, too much."""
        return self._of.get(kind, 2 * DEAR)

    def paid(self, kind: str, seconds: float) -> None:
        """Remember what one took: a dear one at once, a cheap one little by little."""
        if kind not in self._of and len(self._of) >= _MOST_PRICES:
            self._of.clear()
        before = self._of.get(kind, seconds)
        self._of[kind] = max(seconds, before * 0.8 + seconds * 0.2)


class _Waiting:
    """One who waits, and when it would have come if the cheap had come before it."""

    def __init__(self, at: float, *, dear: bool) -> None:
        self.at, self.dear = at, dear


class Turns(Generic[T]):
    """Things of which each is used by one at a time."""

    def __init__(self, things: Iterable[T]) -> None:
        self._free = list(things)
        self._most_dear = max(1, len(self._free) - 1)
        self._dear = 0
        self._waiting: list[_Waiting] = []
        self._changed = threading.Condition()

    @contextmanager
    def one(self, price: float, stops: Callable[[], bool]) -> Iterator[T]:
        """One of the things, when it is our turn.

        Raises StoppedError if too many wait, it took too long, or `stops`.
        """
        dear = price > DEAR
        thing = self._take(_Waiting(time.monotonic() + price * _PRECEDENCE, dear=dear), stops)
        try:
            yield thing
        finally:
            with self._changed:
                self._free.insert(len(self._free) if dear else 0, thing)
                self._dear -= dear
                self._changed.notify_all()

    def _take(self, mine: _Waiting, stops: Callable[[], bool]) -> T:
        end = time.monotonic() + LONGEST_WAIT
        with self._changed:
            if len(self._waiting) >= MOST_WAITING:
                raise busy()
            self._waiting.append(mine)
            try:
                while not self._is_next(mine):
                    if stops():
                        raise overdue()
                    if time.monotonic() > end:
                        raise busy()
                    self._changed.wait(0.25)
                self._dear += mine.dear
                # Dear ones take the last, as a rule the same one: what they leave in memory is
                # there once.
                return self._free.pop(-1 if mine.dear else 0)
            finally:
                self._waiting.remove(mine)
                self._changed.notify_all()

    def _is_next(self, mine: _Waiting) -> bool:
        if not self._free or (mine.dear and self._dear >= self._most_dear):
            return False
        may = [one for one in self._waiting if not one.dear or self._dear < self._most_dear]
        return min(may, key=lambda one: one.at) is mine


class Flight(Generic[T]):
    """One answer in the making, and all who wait for it. It is given up when all have gone or when
    it takes too long."""

    def __init__(self, first: Asker | None) -> None:
        self._done, self._lock = threading.Event(), threading.Lock()
        self._answer: list[T] = []
        self._fault: BaseException | None = None
        self._interrupt: Callable[[], None] | None = None
        self.patience = Patience()
        """Without any asker it has no end: it is for the site itself."""
        self.askers: list[Asker] = [first] if first else []
        if first:
            first.flight = self

    def stops(self) -> bool:
        """Whether nobody waits any more."""
        if self.askers and all(one.gone for one in self.askers):
            self.patience.gone = True
        return self.patience.over()

    def look(self) -> None:
        """End the query that runs now, if nobody waits for it."""
        with self._lock:
            if self._interrupt is not None and self.stops():
                self._interrupt()

    @contextmanager
    def running(self, interrupt: Callable[[], None]) -> Iterator[None]:
        """While a ledger is asked; what ends its query. What the processor worked is counted as
        the first asker's."""
        began = time.thread_time()
        if self.askers:
            self.patience.ends = time.monotonic() + LONGEST_ANSWER
        with self._lock:
            self._interrupt = interrupt
        try:
            yield
        finally:
            with self._lock:
                self._interrupt = None
            if self.askers:
                self.askers[0].spent += time.thread_time() - began

    def land(self, answer: T) -> None:
        """Give all who wait their answer."""
        self._answer.append(answer)
        self._done.set()

    def crash(self, fault: BaseException) -> None:
        """Tell all who wait what went wrong."""
        self._fault = fault
        self._done.set()

    def join(self, asker: Asker | None) -> T:
        """The answer, as soon as it is there; its fault, if it failed."""
        if asker:
            self.askers.append(asker)
            asker.flight = self
            if asker.waits:
                asker.waits()
        while not self._done.wait(0.25):
            if asker and asker.gone:
                raise overdue()
        if self._fault is not None:
            raise self._fault
        return self._answer[0]


def busy() -> StoppedError:
    """What one is told who cannot be answered now."""
    return StoppedError("more is asked just now than can be answered; try again in some seconds")
