"""Official registers: every listing that a name ever met, changes, the registers themselves."""

from typing import Annotated, Any

from litestar import Request, Response
from litestar.params import FromPath, FromQuery, QueryParameter

from gatewatch.model.jurisdiction import Jurisdiction as Place
from gatewatch.query import changes as changed
from gatewatch.query import history as histories
from gatewatch.query import registers as fresh
from gatewatch.query.ledger import Ledger
from gatewatch.query.standings import known_days
from gatewatch.records import registers as rows
from gatewatch.site.api.about import record
from gatewatch.site.api.about import rows as listing_of
from gatewatch.site.api.asked import Jurisdiction, Selector, known_register
from gatewatch.site.caching import repository_of
from gatewatch.site.problem import ProblemError
from gatewatch.site.replies import Form, Limit, PageMark, list_reply, record_reply
from gatewatch.site.times import RequestTimes, Times


@listing_of("/api/v1/listings", "registers", "Every listing that ever met a selector")
def listings(
    request: Request[Any, Any, Any],
    times: Times,
    selector: Selector,
    jurisdiction: Jurisdiction = None,
    limit: Limit = None,
    page: PageMark = None,
    form: Form = None,
) -> Response[bytes]:
    """Oldest first, with the brackets in which each came and went and the snapshots that show
    it."""

    def find(ledger: Ledger, at: RequestTimes) -> list[dict[str, Any]]:
        known = ledger.history_of.registers()
        met = histories.history(
            ledger, selector, at.moment, Place.parse_any(jurisdiction), standing=bool(at.valid_at)
        )
        days = known_days(ledger, known, at.moment)
        return [
            rows.listing_row(str(how), one, known[one.register], known=days) for how, one in met
        ]

    return list_reply(request, times.of_all_days(), find, limit=limit, mark=page, form=form)


@listing_of("/api/v1/changes", "registers", "What registers did")
def changes(
    request: Request[Any, Any, Any],
    times: Times,
    register: FromQuery[str | None] = None,
    jurisdiction: Jurisdiction = None,
    since: Annotated[
        str | None, QueryParameter(description="From this ISO 8601 day or time on; it is included.")
    ] = None,
    until: Annotated[
        str | None,
        QueryParameter(description="Before this ISO 8601 day or time; it is not included."),
    ] = None,
    limit: Limit = None,
    page: PageMark = None,
    form: Form = None,
) -> Response[bytes]:
    """Entries that came, changed and went, newest first, by the time of the snapshot that shows
    it."""

    def find(ledger: Ledger, at: RequestTimes) -> changed.ChangeList:
        if register:
            known_register(ledger, register)
        return changed.ChangeList(
            ledger,
            register,
            at.moment,
            Place.parse_any(jurisdiction),
            since=since,
            until=until,
            standing=bool(at.valid_at),
        )

    known = repository_of(request).registers()
    return list_reply(
        request,
        times.of_all_days(),
        find,
        limit=limit,
        mark=page,
        form=form,
        row=lambda one: rows.event(one, known[one.register]),
    )


@listing_of("/api/v1/registers", "registers", "Registers held, and how fresh they are")
def registers(
    request: Request[Any, Any, Any],
    times: Times,
    jurisdiction: Jurisdiction = None,
    limit: Limit = None,
    page: PageMark = None,
    form: Form = None,
) -> Response[bytes]:
    """How far each reaches, who publishes it under which licence, and since when it is silent."""

    def find(ledger: Ledger, at: RequestTimes) -> list[dict[str, Any]]:
        found = fresh.registers(ledger, at.moment, Place.parse_any(jurisdiction))
        return [rows.freshness(one) for one in found]

    return list_reply(request, times, find, limit=limit, mark=page, form=form)


@record("/api/v1/registers/{register:str}", "registers", "One register")
def register(
    request: Request[Any, Any, Any], times: Times, register: FromPath[str], form: Form = None
) -> Response[bytes]:
    """How fresh it is."""

    def find(ledger: Ledger) -> dict[str, Any]:
        known_register(ledger, register)
        held = fresh.registers(ledger, times.moment)
        for one in held:
            if one.register.id == register:
                return rows.freshness(one)
        raise ProblemError(404, f"nothing of {register} had been published by then")

    return record_reply(request, times, find, form=form)


ROUTES = (
    listings,
    changes,
    registers,
    register,
)
