"""Keys under which a selector is found, and the keys that a question must look under."""

import ipaddress
from collections.abc import Collection, Iterator
from enum import StrEnum
from functools import lru_cache

from gatewatch.model.register import PartOfList, Register
from gatewatch.model.selector import Kind, Selector, named, spoken, url_host
from gatewatch.model.unread import may_name

_PREFIX = {
    Kind.DOMAIN: "d:",
    Kind.MASK: "m:",
    Kind.URL: "u:",
    Kind.IP: "i:",
    Kind.CIDR: "c:",
    Kind.APP: "a:",
}
UNREAD_KEY = "x:"
"""How keys begin of names that a text which could not be read may mean."""


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
    HTTPS_HOST = "https url on this host"
    BESIDE = "another url on its host"
    BENEATH = "beside it, under the same domain"
    UNREAD = "unread text that may name it"


class MatchCoverage(StrEnum):
    """Whether what is listed covers what was asked about."""

    WHOLE = "whole"
    PART = "part"
    RELATED = "related"


NEAREST: dict[str, int] = {how: rank for rank, how in enumerate(How)}
BESIDE_IT = frozenset({How.MASK_APEX, How.BESIDE, How.BENEATH})
"""What lies beside a name and never covers it."""


def stored(selector: Selector) -> list[str]:
    """Keys a listing is filed under."""
    if selector.kind == Kind.UNREAD:
        return [f"{UNREAD_KEY}{name}" for name in may_name(selector.value)]
    key = own_key(selector)
    if selector.kind == Kind.URL:
        return [key, f"h:{url_host(selector.value)}"]
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
        name = selector.value
        on_host = [(f"h:{name}", How.URL_ON_HOST), *_starred("h:", name, "", How.URL_ON_HOST)]
        return [*_host(name), *on_host]
    if kind == Kind.URL:
        rest = selector.value.partition("://")[2]
        host = url_host(selector.value)
        path = rest[rest.find("/") :] if "/" in rest else ""
        exact = [(own_key(selector), How.EXACT_URL), *_starred("u:", host, path, How.EXACT_URL)]
        return [*exact, *_host(host), (f"h:{host}", How.BESIDE)]
    if kind == Kind.MASK:
        name = selector.value[2:]
        above = [(f"m:{parent}", How.MASK) for parent in parents(name)]
        return [(f"m:{name}", How.MASK), *above, (f"d:{name}", How.PARENT)]
    if kind == Kind.IP:
        return [*_address(selector.value), (f"h:{selector.value}", How.URL_ON_HOST)]
    if kind == Kind.CIDR:
        return [(f"c:{wider}", How.PREFIX) for wider in _prefixes(selector.value)]
    return [(own_key(selector), How.APP)]


def unread_probes(selector: Selector) -> list[tuple[str, How]]:
    """Keys of texts that could not be read and may name what was asked."""
    if selector.kind == Kind.APP:
        return []
    if selector.kind in {Kind.IP, Kind.CIDR}:
        own = [selector.value] if selector.kind == Kind.IP else []
        return [(f"{UNREAD_KEY}{key}", How.UNREAD) for key in (*own, *_prefixes(selector.value))]
    name = url_host(selector.value) if selector.kind == Kind.URL else selector.value
    keys = [name, *(f"*.{parent}" for parent in parents(name.removeprefix("*."))), *_patterns(name)]
    return [(f"{UNREAD_KEY}{key}", How.UNREAD) for key in keys]


def _patterns(name: str) -> Iterator[str]:
    """Every form in which `may_name` tells of a host by a part of it: `c*.example.com` for a label
    that begins so, `*o.example.com` for one that ends so, `xn--*.example.com` for one with letters
    that were lost, `example.*` under any top-level domain."""
    labels = name.removeprefix("*.").split(".")
    for at, label in enumerate(labels[:-1]):
        rest = ".".join(labels[at + 1 :])
        if label.startswith("xn--"):
            yield f"xn--*.{rest}"
        first, last = spoken(label)[:1], spoken(label)[-1:]
        yield from (f"{first}*.{rest}", f"*{last}.{rest}")
        below = "*." if at else ""
        for short in (labels[at:-1], labels[at:-2]):
            if short:
                yield f"{below}{'.'.join(short)}.*"


def within(asked: Selector, key: str) -> bool:
    """Whether what is filed under a key lies within a network or mask that was asked about."""
    if asked.kind == Kind.MASK:
        return key[2:].endswith(f".{asked.value[2:]}")
    try:
        known = ipaddress.ip_network(key[2:])
    except ValueError:
        return False
    whole = ipaddress.ip_network(asked.value)
    if known.version != whole.version or known == whole:
        return False
    return known.subnet_of(whole)  # type: ignore[arg-type]


OF_ITSELF = frozenset(
    {
        How.EXACT_URL,
        How.OTHER_SCHEME,
        How.HOST,
        How.MASK,
        How.ADDRESS,
        How.PREFIX,
        How.APP,
        How.PARENT,
    }
)
"""How a register meets a name that it knows of: by the name itself, or by what lies above it."""


def beyond(part: PartOfList, asked: Selector, known: Collection[How]) -> bool:
    """Whether a register that is a part of a list tells nothing of a name by not holding it.
    `known`: how what it ever prescribed met the name."""
    if any(how in OF_ITSELF for how in known):
        return False
    keys = part_keys(part.names)
    return not any(key in keys for key, how in probes(asked) if how in OF_ITSELF)


@lru_cache(maxsize=64)
def part_keys(names: tuple[str, ...]) -> frozenset[str]:
    """The keys under which the names of a part would be filed."""
    return frozenset(own_key(named(name)) for name in names)


def _starred(mark: str, host: str, path: str, how: How) -> Iterator[tuple[str, How]]:
    """URLs whose host is a mask, as `http://*.example.com/x`: real registers hold them."""
    for parent in parents(host):
        if "." in parent and not parent[-1:].isdigit():
            yield f"{mark}*.{parent}{path}", how


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
        *((f"c:{wider}", How.PREFIX) for wider in _prefixes(address)),
    ]


def _prefixes(address: str) -> list[str]:
    """Every network that contains an address or network, narrowest first."""
    try:
        known = ipaddress.ip_network(address)
    except ValueError:
        return []
    lengths = range(min(known.prefixlen, known.max_prefixlen - 1), -1, -1)
    above = ((known.supernet(new_prefix=length).network_address, length) for length in lengths)
    return [f"{first}/{length}" for first, length in above]


def covers(how: How, *, prescribed: bool, covers_subdomains: bool) -> MatchCoverage:
    """Whether a listing that met the question in this way covers the whole of it."""
    if how in {How.URL_ON_HOST, How.WITHIN}:
        return MatchCoverage.PART if prescribed else MatchCoverage.RELATED
    if how == How.UNREAD:
        return MatchCoverage.PART
    if not prescribed or how in BESIDE_IT:
        return MatchCoverage.RELATED
    if how == How.PARENT:
        return MatchCoverage.WHOLE if covers_subdomains else MatchCoverage.RELATED
    return MatchCoverage.WHOLE


def by_the_register(how: How, asked: Selector, met: Selector, register: Register) -> How:
    """A page beside the one asked about meets it where, by the register's own words, an https
    address takes its whole host with it."""
    https = asked.value.startswith("https://") and met.value.startswith("https://")
    return How.HTTPS_HOST if how == How.BESIDE and register.https_whole_host and https else how
