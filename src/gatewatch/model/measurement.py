"""A network measurement as a probe sent it, in the OONI data format, typed and tolerant.

Names are those of the format (github.com/ooni/spec). Fields that nothing here reads are not kept.
Times `t` are seconds since the measurement began. What is missing or null is None.
"""

from base64 import b64decode
from typing import Annotated

import msgspec


class Binary(msgspec.Struct, frozen=True, gc=False):
    """Bytes that are no text: base64 in `data`."""

    format: str = ""
    data: str = ""


Text = str | Binary | None
_MOST = (1 << 53) - 1
Int = Annotated[int, msgspec.Meta(ge=-_MOST, le=_MOST)]
"""A whole number that every JSON reader takes exactly (I-JSON, RFC 7493). Larger ones are no count,
port or status, and no column of 64 bits may hold them."""


UNREAD = "unknown_failure: not readable"
"""Stands for a failure that is no text, and for that of an answer in which nothing can be read:
what could not be read is neither a success nor an empty answer."""


class DnsAnswer(msgspec.Struct, gc=False):
    """One record of an answer: an address, or the name that another stands for."""

    ipv4: str | None = None
    ipv6: str | None = None
    hostname: str | None = None
    asn: Int | None = None


class DnsQuery(msgspec.Struct, gc=False):
    """One question to one resolver. `engine` is getaddrinfo, udp, doh, ..."""

    answers: list[DnsAnswer] | None = None
    failure: str | None = None
    engine: str | None = None
    hostname: str | None = None
    query_type: str | None = None
    resolver_address: str | None = None
    resolver_hostname: str | None = None
    t0: float | None = None
    t: float | None = None
    tags: list[str] | None = None
    transaction_id: Int | None = None
    subset: str | None = None


class ConnectStatus(msgspec.Struct, gc=False):
    """How a connect went. Old probes wrote false where there was no failure."""

    failure: str | bool | None = None
    success: bool | None = None


class TcpConnect(msgspec.Struct, gc=False):
    """One connect to one endpoint."""

    ip: str | None = None
    port: Int | None = None
    status: ConnectStatus | None = None
    t0: float | None = None
    t: float | None = None
    tags: list[str] | None = None
    transaction_id: Int | None = None
    subset: str | None = None


class TlsHandshake(msgspec.Struct, gc=False):
    """One handshake over TCP or QUIC. The probe verifies the chain unless `no_tls_verify`."""

    address: str | None = None
    server_name: str | None = None
    failure: str | None = None
    tls_version: str | None = None
    no_tls_verify: bool | None = None
    peer_certificates: list[Text] | None = None
    echconfig: str | None = None
    outer_server_name: str | None = None
    t0: float | None = None
    t: float | None = None
    tags: list[str] | None = None
    transaction_id: Int | None = None
    subset: str | None = None


class Relay(msgspec.Struct, gc=False):
    """Whether a request went through Tor."""

    is_tor: bool | None = None


class HttpRequest(msgspec.Struct, gc=False):
    """What was asked for."""

    url: str | None = None
    tor: Relay | None = None


class HttpResponse(msgspec.Struct, gc=False):
    """What came back. Headers stay undecoded until something asks for them."""

    code: Int | None = None
    body: Text = None
    body_is_truncated: bool | None = None
    headers: msgspec.Raw = msgspec.Raw()
    headers_list: msgspec.Raw = msgspec.Raw()


class HttpTransaction(msgspec.Struct, gc=False):
    """One request with its response, or with the failure that came instead."""

    request: HttpRequest | None = None
    response: HttpResponse | None = None
    failure: str | None = None
    address: str | None = None
    t0: float | None = None
    t: float | None = None
    tags: list[str] | None = None
    transaction_id: Int | None = None
    subset: str | None = None


class NetworkEvent(msgspec.Struct, gc=False):
    """One read, write or connect on a socket, with the bytes that it moved."""

    operation: str | None = None
    num_bytes: Int | None = None
    t: float | None = None
    transaction_id: Int | None = None


