"""A control helper over HTTP: one JSON object in, one out (POST /). Thin: h11 parses, `helping`
does the steps.

What one client may ask is bounded, in size, in number and in time, and so is the whole.
"""

import asyncio
from collections import OrderedDict
from collections.abc import Callable
from contextlib import suppress
from http import HTTPStatus

import msgspec

from gatewatch.errors import UsageError, needs
from gatewatch.model.clients import network_of
from gatewatch.probe.control import CLIENT
from gatewatch.probe.helping import HelperTools, help_with, parse

with needs("probe"):
    import h11

_LARGEST = 1 << 16
_PATIENCE = 20.0
"""Seconds for a request to arrive."""
_MINUTE = 60.0
_MOST_CLIENTS = 10_000
_BACKLOG = 1024
"""Connections that wait to be taken: probes come in bursts, and one dropped costs seconds."""


class HelperBounds(msgspec.Struct, frozen=True, kw_only=True):
    """What a helper bears."""

    at_once: int = 32
    """Requests that are answered at one time; those beyond it are told to come later."""
    a_minute: int = 60
    """Requests of one client in a minute; 0 for no limit."""


class HelperServer:
    """Answers on one address and port until it is stopped."""

    def __init__(self, tools: HelperTools, bounds: HelperBounds) -> None:
        self._tools, self._bounds = tools, bounds
        self._running = 0
        self._asked: OrderedDict[str, tuple[float, int]] = OrderedDict()

    async def serve(
        self, host: str, port: int, ready: Callable[[int], None] = lambda _: None
    ) -> None:
        """Serve until cancelled; `ready` is told the port once it listens."""
        server = await asyncio.start_server(self._client, host, port, backlog=_BACKLOG)
        ready(server.sockets[0].getsockname()[1])
        async with server:
            await server.serve_forever()

    async def _client(self, reader: asyncio.StreamReader, writer: asyncio.StreamWriter) -> None:
        """One request on a connection; then it is closed."""
        peer = writer.get_extra_info("peername")
        client = str(peer[0]) if peer else ""
        try:
            async with asyncio.timeout(_PATIENCE):
                method, path, body = await _request(reader)
            status, told = await self.answer(method, path, body, client)
        except (h11.RemoteProtocolError, EOFError, UsageError) as fault:
            status, told = HTTPStatus.BAD_REQUEST, {"error": str(fault) or "no request"}
        except TimeoutError:
            status, told = HTTPStatus.REQUEST_TIMEOUT, {"error": "the request did not arrive"}
        except OSError:
            writer.close()
            return
        except Exception as fault:  # noqa: BLE001 - whatever a stranger asked, it is answered
            asyncio.get_running_loop().call_exception_handler(
                {"message": "a request was not answered", "exception": fault}
            )
            status, told = HTTPStatus.INTERNAL_SERVER_ERROR, {"error": "a fault of this helper's"}
        with suppress(OSError):
            writer.write(_response(status, msgspec.json.encode(told)))
            await writer.drain()
            writer.close()
            await writer.wait_closed()

    async def answer(
        self, method: str, path: str, body: bytes, client: str
    ) -> tuple[HTTPStatus, dict[str, object]]:
        """The status and the JSON for a request of a client at an address. UsageError if its body
        is none of Web Connectivity's."""
        if path.partition("?")[0] != "/":
            return HTTPStatus.NOT_FOUND, {"error": "POST / is all that is here"}
        if method != "POST":
            return HTTPStatus.METHOD_NOT_ALLOWED, {"error": "POST a request of Web Connectivity"}
        asked = parse(body)
        if not self._may(network_of(client)):
            return HTTPStatus.TOO_MANY_REQUESTS, {"error": "too many requests; come again later"}
        if self._running >= self._bounds.at_once:
            return HTTPStatus.SERVICE_UNAVAILABLE, {"error": "busy; come again in a moment"}
        self._running += 1
        try:
            return HTTPStatus.OK, {**await help_with(asked, self._tools), CLIENT: client}
        except TimeoutError:
            return HTTPStatus.GATEWAY_TIMEOUT, {"error": "it took too long"}
        finally:
            self._running -= 1

    def _may(self, client: str) -> bool:
        """Whether a client is within its rate; it is counted by the minute, and by the /64."""
        if not self._bounds.a_minute:
            return True
        now = asyncio.get_running_loop().time()
        since, number = self._asked.pop(client, (now, 0))
        if now - since >= _MINUTE:
            since, number = now, 0
        self._asked[client] = (since, number + 1)
        while len(self._asked) > _MOST_CLIENTS:
            self._asked.popitem(last=False)
        return number < self._bounds.a_minute


async def _request(reader: asyncio.StreamReader) -> tuple[str, str, bytes]:
    """Method, path and body; raises UsageError for a body beyond the limit."""
    machine = h11.Connection(h11.SERVER, max_incomplete_event_size=_LARGEST)
    method, path, parts, size = "", "", list[bytes](), 0
    while True:
        event = machine.next_event()
        if event is h11.NEED_DATA:
            machine.receive_data(await reader.read(_LARGEST))
        elif isinstance(event, h11.Request):
            method, path = event.method.decode(), event.target.decode("latin-1")
        elif isinstance(event, h11.Data):
            size += len(event.data)
            if size > _LARGEST:
                raise UsageError(f"a request has at most {_LARGEST:,} bytes")
            parts.append(bytes(event.data))
        elif isinstance(event, h11.EndOfMessage):
            return method, path, b"".join(parts)
        else:
            raise EOFError("the connection was closed")


def _response(status: HTTPStatus, body: bytes) -> bytes:
    head = (
        f"HTTP/1.1 {status.value} {status.phrase}\r\nContent-Type: application/json\r\n"
        f"Content-Length: {len(body)}\r\nConnection: close\r\n\r\n"
    )
    return head.encode() + body
