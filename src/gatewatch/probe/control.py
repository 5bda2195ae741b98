"""A control elsewhere: what is asked of it, what it answers, and how it is asked.

The protocol is that of the field's Web Connectivity test helpers, so that our probe can use any of
them and any probe ours.
"""

import asyncio
from http import HTTPStatus
from urllib.parse import urlsplit

import msgspec

from gatewatch.errors import UsageError
from gatewatch.probe import failing, http
from gatewatch.probe.limits import ProbeLimits
from gatewatch.probe.stream import Peer, dial
from gatewatch.probe.target import page_of
from gatewatch.probe.trace import Row, Trace

CLIENT = "x_client_address"
"""Where a helper of ours says from which address it was asked: what the probe takes out of its
record is known by it. It is never kept."""
NOT_ITS_WORDS = "json_parse_error"
_STRANGER = frozenset({HTTPStatus.NETWORK_AUTHENTICATION_REQUIRED})
_LARGEST = 1 << 22
_PORTS = {"http": 80, "https": 443}


class ControlRequest(msgspec.Struct, kw_only=True):
    """What a probe asks a helper: a URL to fetch, and endpoints to connect to."""

    http_request: str
    http_request_headers: dict[str, list[str]] = {}
    tcp_connect: list[str] = []
    x_quic_enabled: bool = False


class ControlAnswer(msgspec.Struct, frozen=True):
    """What came of asking: the helper's own words, or the failure; and this machine's address as
    the helper saw it."""

    helper: str
    control: Row | None
    failure: str | None
    client: str = ""


class _End(msgspec.Struct):
    """What a helper says of a connect or a handshake."""

    status: bool | None = None
    failure: str | None = None


class _Page(msgspec.Struct):
    """What it says of a page."""

    body_length: int | None = None
    discovered_h3_endpoint: str | None = None
    failure: str | None = None
    title: str | None = None
    headers: dict[str, str] | None = None
    status_code: int | None = None


class _Names(msgspec.Struct):
    failure: str | None = None
    addrs: list[str] | None = None


class _Address(msgspec.Struct):
    asn: int | None = None
    flags: int | None = None


class _Words(msgspec.Struct):
    """What a helper answers (ts-017). Who writes otherwise is none, and nothing of it is used."""

    tcp_connect: dict[str, _End | None] | None = None
    tls_handshake: dict[str, _End | None] | None = None
    quic_handshake: dict[str, _End | None] | None = None
    http_request: _Page | None = None
    http3_request: _Page | None = None
    dns: _Names | None = None
    ip_info: dict[str, _Address | None] | None = None


class Helper(msgspec.Struct, frozen=True):
    """A helper by its URL."""

    url: str

    @staticmethod
    def parse(text: str) -> "Helper":
        """From a URL; raises UsageError for what is none."""
        url = page_of(text)
        if url is None:
            raise UsageError(
                f"{text}: a control helper is an http:// or https:// URL, without a login"
            )
        return Helper(url)


async def ask(
    helpers: tuple[Helper, ...], asked: ControlRequest, limits: ProbeLimits
) -> ControlAnswer:
    """Ask helpers in their order until one answers; the last failure where none does."""
    last = ControlAnswer("", None, failing.INTERRUPTED)
    for one in helpers:
        last = await _one(one, asked, limits)
        if last.control is not None:
            return last
    return last


async def _one(helper: Helper, asked: ControlRequest, limits: ProbeLimits) -> ControlAnswer:
    trace = Trace()
    parts = urlsplit(helper.url)
    host, port = parts.hostname or "", parts.port or _PORTS[parts.scheme]
    patient = msgspec.structs.replace(limits, response=limits.whole / 2, most_body=_LARGEST)
    failure: str | None = failing.NXDOMAIN
    loop = asyncio.get_running_loop()
    try:
        async with asyncio.timeout(limits.whole / 2):
            found = await loop.getaddrinfo(host, port)
    except (OSError, UnicodeError) as fault:
        return ControlAnswer(helper.url, None, failing.failure_of(fault))
    for address in dict.fromkeys(str(one[4][0]) for one in found):
        stream, failure = await dial(trace, Peer(address, port), (), seconds=limits.connect)
        if stream is None:
            continue
        try:
            if parts.scheme == "https":
                failure = await stream.shake(host, verify=True, seconds=limits.handshake)
                if failure is not None:
                    continue
            got = await http.exchange(
                stream,
                helper.url,
                limits=patient,
                method="POST",
                headers=[("Content-Type", "application/json"), ("Accept", "application/json")],
                body=msgspec.json.encode(asked),
            )
        finally:
            stream.close()
        return _read(helper, got.failure, got.status, got.body)
    return ControlAnswer(helper.url, None, failure)


def _read(helper: Helper, failure: str | None, status: int | None, body: bytes) -> ControlAnswer:
    """A helper's words, if they are any. A helper sends nobody elsewhere and asks for no login: who
    does stands in its place, as a portal's page does where JSON was due."""
    if failure is None and (status in _STRANGER or (status or 0) in range(300, 400)):
        failure = NOT_ITS_WORDS
    elif failure is None and status != 200:
        failure = "http_request_failed"
    if failure is not None:
        return ControlAnswer(helper.url, None, failure)
    try:
        msgspec.json.decode(body, type=_Words)
        found = msgspec.json.decode(body)
        msgspec.json.encode([[[[found]]]])  # it is to stand within a measurement
    except (msgspec.DecodeError, UnicodeDecodeError, RecursionError):
        return ControlAnswer(helper.url, None, NOT_ITS_WORDS)
    client = found.pop(CLIENT, "")
    return ControlAnswer(helper.url, found, None, client if isinstance(client, str) else "")
