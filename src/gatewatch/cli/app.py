"""The commands, each a few lines: the work is elsewhere."""

from enum import StrEnum
from typing import Annotated, Optional

import typer

from gatewatch.cli.options import (
    All,
    As,
    AsOf,
    FingerprintsAt,
    Full,
    Jurisdiction,
    LedgerAt,
    NoColor,
    Plot,
    Private,
    RecordedBy,
    RulesAt,
    Shape,
    StateAt,
    ValidAt,
    three,
)
from gatewatch.model.states import Action, Agreement, State


class Language(StrEnum):
    """Languages that texts are read in."""

    EN = "en"
    RU = "ru"
    ZH = "zh"


class TokenAction(StrEnum):
    """What `gatewatch token` does."""

    ADD = "add"
    LIST = "list"
    REVOKE = "revoke"


class AlertsAction(StrEnum):
    """What `gatewatch alerts` does."""

    LIST = "list"
    ADD = "add"
    REMOVE = "remove"
    RESUME = "resume"
    LOG = "log"


class Check(StrEnum):
    """What `gatewatch catalogue` does."""

    CHECK = "check"


def ingest(
    register: Annotated[
        str,
        typer.Argument(
            help="A register's id, the path of its TOML, or ooni for network measurements."
        ),
    ],
    source: Annotated[
        str,
        typer.Argument(
            help="A file, folder, archive, git repository or its URL, or - for standard input. "
            "Measurements: .json, .jsonl, .tar, compressed or not, folders, s3://BUCKET/PREFIX."
        ),
    ],
    ledger: LedgerAt = None,
    path: Annotated[
        Optional[str],  # noqa: UP045
        typer.Option(help="The list's path within the repository or folder, if not the usual one."),
    ] = None,
    rules: RulesAt = None,
    fingerprints: FingerprintsAt = None,
    processes: Annotated[
        Optional[int],  # noqa: UP045
        typer.Option(min=1, help="For measurements: how many processes; default one a processor."),
    ] = None,
    shape: As = Shape.TABLE,
    quiet: Annotated[bool, typer.Option("--quiet", "-q", help="No progress.")] = False,
    no_color: NoColor = False,
) -> None:
    """Bring a register's history, or measurements, into the ledger. Safe to stop and run again."""
    if register == "ooni":
        from gatewatch.analysis.ready import Settings
        from gatewatch.cli.ingest_measurements import run as run_measurements

        run_measurements(source, ledger, Settings(rules, fingerprints), processes, shape,
                         quiet=quiet, color=not no_color)  # fmt: skip
        return
    from gatewatch.cli.ingest import run

    run(register, source, ledger, path, shape, quiet=quiet, color=not no_color)


def verdict(
    measurement: Annotated[
        str,
        typer.Argument(
            metavar="FILE|UID",
            help="A file of measurements, - for standard input, or the uid of one in the ledger.",
        ),
    ],
    ledger: LedgerAt = None,
    rules: RulesAt = None,
    fingerprints: FingerprintsAt = None,
    shape: As = Shape.TABLE,
    every: Annotated[bool, typer.Option("--all", help="Show every step.")] = False,
    no_color: NoColor = False,
) -> None:
    """What a network measurement shows: where it broke, beside what worked elsewhere, and why."""
    from gatewatch.analysis.ready import Settings
    from gatewatch.cli.verdict import run

    run(measurement, ledger, Settings(rules, fingerprints), shape, every=every, color=not no_color)


def judge(
    ledger: LedgerAt = None,
    rules: RulesAt = None,
    compare: Annotated[
        bool, typer.Option("--compare", help="Only show what would change; write nothing.")
    ] = False,
    shape: As = Shape.TABLE,
    no_color: NoColor = False,
) -> None:
    """Judge all measurements again by the rules as they are now; old verdicts stay beside."""
    from gatewatch.analysis.ready import Settings
    from gatewatch.cli.verdict import rejudge

    rejudge(ledger, Settings(rules), shape, write=not compare, color=not no_color)


