"""The laws that a register rests on."""

from gatewatch.catalogue.facts import Catalogue
from gatewatch.model.register import Register
from gatewatch.model.service import Instrument


def laws_of(register: Register, ground: str | None, catalogue: Catalogue) -> tuple[Instrument, ...]:
    """The instruments that a register rests on: of them those of the ground, where it names one."""
    lists = {one.id for one in catalogue.lists.values() if one.held_as == register.id}
    found = tuple(i for _, i in sorted(catalogue.instruments.items()) if i.register in lists)
    code = (ground or "").partition("(")[0]
    named = tuple(one for one in found if code and code in one.articles)
    return named or (found if not code else ())
