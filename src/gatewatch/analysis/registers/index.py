"""Everything that stands at one moment, indexed in memory: for thousands of questions a second.

An index answers with the same state as the full path, and with the one listing that decides it.
"""

import ipaddress
from collections.abc import Iterable
from datetime import datetime
from itertools import chain

import msgspec

from gatewatch.analysis.registers import lookup
from gatewatch.analysis.registers.lookup import How, MatchCoverage
from gatewatch.analysis.registers.standing import (
    ListingState,
    RegisterCoverage,
    overall,
    standing,
    version_at,
)
from gatewatch.model import selector as selectors
from gatewatch.model.history import Listing
from gatewatch.model.register import Register
from gatewatch.model.selector import Kind, Selector

_RANK = {
    ListingState.LISTED: 0,
    ListingState.IN_PART: 1,
    ListingState.INSUFFICIENT: 2,
    ListingState.NOT_LISTED: 3,
}


class Hit(msgspec.Struct, frozen=True):
    """A state and the listing that decides it; no listing where nothing was met."""

    state: ListingState
    rank: int
    how: How | None = None
    listing: Listing | None = None


class Index:
    """Built once for a moment; `check` costs a regular expression and a few dictionary look-ups."""

    def __init__(self, holes: Iterable[ListingState]) -> None:
        state = overall(list(holes))
        self._miss = Hit(state, _RANK[state])
        self._hosts: dict[str, Hit] = {}
        self._above: dict[str, Hit] = {}
        self._urls: dict[str, Hit] = {}
        self._on_host: dict[str, Hit] = {}
        self._addresses: dict[str, Hit] = {}
        self._networks: dict[tuple[int, int], dict[int, Hit]] = {}
        self._others: dict[str, Hit] = {}
        self._https: dict[str, Hit] = {}
        self._unread: dict[str, Hit] = {}
        self._starred = False

    def add(
        self,
        listing: Listing,
        register: Register,
        held: RegisterCoverage,
        span: tuple[datetime, datetime],
    ) -> None:
        """File a listing under every way in which a question can meet it and be covered."""
        start, end = span
        state, _ = standing(listing, start, end, held)
        if state == ListingState.NOT_LISTED:
            return
        prescribed = listing.selector in version_at(listing, end).entry.targets
        for how, place, key in self._places(listing.selector, register):
            coverage = lookup.covers(
                how, prescribed=prescribed, covers_subdomains=bool(register.covers_subdomains)
            )
            if coverage == MatchCoverage.RELATED:
                continue
            told = (
                ListingState.IN_PART
                if state == ListingState.LISTED and coverage == MatchCoverage.PART
                else state
            )
            known = place.get(key)
            if known is None or _RANK[told] < known.rank:
                place[key] = Hit(told, _RANK[told], how, listing)

    def check(self, asked: str) -> Hit:
        """The state of one selector as typed; raises UsageError if it is none."""
        return self.find(selectors.parse(asked))

    def find(self, selector: Selector) -> Hit:
        """The state of one selector."""
        best = self._readable(selector)
        if self._unread and best.rank > _RANK[ListingState.INSUFFICIENT]:
            for key, _ in lookup.unread_probes(selector):
                met = self._unread.get(key)
                if met is not None and met.rank < best.rank:
                    best = met
        return best

    def _readable(self, selector: Selector) -> Hit:
        kind, value = selector.kind, selector.value
        best = self._miss
        if kind == "domain":
            best = _better(self._on_host.get(value), self._host(value, best))
            if self._starred:
                for parent in lookup.parents(value):
                    best = _better(self._on_host.get(f"*.{parent}"), best)
            return best
        if kind == "url":
            bare = value.partition("://")[2]
            host = selectors.url_host(value)
            best = _better(self._urls.get(bare), best)
            if self._starred and best.rank:
                for key, how in lookup.probes(selector):
                    if how == How.EXACT_URL:
                        best = _better(self._urls.get(key[2:]), best)
            if value.startswith("https://"):
                best = _better(self._https.get(host), best)
            return best if best.rank == 0 else self._host_of(host, best)
        if kind == "ip":
            best = self._address(value, best)
            part = self._on_host.get(value)
            return part if part is not None and part.rank < best.rank else best
        return self._rarely(selector, best)

    def _host(self, host: str, best: Hit) -> Hit:
        met = self._hosts.get(host)
        if met is not None and met.rank < best.rank:
            best = met
        above = self._above
        if above and best.rank:
            dot = host.find(".") + 1
            while dot:
                met = above.get(host[dot:])
                if met is not None and met.rank < best.rank:
                    best = met
                dot = host.find(".", dot) + 1
        return best

    def _host_of(self, host: str, best: Hit) -> Hit:
        if host[-1:].isdigit() or ":" in host:
            return self._address(host, best)
        return self._host(host, best)

    def _address(self, value: str, best: Hit) -> Hit:
        met = self._addresses.get(value)
        if met is not None and met.rank < best.rank:
            best = met
        return self._within(value, best) if self._networks and best.rank else best

    def _within(self, value: str, best: Hit) -> Hit:
        """The networks that contain an address or network."""
        network = ipaddress.ip_network(value)
        bits, first = network.max_prefixlen, int(network.network_address)
        for (version, length), place in self._networks.items():
            if version == network.version and length <= network.prefixlen:
                met = place.get(first >> (bits - length))
                if met is not None and met.rank < best.rank:
                    best = met
        return best

    def _rarely(self, selector: Selector, best: Hit) -> Hit:
        """Masks, networks and apps."""
        if selector.kind == Kind.CIDR:
            return self._inside(selector, self._within(selector.value, best))
        if selector.kind == Kind.MASK:
            return self._inside(selector, self._parents(f"*.{selector.value[2:]}", best))
        met = self._others.get(lookup.own_key(selector))
        return met if met is not None and met.rank < best.rank else best

    def _inside(self, selector: Selector, best: Hit) -> Hit:
        """What lies within a network or mask: listed in part, if it stands. Looks at all there
        is."""
        networks = (
            (str(selectors.network(_network(version, length, first)).value), hit)
            for (version, length), place in self._networks.items()
            for first, hit in place.items()
        )
        known = (self._hosts.items(), self._above.items(), self._addresses.items())
        for name, hit in chain(*known, self._on_host.items(), networks):
            state = ListingState.IN_PART if hit.state == ListingState.LISTED else hit.state
            if _RANK[state] >= best.rank:
                continue
            if lookup.within(selector, f"d:{name.removeprefix('*.')}"):
                best = Hit(state, _RANK[state], How.WITHIN, hit.listing)
        return best

    def _parents(self, name: str, best: Hit) -> Hit:
        for parent in lookup.parents(name):
            met = self._above.get(parent)
            if met is not None and met.rank < best.rank:
                best = met
        return best

    def _places(
        self, selector: Selector, register: Register
    ) -> list[tuple[How, dict[object, Hit], object]]:
        kind, value = selector.kind, selector.value
        places: list[tuple[How, object, object]]
        if kind == Kind.DOMAIN:
            places = [(How.HOST, self._hosts, value), (How.PARENT, self._above, value)]
        elif kind == Kind.MASK:
            places = [(How.MASK, self._above, value[2:])]
        elif kind == Kind.URL:
            host = selectors.url_host(value)
            self._starred = self._starred or host.startswith("*.")
            places = [
                (How.EXACT_URL, self._urls, value.partition("://")[2]),
                (How.URL_ON_HOST, self._on_host, host),
            ]
            if register.https_whole_host and value.startswith("https://"):
                places.append((How.HTTPS_HOST, self._https, host))
        elif kind == Kind.UNREAD:
            places = [(How.UNREAD, self._unread, key) for key in lookup.stored(selector)]
        elif kind == Kind.IP:
            places = [(How.ADDRESS, self._addresses, value)]
        elif kind == Kind.CIDR:
            network = ipaddress.ip_network(value)
            shift = network.max_prefixlen - network.prefixlen
            place = self._networks.setdefault((network.version, network.prefixlen), {})
            places = [(How.PREFIX, place, int(network.network_address) >> shift)]
        else:
            places = [(How.APP, self._others, lookup.own_key(selector))]
        return places  # type: ignore[return-value]


def _better(met: Hit | None, best: Hit) -> Hit:
    return met if met is not None and met.rank < best.rank else best


def _network(
    version: int, length: int, first: int
) -> ipaddress.IPv4Network | ipaddress.IPv6Network:
    bits = 32 if version == 4 else 128
    made = ipaddress.IPv4Network if version == 4 else ipaddress.IPv6Network
    return made((first << (bits - length), length))