def check(
    selectors: Annotated[
        Optional[list[str]],  # noqa: UP045
        typer.Argument(
            metavar="[SELECTOR]...",
            help="Domains, URLs, addresses, networks or masks; - or nothing reads them from standard input, one a line.",
        ),
    ] = None,
    ledger: LedgerAt = None,
    valid_at: ValidAt = None,
    as_of: AsOf = None,
    recorded_by: RecordedBy = None,
    jurisdiction: Jurisdiction = None,
    shape: As = Shape.TABLE,
    full: Full = False,
    every: All = False,
    no_color: NoColor = False,
) -> None:
    """Is it listed, since when, by which decision, until when?"""
    from gatewatch.cli.ask import check as run

    run(selectors, ledger, three(valid_at, as_of, recorded_by), jurisdiction, shape,
        full=full, every=every, color=not no_color)  # fmt: skip


def history(
    selector: Annotated[str, typer.Argument(help="A domain, URL, address, network or mask.")],
    ledger: LedgerAt = None,
    valid_at: ValidAt = None,
    as_of: AsOf = None,
    recorded_by: RecordedBy = None,
    jurisdiction: Jurisdiction = None,
    shape: As = Shape.TABLE,
    plot: Annotated[
        Optional[str],  # noqa: UP045
        typer.Option(metavar="FILE.svg", help="Draw the listings over time into this file."),
    ] = None,
    full: Full = False,
    no_color: NoColor = False,
) -> None:
    """Every listing that ever met a selector, oldest first."""
    from gatewatch.cli.look_back import history as run

    run(
        selector, ledger, three(valid_at, as_of, recorded_by), jurisdiction, shape,
        plot=plot, full=full, color=not no_color)  # fmt: skip


def entry(
    register: Annotated[str, typer.Argument(help="A register's id.")],
    entry_id: Annotated[str, typer.Argument(metavar="ID", help="The entry's id in the register.")],
    ledger: LedgerAt = None,
    valid_at: ValidAt = None,
    as_of: AsOf = None,
    recorded_by: RecordedBy = None,
    shape: As = Shape.TABLE,
    full: Full = False,
    every: All = False,
    no_color: NoColor = False,
) -> None:
    """Every version of one entry."""
    from gatewatch.cli.look_back import entry as run

    run(
        register, entry_id, ledger, three(valid_at, as_of, recorded_by), shape,
        full=full, every=every, color=not no_color)  # fmt: skip


def changes(
    register: Annotated[Optional[str], typer.Argument(help="A register's id; default all.")] = None,  # noqa: UP045
    since: Annotated[Optional[str], typer.Option(metavar="TIME", help="From this time on.")] = None,  # noqa: UP045
    until: Annotated[
        str | None, typer.Option(metavar="TIME", help="Up to, not including, this time.")
    ] = None,
    ledger: LedgerAt = None,
    valid_at: ValidAt = None,
    as_of: AsOf = None,
    recorded_by: RecordedBy = None,
    jurisdiction: Jurisdiction = None,
    shape: As = Shape.TABLE,
    full: Full = False,
    limit: Annotated[
        int, typer.Option(min=1, help="How many to show a person, newest first.")
    ] = 40,
    no_color: NoColor = False,
) -> None:
    """What registers added, changed and removed, newest last."""
    from gatewatch.cli.look_back import changes as run

    run(register, (since, until), ledger, three(valid_at, as_of, recorded_by), jurisdiction, shape,
        full=full, limit=limit, color=not no_color)  # fmt: skip


def registers(
    ledger: LedgerAt = None,
    valid_at: ValidAt = None,
    as_of: AsOf = None,
    recorded_by: RecordedBy = None,
    jurisdiction: Jurisdiction = None,
    known: Annotated[bool, typer.Option("--known", help="Those declared, held or not.")] = False,
    shape: As = Shape.TABLE,
    no_color: NoColor = False,
) -> None:
    """Registers held: last published, last checked, silent since when."""
    from gatewatch.cli.keep import registers as run

    run(
        ledger,
        three(valid_at, as_of, recorded_by),
        jurisdiction,
        shape,
        known=known,
        color=not no_color,
    )


