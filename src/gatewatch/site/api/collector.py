"""The submission protocol of the field's probes (bk-003): open a report, add measurements, close
it.

Probes know the paths `/report`, `/report/ID` and `/report/ID/close`; the shield leads those here
where what is sent is JSON, since `/report` is also the page on which people report.
"""

from collections.abc import Callable
from typing import Any

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


async def _body(request: Request[Any, Any, Any]) -> bytes:
    if request.headers.get("content-encoding", "identity") != "identity":
        raise ProblemError(415, "send it without Content-Encoding")
    return await request.body()


async def _taken(call: Callable[[], Any]) -> Any:
    """What the collector says; 400 for what it does not take."""
    try:
        return await sync_to_thread(call)
    except UsageError as fault:
        raise ProblemError(400, str(fault)) from fault


@post(COLLECTED, include_in_schema=False, status_code=200, request_max_body_size=1 << 16)
async def opened(request: Request[Any, Any, Any]) -> Response[dict[str, object]]:
    """Open a report."""
    collecting, body = _collecting(request), await _body(request)
    name = await _taken(lambda: collecting.open(body))
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
    collecting, body = _collecting(request), await _body(request)
    address = str(request.scope.get("client_address", ""))
    return Response(
        {"measurement_uid": await _taken(lambda: collecting.add(report, body, address))}
    )


@post(f"{COLLECTED}/{{report:str}}/close", include_in_schema=False, status_code=200)
async def closed(
    request: Request[Any, Any, Any], report: FromPath[str]
) -> Response[dict[str, object]]:
    """Close a report."""
    collecting = _collecting(request)
    await _taken(lambda: collecting.close(report))
    return Response({"status": "success"})


ROUTES = (opened, added, closed)
