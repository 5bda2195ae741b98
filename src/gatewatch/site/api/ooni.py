"""Reads with the parameters and shapes of OONI's API, so that a script written for it works when
only the host changes. `since` and `until` are [since, until); our three times bound them, and are
said back in headers."""

import io
import math
import time
from datetime import datetime
from typing import Annotated, Any, Literal
from urllib.parse import urlencode
from zoneinfo import ZoneInfo

import msgspec
from litestar import Request, Response, get
from litestar.openapi.datastructures import ResponseSpec
from litestar.params import FromQuery, QueryParameter
from litestar.types import AnyCallable

from gatewatch.catalogue.facts import Catalogue
from gatewatch.ledger.selection import (
    COUNTS,
    INVENTED_COUNT,
    Axis,
    Grain,
    MeasurementFilter,
    Picked,
    counted,
    picked,
)
from gatewatch.model import moment as moments
from gatewatch.model.documentation import all_invented
from gatewatch.records.formats import write
from gatewatch.site.api.about import PROBLEMS
from gatewatch.site.caching import caching, etag, not_modified, repository_of, unchanged
from gatewatch.site.problem import ProblemError
from gatewatch.site.replies import MEDIA
from gatewatch.site.times import RequestTimes, Times

_DAY = QueryParameter(description="An ISO 8601 day or time, UTC.")
Since = Annotated[str | None, _DAY]
Asn = Annotated[
    str | None,
    QueryParameter(
        description="A network, as AS8048 or 8048.", pattern=r"^(?:AS)?[0-9]{1,10}$(?!\n)"
    ),
]
Place = Annotated[
    str | None, QueryParameter(description="ISO 3166-1 alpha-2.", min_length=2, max_length=2)
]
_ALL = 1_000_000


class About(msgspec.Struct, frozen=True):
    """Where a page lies among all."""

    count: int
    current_page: int
    limit: int
    next_url: str | None
    offset: int
    pages: int
    query_time: float


class MeasurementList(msgspec.Struct, frozen=True):
    """A page of measurements as OONI's API gives it."""

    metadata: About
    results: list[dict[str, Any]]


class Aggregated(msgspec.Struct, frozen=True):
    """Counts over no, one or two axes: an object, or a list of them."""

    v: int
    dimension_count: int
    result: dict[str, Any] | list[dict[str, Any]]


def _reads(path: str, summary: str, shape: Any) -> AnyCallable:
    responses = {
        200: ResponseSpec(shape, description="As OONI's API", generate_examples=False),
        **PROBLEMS,
    }
    return get(
        path, tags=["measurements"], summary=summary, responses=responses, sync_to_thread=True
    )


@_reads("/api/v1/measurements", "Measurements", MeasurementList)
def measurements(
    request: Request[Any, Any, Any],
    times: Times,
    measurement_uid: FromQuery[str | None] = None,
    report_id: FromQuery[str | None] = None,
    input: FromQuery[str | None] = None,
    domain: FromQuery[str | None] = None,
    probe_cc: Place = None,
    probe_asn: Asn = None,
    test_name: FromQuery[str | None] = None,
    category_code: FromQuery[str | None] = None,
    since: FromQuery[Since] = None,
    until: FromQuery[Since] = None,
    confirmed: FromQuery[bool | None] = None,
    anomaly: FromQuery[bool | None] = None,
    failure: FromQuery[bool | None] = None,
    order_by: FromQuery[
        Literal[
            "test_start_time",
            "measurement_start_time",
            "input",
            "probe_cc",
            "probe_asn",
            "test_name",
            "report_id",
            "domain",
        ]
        | None
    ] = None,
    order: FromQuery[Literal["asc", "desc", "ASC", "DESC"] | None] = None,
    offset: Annotated[int, QueryParameter(ge=0, le=1 << 40)] = 0,
    limit: Annotated[int, QueryParameter(ge=0, le=_ALL)] = 100,
    ooni_run_link_id: Annotated[
        str | None, QueryParameter(description="Accepted, and matches nothing: links are not kept.")
    ] = None,
) -> Response[bytes]:
    """A measurement is `confirmed` if it is judged blocked, an `anomaly` if blocked, likely
    blocked, impaired or down, a `failure` if it is insufficient."""
    began = time.perf_counter()
    repository = repository_of(request)
    equal = {
        "measurement_uid": measurement_uid,
        "report_id": report_id,
        "input": input,
        "domain": domain,
        "probe_cc": probe_cc,
        "probe_asn": probe_asn,
        "test_name": test_name,
    }
    flags = {"confirmed": confirmed, "anomaly": anomaly, "failure": failure}
    wanted = _wanted(
        repository.facts(times.moment).catalogue,
        times,
        equal,
        flags,
        category=category_code,
        since=since,
        until=until,
    )
    with repository.ledger() as ledger:
        found, total = (
            picked(
                ledger.store,
                wanted,
                order=order_by or "measurement_start_time",
                descending=(order or "desc").lower() == "desc",
                limit=limit,
                offset=offset,
            )
            if ooni_run_link_id is None
            else ([], 0)
        )
    page = limit or 1
    base = repository.base(request.url.netloc, request.url.scheme)
    following = None
    if offset + len(found) < total and found:
        kept = [
            (k, v) for k, v in request.query_params.multi_items() if k not in {"offset", "limit"}
        ]
        query = urlencode([*kept, ("offset", offset + limit), ("limit", limit)])
        following = f"{base}/api/v1/measurements?{query}"
    return _json(
        request,
        times,
        MeasurementList(
            About(
                count=total,
                current_page=offset // page + 1,
                limit=limit,
                next_url=following,
                offset=offset,
                pages=math.ceil(total / page),
                query_time=round(time.perf_counter() - began, 4),
            ),
            [_row(one, base) for one in found],
        ),
    )


