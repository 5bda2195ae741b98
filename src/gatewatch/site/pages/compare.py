"""Countries side by side."""

from typing import Any

import msgspec
from litestar import Request, Response, get
from litestar.params import FromQuery

from gatewatch.cases.case import Case
from gatewatch.cases.compare import Comparison, compare
from gatewatch.draw import comparison as pictures
from gatewatch.model.message import Message, message
from gatewatch.query.ledger import Ledger
from gatewatch.records.comparison import disputed
from gatewatch.site.caching import repository_of
from gatewatch.site.problem import ProblemError
from gatewatch.site.render import Picture, both_widths, lang_of, page_reply
from gatewatch.site.subjects import every_case
from gatewatch.site.times import Times
from gatewatch.words import comparison as words
from gatewatch.words.cases import told_by

_MOST = 4
"""Countries beside each other: with more a row has no room for its grounds."""


class ShownComparison(msgspec.Struct, frozen=True):
    """One service in one jurisdiction, in words."""

    code: str
    case: Case | None
    since: Message | None = None
    ground: Message | None = None
    told_by: Message | None = None
    """By what it is told, where no evidence of the day bears it out."""
    disputed: bool = False


class ComparisonLine(msgspec.Struct, frozen=True):
    """One service over the jurisdictions."""

    service: str
    name: str
    cells: list[ShownComparison]


class ComparePage(msgspec.Struct, frozen=True):
    """Two to four jurisdictions beside each other."""

    codes: list[str]
    known: list[str]
    """Jurisdictions that have a case."""
    title: Message
    summary: tuple[Message, ...]
    network: Message
    rows: list[ComparisonLine]
    picture: Picture


@get("/compare", include_in_schema=False, sync_to_thread=True)
def compared(
    request: Request[Any, Any, Any], times: Times, jurisdiction: FromQuery[list[str] | None] = None
) -> Response[bytes]:
    """Countries side by side; Russia beside China unless others are named."""
    repository, lang = repository_of(request), lang_of(request)
    asked = [code.upper() for code in jurisdiction or ["RU", "CN"] if code]
    codes = list(dict.fromkeys(asked))
    known = sorted({str(code) for _, code in repository.facts(times.moment).catalogue.cases})
    if not 2 <= len(codes) <= _MOST or not set(codes) <= set(known):
        raise ProblemError(400, message("name two to four of {known}", known=", ".join(known)))

    def context(ledger: Ledger) -> ComparePage:
        found = compare(every_case(repository, ledger, times), codes)
        return ComparePage(
            codes=codes,
            known=known,
            title=words.title(found),
            summary=words.summary(found),
            network=words.network(found),
            rows=_lines(found),
            picture=both_widths(lambda **how: pictures.picture(found, times.day, **how), "x", lang),
        )

    return page_reply(request, times, "compare.html", context)


def _lines(found: Comparison) -> list[ComparisonLine]:
    return [
        ComparisonLine(
            row.service,
            row.name,
            [
                _shown(str(code), cell.case)
                for code, cell in zip(found.jurisdictions, row.cells, strict=True)
            ],
        )
        for row in found.rows
    ]


def _shown(code: str, case: Case | None) -> ShownComparison:
    if case is None:
        return ShownComparison(code, None)
    return ShownComparison(
        code=code,
        case=case,
        since=words.since(case),
        ground=words.ground(case),
        told_by=told_by(case),
        disputed=disputed(case),
    )


ROUTES = (compared,)
