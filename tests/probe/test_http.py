"""HTTP/2 over TLS, by a server of the same protocol that is real."""

import asyncio
import ssl
from pathlib import Path

import h2.config
import h2.connection
import h2.events
import pytest
from tests.lab.world import Authority
from tests.probe.loopback import QUICK

from gatewatch.probe import http
from gatewatch.probe.stream import Peer, dial
from gatewatch.probe.trace import HttpExchange, Trace


@pytest.fixture(scope="module")
def leaf(tmp_path_factory: pytest.TempPathFactory) -> Path:
    """A certificate for the loopback, by an authority that nobody knows."""
    return Authority("Test Authority", tmp_path_factory.mktemp("ca")).issued("127.0.0.1")


class _H2:
    """Answers each request with what it was asked; `ends` it with a frame of its own."""

    def __init__(self, ends: str = "") -> None:
        self._ends = ends

    async def client(self, reader: asyncio.StreamReader, writer: asyncio.StreamWriter) -> None:
        machine = h2.connection.H2Connection(h2.config.H2Configuration(client_side=False))
        machine.initiate_connection()
        writer.write(machine.data_to_send())
        body = b""
        while data := await reader.read(4096):
            for event in machine.receive_data(data):
                if isinstance(event, h2.events.DataReceived):
                    body += event.data or b""
                elif isinstance(event, h2.events.StreamEnded):
                    self._answer(machine, body)
            writer.write(machine.data_to_send())
            await writer.drain()
        writer.close()

    def _answer(self, machine: h2.connection.H2Connection, body: bytes) -> None:
        if self._ends == "reset":
            machine.reset_stream(1)
        elif self._ends == "goaway":
            machine.close_connection(error_code=2)
        else:
            machine.send_headers(1, [(":status", "200"), ("x-one", "1")])
            machine.send_data(1, body or b"none", end_stream=True)


def _asked(leaf: Path, ends: str = "", body: bytes = b"") -> tuple[HttpExchange, str | None, Trace]:
    async def main() -> tuple[HttpExchange, str | None, Trace]:
        context = ssl.SSLContext(ssl.PROTOCOL_TLS_SERVER)
        context.load_cert_chain(leaf)
        context.set_alpn_protocols(["h2"])
        server = await asyncio.start_server(_H2(ends).client, "127.0.0.1", 0, ssl=context)
        port = int(server.sockets[0].getsockname()[1])
        trace = Trace()
        stream, _ = await dial(trace, Peer("127.0.0.1", port), (), seconds=1)
        assert stream is not None
        failure = await stream.shake("127.0.0.1", verify=False, seconds=2)
        found = await http.exchange(
            stream,
            f"https://127.0.0.1:{port}/",
            limits=QUICK,
            method="POST" if body else "GET",
            body=body,
        )
        stream.close()
        server.close()
        return found, failure, trace

    return asyncio.run(main())


def test_http2_is_spoken_where_the_handshake_agreed(leaf: Path) -> None:
    """Status, headers and body over HTTP/2, with a body of our own too."""
    found, failure, trace = _asked(leaf)
    assert failure is None
    assert (found.failure, found.status, found.body, found.header("x-one"), found.alpn) == (
        *(None, 200, b"none"),
        "1",
        "h2",
    )
    (row,) = trace.handshakes
    assert row["negotiated_protocol"] == "h2"
    assert len(row["peer_certificates"]) == 2
    assert _asked(leaf, body=b"words")[0].body == b"words"


@pytest.mark.parametrize("ends", ["reset", "goaway"])
def test_a_server_that_ends_it_is_told_from_a_network(leaf: Path, ends: str) -> None:
    """A frame of HTTP/2 lies within the encrypted connection: only its other end can write one."""
    found, *_ = _asked(leaf, ends)
    assert found.failure in {"unknown_failure: stream error", "unknown_failure: GOAWAY"}
