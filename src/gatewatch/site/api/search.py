"""Search over everything that is held, as data."""

from typing import Annotated, Any

from litestar import Request, Response
from litestar.params import QueryParameter

from gatewatch.query.ledger import Ledger
from gatewatch.query.search import search
from gatewatch.records import search as search_records
from gatewatch.site.api.about import rows
from gatewatch.site.caching import repository_of
from gatewatch.site.replies import Form, Limit, PageMark, list_reply
from gatewatch.site.times import RequestTimes, Times

LONGEST = 200
"""Characters of a text to search for; no name, law or host that people type is longer."""


@rows("/api/v1/find", "facts", "What a text may name")
def find(
    request: Request[Any, Any, Any],
    times: Times,
    q: Annotated[
        str,
        QueryParameter(
            description="A name in any language, a host, a law, a network, a decision's number.",
            min_length=1,
            max_length=LONGEST,
        ),
    ],
    limit: Limit = None,
    page: PageMark = None,
    form: Form = None,
) -> Response[bytes]:
    """Services, countries, laws, authorities, registers, networks, entries and hosts, by kind."""
    repository = repository_of(request)

    def found(ledger: Ledger, at: RequestTimes) -> list[dict[str, Any]]:
        catalogue = repository.facts(at.moment).catalogue
        return search_records.rows(search(ledger, catalogue, q, at.moment), catalogue)

    return list_reply(request, times, found, limit=limit, mark=page, form=form)


ROUTES = (find,)
