"""The submission protocol of the field's probes (bk-003): open a report, add measurements, close
it.

Probes know the paths `/report`, `/report/ID` and `/report/ID/close`; the shield leads those here
where what is sent is JSON, since `/report` is also the page on which people report.
"""

import threading
from collections.abc import AsyncIterator, Callable
from contextlib import asynccontextmanager
from tempfile import SpooledTemporaryFile
from typing import IO, Any

from litestar import Request, Response, post
from litestar.concurrency import sync_to_thread
from litestar.params import FromPath

from gatewatch.errors import UsageError
from gatewatch.site.problem import ProblemError
from gatewatch.site.shield import COLLECTED, MOST_COLLECTED
from gatewatch.site.writing import Collecting, writing


def _collecting(request: Request[Any, Any, Any]) -> Collecting:
    found = writing(request).collecting
    if found is None:
        raise ProblemError(403, "this site collects no measurements")
    return found


_SMALL = 1 << 16
"""Bytes of a measurement that is kept in memory while it comes."""
_TURN = threading.Lock()
"""Of large ones one at a time is looked at: it takes several times its size."""


@asynccontextmanager
async def _body(request: Request[Any, Any, Any]) -> AsyncIterator[IO[bytes]]:
    """What is sent, as it comes: a large one waits on the disk for its end, for there may be many
    that dawdle."""
    if request.headers.get("content-encoding", "identity") != "identity":
        raise ProblemError(415, "send it without Content-Encoding")
    with SpooledTemporaryFile(_SMALL, prefix="gatewatch-") as held:
        async for part in request.stream():
            held.write(part)
        yield held


async def _taken(call: Callable[[], Any]) -> Any:
    """What the collector says; 400 for what it does not take."""
    try:
        return await sync_to_thread(call)
    except UsageError as fault:
        raise ProblemError(400, str(fault)) from fault


@post(COLLECTED, include_in_schema=False, status_code=200, request_max_body_size=1 << 16)
async def opened(request: Request[Any, Any, Any]) -> Response[dict[str, object]]:
    """Open a report."""
    collecting = _collecting(request)
    async with _body(request) as held:
        name = await _taken(lambda: collecting.open(_whole(held)))
    told = {"backend_version": "gatewatch", "report_id": name, "supported_formats": ["json"]}
    return Response(told)


@post(
    f"{COLLECTED}/{{report:str}}",
    include_in_schema=False,
    status_code=200,
    request_max_body_size=MOST_COLLECTED,
)
async def added(
    request: Request[Any, Any, Any], report: FromPath[str]
) -> Response[dict[str, object]]:
    """Add a measurement; the reply comes when it would survive a crash."""
    collecting = _collecting(request)
    address = str(request.scope.get("client_address", ""))

    def add() -> str:
        if held.tell() <= _SMALL:
            return collecting.add(report, _whole(held), address)
        with _TURN:
            return collecting.add(report, _whole(held), address)

    async with _body(request) as held:
        return Response({"measurement_uid": await _taken(add)})


def _whole(held: IO[bytes]) -> bytes:
    held.seek(0)
    return held.read()


@post(f"{COLLECTED}/{{report:str}}/close", include_in_schema=False, status_code=200)
async def closed(
    request: Request[Any, Any, Any], report: FromPath[str]
) -> Response[dict[str, object]]:
    """Close a report."""
    collecting = _collecting(request)
    await _taken(lambda: collecting.close(report))
    return Response({"status": "success"})


ROUTES = (opened, added, closed)
