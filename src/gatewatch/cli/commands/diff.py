"""diff: two answers to one question, as the ledger held it by one time and by another."""

from enum import StrEnum
from typing import TYPE_CHECKING, Annotated, Optional

import typer

from gatewatch.catalogue.jurisdictions import name as country
from gatewatch.cli import complete
from gatewatch.cli.options import (
    As,
    LedgerAt,
    NoColor,
    Output,
    ServiceName,
    ValidAt,
    country_code,
    ledger_at,
)
from gatewatch.cli.output import show
from gatewatch.cli.terminal import Page, count, words
from gatewatch.errors import UsageError
from gatewatch.model.jurisdiction import Jurisdiction
from gatewatch.model.message import Message
from gatewatch.model.moment import Moment, iso
from gatewatch.words.saying import say

if TYPE_CHECKING:
    from gatewatch.query.difference import AnswerChange, AnswerDifference, Cause, Said

EXAMPLES = (
    "diff case wechat RU --as-of 2017-05-06 2017-05-12 --valid-at 2017-05-08",
    "diff case wechat RU --recorded-by 2026-01-01 2026-02-01 --format json",
)


class DiffQuestion(StrEnum):
    """Whose two answers are compared."""

    CASE = "case"


def diff(
    question: Annotated[
        DiffQuestion,
        typer.Argument(metavar="case", help="case: a service in a jurisdiction."),
    ],
    service: ServiceName,
    jurisdiction: Annotated[
        Jurisdiction,
        typer.Argument(
            metavar="CC",
            help="A jurisdiction, as RU or CN.",
            parser=country_code,
            autocompletion=complete.countries,
        ),
    ],
    recorded_by: Annotated[
        Optional[tuple[str, str]],  # noqa: UP045
        typer.Option(metavar="A B", help="What the ledger held by A, and by B."),
    ] = None,
    as_of: Annotated[
        Optional[tuple[str, str]],  # noqa: UP045
        typer.Option(metavar="A B", help="What had been published by A, and by B."),
    ] = None,
    valid_at: ValidAt = None,
    ledger: LedgerAt = None,
    output: As = Output.TABLE,
    no_color: NoColor = False,
) -> None:
    """What changed between two answers to one question, and which source changed it."""
    from gatewatch.query import difference
    from gatewatch.query import ledger as reading

    assert question == DiffQuestion.CASE
    if not (recorded_by or as_of):
        raise UsageError("name two times: --recorded-by A B, or --as-of A B")
    sides = [
        Moment.parse(
            valid_at, as_of[at] if as_of else None, recorded_by[at] if recorded_by else None
        )
        for at in (0, 1)
    ]
    opened = reading.open(ledger_at(ledger))
    found = difference.of_case(opened, service, jurisdiction, *sides)
    rows = [_row(one) for one in found.changes]
    show(output, rows, lambda page: _draw(page, found), document=document(found))


def _row(one: "AnswerChange") -> dict[str, str | None]:
    """A change for programs, in English."""
    return {"what": one.what, "before": _plain(one.before), "after": _plain(one.after)}


def _plain(said: "Said | None") -> str | None:
    return said.plain() if isinstance(said, Message) else said


def document(found: "AnswerDifference") -> dict[str, object]:
    """A difference for programs: the two times, the changes, the causes."""
    return {
        "service": found.service,
        "jurisdiction": found.jurisdiction.code,
        "before": {"as_of": iso(found.before.as_of), "recorded_by": iso(found.before.recorded_by)},
        "after": {"as_of": iso(found.after.as_of), "recorded_by": iso(found.after.recorded_by)},
        "changes": [_row(one) for one in found.changes],
        "causes": [
            {
                "kind": c.kind,
                "what": c.what,
                "count": c.count,
                "recorded_at": iso(c.recorded_at),
                "origin": c.origin,
                "why": c.why,
            }
            for c in found.causes
        ],
    }


def _draw(page: Page, found: "AnswerDifference") -> None:
    where = f"{found.service} in {country(found.jurisdiction.code)}"
    page.head(where, count(len(found.changes), "change"))
    if not found.changes:
        page.line("  Both answers are the same.")
    page.table([[say(c.name), _said(c.before), "->", _said(c.after)] for c in found.changes])
    if found.causes:
        page.line()
        page.line(("  What came in between", "bold"))
        page.table([_cause(one) for one in found.causes])


def _said(said: "Said | None") -> str:
    """A side of a change for a person: states by their words."""
    told = say(said) if isinstance(said, Message) else words(said) if said else ""
    return told or "nothing"


def _cause(one: "Cause") -> list[str]:
    at = f"{one.recorded_at:%Y-%m-%d %H:%M}" if one.recorded_at else ""
    amount = "" if one.kind == "fact" else f"{one.count:,}"
    return [at, one.kind, one.what, amount, one.origin, one.why]
