"""Whether the site is alive, whether it can answer, and, apart from both, how fresh its data is."""

from typing import Any

from litestar import MediaType, Request, Response, get

from gatewatch.site import metrics
from gatewatch.site.caching import repository_of
from gatewatch.site.problem import answer
from gatewatch.site.writing import looked_at


@get("/healthz", tags=["operation"], summary="Alive", media_type=MediaType.TEXT)
async def healthz() -> str:
    """Always `ok` while the process answers."""
    return "ok"


@get(
    "/readyz",
    tags=["operation"],
    summary="Ready to answer",
    media_type=MediaType.TEXT,
    sync_to_thread=True,
)
def readyz(request: Request[Any, Any, Any]) -> Response[Any]:
    """503 while the ledger cannot be read. How old its data is has no part in it."""
    repository = repository_of(request)
    try:
        repository.recorded_by()
    except Exception as fault:  # noqa: BLE001 - whatever it is, we are not ready
        return answer(503, f"the ledger cannot be read: {fault}")
    return Response("ready", media_type=MediaType.TEXT)


@get("/api/v1/freshness", tags=["operation"], summary="How fresh the data is", sync_to_thread=True)
def freshness(request: Request[Any, Any, Any]) -> list[dict[str, Any]]:
    """Each register's last publication, when it was last looked at, and since when it is silent."""
    from gatewatch.records import registers as rows

    repository = repository_of(request)
    found = repository.remember(
        "freshness", lambda ledger: [rows.freshness(one) for one in ledger.registers()]
    )
    names = ("register", "jurisdiction", "last_published", "last_checked", "silent_since")
    return [
        {name: one[name] for name in names} for one in (looked_at(request, row) for row in found)
    ]


@get("/metrics", include_in_schema=False, sync_to_thread=True)
def prometheus(request: Request[Any, Any, Any]) -> Response[bytes]:
    """For Prometheus."""
    repository = repository_of(request)
    for one in repository.remember("fresh", lambda ledger: ledger.registers()):
        metrics.SILENT.labels(one.register.id).set(one.silent_since is not None)
        metrics.LAST.labels(one.register.id).set(one.last_published.timestamp())
    return Response(metrics.text(), media_type="text/plain; version=0.0.4")


@get("/version", tags=["operation"], summary="Program and state", sync_to_thread=True)
def version(request: Request[Any, Any, Any]) -> dict[str, str | None]:
    """The program's version and the state of what it answers from."""
    from importlib import metadata

    repository = repository_of(request)
    recorded = repository.recorded_by()
    return {
        "program": metadata.version("gatewatch"),
        "state": repository.version,
        "recorded_by": recorded.isoformat() if recorded else None,
    }


ROUTES = (healthz, readyz, freshness, prometheus, version)
