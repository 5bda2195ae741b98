"""A thing that people use, and the legal instruments that ask something of it."""

import msgspec

from gatewatch.model import day
from gatewatch.model.day import Day


class Names(msgspec.Struct, frozen=True, forbid_unknown_fields=True):
    """Other names, by language."""

    en: tuple[str, ...] = ()
    ru: tuple[str, ...] = ()
    zh: tuple[str, ...] = ()


class Service(msgspec.Struct, frozen=True, kw_only=True, forbid_unknown_fields=True):
    """One service. `kind` is ours, `category` a code of the Citizen Lab lists."""

    id: str
    name: str
    names: Names = Names()
    operator: str = ""
    kind: str
    category: str
    home: str = ""
    """ISO 3166-1 code of the operator's seat."""
    domains: tuple[str, ...] = ()
    endpoints: tuple[str, ...] = ()
    """Hosts that its programs speak to, beside the domains."""
    sources: tuple[str, ...]
    note: str = ""

    @property
    def hosts(self) -> tuple[str, ...]:
        """Every host name that belongs to it."""
        return (*self.domains, *self.endpoints)

    def called(self) -> tuple[str, ...]:
        """Every name, its own first, each once."""
        named = (self.name, *self.names.zh, *self.names.ru, *self.names.en)
        return tuple(dict.fromkeys(named))


class Instrument(msgspec.Struct, frozen=True, kw_only=True, forbid_unknown_fields=True):
    """A legal instrument: what it asks, what stands behind it, what lifts that. Dates are EDTF."""

    id: str
    jurisdiction: str
    number: str = ""
    name: str
    original: str = ""
    adopted: str = ""
    in_force: str = ""
    brought_by: str = ""
    """The id of the law that put this article into another."""
    obligation: str = ""
    demands: tuple[str, ...] = ()
    """Kinds of duty, by id."""
    kinds: tuple[str, ...] = ()
    """Kinds of services that it reaches; empty: none by itself."""
    abroad: bool = True
    """Whether it reaches services that are run from abroad."""
    sanction: str = ""
    lifts: str = ""
    notice_days: int | None = None
    """The shortest term of the notice that must come before the sanction."""
    authority: str = ""
    register: str = ""
    sources: tuple[str, ...]
    note: str = ""

    @property
    def since(self) -> Day:
        return day.parse(self.in_force)


class Authority(msgspec.Struct, frozen=True, kw_only=True, forbid_unknown_fields=True):
    """A body that demands, orders, lists or judges."""

    id: str
    jurisdiction: str
    name: str
    original: str = ""
    aliases: tuple[str, ...] = ()
    role: str
    """regulator, court, government, prosecutor or operators."""


class OfficialList(msgspec.Struct, frozen=True, kw_only=True, forbid_unknown_fields=True):
    """An official register as law knows it. `duty`: being in it is compliance, not a restriction."""

    id: str
    jurisdiction: str
    name: str
    original: str = ""
    duty: bool = False
    authority: str = ""
    held_as: str = ""
    """The declared register whose history a ledger may hold."""


class Reason(msgspec.Struct, frozen=True, kw_only=True, forbid_unknown_fields=True):
    """A stated reason. `under`: a wider reason that this one is a case of."""

    id: str
    name: str
    ru: str = ""
    zh: str = ""
    under: str = ""