def quarantine(
    snapshot: Annotated[
        Optional[str],  # noqa: UP045
        typer.Argument(help="The snapshot to decide on; its name may be shortened."),
    ] = None,
    accept: Annotated[bool, typer.Option("--accept", help="Believe it after all.")] = False,
    reject: Annotated[bool, typer.Option("--reject", help="Never believe it.")] = False,
    note: Annotated[Optional[str], typer.Option(help="Why; kept with the decision.")] = None,  # noqa: UP045
    records: Annotated[
        bool, typer.Option("--records", help="Records not understood within snapshots instead.")
    ] = False,
    ledger: LedgerAt = None,
    valid_at: ValidAt = None,
    as_of: AsOf = None,
    recorded_by: RecordedBy = None,
    jurisdiction: Jurisdiction = None,
    shape: As = Shape.TABLE,
    no_color: NoColor = False,
) -> None:
    """Snapshots set aside with their reasons; accept or reject one.

    With --records: what was not understood within snapshots, be they believed or not.
    """
    from gatewatch.cli.keep import quarantine as run
    from gatewatch.cli.keep import set_aside

    if records:
        set_aside(
            snapshot,
            ledger,
            three(valid_at, as_of, recorded_by),
            jurisdiction,
            shape,
            color=not no_color,
        )
        return
    run(snapshot, ledger, three(valid_at, as_of, recorded_by), jurisdiction, shape, accept=accept, reject=reject, note=note,
        color=not no_color)  # fmt: skip


def case(
    service: Annotated[str, typer.Argument(help="A service by its id or any of its names.")],
    jurisdiction: Annotated[str, typer.Argument(metavar="CC", help="A jurisdiction, as RU or CN.")],
    ledger: LedgerAt = None,
    valid_at: ValidAt = None,
    as_of: AsOf = None,
    recorded_by: RecordedBy = None,
    shape: As = Shape.TABLE,
    plot: Annotated[
        Optional[str],  # noqa: UP045
        typer.Option(metavar="FILE", help="Also draw the five lanes: a .svg, .png or .html file."),
    ] = None,
    disagree: Annotated[
        bool, typer.Option("--disagree", help="Only what sources dispute.")
    ] = False,
    no_picture: Annotated[
        bool, typer.Option("--no-picture", help="Leave the timeline out, as for a screen reader.")
    ] = False,
    no_color: NoColor = False,
) -> None:
    """One service in one jurisdiction: its state, the steps that led there, who disputes what."""
    from gatewatch.cli.cases import case as run

    run(service, jurisdiction, ledger, three(valid_at, as_of, recorded_by), shape, plot=plot,
        picture=not no_picture, disagree=disagree, color=not no_color)  # fmt: skip


def cases(
    state: Annotated[
        Optional[State],  # noqa: UP045
        typer.Option(help="Only cases in this state."),
    ] = None,
    rule: Annotated[
        Optional[str],  # noqa: UP045
        typer.Option(help="Only cases for which somebody names this rule, by id or number."),
    ] = None,
    authority: Annotated[
        Optional[str],  # noqa: UP045
        typer.Option(help="Only cases in which this body acts, by a part of its name."),
    ] = None,
    year: Annotated[
        Optional[int],  # noqa: UP045
        typer.Option(min=1990, max=2100, help="Only cases with a step in this year."),
    ] = None,
    jurisdiction: Jurisdiction = None,
    valid_at: ValidAt = None,
    as_of: AsOf = None,
    shape: As = Shape.TABLE,
    no_color: NoColor = False,
) -> None:
    """All cases in a table: state, since when, on which ground."""
    from gatewatch.cli.cases import every as run

    run(three(valid_at, as_of, None), shape, state=state, rule=rule, authority=authority,
        year=year, code=jurisdiction, color=not no_color)  # fmt: skip


def contradictions(
    service: Annotated[
        Optional[str],  # noqa: UP045
        typer.Argument(help="A service by its id or any of its names; default all."),
    ] = None,
    jurisdiction: Jurisdiction = None,
    valid_at: ValidAt = None,
    as_of: AsOf = None,
    shape: As = Shape.TABLE,
    no_color: NoColor = False,
) -> None:
    """What sources do not agree on: days, reasons, laws, with each side's sources."""
    from gatewatch.cli.cases import contradictions as run

    run(service, jurisdiction, three(valid_at, as_of, None), shape, color=not no_color)


