"""What one measurement recorded, as the rows of OONI's data format. No decision.

Times are seconds since the measurement began, by a clock that does not jump. A `transaction` binds
the steps on one connection, or the questions of one look-up.
"""

import asyncio
from base64 import b64encode
from collections.abc import Coroutine, Sequence
from time import monotonic
from typing import Any
from urllib.parse import urlsplit

import msgspec

from gatewatch.model.ranges import canonical

Row = dict[str, Any]
_MOST_EVENTS = 4000
"""Reads and writes that are kept of one measurement: an endless body makes no endless record."""


class HttpExchange(msgspec.Struct, kw_only=True):
    """One request, and what came of it. `failure` None: a response was read, whole or `truncated`
    by the probe's own limits."""

    url: str
    method: str = "GET"
    sent: list[tuple[str, str]] = []
    status: int | None = None
    headers: list[tuple[str, bytes]] = []
    body: bytes = b""
    truncated: bool = False
    failure: str | None = None
    alpn: str = ""
    address: str = ""
    transaction: int = 0
    t0: float = 0.0
    t: float = 0.0

    def header(self, name: str) -> str | None:
        """The first header of a name, in whatever case."""
        for known, value in self.headers:
            if known.lower() == name:
                return value.decode("latin-1")
        return None

    def location(self) -> str | None:
        """Where it sends its reader; servers write what is beyond ASCII as UTF-8, or as Latin-1."""
        told = self.header("location")
        try:
            return told.encode("latin-1").decode("utf-8") if told is not None else None
        except UnicodeDecodeError:
            return told


