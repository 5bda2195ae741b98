"""One request on a connection, over HTTP/1.1 or HTTP/2 as the handshake agreed.

What parses is h11 and h2, which know no sockets; the loop around them reads and writes. A body is
read for as long and as far as the limits allow, and then left: that is no failure.
"""

import asyncio
from collections.abc import Iterable
from contextlib import suppress
from urllib.parse import urlsplit

from gatewatch.errors import needs
from gatewatch.probe import failing
from gatewatch.probe.limits import ProbeLimits
from gatewatch.probe.stream import Stream
from gatewatch.probe.trace import HttpExchange

with needs("probe"):
    import h2.connection
    import h2.events
    import h2.exceptions
    import h11

AGENT = (
    "Mozilla/5.0 (X11; Linux x86_64) AppleWebKit/537.36 (KHTML, like Gecko) "
    "Chrome/140.0.0.0 Safari/537.36"
)
"""What most readers' programs say: a name of our own would be treated otherwise than theirs."""
BROWSER = [
    ("Accept", "text/html,application/xhtml+xml,application/xml;q=0.9,*/*;q=0.8"),
    ("Accept-Language", "en-US,en;q=0.9"),
    ("User-Agent", AGENT),
]
_MALFORMED = "unknown_failure: malformed HTTP response"
_FIRST_PRINTED = 0x20
_CONNECTION_HEADERS = frozenset({"host", "connection", "transfer-encoding"})


class _UnsayableError(Exception):
    """A request of ours that the protocol has no form for."""


class _BrokenOffError(Exception):
    """The server itself ended it, in a frame of HTTP/2 within the encrypted connection."""


async def exchange(
    stream: Stream,
    url: str,
    *,
    limits: ProbeLimits,
    method: str = "GET",
    headers: Iterable[tuple[str, str]] = BROWSER,
    body: bytes = b"",
) -> HttpExchange:
    """Ask for a URL on a connection that stands, and read what comes."""
    parts = urlsplit(url)
    sent = [("Host", parts.netloc.rpartition("@")[2]), *headers]
    if body:
        sent.append(("Content-Length", str(len(body))))
    found = HttpExchange(
        url=url,
        method=method,
        sent=sent,
        alpn=stream.alpn,
        address=str(stream.to),
        transaction=stream.transaction,
        t0=stream.trace.now(),
    )
    stream.trace.event("http_transaction_start", stream.transaction, stream.tags)
    path = (parts.path or "/") + (f"?{parts.query}" if parts.query else "")
    one = _Two if stream.alpn == "h2" else _One
    try:
        await one(found, limits).run(stream, path, parts.scheme, body)
    except (OSError, EOFError) as fault:
        found.failure = failing.failure_of(fault)
        if stream.secure and found.failure == failing.FAILED_HANDSHAKE:
            found.failure = "unknown_failure: broken TLS record"
    except _BrokenOffError as fault:
        found.failure = f"unknown_failure: {fault}"
    except _UnsayableError:
        found.failure = failing.INVALID  # no word of the server's: it was asked nothing
    except (h11.RemoteProtocolError, h2.exceptions.ProtocolError, ValueError):
        found.failure = _MALFORMED
    found.t = stream.trace.now()
    stream.trace.event(
        "http_transaction_done", stream.transaction, stream.tags, failure=found.failure
    )
    return found


def _check(headers: Iterable[tuple[str, str]]) -> None:
    """ValueError for a header that would end before its end: HTTP/2's library lets it through."""
    for name, value in headers:
        if any(ord(letter) < _FIRST_PRINTED or letter == "\x7f" for letter in name + value):
            raise ValueError(f"{name!r} is no header")


class _Exchange:
    """What both versions share: the waiting, and what is kept."""

    def __init__(self, found: HttpExchange, limits: ProbeLimits) -> None:
        self.found, self.limits = found, limits
        self._parts: list[bytes] = []
        self._size = 0

    async def run(self, stream: Stream, path: str, scheme: str, body: bytes) -> None:
        """Send the request, and read until the response is whole or the limits are met."""
        try:
            await self._read(stream, path, scheme, body)
        finally:
            self.found.body = b"".join(self._parts)

    async def _read(self, stream: Stream, path: str, scheme: str, body: bytes) -> None:
        try:
            _check(self.found.sent)
            asked = self.request(path, scheme, body)
        except (ValueError, h11.LocalProtocolError, h2.exceptions.H2Error) as fault:
            raise _UnsayableError from fault
        await stream.write(asked)
        loop = asyncio.get_running_loop()
        until = loop.time() + self.limits.response
        begun = False
        while True:
            if self.found.status is not None and not begun:
                begun, until = True, loop.time() + self.limits.body
            try:
                async with asyncio.timeout_at(until):
                    data = await stream.read()
            except TimeoutError:
                if not begun:
                    raise
                self.found.truncated = True
                return
            done = self.take(data)
            if done or self.found.truncated:
                return
            if not data:
                raise EOFError
            if answer := self.answer():
                with suppress(OSError):
                    await stream.write(answer)

    def request(self, path: str, scheme: str, body: bytes) -> bytes:
        """The bytes of the request."""
        raise NotImplementedError

    def take(self, data: bytes) -> bool:
        """Take what was read; whether the response is whole. Nothing is the end."""
        raise NotImplementedError

    def answer(self) -> bytes:
        """What the protocol itself wants said back."""
        return b""

    def add(self, data: bytes) -> None:
        """A part of the body, up to the limit."""
        left = self.limits.most_body - self._size
        self._parts.append(data[:left])
        self._size += min(len(data), left)
        if len(data) >= left and data:
            self.found.truncated = True


