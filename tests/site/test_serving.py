"""What the server itself guards, with a small application behind it."""

import asyncio
import socket
import threading
import time
from collections.abc import Callable, Iterator
from contextlib import contextmanager
from typing import Any

import pytest
import uvicorn

from gatewatch.site import serving

_SIZE = 24 << 20
"""More than what systems keep for a connection on its way."""
_REQUEST = b"GET / HTTP/1.1\r\nHost: a\r\nConnection: close\r\n\r\n"


async def _large(scope: dict[str, Any], receive: Any, send: Callable[[Any], Any]) -> None:
    head = [(b"content-length", str(_SIZE).encode())]
    await send({"type": "http.response.start", "status": 200, "headers": head})
    await send({"type": "http.response.body", "body": bytes(_SIZE)})


@contextmanager
def _served() -> Iterator[int]:
    config = uvicorn.Config(
        _large, http=serving.Guarded, lifespan="off", log_level="error", ws="none"
    )
    server = uvicorn.Server(config)
    with socket.socket() as here:
        here.bind(("127.0.0.1", 0))
        here.listen()
        beside = threading.Thread(target=lambda: asyncio.run(server.serve([here])))
        beside.start()
        try:
            yield here.getsockname()[1]
        finally:
            server.should_exit = True
            beside.join(30)


@pytest.fixture
def port(monkeypatch: pytest.MonkeyPatch) -> Iterator[int]:
    monkeypatch.setattr(serving, "PATIENCE", 0.3)
    with _served() as port:
        yield port


def _read(peer: socket.socket, wait: float) -> int:
    """How many bytes come, with a wait before each part, until the server closes."""
    found = 0
    try:
        while part := peer.recv(1 << 20):
            found += len(part)
            time.sleep(wait)
    except ConnectionError:
        pass
    return found


def test_who_takes_no_answer_is_cut_off(port: int) -> None:
    """What is on its way comes; the rest was given up, and its place is free."""
    with socket.create_connection(("127.0.0.1", port), timeout=20) as peer:
        peer.sendall(_REQUEST)
        time.sleep(1.5)
        assert _read(peer, 0) < _SIZE


def test_who_takes_it_slowly_gets_it_whole(port: int) -> None:
    """Longer than the patience for one part of it."""
    with socket.create_connection(("127.0.0.1", port), timeout=20) as peer:
        peer.sendall(_REQUEST)
        assert _read(peer, 0.05) > _SIZE
