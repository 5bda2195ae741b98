"""What laws ask: of one service, with what shows it was met, or of services of a kind."""

from collections.abc import Iterable, Iterator
from datetime import date
from typing import TYPE_CHECKING

import msgspec

from gatewatch.cases.case import Case
from gatewatch.catalogue.facts import Catalogue
from gatewatch.errors import MistakeError
from gatewatch.model.jurisdiction import Jurisdiction
from gatewatch.model.moment import Moment
from gatewatch.model.service import Instrument, Service
from gatewatch.query.case import case
from gatewatch.query.network import day_of

if TYPE_CHECKING:
    from gatewatch.query.ledger import Ledger


def of_service(
    catalogue: Catalogue,
    service: Service,
    moment: Moment,
    ledger: "Ledger | None" = None,
    jurisdictions: Iterable[str] | None = None,
) -> Iterator[Case]:
    """Cases of the service wherever a law asks something of it, by country: their `duties`."""
    codes = sorted(catalogue.instruments_in) if jurisdictions is None else jurisdictions
    for code in codes:
        told = case(catalogue, service, Jurisdiction(code), moment, ledger=ledger)
        if told.duties:
            yield told


class LawOfKind(msgspec.Struct, frozen=True):
    """A law that asks something of services of a kind, with its texts as revised since."""

    law: Instrument
    revised: tuple[Instrument, ...]


def of_kind(
    catalogue: Catalogue, kind: str, moment: Moment, jurisdiction: str | None = None
) -> list[LawOfKind]:
    """Laws that ask something of services of a kind, in force by the moment's day or since a day
    that is not known, by country and day; each act once. UsageError for a kind that no law and no
    service is of."""
    if kind not in kinds(catalogue):
        raise MistakeError(
            "no law speaks of a kind '{kind}': write one of {known}",
            kind=kind,
            known=", ".join(kinds(catalogue)),
        )
    on = day_of(moment.valid_at)
    found = [
        one
        for one in catalogue.instruments.values()
        if kind in one.kinds
        and not one.revises
        and jurisdiction in {None, one.jurisdiction}
        and one.stands(on)
    ]
    ordered = sorted(found, key=lambda i: (i.jurisdiction, i.since.first or date.max, i.id))
    return [LawOfKind(one, catalogue.revised(one, on)) for one in ordered]


def kinds(catalogue: Catalogue) -> tuple[str, ...]:
    """Kinds of services that laws speak of."""
    return tuple(sorted({kind for one in catalogue.instruments.values() for kind in one.kinds}))
