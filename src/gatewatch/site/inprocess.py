"""The site asked within this process, without a socket: what a copy is made of."""

import asyncio
from concurrent.futures import ThreadPoolExecutor
from types import TracebackType
from typing import Any, Self
from urllib.parse import quote, urlencode, urlsplit

from litestar.types import ASGIApp

Asked = tuple[int, bytes, str]
"""Status, body, and where the asker is sent on to."""


class InProcess:
    """One asker of an application; `with` ends what it began."""

    def __init__(self, app: ASGIApp, base: str) -> None:
        """`base`: what the site is told to be called."""
        self._app = app
        self._scheme, self._host = urlsplit(base)[:2]
        # In a thread of its own: whoever asks may have a loop that runs, as a notebook has.
        self._thread = ThreadPoolExecutor(1, thread_name_prefix="asker")
        self._runner = asyncio.Runner()

    def __enter__(self) -> Self:
        return self

    def __exit__(
        self,
        kind: type[BaseException] | None,
        fault: BaseException | None,
        trace: TracebackType | None,
    ) -> None:
        self._thread.submit(self._runner.close).result()
        self._thread.shutdown()

    def __call__(self, path: str, query: tuple[tuple[str, str], ...] = ()) -> Asked:
        """The answer to a GET."""
        return self._thread.submit(self._run, path, query).result()

    def _run(self, path: str, query: tuple[tuple[str, str], ...]) -> Asked:
        return self._runner.run(self._asked(path, query))

    async def _asked(self, path: str, query: tuple[tuple[str, str], ...]) -> Asked:
        status, headers, parts = 0, dict[bytes, bytes](), list[bytes]()
        body = [{"type": "http.request", "body": b"", "more_body": False}]

        async def receive() -> Any:
            if body:
                return body.pop()
            await asyncio.Event().wait()  # who asks stays until the answer is there
            raise AssertionError

        async def send(said: Any) -> None:
            nonlocal status, headers
            if said["type"] == "http.response.start":
                status, headers = said["status"], dict(said["headers"])
            else:
                parts.append(said.get("body", b""))

        scope: Any = {
            "type": "http",
            "asgi": {"version": "3.0"},
            "http_version": "1.1",
            "method": "GET",
            "scheme": self._scheme,
            "path": path,
            "raw_path": quote(path).encode(),
            "query_string": urlencode(query).encode(),
            "root_path": "",
            "headers": [(b"host", self._host.encode())],
            "client": ("127.0.0.1", 1),
            "server": (self._host, 443),
            "state": {},
        }
        await self._app(scope, receive, send)
        return status, b"".join(parts), headers.get(b"location", b"").decode()
