"""Selectors: what a register names, in one canonical form made once, at the door.

A canonical domain is lower case, A-labels, no final dot; a mask is `*.` and a domain; an address is
in its shortest form, an IPv4 address within IPv6 as IPv4. A URL is the WHATWG serialisation without
fragment, login, final dot of the host and empty query, its percent codes in upper case and only
where RFC 3986 section 2.3 needs them.
"""

import ipaddress
import re
import unicodedata
from enum import StrEnum
from functools import lru_cache
from pathlib import Path
from sys import intern
from urllib.parse import quote, unquote

import msgspec

from gatewatch.errors import MistakeError, UsageError

_PLAIN_HOST = re.compile(
    r"(?:[a-z0-9_](?:[a-z0-9_-]{0,61}[a-z0-9_])?\.)+[a-z][a-z0-9-]{0,61}[a-z0-9]"
)
_PLAIN_URL = re.compile(
    r"https?://(?!xn--)(?:[a-z0-9](?:[a-z0-9-]{0,61}[a-z0-9])?\.(?!xn--))+[a-z][a-z0-9]+"
    r"(/(?:[\w~-][\w.~-]*/)*(?:[\w~-][\w.~-]*)?(?:\?[\w.~&=/;+-]+)?)?",
    re.ASCII,
)
"""URLs that the WHATWG rules leave as they are, but for a missing root path."""
_PLAIN_V4 = re.compile(r"(?:(?:25[0-5]|2[0-4][0-9]|1[0-9]{2}|[1-9]?[0-9])(?:\.(?!\Z)|\Z)){4}")
"""IPv4 addresses in their one spelling; RFC 6943 section 3.1.1 on the others."""
_PLAIN_AUTHORITY = re.compile(r"[a-z]+://([a-z0-9._-]+)(?:[/?#]|\Z)")
"""A host without login, port and brackets."""
_ADDRESS = re.compile(
    r"[0-9]{1,3}(?:\.[0-9]{1,3}){3}(?:/[0-9]{1,2})?|[0-9a-fA-F.]*:[0-9a-fA-F:.]*(?:/[0-9]{1,3})?"
)
_SCHEME = re.compile(r"[A-Za-z][A-Za-z0-9+.-]*://")
_BROKEN_SCHEME = re.compile(r"^([A-Za-z][A-Za-z0-9+.-]*)\[:\]//")
_MISSPELT_SCHEME = re.compile(
    r"(?:www\.(?=https?:))?"
    r"(?:(?:h[tx]{2}p(s?)(?:\s?:[\\/]*|[\\/]+:?)|h{0,2}[tx]{1,3}p{1,2}(s?)\s?[:;]+[\\/]+)\s*)+",
    re.IGNORECASE,
)
"""`http:\\\\x`, `http//x`, `http:/x`, `http://http://x`, `htp://x`, `ttps://x`, `http;//x`: all
stand in real registers."""
_BRACKETED = re.compile(r"\[([0-9a-fA-F:.]+)\](:[0-9]*)?")
_PORTED_V4 = re.compile(r"[0-9]{1,3}(?:\.[0-9]{1,3}){3}:[0-9]+")
_NETWORK_NUMBER = re.compile(r"asn?\s?[0-9]{1,10}", re.IGNORECASE)
_NUMERIC = re.compile(r"[0-9]+|0x[0-9a-f]*")
_INVISIBLE = re.compile(
    "[\u200b\u200e\u200f\u202a-\u202e\u2060-\u2069\u061c\u180e\ufe00-\ufe0f\ufeff\u00ad]"
)
"""Widths of nothing, and marks of the direction of writing: they come with text copied from a page
or a document, and no host name may hold one (UTS 46 has them ignored or refused)."""
_SPELT_DOT = re.compile(r"\[(?:\.|dot)\]|\((?:\.|dot)\)|\{(?:\.|dot)\}", re.IGNORECASE)
_CODE = re.compile(r"%([0-9A-Fa-f]{2})")
_HAS_LETTER = re.compile(r"[a-z]")
_UNRESERVED = frozenset(b"ABCDEFGHIJKLMNOPQRSTUVWXYZabcdefghijklmnopqrstuvwxyz0123456789-._~")
_LONGEST = 8192
_MOST_PASSES = 16


class Kind(StrEnum):
    """What sort of thing a selector points at."""

    DOMAIN = "domain"
    MASK = "mask"
    URL = "url"
    IP = "ip"
    CIDR = "cidr"
    APP = "app"
    UNREAD = "unread"
    """Text of a register that has no canonical form: never a question, never in an entry's
    selectors."""


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
            return url_host(self.value).removeprefix("*.")
        if self.kind == Kind.MASK:
            return self.value[2:]
        return self.value if self.kind == Kind.DOMAIN else None


