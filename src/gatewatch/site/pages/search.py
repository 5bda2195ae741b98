"""Search: a service by any name leads to its page; a domain, URL or address to what registers say."""

from typing import Any

import msgspec
from litestar import Request, Response, get
from litestar.response import Redirect

from gatewatch.catalogue.facts import Catalogue
from gatewatch.errors import UsageError
from gatewatch.model.service import Service
from gatewatch.query import history as histories
from gatewatch.query.check import check
from gatewatch.query.joined import JurisdictionAnswer
from gatewatch.query.ledger import Ledger
from gatewatch.records import registers as rows
from gatewatch.site.asked import Times
from gatewatch.site.caching import held_of
from gatewatch.site.render import at, lang_of, shown


class SearchPage(msgspec.Struct, frozen=True):
    """What was asked, and what is known of it."""

    q: str
    near: list[Service]
    """Services whose names are close to it, where it is nothing else."""
    answer: dict[str, Any] | None
    """What registers say, as `records.registers.answer` gives it; None for what is no selector."""
    listings: list[dict[str, Any]]
    service: Service | None
    """Whose host it is."""
    places: tuple[JurisdictionAnswer, ...]
    """What each jurisdiction says, in five lanes, the one that says most first."""


@get("/find", include_in_schema=False, sync_to_thread=True)
def find(request: Request[Any, Any, Any], times: Times, q: str = "") -> Response[bytes] | Redirect:
    """A service by any name leads to its page; a selector to what registers say of it."""
    held, asked = held_of(request), q.strip()
    if not asked:
        return Redirect(at(lang_of(request), "/"), status_code=303)
    try:
        one = held.facts(times.moment).catalogue.service(asked)
        return Redirect(at(lang_of(request), f"/service/{one.id}"), status_code=303)
    except UsageError:
        near = close(held.facts(times.moment).catalogue, asked)

    def context(ledger: Ledger) -> SearchPage:
        try:
            catalogue = held.facts(times.moment).catalogue
            answer = check(ledger, [asked], times.moment, None, catalogue)[0]
        except UsageError:
            return SearchPage(asked, near, None, [], None, ())
        known = ledger.history_of.registers()
        met = histories.history(ledger, asked, times.published)
        listings = [rows.listing_row(str(how), li, known[li.register]) for how, li in met]
        told = rows.answer(answer, known)
        return SearchPage(asked, near, told, listings, answer.service, answer.places)

    return shown(request, times, "find.html", context)


def close(catalogue: Catalogue, asked: str) -> list[Service]:
    """Services with a name that is written much alike."""
    from difflib import get_close_matches

    names = {name.casefold(): one for one in catalogue.services.values() for name in one.called()}
    found = get_close_matches(asked.casefold(), list(names), 4, 0.7)
    return list({names[name].id: names[name] for name in found}.values())


ROUTES = (find,)