def episodes(
    target: Annotated[
        Optional[str],  # noqa: UP045
        typer.Argument(help="A host, or a service by any of its names; default all."),
    ] = None,
    ledger: LedgerAt = None,
    as_of: AsOf = None,
    recorded_by: RecordedBy = None,
    jurisdiction: Jurisdiction = None,
    by_service: Annotated[
        bool, typer.Option("--by-service", help="Take the hosts of a service as one series.")
    ] = False,
    ongoing: Annotated[
        bool, typer.Option("--ongoing", help="Only those with no end seen.")
    ] = False,
    silence: Annotated[
        bool,
        typer.Option(
            "--silence", help="Instead, where measurements stopped that were there as a rule."
        ),
    ] = False,
    members: Annotated[
        bool, typer.Option("--members", help="Instead, the measurements that they rest on.")
    ] = False,
    changed_since: Annotated[
        Optional[str],  # noqa: UP045
        typer.Option(
            metavar="WHEN",
            help="Instead, what has been told otherwise since the record of that time.",
        ),
    ] = None,
    plot: Plot = None,
    shape: As = Shape.TABLE,
    no_color: NoColor = False,
) -> None:
    """Blocking over time, from measurements: onset and end with their doubt, networks, mechanisms."""
    from gatewatch.cli.episodes import run

    run(target, ledger, three(None, as_of, recorded_by), jurisdiction, shape, by_service=by_service,
        ongoing=ongoing, silence=silence, plot=plot, changed_since=changed_since, members=members, color=not no_color)  # fmt: skip


def reconcile(
    target: Annotated[
        Optional[str],  # noqa: UP045
        typer.Argument(
            help="A host, or a service by any of its names; default all that is listed or measured."
        ),
    ] = None,
    jurisdiction: Annotated[
        str,
        typer.Option("--jurisdiction", "-j", metavar="CC", help="The jurisdiction, as RU or UA."),
    ] = "",
    state: Annotated[
        Optional[Agreement],  # noqa: UP045
        typer.Option(help="Only targets in this state."),
    ] = None,
    network: Annotated[
        Optional[str],  # noqa: UP045
        typer.Option(metavar="ASN", help="What this network alone says, as AS12389."),
    ] = None,
    by_network: Annotated[
        bool, typer.Option("--by-network", help="A row for each network that measured the target.")
    ] = False,
    by_service: Annotated[
        bool, typer.Option("--by-service", help="The hosts of a service are told together.")
    ] = False,
    limit: Annotated[
        Optional[int],  # noqa: UP045
        typer.Option(min=1, help="At most so many rows; the counts are of all."),
    ] = None,
    plot: Plot = None,
    ledger: LedgerAt = None,
    valid_at: ValidAt = None,
    as_of: AsOf = None,
    recorded_by: RecordedBy = None,
    shape: As = Shape.TABLE,
    no_color: NoColor = False,
) -> None:
    """Does the network agree with the register? Listed but reachable, blocked but not listed, ..."""
    from gatewatch.cli.reconcile import run

    run(target, jurisdiction, state, network, ledger, three(valid_at, as_of, recorded_by), shape,
        by_service=by_service, by_network=by_network, limit=limit, plot=plot, color=not no_color)  # fmt: skip


def serve(
    ledger: LedgerAt = None,
    host: Annotated[str, typer.Option(help="The address to listen on.")] = "127.0.0.1",
    port: Annotated[int, typer.Option(min=1, max=65535, help="The port to listen on.")] = 8451,
    workers: Annotated[int, typer.Option(min=1, max=64, help="Processes that answer.")] = 1,
    public_url: Annotated[
        str,
        typer.Option(metavar="URL", help="Where people reach the site, for links in feeds."),
    ] = "",
    allow_host: Annotated[
        Optional[list[str]],  # noqa: UP045
        typer.Option(
            metavar="NAME", help="A name by which the site may be called. May be given again."
        ),
    ] = None,
    rate: Annotated[
        int, typer.Option(min=0, help="Requests a minute of one client; 0 for no limit.")
    ] = 600,
    behind_proxy: Annotated[
        bool,
        typer.Option(
            "--behind-proxy", help="Take the client from X-Forwarded-For, which a proxy wrote."
        ),
    ] = False,
    exports: Annotated[
        str,
        typer.Option(metavar="FOLDER", help="What gatewatch export filled, to serve under /data."),
    ] = "",
    state: StateAt = None,
) -> None:
    """The site: pages for people, an API for programs, feeds. On the ledger as it stands."""
    from gatewatch.cli.serve import run

    run(ledger, host=host, port=port, workers=workers, public_url=public_url, allow=allow_host or [],
        rate=rate, behind_proxy=behind_proxy, exports=exports, state=state)  # fmt: skip


