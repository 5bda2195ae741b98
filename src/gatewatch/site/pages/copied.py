"""Pages that a copy of the site has beside the others: what it is, its search, its queries. A site
that is served has none of them."""

from datetime import datetime
from typing import Any

import msgspec
from litestar import Request, Response, get

from gatewatch.model.message import message
from gatewatch.model.moment import Moment
from gatewatch.query.ledger import Ledger
from gatewatch.query.moments import of_all
from gatewatch.site.caching import repository_of
from gatewatch.site.problem import ProblemError
from gatewatch.site.render import page_reply
from gatewatch.site.settings import CopySettings
from gatewatch.site.times import Times


class CopyPage(msgspec.Struct, frozen=True):
    """What a copy is, and what it was made of."""

    copied: CopySettings
    recorded_by: datetime | None
    """When the newest of what it shows was recorded."""


class QueriesPage(msgspec.Struct, frozen=True):
    """Questions to the data sets of a copy, in SQL."""

    example: str


_EXAMPLE = """\
SELECT jurisdiction, state, count(*) AS cases
FROM catalogue_cases
GROUP BY ALL
ORDER BY cases DESC, jurisdiction, state"""


def _settings(request: Request[Any, Any, Any]) -> CopySettings:
    found = repository_of(request).settings.copied
    assert found is not None
    return found


@get("/copy", include_in_schema=False, sync_to_thread=True)
def copy(request: Request[Any, Any, Any], times: Times) -> Response[bytes]:
    """What this copy is, what it cannot do, how to check it."""
    copied = _settings(request)

    def context(ledger: Ledger) -> CopyPage:
        return CopyPage(copied, of_all(ledger, Moment.parse()).recorded_by)

    return page_reply(request, times, "copy.html", context)


@get("/query", include_in_schema=False, sync_to_thread=True)
def query(request: Request[Any, Any, Any], times: Times) -> Response[bytes]:
    """The data sets asked in SQL, in the browser."""
    if not _settings(request).queries:
        raise ProblemError(404, message("this copy was made without DuckDB-Wasm"))
    return page_reply(request, times, "query.html", lambda _: QueriesPage(_EXAMPLE))


ROUTES = (copy, query)
