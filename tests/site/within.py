"""A site in the test's own process: the whole application, with neither a server nor a socket."""

import asyncio
from collections.abc import Iterator
from concurrent.futures import ThreadPoolExecutor
from contextlib import contextmanager
from pathlib import Path
from typing import Any

import httpx

from gatewatch.site.app import build
from gatewatch.site.settings import SiteSettings


class Within:
    """One asker of a site."""

    def __init__(self, ledger: str, state: Path) -> None:
        app: Any = build(SiteSettings(ledger=ledger, state=state, rate=0))
        self._transport = httpx.ASGITransport(app=app)
        # In a thread of its own: the browser of other tests keeps a loop in this one.
        self._thread, self._runner = ThreadPoolExecutor(1), asyncio.Runner()

    def ask(self, method: str, path: str, **more: Any) -> httpx.Response:
        """One request; redirects are followed."""
        return self._thread.submit(
            lambda: self._runner.run(self._asked(method, path, more))
        ).result()

    async def _asked(self, method: str, path: str, more: dict[str, Any]) -> httpx.Response:
        async with httpx.AsyncClient(
            transport=self._transport, base_url="http://localhost", follow_redirects=True
        ) as client:
            return await client.request(method, path, **more)

    def close(self) -> None:
        """End what it began."""
        self._thread.submit(self._runner.close).result()
        self._thread.shutdown()


@contextmanager
def within(ledger: str, state: Path) -> Iterator[Within]:
    """A site, until the block ends."""
    site = Within(ledger, state)
    try:
        yield site
    finally:
        site.close()
