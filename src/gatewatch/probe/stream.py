"""A connection, step by step: connect, handshake, read, write, each noted with time and bytes.

TLS runs on two buffers in memory, so that what goes over the wire is seen apart from what is said
within. Every fault comes back as a value, by the field's name.
"""

import asyncio
import os
import socket
import ssl
from collections.abc import Sequence
from contextlib import suppress
from functools import lru_cache
from typing import Any

import msgspec

from gatewatch.model.ranges import parsed
from gatewatch.probe import failing, trust
from gatewatch.probe.trace import Trace

_CHUNK = 1 << 16
_VERSIONS = {"TLSv1": "TLSv1", "TLSv1.1": "TLSv1.1", "TLSv1.2": "TLSv1.2", "TLSv1.3": "TLSv1.3"}
HTTP_ALPN = ("h2", "http/1.1")
_RECORD = 5
_RECORDS = frozenset({20, 21, 22, 23})
"""Kinds of records of TLS (RFC 8446, 5.1)."""
_HANDSHAKE, _SERVER_HELLO = 22, 2
_ECH = 0xFE0D


class Peer(msgspec.Struct, frozen=True):
    """An address and a port, and how the field writes them."""

    ip: str
    port: int

    def __str__(self) -> str:
        return f"[{self.ip}]:{self.port}" if ":" in self.ip else f"{self.ip}:{self.port}"


class Stream:
    """A connected socket, plain or with TLS within."""

    def __init__(
        self,
        trace: Trace,
        sock: socket.socket,
        to: Peer,
        *,
        transaction: int,
        tags: Sequence[str],
    ) -> None:
        self.trace, self.to, self.transaction, self.tags = trace, to, transaction, tuple(tags)
        self._sock = sock
        self._loop = asyncio.get_running_loop()
        self._tls: ssl.SSLObject | None = None
        self._in, self._out = ssl.MemoryBIO(), ssl.MemoryBIO()
        self.alpn = ""

    @property
    def secure(self) -> bool:
        """Whether a handshake was completed."""
        return self._tls is not None

    async def read(self) -> bytes:
        """What came next; nothing at the end. Raises OSError and ssl.SSLError."""
        if self._tls is None:
            return await self._receive()
        while True:
            try:
                return self._tls.read(_CHUNK)
            except ssl.SSLWantReadError:
                await self._flush()
                data = await self._receive()
                if not data:
                    self._in.write_eof()
                else:
                    self._in.write(data)
            except ssl.SSLZeroReturnError:
                return b""
            except ssl.SSLEOFError:
                return b""  # ended without a farewell: as many servers do

    async def write(self, data: bytes) -> None:
        """Send all of it. Raises OSError and ssl.SSLError."""
        if self._tls is None:
            await self._send(data)
            return
        self._tls.write(data)
        await self._flush()

    async def shake(
        self, name: str, *, alpn: Sequence[str] = HTTP_ALPN, verify: bool, seconds: float
    ) -> str | None:
        """A handshake as a client that calls the server by a name; the failure, or None."""
        trace, began = self.trace, self.trace.now()
        trace.event("tls_handshake_start", self.transaction, self.tags)
        inner = _context(tuple(alpn)).wrap_bio(
            self._in, self._out, server_hostname=None if parsed(name) else name
        )
        failure: str | None = None
        try:
            async with asyncio.timeout(seconds):
                await self._handshake(inner)
        except (OSError, EOFError) as fault:
            failure = failing.failure_of(fault)
        chain = _chain(inner) if failure is None else []
        if failure is None and verify:
            failure = trust.fault_of(chain, name)
        done = inner.cipher() if chain else None
        self.alpn = inner.selected_alpn_protocol() or "" if chain else ""
        trace.handshake(
            str(self.to),
            failure=failure,
            server_name=name,
            verify=verify,
            chain=chain,
            version=_VERSIONS.get(inner.version() or "", "") if chain else "",
            cipher=done[0] if done else "",
            alpn=self.alpn,
            t0=began,
            transaction=self.transaction,
            tags=self.tags,
        )
        trace.event("tls_handshake_done", self.transaction, self.tags, failure=failure)
        if failure is None:
            self._tls = inner
        return failure

    def limit_hops(self, hops: int) -> None:
        """Let what is sent from now on pass so many routers at most. Raises OSError where the
        system forbids it."""
        if ":" in self.to.ip:
            self._sock.setsockopt(socket.IPPROTO_IPV6, socket.IPV6_UNICAST_HOPS, hops)
        else:
            self._sock.setsockopt(socket.IPPROTO_IP, socket.IP_TTL, hops)

    async def hello(self, data: bytes) -> bytes:
        """Send a ClientHello of another's making; the first record of the answer. Raises OSError
        and EOFError."""
        await self._send(data)
        held = b""
        while len(held) < _RECORD or len(held) < _RECORD + int.from_bytes(held[3:5]):
            more = await self._receive()
            if not more:
                raise EOFError
            held += more
            if held[0] not in _RECORDS:
                break  # no TLS
        return held

    async def _handshake(self, inner: ssl.SSLObject) -> None:
        while True:
            try:
                inner.do_handshake()
            except ssl.SSLWantReadError:
                await self._flush()
                data = await self._receive()
                if not data:
                    raise EOFError from None
                self._in.write(data)
            except ssl.SSLError:
                with suppress(OSError):  # the alert that says why
                    await self._flush()
                raise
            else:
                await self._flush()
                return

    async def _receive(self) -> bytes:
        began = self.trace.now()
        try:
            data = await self._loop.sock_recv(self._sock, _CHUNK)
        except OSError as fault:
            self._note("read", failing.failure_of(fault), None, began)
            raise
        self._note("read", None if data else failing.EOF, len(data), began)
        return data

    async def _send(self, data: bytes) -> None:
        began = self.trace.now()
        try:
            await self._loop.sock_sendall(self._sock, data)
        except OSError as fault:
            self._note("write", failing.failure_of(fault), None, began)
            raise
        self._note("write", None, len(data), began)

    def _note(self, what: str, failure: str | None, size: int | None, began: float) -> None:
        self.trace.event(
            what,
            self.transaction,
            self.tags,
            address=str(self.to),
            failure=failure,
            size=size,
            t0=began,
        )

    async def _flush(self) -> None:
        if data := self._out.read():
            await self._send(data)

    def close(self) -> None:
        """Let go of the socket; what the other side still sends is its own affair."""
        self._sock.close()


