"""Hosts, addresses, endpoints and URLs as steps name them, each in its one form."""

from urllib.parse import urlsplit

from gatewatch.errors import UsageError
from gatewatch.model import selector
from gatewatch.model.memo import memo
from gatewatch.model.ranges import parsed, plain

_FINAL_DOT = "."
_PORTS = {"http": 80, "https": 443}


def endpoint(ip: str | None, port: int | None) -> str:
    if ip is None:
        return ""
    return f"[{ip}]:{port}" if ":" in ip else f"{ip}:{port}"


@memo
def untranslated(place: tuple[str | None, int | None]) -> str:
    """An endpoint as the control names it: what NAT64 translates it met at the address itself."""
    ip, port = place
    return endpoint(plain(ip) if ip else None, port)


@memo
def canonical_host(host: str) -> str:
    """A name as the rest of Gatewatch writes it; what is no name comes back in lower case."""
    if not host:
        return ""
    try:
        return selector.domain(host).value
    except UsageError:
        return host.lower().rstrip(_FINAL_DOT)


@memo
def canonical_address(text: str) -> str:
    """An address in its shortest form; what is none comes back as it is."""
    known = parsed(text)
    return text if known is None else str(known)


@memo
def canonical_addresses(given: tuple[str | None, ...]) -> tuple[str, ...]:
    """The addresses of an answer: many questions of a measurement have the same one."""
    return tuple([canonical_address(one) for one in given if one])


@memo
def addresses_among(given: tuple[str, ...]) -> tuple[str, ...]:
    """The addresses among what a control lists, which are names too."""
    return tuple([canonical_address(one) for one in given if is_address(one)])


@memo
def is_address(text: str) -> bool:
    """Whether a text is an IP address. Controls list names among the addresses."""
    return parsed(text) is not None


@memo
def split_endpoint(endpoint: str | None) -> tuple[str | None, int | None]:
    """Address and port of `ip:port` or `[ip]:port`."""
    if not endpoint:
        return None, None
    ip, _, port = endpoint.rpartition(":")
    known = int(port) if port.isdecimal() and len(port) < 6 else None
    return canonical_address(ip.strip("[]")), known


@memo
def url_parts(url: str | None) -> tuple[str | None, str | None, int | None]:
    """Scheme, canonical host and port of a URL, or of a bare name as older tests took it."""
    if not url:
        return None, None, None
    try:
        split = urlsplit(url if "://" in url else f"//{url}")
        host = split.hostname
        port = split.port
    except ValueError:
        return None, None, None
    scheme = split.scheme or None
    if host and is_address(host):
        host = canonical_address(host)
    return scheme, canonical_host(host or "") or None, port or _PORTS.get(scheme or "")
