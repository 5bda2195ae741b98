"""What the network did: measurements judged, episodes, registers beside it."""

from typing import Annotated, Optional

import typer

from gatewatch.cli.options import (
    As,
    AsOf,
    FingerprintsAt,
    Jurisdiction,
    LedgerAt,
    NoColor,
    Plot,
    RecordedBy,
    RulesAt,
    Shape,
    ValidAt,
    three,
)
from gatewatch.model.states import Agreement


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
    from gatewatch.analysis.network.tools import Settings
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
    from gatewatch.analysis.network.tools import Settings
    from gatewatch.cli.verdict import rejudge

    rejudge(ledger, Settings(rules), shape, write=not compare, color=not no_color)


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

    run(
        target,
        ledger,
        three(None, as_of, recorded_by),
        jurisdiction,
        shape,
        by_service=by_service,
        ongoing=ongoing,
        silence=silence,
        plot=plot,
        changed_since=changed_since,
        members=members,
        color=not no_color,
    )


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

    run(
        target,
        jurisdiction,
        state,
        network,
        ledger,
        three(valid_at, as_of, recorded_by),
        shape,
        by_service=by_service,
        by_network=by_network,
        limit=limit,
        plot=plot,
        color=not no_color,
    )
