"""QUIC, by aioquic, which knows no sockets: a handshake, a request of HTTP/3 on it, and the loop of
datagrams around them."""

import asyncio
import socket
from collections.abc import Callable, Sequence
from contextlib import suppress
from typing import Self
from urllib.parse import urlsplit

from gatewatch.errors import needs
from gatewatch.probe import failing, trust
from gatewatch.probe.http import BROWSER
from gatewatch.probe.limits import ProbeLimits
from gatewatch.probe.stream import Peer
from gatewatch.probe.trace import HttpExchange, Trace

with needs("probe"):
    from aioquic.h3 import events as h3
    from aioquic.h3.connection import H3Connection
    from aioquic.h3.exceptions import H3Error
    from aioquic.quic import events
    from aioquic.quic.configuration import QuicConfiguration
    from aioquic.quic.connection import QuicConnection
    from cryptography.hazmat.primitives.serialization import Encoding

ALPN = ("h3",)
_LARGEST = 1 << 16
_ALERTS = range(0x100, 0x200)
"""CRYPTO_ERROR (RFC 9001, 4.8): an alert of TLS within QUIC."""
_BY_US = frozenset({0x101, 0x104, 0x105, 0x106, 0x109, 0x10A, 0x10E, 0x200, 0x201, 0x202})
"""Errors of HTTP/3 and QPACK (RFC 9114, 8.1; RFC 9204, 8.3) with which a reader closes on what is
malformed: aioquic does, and it was we who could not read."""
_MALFORMED = "unknown_failure: malformed HTTP response"
_Event = events.QuicEvent
_Ended = events.HandshakeCompleted | events.ConnectionTerminated


class QuicPeer:
    """A connection over QUIC to one endpoint that is called by a name.

    `with QuicPeer(...) as peer`: what is left open is closed, and the other side is told.
    """

    def __init__(self, trace: Trace, to: Peer, name: str, tags: Sequence[str]) -> None:
        self._trace, self._to, self._name, self._tags = trace, to, name, tuple(tags)
        self._transaction = trace.transaction()
        self._sock: socket.socket | None = None
        self._machine = QuicConnection(
            configuration=QuicConfiguration(
                is_client=True, alpn_protocols=list(ALPN), server_name=name, verify_mode=0
            )
        )
        self._agreed = ""

    def __enter__(self) -> Self:
        return self

    def __exit__(self, *_: object) -> None:
        if self._sock is None:
            return
        with suppress(OSError), self._sock as sock:
            self._machine.close()
            for data, _to in self._machine.datagrams_to_send(now=self._now()):
                sock.send(data)

    async def shake(self, seconds: float) -> str | None:
        """A handshake; the failure, or None."""
        trace, began = self._trace, self._trace.now()
        trace.event("quic_handshake_start", self._transaction, self._tags)
        ended: _Event | None = None
        failure: str | None = None
        try:
            async with asyncio.timeout(seconds):
                await self._connect()
                ended = await self._until(lambda event: isinstance(event, _Ended))
        except OSError as fault:
            failure = failing.failure_of(fault)
        chain: list[bytes] = []
        if isinstance(ended, events.HandshakeCompleted):
            # aioquic keeps what it was shown on its TLS context, and offers no other way to it.
            shown = self._machine.tls
            held = [shown._peer_certificate, *shown._peer_certificate_chain]  # noqa: SLF001
            chain = [one.public_bytes(Encoding.DER) for one in held if one is not None]
            failure = trust.fault_of(chain, self._name)
            self._agreed = ended.alpn_protocol or ""
        elif isinstance(ended, events.ConnectionTerminated):
            alert = ended.error_code in _ALERTS
            failure = (
                failing.FAILED_HANDSHAKE if alert else f"unknown_failure: {ended.reason_phrase}"
            )
        trace.handshake(
            str(self._to),
            failure=failure,
            server_name=self._name,
            verify=True,
            chain=chain,
            version="TLSv1.3" if chain else "",
            cipher="",
            alpn=self._agreed,
            t0=began,
            transaction=self._transaction,
            tags=self._tags,
            quic=True,
        )
        trace.event(
            "quic_handshake_done", self._transaction, self._tags, failure=failure, proto="udp"
        )
        return failure

    async def exchange(
        self, url: str, *, limits: ProbeLimits, headers: Sequence[tuple[str, str]] = BROWSER
    ) -> HttpExchange:
        """Ask for a URL over HTTP/3 (RFC 9114) on a connection whose handshake stands."""
        parts = urlsplit(url)
        host = parts.netloc.rpartition("@")[2]
        found = HttpExchange(
            url=url,
            sent=[("Host", host), *headers],
            alpn=self._agreed,
            address=str(self._to),
            transaction=self._transaction,
            t0=self._trace.now(),
        )
        self._trace.event("http_transaction_start", self._transaction, self._tags, proto="udp")
        path = (parts.path or "/") + (f"?{parts.query}" if parts.query else "")
        asked = [(":method", "GET"), (":scheme", "https"), (":authority", host), (":path", path)]
        asked += [(name.lower(), value) for name, value in headers]
        answer = _Answer(found, H3Connection(self._machine), limits.most_body)
        try:
            answer.ask([(name.encode(), value.encode()) for name, value in asked])
            async with asyncio.timeout(limits.response):
                await self._until(
                    answer.take, lambda: found.status is not None or answer.failure is not None
                )
            with suppress(TimeoutError):  # a body is read for as long as the limits allow
                async with asyncio.timeout(limits.body):
                    await self._until(
                        answer.take, lambda: answer.done or answer.failure is not None
                    )
            found.truncated = found.truncated or not (answer.done or answer.failure)
        except OSError as fault:
            found.failure = failing.failure_of(fault)
        except (H3Error, ValueError):
            found.failure = _MALFORMED
        found.failure = found.failure or answer.failure
        found.t = self._trace.now()
        self._trace.event(
            "http_transaction_done",
            self._transaction,
            self._tags,
            failure=found.failure,
            proto="udp",
        )
        return found

    def _now(self) -> float:
        return asyncio.get_running_loop().time()

    async def _connect(self) -> None:
        to = self._to
        self._sock = socket.socket(
            socket.AF_INET6 if ":" in to.ip else socket.AF_INET, socket.SOCK_DGRAM
        )
        self._sock.setblocking(False)
        await asyncio.get_running_loop().sock_connect(self._sock, (to.ip, to.port))
        self._trace.own.add(self._sock.getsockname()[0])
        self._machine.connect((to.ip, to.port), now=self._now())

    async def _until(
        self, is_last: Callable[[_Event], bool], enough: Callable[[], bool] = lambda: False
    ) -> _Event | None:
        """Datagrams there and back, until an event is the last that is waited for, or `enough`."""
        sock, machine = self._sock, self._machine
        assert sock is not None
        loop = asyncio.get_running_loop()
        while True:
            while (event := machine.next_event()) is not None:
                if is_last(event):
                    return event
            if enough():
                return None
            # What ended the connection aioquic tells only when it has drained, three probe timeouts
            # later; it is known at once.
            if (ended := machine._close_event) is not None:  # noqa: SLF001
                is_last(ended)
                return ended
            for data, _ in machine.datagrams_to_send(now=loop.time()):
                await loop.sock_sendall(sock, data)
                self._note("write", data)
            try:
                async with asyncio.timeout_at(machine.get_timer()):
                    data = await loop.sock_recv(sock, _LARGEST)
            except TimeoutError:
                # The machine's own timer: what was lost is sent again. Our patience is the
                # caller's, whose timeout passes through as a cancellation and not as this.
                machine.handle_timer(now=loop.time())
                continue
            self._note("read", data)
            machine.receive_datagram(data, (self._to.ip, self._to.port), now=loop.time())

    def _note(self, what: str, data: bytes) -> None:
        self._trace.event(
            what,
            self._transaction,
            self._tags,
            address=str(self._to),
            size=len(data),
            proto="udp",
        )


