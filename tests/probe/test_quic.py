"""QUIC and HTTP/3 against a real server of the same protocol, and against silence."""

import asyncio
from collections.abc import Callable
from pathlib import Path

import msgspec
import pytest
from aioquic.asyncio.protocol import QuicConnectionProtocol
from aioquic.asyncio.server import serve
from aioquic.h3.connection import H3Connection
from aioquic.h3.events import HeadersReceived
from aioquic.quic.configuration import QuicConfiguration
from aioquic.quic.connection import QuicConnection
from aioquic.quic.events import ConnectionTerminated, ProtocolNegotiated, QuicEvent
from tests.lab.world import Authority
from tests.probe.loopback import QUICK

from gatewatch.probe import quic
from gatewatch.probe.stream import Peer
from gatewatch.probe.trace import HttpExchange, Trace

LIMITS = msgspec.structs.replace(QUICK, handshake=5.0, response=2.0)
Act = Callable[["Site", int], None]


class Site(QuicConnectionProtocol):
    """Answers each request by `act`, or misbehaves."""

    act: Act

    def quic_event_received(self, event: QuicEvent) -> None:
        if isinstance(event, ProtocolNegotiated):
            self.http = H3Connection(self._quic)
        for one in self.http.handle_event(event) if hasattr(self, "http") else ():
            if isinstance(one, HeadersReceived):
                type(self).act(self, one.stream_id)
                self.transmit()

    def says(self, stream: int, status: bytes, body: bytes, *, ends: bool = True) -> None:
        self.http.send_headers(stream, [(b":status", status), (b"x-one", b"1")])
        self.http.send_data(stream, body, end_stream=ends)


ACTS: dict[str, tuple[Act, str | None, int | None, bool]] = {
    "page": (lambda s, n: s.says(n, b"200", b"hello"), None, 200, False),
    "large": (lambda s, n: s.says(n, b"200", b"x" * 9000), None, 200, True),
    "stalled": (lambda s, n: s.says(n, b"200", b"he", ends=False), None, 200, True),
    "mute": (lambda _s, _n: None, "generic_timeout_error", None, False),
    "reset": (
        lambda s, n: s._quic.reset_stream(n, 0x10C),
        "unknown_failure: stream error",
        None,
        False,
    ),
    "no-status": (
        lambda s, n: s.http.send_headers(n, [(b"x-one", b"1")], end_stream=True),
        "unknown_failure: malformed HTTP response",
        None,
        False,
    ),
}


@pytest.fixture(scope="module")
def leaf(tmp_path_factory: pytest.TempPathFactory) -> Path:
    """A certificate for the loopback, and its authority's beside it."""
    return Authority("Test Authority", tmp_path_factory.mktemp("ca")).issued("127.0.0.1")


def _fetched(leaf: Path, act: Act) -> tuple[HttpExchange | None, str | None, Trace]:
    async def main() -> tuple[HttpExchange | None, str | None, Trace]:
        settings = QuicConfiguration(is_client=False, alpn_protocols=["h3"])
        settings.load_cert_chain(leaf)
        kind = type("One", (Site,), {"act": act})
        server = await serve("127.0.0.1", 0, configuration=settings, create_protocol=kind)
        assert server._transport is not None
        port = int(server._transport.get_extra_info("sockname")[1])
        trace = Trace()
        page, failure = await quic.fetch(
            trace, Peer("127.0.0.1", port), "https://127.0.0.1/a?b=c", ("depth=0",), limits=LIMITS
        )
        server.close()
        return page, failure, trace

    return asyncio.run(main())


@pytest.fixture
def trusted(leaf: Path, monkeypatch: pytest.MonkeyPatch) -> None:
    """The test's authority is one that the system trusts."""
    monkeypatch.setenv("SSL_CERT_FILE", str(leaf.parent / "test-authority.pem"))


@pytest.mark.usefixtures("trusted")
@pytest.mark.parametrize("name", ACTS)
def test_a_request_over_quic(name: str, leaf: Path) -> None:
    """A page over HTTP/3, or the name of what went wrong, in time and within the limits."""
    act, failure, status, truncated = ACTS[name]
    page, shaken, trace = _fetched(leaf, act)
    assert shaken is None
    assert page is not None
    assert (page.failure, page.status, page.truncated) == (failure, status, truncated)
    assert page.alpn == "h3"
    assert len(page.body) <= QUICK.most_body
    (row,) = trace.quic
    assert (row["failure"], row["negotiated_protocol"], row["network"]) == (None, "h3", "udp")
    trace.exchange(page, ("depth=0",), quic=True)
    assert trace.requests[0]["network"] == "udp"
    assert trace.requests[0]["transaction_id"] == row["transaction_id"]


def test_a_stranger_over_quic_is_asked_for_nothing(leaf: Path) -> None:
    """Where the handshake fails, no request follows."""
    page, failure, trace = _fetched(leaf, ACTS["page"][0])
    assert (page, failure) == (None, "ssl_unknown_authority")
    assert trace.quic[0]["peer_certificates"]


@pytest.mark.parametrize(
    ("code", "failure"),
    [
        (0x102, "unknown_failure: broken"),
        (0x10E, "unknown_failure: malformed HTTP response"),
        (0, "generic_timeout_error"),
    ],
)
def test_what_ends_a_connection_has_a_name(code: int, failure: str) -> None:
    """By an error of the server's, by what could not be read, or left idle."""
    machine = H3Connection(QuicConnection(configuration=QuicConfiguration(alpn_protocols=["h3"])))
    answer = quic._Answer(HttpExchange(url="https://a.example/"), machine, most=10)
    assert answer.take(ConnectionTerminated(code, None, "broken"))
    assert answer.failure == failure


def test_silence_over_quic_ends() -> None:
    """A server that takes datagrams and says nothing: a timeout, in time."""

    async def main() -> str | None:
        loop = asyncio.get_running_loop()
        transport, _ = await loop.create_datagram_endpoint(
            asyncio.DatagramProtocol, local_addr=("127.0.0.1", 0)
        )
        to = Peer(*transport.get_extra_info("sockname"))
        try:
            return await quic.shake(Trace(), to, "a.example", (), seconds=0.3)
        finally:
            transport.close()

    assert asyncio.run(main()) == "generic_timeout_error"
