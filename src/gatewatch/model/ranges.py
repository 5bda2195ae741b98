"""Addresses that nobody has on the public internet, and those that translate others."""

from bisect import bisect_right
from functools import lru_cache
from ipaddress import IPv4Address, IPv6Address, ip_address, ip_network

import msgspec

from gatewatch.model.memo import memo

Address = IPv4Address | IPv6Address

_WELL_KNOWN = int(ip_address("64:ff9b::"))
"""RFC 6052: the prefix under which NAT64 writes IPv4 addresses; a /96."""
_LOCAL_USE = int(ip_address("64:ff9b:1::")) >> 80
"""RFC 8215: the /48 from which a network takes prefixes of its own for the same."""
_MAPPED = int(ip_address("::ffff:0:0")) >> 32
_LOW = (1 << 32) - 1
_SIX_TO_FOUR, _TEREDO = 0x2002, 0x2001_0000


class Ranges(msgspec.Struct, frozen=True):
    """Special-purpose ranges as data of the rule set, so that the same bytes get the same verdict
    from every interpreter: the table of Python's `ipaddress` changed within 3.11.

    `special` are not globally reachable, `reachable` are exceptions within them. CIDR.
    """

    special: tuple[str, ...]
    reachable: tuple[str, ...]

    def is_special(self, address: str) -> bool:
        """Whether an address can be nobody's on the public internet; False for what is none.

        Of a translated address the IPv4 address in it counts, of a tunnelled one whoever would
        carry it.
        """
        known = parsed(address)
        if known is None:
            return False
        inner = embedded(known)
        whole = inner or _carrier(known) or known
        return _within(self.special, whole) and not _within(self.reachable, whole)


@memo
def parsed(text: str) -> Address | None:
    """An address; None for what is no address."""
    try:
        return ip_address(text)
    except ValueError:
        return None


def embedded(address: Address) -> IPv4Address | None:
    """The IPv4 address that a NAT64 or IPv4-mapped address stands for."""
    if address.version == 4:
        return None
    value = int(address)
    if value >> 32 == _WELL_KNOWN >> 32 or value >> 32 == _MAPPED:
        return IPv4Address(value & _LOW)
    if value >> 80 == _LOCAL_USE:
        # The network chose a length: a /96 ends with the address, a /48 has it around bits 64-71.
        whole = (value >> 64 & 0xFFFF) << 16 | value >> 40 & 0xFFFF
        return IPv4Address(value & _LOW or whole)
    return None


def _carrier(address: Address) -> IPv4Address | None:
    """The IPv4 address of whoever would carry a 6to4 address (2002::/16, RFC 3056), or of the
    server of a Teredo address (2001::/32, RFC 4380): where nobody has that, nobody has any beneath
    it. China's injectors answer for IPv6 with Teredo addresses of no server (2001::1 and the
    like)."""
    if address.version == 4:
        return None
    value = int(address)
    if value >> 112 == _SIX_TO_FOUR:
        return IPv4Address(value >> 80 & _LOW)
    return IPv4Address(value >> 64 & _LOW) if value >> 96 == _TEREDO else None


@memo
def plain(text: str) -> str:
    """An address without translation: the IPv4 address where one is embedded, else as it is."""
    known = parsed(text)
    inner = embedded(known) if known is not None else None
    return text if inner is None else str(inner)


@memo
def canonical(text: str) -> str:
    """An address in its one spelling, without translation; what is none as it is."""
    known = parsed(text)
    return text if known is None else str(embedded(known) or known)


@memo
def low_half(text: str) -> str:
    """The last 32 bits of an IPv6 address as IPv4. A network may translate under a /96 of its own
    (RFC 6052), which shows only by an answer that ends as the right IPv4 address does."""
    known = parsed(text)
    return str(IPv4Address(int(known) & _LOW)) if known is not None and known.version == 6 else ""


@memo
def is_own(text: str) -> bool:
    """Whether an address is the asking machine itself, or none at all (0.0.0.0)."""
    known = parsed(text)
    inner = embedded(known) if known is not None else None
    whole = inner or known
    return whole is not None and (whole.is_loopback or int(whole) == 0)


def _within(networks: tuple[str, ...], address: Address) -> bool:
    starts, ends = _bounds(networks, address.version)
    at = bisect_right(starts, int(address)) - 1
    return at >= 0 and int(address) <= ends[at]


@lru_cache(maxsize=16)
def _bounds(networks: tuple[str, ...], version: int) -> tuple[list[int], list[int]]:
    """First and last addresses of networks, joined where one lies in another."""
    held = sorted(
        (int(one.network_address), int(one.broadcast_address))
        for one in map(ip_network, networks)
        if one.version == version
    )
    starts: list[int] = []
    ends: list[int] = []
    for start, end in held:
        if ends and start <= ends[-1]:
            ends[-1] = max(ends[-1], end)
        else:
            starts.append(start)
            ends.append(end)
    return starts, ends