class _One(_Exchange):
    """HTTP/1.1, by h11."""

    def __init__(self, found: HttpExchange, limits: ProbeLimits) -> None:
        super().__init__(found, limits)
        self._begun = b""
        self._machine = h11.Connection(h11.CLIENT, max_incomplete_event_size=limits.most_head)

    def request(self, path: str, scheme: str, body: bytes) -> bytes:  # noqa: ARG002 - h2 names it
        headers = [
            (name.encode("latin-1", "replace"), value.encode("latin-1", "replace"))
            for name, value in (*self.found.sent, ("Connection", "close"))
        ]
        asked = h11.Request(method=self.found.method, target=path, headers=headers)
        data = self._machine.send(asked) or b""
        if body:
            data += self._machine.send(h11.Data(data=body)) or b""
        return data + (self._machine.send(h11.EndOfMessage()) or b"")

    def take(self, data: bytes) -> bool:
        self._begun = self._begun or data
        self._machine.receive_data(data)
        while True:
            try:
                event = self._machine.next_event()
            except h11.RemoteProtocolError:
                if data or not b"HTTP/".startswith(self._begun[:5]):
                    raise
                raise EOFError from None  # hung up before the end of what was announced
            if event is h11.NEED_DATA or event is h11.PAUSED:
                return False
            if isinstance(event, h11.Response):
                self.found.status = event.status_code
                self.found.headers = [
                    (name.decode("latin-1"), value) for name, value in event.headers.raw_items()
                ]
            elif isinstance(event, h11.Data):
                self.add(bytes(event.data))
            elif isinstance(event, h11.EndOfMessage):
                return True
            elif isinstance(event, h11.ConnectionClosed):
                break
        raise EOFError


class _Two(_Exchange):
    """HTTP/2, by h2."""

    def __init__(self, found: HttpExchange, limits: ProbeLimits) -> None:
        super().__init__(found, limits)
        self._machine = h2.connection.H2Connection()

    def request(self, path: str, scheme: str, body: bytes) -> bytes:
        self._machine.initiate_connection()
        host = dict(self.found.sent)["Host"]
        named = [(k.lower(), v) for k, v in self.found.sent]
        headers: list[tuple[str | bytes, str | bytes]] = [
            (":method", self.found.method),
            (":authority", host),
            (":scheme", scheme),
            (":path", path),
            *(
                (name.encode("latin-1", "replace"), value.encode("latin-1", "replace"))
                for name, value in named
                if name not in _CONNECTION_HEADERS
            ),
        ]
        self._machine.send_headers(1, headers, end_stream=not body)
        if body:
            # A request of ours is smaller than the window that every server opens with (65,535).
            self._machine.send_data(1, body, end_stream=True)
        return self._machine.data_to_send()

    def take(self, data: bytes) -> bool:
        for event in self._machine.receive_data(data) if data else ():
            if isinstance(event, h2.events.ResponseReceived):
                for name, value in event.headers or ():
                    key = _text(name)
                    if key == ":status":
                        self.found.status = int(_text(value))
                    else:
                        self.found.headers.append((key, _bytes(value)))
            elif isinstance(event, h2.events.DataReceived):
                self.add(event.data or b"")
                self._machine.acknowledge_received_data(
                    event.flow_controlled_length or 0, event.stream_id or 1
                )
            elif isinstance(event, h2.events.StreamEnded):
                return True
            elif isinstance(event, h2.events.StreamReset):
                raise _BrokenOffError("stream error")
            elif isinstance(event, h2.events.ConnectionTerminated):
                raise _BrokenOffError("GOAWAY")
        return False

    def answer(self) -> bytes:
        return self._machine.data_to_send()


def _text(value: str | bytes) -> str:
    return value.decode("latin-1") if isinstance(value, bytes) else value


def _bytes(value: str | bytes) -> bytes:
    return value if isinstance(value, bytes) else value.encode("latin-1", "replace")
