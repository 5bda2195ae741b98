"""Round after round of own measurements: judged as they end, kept in a file, brought into a ledger,
submitted to a collector."""

import asyncio
import shutil
import signal
from collections import Counter
from collections.abc import Awaitable, Callable, Iterator, Sequence
from contextlib import contextmanager, suppress
from datetime import UTC, datetime, timedelta
from pathlib import Path
from typing import Any

import msgspec

from gatewatch.analysis.network.tools import judge, tools
from gatewatch.errors import SourceError
from gatewatch.model.verdict import Verdict
from gatewatch.probe import methods, runner
from gatewatch.probe.collecting import CollectorClient, Outbox
from gatewatch.probe.failing import own_failure
from gatewatch.probe.limits import ProbeLimits
from gatewatch.probe.pacing import ProbePace, until_loud
from gatewatch.probe.runner import MeasurementFile, ProbeJob, ProbeProgress
from gatewatch.probe.session import ProbeSession
from gatewatch.sources.measurements.ooni import decode


class MeasurementPlaces(msgspec.Struct, frozen=True, kw_only=True):
    """Where measurements go: a file always, a ledger and a collector where they are named."""

    file: Path
    stays: bool
    """Whether the file was asked for; else it is gone once its measurements are where they go."""
    resume: bool = False
    """Whether what the file holds is left out."""
    ledger: str | None = None
    collector: str | None = None


class ProbeRound(msgspec.Struct):
    """What one round brought, as far as it has come."""

    verdicts: list[Verdict] = msgspec.field(default_factory=list)
    states: Counter[str] = msgspec.field(default_factory=Counter)
    """Of the verdicts."""
    looked: list[tuple[str, str]] = msgspec.field(default_factory=list)
    """Inputs of measurements that no rule judges, and what each saw."""
    own: Counter[str] = msgspec.field(default_factory=Counter)
    """Failures of this machine itself, which say nothing of any network."""
    faults: Counter[str] = msgspec.field(default_factory=Counter)
    """Faults of this program's own that ended a measurement."""
    skipped: int = 0
    """Measured before, in the file that is gone on with."""
    added: int | None = None
    """New to the ledger; None where none was named."""


class Probing:
    """What is measured again and again, and where it goes."""

    def __init__(
        self,
        session: ProbeSession,
        pace: ProbePace,
        limits: ProbeLimits,
        places: MeasurementPlaces,
    ) -> None:
        self._session, self._pace, self._limits = session, pace, limits
        self._places = places
        self._rounds = 0
        self.stopped = False
        """Whether Ctrl-C or a signal to end came."""
        self.outbox: Outbox | None = None
        """What the collector has yet to take, and why."""

    def once(
        self,
        jobs: Sequence[ProbeJob],
        hours: tuple[int, int] | None,
        report: Callable[[ProbeProgress, ProbeRound], None],
    ) -> ProbeRound:
        """One round, nothing begun in the quiet hours. Stopped, what ended stays."""
        done = ProbeRound()
        file = MeasurementFile(self._places.file)
        # A round of a schedule measures all again: only the first goes on with the file.
        goes_on = self._places.resume and not self._rounds
        before = file.measured() if goes_on else frozenset()
        self._rounds += 1

        def run(sink: runner.Sink) -> Awaitable[ProbeProgress]:
            return runner.run(
                jobs,
                self._session,
                self._pace,
                sink,
                report=lambda at: report(at, done),
                before=before,
                hold=lambda: until_loud(datetime.now().astimezone().time(), hours),
            )

        try:
            asyncio.run(self._measure(run, file.add, done))
        finally:
            file.close()
        return done

    def keep(self, done: ProbeRound) -> None:
        """Bring a round into the ledger; the file goes where nobody wants it any more."""
        path, ledger = self._places.file, self._places.ledger
        if ledger is not None and path.stat().st_size:
            # What reads measurements in is loaded where there are some to be read.
            from gatewatch.pipeline.facts import record
            from gatewatch.pipeline.measurements import ingest

            done.added = ingest(ledger, str(path)).added
            record(ledger)
        if not self._places.stays and not (self.outbox and self.outbox.waiting):
            path.unlink()

    def unsent(self) -> Path | None:
        """Where the measurements are kept that the collector did not take in all the run: in their
        file, or here where none was asked for. None where it took all. Raises SourceError where
        they could not be kept."""
        if self.outbox is None or not self.outbox.waiting:
            return None
        if self._places.stays:
            return self._places.file
        path = Path(f"gatewatch-unsent-{datetime.now(UTC):%Y%m%dT%H%M%SZ}.jsonl")
        try:
            shutil.move(self._places.file, path)
            shutil.move(self.outbox.journal, f"{path}.unsent")
        except OSError as fault:
            raise SourceError(
                f"{path}: {fault.strerror}. {len(self.outbox.waiting):,} are lost"
            ) from None
        return path

    def wait(self, pause: timedelta) -> None:
        """Until the next round, or a signal to end."""

        async def sleep() -> None:
            with self._stoppable():
                await asyncio.sleep(pause.total_seconds())

        asyncio.run(sleep())

    async def _measure(
        self,
        run: Callable[[runner.Sink], Awaitable[ProbeProgress]],
        keep: Callable[[bytes], Awaitable[None]],
        done: ProbeRound,
    ) -> None:
        outbox: Outbox | None = None
        if self._places.collector:
            # Made anew for each round: what waits is told by the file beside the measurements.
            client = CollectorClient(self._places.collector, self._limits)
            outbox = Outbox(client, self._places.file)
        self.outbox = outbox

        async def sink(line: bytes) -> None:
            if outbox is not None:
                outbox.expect(line)
            await keep(line)
            _note(line, done)
            if outbox is not None:
                await outbox.send(line)

        with self._stoppable():
            tools()  # made ready before anything is timed
            if outbox is not None:
                await outbox.begin()
            done.skipped = (await run(sink)).skipped
            if outbox is not None:
                await outbox.end()

    @contextmanager
    def _stoppable(self) -> Iterator[None]:
        """What stands within is ended by Ctrl-C or a signal to end, and by nothing else."""
        own, loop = asyncio.current_task(), asyncio.get_running_loop()

        def stop() -> None:
            self.stopped = True
            if own is not None:
                own.cancel()

        for one in (signal.SIGINT, signal.SIGTERM):
            with suppress(NotImplementedError):  # Windows has no handlers in a loop
                loop.add_signal_handler(one, stop)
        try:
            yield
        except asyncio.CancelledError:
            if not self.stopped:
                raise


def _note(line: bytes, done: ProbeRound) -> None:
    """A measurement that ended: what it says, and of whom."""
    fault = str(_keys(line).get("x_fault") or "") if b'"x_fault":' in line else ""
    if fault:
        done.faults[fault] += 1
    measured = decode(line)
    if measured.test_name in methods.UNJUDGED:
        if not fault:  # else it has no result of which a word could be said
            saw = methods.told(measured.test_name, _keys(line))
            done.looked.append((measured.input or "", saw))
        return
    verdict = judge(measured)
    done.verdicts.append(verdict)
    done.states[verdict.state] += 1
    if verdict.state == "insufficient" and (word := own_failure(line)):
        done.own[word] += 1


def _keys(line: bytes) -> dict[str, Any]:
    found: dict[str, Any] = msgspec.json.decode(line)["test_keys"]
    return found
