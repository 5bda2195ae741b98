"""Selectors: what a register names, in one canonical form made once, at the door.

A canonical domain is lower case, A-labels, no final dot; a mask is `*.` and a domain; a URL is the
WHATWG serialisation without its fragment; an address is in its shortest form.
"""

import ipaddress
import re
from enum import StrEnum
from functools import lru_cache
from urllib.parse import quote, unquote

import msgspec

from gatewatch.errors import UsageError

_PLAIN_HOST = re.compile(
    r"(?:[a-z0-9_](?:[a-z0-9_-]{0,61}[a-z0-9_])?\.)+[a-z][a-z0-9-]{0,61}[a-z0-9]"
)
_PLAIN_URL = re.compile(
    r"https?://(?!xn--)(?:[a-z0-9](?:[a-z0-9-]{0,61}[a-z0-9])?\.(?!xn--))+[a-z][a-z0-9]+"
    r"(/(?:[\w~-][\w.~-]*/)*(?:[\w~-][\w.~-]*)?(?:\?[\w.~&=/;+-]*)?)?",
    re.ASCII,
)
"""URLs that the WHATWG rules leave as they are, but for a missing root path."""
_ADDRESS = re.compile(
    r"[0-9]{1,3}(?:\.[0-9]{1,3}){3}(?:/[0-9]{1,2})?|[0-9a-fA-F:.]*:[0-9a-fA-F:.]*(?:/[0-9]{1,3})?"
)
_SCHEME = re.compile(r"[A-Za-z][A-Za-z0-9+.-]*://")
_BROKEN_SCHEME = re.compile(r"^([A-Za-z][A-Za-z0-9+.-]*)\[:\]//")
_LONGEST = 8192


class Kind(StrEnum):
    """What sort of thing a selector points at."""

    DOMAIN = "domain"
    MASK = "mask"
    URL = "url"
    IP = "ip"
    CIDR = "cidr"
    APP = "app"


class Selector(msgspec.Struct, frozen=True, gc=False, order=True):
    """One canonical name of a thing on the network. Build it with a function of this module."""

    kind: str
    value: str

    def __str__(self) -> str:
        return f"{self.kind}:{self.value}"

    @property
    def host(self) -> str | None:
        """The host of a domain, mask or URL; None for addresses and apps."""
        if self.kind == Kind.URL:
            return url_host(self.value)
        if self.kind == Kind.MASK:
            return self.value[2:]
        return self.value if self.kind == Kind.DOMAIN else None


def from_key(key: str) -> Selector:
    """The selector whose `str` is `key`; the form in which a ledger keeps it."""
    kind, _, value = key.partition(":")
    return Selector(kind, value)


@lru_cache(maxsize=65536)
def domain(text: str) -> Selector:
    """A host name, or an address where a host name was expected (registers do that)."""
    host = text.strip().rstrip(".").lower()
    if _PLAIN_HOST.fullmatch(host) and "xn--" not in host:
        return Selector(Kind.DOMAIN, host)
    if _ADDRESS.fullmatch(host):
        return address(host)
    if host.startswith("*."):
        return Selector(Kind.MASK, f"*.{_to_ascii(host[2:], text)}")
    ascii_host = _to_ascii(host, text)
    if _ADDRESS.fullmatch(ascii_host):
        return address(ascii_host)
    return Selector(Kind.DOMAIN, ascii_host)


def mask(text: str) -> Selector:
    """A domain mask: every name below a domain. `*.` is understood when it is not written."""
    bare = domain(text.strip().removeprefix("*."))
    return Selector(Kind.MASK, f"*.{bare.value}") if bare.kind == Kind.DOMAIN else bare


@lru_cache(maxsize=65536)
def address(text: str) -> Selector:
    """An IPv4 or IPv6 address, or a network when it has a prefix length."""
    try:
        if "/" in text:
            network = ipaddress.ip_network(text.strip(), strict=False)
            first = shortest(network.network_address)
            if network.prefixlen < network.max_prefixlen:
                return Selector(Kind.CIDR, f"{first}/{network.prefixlen}")
            return Selector(Kind.IP, first)
        return Selector(Kind.IP, shortest(ipaddress.ip_address(text.strip())))
    except ValueError:
        raise UsageError(f"not an address or network: {text[:80]!r}") from None