@_reads("/api/v1/aggregation", "Counts of measurements", Aggregated)
def aggregation(
    request: Request[Any, Any, Any],
    times: Times,
    axis_x: FromQuery[Axis | None] = None,
    axis_y: FromQuery[Axis | None] = None,
    input: FromQuery[str | None] = None,
    domain: FromQuery[str | None] = None,
    probe_cc: Place = None,
    probe_asn: Asn = None,
    test_name: FromQuery[str | None] = None,
    category_code: FromQuery[str | None] = None,
    since: FromQuery[Since] = None,
    until: FromQuery[Since] = None,
    time_grain: FromQuery[Literal["hour", "day", "week", "month", "year", "auto"] | None] = None,
    format: FromQuery[Literal["JSON", "CSV"]] = "JSON",
    download: FromQuery[bool] = False,
) -> Response[bytes]:
    """Each measurement is in one of the counts: confirmed, anomaly, failure or ok.
    `invented_count` is how many of them all were invented for show: nobody measured those."""
    if axis_x and axis_x == axis_y:
        raise ProblemError(400, "axis_x and axis_y are the same; name two, or one")
    repository = repository_of(request)
    equal = {
        "input": input,
        "domain": domain,
        "probe_cc": probe_cc,
        "probe_asn": probe_asn,
        "test_name": test_name,
    }
    tag = _tag(request, times, format)
    if unchanged(request, tag):
        return not_modified(tag, times, repository)
    wanted = _wanted(
        repository.facts(times.moment).catalogue,
        times,
        equal,
        {},
        category=category_code,
        since=since,
        until=until,
    )
    axes = [one for one in (axis_x, axis_y) if one]
    with repository.ledger() as ledger:
        rows = counted(
            ledger.store,
            wanted,
            axes,
            grain=_grain(time_grain, wanted.since, wanted.until),
            categories=_categories(repository.facts(times.moment).catalogue),
        )
    if format == "CSV":
        return _csv(request, times, rows, tag, download=download)
    whole: Any = rows if axes else (rows[0] if rows else _NONE)
    return _json(request, times, Aggregated(0, len(axes), whole), tag)


_NONE = dict.fromkeys((*COUNTS, INVENTED_COUNT, "measurement_count"), 0)


@_reads("/api/v1/measurement_meta", "One measurement in short", dict[str, Any])
def measurement_meta(
    request: Request[Any, Any, Any],
    times: Times,
    report_id: FromQuery[str | None] = None,
    measurement_uid: FromQuery[str | None] = None,
    input: FromQuery[str | None] = None,
    full: Annotated[
        bool, QueryParameter(description="Accepted; the raw measurement is not kept here.")
    ] = False,
) -> Response[bytes]:
    """By its uid, or by report and input; an empty object if none is held."""
    if not (report_id or measurement_uid):
        raise ProblemError(400, "name measurement_uid, or report_id and input")
    repository, tag = repository_of(request), _tag(request, times, "json")
    if unchanged(request, tag):
        return not_modified(tag, times, repository)
    equal = {"measurement_uid": measurement_uid, "report_id": report_id, "input": input}
    with repository.ledger() as ledger:
        found, _ = picked(
            ledger.store,
            _wanted(
                repository.facts(times.moment).catalogue,
                times,
                equal,
                {},
                category=None,
                since=None,
                until=None,
            ),
            limit=1,
        )
    if not found:
        return _json(request, times, {}, tag)
    (one,) = found
    row = {k: v for k, v in _row(one, "").items() if k != "measurement_url"}
    row["category_code"] = _categories(repository.facts(times.moment).catalogue).get(one.host or "")
    row["test_start_time"] = row["measurement_start_time"]
    row["probe_asn"] = one.probe_asn
    if full:
        row["raw_measurement"] = ""
    return _json(request, times, row, tag)


