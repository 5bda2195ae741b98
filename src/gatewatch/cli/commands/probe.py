"""probe: look for yourself, from where you are."""

import asyncio
import random
import shutil
import signal
from collections import Counter
from collections.abc import Awaitable, Callable, Iterable
from concurrent.futures import ThreadPoolExecutor
from contextlib import suppress
from datetime import UTC, datetime, timedelta
from pathlib import Path
from tempfile import TemporaryDirectory
from typing import TYPE_CHECKING, Annotated, Any, Optional

import msgspec
import typer

from gatewatch.cli import complete, consent
from gatewatch.cli.options import (
    As,
    LedgerAt,
    NoColor,
    Output,
    Quiet,
    country_code,
    finite,
    ledger_at,
)
from gatewatch.cli.output import show
from gatewatch.cli.progress import Done, Report, progress
from gatewatch.cli.terminal import Page, count, note, words
from gatewatch.errors import GatewatchError, SourceError, UsageError
from gatewatch.model.jurisdiction import Jurisdiction
from gatewatch.model.ranges import parsed
from gatewatch.model.redaction import defanged
from gatewatch.model.register import duration

if TYPE_CHECKING:
    from gatewatch.model.entry import Entry
    from gatewatch.model.register import Register
    from gatewatch.model.selector import Selector
    from gatewatch.model.verdict import Verdict
    from gatewatch.probe.collecting import Outbox
    from gatewatch.probe.inputs import ProbeInput
    from gatewatch.probe.runner import ProbeJob
    from gatewatch.probe.session import ProbeSession
    from gatewatch.probe.web import ProbeTools

EXAMPLES = (
    "probe wechat.com --country RU --asn 12389 --control https://control.example/ --i-understand",
    "probe --service wechat --out wechat.jsonl",
    "probe --list test-list.csv --without PORN --out ru.jsonl --resume",
    "probe --register ru-demo --sample 9 --record --every 6h --rounds 1",
)
_RESOLVERS = (
    "udp://1.1.1.1",
    "tcp://1.1.1.1",
    "tls://1.1.1.1",
    "https://1.1.1.1/dns-query",
)
"""One resolver elsewhere by four ways, of which the network can forge two."""
_HOURS = 24
_MOST_FAULTS = 3
_Text = Optional[str]  # noqa: UP045 - Typer reads no other form
_Texts = Optional[list[str]]  # noqa: UP045
_File = Optional[Path]  # noqa: UP045


