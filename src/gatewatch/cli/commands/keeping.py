"""Filling a ledger and looking after it."""

from enum import StrEnum
from typing import Annotated, Optional

import typer

from gatewatch.cli.options import (
    As,
    AsOf,
    FingerprintsAt,
    Jurisdiction,
    LedgerAt,
    NoColor,
    RecordedBy,
    RulesAt,
    Shape,
    ValidAt,
    three,
)


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
        from gatewatch.analysis.network.tools import Settings
        from gatewatch.cli.ingest_measurements import run as run_measurements

        run_measurements(
            source,
            ledger,
            Settings(rules, fingerprints),
            processes,
            shape,
            quiet=quiet,
            color=not no_color,
        )
        return
    from gatewatch.cli.ingest import run

    run(register, source, ledger, path, shape, quiet=quiet, color=not no_color)


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
    run(
        snapshot,
        ledger,
        three(valid_at, as_of, recorded_by),
        jurisdiction,
        shape,
        accept=accept,
        reject=reject,
        note=note,
        color=not no_color,
    )


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
