"""Decisions, and how far a register is enforced."""

from typing import Annotated, Any

from litestar import Request, Response
from litestar.params import FromPath, QueryParameter

from gatewatch.errors import UsageError
from gatewatch.query.enforcement import MOST_MONTHS, enforcement
from gatewatch.query.ledger import Ledger
from gatewatch.query.orders import Order, order
from gatewatch.records import orders as rows_of
from gatewatch.site.api.about import record, rows
from gatewatch.site.api.registers import known_register
from gatewatch.site.problem import ProblemError
from gatewatch.site.replies import Form, Limit, PageMark, list_reply, record_reply
from gatewatch.site.times import RequestTimes, Times

Number = Annotated[
    str,
    QueryParameter(description="The decision's number, as the register writes it.", max_length=300),
]
Body = Annotated[
    str | None,
    QueryParameter(
        name="body",
        description="Who took it, where several took one of that number.",
        max_length=500,
    ),
]
Months = Annotated[int, QueryParameter(ge=1, le=MOST_MONTHS, description="How many months.")]


@record("/api/v1/registers/{register:str}/order", "registers", "A decision, and who follows it")
def one(
    request: Request[Any, Any, Any],
    times: Times,
    register: FromPath[str],
    number: Number,
    decider: Body = None,
    form: Form = None,
) -> Response[bytes]:
    """Who took it, when, under which law; all it put on the list over time; entries by networks:
    followed since a bracket, not followed, not enough measurements."""

    def find(ledger: Ledger) -> dict[str, Any]:
        return rows_of.order(found_order(ledger, register, number, decider, times=times))

    return record_reply(request, times, find, form=form)


def found_order(
    ledger: Ledger, register: str, number: str, body: str | None, times: RequestTimes
) -> Order:
    """A decision; a problem of status 404 where there is none."""
    known_register(ledger, register)
    try:
        return order(ledger, register, number, body, moment=times.moment)
    except UsageError as fault:
        raise ProblemError(404, str(fault)) from fault


@rows(
    "/api/v1/registers/{register:str}/enforcement",
    "registers",
    "How far a register is enforced, by month",
)
def index(
    request: Request[Any, Any, Any],
    times: Times,
    register: FromPath[str],
    months: Months = 12,
    limit: Limit = 100,
    page: PageMark = None,
    form: Form = None,
) -> Response[bytes]:
    """Share enforced, unlisted blocks, days from delisting to access, each with its interval and
    the number of networks behind it. Names that were measured within a week count."""

    def find(ledger: Ledger, at: RequestTimes) -> list[dict[str, Any]]:
        known_register(ledger, register)
        return [rows_of.month(each) for each in enforcement(ledger, register, at.moment, months)]

    return list_reply(request, times, find, limit=limit, mark=page, form=form)


ROUTES = (one, index)
