"""One cell of a list to what it names: selectors in canonical form, or text that could not be read.

Repairs are those that the field makes too (misspelt schemes, stray quotes, pages and ports behind a
host). A repair is made only where one reading is possible; else the text stays unread, and an
unread text weighs on answers by what it may name (model/unread.py).
"""

import ipaddress
import re
from collections.abc import Callable, Iterable, Mapping
from functools import lru_cache
from itertools import chain, islice

import msgspec

from gatewatch.errors import UsageError
from gatewatch.model import selector
from gatewatch.model.selector import Kind, Selector
from gatewatch.model.unread import may_name

_PLAIN = re.compile(r"[\w.:/~%?&=*-]+", re.ASCII)
"""Nothing to repair and nothing to part; nearly every cell of every register."""
_DOUBLE = ' \t\r\n\xa0"\u00ab\u00bb\u201e\u201c\u201d'
_SINGLE_QUOTES = "'`\u201a\u2018\u2019"
"""A single quote alone may be the end of a URL."""
_SPACE = re.compile(r"(?:&nbsp;|&#160;|[\s\xa0\u2007\u202f])+")
_SURE = re.compile(r"[,;|\n\r\t]+|\s+(?:/\s*)?(?=(?i:https?:))")
"""Between values; a slash or a blank may as well be part of one."""
_LOOSE = re.compile(r"[,;|/\s]+")
_BETWEEN_HOSTS = re.compile(r"[\s;|]")
_NEXT_ADDRESS = re.compile(r"(?i)(?:[,;|\s]|\s/)\s*(?=https?:)")
_RANGE = re.compile(r"([0-9a-fA-F:.]+)\s*[-\u2013\u2014]\s*([0-9a-fA-F:.]+)")
_V4_REST = re.compile(r"((?:\d{1,3}\.){3})\d{1,3}")
"""Where a range names only the last number of its end: `192.0.2.1-7`."""
_V4_STARS = re.compile(r"(\d{1,3}(?:\.\d{1,3}){0,2})((?:\.\*){1,3})")
_V4_MASKED = re.compile(r"\d{1,3}(?:\.\d{1,3}){3}\s*/\s*\d{1,3}(?:\.\d{1,3}){3}")
_CHARACTER = re.compile(r"&#(?:(\d{2,6})|[xX]([0-9a-fA-F]{2,5}));")
_HYPHENS = dict.fromkeys(map(ord, "\u2010\u2011\u2012\u2013\u2212\ufe63\uff0d"), "-")
_FULL_WIDTH = dict(zip(map(ord, "\u3001\uff0c\uff1b\uff5c\uff0f\u30fb"), ",,;|/;", strict=True))
"""Marks between values as lists in Chinese and Japanese have them; to browsers they are letters."""
_FOOTNOTES = re.compile(r"[\u00b9\u00b2\u00b3\u2070\u2074-\u2079]+$")
_NAMES_END = re.compile(r"[\s,;|]+$|^[\s,;|]+")
_PATTERN = re.compile(r"(?:\*|https?)://(\*\.)?([^/*\s]+)/\*|\|\|([^/^*\s]+)\^")
"""Renderings of hosts for browsers: match patterns (`*://*.x/*`) and filter rules (`||x^`)."""
_BLANK_BY_DOT = re.compile(r"(\S+?)(?: +\.|\. +)([^\s.]+)")
"""`example .com`: a blank beside the dot before the last label."""
_V4 = re.compile(r"(\d{1,3}(?:\.\d{1,3}){3})(?::\d+)?")
_AUTHORITY = re.compile(r"[/?#\\]")
_GLOBAL_V6 = ipaddress.ip_network("2000::/3")
_MOST_NETWORKS = 512
_NAMED = frozenset({"selector", "site", "host", "domain"})
"""Fields in which the plain name of a host is that host."""
_ADDRESSES = frozenset({Kind.IP, Kind.CIDR})


class Cell(msgspec.Struct, frozen=True, gc=False):
    """What a cell names, what of it could not be read, and why."""

    found: tuple[Selector, ...] = ()
    unread: tuple[str, ...] = ()
    problems: tuple[str, ...] = ()

    @property
    def hides(self) -> bool:
        """Whether what could not be read may name something. Words and numbers do not."""
        return any(map(may_name, self.unread))


