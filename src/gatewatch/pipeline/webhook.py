"""Events to web addresses that somebody gave us: signed, to public addresses alone, never
redirected.

Signed after the Standard Webhooks specification: `webhook-id` is the same however often a message
is sent, `webhook-timestamp` is when it was, and `webhook-signature` is over both and the body, so
that whoever receives it can refuse what is old and what it has seen.
"""

import asyncio
import base64
import hashlib
import hmac
import ipaddress
import secrets
import socket
import ssl
from collections.abc import Callable, Mapping
from concurrent.futures import Executor, ThreadPoolExecutor
from datetime import UTC, datetime, timedelta
from functools import cache, partial
from urllib.parse import urlsplit

import msgspec

from gatewatch.errors import MistakeError, needs
from gatewatch.model.subscription import ANSWERED, SLOW

with needs("site"):
    import h11
    import httpx

Address = ipaddress.IPv4Address | ipaddress.IPv6Address
PREFIX = "whsec_"
PATIENCE = 10.0
"""Seconds that a receiver has, from the look-up of its name to the end of its head: a limit for
each part of it could be stretched for days, a byte at a time."""
_CHUNK = 4096
TOLERANCE = timedelta(minutes=5)
"""How old a message may be for a receiver."""
_BESIDES = tuple(
    ipaddress.ip_network(n)
    for n in (
        *("64:ff9b::/96", "64:ff9b:1::/48", "2002::/16", "2001::/32", "192.88.99.0/24"),  # tunnels
        "168.63.129.16/32",  # what serves a machine of Azure's from within
        "3fff::/20",  # documentation since RFC 9637, which Python does not know
    )
)


class RefusedError(MistakeError):
    """An address to which nothing is sent."""


class WebhookReply(msgspec.Struct, frozen=True):
    """What became of a message: `status` of the reply, or why there is none."""

    status: int | None
    reason: str = ""

    @property
    def arrived(self) -> bool:
        return self.status is not None and 200 <= self.status < 300


def public(address: Address) -> bool:
    """Whether an address is one of the open internet, seen through what may be wrapped in it, and
    none of this machine's: what is shut to others is open to itself."""
    if isinstance(address, ipaddress.IPv6Address):
        if address.ipv4_mapped:
            return public(address.ipv4_mapped)
        if address.is_site_local:
            return False
    if any(address in net for net in _BESIDES):
        return False
    if not address.is_global or address.is_multicast or address.is_reserved:
        return False
    return not _is_own(address)


def _is_own(address: Address) -> bool:
    """Whether this machine has an address: it would go there from there. Nothing is sent."""
    family = socket.AF_INET if address.version == 4 else socket.AF_INET6
    try:
        with socket.socket(family, socket.SOCK_DGRAM) as asking:
            asking.connect((str(address), 9))
            return ipaddress.ip_address(asking.getsockname()[0].partition("%")[0]) == address
    except OSError:
        return False  # there is no way to it at all


def check(url: str, allowed: Callable[[Address], bool] = public) -> None:
    """Refuse what can be seen to be wrong without asking anyone. Names are looked at when they are
    resolved."""
    try:
        parts = urlsplit(url)
        host, _ = parts.hostname or "", parts.port
    except ValueError as fault:
        raise RefusedError(
            "'{url}' is no web address: {fault}", url=url, fault=str(fault)
        ) from fault
    private = allowed is not public
    if parts.scheme != "https" and not (private and parts.scheme == "http"):
        raise RefusedError("a webhook begins with https://")
    if parts.username or parts.password or not host or not host.isascii() or url != url.strip():
        raise RefusedError("a webhook is https://HOST/PATH, without a user name")
    if any(ord(c) < 33 or ord(c) > 126 for c in url):
        raise RefusedError("a webhook's address is plain ASCII; encode what is not")
    try:
        given = ipaddress.ip_address(host)
    except ValueError:
        if not private and (
            "." not in host.strip(".") or not host.strip(".").rpartition(".")[2][0].isalpha()
        ):
            raise RefusedError("{host} is no name of the open internet", host=host) from None
        return
    if not allowed(given):
        raise RefusedError(
            "{host} is not an address of the open internet; nothing is sent there", host=host
        )


def resolve(host: str, port: int, allowed: Callable[[Address], bool]) -> Address:
    """An address to connect to. One that is not allowed is enough to refuse the name."""
    try:
        found = socket.getaddrinfo(host, port, type=socket.SOCK_STREAM)
    except (OSError, UnicodeError) as fault:
        raise RefusedError("{host} has no address: {fault}", host=host, fault=str(fault)) from fault
    addresses = [ipaddress.ip_address(str(one[4][0]).partition("%")[0]) for one in found]
    for one in addresses:
        if not allowed(one):
            raise RefusedError(
                "{host} is at {address}, not an address of the open internet",
                host=host,
                address=str(one),
            )
    return addresses[0]


