"""A thing that people use, and the legal instruments that ask something of it."""

import re
from datetime import date

import msgspec

from gatewatch.model import day
from gatewatch.model.day import Day

_ADDRESS = re.compile(r"[0-9.]+|[0-9a-f:]*:[0-9a-f:.]*")


class Names(msgspec.Struct, frozen=True, forbid_unknown_fields=True):
    """Other names, by language."""

    en: tuple[str, ...] = ()
    ru: tuple[str, ...] = ()
    zh: tuple[str, ...] = ()


class Naming(msgspec.Struct, frozen=True, forbid_unknown_fields=True):
    """A name while it was borne. `since` and `until` are EDTF, both days included, empty where that
    side is open. `id`: what texts and claims of that time may call the service by."""

    name: str
    id: str = ""
    since: str = ""
    until: str = ""
    source: str = ""


class Endpoint(msgspec.Struct, frozen=True, forbid_unknown_fields=True):
    """Where a service's programs connect: a host name or an address, with its TCP ports."""

    host: str
    ports: tuple[int, ...] = (443,)
    test: str = ""
    """The OONI test that tries it, where one does."""

    @property
    def is_address(self) -> bool:
        """Whether `host` is an IP address and not a name."""
        return bool(_ADDRESS.fullmatch(self.host))


class Apps(msgspec.Struct, frozen=True, forbid_unknown_fields=True):
    """Its programs by the identifiers of the two large stores."""

    google_play: tuple[str, ...] = ()
    """Package names, such as org.telegram.messenger."""
    app_store: tuple[str, ...] = ()
    """Numbers with `id` before them, or bundle names."""


class Service(msgspec.Struct, frozen=True, kw_only=True, forbid_unknown_fields=True):
    """One service. `kind` is ours, `category` a code of the Citizen Lab lists."""

    id: str
    name: str
    names: Names = Names()
    typed: tuple[str, ...] = ()
    """What people type for it and texts hardly write, such as `fb`: search alone knows them."""
    operator: str = ""
    kind: str
    category: str
    home: str = ""
    """ISO 3166-1 code of the operator's seat."""
    domains: tuple[str, ...] = ()
    """Families of hosts: each stands for itself and for every host beneath it (`www.`, `m.`), but
    for those that another service declares."""
    endpoints: tuple[Endpoint, ...] = ()
    """What its programs connect to, beside the domains."""
    tests: tuple[str, ...] = ()
    """OONI tests that are about this service alone."""
    apps: Apps = Apps()
    namings: tuple[Naming, ...] = ()
    """Its names over time, the earliest first; a rename is a fact with a day."""
    operators: tuple[Naming, ...] = ()
    """The operator's names over time, likewise."""
    sources: tuple[str, ...]
    note: str = ""

    @property
    def hosts(self) -> tuple[str, ...]:
        """Every host name that is declared, without addresses, each once."""
        named = (one.host for one in self.endpoints if not one.is_address)
        return tuple(dict.fromkeys((*self.domains, *named)))

    @property
    def addresses(self) -> tuple[str, ...]:
        """Addresses that its programs connect to without asking for a name."""
        return tuple(one.host for one in self.endpoints if one.is_address)

    @property
    def ids(self) -> tuple[str, ...]:
        """Its id, and those that it had under other names."""
        return tuple(dict.fromkeys((self.id, *(one.id for one in self.namings if one.id))))

    def called(self) -> tuple[str, ...]:
        """Every name, its own first, each once."""
        borne = (one.name for one in reversed(self.namings))
        named = (self.name, *self.names.zh, *self.names.ru, *self.names.en, *borne)
        return tuple(dict.fromkeys(named))


class Instrument(msgspec.Struct, frozen=True, kw_only=True, forbid_unknown_fields=True):
    """A legal instrument: what it asks, what stands behind it, what lifts that. Dates are EDTF."""

    id: str
    jurisdiction: str
    number: str = ""
    name: str
    original: str = ""
    """The official title, in its language."""
    aliases: tuple[str, ...] = ()
    """What it is usually called, and its number as it is written at home."""
    articles: tuple[str, ...] = ()
    """Those that bear on access."""
    official: str = ""
    """Address of the official text, or of the best that was found."""
    official_kind: str = "none"
    """What that is: gazette, official (a legislature or office), database, copy, press, or none."""
    adopted: str = ""
    in_force: str = ""
    until: str = ""
    """Its last day in force, or that of its repeal; empty while it stands."""
    ended_by: str = ""
    """The id of the instrument that repealed it; empty where its own term ran out."""
    until_sources: tuple[str, ...] = ()
    """Where that is known from."""
    amended: tuple[str, ...] = ()
    """Ids of instruments that amended it."""
    brought_by: str = ""
    """The id of the law that put this article into another."""
    revises: str = ""
    """The id of the act of which this is the text as revised: one law, told once."""
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
        """When it came into force: where that is not on record, not before it was adopted."""
        adopted = self.adopted.partition("/")[0].strip(".")
        return day.parse(self.in_force or (f"{adopted}/.." if adopted else ""))

    @property
    def ended(self) -> Day | None:
        """Its last day in force, where it has one on record."""
        return day.parse(self.until) if self.until else None

    def over(self, on: date) -> bool:
        """Whether it had surely run out, or been repealed, before a day."""
        return self.ended is not None and (self.ended.last or date.max) < on

    def stands(self, on: date) -> bool:
        """Whether it was in force on a day, or may have been."""
        return self.since.begins_by(on) and not self.over(on)

    @property
    def short(self) -> str:
        """The number, where that tells which law it is: 242-FZ does, 2013 and 147/2024 do not."""
        telling = any(letter.isalpha() for letter in self.number)
        return self.number if telling else self.name

    @property
    def citation(self) -> str:
        """Number and name, the number once."""
        if not self.number or self.number in self.name:
            return self.name
        if self.number.isdigit():
            return f"{self.name} ({self.number})"
        name = self.name.partition(":")[2].strip() if self.names_article else self.name
        return f"{self.number}: {name}"

    @property
    def names_article(self) -> bool:
        """Whether the name begins with the article that the number ends with: `149-FZ art. 10.1`
        and `Art. 10.1: organisers`."""
        article = self.number.partition(" ")[2].casefold()
        return bool(article) and self.name.casefold().startswith(f"{article}:")


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
    """An official register as law knows it. `duty`: being in it is compliance, not a
    restriction."""

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
