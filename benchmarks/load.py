"""Requests over kept-alive connections, as many as are answered: a client that does next to
nothing."""

import asyncio
import time
from collections.abc import Sequence

from msgspec import Struct

_PATIENCE = 30.0
"""Seconds that one reply may take; a server that is slower ends the measurement with an error."""


class Load(Struct, frozen=True):
    """What a stretch of load showed. Latencies are in seconds."""

    rate: float
    p50: float
    p99: float
    wrong: int


def load(port: int, paths: Sequence[str], *, seconds: float, connections: int = 8) -> Load:
    """Ask for paths in turn on several connections at once."""
    return asyncio.run(_load(port, paths, seconds, connections))


async def _load(port: int, paths: Sequence[str], seconds: float, connections: int) -> Load:
    requests = [f"GET {path} HTTP/1.1\r\nHost: localhost\r\n\r\n".encode() for path in paths]
    took: list[float] = []
    wrong = 0
    end = time.perf_counter() + seconds

    async def one(start: int) -> None:
        nonlocal wrong
        reader, writer = await asyncio.open_connection("127.0.0.1", port)
        place = start
        while time.perf_counter() < end:
            began = time.perf_counter()
            writer.write(requests[place % len(requests)])
            async with asyncio.timeout(_PATIENCE):
                head = await reader.readuntil(b"\r\n\r\n")
                await _body(reader, head)
            took.append(time.perf_counter() - began)
            wrong += not head.startswith(b"HTTP/1.1 200")
            place += connections
        writer.close()

    began = time.perf_counter()
    await asyncio.gather(*(one(n) for n in range(connections)))
    passed = time.perf_counter() - began
    took.sort()
    return Load(len(took) / passed, took[len(took) // 2], took[int(len(took) * 0.99)], wrong)


async def exchange(reader: asyncio.StreamReader, writer: asyncio.StreamWriter, path: str) -> int:
    """Ask for a path on an open connection and read the whole reply; its status."""
    writer.write(f"GET {path} HTTP/1.1\r\nHost: localhost\r\n\r\n".encode())
    async with asyncio.timeout(_PATIENCE * 3):
        head = await reader.readuntil(b"\r\n\r\n")
        await _body(reader, head)
    return int(head.split(b" ", 2)[1])


async def _body(reader: asyncio.StreamReader, head: bytes) -> None:
    for line in head.lower().split(b"\r\n"):
        if line.startswith(b"content-length:"):
            await reader.readexactly(int(line[15:]))
            return
        if line == b"transfer-encoding: chunked":
            await reader.readuntil(b"\r\n0\r\n\r\n")
            return
    raise ValueError(f"no length in {head[:200]!r}")