class _Answer:
    """What comes of one request."""

    def __init__(self, found: HttpExchange, machine: H3Connection, most: int) -> None:
        self._found, self._machine, self._most = found, machine, most
        self.done = False
        self.failure: str | None = None
        self._stream = 0

    def ask(self, headers: list[tuple[bytes, bytes]]) -> None:
        self._stream = self._machine._quic.get_next_available_stream_id()  # noqa: SLF001 - its API
        self._machine.send_headers(self._stream, headers, end_stream=True)

    def take(self, event: _Event) -> bool:
        """Take what came; whether it was the last."""
        if isinstance(event, events.ConnectionTerminated):
            told = event.reason_phrase or f"error {event.error_code}"
            # Without an error it was left idle.
            self.failure = failing.TIMEOUT if not event.error_code else f"unknown_failure: {told}"
            if event.error_code in _BY_US:
                self.failure = _MALFORMED
            return True
        if isinstance(event, events.StreamReset) and event.stream_id == self._stream:
            self.failure = "unknown_failure: stream error"
            return True
        for one in self._machine.handle_event(event):
            self._told(one)
        return self.done

    def _told(self, one: h3.H3Event) -> None:
        found = self._found
        if isinstance(one, h3.HeadersReceived) and found.status is None:
            held = dict(one.headers)
            status = int(held.get(b":status", b"0"))
            if status >= 200:  # what comes before is a word on the way (RFC 9110, 15.2)
                found.status = status
                found.headers = [
                    (name.decode("latin-1"), value)
                    for name, value in one.headers
                    if not name.startswith(b":")
                ]
        elif isinstance(one, h3.DataReceived):
            left = self._most - len(found.body)
            found.body += one.data[:left]
            found.truncated = found.truncated or len(one.data) > left
        if isinstance(one, h3.HeadersReceived | h3.DataReceived):
            self.done = self.done or one.stream_ended or found.truncated


async def shake(
    trace: Trace, to: Peer, name: str, tags: Sequence[str], *, seconds: float
) -> str | None:
    """A handshake with an endpoint that is called by a name; the failure, or None."""
    with QuicPeer(trace, to, name, tags) as peer:
        return await peer.shake(seconds)


async def fetch(
    trace: Trace,
    to: Peer,
    url: str,
    tags: Sequence[str],
    *,
    limits: ProbeLimits,
    headers: Sequence[tuple[str, str]] = BROWSER,
) -> tuple[HttpExchange | None, str | None]:
    """A handshake, and a URL asked for on it: the page, and how the handshake failed."""
    with QuicPeer(trace, to, urlsplit(url).hostname or "", tags) as peer:
        failure = await peer.shake(limits.handshake)
        if failure is not None:
            return None, failure
        return await peer.exchange(url, limits=limits, headers=headers), None
