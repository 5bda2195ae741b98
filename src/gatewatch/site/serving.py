"""Running the site with uvicorn: several workers, and clients that dawdle cut off."""

import os
import sys
from collections import Counter
from typing import TYPE_CHECKING, Any, ClassVar

import msgspec
import uvicorn
from uvicorn.protocols.http.httptools_impl import HttpToolsProtocol

from gatewatch.model.clients import network_of
from gatewatch.site import logs, memory
from gatewatch.site.problem import TYPE, Problem
from gatewatch.site.settings import SiteSettings
from gatewatch.site.shield import MOST_BYTES

if TYPE_CHECKING:
    import asyncio

_TOLD = "GATEWATCH_SITE"
"""The settings, for workers that are processes of their own."""
_LONGEST_HEAD = MOST_BYTES + (64 << 10)
"""Bytes of a head, and of what may come with it."""
PATIENCE = 10.0
"""Seconds that a client has for the head of a request, and to take some of an answer."""
SLOWEST = 1_600
"""Bytes a second that a client has to take of an answer that waits for it."""
_MOST_OF_ONE = 64
"""Connections of one client with one worker: of browsers, which open six, ten at once."""
_SWITCH = 0.001
"""Seconds after which a thread that works on a dear answer lets the loop go on that answers from
memory; Python's own is five times as long, and one reply waits for it several times."""


class Draining:
    """A connection that is ended where its client does not take what it is sent: else a few clients
    who ask and never read would hold every place, and what they were answered, for good."""

    def __init__(self, transport: Any, loop: "asyncio.AbstractEventLoop") -> None:
        self._transport, self._loop = transport, loop
        self._given = self._taken = 0
        self._look: asyncio.TimerHandle | None = None

    def __getattr__(self, name: str) -> Any:
        return getattr(self._transport, name)

    def write(self, data: bytes) -> None:
        """As of a transport."""
        self._given += len(data)
        self._transport.write(data)
        if self._look is None and self._transport.get_write_buffer_size():
            self._taken = self._given - self._transport.get_write_buffer_size()
            self._look = self._loop.call_later(PATIENCE, self._judge)

    def end(self) -> None:
        """The connection is lost: nothing is looked at any more."""
        if self._look is not None:
            self._look.cancel()

    def _judge(self) -> None:
        self._look = None
        waiting = self._transport.get_write_buffer_size()
        taken, before = self._given - waiting, self._taken
        if not waiting:
            return
        if taken - before < SLOWEST * PATIENCE:
            self._transport.abort()
            return
        self._taken = taken
        self._look = self._loop.call_later(PATIENCE, self._judge)


class Guarded(HttpToolsProtocol):
    """Closes a connection whose request is not there after some seconds, and one whose client takes
    no answer. While a request is answered, or between two of them, other limits hold."""

    most_of_one = 0
    """Connections of one client at a time; 0 for no limit, as behind a proxy, which has them
    all."""
    _open: ClassVar[Counter[str]] = Counter()

    def connection_made(self, transport: Any) -> None:
        self._draining = Draining(transport, self.loop)
        super().connection_made(self._draining)  # type: ignore[arg-type]
        self._late: asyncio.TimerHandle | None = None
        self._head = 0
        self._whose = network_of(self.client[0]) if self.client else ""
        self._open[self._whose] += 1
        if self.most_of_one and self._open[self._whose] > self.most_of_one:
            transport.abort()  # one that holds hundreds open would shut everybody out
            return
        self._await()

    def data_received(self, data: bytes) -> None:
        if self._late is None and not self.cycle_running():
            self._await()
        self._head += len(data) if self._late is not None else 0
        if self._head > _LONGEST_HEAD:
            self.transport.close()
            return
        super().data_received(data)

    def on_headers_complete(self) -> None:
        self._arrived()
        super().on_headers_complete()

    def connection_lost(self, exc: Exception | None) -> None:
        self._arrived()
        self._draining.end()
        self._open[self._whose] -= 1
        if self._open[self._whose] <= 0:
            del self._open[self._whose]
        super().connection_lost(exc)

    def send_400_response(self, msg: str) -> None:
        """What is no HTTP gets a problem like every other."""
        body = msgspec.json.encode(
            Problem("about:blank", "The request cannot be understood", 400, msg)
        )
        head = f"HTTP/1.1 400 Bad Request\r\nContent-Type: {TYPE}\r\nContent-Length: {len(body)}\r\nConnection: close\r\n\r\n"
        self.transport.write(head.encode() + body)
        self.transport.close()

    def cycle_running(self) -> bool:
        """Whether a request is being answered."""
        return self.cycle is not None and not self.cycle.response_complete

    def _await(self) -> None:
        self._late = self.loop.call_later(PATIENCE, self._close)

    def _arrived(self) -> None:
        if self._late is not None:
            self._late.cancel()
            self._late, self._head = None, 0

    def _close(self) -> None:
        if not self.cycle_running() and self.transport is not None:
            self.transport.close()


def run(settings: SiteSettings, factory: str, *, host: str, port: int, workers: int) -> None:
    """Serve until told to stop. `factory` names a function that makes the application."""
    os.environ[_TOLD] = msgspec.json.encode(settings, enc_hook=str).decode()
    uvicorn.run(
        factory,
        factory=True,
        host=host,
        port=port,
        workers=workers,
        http=Guarded,
        ws="none",
        log_level="warning",
        access_log=False,
        server_header=False,
        timeout_keep_alive=15,
        limit_concurrency=512,
        timeout_graceful_shutdown=10,
        proxy_headers=False,
    )


def told() -> SiteSettings:
    """The settings that `run` was given, in each worker; its logs are set up with them."""
    settings: SiteSettings = msgspec.json.decode(
        os.environ[_TOLD], type=SiteSettings, dec_hook=lambda kind, text: kind(text)
    )
    logs.configure(settings)
    Guarded.most_of_one = 0 if settings.behind_proxy else _MOST_OF_ONE
    sys.setswitchinterval(_SWITCH)
    memory.modest()
    return settings