def token(
    action: Annotated[TokenAction, typer.Argument(help="add, list or revoke.")] = TokenAction.LIST,
    name: Annotated[Optional[str], typer.Argument(help="Whose token it is.")] = None,  # noqa: UP045
    may: Annotated[
        Optional[list[str]],  # noqa: UP045
        typer.Option(metavar="SCOPE", help="alerts or reports; default both. May be given again."),
    ] = None,
    ledger: LedgerAt = None,
    state: StateAt = None,
    shape: As = Shape.TABLE,
    no_color: NoColor = False,
) -> None:
    """Tokens for those who may write: made, shown once, revoked."""
    from gatewatch.cli.token import run

    run(action, name, may or [], ledger, state, shape, color=not no_color)


def alerts(
    action: Annotated[
        AlertsAction, typer.Argument(help="list, add, remove, resume or log.")
    ] = AlertsAction.LIST,
    target: Annotated[
        Optional[str],  # noqa: UP045
        typer.Argument(help="add: https://... or mailto:...; remove, resume: a subscription's id."),
    ] = None,
    service: Annotated[
        Optional[list[str]],  # noqa: UP045
        typer.Option(help="Only events of this service. May be given again."),
    ] = None,
    jurisdiction: Annotated[
        Optional[list[str]],  # noqa: UP045
        typer.Option("--jurisdiction", "-j", metavar="CC", help="Only of this jurisdiction."),
    ] = None,
    register: Annotated[Optional[list[str]], typer.Option(help="Only of this register.")] = None,  # noqa: UP045
    kind: Annotated[
        Optional[list[str]],  # noqa: UP045
        typer.Option(help="Only state, onset, end, register, silence or surge."),
    ] = None,
    ledger: LedgerAt = None,
    state: StateAt = None,
    private: Private = False,
    shape: As = Shape.TABLE,
    no_color: NoColor = False,
) -> None:
    """Who is told of what: webhooks and mail. gatewatch watch sends them."""
    from gatewatch.cli.alerts import run

    run(action, target, {"services": service, "jurisdictions": jurisdiction, "registers": register, "kinds": kind},
        ledger, state, shape, private=private, color=not no_color)  # fmt: skip


def watch(
    plan: Annotated[
        str, typer.Argument(metavar="PLAN.toml", help="Sources: [[source]] register, from, every.")
    ],
    ledger: LedgerAt = None,
    state: StateAt = None,
    once: Annotated[
        bool, typer.Option("--once", help="Look at what is due, then end; for cron.")
    ] = False,
    now: Annotated[
        bool, typer.Option("--now", help="Look at every source at the start, due or not.")
    ] = False,
    status: Annotated[
        bool, typer.Option("--status", help="Only show when each source was looked at.")
    ] = False,
    exports: Annotated[
        Optional[str],  # noqa: UP045
        typer.Option(metavar="FOLDER", help="Export into this folder whenever something changed."),
    ] = None,
    public_url: Annotated[
        str, typer.Option(metavar="URL", help="Where the site is, for links in alerts.")
    ] = "",
    private: Private = False,
    shape: As = Shape.TABLE,
    no_color: NoColor = False,
) -> None:
    """Look at declared sources on their cadence, bring in what is new, tell who wants to know."""
    from gatewatch.cli.watch import run

    run(plan, ledger, state, shape, once=once, at_once=now, status=status, exports=exports, public_url=public_url,
        private=private, color=not no_color)  # fmt: skip


