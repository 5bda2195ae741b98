"""Many measurements, paced, each a line of a file the moment it ends.

The file is valid whenever the run stops: a line is written whole or, by a machine that dies in the
middle of one, cut off when the file is next opened.
"""

import asyncio
import os
import sys
from collections import deque
from collections.abc import Awaitable, Callable, Iterator, Sequence
from contextlib import ExitStack, suppress
from pathlib import Path
from time import monotonic
from typing import Protocol

import msgspec

from gatewatch import locks
from gatewatch.errors import SourceError, UsageError
from gatewatch.model.ranges import canonical
from gatewatch.probe import clock
from gatewatch.probe import session as sessions
from gatewatch.probe.pacing import Pacer, ProbePace
from gatewatch.probe.session import ProbeSession
from gatewatch.probe.trace import Row, Trace

_TAIL = 1 << 16
_LONGEST_FAULT = 200
_LOOK_AGAIN = 60.0
"""Seconds after which it is asked again whether something may begin: a machine may have slept."""


class ProbeTest(Protocol):
    """One measurement that can be run."""

    trace: Trace

    async def run(self) -> None:
        """Measure."""

    def keys(self) -> Row:
        """What was recorded so far, as test keys."""


class ProbeJob(msgspec.Struct, frozen=True, kw_only=True):
    """One measurement to be made."""

    test: str
    version: str
    named: str | None
    """Its input; None for a test that has none."""
    host: str
    """What it is paced by."""
    make: Callable[[], ProbeTest]
    then: Callable[[ProbeTest], "Sequence[ProbeJob]"] = lambda _: ()
    """Further measurements that this one suggests."""

    @property
    def key(self) -> tuple[str, str | None]:
        """By which a file that is gone on with knows it."""
        return self.test, self.named


class ProbeProgress(msgspec.Struct):
    """Where a run stands; handed on after each measurement."""

    total: int
    done: int = 0
    skipped: int = 0
    """Measured before, in the file that is gone on with."""
    where: str = ""


Sink = Callable[[bytes], Awaitable[None]]


async def run(
    jobs: Sequence[ProbeJob],
    session: ProbeSession,
    pace: ProbePace,
    sink: Sink,
    report: Callable[[ProbeProgress], None] = lambda _: None,
    *,
    before: frozenset[tuple[str, str | None]] = frozenset(),
    hold: Callable[[], float] = lambda: 0.0,
) -> ProbeProgress:
    """Measure all, and hand each measurement as a line to `sink`. Cancelled, what is under way is
    given up and what ended stays. `hold` is asked before each: for so many seconds nothing is to be
    begun."""
    left = [job for job in jobs if job.key not in before]
    progress = ProbeProgress(total=len(left), skipped=len(jobs) - len(left))
    pacer, loop = Pacer(pace), asyncio.get_running_loop()
    waiting: Iterator[ProbeJob] = iter(left)

    async def worker() -> None:
        for job in waiting:
            following = deque([job])
            while following:
                one = following.popleft()
                while (quiet := hold()) > 0:  # noqa: ASYNC110 - the clock on the wall has no event
                    await asyncio.sleep(min(quiet, _LOOK_AGAIN))
                at = pacer.begin(one.host, loop.time())
                await asyncio.sleep(max(0.0, at - loop.time()))
                following += await _measure(one, session, sink)
            progress.done += 1
            progress.where = job.named or job.test
            report(progress)

    try:
        async with asyncio.TaskGroup() as group:
            for _ in range(min(pace.at_once, len(left))):
                group.create_task(worker())
    except ExceptionGroup as faults:  # a disk that is full, a collector that takes nothing
        raise faults.exceptions[0] from None
    return progress


async def _measure(job: ProbeJob, session: ProbeSession, sink: Sink) -> Sequence[ProbeJob]:
    test = job.make()
    began, since = clock.now(), monotonic()
    fault = ""
    try:
        await test.run()
        keys = test.keys()
    except Exception as wrong:  # noqa: BLE001 - a fault of ours ends its own measurement alone
        fault = f"{type(wrong).__name__}: {wrong}"[:_LONGEST_FAULT]
        keys = {**test.trace.keys(), "x_interrupted": True, "x_fault": fault}
    answer = getattr(test, "answer", None)
    client = {answer.client} if answer is not None and answer.client else set()
    # A helper's word takes nothing out of the record that the measurement itself met with.
    met = {canonical(session.resolver), *test.trace.met()}
    client = {one for one in client if canonical(one) not in met}
    line = sessions.measured(
        session,
        test=job.test,
        version=job.version,
        named=job.named,
        began=f"{began:%Y-%m-%d %H:%M:%S}",
        seconds=monotonic() - since,
        keys=keys,
        own=test.trace.own | client,
        helper=answer.helper if answer is not None else "",
    )
    await sink(line)
    return () if fault else job.then(test)


class MeasurementFile:
    """A file of measurements, a line each, to which lines are added whole."""

    def __init__(self, path: Path) -> None:
        self._path = path
        with ExitStack() as held:
            try:
                path.parent.mkdir(parents=True, exist_ok=True)
                self._file = held.enter_context(path.open("a+b", buffering=0))
                is_mine = held.enter_context(locks.alone(_lock(path)))
            except OSError as fault:
                raise SourceError(f"{path}: {fault.strerror}") from None
            if not is_mine:
                raise UsageError(f"{path}: another run is writing it. Wait for it, or name another")
            try:
                self._mend()
            except OSError as fault:
                raise SourceError(f"{path}: {fault.strerror}") from None
            self._held = held.pop_all()

    def _mend(self) -> None:
        """Cut off a last line that was never finished."""
        size = self._file.seek(0, os.SEEK_END)
        at = size
        while at:
            begin = max(0, at - _TAIL)
            self._file.seek(begin)
            tail = self._file.read(at - begin) or b""
            if (place := tail.rfind(b"\n")) >= 0:
                at = begin + place + 1
                break
            at = begin
        if at != size:
            self._file.truncate(at)

    def measured(self) -> frozenset[tuple[str, str | None]]:
        """Test and input of all that is in it."""
        found: set[tuple[str, str | None]] = set()
        with self._path.open("rb") as file:
            for line in file:
                try:
                    head = msgspec.json.decode(line, type=_Head)
                except (msgspec.DecodeError, UnicodeDecodeError, RecursionError):
                    continue
                found.add((head.test_name, head.input))
        return frozenset(found)

    async def add(self, line: bytes) -> None:
        """Add a measurement; it is with the system when this returns. Raises SourceError where not
        all of it could be written; then nothing of it is there."""
        left = memoryview(line + b"\n")
        try:
            size = self._file.seek(0, os.SEEK_END)
            try:
                while left:
                    left = left[self._file.write(left) or 0 :]
            except OSError:
                with suppress(OSError):
                    self._file.truncate(size)
                raise
        except OSError as fault:
            raise SourceError(f"{self._path}: {fault.strerror}") from None

    def close(self) -> None:
        """Let go of the file."""
        self._held.close()


def _lock(path: Path) -> Path:
    """Where the lock on a file is held. Where locks are not mandatory it is on the file itself."""
    return path.with_name(f"{path.name}.lock") if sys.platform == "win32" else path


class _Head(msgspec.Struct):
    test_name: str = ""
    input: str | None = None
