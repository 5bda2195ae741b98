"""Whether the site is alive, whether it can answer, and, apart from both, how fresh its data is."""

from math import nan
from typing import Any

from litestar import MediaType, Request, Response, get

from gatewatch.cases.case import Network
from gatewatch.model.lane import Lane, LaneName, lane
from gatewatch.model.moment import iso
from gatewatch.site import metrics
from gatewatch.site.caching import repository_of
from gatewatch.site.problem import answer
from gatewatch.site.subjects import every_case
from gatewatch.site.times import asked
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
    _followed(request)
    return Response(metrics.text(), media_type="text/plain; version=0.0.4")


def _followed(request: Request[Any, Any, Any]) -> None:
    """A series for each service that the operator follows, in each country that tells of it."""
    given = request.app.state.get("writing")
    wanted = set(given.followed()) if given else set()
    series = (metrics.FOLLOWED, metrics.FOLLOWED_LISTED, metrics.FOLLOWED_BLOCKED)
    for one in series:
        one.clear()
    if not wanted:
        return
    times = asked()
    repository = repository_of(request)
    found = repository.remember(
        ("followed", times.day, tuple(sorted(wanted))),
        lambda ledger: [c for c in every_case(repository, ledger, times) if c.service.id in wanted],
    )
    for case in found:
        labels = (case.service.id, str(case.jurisdiction))
        metrics.FOLLOWED.labels(*labels, str(case.state)).set(1)
        metrics.FOLLOWED_LISTED.labels(*labels).set(listed(lane(case.lanes, LaneName.LISTINGS)))
        metrics.FOLLOWED_BLOCKED.labels(*labels).set(blocked(case.network))


def listed(one: Lane) -> float:
    """1, 0, or not a number: no register is held, or none tells of today. What sources say of a
    list is no list."""
    if one.by_sources or one.perhaps:
        return nan
    return {"listed": 1, "listed_in_part": 1, "not_listed": 0, "delisted": 0}.get(one.state, nan)


def blocked(one: Network) -> float:
    """On how many networks a block stands; not a number where nothing was measured near today."""
    if one.state == "blocked" and one.episode:
        return len(one.episode.networks)
    return 0 if one.state == "reachable" else nan


@get("/version", tags=["operation"], summary="Program and state", sync_to_thread=True)
def version(request: Request[Any, Any, Any]) -> dict[str, str | None]:
    """The program's version and the state of what it answers from."""
    from importlib import metadata

    repository = repository_of(request)
    recorded = repository.recorded_by()
    return {
        "program": metadata.version("gatewatch"),
        "state": repository.version,
        "recorded_by": iso(recorded),
    }


ROUTES = (healthz, readyz, freshness, prometheus, version)
