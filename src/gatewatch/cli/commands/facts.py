"""What is known beside registers: cases, services, rules, claims, countries side by side."""

from enum import StrEnum
from typing import Annotated, Optional

import typer

from gatewatch.cli.options import (
    As,
    AsOf,
    Jurisdiction,
    LedgerAt,
    NoColor,
    Plot,
    RecordedBy,
    Shape,
    ValidAt,
    three,
)
from gatewatch.model.states import Action, State


class Language(StrEnum):
    """Languages that texts are read in."""

    EN = "en"
    RU = "ru"
    ZH = "zh"


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

    run(
        service,
        jurisdiction,
        ledger,
        three(valid_at, as_of, recorded_by),
        shape,
        plot=plot,
        picture=not no_picture,
        disagree=disagree,
        color=not no_color,
    )


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

    run(
        three(valid_at, as_of, None),
        shape,
        state=state,
        rule=rule,
        authority=authority,
        year=year,
        code=jurisdiction,
        color=not no_color,
    )


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

    run(
        jurisdictions or [],
        three(valid_at, as_of, recorded_by),
        shape,
        ledger=ledger,
        service=service,
        plot=plot,
        color=not no_color,
    )


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

    run(
        source,
        published,
        lang,
        {"publisher": publisher, "url": url, "title": title},
        out,
        shape,
        color=not no_color,
    )
