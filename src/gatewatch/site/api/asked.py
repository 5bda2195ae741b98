"""What requests about registers name: a jurisdiction, a selector, a register that is held."""

from typing import Annotated, Any

import msgspec
from litestar import Request
from litestar.params import QueryParameter

from gatewatch.model.message import message
from gatewatch.model.moment import Moment
from gatewatch.model.register import Register
from gatewatch.query import registers as fresh
from gatewatch.query.ledger import Ledger
from gatewatch.site.caching import repository_of
from gatewatch.site.problem import ProblemError
from gatewatch.site.times import RequestTimes

LONGEST = 8192
"""Characters of a selector."""
Jurisdiction = Annotated[
    str | None,
    QueryParameter(description="ISO 3166-1 alpha-2, as RU or UA.", max_length=2, min_length=2),
]
Selector = Annotated[
    str,
    QueryParameter(
        description="A domain, mask, URL, address or network.", max_length=LONGEST, examples=[]
    ),
]
DecidedBy = Annotated[
    str | None,
    QueryParameter(name="body", description="A part of the deciding body's name.", max_length=500),
]
DecisionNumber = Annotated[
    str | None, QueryParameter(description="A part of the decision's number.", max_length=500)
]
DecidedOn = Annotated[
    str | None, QueryParameter(description="2024, 2024-03 or a day.", max_length=10)
]


def covered_times(
    request: Request[Any, Any, Any], times: RequestTimes, register: str
) -> RequestTimes:
    """The times of which a list of a register tells: where no day is asked for, its last."""

    def find(ledger: Ledger) -> Moment:
        known_register(ledger, register)
        return fresh.covered(ledger, register, times.moment)[0]

    moment = repository_of(request).remember(("covered", register, times.moment), find)
    return msgspec.structs.replace(times, moment=moment)


def known_register(ledger: Ledger, name: str) -> Register:
    """The declaration of a register that is held; a problem of status 404 for any other."""
    known = ledger.history_of.registers()
    if name not in known:
        raise ProblemError(
            404,
            message("no register '{name}' is held here", name=name),
            hint="/api/v1/registers lists those that are",
        )
    return known[name]
