"""OONI's data format (github.com/ooni/spec: df-000, 001, 002, 005, 006, 008) as types:
a field that a description does not name is refused, unless it begins with `x_`.

What the field's own backend adds on the way (bucket_date, report_filename) is no probe's to write.
"""

import re
from base64 import b64decode
from typing import Any

import msgspec

_TYPE = re.compile(r"[A-Z]+")


class Binary(msgspec.Struct, forbid_unknown_fields=True):
    """Bytes that are no UTF-8."""

    format: str
    data: str

    def __post_init__(self) -> None:
        assert self.format == "base64"
        b64decode(self.data, validate=True)


Text = str | Binary


class _Step(msgspec.Struct, forbid_unknown_fields=True, kw_only=True):
    t0: float
    t: float
    tags: list[str]
    transaction_id: int

    def __post_init__(self) -> None:
        assert 0 <= self.t0 <= self.t


class Tor(msgspec.Struct, forbid_unknown_fields=True):
    """Whether Tor was used."""

    exit_ip: str | None
    exit_name: str | None
    is_tor: bool


class Request(msgspec.Struct, forbid_unknown_fields=True):
    """df-001, Request."""

    url: str
    body: Text
    body_is_truncated: bool
    headers: dict[str, Text]
    headers_list: list[tuple[str, Text]]
    method: str
    tor: Tor
    x_transport: str


class Response(msgspec.Struct, forbid_unknown_fields=True):
    """df-001, Response."""

    body: Text
    body_is_truncated: bool
    code: int
    headers: dict[str, Text]
    headers_list: list[tuple[str, Text]]


class Transaction(_Step):
    """df-001."""

    network: str
    address: str
    alpn: str
    failure: str | None
    request: Request
    response: Response


class Answer(msgspec.Struct, forbid_unknown_fields=True):
    """df-002, Answer."""

    answer_type: str
    ttl: int | None
    asn: int = 0
    as_org_name: str = ""
    ipv4: str | None = None
    ipv6: str | None = None
    hostname: str | None = None


class Query(_Step):
    """df-002."""

    answers: list[Answer] | None
    engine: str
    failure: str | None
    hostname: str
    query_type: str
    resolver_address: str
    resolver_hostname: str | None = None
    resolver_port: str | None = None
    raw_response: str | None = None
    rcode: int | None = None

    def __post_init__(self) -> None:
        super().__post_init__()
        assert _TYPE.fullmatch(self.query_type)
        b64decode(self.raw_response or "", validate=True)


class Status(msgspec.Struct, forbid_unknown_fields=True):
    """df-005, Status."""

    failure: str | None
    success: bool

    def __post_init__(self) -> None:
        assert self.success == (self.failure is None)


class Connect(_Step):
    """df-005."""

    ip: str
    port: int
    status: Status


class Handshake(_Step):
    """df-006."""

    network: str
    address: str
    cipher_suite: str
    failure: str | None
    negotiated_protocol: str
    no_tls_verify: bool
    peer_certificates: list[Binary] | None
    server_name: str
    tls_version: str
    echconfig: str = ""

    def __post_init__(self) -> None:
        super().__post_init__()
        assert self.network in {"tcp", "udp"}


class Event(_Step):
    """df-008."""

    operation: str
    failure: str | None
    proto: str
    address: str | None = None
    num_bytes: int | None = None


class Head(msgspec.Struct, forbid_unknown_fields=True):
    """df-000."""

    annotations: dict[str, str]
    data_format_version: str
    id: str
    input: str | None
    input_hashes: list[str]
    measurement_start_time: str
    options: list[str]
    probe_asn: str
    probe_cc: str
    probe_city: str | None
    probe_ip: str
    probe_network_name: str
    report_id: str
    resolver_asn: str
    resolver_ip: str
    resolver_network_name: str
    software_name: str
    software_version: str
    test_helpers: dict[str, Any]
    test_keys: dict[str, Any]
    test_name: str
    test_runtime: float
    test_start_time: str
    test_version: str

    def __post_init__(self) -> None:
        assert re.fullmatch(r"AS\d+", self.probe_asn)
        assert re.fullmatch(r"[A-Z]{2}", self.probe_cc)
        assert re.fullmatch(r"\d{4}-\d\d-\d\d \d\d:\d\d:\d\d", self.measurement_start_time)


_LISTS = {
    "queries": Query,
    "x_dns_duplicate_responses": Query,
    "tcp_connect": Connect,
    "tls_handshakes": Handshake,
    "quic_handshakes": Handshake,
    "requests": Transaction,
    "network_events": Event,
}


def check(line: bytes) -> int:
    """Read a measurement strictly; how many steps it has. Raises for what no description has."""
    head = msgspec.json.decode(line, type=Head)
    return sum(_checked(part) for part in _parts(head.test_keys))


def _parts(keys: dict[str, Any]) -> list[dict[str, Any]]:
    sides = [keys.get("target"), *([keys.get("control")] if "target" in keys else [])]
    pings = [
        {
            "tcp_connect": [one["tcp_connect"]],
            "tls_handshakes": [one["tls_handshake"]] if one["tls_handshake"] else [],
            "network_events": one["network_events"],
        }
        for one in keys.get("pings", ())
    ]
    traces = [
        {"tls_handshakes": [one["handshake"] for one in trace[name]["iterations"]]}
        for trace in keys.get("iterative_trace", ())
        for name in ("control_trace", "target_trace")
    ]
    return [keys, *(one for one in sides if isinstance(one, dict)), *pings, *traces]


def _checked(keys: dict[str, Any]) -> int:
    count = 0
    for name, kind in _LISTS.items():
        for row in keys.get(name) or ():
            known = {k: v for k, v in row.items() if not k.startswith("x_")}
            msgspec.convert(known, kind)
            count += 1
    return count
