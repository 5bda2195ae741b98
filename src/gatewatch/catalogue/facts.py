"""Services, legal instruments, authorities, lists, reasons and claims: ours, and users' own.

Each file is TOML and holds any number of `[[service]]`, `[[instrument]]`, `[[authority]]`,
`[[list]]`, `[[reason]]` and `[[claim]]`. Ours lie in `catalogue/facts`; users put theirs into a
folder `facts` of a folder that GATEWATCH_CATALOGUE names.
"""

import re
from bisect import bisect_right
from collections.abc import Iterable, Mapping
from datetime import date
from functools import cached_property, lru_cache
from importlib.resources import files
from pathlib import Path
from types import MappingProxyType
from typing import TYPE_CHECKING, Any

import msgspec

from gatewatch import config
from gatewatch.catalogue import compiled, suffixes, tables
from gatewatch.catalogue.bodies import Bodies, bodies, digest
from gatewatch.errors import CatalogueError, MistakeError
from gatewatch.model.claim import Citation, Claim, Correction, Publishers, SourceKind
from gatewatch.model.message import Message, message
from gatewatch.model.service import Authority, Instrument, OfficialList, Reason, Service

if TYPE_CHECKING:
    from gatewatch.catalogue.names import SearchIndex

_HOSTING = "hosting"
_SHOWN = 8