@_reads("/api/v1/raw_measurement", "The measurement as received", dict[str, Any])
def raw_measurement(
    request: Request[Any, Any, Any],
    times: Times,
    report_id: FromQuery[str | None] = None,
    measurement_uid: FromQuery[str | None] = None,
    input: FromQuery[str | None] = None,
) -> Response[bytes]:
    """Never held here: bodies and probe addresses are left at the door. /api/v1/verdicts/{uid} has
    the steps."""
    del request, times, input
    if not (report_id or measurement_uid):
        raise ProblemError(400, "name measurement_uid, or report_id and input")
    raise ProblemError(
        404,
        "raw measurements are not kept: bodies and probe addresses are left at the door. /api/v1/verdicts/{uid} has the steps, and OONI has the original",
    )


def _wanted(
    catalogue: Catalogue,
    times: RequestTimes,
    equal: dict[str, str | None],
    flags: dict[str, bool | None],
    category: str | None,
    since: str | None,
    until: str | None,
) -> MeasurementFilter:
    known: dict[str, str | int] = {name: value for name, value in equal.items() if value}
    if "probe_asn" in known:
        known["probe_asn"] = int(str(known["probe_asn"]).upper().removeprefix("AS"))
    if "probe_cc" in known:
        known["probe_cc"] = str(known["probe_cc"]).upper()
    hosts = (
        [h for h, code in _categories(catalogue).items() if code == category] if category else None
    )
    return MeasurementFilter(
        equal=known,
        flags={name: value for name, value in flags.items() if value is not None},
        hosts=hosts,
        since=moments.instant(since, "since") if since else None,
        until=moments.instant(until, "until") if until else None,
        made_by=times.moment.span(ZoneInfo("UTC"))[1] if times.valid_at else None,
        as_of=times.moment.as_of if times.as_of else None,
        recorded_by=times.moment.recorded_by,
    )


def _categories(catalogue: Catalogue) -> dict[str, str]:
    """Citizen Lab's code of each known host."""
    return {
        host: one.category
        for one in catalogue.services.values()
        for host in one.hosts
        if one.category
    }


def _row(one: Picked, base: str) -> dict[str, Any]:
    state = one.state or "insufficient"
    return {
        "measurement_uid": one.uid,
        "report_id": one.report_id or "",
        "input": one.input,
        "measurement_start_time": f"{one.at:%Y-%m-%dT%H:%M:%SZ}" if one.at else None,
        "measurement_url": f"{base}/api/v1/raw_measurement?{urlencode({'measurement_uid': one.uid})}",
        "probe_asn": f"AS{one.probe_asn or 0}",
        "probe_cc": one.probe_cc,
        "test_name": one.test_name,
        "anomaly": state in {"blocked", "likely_blocked", "impaired", "down"},
        "confirmed": state == "blocked",
        "failure": state == "insufficient",
        "scores": {
            "verdict": state,
            "mechanism": one.mechanism,
            "locus": one.locus,
            "rules": list(one.rules),
            "invented": all_invented([one.probe_asn]),
        },
    }


def _grain(asked: str | None, since: datetime | None, until: datetime | None) -> Grain:
    """The size asked for; `auto` by how long the span is, as the original."""
    if asked and asked != "auto":
        return Grain(asked)
    days = (until - since).days if since and until else 0
    if asked and 0 < days <= 1:
        return Grain.HOUR
    return Grain.DAY if days <= 180 or not asked else Grain.MONTH


def _json(
    request: Request[Any, Any, Any], times: RequestTimes, document: Any, tag: str | None = None
) -> Response[bytes]:
    headers = {**_echo(request, times), **({"ETag": tag} if tag else {})}
    return Response(msgspec.json.encode(document), media_type="application/json", headers=headers)


def _csv(
    request: Request[Any, Any, Any],
    times: RequestTimes,
    rows: list[dict[str, Any]],
    tag: str,
    *,
    download: bool,
) -> Response[bytes]:
    out = io.BytesIO()
    write(rows, "csv", out)
    named = {"Content-Disposition": "attachment; filename=aggregation.csv"} if download else {}
    headers = {**_echo(request, times), "ETag": tag, **named}
    return Response(out.getvalue(), media_type=MEDIA["csv"], headers=headers)


def _echo(request: Request[Any, Any, Any], times: RequestTimes) -> dict[str, str]:
    """The three times of the answer. They are in headers, for the shapes are another's."""
    repository = repository_of(request)
    told = times.echo(times.moment.recorded_by or repository.recorded_by())
    names = {name: f"Gatewatch-{name.replace('_', '-').title()}" for name in told}
    return {
        "Cache-Control": caching(times, repository),
        **{names[name]: at for name, at in told.items() if at},
    }


def _tag(request: Request[Any, Any, Any], times: RequestTimes, form: str) -> str:
    repository = repository_of(request)
    return etag(
        repository, request, form, times.echo(times.moment.recorded_by or repository.recorded_by())
    )


ROUTES = (measurements, aggregation, measurement_meta, raw_measurement)
