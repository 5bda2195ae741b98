"""Who asks: an address, however it is written, so that nobody is many by spelling."""

from functools import lru_cache
from ipaddress import IPv4Address, IPv6Network, ip_address


@lru_cache(maxsize=4096)
def network_of(address: str) -> str:
    """Whom an address stands for: IPv4 itself, however it is written; of IPv6 the /64, for whoever
    has one of its addresses has them all. A port tells nobody apart."""
    bare = address.strip().removeprefix("[").partition("]")[0]
    if bare.count(":") == 1:
        bare = bare.partition(":")[0]
    try:
        known = ip_address(bare.partition("%")[0])
    except ValueError:
        return address
    if isinstance(known, IPv4Address):
        return str(known)
    inner = known.ipv4_mapped or known.sixtofour
    if inner is None and int(known) >> 32 == 0 and int(known) > 1:
        inner = IPv4Address(int(known))
    if inner is not None:
        return str(inner)
    return str(IPv6Network((int(known) >> 64 << 64, 64)))