def url(text: str) -> Selector:
    """A URL by the WHATWG rules, without fragment; a missing scheme is read as http."""
    given = text.strip()
    if len(given) > _LONGEST:
        raise UsageError(f"URL longer than {_LONGEST} characters: {given[:80]!r}...")
    if plain := _PLAIN_URL.fullmatch(given):
        return Selector(Kind.URL, given if plain[1] else f"{given}/")
    from ada_url import normalize_url

    if not _SCHEME.match(given):
        given = f"http://{given}"
    given = given.partition("#")[0]
    try:
        whole = normalize_url(given)
    except ValueError:
        raise UsageError(f"not a URL: {text[:80]!r}") from None
    if not whole.startswith(("http://", "https://")) and not url_host(whole):
        raise UsageError(f"URL without a host: {text[:80]!r}")
    if len(whole) > _LONGEST:
        raise UsageError(f"URL longer than {_LONGEST} characters: {given[:80]!r}...")
    return Selector(Kind.URL, whole)


def app(text: str) -> Selector:
    """An app by the identifier its store uses."""
    name = unquote(text).strip().lower()
    if not name:
        raise UsageError("an app needs an identifier, as in app:com.example.chat")
    return Selector(Kind.APP, quote(name, safe=".-_/:@", errors="backslashreplace"))


def parse(text: str) -> Selector:
    """What a person typed: `app:ID`, an address, a network, a URL, a mask or a host name."""
    given = text.strip()
    if _PLAIN_HOST.fullmatch(given) and "xn--" not in given:
        return Selector(Kind.DOMAIN, given)
    if not given:
        raise UsageError("empty selector: give a domain, URL, address or network")
    given = _refang(given)
    if given.startswith("app:"):
        return app(given[4:])
    if _ADDRESS.fullmatch(given):
        return address(given)
    if "/" in given or _SCHEME.match(given) or "?" in given:
        return url(given)
    if given.count(":") == 1 and given.rpartition(":")[2].isdigit():
        return url(given)
    return domain(given)


def url_host(whole: str) -> str:
    """The host of a canonical URL: no user, no port, no brackets."""
    authority = whole.partition("://")[2]
    for end in "/?#":
        authority = authority.partition(end)[0]
    authority = authority.rpartition("@")[2]
    if authority.startswith("["):
        return authority[1:].partition("]")[0]
    return authority.partition(":")[0].rstrip(".")


def _refang(text: str) -> str:
    """Undo the spelling Gatewatch prints, so that its own output can be asked about."""
    text = _BROKEN_SCHEME.sub(r"\1://", text)
    scheme, mark, rest = text.partition("://") if _SCHEME.match(text) else ("", "", text)
    host, slash, path = rest.partition("/")
    host = host.replace("[.]", ".").replace("[:]", ":")
    scheme = f"http{scheme[4:]}" if scheme[:4].lower() == "hxxp" else scheme
    return f"{scheme}{mark}{host}{slash}{path}"


def shortest(given: ipaddress.IPv4Address | ipaddress.IPv6Address) -> str:
    """The same in every Python: an IPv4 address within IPv6 is spelt with dots (RFC 5952)."""
    if isinstance(given, ipaddress.IPv4Address):
        return str(given)
    if given.scope_id is not None:
        raise ValueError(given)
    return f"::ffff:{given.ipv4_mapped}" if given.ipv4_mapped else str(given)


def _to_ascii(host: str, text: str) -> str:
    import idna

    try:
        ascii_host = idna.encode(host, uts46=True, std3_rules=False).decode("ascii").lower()
    except (idna.IDNAError, UnicodeError):
        ascii_host = _lenient(host)
    ascii_host = ascii_host.rstrip(".")
    if not ascii_host or len(ascii_host) > 253 or not re.fullmatch(r"[a-z0-9._-]+", ascii_host):
        raise UsageError(f"not a domain name: {text[:80]!r}")
    return ascii_host


def _lenient(host: str) -> str:
    """Names that real lists hold although IDNA 2008 refuses them: underscores, outer hyphens."""
    return host if host.isascii() and ".." not in host and not host.startswith(".") else ""
