"""Search: what a text may name, whatever kind of thing that is; of each kind the closest first."""

import re
from collections.abc import Iterable
from typing import TYPE_CHECKING

import msgspec

from gatewatch.catalogue.facts import Catalogue
from gatewatch.catalogue.names import Closeness, NamedKind, NameMatch, folded
from gatewatch.errors import UsageError
from gatewatch.ledger.decided import Decided, decided
from gatewatch.ledger.filed import hosts_with
from gatewatch.ledger.measurements import MeasuredNetwork, Measurements
from gatewatch.model import selector as selectors
from gatewatch.model.moment import Moment
from gatewatch.model.register import Register
from gatewatch.model.selector import Kind, Selector
from gatewatch.query.moments import of_registers
from gatewatch.query.targets import measured

if TYPE_CHECKING:
    from gatewatch.query.opened import OpenedLedger

_MOST = 12
"""Of each kind: a reader who needs more types more."""
_SHORTEST = 3
"""Letters below which every other host and decision would be found."""
_NETWORK = re.compile(r"(?:as\s*)?([0-9]{1,10})", re.IGNORECASE)
_HOST_PART = re.compile(r"[a-z0-9_.-]+")
_DIGIT = re.compile(r"[0-9]")


class SearchResults(msgspec.Struct, frozen=True, kw_only=True):
    """What a text may name, by kind."""

    selector: Selector | None
    """What can be looked up in registers, if it is that."""
    service: str | None
    """Of a selector the service that it belongs to, by id."""
    case: tuple[str, str] | None
    """A service by id and a country by code, where the text names both: `WeChat Russia`."""
    names: tuple[NameMatch, ...]
    """Services, countries, laws, authorities, lists of the catalogue."""
    registers: tuple[Register, ...]
    """Registers that the ledger holds."""
    networks: tuple[MeasuredNetwork, ...]
    decisions: tuple[Decided, ...]
    """Entries by the number of their decision."""
    hosts: tuple[str, ...]
    """Hosts that were ever listed or measured and hold the text."""

    @property
    def only(self) -> NameMatch | None:
        """The one thing that is called so and no otherwise, if nothing else is: where it leads is
        where the reader wants to be."""
        same = [one for one in self.names if one.closeness == Closeness.SAME]
        things = {(one.kind, one.id) for one in same if one.kind != NamedKind.OPERATOR}
        if self.selector or len(things) != 1:
            return None
        return next(one for one in same if one.kind != NamedKind.OPERATOR)

    def __bool__(self) -> bool:
        every = (self.case, self.names, self.registers, self.networks, self.decisions, self.hosts)
        return self.selector is not None or any(every)


def search(
    ledger: "OpenedLedger | None", catalogue: Catalogue, text: str, moment: Moment
) -> SearchResults:
    """Everything that the text may name. Without a ledger only what the catalogue knows."""
    asked = text.strip()
    names = catalogue.names.find(asked)
    hosts = _hosts(ledger, asked, moment) if ledger else ()
    selector = _selector(asked, names, hosts)
    return SearchResults(
        selector=selector,
        case=_case(catalogue, asked) if selector is None else None,
        service=_run_at(catalogue, selector),
        names=tuple(_most(names)),
        registers=_registers(ledger, asked) if ledger else (),
        networks=_networks(ledger, asked) if ledger else (),
        decisions=_decisions(ledger, asked, moment) if ledger and not _is_host(selector) else (),
        hosts=tuple(host for host in hosts if not selector or host != selector.value),
    )


def _case(catalogue: Catalogue, asked: str) -> tuple[str, str] | None:
    words = asked.split()
    for at in range(1, len(words)):
        one, other = " ".join(words[:at]), " ".join(words[at:])
        for service, place in ((one, other), (other, one)):
            known = _same(catalogue, service, NamedKind.SERVICE)
            if known is None and "." in service:
                known = _run_at(catalogue, _selector(service, [], ()))
            code = _same(catalogue, place.removeprefix("in "), NamedKind.JURISDICTION)
            if known and code:
                return known, code
    return None


def _run_at(catalogue: Catalogue, asked: Selector | None) -> str | None:
    """The service to which a host or an address of a page belongs, by id."""
    found = catalogue.service_of(asked.host) if asked and asked.host else None
    return found.id if found else None


def _same(catalogue: Catalogue, text: str, kind: NamedKind) -> str | None:
    found = catalogue.names.find(text)
    same = (n.id for n in found if n.kind == kind and n.closeness == Closeness.SAME)
    return next(same, None)


def _most(names: Iterable[NameMatch]) -> Iterable[NameMatch]:
    seen: dict[NamedKind, int] = {}
    for one in names:
        seen[one.kind] = seen.get(one.kind, 0) + 1
        if seen[one.kind] <= _MOST:
            yield one


def _selector(asked: str, names: list[NameMatch], hosts: Iterable[str]) -> Selector | None:
    """A word without a dot is a host only if one is listed so: people type names."""
    if any(one.closeness == Closeness.SAME for one in names):
        return None
    try:
        selector = selectors.named(asked)
    except UsageError:
        return None
    single = selector.kind == Kind.DOMAIN and "." not in selector.value
    return None if single and selector.value not in hosts else selector


def _registers(ledger: "OpenedLedger", asked: str) -> tuple[Register, ...]:
    words = folded(asked).split()
    found = []
    for one in ledger.history_of.registers().values():
        named = " ".join(f" {folded(name)}" for name in (one.id, one.title, one.authority))
        if words and all(f" {word}" in named for word in words):
            found.append(one)
    return tuple(found[:_MOST])


def _networks(ledger: "OpenedLedger", asked: str) -> tuple[MeasuredNetwork, ...]:
    number = _NETWORK.fullmatch(asked)
    if not number:
        return ()
    known = ledger.once("networks", Measurements(ledger.store).networks)
    return tuple(one for one in known if one.asn == int(number[1]))[:_MOST]


def _is_host(found: Selector | None) -> bool:
    """Whether what is sought is a host: no decision has a number like that, and to look costs a
    walk through all events."""
    return found is not None and found.kind == Kind.DOMAIN and "." in found.value


def _decisions(ledger: "OpenedLedger", asked: str, moment: Moment) -> tuple[Decided, ...]:
    if len(asked) < _SHORTEST or not _DIGIT.search(asked):
        return ()
    history = ledger.history_of
    by = history.bounds(of_registers(ledger, moment))
    return tuple(decided(history, asked, by, _MOST))


def _hosts(ledger: "OpenedLedger", asked: str, moment: Moment) -> tuple[str, ...]:
    part = asked.casefold()
    if len(part) < _SHORTEST or not _HOST_PART.fullmatch(part):
        return ()
    history = ledger.history_of
    listed = hosts_with(history, part, history.bounds(of_registers(ledger, moment)), _MOST)
    known = measured(ledger) if ledger.store.holds("verdicts") else []
    seen = sorted((n for n in known if part in n and "." in n and "://" not in n), key=len)
    return tuple(dict.fromkeys((*listed, *seen[:_MOST])))[:_MOST]
