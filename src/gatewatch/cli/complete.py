"""What the shell proposes after a Tab: names of services, registers and countries."""

from collections.abc import Iterable, Iterator
from typing import TYPE_CHECKING

if TYPE_CHECKING:
    from gatewatch.model.register import Register

Proposal = tuple[str, str]
"""What is typed, and what it stands for."""


def services(incomplete: str) -> list[Proposal]:
    """Services of the catalogue by their ids."""
    from gatewatch.catalogue import facts

    known = facts.load().services
    return list(_beginning(incomplete, ((one.id, one.name) for one in known.values())))


def kinds(incomplete: str) -> list[Proposal]:
    """Kinds of services that laws speak of."""
    from gatewatch.catalogue import facts
    from gatewatch.query.obligations import kinds as known

    return list(_beginning(incomplete, ((one, "") for one in known(facts.load()))))


def service_kinds(incomplete: str) -> list[Proposal]:
    """Kinds of services on record."""
    from gatewatch.catalogue import facts

    known = {one.kind for one in facts.load().services.values()}
    return list(_beginning(incomplete, ((kind, "") for kind in sorted(known))))


def registers(incomplete: str) -> list[Proposal]:
    """Registers that are declared, and those that the ledger holds beside them."""
    from gatewatch.catalogue.registers import declared

    known = {one.id: one.title for one in (*declared().values(), *_held())}
    return list(_beginning(incomplete, known.items()))


def sources(incomplete: str) -> list[Proposal]:
    """What can be brought in: registers, and measurements."""
    own = _beginning(incomplete, [("ooni", "network measurements in the OONI data format")])
    return [*registers(incomplete), *own]


def rules(incomplete: str) -> list[Proposal]:
    """Legal instruments of the catalogue by their ids, and by numbers that are one word."""
    from gatewatch.catalogue import facts

    known = facts.load().instruments
    ids = ((one.id, one.name) for one in known.values())
    numbers = ((one.number, one.name) for one in known.values() if len(one.number.split()) == 1)
    return list(_beginning(incomplete, (*ids, *numbers)))


def countries(incomplete: str) -> list[Proposal]:
    """ISO 3166-1 codes with their names."""
    from gatewatch.catalogue.jurisdictions import name
    from gatewatch.model.jurisdiction import CODES

    # The shell takes only what begins as it was typed, and `ru` is understood as RU is.
    written = str.lower if incomplete.islower() else str.upper
    codes = _beginning(incomplete.upper(), ((code, "") for code in sorted(CODES)))
    return [(written(code), name(code)) for code, _ in codes]


def _held() -> "list[Register]":
    """Registers in the ledger that is asked if none is named; none where there is no ledger."""
    from gatewatch.config import ledger_location
    from gatewatch.errors import GatewatchError
    from gatewatch.query import ledger as reading

    try:
        return list(reading.open(ledger_location()).history_of.registers().values())
    except (GatewatchError, OSError):
        return []


def _beginning(incomplete: str, known: Iterable[Proposal]) -> Iterator[Proposal]:
    return (one for one in known if one[0].startswith(incomplete))
