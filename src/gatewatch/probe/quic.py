"""A QUIC handshake, by aioquic, which knows no sockets; and the loop of datagrams around it."""

import asyncio
import socket
from collections.abc import Sequence

from gatewatch.errors import needs
from gatewatch.probe import failing, trust
from gatewatch.probe.stream import Peer
from gatewatch.probe.trace import Trace

with needs("probe"):
    from aioquic.quic import events
    from aioquic.quic.configuration import QuicConfiguration
    from aioquic.quic.connection import QuicConnection
    from cryptography.hazmat.primitives.serialization import Encoding

ALPN = ("h3",)
_LARGEST = 1 << 16
_ALERTS = range(0x100, 0x200)
"""CRYPTO_ERROR (RFC 9001, 4.8): an alert of TLS within QUIC."""


async def shake(
    trace: Trace, to: Peer, name: str, tags: Sequence[str], *, seconds: float
) -> str | None:
    """A handshake with an endpoint that is called by a name; the failure, or None."""
    transaction, began = trace.transaction(), trace.now()
    machine = QuicConnection(
        configuration=QuicConfiguration(
            is_client=True, alpn_protocols=list(ALPN), server_name=name, verify_mode=0
        )
    )
    trace.event("quic_handshake_start", transaction, tags)
    ended: events.QuicEvent | None = None
    failure: str | None = None
    try:
        async with asyncio.timeout(seconds):
            ended = await _run(trace, machine, to, transaction=transaction, tags=tags)
    except OSError as fault:
        failure = failing.failure_of(fault)
    chain: list[bytes] = []
    if isinstance(ended, events.HandshakeCompleted):
        # aioquic keeps what it was shown on its TLS context, and offers no other way to it.
        shown = machine.tls
        held = [shown._peer_certificate, *shown._peer_certificate_chain]  # noqa: SLF001
        chain = [one.public_bytes(Encoding.DER) for one in held if one is not None]
        failure = trust.fault_of(chain, name)
    elif isinstance(ended, events.ConnectionTerminated):
        alert = ended.error_code in _ALERTS
        failure = failing.FAILED_HANDSHAKE if alert else f"unknown_failure: {ended.reason_phrase}"
    trace.handshake(
        str(to),
        failure=failure,
        server_name=name,
        verify=True,
        chain=chain,
        version="TLSv1.3" if chain else "",
        cipher="",
        alpn=ended.alpn_protocol or "" if isinstance(ended, events.HandshakeCompleted) else "",
        t0=began,
        transaction=transaction,
        tags=tags,
        quic=True,
    )
    trace.event("quic_handshake_done", transaction, tags, failure=failure, proto="udp")
    return failure


async def _run(
    trace: Trace, machine: QuicConnection, to: Peer, *, transaction: int, tags: Sequence[str]
) -> events.QuicEvent:
    """Datagrams there and back until the handshake stands or is given up."""
    loop = asyncio.get_running_loop()
    with socket.socket(
        socket.AF_INET6 if ":" in to.ip else socket.AF_INET, socket.SOCK_DGRAM
    ) as sock:
        sock.setblocking(False)
        await loop.sock_connect(sock, (to.ip, to.port))
        trace.own.add(sock.getsockname()[0])
        machine.connect((to.ip, to.port), now=loop.time())
        while True:
            for data, _ in machine.datagrams_to_send(now=loop.time()):
                await loop.sock_sendall(sock, data)
                trace.event(
                    "write", transaction, tags, address=str(to), size=len(data), proto="udp"
                )
            while (event := machine.next_event()) is not None:
                if isinstance(event, events.HandshakeCompleted | events.ConnectionTerminated):
                    return event
            timer = machine.get_timer()
            try:
                async with asyncio.timeout_at(timer):
                    data = await loop.sock_recv(sock, _LARGEST)
            except TimeoutError:
                # The machine's own timer: what was lost is sent again. Our patience is the
                # caller's, whose timeout passes through as a cancellation and not as this.
                machine.handle_timer(now=loop.time())
                continue
            trace.event("read", transaction, tags, address=str(to), size=len(data), proto="udp")
            machine.receive_datagram(data, (to.ip, to.port), now=loop.time())
