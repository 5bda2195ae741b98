"""Reports of users: send one, and what may be shown of them."""

import secrets
from datetime import UTC, datetime
from typing import Annotated, Any

import msgspec
from litestar import Request, Response, get, post
from litestar.concurrency import sync_to_thread
from litestar.openapi.datastructures import ResponseSpec
from litestar.params import HeaderParameter, JSONBody

from gatewatch.errors import UsageError
from gatewatch.model.jurisdiction import CODES
from gatewatch.model.jurisdiction import Jurisdiction as Place
from gatewatch.model.message import message
from gatewatch.model.report import What
from gatewatch.query import reports as user_reports
from gatewatch.query.ledger import Ledger
from gatewatch.records.registers import reported
from gatewatch.site import challenge as challenges
from gatewatch.site.api.about import PROBLEMS, rows
from gatewatch.site.api.asked import Jurisdiction
from gatewatch.site.api.facts import ServiceName
from gatewatch.site.caching import repository_of
from gatewatch.site.problem import Problem, ProblemError
from gatewatch.site.replies import Form, Limit, PageMark, list_reply
from gatewatch.site.repository import Repository
from gatewatch.site.times import RequestTimes, Times
from gatewatch.site.writing import bearer, writing

_REFUSED = {
    401: ResponseSpec(
        Problem,
        description="An unknown token",
        generate_examples=False,
        media_type="application/problem+json",
    ),
    403: ResponseSpec(
        Problem,
        description="From another site, or reports are not taken here",
        generate_examples=False,
        media_type="application/problem+json",
    ),
    408: ResponseSpec(
        Problem,
        description="The rest did not come",
        generate_examples=False,
        media_type="application/problem+json",
    ),
    413: ResponseSpec(
        Problem,
        description="Too large",
        generate_examples=False,
        media_type="application/problem+json",
    ),
}


class SentReport(msgspec.Struct, frozen=True, kw_only=True):
    """A report as it is sent. `challenge` from /api/v1/reports/challenge; `answer` a number that,
    after it, hashes to so many zero bits; without one the challenge has to be fifteen seconds old.
    With a token neither is needed, and `reporter` tells the people apart for whom it is sent; it is
    kept as a hash for the day."""

    service: Annotated[str, msgspec.Meta(min_length=1, max_length=300)]
    jurisdiction: Annotated[str, msgspec.Meta(pattern=r"^[A-Za-z]{2}$(?!\n)")]
    what: What
    challenge: Annotated[str, msgspec.Meta(max_length=200)] = ""
    answer: Annotated[str, msgspec.Meta(max_length=20)] = ""
    reporter: Annotated[str, msgspec.Meta(max_length=64)] = ""
    network: Annotated[int, msgspec.Meta(ge=1, le=4294967295)] | None = None
    region: Annotated[str, msgspec.Meta(pattern=r"^[A-Za-z]{2}-[A-Za-z0-9]{1,3}$(?!\n)")] | None = (
        None
    )
    """ISO 3166-2, as RU-MOW."""


class Taken(msgspec.Struct, frozen=True):
    """Kept: it would survive a crash from now on."""

    id: str


class Challenge(msgspec.Struct, frozen=True):
    """What has to be solved, and how many leading zero bits SHA-256 of it and the answer must
    have."""

    challenge: str
    bits: int
    wait_seconds: int


@get(
    "/api/v1/reports/challenge",
    tags=["reports"],
    summary="A challenge for a report",
    sync_to_thread=False,
)
def challenge(request: Request[Any, Any, Any]) -> Challenge:
    """Good for an hour and for one report."""
    return Challenge(challenges.make(repository_of(request).key), challenges.BITS, challenges.WAIT)