def probe(
    targets: Annotated[_Texts, typer.Argument(metavar="[URL]...", help="Hosts or URLs.")] = None,
    listed: Annotated[
        _File,
        typer.Option(
            "--list",
            metavar="FILE",
            help="URLs, a line each, or a test list in the Citizen Lab's form.",
        ),
    ] = None,
    service: Annotated[
        _Texts,
        typer.Option(
            "--service",
            metavar="SERVICE",
            help="A service by its own test, or by its domains where it has none. May be given again.",
            autocompletion=complete.services,
        ),
    ] = None,
    domains: Annotated[
        bool, typer.Option("--domains", help="Each domain of the service too.")
    ] = False,
    register: Annotated[
        _Text,
        typer.Option(metavar="ID", help="Hosts that a register in the ledger lists now."),
    ] = None,
    sample: Annotated[
        int, typer.Option(min=1, help="How many of the register's hosts, chosen by chance.")
    ] = 100,
    without: Annotated[
        _Texts,
        typer.Option(
            metavar="CODE",
            help="A category of the list, or a ground of the register, to leave out, as PORN.",
        ),
    ] = None,
    control: Annotated[
        _Texts,
        typer.Option(
            metavar="URL", help="A control helper elsewhere; the first that answers counts."
        ),
    ] = None,
    resolver: Annotated[
        _Texts,
        typer.Option(
            metavar="URL",
            help="A resolver to ask beside the system's: udp://, tcp://, tls:// or https:// and an "
            "address; none for no other. Default: 1.1.1.1, by all four.",
        ),
    ] = None,
    country: Annotated[
        Optional[Jurisdiction],  # noqa: UP045
        typer.Option(
            metavar="CC",
            help="The country you measure from; without it no verdict counts for one.",
            parser=country_code,
            autocompletion=complete.countries,
        ),
    ] = None,
    asn: Annotated[
        int, typer.Option(min=0, max=(1 << 32) - 1, help="The number of your network.")
    ] = 0,
    networks: Annotated[
        _File,
        typer.Option(
            metavar="FILE", help="A CSV of network,asn: to which network an address belongs."
        ),
    ] = None,
    own_address: Annotated[
        _Texts,
        typer.Option(
            metavar="ADDRESS",
            help="An address by which the world knows this machine, to be taken out of everything.",
        ),
    ] = None,
    method: Annotated[
        _Texts,
        typer.Option(
            "--method",
            metavar="METHOD",
            help="Where something is cut, look again: sni (a harmless name in the handshake), host (in "
            "the Host header), ping (several times), ttl (how far away), rate (slow by name alone), "
            "ech (with Encrypted Client Hello); all or none. May be given again. Default: sni, host.",
        ),
    ] = None,
    out: Annotated[
        _File, typer.Option(metavar="FILE", help="Add each measurement to this file, a line each.")
    ] = None,
    resume: Annotated[
        bool, typer.Option("--resume", help="Leave out what the file holds already.")
    ] = False,
    record: Annotated[bool, typer.Option("--record", help="Bring them into the ledger.")] = False,
    ledger: LedgerAt = None,
    collector: Annotated[
        _Text, typer.Option(metavar="URL", help="Submit each measurement to this collector.")
    ] = None,
    at_once: Annotated[int, typer.Option(min=1, max=1000, help="Measurements at one time.")] = 8,
    rate: Annotated[
        float,
        typer.Option(
            min=0, callback=finite, help="Measurements a second, all together; 0 for no limit."
        ),
    ] = 2.0,
    apart: Annotated[
        float,
        typer.Option(min=0, callback=finite, help="Seconds between two measurements of one host."),
    ] = 5.0,
    timeout: Annotated[
        float,
        typer.Option(
            min=0.1,
            max=60,
            callback=finite,
            help="Seconds for a connect; the rest in proportion.",
        ),
    ] = 15.0,
    deadline: Annotated[
        float,
        typer.Option(min=1, max=600, callback=finite, help="Seconds for one measurement."),
    ] = 120.0,
    every: Annotated[
        _Text,
        typer.Option(
            metavar="TIME",
            help="Again and again, as 6h or 1d, until stopped; each round reads lists and draws "
            "samples anew.",
        ),
    ] = None,
    rounds: Annotated[
        int, typer.Option(min=0, help="With --every: end after so many; 0 for never.")
    ] = 0,
    quiet_hours: Annotated[
        _Text,
        typer.Option(
            metavar="H-H", help="Hours of the local day in which nothing is begun, as 23-6."
        ),
    ] = None,
    understood: Annotated[
        bool,
        typer.Option(
            "--i-understand", help="What a probe does, and who can see it, is known; for schedules."
        ),
    ] = False,
    language: Annotated[
        _Text,
        typer.Option(
            "--language", metavar="LANGUAGE", help="en, ru or zh, for what is said before."
        ),
    ] = None,
    output: As = Output.TABLE,
    quiet: Quiet = False,
    no_color: NoColor = False,
) -> None:
    """Measure from here: resolve, connect, shake hands, request, each step apart, beside a control.

    Measurements are in OONI's format, and judged as everybody's are.
    """
    from gatewatch import __version__
    from gatewatch.probe import session as sessions
    from gatewatch.probe.collecting import collector_of
    from gatewatch.probe.control import Helper
    from gatewatch.probe.jobs import USUAL, methods_of
    from gatewatch.probe.limits import ProbeLimits
    from gatewatch.probe.networks import NetworkTable, load
    from gatewatch.probe.pacing import ProbePace
    from gatewatch.probe.resolution import Resolver
    from gatewatch.probe.web import ProbeTools

    limits = ProbeLimits(whole=deadline).scaled(timeout)
    given = [one for one in resolver or _RESOLVERS if one != "none"]
    table = load(networks) if networks else NetworkTable()
    tools = ProbeTools(
        limits=limits,
        resolvers=tuple(Resolver.parse(one) for one in given),
        helpers=tuple(Helper.parse(one) for one in control or ()),
        networks=table,
        threads=ThreadPoolExecutor(max(at_once, 32)),
    )
    methods = methods_of(method or USUAL)

    def drawn() -> "list[ProbeJob]":
        return _jobs(
            _inputs(
                targets,
                listed,
                register=register,
                sample=sample,
                ledger=ledger,
                without=without or [],
            ),
            service or [],
            tools,
            methods=methods,
            domains=domains,
        )

    jobs = drawn()  # what is wrong with it is said before anything is asked
    if resume and out is None:
        raise UsageError("--resume goes on with a file: name it with --out")
    hours = _hours(quiet_hours)
    pause, own = _pause(every), _addresses(own_address or ())
    if collector is not None:
        collector_of(collector)
    consent.given(understood=understood, spoken=language)
    session = sessions.begun(
        __version__,
        country=country.code if country else "ZZ",
        asn=asn,
        networks=table,
        addresses=own,
    )
    if not tools.helpers and not quiet:
        note("No control is asked: what is down cannot be told from what is cut off (--control)")
    with TemporaryDirectory() as folder:
        run = _Run(
            jobs=jobs,
            session=session,
            pace=ProbePace(at_once=at_once, a_second=rate, apart=apart),
            out=out,
            folder=Path(folder),
            resume=resume,
            ledger=ledger_at(ledger) if record else None,
            collector=collector,
            limits=limits,
            quiet=quiet,
        )
        try:
            _rounds(run, drawn, hours, pause=pause, rounds=rounds, output=output)
        except (typer.Exit, GatewatchError):
            if unsent := run.unsent():
                note(unsent)
            raise
        if unsent := run.unsent():
            raise SourceError(unsent)


