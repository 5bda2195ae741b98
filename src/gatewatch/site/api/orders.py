"""Decisions, and how far a register is enforced."""

from typing import Annotated, Any

from litestar import Request, Response
from litestar.di import NamedDependency
from litestar.params import FromPath, QueryParameter, SkipValidation

from gatewatch.errors import UsageError
from gatewatch.ledger.decisions import DecisionSort
from gatewatch.model.message import message
from gatewatch.query.decisions import DecisionSearch, FoundDecisions
from gatewatch.query.decisions import decisions as search_decisions
from gatewatch.query.enforcement import MOST_MONTHS, enforcement
from gatewatch.query.ledger import Ledger
from gatewatch.query.orders import Order, order
from gatewatch.records import orders as rows_of
from gatewatch.site.api.about import record, rows
from gatewatch.site.api.asked import (
    DecidedBy,
    DecidedOn,
    DecisionNumber,
    covered_times,
    known_register,
)
from gatewatch.site.caching import repository_of
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
    """Who took it, when, under which law; all it ever named over time, told apart by
    whether it brought it or took over what was listed before; entries by networks:
    followed since a bracket, not followed, not enough measurements. Without `valid_at` on the last
    day that the register reaches, which `metadata` names."""
    times = covered_times(request, times, register)

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
        raise ProblemError(404, fault) from fault


def decisions_sought(
    decided_by: DecidedBy = None,
    number: DecisionNumber = None,
    decided: DecidedOn = None,
    sort: Annotated[
        str | None,
        QueryParameter(
            description="What comes first: `day`, the newest (the default), or `size`, the largest."
        ),
    ] = None,
) -> DecisionSearch:
    """What decisions are sought by. An empty field of a form is one that was left out."""
    if sort and sort not in set(DecisionSort):
        raise ProblemError(
            400, message("{name} is one of {known}", name="sort", known=", ".join(DecisionSort))
        )
    return DecisionSearch(
        body=decided_by or None,
        number=number or None,
        decided=decided or None,
        sort=DecisionSort(sort) if sort else None,
    )


DecisionsSought = NamedDependency[SkipValidation[DecisionSearch]]
"""What handlers of decisions take as `decisions`."""


@rows("/api/v1/registers/{register:str}/orders", "registers", "Every decision of a register")
def all_of(
    request: Request[Any, Any, Any],
    times: Times,
    register: FromPath[str],
    decisions: DecisionsSought,
    limit: Limit = None,
    page: PageMark = None,
    form: Form = None,
) -> Response[bytes]:
    """Each once, the newest first (where none tells its day, by the day it was first seen): how
    many entries it ever had, how many of them are listed under it on the day or not surely off the
    list, and how many are, but under another decision by then or none; without `valid_at` on the
    last day that the register reaches, which `metadata` names."""

    def find(ledger: Ledger, at: RequestTimes) -> FoundDecisions:
        known_register(ledger, register)
        return search_decisions(ledger, register, decisions, at.moment)

    known = repository_of(request).registers()
    return list_reply(
        request,
        covered_times(request, times, register),
        find,
        limit=limit,
        mark=page,
        form=form,
        row=lambda one: rows_of.listed(one, known[register]),
    )


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
    limit: Limit = None,
    page: PageMark = None,
    form: Form = None,
) -> Response[bytes]:
    """Share enforced, unlisted blocks, days from delisting to access, each with its interval and
    the number of networks behind it. Names that were measured within a week count."""

    def find(ledger: Ledger, at: RequestTimes) -> list[dict[str, Any]]:
        known_register(ledger, register)
        return [rows_of.month(each) for each in enforcement(ledger, register, at.moment, months)]

    return list_reply(request, times, find, limit=limit, mark=page, form=form)


ROUTES = (one, all_of, index)