class Catalogue(msgspec.Struct, frozen=True, dict=True):
    """What is known beside registers and measurements, each by its id."""

    services: Mapping[str, Service]
    instruments: Mapping[str, Instrument]
    authorities: Mapping[str, Authority]
    lists: Mapping[str, OfficialList]
    reasons: Mapping[str, Reason]
    claims: Mapping[str, Claim]
    corrections: Mapping[str, Correction] = msgspec.field(default_factory=dict)
    publishers: Mapping[str, Publishers] = msgspec.field(default_factory=dict)

    @cached_property
    def bodies(self) -> Bodies:
        """Every fact as text, by kind and id: what a ledger keeps of it."""
        held = zip(tables.KINDS, msgspec.structs.astuple(self), strict=True)
        return MappingProxyType(bodies(held))

    @cached_property
    def digest(self) -> str:
        """What an answer that rests on these facts can name."""
        return digest(self.bodies)

    @cached_property
    def cases(self) -> Mapping[tuple[str, str], tuple[Claim, ...]]:
        """Claims by service and jurisdiction: what one case costs does not grow with the rest."""
        found: dict[tuple[str, str], list[Claim]] = {}
        gone = {one.claim for one in self.corrections.values() if one.removes}
        for _, claim in sorted(self.claims.items()):  # in whatever order they came
            if claim.id in gone:
                continue
            found.setdefault((claim.service, claim.jurisdiction), []).append(claim)
        return MappingProxyType({key: tuple(claims) for key, claims in found.items()})

    @cached_property
    def _publishers(self) -> Mapping[str, SourceKind]:
        known = self.publishers.values()
        return {name.casefold(): SourceKind(one.id) for one in known for name in one.names}

    def kind_of(self, source: Citation) -> SourceKind:
        """What a source is: that of its origin where another only printed it; a paper unless it is
        known for something else."""
        return self._publishers.get(source.source.casefold(), SourceKind.PAPER)

    def weak(self) -> tuple[Claim, ...]:
        """Claims that rest on a blog alone: nobody nearer to the act is known to say the same."""
        return tuple(
            one
            for claims in self.cases.values()
            for one in claims
            if one.seen == 1
            and self.kind_of(one.source) == SourceKind.BLOG
            and not any(self._bears(other, one) for other in claims)
        )

    def _bears(self, other: Claim, one: Claim) -> bool:
        same = other.action == one.action and other.when.agrees(one.when)
        return same and self.kind_of(other.source) != SourceKind.BLOG

    @cached_property
    def reported(self) -> Mapping[str, date]:
        """The last day that each cited text tells of, by the text's key: a text without a date
        was published no earlier."""
        found: dict[str, date] = {}
        for claim in self.claims.values():
            told = claim.when.last or claim.when.first
            if told and claim.source.published is None:
                key = claim.source.key
                found[key] = max(told, found.get(key, told))
        return MappingProxyType(found)

    @cached_property
    def _published(self) -> list[date]:
        """The days on which cited texts were published, in order."""
        days = {claim.source.published for claim in self.claims.values()}
        return sorted(day for day in days if day)

    def newest_by(self, day: date) -> date | None:
        """The day of the newest cited text that was published by a day."""
        place = bisect_right(self._published, day)
        return self._published[place - 1] if place else None

    @cached_property
    def instruments_in(self) -> Mapping[str, tuple[Instrument, ...]]:
        """Instruments by jurisdiction."""
        found: dict[str, list[Instrument]] = {}
        for one in self.instruments.values():
            found.setdefault(one.jurisdiction, []).append(one)
        return MappingProxyType({code: tuple(held) for code, held in found.items()})

    @cached_property
    def _revised(self) -> Mapping[str, tuple[Instrument, ...]]:
        found: dict[str, list[Instrument]] = {}
        for one in self.instruments.values():
            if one.revises:
                found.setdefault(one.revises, []).append(one)
        return {act: tuple(sorted(held, key=lambda i: i.in_force)) for act, held in found.items()}

    def revised(self, act: Instrument, on: date) -> tuple[Instrument, ...]:
        """The texts of an act as revised that were in force by a day, the oldest first."""
        held = self._revised.get(act.id, ())
        return tuple(one for one in held if one.stands(on))

    @cached_property
    def _named(self) -> Mapping[str, str]:
        named: dict[str, str] = {}
        for one in self.services.values():
            for name in (*one.ids, *one.called()):
                named.setdefault(name.casefold(), one.id)
        return named

    @property
    def by_name(self) -> Mapping[str, str]:
        """Ids of services by each of their names, in small letters."""
        return self._named

    @cached_property
    def _authorities(self) -> Mapping[str, str]:
        found: dict[str, str] = {}
        for one in self.authorities.values():
            for name in filter(None, (one.id, one.name, one.original, *one.aliases)):
                found.setdefault(name.casefold(), one.id)
        return found

    def authorities_in(self, text: str) -> tuple[Authority, ...]:
        """The authorities that a text names, parted by semicolons: by id or any of their names.
        What is no authority on record is passed over."""
        parts = (part.strip().casefold() for part in text.split(";"))
        return tuple(
            self.authorities[self._authorities[p]] for p in parts if p in self._authorities
        )

    @cached_property
    def names(self) -> "SearchIndex":
        """Every name of everything, to search in."""
        from gatewatch.catalogue import names

        return names.of(
            services=self.services.values(),
            laws=self.instruments.values(),
            authorities=self.authorities.values(),
            lists=self.lists.values(),
        )

    @cached_property
    def _families(self) -> Mapping[str, str]:
        found: dict[str, str] = {}
        for one in self.services.values():
            for host in one.hosts:
                found.setdefault(host, one.id)
        return found

    @cached_property
    def addresses(self) -> Mapping[str, str]:
        """The service of each address that programs connect to without asking for a name."""
        found: dict[str, str] = {}
        for one in self.services.values():
            for address in one.addresses:
                found.setdefault(address, one.id)
        return MappingProxyType(found)

    def service_of(self, host: str) -> Service | None:
        """The service that a host belongs to: that of the longest declared name that it is or lies
        beneath; of an address the one whose programs connect to it. `www.wechat.com` is WeChat's,
        `grok.x.com` is Grok's and not X's; what a customer registered with a hosting service, as
        `shop.s3.amazonaws.com`, is the customer's."""
        name = host.casefold().rstrip(".").strip("[]")
        if address := self.addresses.get(name):
            return self.services[address]
        labels = name.split(".")
        for at in range(len(labels) - 1):
            family = ".".join(labels[at:])
            if found := self._families.get(family):
                service = self.services[found]
                return None if service.kind == _HOSTING and _is_customers(name, family) else service
        return None

    def service(self, name: str) -> Service:
        """A service by its id or any of its names, in any language; UsageError if there is none."""
        found = self._named.get(name.strip().casefold())
        if found is None:
            raise MistakeError(
                "no service is called '{name}'{near}",
                hint="All of them: gatewatch service",
                name=name,
                near=_near(name, self._named),
            )
        return self.services[found]

    def kind(self, name: str) -> str:
        """A kind of services, as messenger; UsageError for one of which there is none."""
        known = sorted({one.kind for one in self.services.values()})
        if name not in known:
            raise MistakeError(
                "no service is of a kind '{name}': write one of {known}",
                name=name,
                known=", ".join(known),
            )
        return name

    def instrument(self, name: str) -> Instrument:
        """An instrument by its id, its number or any usual name: `242-FZ`, `242-ФЗ`, `№ 242-fz`,
        `IT Act 69A`; UsageError if there is none."""
        found = self._cited.get(_citation(name))
        if found is None:
            raise MistakeError(
                "no rule is called '{name}'{near}",
                hint="All of them: gatewatch rule",
                name=name,
                near=_near(name, self.instruments),
            )
        return self.instruments[found]

    @cached_property
    def _cited(self) -> Mapping[str, str]:
        named: dict[str, str] = {}
        for one in self.instruments.values():
            for name in (one.id, one.number, *one.aliases, one.original, one.name):
                if name:
                    named.setdefault(_citation(name), one.id)
        for one in self.instruments.values():
            if _ARTICLE.search(one.number) and one.articles:  # an article has no other name
                named.setdefault(_citation(one.articles[0]), one.id)
        return named