def from_key(key: str) -> Selector:
    """The selector whose `str` is `key`; the form in which a ledger keeps it."""
    kind, _, value = key.partition(":")
    return Selector(intern(kind), value)


@lru_cache(maxsize=65536)
def domain(text: str) -> Selector:
    """A host name, or an address where a host name was expected (registers do that)."""
    host = _visible(text).strip().rstrip(".").lower()
    if plain := plain_domain(host):
        return plain
    if _ADDRESS.fullmatch(host):
        return address(host)
    if host.startswith("*."):
        return Selector(Kind.MASK, f"*.{_to_ascii(host[2:], text)}")
    ascii_host = _to_ascii(host, text)
    if _ADDRESS.fullmatch(ascii_host):
        return address(ascii_host)
    return Selector(Kind.DOMAIN, ascii_host)


def plain_domain(text: str) -> Selector | None:
    """The domain that a text spells in canonical form already; None if that takes a closer look.

    It is what nearly every cell of a register is, so it is asked before anything is repaired.
    """
    if _PLAIN_HOST.fullmatch(text) and "xn--" not in text:
        return Selector(Kind.DOMAIN, text)
    return None


def mask(text: str) -> Selector:
    """A domain mask: every name below a domain. `*.` is understood when it is not written."""
    bare = domain(text.strip().removeprefix("*."))
    return Selector(Kind.MASK, f"*.{bare.value}") if bare.kind == Kind.DOMAIN else bare


@lru_cache(maxsize=65536)
def address(text: str) -> Selector:
    """An IPv4 or IPv6 address, or a network when it has a prefix length."""
    if _PLAIN_V4.fullmatch(text):
        return Selector(Kind.IP, text)
    try:
        if "/" in text:
            return network(ipaddress.ip_network(text.strip(), strict=False))
        return Selector(Kind.IP, shortest(ipaddress.ip_address(text.strip())))
    except ValueError:
        raise MistakeError("not an address or network: '{text}'", text=text[:80]) from None


def network(given: ipaddress.IPv4Network | ipaddress.IPv6Network) -> Selector:
    """A network in its one form; a single address if it holds no more."""
    first = shortest(given.network_address)
    length = given.prefixlen
    if given.version == 6 and ":" not in first:
        # RFC 4291 section 2.5.5.2: the last 32 bits are the IPv4 address.
        if length < 96:
            return Selector(Kind.CIDR, f"{given.network_address}/{length}")
        length -= 96
    whole = 32 if ":" not in first else 128
    return Selector(Kind.CIDR, f"{first}/{length}") if length < whole else Selector(Kind.IP, first)


def url(text: str) -> Selector:
    """A URL by the WHATWG rules, without fragment; a missing scheme is read as http."""
    given = text.strip()
    if len(given) > _LONGEST:
        raise MistakeError(
            "URL longer than {most} characters: '{text}'...", most=_LONGEST, text=given[:80]
        )
    if plain := _PLAIN_URL.fullmatch(given):
        return Selector(Kind.URL, given if plain[1] else f"{given}/")
    given = mended(_visible(given))
    if not _SCHEME.match(given):
        given = f"http://{given}"
    given = given.partition("#")[0]
    whole = _one_spelling(given, text)
    if not whole.startswith(("http://", "https://")) and not url_host(whole):
        raise MistakeError("URL without a host: '{text}'", text=text[:80])
    if _ADDRESS.fullmatch(url_host(whole)) and _is_shortened(given):
        raise MistakeError("a number or a day, not an address: '{text}'", text=text[:80])
    if len(whole) > _LONGEST:
        raise MistakeError(
            "URL longer than {most} characters: '{text}'...", most=_LONGEST, text=given[:80]
        )
    return Selector(Kind.URL, whole)


def _visible(text: str) -> str:
    """Text without what nobody sees. Joiners are letters of some scripts, but never of ASCII."""
    if text.isascii():
        return text
    shown = _INVISIBLE.sub("", text)
    joined = shown.replace("\u200c", "").replace("\u200d", "")
    return joined if joined.isascii() else shown


def mended(text: str) -> str:
    """Text with a misspelt or doubled http scheme put right."""
    found = _MISSPELT_SCHEME.match(text)
    if found is None or found.end() == len(text):
        return text
    secure = found[1] or found[2] or ""
    return f"http{secure.lower()}://{text[found.end() :]}"


def _one_spelling(given: str, text: str) -> str:
    """The WHATWG serialisation with what it leaves open settled; stable under itself."""
    whole = _serialised(given, text)
    for _ in range(_MOST_PASSES):
        settled = _settled(whole)
        if settled == whole:
            return whole
        whole = _serialised(settled, text)
    raise MistakeError("not a URL: '{text}'", text=text[:80])