def read(text: str, field: str, separators: Iterable[str] = ()) -> Cell:
    """The selectors of a cell. `field` is one of `FIELDS`."""
    if not separators:
        return _value(text, field)
    values = _values(text, separators)
    if len(values) == 1:
        return _value(values[0], field)
    parts = [_value(value, field) for value in values]
    return Cell(
        tuple(dict.fromkeys(chain.from_iterable(p.found for p in parts))),
        tuple(dict.fromkeys(chain.from_iterable(p.unread for p in parts))),
        tuple(chain.from_iterable(p.problems for p in parts)),
    )


def tidy(text: str) -> str:
    """Text without what is only typography: outer quotes, hard blanks, doubled blanks."""
    bare = _CHARACTER.sub(_character, text) if "&#" in text else text
    bare = _SPACE.sub(" ", bare).replace("&amp;", "&").strip(_DOUBLE)
    paired = len(bare) > 1 and bare[0] in _SINGLE_QUOTES and bare[-1] in _SINGLE_QUOTES
    return bare.strip(_SINGLE_QUOTES).strip() if paired else bare


def _character(reference: re.Match[str]) -> str:
    """A character that a page's author wrote by its number."""
    number = int(reference[1]) if reference[1] else int(reference[2], 16)
    return chr(number) if 32 <= number < 0x30000 else reference[0]


def _values(text: str, separators: Iterable[str]) -> list[str]:
    values = [text]
    for mark in separators:
        values = [part for value in values for part in value.split(mark)]
    return [value for value in values if tidy(value)]


@lru_cache(maxsize=65536)
def _value(text: str, field: str) -> Cell:
    if field in _NAMED and (plain := selector.plain_domain(text)) and _has_parent(text):
        return Cell((plain,))
    is_plain = _PLAIN.fullmatch(text) is not None
    bare = text if is_plain else tidy(text)
    if not bare:
        return Cell()
    if field in _NAMED and not is_plain and "/" not in bare:
        bare = _FOOTNOTES.sub("", bare).translate(_HYPHENS).translate(_FULL_WIDTH)
        text = text.translate(_FULL_WIDTH)
    if field not in {"url", "app"} and bare[0].isdigit() and (network := _network(bare)):
        return Cell(tuple(network))
    why = "several values in one cell"
    if is_plain or _NEXT_ADDRESS.search(bare) is None:
        try:
            return Cell((FIELDS[field](bare),))
        except UsageError as problem:
            why = str(problem)
    if found := _several(bare, text, field):
        return Cell(tuple(dict.fromkeys(found)))
    return _repaired(bare, field, why)


def _repaired(bare: str, field: str, why: str) -> Cell:
    """What could not be read as it stands: put right, or kept as it is with the reason."""
    if field in _NAMED and (mended := _mended(bare)):
        return _value(mended, field)
    if field in {"domain", "host"} and "," in bare:
        try:
            return Cell((FIELDS[field](re.sub(r"\s*,\s*", ".", bare)),))
        except UsageError:
            pass
    return Cell(unread=(bare,), problems=(why,))


def _several(bare: str, text: str, field: str) -> list[Selector]:
    """The values of a cell that holds more than one, or one that names more than one thing; empty
    unless every part can be read."""
    if rendered := _PATTERN.fullmatch(bare):
        return _rendered(rendered)
    if field == "app":
        return []
    between = _LOOSE if field in {"domain", "host", "ip"} else _SURE
    parts = [part for piece in between.split(text.strip(_DOUBLE)) if (part := tidy(piece))]
    if len(parts) < 2:
        return []
    try:
        return [FIELDS[field](part) for part in parts]
    except UsageError:
        return []


def _mended(bare: str) -> str | None:
    """A host with the slips of typing and of typesetting put right; None if there is none that has
    one reading."""
    plain = _NAMES_END.sub("", bare)
    if "/" not in plain and ":" not in plain:
        plain = re.sub(r"\.{2,}", ".", plain).lstrip(".")
    if (joined := _without_blank(plain)) is not None:
        plain = joined
    return plain if plain != bare and plain else None


def _without_blank(bare: str) -> str | None:
    """A host with a blank beside the dot before its last label, put right.

    Only where what stands before the blank is no host by itself: `example.com .ua` may be two.
    """
    found = _BLANK_BY_DOT.fullmatch(bare)
    if found is None:
        return None
    before, last = found[1].lower(), found[2].lower()
    if not _top_level(last) or _top_level(before.rpartition(".")[2]):
        return None
    return f"{before}.{last}"


