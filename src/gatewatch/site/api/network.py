"""What the network did: verdicts, episodes, registers beside the network, countries side by
side."""

from collections.abc import Sequence
from typing import Annotated, Any

import msgspec
from litestar import Request, Response
from litestar.params import FromPath, FromQuery, QueryParameter

from gatewatch.cases.compare import compare
from gatewatch.errors import UsageError
from gatewatch.ledger.selection import PickedRows
from gatewatch.model.episode import Silence
from gatewatch.model.jurisdiction import Jurisdiction as Place
from gatewatch.model.message import message
from gatewatch.model.moment import Moment
from gatewatch.model.states import Agreement
from gatewatch.model.verdict import VerdictState
from gatewatch.query import episodes, targets, verdicts
from gatewatch.query import reconciliation as reconcile
from gatewatch.query.ledger import Ledger
from gatewatch.query.moments import of_all
from gatewatch.records import comparison
from gatewatch.records import episodes as episode_records
from gatewatch.records import reconciliation as reconciliation_records
from gatewatch.records import verdicts as verdict_records
from gatewatch.site.api.about import record, rows
from gatewatch.site.api.asked import Jurisdiction
from gatewatch.site.caching import repository_of
from gatewatch.site.problem import ProblemError
from gatewatch.site.replies import (
    TABLES,
    Form,
    Limit,
    PageMark,
    form_of,
    list_reply,
    record_reply,
)
from gatewatch.site.subjects import every_case
from gatewatch.site.times import RequestTimes, Times

Target = Annotated[
    str | None,
    QueryParameter(description="A host, or a service by any of its names.", max_length=8192),
]

OneNetwork = Annotated[
    str | None,
    QueryParameter(
        description="One network alone, as AS12389.", pattern=r"^(?:AS)?[0-9]{1,10}$(?!\n)"
    ),
]


@rows("/api/v1/episodes", "network", "Since when and until when targets were blocked")
def all_episodes(
    request: Request[Any, Any, Any],
    times: Times,
    target: Target = None,
    jurisdiction: Jurisdiction = None,
    by_service: Annotated[
        bool, QueryParameter(description="The hosts of a service as one series.")
    ] = False,
    ongoing: Annotated[
        bool, QueryParameter(description="Only those that go on, by measurements of the last week.")
    ] = False,
    everywhere: Annotated[
        bool,
        QueryParameter(
            description="Only what began in most countries at once: no restriction of any."
        ),
    ] = False,
    limit: Limit = None,
    page: PageMark = None,
    form: Form = None,
) -> Response[bytes]:
    """Onset and end as intervals, networks as counts, the measurements they rest on as a number.
    What began everywhere at once stands at the end, with the `scope` global and its countries.
    With `valid_at`, those alone that lasted then or may have."""
    repository = repository_of(request)

    def find(ledger: Ledger, at: RequestTimes) -> Sequence[Any]:
        asked = targets.of(
            ledger, repository.facts(times.moment).catalogue, target, by_service=by_service
        )
        record = _record(ledger, at, asked, jurisdiction)
        told = record.everywhere if everywhere else record.told
        return [one for one in of_the_day(told, at) if one.ongoing or not ongoing]

    return list_reply(
        request,
        times.of_all_days(),
        find,
        limit=limit,
        mark=page,
        form=form,
        row=episode_records.row,
    )


@rows("/api/v1/silences", "network", "Where measurements stopped that were there as a rule")
def silences(
    request: Request[Any, Any, Any],
    times: Times,
    target: Target = None,
    jurisdiction: Jurisdiction = None,
    limit: Limit = None,
    page: PageMark = None,
    form: Form = None,
) -> Response[bytes]:
    """Neither a block nor its absence. With `valid_at`, those alone that hold that time."""
    repository = repository_of(request)

    def find(ledger: Ledger, at: RequestTimes) -> Sequence[Silence]:
        record = _record(
            ledger,
            at,
            targets.of(ledger, repository.facts(times.moment).catalogue, target),
            jurisdiction,
        )
        return of_the_day(record.silences, at)

    return list_reply(
        request,
        times.of_all_days(),
        find,
        limit=limit,
        mark=page,
        form=form,
        row=episode_records.silence_row,
    )


@rows("/api/v1/verdicts", "network", "What was concluded from measurements")
def all_verdicts(
    request: Request[Any, Any, Any],
    times: Times,
    target: Target = None,
    jurisdiction: Jurisdiction = None,
    network: OneNetwork = None,
    verdict: Annotated[
        VerdictState | None, QueryParameter(description="Only measurements judged so.")
    ] = None,
    since: Annotated[
        str | None,
        QueryParameter(
            description="Made from this ISO 8601 day or time on, in UTC; it is included."
        ),
    ] = None,
    until: Annotated[
        str | None,
        QueryParameter(description="Made before this ISO 8601 day or time; it is not included."),
    ] = None,
    sort: Annotated[
        verdicts.MeasurementOrder, QueryParameter(description="What comes first.")
    ] = verdicts.MeasurementOrder.NEWEST,
    limit: Limit = None,
    page: PageMark = None,
    form: Form = None,
) -> Response[bytes]:
    """The verdict that counts for each measurement; at most 100,000."""
    repository = repository_of(request)
    wanted = verdicts.MeasurementSearch(
        target=target,
        jurisdiction=Place.parse(jurisdiction) if jurisdiction else None,
        network=verdicts.network_number(network) if network else None,
        state=verdict,
        since=since or None,
        until=until or None,
        order=sort,
    )

    def find(ledger: Ledger, at: RequestTimes) -> PickedRows:
        catalogue = repository.facts(times.moment).catalogue
        return verdicts.listed(ledger, catalogue, wanted, at.moment, most=100_000)

    return list_reply(
        request, times, find, limit=limit, mark=page, form=form, row=verdict_records.picked_row
    )