def _serialised(given: str, text: str) -> str:
    from ada_url import normalize_url

    try:
        whole: str = normalize_url(given)
    except ValueError:
        raise MistakeError("not a URL: '{text}'", text=text[:80]) from None
    return whole


def _settled(whole: str) -> str:
    scheme, mark, rest = whole.partition("://")
    if not mark:
        return whole
    end = next((at for at, sign in enumerate(rest) if sign in "/?#"), len(rest))
    host, tail = rest[:end].rpartition("@")[2], rest[end:]
    if host.startswith("["):
        name, _, port = host[1:].partition("]")
        first = shortest(ipaddress.IPv6Address(name))
        host = f"[{first}]{port}" if ":" in first else f"{first}{port}"
    else:
        name, colon, port = host.partition(":")
        host = f"{name.rstrip('.')}{colon}{port}"
    tail = _CODE.sub(_needed_code, tail)
    return f"{scheme}://{host}{tail.removesuffix('?') if tail.count('?') == 1 else tail}"


def _needed_code(code: re.Match[str]) -> str:
    byte = int(code[1], 16)
    return chr(byte) if byte in _UNRESERVED else code[0].upper()


def _is_shortened(given: str) -> bool:
    """Whether an IPv4 host is spelt in two or three parts, as days and versions are."""
    authority = re.split(r"[/\\?#]", given.partition("://")[2].lstrip("/\\"), maxsplit=1)[0]
    host = unicodedata.normalize("NFKC", authority.rpartition("@")[2].partition(":")[0])
    return host.strip(".").count(".") in {1, 2}


def app(text: str) -> Selector:
    """An app by the identifier its store uses."""
    name = unquote(text).strip().lower()
    if not name:
        raise MistakeError("an app needs an identifier, as in app:com.example.chat")
    return Selector(Kind.APP, quote(name, safe=".-_/:@", errors="backslashreplace"))


def parse(text: str) -> Selector:
    """What a person typed: `app:ID`, an address, a network, a URL, a mask or a host name.

    A word alone is a host of one label. Before a stroke it is one only if it is a top-level domain,
    or if the text leaves no doubt by a scheme, a port or a final dot: `n/a` names nobody. Nor do
    days and numbers.
    """
    if _NETWORK_NUMBER.fullmatch(text.strip()):
        raise MistakeError(
            "the number of a network, not an address: '{text}'; lists name addresses and hosts",
            hint=f"What is measured in it: gatewatch find AS{text.strip().casefold().lstrip('asn ')}",
            text=text.strip()[:80],
        )
    found = named(text)
    if found.kind != Kind.URL:
        return found
    host = found.host or ""
    if _is_numbered(text) and _ADDRESS.fullmatch(host):
        raise MistakeError("a number or a day, not an address: '{text}'", text=text.strip()[:80])
    if "." in host or ":" in host or _is_demanded(text) or is_top_level(host):
        return found
    raise MistakeError(
        "a word, not the name of a host: '{text}'; write the whole name, as example.com/page, or "
        "its scheme before it",
        text=text.strip()[:80],
    )


def like_an_app(asked: Selector) -> bool:
    """Whether a host name looks like the name of an app, which begins with what hosts end in:
    com.example.android. Its selector is `app:` and the name."""
    labels = asked.value.split(".")
    if asked.kind != Kind.DOMAIN or len(labels) < 2 or labels[-1] in _LOCAL:
        return False
    if labels[0] in _FIRST_OF_APPS:
        return len(labels) > 2 or not is_top_level(labels[-1])
    return is_top_level(labels[0]) and not is_top_level(labels[-1])


_FIRST_OF_APPS = frozenset({"com", "org", "net"})
"""With these no host of a service begins; with `ru` or `de` many do, as ru.wikipedia.org."""
_LOCAL = frozenset({"example", "test", "invalid", "local", "localhost", "onion", "arpa"})


def _is_demanded(text: str) -> bool:
    """Whether a text says that what it names is a host: by a scheme, a port or a final dot."""
    given = mended(refanged(_visible(text).strip()))
    authority = re.split(r"[/?#]", given.partition("://")[2] or given, maxsplit=1)[0]
    return bool(_SCHEME.match(given)) or authority.endswith(".") or ":" in authority


def _is_numbered(text: str) -> bool:
    """Whether a text begins with a bare number before a stroke, as days do: `01/02/2024`."""
    return re.match(r"\s*[0-9]+\s*/", text) is not None


def is_top_level(label: str) -> bool:
    """Whether a label is a rule of the Public Suffix List by itself, or all beneath it are."""
    low = label.lower()
    if low.startswith("xn--"):
        try:
            low = low.encode("ascii").decode("idna")
        except UnicodeError:
            return False
    return low in _top_levels()


