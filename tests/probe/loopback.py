"""Small real servers on the loopback that answer, misbehave, stall and hang up."""

import asyncio
from collections.abc import AsyncIterator, Awaitable, Callable
from concurrent.futures import ThreadPoolExecutor
from contextlib import asynccontextmanager, suppress

from gatewatch.probe.limits import ProbeLimits
from gatewatch.probe.networks import NetworkTable
from gatewatch.probe.web import ProbeTools

Client = Callable[[asyncio.StreamReader, asyncio.StreamWriter], Awaitable[None]]
QUICK = ProbeLimits(
    connect=1.0, handshake=0.6, lookup=0.4, response=0.5, body=0.5, whole=4.0, most_body=4096
)


@asynccontextmanager
async def serving(client: Client) -> AsyncIterator[int]:
    """The port of a server that does this to its clients."""
    held: set[asyncio.StreamWriter] = set()

    async def kept(reader: asyncio.StreamReader, writer: asyncio.StreamWriter) -> None:
        held.add(writer)
        with suppress(OSError, asyncio.IncompleteReadError, asyncio.CancelledError):
            await client(reader, writer)

    server = await asyncio.start_server(kept, "127.0.0.1", 0)
    try:
        yield int(server.sockets[0].getsockname()[1])
    finally:
        server.close()
        for writer in held:
            writer.transport.abort()


def says(data: bytes, *, then: str = "close") -> Client:
    """A server that says the same to everybody once it is spoken to; then it closes or stalls."""

    async def client(reader: asyncio.StreamReader, writer: asyncio.StreamWriter) -> None:
        await reader.read(4096)
        writer.write(data)
        await writer.drain()
        if then == "stall":
            await reader.read()
        writer.close()

    return client


def tools(**given: object) -> ProbeTools:
    """With little patience and no other resolver."""
    made = {"limits": QUICK, "networks": NetworkTable(), "threads": ThreadPoolExecutor(2)}
    return ProbeTools(**(made | given))  # type: ignore[arg-type]
