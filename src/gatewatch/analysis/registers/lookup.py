"""Keys under which a selector is found, and the keys that a question must look under."""

import ipaddress
from enum import StrEnum
from functools import lru_cache

from gatewatch.model.selector import Kind, Selector, shortest

_PREFIX = {
    Kind.DOMAIN: "d:",
    Kind.MASK: "m:",
    Kind.URL: "u:",
    Kind.IP: "i:",
    Kind.CIDR: "c:",
    Kind.APP: "a:",
}


class How(StrEnum):
    """How a listing met the question, nearest first."""

    EXACT_URL = "exact url"
    OTHER_SCHEME = "same url, other scheme"
    HOST = "host"
    MASK = "mask"
    ADDRESS = "address"
    PREFIX = "containing prefix"
    APP = "app"
    PARENT = "parent domain"
    MASK_APEX = "the mask's own domain"
    URL_ON_HOST = "url on this host"
    WITHIN = "contains a listed one"
    BENEATH = "beside it, under the same domain"


class Coverage(StrEnum):
    """Whether what is listed covers what was asked about."""

    WHOLE = "whole"
    PART = "part"
    RELATED = "related"


NEAREST = {how: rank for rank, how in enumerate(How)}


def stored(selector: Selector) -> list[str]:
    """Keys a listing is filed under."""
    key = own_key(selector)
    if selector.kind == Kind.URL:
        return [key, f"h:{selector.host}"]
    return [key]


def own_key(selector: Selector) -> str:
    """The one key of a selector; URLs without their scheme."""
    if selector.kind == Kind.URL:
        return f"u:{selector.value.partition('://')[2]}"
    return f"{_PREFIX[Kind(selector.kind)]}{selector.value.removeprefix('*.')}"


def probes(selector: Selector) -> list[tuple[str, How]]:
    """Every key under which a listing could meet the question, nearest first."""
    kind = selector.kind
    if kind == Kind.DOMAIN:
        return [*_host(selector.value), (f"h:{selector.value}", How.URL_ON_HOST)]
    if kind == Kind.URL:
        host = selector.host or ""
        return [(own_key(selector), How.EXACT_URL), *_host(host)]
    if kind == Kind.MASK:
        name = selector.value[2:]
        above = [(f"m:{parent}", How.MASK) for parent in parents(name)]
        return [(f"m:{name}", How.MASK), *above, (f"d:{name}", How.PARENT)]
    if kind == Kind.IP:
        return [*_address(selector.value), (f"h:{selector.value}", How.URL_ON_HOST)]
    if kind == Kind.CIDR:
        return [(f"c:{network}", How.PREFIX) for network in _prefixes(selector.value)]
    return [(own_key(selector), How.APP)]


@lru_cache(maxsize=65536)
def parents(name: str) -> tuple[str, ...]:
    """The domains above a name, nearest first: b.c and c for a.b.c."""
    labels = name.split(".")
    return tuple(".".join(labels[i:]) for i in range(1, len(labels)))


def _host(host: str) -> list[tuple[str, How]]:
    if host.rpartition(".")[2].isdigit() or ":" in host:
        return _address(host)
    above = parents(host)
    return [
        (f"d:{host}", How.HOST),
        *((f"m:{parent}", How.MASK) for parent in above),
        *((f"d:{parent}", How.PARENT) for parent in above),
        (f"m:{host}", How.MASK_APEX),
    ]


def _address(address: str) -> list[tuple[str, How]]:
    return [
        (f"i:{address}", How.ADDRESS),
        *((f"c:{network}", How.PREFIX) for network in _prefixes(address)),
    ]


def _prefixes(address: str) -> list[str]:
    """Every network that contains an address or network, narrowest first."""
    try:
        network = ipaddress.ip_network(address)
    except ValueError:
        return []
    lengths = range(min(network.prefixlen, network.max_prefixlen - 1), -1, -1)
    above = ((network.supernet(new_prefix=length).network_address, length) for length in lengths)
    return [f"{shortest(first)}/{length}" for first, length in above]


def covers(how: How, *, prescribed: bool, covers_subdomains: bool) -> Coverage:
    """Whether a listing that met the question in this way covers the whole of it."""
    if how == How.BENEATH:
        return Coverage.RELATED
    if how in {How.URL_ON_HOST, How.WITHIN}:
        return Coverage.PART if prescribed else Coverage.RELATED
    if not prescribed or how == How.MASK_APEX:
        return Coverage.RELATED
    if how == How.PARENT:
        return Coverage.WHOLE if covers_subdomains else Coverage.RELATED
    return Coverage.WHOLE
