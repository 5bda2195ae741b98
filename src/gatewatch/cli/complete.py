"""What the shell proposes after a Tab: names of services, registers and countries."""

from collections.abc import Iterable, Iterator

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


def registers(incomplete: str) -> list[Proposal]:
    """Registers that are declared."""
    from gatewatch.catalogue.registers import declared

    return list(_beginning(incomplete, ((one.id, one.title) for one in declared().values())))


def sources(incomplete: str) -> list[Proposal]:
    """What can be brought in: registers, and measurements."""
    own = _beginning(incomplete, [("ooni", "network measurements in the OONI data format")])
    return [*registers(incomplete), *own]


def rules(incomplete: str) -> list[Proposal]:
    """Legal instruments of the catalogue by their ids."""
    from gatewatch.catalogue import facts

    known = facts.load().instruments
    return list(_beginning(incomplete, ((one.id, one.name) for one in known.values())))


def countries(incomplete: str) -> list[Proposal]:
    """ISO 3166-1 codes with their names."""
    from gatewatch.catalogue.jurisdictions import name
    from gatewatch.model.jurisdiction import CODES

    codes = _beginning(incomplete.upper(), ((code, "") for code in sorted(CODES)))
    return [(code, name(code)) for code, _ in codes]


def _beginning(incomplete: str, known: Iterable[Proposal]) -> Iterator[Proposal]:
    return (one for one in known if one[0].startswith(incomplete))