def _rounds(
    run: "_Run",
    drawn: "Callable[[], list[ProbeJob]]",
    hours: tuple[int, int] | None,
    *,
    pause: timedelta | None,
    rounds: int,
    output: Output,
) -> None:
    """Round after round; what goes wrong in one of a schedule is said, and the next is made."""
    number = 0
    while True:
        number += 1
        is_last = pause is None or bool(rounds and number >= rounds)
        try:
            run.once(hours)
            _show(run, output)
        except GatewatchError as fault:
            if is_last:
                raise
            note(f"{fault}. The schedule goes on")
        if run.stopped:
            raise typer.Exit(130)
        if pause is None or is_last:
            return
        if run.outbox is not None and run.outbox.waiting:
            note(
                f"Until the next round {count(len(run.outbox.waiting), 'measurement')} waiting for "
                f"the collector. {run.outbox.fault}"
            )
        run.wait(pause)
        if run.stopped:
            raise typer.Exit(130)
        run.draw(drawn)


def _inputs(
    targets: list[str] | None,
    listed: Path | None,
    *,
    register: str | None,
    sample: int,
    ledger: str | None,
    without: list[str],
) -> "list[ProbeInput]":
    """All URLs that were asked for, each once."""
    from gatewatch.probe.inputs import ProbeInput, chosen, of_file, url_of

    found = [ProbeInput(url_of(one)) for one in targets or ()]
    if listed is not None:
        found += of_file(listed)
    if register is not None:
        found += [ProbeInput(url_of(host)) for host in _sampled(register, sample, ledger, without)]
    return chosen(found, without)