def export(
    folder: Annotated[str, typer.Argument(help="An empty folder, or that of an earlier export.")],
    ledger: LedgerAt = None,
    valid_at: ValidAt = None,
    as_of: AsOf = None,
    recorded_by: RecordedBy = None,
    dataset: Annotated[
        Optional[list[str]],  # noqa: UP045
        typer.Option(metavar="NAME", help="Only this data set. May be given again."),
    ] = None,
    licence: Annotated[
        Optional[list[str]],  # noqa: UP045
        typer.Option(
            metavar="TEXT",
            help="Only data sets whose licence holds this text. May be given again.",
        ),
    ] = None,
    keep: Annotated[int, typer.Option(min=1, help="How many versions stay in the folder.")] = 5,
    verify: Annotated[
        bool, typer.Option("--verify", help="Only compare the folder with its checksums.")
    ] = False,
    shape: As = Shape.TABLE,
    quiet: Annotated[bool, typer.Option("--quiet", "-q", help="No progress.")] = False,
    no_color: NoColor = False,
) -> None:
    """Data sets into a folder: Parquet, CSV, NDJSON, what changed since the version before, index.json."""
    from gatewatch.cli import export as work

    if verify:
        work.verify(folder)
        return
    work.run(folder, ledger, three(valid_at, as_of, recorded_by), shape, only=dataset or [],
             licences=licence or [], keep=keep, quiet=quiet, color=not no_color)  # fmt: skip


def compare(
    jurisdictions: Annotated[
        Optional[list[str]],  # noqa: UP045
        typer.Argument(
            metavar="[CC]...",
            help="Two countries or more, as RU CN; none: who restricts like whom.",
        ),
    ] = None,
    service: Annotated[
        Optional[str],  # noqa: UP045
        typer.Option(help="Only this service, in all countries if none is named."),
    ] = None,
    ledger: LedgerAt = None,
    valid_at: ValidAt = None,
    as_of: AsOf = None,
    recorded_by: RecordedBy = None,
    shape: As = Shape.TABLE,
    plot: Plot = None,
    no_color: NoColor = False,
) -> None:
    """Countries side by side: which services each restricts, since when, on which ground."""
    from gatewatch.cli.compare import run

    run(jurisdictions or [], three(valid_at, as_of, recorded_by), shape, ledger=ledger,
        service=service, plot=plot, color=not no_color)  # fmt: skip


def service(
    name: Annotated[
        Optional[str],  # noqa: UP045
        typer.Argument(help="A service by its id or any of its names; default all."),
    ] = None,
    shape: As = Shape.TABLE,
    no_color: NoColor = False,
) -> None:
    """A service: names, operator, hosts, and where it stands in each jurisdiction."""
    from gatewatch.cli.catalogue import service as run

    run(name, shape, color=not no_color)


def rule(
    name: Annotated[
        Optional[str],  # noqa: UP045
        typer.Argument(
            metavar="[RULE]", help="A rule by its id or number, as 242-FZ; default all."
        ),
    ] = None,
    jurisdiction: Jurisdiction = None,
    shape: As = Shape.TABLE,
    no_color: NoColor = False,
) -> None:
    """A legal instrument: what it asks, of whom, what stands behind it, what lifts that."""
    from gatewatch.cli.catalogue import rule as run

    run(name, jurisdiction, shape, color=not no_color)


def claims(
    claim: Annotated[
        Optional[str],  # noqa: UP045
        typer.Argument(help="One claim by its id; default all that fit."),
    ] = None,
    service: Annotated[
        Optional[str],  # noqa: UP045
        typer.Option(help="Only claims about this service."),
    ] = None,
    jurisdiction: Jurisdiction = None,
    action: Annotated[
        Optional[Action],  # noqa: UP045
        typer.Option(help="Only claims of this action."),
    ] = None,
    source: Annotated[
        Optional[str],  # noqa: UP045
        typer.Option(help="Only claims whose publisher, origin or address has this in it."),
    ] = None,
    shape: As = Shape.TABLE,
    no_color: NoColor = False,
) -> None:
    """Statements with their citations: who said what, when."""
    from gatewatch.cli.catalogue import claims as run

    run(claim, service, jurisdiction, action, source, shape, color=not no_color)


