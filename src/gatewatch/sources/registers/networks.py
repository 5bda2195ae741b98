"""Ranges of addresses, networks by their stars and by their masks of bits, as networks."""

import ipaddress
import re
from itertools import islice

from gatewatch.errors import UsageError
from gatewatch.model import selector
from gatewatch.model.selector import Selector

_RANGE = re.compile(r"([0-9a-fA-F:.]+)\s*[-\u2013\u2014]\s*([0-9a-fA-F:.]+)")
_V4_REST = re.compile(r"((?:\d{1,3}\.){3})\d{1,3}")
"""Where a range names only the last number of its end: `192.0.2.1-7`."""
_V4_STARS = re.compile(r"(\d{1,3}(?:\.\d{1,3}){0,2})((?:\.\*){1,3})")
_V4_MASKED = re.compile(
    r"(?i)(\d{1,3}(?:\.\d{1,3}){3})(?:\s*/\s*|\s+(?:net)?mask[\s:=]\s*)(\d{1,3}(?:\.\d{1,3}){3})"
)
NOBODYS = ("0.0.0.", "127.")
"""How addresses begin that no site has."""
V4_NETWORK = re.compile(r"(\d{1,3}(?:\.\d{1,3}){3}/\d{1,2})(?::\d+)?")
_MOST_NETWORKS = 512


def as_networks(bare: str) -> list[Selector]:
    """A range or a network by its stars or mask of bits, as networks; empty for all else."""
    if not bare[:1].isdigit():
        return []
    if ranged := _RANGE.fullmatch(bare):
        first, last = ranged[1], ranged[2]
        if (rest := _V4_REST.fullmatch(first)) and last.isdigit():
            last = f"{rest[1]}{last}"
        return _between(first, last)
    if starred := _V4_STARS.fullmatch(bare):
        stars = starred[2].count("*")
        if starred[1].count(".") + 1 + stars == 4:
            low = f"{starred[1]}{starred[2].replace('*', '0')}"
            return _between(low, f"{starred[1]}{starred[2].replace('*', '255')}")
    elif (networked := V4_NETWORK.fullmatch(bare)) and not bare.startswith(NOBODYS):
        try:
            return [selector.address(networked[1])]
        except UsageError:
            return []
    elif masked := _V4_MASKED.fullmatch(bare):
        try:
            whole = ipaddress.ip_network(f"{masked[1]}/{masked[2]}", strict=False)
            return [selector.network(whole)]
        except ValueError:
            return []
    return []


def _between(first: str, last: str) -> list[Selector]:
    """A range as the networks that make it up."""
    try:
        low, high = ipaddress.ip_address(first), ipaddress.ip_address(last)
        if low.version != high.version:
            return []
        whole = ipaddress.summarize_address_range(low, high)
        found = [ipaddress.ip_network(str(one)) for one in islice(whole, _MOST_NETWORKS + 1)]
    except ValueError:
        return []
    return [selector.network(one) for one in found] if len(found) <= _MOST_NETWORKS else []