def _sampled(
    register: str, number: int, ledger: str | None, without: Iterable[str] = ()
) -> list[str]:
    """Hosts that a register lists now, addresses among them, so many by chance, none of an entry
    whose ground is left out. Never a page within: which those are is withheld for a reason. Raises
    UsageError where it lists none."""
    from gatewatch.model.moment import Moment
    from gatewatch.query import ledger as reading
    from gatewatch.query.entries import Sought, entries

    opened = reading.open(ledger_at(ledger))
    found = entries(opened, register, Sought(), Moment.parse())
    declared = opened.history_of.registers()[register]
    left_out = {ground.casefold() for ground in without}
    hosts = {
        host
        for one in found[:]
        if left_out.isdisjoint(_grounds(one.version.entry, declared))
        for named in one.version.entry.selectors
        if (host := _host(named)) is not None
    }
    if not hosts:
        raise UsageError(f"{register} lists no host now that could be measured")
    return random.sample(sorted(hosts), min(number, len(hosts)))


def _grounds(entry: "Entry", declared: "Register") -> set[str]:
    """What an entry rests on, as published and as finely as it can be told."""
    from gatewatch.model.entry import Decision

    decision = entry.decision or Decision()
    finer, _ = declared.article(entry.ground, decision.body, decision.number)
    return {one.casefold() for one in (entry.ground, finer) if one}


def _host(named: "Selector") -> str | None:
    """The host of a selector as a URL has it; None for a network and an app, which have none."""
    from gatewatch.model.selector import Kind

    if named.kind == Kind.IP:
        return f"[{named.value}]" if ":" in named.value else named.value
    return named.host


def _jobs(
    inputs: "list[ProbeInput]",
    services: list[str],
    tools: "ProbeTools",
    *,
    methods: frozenset[str],
    domains: bool,
) -> "list[ProbeJob]":
    from gatewatch.catalogue import facts
    from gatewatch.probe.jobs import of_service, of_urls

    found = of_urls(inputs, tools, methods=methods)
    for name in services:
        found += of_service(name, facts.load(), tools, methods=methods, domains=domains)
    if not found:
        raise UsageError("what is to be measured? Name a URL, --list, --service or --register")
    return list({job.key: job for job in found}.values())


def _hours(text: str | None) -> tuple[int, int] | None:
    if text is None:
        return None
    first, dash, last = text.partition("-")
    if not (dash and first.isdecimal() and last.isdecimal()):
        raise UsageError(f"--quiet-hours {text!r}: write two hours of the day, as 23-6")
    if not (int(first) < _HOURS and int(last) < _HOURS):
        raise UsageError(f"--quiet-hours {text!r}: hours go from 0 to 23")
    if int(first) == int(last):
        raise UsageError(f"--quiet-hours {text!r}: none of the day, or all of it? Write two hours")
    return int(first), int(last)


def _pause(text: str | None) -> timedelta | None:
    if text is None:
        return None
    try:
        pause = duration(text)
    except ValueError:
        pause = timedelta()
    if not pause:
        raise UsageError(f"--every {text!r}: write 30m, 6h or 1d")
    return pause


def _addresses(given: Iterable[str]) -> tuple[str, ...]:
    """This machine's addresses as they were named: one that is mistyped would be taken out of
    nothing."""
    for text in given:
        if parsed(text) is None:
            raise UsageError(f"--own-address {text!r} is no address, as 192.0.2.7 or 2001:db8::7")
    return tuple(given)