def send(
    url: str,
    name: str,
    body: bytes,
    secret: str,
    *,
    allowed: Callable[[Address], bool] = public,
    now: datetime | None = None,
) -> WebhookReply:
    """POST a message to the very address that was looked at. Raises nothing: what went wrong is
    told."""
    # In a thread of its own: the caller may have a loop, and one that hangs in the look-up of a
    # name is left behind.
    pool = ThreadPoolExecutor(1, thread_name_prefix="webhook")
    try:
        sending = post(url, name, body, secret, allowed=allowed, now=now)
        return pool.submit(asyncio.run, sending).result()
    finally:
        pool.shutdown(wait=False)


async def post(
    url: str,
    name: str,
    body: bytes,
    secret: str,
    *,
    allowed: Callable[[Address], bool] = public,
    now: datetime | None = None,
    resolving: Executor | None = None,
) -> WebhookReply:
    """The same within a loop, for many at once. `resolving`: threads that look names up."""
    headers = signed(name, body, secret, now or datetime.now(UTC))
    try:
        check(url, allowed)
        return await _exchange(url, body, headers, allowed, resolving=resolving)
    except RefusedError as fault:
        return WebhookReply(None, str(fault))
    except TimeoutError:
        return WebhookReply(None, SLOW.id.format(seconds=f"{PATIENCE:g}"))
    except (h11.ProtocolError, OSError, ValueError) as fault:
        return WebhookReply(None, f"{type(fault).__name__}: {fault}".rstrip(": "))


@cache
def _authorities() -> ssl.SSLContext:
    """Loaded once: it takes 20 ms, more than a message."""
    return httpx.create_ssl_context(trust_env=False)


async def _exchange(
    url: str,
    body: bytes,
    own: Mapping[str, str],
    allowed: Callable[[Address], bool],
    *,
    resolving: Executor | None,
) -> WebhookReply:
    """All of it within the time that there is: TimeoutError. A connection is for one message: one
    that was opened for a name is never used for another at the same address."""
    parts = urlsplit(url)
    host, tls = str(parts.hostname), parts.scheme == "https"
    port = parts.port or (443 if tls else 80)
    asked = h11.Request(
        method="POST",
        target=(parts.path or "/") + (f"?{parts.query}" if parts.query else ""),
        headers=[
            ("host", parts.netloc),
            ("content-type", "application/json"),
            ("content-length", str(len(body))),
            ("user-agent", "gatewatch-follow"),
            ("connection", "close"),
            *own.items(),
        ],
    )
    async with asyncio.timeout(PATIENCE):
        loop = asyncio.get_running_loop()
        address = await loop.run_in_executor(resolving, partial(resolve, host, port, allowed))
        reading, writing = await asyncio.open_connection(
            str(address),
            port,
            ssl=_authorities() if tls else None,
            server_hostname=host if tls else None,
        )
        try:
            status = await _answered(reading, writing, asked, body)
        finally:
            writing.transport.abort()
    good = 200 <= status < 300
    return WebhookReply(status, "" if good else ANSWERED.id.format(status=status))


async def _answered(
    reading: asyncio.StreamReader, writing: asyncio.StreamWriter, asked: h11.Request, body: bytes
) -> int:
    """The status of the answer; what comes after its head is not read."""
    state = h11.Connection(h11.CLIENT)
    for part in (asked, h11.Data(data=body), h11.EndOfMessage()):
        writing.write(state.send(part) or b"")
    await writing.drain()
    while not isinstance(event := state.next_event(), h11.Response):
        if event is h11.NEED_DATA:
            state.receive_data(await reading.read(_CHUNK))
        elif not isinstance(event, h11.InformationalResponse):
            raise h11.RemoteProtocolError("it closed the connection without an answer")
    return event.status_code


def fresh_secret() -> str:
    """A secret for signing, as receivers' libraries take it."""
    return PREFIX + base64.b64encode(secrets.token_bytes(32)).decode()


def signed(name: str, body: bytes, secret: str, now: datetime) -> dict[str, str]:
    """The three headers of a message."""
    at = str(int(now.timestamp()))
    return {
        "webhook-id": name,
        "webhook-timestamp": at,
        "webhook-signature": f"v1,{_signature(name, at, body, secret)}",
    }


def verified(
    headers: Mapping[str, str], body: bytes, secret: str, now: datetime | None = None
) -> bool:
    """What a receiver does: whether a message is ours and young. Whether it is new it tells by
    `webhook-id`."""
    name, at = headers.get("webhook-id", ""), headers.get("webhook-timestamp", "")
    if (
        not at.isdigit()
        or abs((now or datetime.now(UTC)).timestamp() - int(at)) > TOLERANCE.total_seconds()
    ):
        return False
    right = _signature(name, at, body, secret)
    given = [one.removeprefix("v1,") for one in headers.get("webhook-signature", "").split()]
    return any(hmac.compare_digest(one.encode(), right.encode()) for one in given)


def _signature(name: str, at: str, body: bytes, secret: str) -> str:
    key = base64.b64decode(secret.removeprefix(PREFIX))
    return base64.b64encode(
        hmac.digest(key, f"{name}.{at}.".encode() + body, hashlib.sha256)
    ).decode()