class Task(msgspec.Struct, kw_only=True):
    """Something that a test did as a whole, in no step that others share: a tunnel started, a
    handshake of a protocol of its own, a request echoed back.

    `progress` is in per cent, `changed` names what came back otherwise than it was sent.
    """

    protocol: str
    operation: str
    failure: str | None = None
    ip: str | None = None
    port: Int | None = None
    progress: Int | None = None
    changed: tuple[str, ...] = ()
    t0: float | None = None
    t: float | None = None
    subset: str | None = None


class ControlConnect(msgspec.Struct, gc=False):
    """How the control fared with an endpoint."""

    status: bool | None = None
    failure: str | None = None


class ControlDns(msgspec.Struct, gc=False):
    """What the control's resolver answered."""

    failure: str | None = None
    addrs: list[str] | None = None


class ControlHttp(msgspec.Struct, gc=False):
    """What the control's request for the same URL brought, at the end of its own redirects."""

    failure: str | None = None
    status_code: Int | None = None
    body_length: Int | None = None
    title: str | None = None
    headers: msgspec.Raw = msgspec.Raw()


class AddressInfo(msgspec.Struct, gc=False):
    """What the control knows of an address. Flag 1: the probe resolved it; 2: the control did;
    4: it is a bogon; 8: a handshake by the control showed it valid for the name."""

    asn: Int | None = None
    flags: Int | None = None


class Control(msgspec.Struct, gc=False):
    """The same steps from an unrestricted network, where a test helper made them."""

    dns: ControlDns | None = None
    tcp_connect: dict[str, ControlConnect] | None = None
    tls_handshake: dict[str, ControlConnect] | None = None
    quic_handshake: dict[str, ControlConnect] | None = None
    http_request: ControlHttp | None = None
    ip_info: dict[str, AddressInfo | None] | None = None


class Steps(msgspec.Struct, gc=False):
    """The steps that most tests share, whatever they are about.

    A step's `subset` names the set in which some tests keep it: a target of tor's, a look-up of
    dnscheck's, `control` or `target` of sni_blocking's.
    """

    queries: list[DnsQuery] | None = None
    x_dns_duplicate_responses: list[DnsQuery] | None = None
    tcp_connect: list[TcpConnect] | None = None
    tls_handshakes: list[TlsHandshake] | None = None
    quic_handshakes: list[TlsHandshake] | None = None
    requests: list[HttpTransaction] | None = None
    network_events: list[NetworkEvent] | None = None
    control: Control | None = None
    control_failure: str | None = None
    tunnel: str | None = None
    socksproxy: str | None = None


class Measurement(msgspec.Struct, kw_only=True, gc=False):
    """One run of one test against one input.

    `steps` is empty for tests that record none. `facts` are the test's own short results (its
    name for whether it thinks something is blocked among them): kept, never believed. `problems`
    name what could not be read.
    """

    uid: str
    readable: bool = True
    """False for bytes that are no measurement; `problems` say why."""
    report_id: str | None = None
    test_name: str
    test_version: str | None = None
    started_at: str | None = None
    input: str | None = None
    probe_cc: str | None = None
    probe_asn: Int | None = None
    resolver_asn: Int | None = None
    resolver_ip: str | None = None
    software: str | None = None
    collected_at: str | None = None
    """When the collector took it, by the uid or report that it gave: ISO 8601, UTC. `started_at`
    is by the probe's own clock."""
    platform: str | None = None
    engine: str | None = None
    """Version of OONI's measuring engine, where that is what measured."""
    network_type: str | None = None
    probe_id: str | None = None
    annotations: dict[str, str] = {}
    tunnel: str | None = None
    """What the steps went through instead of the access network: tor, psiphon, a proxy."""
    steps: Steps
    tasks: tuple[Task, ...] = ()
    facts: dict[str, str | float | bool | None] = {}
    problems: tuple[str, ...] = ()


def body_bytes(value: str | Binary | None) -> bytes:
    """The bytes of a body or header, whichever way the format wrote them."""
    known = readable(value)
    if known is None and isinstance(value, Binary):
        return value.data.encode("utf-8", "replace")
    return known or b""


def readable(value: str | Binary | None) -> bytes | None:
    """The same; None where there is nothing, or base64 that is none."""
    if value is None:
        return None
    if isinstance(value, str):
        return value.encode("utf-8", "replace")
    try:
        return b64decode(value.data, validate=True)
    except ValueError:
        return None