_FILLERS = re.compile(
    r"\b(?:no|n|the|of|law|act|закона?|section|sec|s|articles?|arts?|ст|стать[яие])\b\.?"
    r"|[№,()\"'«»第条]|\.(?!\d)",
    re.IGNORECASE,
)
_ARTICLE = re.compile(r"\barts?\b")


def _citation(name: str) -> str:
    """A law's name without what people write around it: `№ 242-ФЗ` and `242-FZ` are one, and so are
    `ст. 15.4 149-ФЗ` and `149-FZ art. 15.4`."""
    text = name.casefold().replace("фз", "fz")
    bare = " ".join(sorted(_FILLERS.sub(" ", text).replace("-", " ").split()))
    return bare or text.strip()


def _near(name: str, known: Iterable[str]) -> Message | str:
    from difflib import get_close_matches

    close = get_close_matches(name.casefold(), list(known), 3)
    return message("; close are {names}", names=", ".join(close)) if close else ""


def folders() -> tuple[Path, ...]:
    """Where facts are read from: ours first, then users'."""
    ours = Path(str(files("gatewatch.catalogue") / "facts"))
    return (ours, *(folder / "facts" for folder in config.catalogue_folders()))


def load() -> Catalogue:
    """Everything, checked; a CatalogueError names each fault with its file and line. What was
    checked before is taken from the cache, by the digest of its files."""
    return _load(folders())


@lru_cache(maxsize=2)
def _load(where: tuple[Path, ...]) -> Catalogue:
    name = compiled.key(where)
    if known := compiled.load(name):
        return _held(known)
    found, faults = read(where)
    if faults:
        shown = "\n  ".join(str(fault) for fault in faults[:_SHOWN])
        more = f"\n  and {len(faults) - _SHOWN} more" if len(faults) > _SHOWN else ""
        raise CatalogueError(
            f"the catalogue has {len(faults)} faults:\n  {shown}{more}\n"
            "All of them: gatewatch catalogue check"
        )
    compiled.store(name, dict(zip(tables.KINDS, msgspec.structs.astuple(found), strict=True)))
    return found


def read(where: Iterable[Path]) -> tuple[Catalogue, list[tables.Fault]]:
    """What could be read from folders, and every fault in it."""
    from gatewatch.catalogue import form

    rows: list[tables.Row] = []
    faults: list[tables.Fault] = []
    for folder in where:
        for path in sorted(folder.rglob("*.toml")):
            found, wrong = tables.read(path)
            rows += found
            faults += wrong
    rows = _by_one_id(rows)
    faults += form.check(rows)
    by_kind: dict[str, dict[str, object]] = {kind: {} for kind in tables.KINDS}
    for row in rows:
        by_kind[row.kind].setdefault(row.value.id, row.value)
    return _held(by_kind), sorted(faults, key=lambda fault: (fault.file, fault.line))


def _held(by_kind: Mapping[str, dict[str, Any]]) -> Catalogue:
    return Catalogue(*(MappingProxyType(by_kind[kind]) for kind in tables.KINDS))


def _by_one_id(rows: list[tables.Row]) -> list[tables.Row]:
    """Claims that call a service by an id of former days, under the id that it has."""
    services = [row.value for row in rows if row.kind == "service"]
    former = {old: one.id for one in services for old in one.ids if old != one.id}
    return [
        msgspec.structs.replace(
            row, value=msgspec.structs.replace(row.value, service=former[row.value.service])
        )
        if row.kind == "claim" and row.value.service in former
        else row
        for row in rows
    ]


def _is_customers(host: str, family: str) -> bool:
    """Whether a host beneath a hosting service's domain was registered by somebody else there."""
    registered = suffixes.registrable(host) if host != family else None
    return registered is not None and len(registered) > len(family)