class _Run:
    """What is measured again and again, and where it goes."""

    def __init__(
        self,
        *,
        jobs: "list[ProbeJob]",
        session: "ProbeSession",
        pace: Any,
        out: Path | None,
        folder: Path,
        resume: bool,
        ledger: str | None,
        collector: str | None,
        limits: Any,
        quiet: bool,
    ) -> None:
        self._jobs, self._session, self._pace = jobs, session, pace
        self._out, self._resume, self._ledger = out, resume, ledger
        self._collector, self._limits, self._quiet = collector, limits, quiet
        self.verdicts: list[Verdict] = []
        self.skipped = 0
        self.added: int | None = None
        self.stopped = False
        self.rounds = 0
        self.looked: list[tuple[str, str]] = []
        self.own: Counter[str] = Counter()
        self.faults: Counter[str] = Counter()
        self.out = out
        self._path = out or folder / "measurements.jsonl"
        self.outbox: Outbox | None = None

    def draw(self, drawn: "Callable[[], list[ProbeJob]]") -> None:
        """What the next round measures: lists are read and samples drawn anew. Where that fails the
        schedule goes on with what it had."""
        try:
            self._jobs = drawn()
        except GatewatchError as fault:
            note(f"{fault}. This round measures what the last one did")

    def once(self, hours: tuple[int, int] | None) -> None:
        """One round. Stopped by Ctrl-C or a signal to end, what ended stays."""
        from gatewatch.probe.runner import MeasurementFile

        self.verdicts, self.looked, self.added = [], [], None
        self.own.clear()
        self.faults.clear()
        path = self._path
        file = MeasurementFile(path)
        # A round of a schedule measures all again: only the first goes on with the file.
        before = file.measured() if self._resume and not self.rounds else frozenset()
        self.rounds += 1
        try:
            with progress("probe", quiet=self._quiet) as report:
                asyncio.run(self._measure(file, before, report, hours))
        finally:
            file.close()
        self._told()
        if self._ledger is not None and path.stat().st_size:
            from gatewatch.pipeline.facts import record
            from gatewatch.pipeline.measurements import ingest

            self.added = ingest(self._ledger, str(path)).added
            record(self._ledger)
        if self._out is None and not (self.outbox and self.outbox.waiting):
            path.unlink()

    def _told(self) -> None:
        """What went wrong in a round that says nothing of any network."""
        if self.own:
            words = ", ".join(sorted(self.own))
            note(
                f"This machine itself failed in {self.own.total():,} of {len(self.verdicts):,} "
                f"({words}): no route, no interface or its own firewall. That says nothing of "
                "any network"
            )
        for fault, number in self.faults.most_common(_MOST_FAULTS):
            note(f"{number:,} ended by a fault of Gatewatch's own, please report it: {fault}")
        if self.outbox is not None and self.outbox.refused:
            note(f"{self.outbox.refused:,} were refused. {self.outbox.refusal}")

    def unsent(self) -> str:
        """What is to be said of measurements that the collector did not take in all the run; they
        are kept where they are, or here where no file was named."""
        if self.outbox is None or not self.outbox.waiting:
            return ""
        path = self._path
        if self._out is None:
            path = Path(f"gatewatch-unsent-{datetime.now(UTC):%Y%m%dT%H%M%SZ}.jsonl")
            try:
                shutil.move(self._path, path)
                shutil.move(self.outbox.journal, f"{path}.unsent")
            except OSError as fault:
                return f"{path}: {fault.strerror}. {len(self.outbox.waiting):,} are lost"
        why = self.outbox.fault or "The run was stopped"
        return (
            f"Not submitted: {count(len(self.outbox.waiting), 'measurement')}. {why}. "
            f"Kept in {path}: the same command with --out {path} --resume submits them"
        )

    async def _measure(
        self,
        file: Any,
        before: frozenset[tuple[str, str | None]],
        report: Report,
        hours: tuple[int, int] | None,
    ) -> None:
        from gatewatch.probe import runner
        from gatewatch.probe.collecting import CollectorClient, Outbox
        from gatewatch.probe.pacing import until_loud

        outbox: Outbox | None = None
        if self._collector:
            # Made anew for each round: what waits is told by the file beside the measurements.
            outbox = Outbox(CollectorClient(self._collector, self._limits), self._path)
        self.outbox = outbox
        counts: Counter[str] = Counter()
        own = asyncio.current_task()
        loop = asyncio.get_running_loop()

        def stop() -> None:
            self.stopped = True
            if own is not None:
                own.cancel()

        for one in (signal.SIGINT, signal.SIGTERM):
            with suppress(NotImplementedError):  # Windows has no handlers in a loop
                loop.add_signal_handler(one, stop)
        sink = self._sink(file.add, outbox, counts)
        try:
            if outbox is not None:
                await outbox.begin()
            ended = await runner.run(
                self._jobs,
                self._session,
                self._pace,
                sink,
                report=lambda at: report(Done(at.done, at.total, _counted(counts))),
                before=before,
                hold=lambda: until_loud(datetime.now().astimezone().time(), hours),
            )
            self.skipped = ended.skipped
            if outbox is not None:
                await outbox.end()
        except asyncio.CancelledError:
            if not self.stopped:
                raise

    def _sink(
        self,
        keep: Callable[[bytes], Awaitable[None]],
        outbox: "Outbox | None",
        counts: Counter[str],
    ) -> Callable[[bytes], Awaitable[None]]:
        from gatewatch.analysis.network.tools import judge, tools
        from gatewatch.probe.failing import own_failure
        from gatewatch.sources.measurements.ooni import decode

        tools()  # made ready before anything is timed

        async def sink(line: bytes) -> None:
            if outbox is not None:
                outbox.expect(line)
            await keep(line)
            if b'"x_fault":' in line and (fault := _fault(line)):
                self.faults[fault] += 1
            measured = decode(line)
            if word := _looked(measured.test_name, line):
                self.looked.append((measured.input or "", word))
            else:
                verdict = judge(measured)
                self.verdicts.append(verdict)
                counts[verdict.state] += 1
                if verdict.state == "insufficient" and (word := own_failure(line)):
                    self.own[word] += 1
            if outbox is not None:
                await outbox.send(line)

        return sink

    def wait(self, pause: timedelta) -> None:
        """Until the next round, or a signal to end."""

        async def sleep() -> None:
            own, loop = asyncio.current_task(), asyncio.get_running_loop()

            def stop() -> None:
                self.stopped = True
                if own is not None:
                    own.cancel()

            for one in (signal.SIGINT, signal.SIGTERM):
                with suppress(NotImplementedError):
                    loop.add_signal_handler(one, stop)
            with suppress(asyncio.CancelledError):
                await asyncio.sleep(pause.total_seconds())

        asyncio.run(sleep())