@post(
    "/api/v1/reports",
    tags=["reports"],
    summary="Report that a service cannot be used",
    status_code=201,
    responses={
        201: ResponseSpec(Taken, description="Kept", generate_examples=False),
        **PROBLEMS,
        **_REFUSED,
    },
)
async def report(
    request: Request[Any, Any, Any],
    data: JSONBody[SentReport],
    idempotency_key: Annotated[
        str | None,
        HeaderParameter(
            name="Idempotency-Key",
            max_length=64,
            pattern=r"^[A-Za-z0-9_-]{8,64}$(?!\n)",
            description="SentReport again with the same key, a report is taken once.",
        ),
    ] = None,
) -> Taken:
    """No address is kept. The reply comes when the report would survive a crash."""
    return Taken(await take(request, data, idempotency_key))


async def take(request: Request[Any, Any, Any], sent: SentReport, key: str | None = None) -> str:
    """Check a report and keep it; its id."""
    own_site(request)
    accept, partner = writing(request).accept, bearer(request, "reports")
    repository = repository_of(request)
    service = reported_of(repository, sent.service)
    spent, until, who = (
        _trusted(partner, sent)
        if partner
        else (
            sent.challenge,
            challenges.redeem(sent.challenge, sent.answer, repository.key),
            str(request.scope.get("client_name", "")),
        )
    )
    code = sent.jurisdiction.upper()
    if not known_place(code):
        raise ProblemError(
            400, message("{code} is no ISO 3166-1 code of a country or region", code=code)
        )
    try:
        return str(
            await sync_to_thread(
                accept,
                service=service,
                jurisdiction=code,
                network=sent.network,
                region=_region(sent.region, code),
                what=str(sent.what),
                address=who,
                challenge=spent,
                until=until,
                key=key,
            )
        )
    except UsageError as fault:
        raise ProblemError(429, fault, {"Retry-After": "3600"}) from fault


def _trusted(partner: str, sent: SentReport) -> tuple[str, datetime, str]:
    """What stands for the challenge and the address of a report that a partner hands on."""
    if not sent.reporter:
        raise ProblemError(
            400,
            message("with a token, reporter tells the people apart for whom you send: name one"),
        )
    return secrets.token_hex(16), datetime.now(UTC), f"{partner} {sent.reporter}"


def reported_of(repository: Repository, text: str) -> str:
    """What a report is filed under; 404 for what is no service and no address of a site."""
    try:
        return user_reports.subject_of(repository.catalogue, text.strip())
    except UsageError as fault:
        raise ProblemError(404, fault) from fault


def _region(text: str | None, code: str) -> str | None:
    region = text.upper() if text else None
    if region and not region.startswith(f"{code}-"):
        raise ProblemError(
            400,
            message(
                "{region} is no region of {code}: write ISO 3166-2, as RU-MOW",
                region=region or "",
                code=code,
            ),
        )
    return region


def known_place(code: str) -> bool:
    """Whether a code is one of a country or region."""
    return code in CODES


def own_site(request: Request[Any, Any, Any]) -> None:
    """Refuse what a page of another site sends."""
    site, origin = request.headers.get("sec-fetch-site"), request.headers.get("origin")
    foreign = site not in {None, "same-origin", "none"}
    if origin and origin.partition("://")[2] != request.headers.get("host"):
        foreign = True
    if foreign:
        raise ProblemError(403, message("forms of this site are taken from its own pages alone"))


@rows("/api/v1/reports", "reports", "Days with reports, and surges")
def reports(
    request: Request[Any, Any, Any],
    times: Times,
    service: ServiceName = None,
    jurisdiction: Jurisdiction = None,
    limit: Limit = None,
    page: PageMark = None,
    form: Form = None,
) -> Response[bytes]:
    """A day shows from five distinct reporters on. A surge is a signal, never an episode.
    With `valid_at`, those alone that lie then."""
    wanted = reported_of(repository_of(request), service) if service else None
    place = Place.parse_any(jurisdiction)

    def find(ledger: Ledger, at: RequestTimes) -> list[dict[str, Any]]:
        found = user_reports.reported(
            ledger,
            at.moment,
            service=wanted,
            jurisdiction=place,
            standing=bool(at.valid_at),
        )
        return [row for key, one in found.items() for row in reported(key, one)]

    return list_reply(request, times.of_all_days(), find, limit=limit, mark=page, form=form)


ROUTES = (challenge, report, reports)