def _network(bare: str) -> list[Selector]:
    """A range or a network by its stars or mask of bits, as networks; empty for all else."""
    if ranged := _RANGE.fullmatch(bare):
        first, last = ranged[1], ranged[2]
        if (rest := _V4_REST.fullmatch(first)) and last.isdigit():
            last = f"{rest[1]}{last}"
        return _networks(first, last)
    if starred := _V4_STARS.fullmatch(bare):
        stars = starred[2].count("*")
        if starred[1].count(".") + 1 + stars == 4:
            low = f"{starred[1]}{starred[2].replace('*', '0')}"
            return _networks(low, f"{starred[1]}{starred[2].replace('*', '255')}")
    elif _V4_MASKED.fullmatch(bare):
        try:
            return [selector.network(ipaddress.ip_network(re.sub(r"\s", "", bare), strict=False))]
        except ValueError:
            return []
    return []


def _networks(first: str, last: str) -> list[Selector]:
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


def _rendered(found: re.Match[str]) -> list[Selector]:
    try:
        if found[3]:
            return [_host(found[3]), selector.mask(found[3])]
        return [_host(found[2]), *([selector.mask(found[2])] if found[1] else [])]
    except UsageError:
        return []


def _selector(text: str) -> Selector:
    """Told apart by its look. The address of a site's root names the site."""
    named = selector.parse(text.partition("#")[0] or text)
    if named.kind == Kind.URL:
        return _site(named, text)
    return _checked(named, text)


def _site(named: Selector, text: str) -> Selector:
    scheme, _, rest = named.value.partition("://")
    host, _, path = rest.partition("/")
    if scheme in {"http", "https"} and not path:
        return _host(host)
    return _checked(named, text)


def _url(text: str) -> Selector:
    return _checked(selector.url(text), text)


def _host(text: str) -> Selector:
    """A host with whatever stands around it: a scheme, a login, a page, a port, a stroke."""
    bare = selector.mended(selector.refanged(text))
    bare = bare.partition("://")[2] or bare
    if _BETWEEN_HOSTS.search(bare):
        raise UsageError(f"more than one value: {text[:80]!r}")
    if bare.startswith("["):
        return _address(bare[1:].partition("]")[0])
    if bare.count(":") > 1:
        return _address(bare)
    host = _AUTHORITY.split(bare, maxsplit=1)[0].rpartition("@")[2].partition(":")[0]
    return _checked(selector.domain(host.strip(".,;")), text)


def _address(text: str) -> Selector:
    ported = _V4.fullmatch(text)
    return _checked(selector.address(ported[1] if ported else text), text)


def _mask(text: str) -> Selector:
    return _checked(
        selector.mask(selector.mended(text).partition("://")[2].rstrip("/") or text), text
    )


def _checked(named: Selector, text: str) -> Selector:
    """Refuse what no list means by a name: words, and addresses that nobody can hold."""
    kind = named.kind
    if kind == Kind.APP:
        return named
    if kind in _ADDRESSES:
        return _held_address(named, text)
    host = selector.url_host(named.value) if kind == Kind.URL else str(named.host)
    if host.rpartition(".")[2].isdigit() or ":" in host:
        if kind == Kind.URL and host not in text and ":" not in host:
            raise UsageError(f"a number, not an address: {text[:80]!r}")
        return named
    if not _has_parent(host) and not _is_suffix(host):
        raise UsageError(f"a word, not the name of a host: {text[:80]!r}")
    return named


def _bare_host(host: str) -> str:
    return host.removeprefix("*.").removeprefix("www.")


def _has_parent(host: str) -> bool:
    """Whether a host has two labels at least, `*.` and `www.` not counted."""
    return "." in _bare_host(host)


def _held_address(named: Selector, text: str) -> Selector:
    if ":" in named.value:
        first = ipaddress.ip_address(named.value.partition("/")[0])
        if first not in _GLOBAL_V6:
            raise UsageError(
                f"outside of the addresses that are given out (2000::/3): {text[:80]!r}"
            )
    elif named.value.startswith(("0.0.0.", "127.")):
        raise UsageError(f"an address of no site: {text[:80]!r}")
    return named


def _is_suffix(host: str) -> bool:
    """Whether a single label behind `*.` or `www.` is a top-level domain with sites of its own."""
    label = _bare_host(host)
    return host != label and _top_level(label)


@lru_cache(maxsize=4096)
def _top_level(label: str) -> bool:
    from publicsuffixlist import PublicSuffixList

    return PublicSuffixList().publicsuffix(label, accept_unknown=False) is not None


FIELDS: Mapping[str, Callable[[str], Selector]] = {
    "selector": _selector,
    "site": _selector,
    "host": _host,
    "domain": _host,
    "mask": _mask,
    "url": _url,
    "ip": _address,
    "app": selector.app,
}
"""How the value of a column may be read. `host` and `domain` are hosts whatever stands behind
them."""