def _counted(counts: Counter[str]) -> str:
    return ", ".join(f"{number} {words(state)}" for state, number in counts.most_common())


def _fault(line: bytes) -> str:
    """The fault of this program's own that ended a measurement; empty without one."""
    return str(msgspec.json.decode(line)["test_keys"].get("x_fault") or "")


def _looked(test: str, line: bytes) -> str:
    """What a method saw whose measurements no rule judges; empty for all others."""
    from gatewatch.probe import methods

    if test not in methods.UNJUDGED:
        return ""
    return methods.told(test, msgspec.json.decode(line)["test_keys"])


def _show(run: _Run, output: Output) -> None:
    rows = [
        {
            "state": str(one.state),
            "mechanism": one.mechanism,
            "locus": str(one.locus),
            "target": one.target,
            "about": one.about,
            "why": one.why,
            "rule": one.rules[0] if one.rules else None,
            "uid": one.uid,
        }
        for one in run.verdicts
    ]

    def person(page: Page) -> None:
        page.head("Measured from here", count(len(rows), "measurement"))
        page.table(
            [
                [*page.state(one.state)],
                one.mechanism or "",
                (defanged(one.target or ""), "bold"),
                (one.why, "dim"),
            ]
            for one in run.verdicts
        )
        for target, word in run.looked:
            page.field("Looked again", defanged(target), word)
        if run.skipped:
            page.field("Left out", f"{run.skipped:,}", "measured before, in that file")
        if run.out is not None:
            page.field("Kept in", str(run.out), f"gatewatch verdict {run.out}")
        if run.added is not None:
            page.field("Recorded", f"{run.added:,}", "new to the ledger")
        if run.outbox is not None:
            page.field("Submitted", f"{run.outbox.taken:,}", "taken by the collector")
        elif run.out is None and run.added is None:
            page.line(("  Nothing was kept: --out FILE, --record or --collector URL", "dim"))
        if run.stopped:
            page.line(("  Stopped: what had ended was kept", "bold"))

    show(output, rows, person)