@record("/api/v1/verdicts/{uid:str}", "network", "One measurement, taken apart")
def verdict(
    request: Request[Any, Any, Any], times: Times, uid: FromPath[str], form: Form = None
) -> Response[bytes]:
    """Its steps beside their controls, the verdict, the rule that made it."""

    def find(ledger: Ledger) -> dict[str, Any]:
        return verdict_records.row(explained(ledger, uid, times.moment))

    return record_reply(request, times, find, form=form)


def explained(ledger: Ledger, uid: str, moment: Moment) -> verdicts.Explained:
    """A measurement by its uid, as it was judged at a moment; 404 if none was called so by then."""
    try:
        return verdicts.of_uid(ledger, uid, moment)
    except UsageError as fault:
        raise ProblemError(
            404,
            message(
                "no measurement '{uid}' is held here that had been made and published by then",
                uid=uid,
            ),
        ) from fault


@rows("/api/v1/reconcile", "network", "Does the network agree with the register?")
def reconciled(
    request: Request[Any, Any, Any],
    times: Times,
    jurisdiction: Annotated[
        str, QueryParameter(description="ISO 3166-1 alpha-2.", min_length=2, max_length=2)
    ],
    target: Target = None,
    standing: Annotated[
        Agreement | None, QueryParameter(name="state", description="Only targets in this state.")
    ] = None,
    network: OneNetwork = None,
    by_service: FromQuery[bool] = False,
    limit: Limit = None,
    page: PageMark = None,
    form: Form = None,
) -> Response[bytes]:
    """Every selector that is listed or measured: listed_blocked, listed_reachable,
    unlisted_blocked, ... Without `valid_at` of the last time that registers and measurements both
    reach, which `metadata` names; `metadata.unreached` names registers that do not reach it."""
    repository = repository_of(request)
    code = Place.parse(jurisdiction).code
    asn = int(network.removeprefix("AS")) if network else None

    def find(ledger: Ledger, at: RequestTimes) -> reconcile.ReconciledList:
        told = reconcile.report(
            ledger,
            code,
            targets=targets.of(
                ledger, repository.facts(times.moment).catalogue, target, by_service=by_service
            ),
            network=asn,
            valid_at=at.moment.valid_at,
            as_of=at.moment.as_of,
            recorded_by=at.recorded_by,
        )
        return reconcile.ReconciledList(ledger, told, state=standing)

    def row(one: reconcile.Reconciled) -> dict[str, Any]:
        made = reconciliation_records.row(one)
        return reconciliation_records.table_row(made) if tabular else made

    tabular = form_of(request, form) in TABLES
    if not times.valid_at and not page:  # else it is of the time asked for, or of the first page's
        question = ("covered", code, times.moment.as_of, times.moment.recorded_by)
        told_of = repository.remember(
            question,
            lambda ledger: reconcile.last_covered(ledger, code, of_all(ledger, times.moment)),
        )
        moment = msgspec.structs.replace(times.moment, valid_at=told_of.valid_at)
        times = msgspec.structs.replace(times, moment=moment)
    return list_reply(
        request,
        times,
        find,
        limit=limit,
        mark=page,
        form=form,
        row=row,
    )


@rows("/api/v1/compare", "network", "Countries side by side")
def compared(
    request: Request[Any, Any, Any],
    times: Times,
    jurisdiction: Annotated[
        list[str], QueryParameter(description="Two or more, each as a parameter of its own.")
    ],
    limit: Limit = None,
    page: PageMark = None,
    form: Form = None,
) -> Response[bytes]:
    """Which services each restricts, since when, on which ground; what probes saw."""
    repository = repository_of(request)
    codes = list(dict.fromkeys(Place.parse(code).code for code in jurisdiction))
    if not 2 <= len(codes) <= 12 or any(len(code) != 2 or not code.isalpha() for code in codes):
        raise ProblemError(400, "name two to twelve jurisdictions: jurisdiction=RU&jurisdiction=CN")

    def find(ledger: Ledger, at: RequestTimes) -> list[dict[str, Any]]:
        return comparison.records(compare(every_case(repository, ledger, at), codes))

    return list_reply(request, times, find, limit=limit, mark=page, form=form)


def of_the_day(found: Sequence[episodes.Lasting], at: RequestTimes) -> Sequence[episodes.Lasting]:
    """Those that lasted at the time asked about, or may have; all where none was named."""
    return episodes.lasting(found, at.moment) if at.valid_at else found


def _record(
    ledger: Ledger, at: RequestTimes, asked: targets.Targets, jurisdiction: str | None
) -> episodes.Record:
    moment = of_all(ledger, Moment.parse(None, at.moment.as_of, at.recorded_by))
    return episodes.Record(ledger, moment, asked, _upper(jurisdiction))


def _upper(code: str | None) -> str | None:
    return Place.parse(code).code if code else None


ROUTES = (all_episodes, silences, all_verdicts, verdict, reconciled, compared)
