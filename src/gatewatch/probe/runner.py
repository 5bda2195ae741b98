"""Many measurements, paced, each a line of a file the moment it ends.

The file is valid whenever the run stops: a line is written whole or, by a machine that dies in the
middle of one, cut off when the file is next opened.
"""

import asyncio
import os
from collections.abc import Awaitable, Callable, Iterator, Sequence
from datetime import UTC, datetime
from pathlib import Path
from time import monotonic
from typing import Protocol

import msgspec

from gatewatch.errors import SourceError
from gatewatch.probe import session as sessions
from gatewatch.probe.pacing import Pacer, ProbePace
from gatewatch.probe.session import ProbeSession
from gatewatch.probe.trace import Row, Trace

_TAIL = 1 << 16


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
    then: Callable[[ProbeTest], "ProbeJob | None"] = lambda _: None
    """A further measurement that this one suggests."""

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
) -> ProbeProgress:
    """Measure all, and hand each measurement as a line to `sink`. Cancelled, what is under way is
    given up and what ended stays."""
    left = [job for job in jobs if job.key not in before]
    progress = ProbeProgress(total=len(left), skipped=len(jobs) - len(left))
    pacer, loop = Pacer(pace), asyncio.get_running_loop()
    waiting: Iterator[ProbeJob] = iter(left)

    async def worker() -> None:
        for job in waiting:
            following: ProbeJob | None = job
            while following is not None:
                at = pacer.begin(following.host, loop.time())
                await asyncio.sleep(max(0.0, at - loop.time()))
                following = await _measure(following, session, sink)
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


async def _measure(job: ProbeJob, session: ProbeSession, sink: Sink) -> ProbeJob | None:
    test = job.make()
    began, since = datetime.now(UTC), monotonic()
    await test.run()
    answer = getattr(test, "answer", None)
    client = {answer.client} if answer is not None and answer.client else set()
    line = sessions.measured(
        session,
        test=job.test,
        version=job.version,
        named=job.named,
        began=f"{began:%Y-%m-%d %H:%M:%S}",
        seconds=monotonic() - since,
        keys=test.keys(),
        own=test.trace.own | client,
        helper=answer.helper if answer is not None else "",
    )
    await sink(line)
    return job.then(test)


class MeasurementFile:
    """A file of measurements, a line each, to which lines are added whole."""

    def __init__(self, path: Path) -> None:
        self._path = path
        try:
            path.parent.mkdir(parents=True, exist_ok=True)
            self._file = path.open("a+b", buffering=0)
            self._mend()
        except OSError as fault:
            raise SourceError(f"{path}: {fault.strerror}") from None

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
                except msgspec.DecodeError:
                    continue
                found.add((head.test_name, head.input))
        return frozenset(found)

    async def add(self, line: bytes) -> None:
        """Add a measurement; it is with the system when this returns."""
        try:
            self._file.write(line + b"\n")
        except OSError as fault:
            raise SourceError(f"{self._path}: {fault.strerror}") from None

    def close(self) -> None:
        """Let go of the file."""
        self._file.close()


class _Head(msgspec.Struct):
    test_name: str = ""
    input: str | None = None