def obligations(
    service: Annotated[str, typer.Argument(help="A service by its id or any of its names.")],
    valid_at: ValidAt = None,
    as_of: AsOf = None,
    shape: As = Shape.TABLE,
    no_color: NoColor = False,
) -> None:
    """For a service's own legal team: what rules ask of it, and what shows that it was met."""
    from gatewatch.cli.catalogue import obligations as run

    run(service, three(valid_at, as_of, None), shape, color=not no_color)


def read(
    source: Annotated[
        str,
        typer.Argument(metavar="FILE", help="A news text, plain or HTML; - for standard input."),
    ],
    published: Annotated[
        Optional[str],  # noqa: UP045
        typer.Option(
            metavar="DAY", help="When it was published: days such as Thursday count from it."
        ),
    ] = None,
    lang: Annotated[
        Optional[Language],  # noqa: UP045
        typer.Option(help="Its language; default by its script."),
    ] = None,
    publisher: Annotated[str, typer.Option(help="Who published it, for the citation.")] = "",
    url: Annotated[
        str, typer.Option(help="Its address, for the citation; nothing is fetched.")
    ] = "",
    title: Annotated[str, typer.Option(help="Its title, for the citation.")] = "",
    out: Annotated[
        Optional[str],  # noqa: UP045
        typer.Option("--out", "-o", metavar="FILE", help="Write the proposed claims for review."),
    ] = None,
    shape: As = Shape.TABLE,
    no_color: NoColor = False,
) -> None:
    """Propose claims from a news text in English, Russian or Chinese. A person decides."""
    from gatewatch.cli.read import run

    run(source, published, lang, {"publisher": publisher, "url": url, "title": title}, out, shape,
        color=not no_color)  # fmt: skip


def catalogue(
    action: Annotated[Check, typer.Argument(help="check: name every fault with file and line.")],
    folders: Annotated[
        Optional[list[str]],  # noqa: UP045
        typer.Argument(metavar="[FOLDER]...", help="Folders of your own to check beside ours."),
    ] = None,
    shape: As = Shape.TABLE,
    no_color: NoColor = False,
) -> None:
    """Check services, rules and claims: ours, and those in your own folders."""
    from gatewatch.cli.catalogue import check as run

    assert action == Check.CHECK
    run(folders or [], shape, color=not no_color)


def doctor(
    ledger: LedgerAt = None,
    shape: As = Shape.TABLE,
    no_color: NoColor = False,
) -> None:
    """Verify the ledger and say what to do. Exit code 1 if something is wrong."""
    from gatewatch.cli.keep import doctor as run

    run(ledger, shape, color=not no_color)


def demo(
    folder: Annotated[
        str, typer.Option("--folder", help="Where to build the small ledger.")
    ] = "demo-ledger",
    no_color: NoColor = False,
) -> None:
    """Build a small ledger from what the project ships and show the commands at work."""
    from gatewatch.cli.demo import run

    run(folder, color=not no_color)


def root(
    version: Annotated[bool, typer.Option("--version", help="Print the version and stop.")] = False,
) -> None:
    """Answer --version; commands do the rest."""
    if version:
        from gatewatch import __version__

        typer.echo(f"gatewatch {__version__}")
        raise typer.Exit


COMMANDS = (
    check, case, cases, contradictions, compare, service, rule, claims, obligations, read, history, entry, changes,
    verdict, episodes, reconcile, serve, watch, alerts, token, export, ingest, judge, registers, quarantine, catalogue, doctor, demo,
)  # fmt: skip


def build(wanted: str | None = None) -> typer.Typer:
    """The application; with one command wanted only that one is built, which starts faster."""
    app = typer.Typer(
        name="gatewatch",
        help="The open record of restrictions on online services. "
        "It records and verifies; it enforces nothing.",
        epilog="Exit codes: 0 an answer, 1 something failed, 2 a usage error, 3 not enough to say.",
        no_args_is_help=True,
        pretty_exceptions_enable=False,
        context_settings={"help_option_names": ["-h", "--help"]},
    )
    app.callback(invoke_without_command=True)(root)
    chosen = [c for c in COMMANDS if c.__name__ == wanted] or COMMANDS
    for command in chosen:
        app.command()(command)
    return app
