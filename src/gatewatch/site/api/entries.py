"""Entries of registers: those that stand, how many of each kind, every version of one."""

from pathlib import Path
from typing import Annotated, Any

from litestar import Request, Response
from litestar.di import NamedDependency
from litestar.params import FromPath, QueryParameter, SkipValidation

from gatewatch.query import history as histories
from gatewatch.query import registers as fresh
from gatewatch.query.entries import Entries as EntriesFound
from gatewatch.query.entries import Sought
from gatewatch.query.entries import entries as search_entries
from gatewatch.query.ledger import Ledger
from gatewatch.query.standings import known_days
from gatewatch.records import registers as rows
from gatewatch.site.api.about import record
from gatewatch.site.api.about import rows as listing_of
from gatewatch.site.api.asked import (
    DecidedBy,
    DecidedOn,
    DecisionNumber,
    covered_times,
    known_register,
)
from gatewatch.site.caching import repository_of
from gatewatch.site.parameters import rest_of_path
from gatewatch.site.problem import ProblemError
from gatewatch.site.replies import Form, Limit, PageMark, list_reply, record_reply
from gatewatch.site.times import RequestTimes, Times


def entries_sought(
    decided_by: DecidedBy = None,
    number: DecisionNumber = None,
    decided: DecidedOn = None,
    ground: Annotated[
        str | None, QueryParameter(description="The ground as published.", max_length=500)
    ] = None,
    measure: Annotated[
        str | None,
        QueryParameter(description="What is prescribed: url, domain, ip.", max_length=50),
    ] = None,
    suffix: Annotated[
        str | None, QueryParameter(description="A domain and all names under it.", max_length=300)
    ] = None,
    network: Annotated[
        str | None, QueryParameter(description="Addresses in it, as 192.0.2.0/24.", max_length=60)
    ] = None,
    text: Annotated[
        str | None,
        QueryParameter(
            description="A part of a host, an attribute or unread text.", max_length=500
        ),
    ] = None,
) -> Sought:
    """What entries are sought by. An empty field of a form is one that was left out."""
    return Sought(
        body=decided_by or None,
        number=number or None,
        decided=decided or None,
        ground=ground or None,
        block_type=measure or None,
        suffix=suffix or None,
        network=network or None,
        text=text or None,
    )


EntriesSought = NamedDependency[SkipValidation[Sought]]
"""What handlers of entries take as `sought`."""


@listing_of("/api/v1/registers/{register:str}/entries", "registers", "Entries that stand, or may")
def entries(
    request: Request[Any, Any, Any],
    times: Times,
    register: FromPath[str],
    sought: EntriesSought,
    limit: Limit = None,
    page: PageMark = None,
    form: Form = None,
) -> Response[bytes]:
    """By decision, ground, measure, suffix, network and text; by their names. Without `valid_at`
    those of the last day that the register reaches, which `metadata` names."""

    def find(ledger: Ledger, at: RequestTimes) -> EntriesFound:
        known_register(ledger, register)
        return search_entries(ledger, register, sought, at.moment)

    known = repository_of(request).registers()
    return list_reply(
        request,
        covered_times(request, times, register),
        find,
        limit=limit,
        mark=page,
        form=form,
        row=lambda one: rows.entry_found(one, known[register]),
    )


@record("/api/v1/registers/{register:str}/counts", "registers", "Entries by body, ground and year")
def counts(
    request: Request[Any, Any, Any],
    times: Times,
    register: FromPath[str],
    sought: EntriesSought,
    form: Form = None,
) -> Response[bytes]:
    """How many entries stand of each, among those sought; without `valid_at` on the last day that
    the register reaches, which `metadata` names."""
    times = covered_times(request, times, register)

    def find(ledger: Ledger) -> dict[str, Any]:
        return rows.counted(search_entries(ledger, register, sought, times.moment), register)

    return record_reply(request, times, find, form=form)


@listing_of("/api/v1/entries/{register:str}/{entry:path}", "registers", "Every version of an entry")
def entry(
    request: Request[Any, Any, Any],
    times: Times,
    register: FromPath[str],
    entry: FromPath[Path],
    limit: Limit = None,
    page: PageMark = None,
    form: Form = None,
) -> Response[bytes]:
    """Oldest first. With `valid_at`, those alone that stood then or may have (`on_day`)."""
    del entry
    name = rest_of_path(request, f"/api/v1/entries/{register}/")

    def find(ledger: Ledger, at: RequestTimes) -> list[dict[str, Any]]:
        known = known_register(ledger, register)
        found = histories.entry(ledger, register, name, at.moment, standing=bool(at.valid_at))
        if not found:
            raise ProblemError(404, f"{register} never held an entry {name!r} by then")
        states = fresh.by_id(ledger, register)
        days = known_days(ledger, {register: known}, at.moment)
        told = [rows.version(one, known, states=states, known=days) for one in found]
        stood = histories.on_the_day(ledger, register, found, at.moment)
        return [
            {**row, "on_day": then if at.valid_at else None}
            for row, then in zip(told, stood, strict=True)
        ]

    return list_reply(request, times.of_all_days(), find, limit=limit, mark=page, form=form)


ROUTES = (
    entries,
    counts,
    entry,
)
