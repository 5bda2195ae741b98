"""probe: look for yourself, from where you are."""

import random
from collections.abc import Callable, Iterable, Sequence
from concurrent.futures import ThreadPoolExecutor
from datetime import timedelta
from pathlib import Path
from tempfile import TemporaryDirectory
from typing import TYPE_CHECKING, Annotated, Optional

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
from gatewatch.cli.progress import Done, progress
from gatewatch.cli.terminal import Page, count, note, words
from gatewatch.errors import GatewatchError, SourceError, UsageError
from gatewatch.model.jurisdiction import Jurisdiction
from gatewatch.model.redaction import defanged
from gatewatch.model.register import duration

if TYPE_CHECKING:
    from gatewatch.pipeline.probing import ProbeRound, Probing
    from gatewatch.probe.collecting import Outbox
    from gatewatch.probe.inputs import ProbeInput
    from gatewatch.probe.runner import ProbeJob, ProbeProgress
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
    from gatewatch.pipeline.probing import MeasurementPlaces, Probing
    from gatewatch.probe import session as sessions
    from gatewatch.probe.collecting import collector_of
    from gatewatch.probe.control import Helper
    from gatewatch.probe.jobs import USUAL, methods_of
    from gatewatch.probe.limits import ProbeLimits
    from gatewatch.probe.networks import NetworkTable, load
    from gatewatch.probe.pacing import ProbePace, hours_of
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
    hours = hours_of(quiet_hours) if quiet_hours is not None else None
    pause, own = _pause(every), sessions.own_addresses(own_address or ())
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
        places = MeasurementPlaces(
            file=out or Path(folder) / "measurements.jsonl",
            stays=out is not None,
            resume=resume,
            ledger=ledger_at(ledger) if record else None,
            collector=collector,
        )
        pace = ProbePace(at_once=at_once, a_second=rate, apart=apart)
        run = Probing(session, pace, limits, places)

        def once(jobs: "Sequence[ProbeJob]") -> None:
            with progress("probe", quiet=quiet) as report:
                done = run.once(jobs, hours, lambda at, so_far: report(_done(at, so_far)))
            _tell(done, run.outbox)
            run.keep(done)
            _show(run, done, out, output)

        try:
            _rounds(run, once, drawn, pause=pause, rounds=rounds, jobs=jobs)
        except (typer.Exit, GatewatchError):
            if unsent := _unsent(run):
                note(unsent)
            raise
        if unsent := _unsent(run):
            raise SourceError(unsent)


def _rounds(
    run: "Probing",
    once: "Callable[[Sequence[ProbeJob]], None]",
    drawn: "Callable[[], list[ProbeJob]]",
    *,
    jobs: "Sequence[ProbeJob]",
    pause: timedelta | None,
    rounds: int,
) -> None:
    """Round after round; what goes wrong in one of a schedule is said, and the next is made."""
    number = 0
    while True:
        number += 1
        is_last = pause is None or bool(rounds and number >= rounds)
        try:
            once(jobs)
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
        try:
            jobs = drawn()
        except GatewatchError as fault:
            note(f"{fault}. This round measures what the last one did")


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
    """Hosts that a register lists now, so many by chance. Raises UsageError where it lists none."""
    from gatewatch.model.moment import Moment
    from gatewatch.query import ledger as reading
    from gatewatch.query.listed_hosts import listed_hosts

    opened = reading.open(ledger_at(ledger))
    hosts = listed_hosts(opened, register, Moment.parse(), without=without)
    if not hosts:
        raise UsageError(f"{register} lists no host now that could be measured")
    return random.sample(sorted(hosts), min(number, len(hosts)))


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


def _done(at: "ProbeProgress", so_far: "ProbeRound") -> Done:
    states = so_far.states.most_common()
    return Done(
        at.done, at.total, ", ".join(f"{number} {words(state)}" for state, number in states)
    )


def _tell(done: "ProbeRound", outbox: "Outbox | None") -> None:
    """What went wrong in a round that says nothing of any network."""
    if done.own:
        failures = ", ".join(sorted(done.own))
        note(
            f"This machine itself failed in {done.own.total():,} of {len(done.verdicts):,} "
            f"({failures}): no route, no interface or its own firewall. That says nothing of "
            "any network"
        )
    for fault, number in done.faults.most_common(_MOST_FAULTS):
        note(f"{number:,} ended by a fault of Gatewatch's own, please report it: {fault}")
    if outbox is not None and outbox.refused:
        note(f"{outbox.refused:,} were refused. {outbox.refusal}")


def _unsent(run: "Probing") -> str:
    """What is to be said of measurements that the collector did not take; empty if it took all."""
    try:
        path = run.unsent()
    except SourceError as fault:
        return str(fault)
    if path is None or run.outbox is None:
        return ""
    why = run.outbox.fault or "The run was stopped"
    return (
        f"Not submitted: {count(len(run.outbox.waiting), 'measurement')}. {why}. "
        f"Kept in {path}: the same command with --out {path} --resume submits them"
    )


def _show(run: "Probing", done: "ProbeRound", out: Path | None, output: Output) -> None:
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
        for one in done.verdicts
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
            for one in done.verdicts
        )
        for target, word in done.looked:
            page.field("Looked again", defanged(target), word)
        if done.skipped:
            page.field("Left out", f"{done.skipped:,}", "measured before, in that file")
        if out is not None:
            page.field("Kept in", str(out), f"gatewatch verdict {out}")
        if done.added is not None:
            page.field("Recorded", f"{done.added:,}", "new to the ledger")
        if run.outbox is not None:
            page.field("Submitted", f"{run.outbox.taken:,}", "taken by the collector")
        elif out is None and done.added is None:
            page.line(("  Nothing was kept: --out FILE, --record or --collector URL", "dim"))
        if run.stopped:
            page.line(("  Stopped: what had ended was kept", "bold"))

    show(output, rows, person)