async def dial(
    trace: Trace, to: Peer, tags: Sequence[str], *, seconds: float
) -> tuple[Stream | None, str | None]:
    """A connect to one endpoint: the connection, or by what name it failed."""
    transaction, began = trace.transaction(), trace.now()
    loop = asyncio.get_running_loop()
    sock: socket.socket | None = None
    failure: str | None = None
    try:
        sock = socket.socket(socket.AF_INET6 if ":" in to.ip else socket.AF_INET)
        sock.setblocking(False)
        sock.setsockopt(socket.IPPROTO_TCP, socket.TCP_NODELAY, 1)
        async with asyncio.timeout(seconds):
            await loop.sock_connect(sock, (to.ip, to.port))
        trace.own.add(sock.getsockname()[0])
    except (OSError, OverflowError, ValueError) as fault:
        failure = failing.failure_of(fault)
    except asyncio.CancelledError:
        if sock is not None:
            sock.close()
        raise
    trace.connect(to.ip, to.port, failure=failure, t0=began, transaction=transaction, tags=tags)
    trace.event("connect", transaction, tags, address=str(to), failure=failure, t0=began)
    if failure is not None or sock is None:
        if sock is not None:
            sock.close()
        return None, failure
    return Stream(trace, sock, to, transaction=transaction, tags=tags), None


async def with_grease_ech(stream: Stream, name: str, *, seconds: float) -> str | None:
    """A ClientHello with a GREASE extension of ECH (draft-ietf-tls-esni-22, 6.2); None where a
    ServerHello came back. The handshake goes no further: the stdlib does not know what was said in
    its name."""
    trace, began = stream.trace, stream.trace.now()
    outgoing = ssl.MemoryBIO()
    inner = _context(HTTP_ALPN).wrap_bio(
        ssl.MemoryBIO(), outgoing, server_hostname=None if parsed(name) else name
    )
    with suppress(ssl.SSLWantReadError):
        inner.do_handshake()
    failure: str | None = None
    try:
        async with asyncio.timeout(seconds):
            told = await stream.hello(grease_ech(outgoing.read()))
        if told[0] != _HANDSHAKE or told[_RECORD] != _SERVER_HELLO:
            failure = failing.FAILED_HANDSHAKE
    except (OSError, EOFError) as fault:
        failure = failing.failure_of(fault)
    trace.handshake(
        str(stream.to),
        failure=failure,
        server_name=name,
        verify=False,
        chain=[],
        version="",
        cipher="",
        alpn="",
        t0=began,
        transaction=stream.transaction,
        tags=(*stream.tags, "x_until=server_hello"),
    )
    trace.handshakes[-1]["echconfig"] = "GREASE"
    return failure


def grease_ech(hello: bytes) -> bytes:
    """A ClientHello in one record, with a GREASE extension of ECH added at its end."""
    enc, sealed = os.urandom(32), os.urandom(144)
    inner = b"\x00" + b"\x00\x01\x00\x01" + os.urandom(1)  # outer; HKDF-SHA256, AES-128-GCM
    inner += len(enc).to_bytes(2) + enc + len(sealed).to_bytes(2) + sealed
    added = _ECH.to_bytes(2) + len(inner).to_bytes(2) + inner
    at = _RECORD + 4 + 2 + 32
    at += 1 + hello[at]  # session
    at += 2 + int.from_bytes(hello[at : at + 2])  # ciphers
    at += 1 + hello[at]  # compression
    extensions = hello[at + 2 :] + added
    body = hello[_RECORD + 4 : at] + len(extensions).to_bytes(2) + extensions
    message = hello[_RECORD : _RECORD + 1] + len(body).to_bytes(3) + body
    return hello[:3] + len(message).to_bytes(2) + message


@lru_cache(maxsize=16)
def _context(alpn: tuple[str, ...]) -> ssl.SSLContext:
    """Without verification: the chain is judged afterwards, by `trust`."""
    context = ssl.SSLContext(ssl.PROTOCOL_TLS_CLIENT)
    context.check_hostname = False
    context.verify_mode = ssl.CERT_NONE
    if alpn:
        context.set_alpn_protocols(list(alpn))
    return context


def _chain(inner: ssl.SSLObject) -> list[bytes]:
    """The certificates that were shown, in DER, the leaf first."""
    if hasattr(inner, "get_unverified_chain"):  # Python 3.13
        return list(inner.get_unverified_chain())
    held: Any = getattr(inner, "_sslobj", None)
    if held is not None and hasattr(held, "get_unverified_chain"):
        return [ssl.PEM_cert_to_DER_cert(one.public_bytes()) for one in held.get_unverified_chain()]
    leaf = inner.getpeercert(binary_form=True)
    return [leaf] if leaf else []
