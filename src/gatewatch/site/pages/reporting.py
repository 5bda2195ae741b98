"""The form for reports, and what may be shown of those sent."""

import asyncio
from typing import Any

import msgspec
from litestar import Request, Response, get, post
from litestar.params import FromQuery

from gatewatch.errors import UsageError
from gatewatch.ledger.selection import Axis, MeasurementFilter, counted
from gatewatch.model.jurisdiction import CODES
from gatewatch.model.message import Message, message
from gatewatch.model.report import What
from gatewatch.model.service import Service
from gatewatch.query.invented import invented
from gatewatch.query.ledger import Ledger
from gatewatch.records.registers import reported
from gatewatch.site import challenge as challenges
from gatewatch.site.api.reports import SentReport, reported_of, take
from gatewatch.site.caching import repository_of
from gatewatch.site.problem import ProblemError
from gatewatch.site.render import HTML, html, lang_of, noticed
from gatewatch.site.times import RequestTimes, Times
from gatewatch.words import country

_MOST = 8192
_LONGEST = 300
_MOST_OFFERED = 40
_MOST_SHOWN = 60


@get("/report", include_in_schema=False)
async def form(
    request: Request[Any, Any, Any],
    times: Times,
    service: FromQuery[str] = "",
    jurisdiction: FromQuery[str] = "",
) -> Response[bytes]:
    """A form whose challenge is its own."""
    given = {"service": service, "jurisdiction": jurisdiction.upper()}
    return await asyncio.to_thread(_page, request, times, given, done=False)


@post("/report", include_in_schema=False, status_code=200, request_max_body_size=_MOST)
async def send(request: Request[Any, Any, Any], times: Times) -> Response[bytes]:
    """What the form sends."""
    given = {key: str(value).strip() for key, value in (await request.form()).items()}
    network = given.get("network", "").upper().removeprefix("AS")
    try:
        sent = msgspec.convert(
            {
                **given,
                "network": int(network) if network else None,
                "answer": given.get("answer", ""),
                "region": given.get("region") or None,
            },
            SentReport,
        )
    except (msgspec.ValidationError, ValueError) as fault:
        raise ProblemError(400, _amiss(fault)) from fault
    await take(request, sent)
    given["service"] = reported_of(repository_of(request), sent.service)
    return await asyncio.to_thread(_page, request, times, given, done=True)


class ReportPage(msgspec.Struct, frozen=True, kw_only=True):
    """The form, and what may be shown of reports that were sent."""

    done: bool
    given: dict[str, str]
    """What was filled in."""
    subject: str
    """What is reported: a service's name, or the domain of a site."""
    service: Service | None
    challenge: str
    bits: int
    services: list[Service]
    places: list[tuple[str, str]]
    """Codes with names, by name."""
    whats: list[str]
    networks: list[str]
    shown: list[dict[str, Any]]
    """Days with at least five reporters."""


def _page(
    request: Request[Any, Any, Any], times: RequestTimes, given: dict[str, str], *, done: bool
) -> Response[bytes]:
    repository, lang = repository_of(request), lang_of(request)
    service, code = given.get("service", "")[:_LONGEST], given.get("jurisdiction", "").upper()
    try:
        known: Service | None = repository.catalogue.service(service)
    except UsageError:
        known = None
    filed = known.id if known else service

    def find(ledger: Ledger) -> list[dict[str, Any]]:
        every = (row for key, one in ledger.reports().items() for row in reported(key, one))
        return [row for row in every if row["kind"] == "day"]

    rows = [row for row in repository.remember("reported", find) if filed in {"", row["service"]}]
    page = ReportPage(
        done=done,
        given={"jurisdiction": code, "what": given.get("what", "")},
        subject=known.name if known else service,
        service=known,
        challenge=challenges.make(repository.key),
        bits=challenges.BITS,
        services=sorted(repository.catalogue.services.values(), key=lambda s: s.name.casefold()),
        places=sorted(((c, country(c, lang)) for c in CODES), key=lambda p: p[1]),
        whats=[str(one) for one in What],
        networks=repository.remember(("networks", code), lambda ledger: _networks(ledger, code)),
        shown=rows[:_MOST_SHOWN],
    )
    echo = times.echo(repository.recorded_by())
    body = html(
        request,
        "report.html",
        times,
        echo,
        context=page,
        robots="noindex",
        invented=repository.remember("invented", invented),
    )
    body = noticed(request, times, body)
    return Response(body, media_type=HTML, headers={"Cache-Control": "no-store"})


_LABELS = {
    "service": message("Service, or the address of a site"),
    "jurisdiction": message("Country or region"),
    "what": message("What happens"),
    "region": message("Region, its code by ISO 3166-2 (optional)"),
}
"""What the form calls its fields, for the one that is filled in wrongly."""
_NETWORK = message("Your network, the number of its autonomous system (optional)")


def _amiss(fault: Exception) -> Message:
    """Which field is not filled in rightly. A network that is no number names none."""
    told = str(fault)
    named = (
        label for name, label in _LABELS.items() if f"`{name}`" in told or f"`$.{name}`" in told
    )
    return message("the form is not filled in rightly: {field}", field=next(named, _NETWORK))


def _networks(ledger: Ledger, code: str) -> list[str]:
    """Networks that were measured there, the most measured first: to choose from, never guessed
    from an address."""
    wanted = MeasurementFilter(equal={"probe_cc": code} if code else {})
    found = counted(ledger.store, wanted, [Axis.NETWORK])
    return [
        row["probe_asn"]
        for row in sorted(found, key=lambda row: -row["measurement_count"])
        if row["probe_asn"]
    ][:_MOST_OFFERED]


ROUTES = (form, send)