class Trace:
    """The rows of one measurement, in the order in which they came."""

    def __init__(self) -> None:
        self._zero = monotonic()
        self._last = 0
        self.queries: list[Row] = []
        self.duplicates: list[Row] = []
        self.connects: list[Row] = []
        self.handshakes: list[Row] = []
        self.quic: list[Row] = []
        self.requests: list[Row] = []
        self.events: list[Row] = []
        self.own: set[str] = set()
        """The addresses from which this machine spoke."""
        self._listening: set[asyncio.Task[None]] = set()
        self._listens_until = 0.0

    def listen(self, to: Coroutine[Any, Any, None], least: float) -> None:
        """Go on listening beside all else, until `heard`, and for so many seconds from now."""
        self._listening.add(asyncio.ensure_future(to))
        self._listens_until = max(self._listens_until, self.now() + least)

    async def heard(self) -> None:
        """End what listens, once each has listened for as long as it was to."""
        if self._listening:
            await asyncio.wait(self._listening, timeout=max(0.0, self._listens_until - self.now()))
        for task in self._listening:
            task.cancel()
        await asyncio.gather(*self._listening, return_exceptions=True)
        self._listening.clear()

    def now(self) -> float:
        """Seconds since the measurement began."""
        return round(monotonic() - self._zero, 6)

    def transaction(self) -> int:
        """A number that no other connection or look-up of the measurement has."""
        self._last += 1
        return self._last

    def event(
        self,
        operation: str,
        transaction: int,
        tags: Sequence[str],
        *,
        address: str = "",
        failure: str | None = None,
        size: int | None = None,
        proto: str = "tcp",
        t0: float | None = None,
    ) -> None:
        """One thing done on a socket (df-008): `size` is the bytes that it moved."""
        if len(self.events) >= _MOST_EVENTS:
            return
        now = self.now()
        row: Row = {"operation": operation, "failure": failure, "proto": proto}
        if address:
            row["address"] = address
        if size is not None:
            row["num_bytes"] = size
        row |= {"t0": now if t0 is None else t0, "t": now, "transaction_id": transaction}
        self.events.append({**row, "tags": list(tags)})

    def query(
        self,
        engine: str,
        hostname: str,
        query_type: str,
        answers: list[Row] | None,
        *,
        failure: str | None,
        resolver: str,
        t0: float,
        transaction: int,
        tags: Sequence[str],
        raw: bytes = b"",
        rcode: int | None = None,
        duplicate: bool = False,
    ) -> None:
        """One question to one resolver (df-002). `resolver` is its address or its URL."""
        row: Row = {
            "answers": answers,
            "engine": engine,
            "failure": failure,
            "hostname": hostname,
            "query_type": query_type,
            "resolver_hostname": None,
            "resolver_port": None,
            "resolver_address": resolver,
            "t0": t0,
            "t": self.now(),
            "tags": list(tags),
            "transaction_id": transaction,
        }
        if raw:
            row["raw_response"] = b64encode(raw).decode()
        if rcode is not None:
            row["rcode"] = rcode
        (self.duplicates if duplicate else self.queries).append(row)

    def connect(
        self,
        ip: str,
        port: int,
        *,
        failure: str | None,
        t0: float,
        transaction: int,
        tags: Sequence[str],
    ) -> None:
        """One connect to one endpoint (df-005)."""
        self.connects.append(
            {
                "ip": ip,
                "port": port,
                "status": {"failure": failure, "success": failure is None},
                "t0": t0,
                "t": self.now(),
                "tags": list(tags),
                "transaction_id": transaction,
            }
        )

    def handshake(
        self,
        address: str,
        *,
        failure: str | None,
        server_name: str,
        verify: bool,
        chain: Sequence[bytes],
        version: str,
        cipher: str,
        alpn: str,
        t0: float,
        transaction: int,
        tags: Sequence[str],
        quic: bool = False,
    ) -> None:
        """One handshake over TCP or QUIC (df-006); `chain` is the certificates in DER."""
        row: Row = {
            "network": "udp" if quic else "tcp",
            "address": address,
            "cipher_suite": cipher,
            "failure": failure,
            "negotiated_protocol": alpn,
            "no_tls_verify": not verify,
            "peer_certificates": [
                {"format": "base64", "data": b64encode(one).decode()} for one in chain
            ]
            or None,
            "server_name": server_name,
            "tls_version": version,
            "t0": t0,
            "t": self.now(),
            "tags": list(tags),
            "transaction_id": transaction,
        }
        (self.quic if quic else self.handshakes).append(row)

    def exchange(self, one: HttpExchange, tags: Sequence[str], *, quic: bool = False) -> None:
        """One request with what came of it (df-001); the last of a chain comes first."""
        headers = [[name, written(value)] for name, value in one.headers]
        self.requests.insert(
            0,
            {
                "network": "udp" if quic else "tcp",
                "address": one.address,
                "alpn": one.alpn,
                "failure": one.failure,
                "request": {
                    "method": one.method,
                    "url": one.url,
                    "headers_list": [list(pair) for pair in one.sent],
                    "headers": dict(one.sent),
                    "body": "",
                    "body_is_truncated": False,
                    "tor": {"exit_ip": None, "exit_name": None, "is_tor": False},
                    "x_transport": "udp" if quic else "tcp",
                },
                "response": {
                    "code": one.status or 0,
                    "headers_list": headers,
                    "headers": _first(headers),
                    "body": written(one.body),
                    "body_is_truncated": one.truncated,
                },
                "t0": one.t0,
                "t": one.t,
                "tags": list(tags),
                "transaction_id": one.transaction,
            },
        )

    def met(self) -> set[str]:
        """The addresses that were answered, asked, or connected to."""
        queries = [*self.queries, *self.duplicates]
        found = {
            str(one.get("ipv4") or one.get("ipv6"))
            for row in queries
            for one in row["answers"] or ()
        }
        found |= {str(row["ip"]) for row in self.connects}
        found |= {row["resolver_address"].rpartition(":")[0].strip("[]") for row in queries}
        found |= {str(urlsplit(row["resolver_address"]).hostname) for row in queries}
        found |= {row["address"].rpartition(":")[0].strip("[]") for row in self.quic}
        return {canonical(one) for one in found}

    def keys(self) -> Row:
        """The rows under the names that all tests of the field share."""
        return {
            "queries": self.queries,
            "x_dns_duplicate_responses": self.duplicates or None,
            "tcp_connect": self.connects,
            "tls_handshakes": self.handshakes,
            "quic_handshakes": self.quic,
            "requests": self.requests,
            "network_events": self.events,
        }


def written(data: bytes) -> str | Row:
    """Bytes as the format has them: text where they are UTF-8, else base64 in an object."""
    try:
        return data.decode("utf-8")
    except UnicodeDecodeError:
        return {"format": "base64", "data": b64encode(data).decode()}


def _first(headers: list[list[Any]]) -> Row:
    """Headers by name; of several with one name the first."""
    found: Row = {}
    for name, value in headers:
        found.setdefault(name, value)
    return found