@lru_cache(maxsize=1)
def suffix_rules() -> frozenset[str]:
    """The lines of the Public Suffix List, a rule each; its comments are lines too, and no host's.
    The library reads them as rules, which takes twenty times as long."""
    from publicsuffixlist import PSLFILE

    return frozenset(Path(PSLFILE).read_text(encoding="utf-8").splitlines())


@lru_cache(maxsize=1)
def _top_levels() -> frozenset[str]:
    """Of the rules those of one label."""
    rules = (line.removeprefix("*.") for line in suffix_rules() if not line.startswith("//"))
    return frozenset(rule for rule in rules if rule and "." not in rule)


def named(text: str) -> Selector:
    """The canonical form of what is known to be a name, be it a single label: hosts of measurements
    and of services."""
    given = text.strip()
    if plain := plain_domain(given):
        return plain
    given = _visible(given).strip()
    if not given:
        raise MistakeError("empty selector: give a domain, URL, address or network")
    given = mended(refanged(given))
    if given.startswith("app:"):
        return app(given[4:])
    if bracketed := _BRACKETED.fullmatch(given):
        return url(given) if bracketed[2] else address(bracketed[1])
    if _PORTED_V4.fullmatch(given):
        return url(given)
    if _ADDRESS.fullmatch(given):
        return address(given)
    if "/" in given or _SCHEME.match(given) or "?" in given:
        return url(given)
    if given.count(":") == 1 and given.rpartition(":")[2].isdigit():
        return url(given)
    return domain(given)


def url_host(whole: str) -> str:
    """The host of a canonical URL: no user, no port, no brackets."""
    if plain := _PLAIN_AUTHORITY.match(whole):
        return plain[1].rstrip(".")
    authority = whole.partition("://")[2]
    for end in "/?#":
        authority = authority.partition(end)[0]
    authority = authority.rpartition("@")[2]
    if authority.startswith("["):
        return authority[1:].partition("]")[0]
    return authority.partition(":")[0].rstrip(".")


def spoken(label: str) -> str:
    """A label in letters; as it is where it is none of IDNA's."""
    if not label.startswith("xn--"):
        return label
    try:
        return label[4:].encode("ascii").decode("punycode") or label
    except UnicodeError:
        return label


def refanged(text: str) -> str:
    """Undo the spelling Gatewatch prints, so that its own output can be asked about."""
    text = _BROKEN_SCHEME.sub(r"\1://", text)
    scheme, mark, rest = text.partition("://") if _SCHEME.match(text) else ("", "", text)
    host, slash, path = rest.partition("/")
    host = _SPELT_DOT.sub(".", host).replace("[:]", ":")
    scheme = f"http{scheme[4:]}" if scheme[:4].lower() == "hxxp" else scheme
    return f"{scheme}{mark}{host}{slash}{path}"


def shortest(given: ipaddress.IPv4Address | ipaddress.IPv6Address) -> str:
    """An address in one spelling; an IPv4 address within IPv6 is that IPv4 address."""
    if isinstance(given, ipaddress.IPv4Address):
        return str(given)
    if given.scope_id is not None:
        raise ValueError(given)
    return str(given.ipv4_mapped or given)


def _to_ascii(host: str, text: str) -> str:
    """A host name as browsers have it (UTS 46, the rule for URLs); ASCII stays as registers spell
    it."""
    ascii_host = host if host.isascii() else _browsers_spelling(host, text)
    ascii_host = ascii_host.rstrip(".")
    labels = ascii_host.split(".")
    if (
        not re.fullmatch(r"[a-z0-9._-]+", ascii_host)
        or len(ascii_host) > 253
        or not all(labels)
        or not any(sign.isalnum() for sign in ascii_host)
    ):
        raise MistakeError("not a domain name: '{text}'", text=text[:80])
    # No top-level domain is without a letter (RFC 3696 section 2), which `2024-03-01` is.
    if not _is_lettered(labels[-1]) and not _ADDRESS.fullmatch(ascii_host):
        raise MistakeError("a number or a day, not a domain name: '{text}'", text=text[:80])
    return ascii_host


def _is_lettered(label: str) -> bool:
    """Whether the last label of a host may be a top-level domain's: WHATWG takes `0x7f` for a
    number."""
    return _HAS_LETTER.search(label) is not None and _NUMERIC.fullmatch(label) is None


def _browsers_spelling(host: str, text: str) -> str:
    if re.search(r"[\s/\\?#@:%\[\]]", host):
        raise MistakeError("not a domain name: '{text}'", text=text[:80])
    try:
        return url_host(_serialised(f"http://{host}/", text))
    except UsageError:
        raise MistakeError("not a domain name: '{text}'", text=text[:80]) from None
