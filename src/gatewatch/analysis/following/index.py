"""Subscriptions filed under what they ask for, so that an event looks up who may want it and asks
them alone: ten thousand are not asked in turn.
"""

import ipaddress
from bisect import bisect_left
from collections import defaultdict
from collections.abc import Iterable, Iterator

from gatewatch.analysis.registers.lookup import parents
from gatewatch.model.event import Event
from gatewatch.model.selector import Kind, Selector, from_key, url_host
from gatewatch.model.subscription import Wish

_ALL = "*"
_MARKS = ("service:", "as:")


class WishIndex:
    """Wishes by name. `takers` gives those that take an event: the same as asking each."""

    def __init__(self, wishes: Iterable[tuple[str, Wish]]) -> None:
        self._wishes: dict[str, Wish] = {}
        self._under: defaultdict[str, list[str]] = defaultdict(list)
        self._prefixes: defaultdict[tuple[int, int, int], list[str]] = defaultdict(list)
        for name, wish in wishes:
            self._wishes[name] = wish
            self._file(name, wish)
        self._lengths = sorted({(version, length) for version, length, _ in self._prefixes})
        turned = {_turned(key[7:]) for key in self._under if key.startswith("domain:")}
        self._turned = sorted(turned)
        self._ranges = sorted((version, first, length) for version, length, first in self._prefixes)

    def _file(self, name: str, wish: Wish) -> None:
        """Under each thing that it names; one that names none, under the narrowest bound."""
        if wish.of_things:
            keys = [
                *(f"service:{one}" for one in wish.services),
                *(f"domain:{one}" for one in wish.domains),
                *(f"as:{one}" for one in wish.networks),
            ]
            for address in wish.addresses:
                net = ipaddress.ip_network(address)
                self._prefixes[net.version, net.prefixlen, int(net.network_address)].append(name)
        elif wish.registers:
            keys = [f"register:{one}" for one in wish.registers]
        elif wish.laws:
            keys = [f"law:{one}" for one in wish.laws]
        elif wish.authorities:
            keys = [f"authority:{one}" for one in wish.authorities]
        elif wish.jurisdictions:
            keys = [f"jurisdiction:{one}" for one in wish.jurisdictions]
        elif wish.kinds:
            keys = [f"kind:{one}" for one in wish.kinds]
        else:
            keys = [_ALL]
        for key in keys:
            self._under[key].append(name)

    def takers(self, event: Event) -> list[str]:
        """Names of the wishes that take an event, sorted."""
        near = {name for key in self._keys(event) for name in self._under.get(key, ())}
        for about in event.about:
            if about.startswith(("ip:", "cidr:")):
                near.update(self._around(about.partition(":")[2]))
        return sorted(name for name in near if self._wishes[name].takes(event))

    def _keys(self, event: Event) -> Iterator[str]:
        yield _ALL
        yield f"kind:{event.kind}"
        yield f"register:{event.register}"
        yield f"jurisdiction:{event.jurisdiction}"
        yield f"service:{event.service}"
        yield from (f"law:{one}" for one in event.laws)
        yield from (f"authority:{one}" for one in event.authorities)
        for about in event.about:
            if about.startswith(_MARKS):
                yield about
            else:
                yield from self._domains(from_key(about))

    def _domains(self, about: Selector) -> Iterator[str]:
        """The domains that a selector may concern: its own, those above, and beneath a mask."""
        if about.kind not in {Kind.DOMAIN, Kind.MASK, Kind.URL}:
            return
        host = url_host(about.value) if about.kind == Kind.URL else about.value.removeprefix("*.")
        yield f"domain:{host}"
        yield from (f"domain:{above}" for above in parents(host))
        if about.kind == Kind.MASK:
            begin = f"{_turned(host)}."
            at = bisect_left(self._turned, begin)
            while at < len(self._turned) and self._turned[at].startswith(begin):
                yield f"domain:{_turned(self._turned[at])}"
                at += 1

    def _around(self, address: str) -> Iterator[str]:
        """Wishes for a prefix that contains an address or network, or lies within it."""
        net = ipaddress.ip_network(address)
        first, wide = int(net.network_address), net.max_prefixlen
        for version, length in self._lengths:
            if version == net.version and length <= net.prefixlen:
                shift = wide - length
                yield from self._prefixes.get((version, length, first >> shift << shift), ())
        last = int(net.broadcast_address)
        at = bisect_left(self._ranges, (net.version, first, 0))
        while at < len(self._ranges) and self._ranges[at][:2] <= (net.version, last):
            version, start, length = self._ranges[at]
            yield from self._prefixes[version, length, start]
            at += 1


def _turned(name: str) -> str:
    return ".".join(reversed(name.split(".")))
