"""What is on the registers: is it listed, since when, what changed."""

from typing import Annotated, Optional

import typer

from gatewatch.cli.options import (
    All,
    As,
    AsOf,
    Full,
    Jurisdiction,
    LedgerAt,
    NoColor,
    RecordedBy,
    Shape,
    ValidAt,
    three,
)


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

    run(
        selectors,
        ledger,
        three(valid_at, as_of, recorded_by),
        jurisdiction,
        shape,
        full=full,
        every=every,
        color=not no_color,
    )


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
        selector,
        ledger,
        three(valid_at, as_of, recorded_by),
        jurisdiction,
        shape,
        plot=plot,
        full=full,
        color=not no_color,
    )


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
        register,
        entry_id,
        ledger,
        three(valid_at, as_of, recorded_by),
        shape,
        full=full,
        every=every,
        color=not no_color,
    )


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

    run(
        register,
        (since, until),
        ledger,
        three(valid_at, as_of, recorded_by),
        jurisdiction,
        shape,
        full=full,
        limit=limit,
        color=not no_color,
    )


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
