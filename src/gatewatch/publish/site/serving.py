"""Running the site with uvicorn: several workers, and clients that dawdle cut off."""

import os
from typing import TYPE_CHECKING, Any

import msgspec
import uvicorn
from litestar.types import ASGIApp
from uvicorn.protocols.http.httptools_impl import HttpToolsProtocol

from gatewatch.publish.site.settings import Settings

if TYPE_CHECKING:
    import asyncio

_TOLD = "GATEWATCH_SITE"
"""The settings, for workers that are processes of their own."""
PATIENCE = 10.0
"""Seconds that a client has for the head of a request."""


class Guarded(HttpToolsProtocol):
    """Closes a connection whose request is not there after some seconds. While a request is answered, or
    between two of them, other limits hold."""

    def connection_made(self, transport: Any) -> None:
        super().connection_made(transport)
        self._late: asyncio.TimerHandle | None = None
        self._await()

    def data_received(self, data: bytes) -> None:
        if self._late is None and not self.cycle_running():
            self._await()
        super().data_received(data)

    def on_headers_complete(self) -> None:
        self._arrived()
        super().on_headers_complete()

    def connection_lost(self, exc: Exception | None) -> None:
        self._arrived()
        super().connection_lost(exc)

    def cycle_running(self) -> bool:
        """Whether a request is being answered."""
        return self.cycle is not None and not self.cycle.response_complete

    def _await(self) -> None:
        self._late = self.loop.call_later(PATIENCE, self._close)

    def _arrived(self) -> None:
        if self._late is not None:
            self._late.cancel()
            self._late = None

    def _close(self) -> None:
        if not self.cycle_running() and self.transport is not None:
            self.transport.close()


def run(settings: Settings, factory: str, *, host: str, port: int, workers: int) -> None:
    """Serve until told to stop. `factory` names a function that makes the application."""
    os.environ[_TOLD] = msgspec.json.encode(settings, enc_hook=str).decode()
    uvicorn.run(
        factory, factory=True, host=host, port=port, workers=workers, http=Guarded, ws="none",
        log_level="warning", access_log=False, server_header=False, timeout_keep_alive=15,
        limit_concurrency=512, timeout_graceful_shutdown=10, proxy_headers=False,
    )  # fmt: skip


def told() -> Settings:
    """The settings that `run` was given."""
    return msgspec.json.decode(os.environ[_TOLD], type=Settings, dec_hook=lambda kind, text: kind(text))  # fmt: skip


def application() -> ASGIApp:
    """The site alone, without anything that writes."""
    from gatewatch.publish.site.app import build

    return build(told())
