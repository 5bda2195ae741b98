"""How cases, their days and their sources are written, and how the commands ask for them."""

from typing import TYPE_CHECKING

from gatewatch.cli.options import ledger_at
from gatewatch.errors import LedgerError
from gatewatch.model.moment import Bracket, Moment

if TYPE_CHECKING:
    from collections.abc import Iterable, Iterator, Mapping

    from gatewatch.cases.case import Case
    from gatewatch.cases.positions import Source
    from gatewatch.catalogue.facts import Catalogue
    from gatewatch.cli.terminal import Page, Piece
    from gatewatch.model.jurisdiction import Jurisdiction
    from gatewatch.model.service import Service
    from gatewatch.query.ledger import Ledger

ACTIONS = {
    "in_force": "□ Law in force",
    "demanded": "◧ Demand",
    "warned": "◆ Warning",
    "notified": "◧ Notice",
    "ordered": "◧ Order",
    "fined": "◧ Fine",
    "listed": "■ Listing",
    "blocked": "● Access goes",
    "throttled": "◐ Throttled",
    "partially_blocked": "◐ Access goes in part",
    "announced": "◆ Statement",
    "denied": "◆ Refusal",
    "complied": "□ Filing",
    "registered": "□ Registration",
    "delisted": "◎ Delisting",
    "restored": "◎ Access back",
    "revoked": "◎ Order revoked",
}
LINE = (
    "service",
    "name",
    "jurisdiction",
    "state",
    "since",
    "ground",
    "reason",
    "disputed",
    "steps",
    "sources",
    "network",
    "last_source",
    "last_known",
    "paper",
    "agreement",
    "current",
    "by_last_source",
    "by_law",
    "restricted_since",
    "restricted_until",
    "invented",
    "newest_ground",
    "newest_reason",
)
"""A case in a pipe: columns of `overview` (records/cases.py), in an order that scripts rely on. New
ones go to the end."""


def opened(location: str | None) -> "Ledger | None":
    """The ledger, if one is named or lies at its usual place. A case can be told without."""
    from gatewatch.query import ledger as reading

    try:
        return reading.open(ledger_at(location))
    except LedgerError:
        if location:
            raise
        return None


def every(
    catalogue: "Catalogue",
    moment: Moment,
    ledger: "Ledger | None",
    jurisdiction: "Jurisdiction | None" = None,
    service: "Service | None" = None,
) -> "list[Case]":
    """Every case on record at a moment: of one jurisdiction, or one service, if it is named."""
    from gatewatch.query import case as cases

    codes = [jurisdiction.code] if jurisdiction else ()
    services = [service.id] if service else ()
    return list(cases.every(catalogue, moment, ledger, codes=codes, services=services))


def lines(overviews: "Iterable[Mapping[str, object]]") -> "Iterator[list[object]]":
    """Cases for a pipe, one a line."""
    return ([row[name] for name in LINE] for row in overviews)


def day(text: str) -> str:
    """A day as it is known; an interval in the brackets that say so."""
    if "/" not in text:
        return text
    first, _, last = text.partition("/")
    return f"[{first}, {last}]"


def days(found: Bracket) -> str:
    """The days of a bracket in UTC."""
    after, by = (f"{t:%Y-%m-%d}" if t else ".." for t in (found.after, found.by))
    return f"[{after}, {by}]"


def state(page: "Page", one: "Case") -> "list[Piece]":
    """The state; where no evidence of the day bears it out the law, or the day of which it is."""
    told = list(page.state(one.state))
    if one.by_law:
        return [*told, (f", by {one.by_law.short}", "dim")]
    known = one.by_last_source if one.current else one.last_told
    how = "as of" if one.current else "last known"
    return [*told, (f", {how} {known}", "dim")] if known else [*told]


def ground(one: "Case") -> str:
    """The law that most sources name, else the reason; a tie is neither."""
    from gatewatch.query import case as cases

    law, reason = cases.main(one.ground), cases.main(one.reason)
    return law.name.partition(" (")[0] if law else reason.name if reason else "no ground on record"


def cited(source: "Source") -> str:
    """A source in full, its address as it stands: a citation is no listed page."""
    text = source.citation
    inferred = " or later (inferred)" if source.inferred else ""
    published = f"{source.published}{inferred}" if source.published else "undated"
    of = f" (from {text.origin})" if text.origin else ""
    title = f"{text.title}. " if text.title else ""
    return f"{text.publisher}{of}, {published}: {title}{text.url}"
