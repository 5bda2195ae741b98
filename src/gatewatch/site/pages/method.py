"""How all of this is made, and what it cannot tell."""

from datetime import timedelta
from typing import Any

import msgspec
from litestar import Request, Response, get

from gatewatch.cases.case import FADES
from gatewatch.model.moment import Moment
from gatewatch.query.judgement import Judgement, judgement
from gatewatch.query.ledger import Ledger
from gatewatch.site.render import page_reply
from gatewatch.site.times import Times


class MethodologyPage(msgspec.Struct, frozen=True):
    """Words, and the numbers in them."""

    fades: timedelta
    """Age at which a state by sources fades."""


@get("/methodology", include_in_schema=False, sync_to_thread=True)
def methodology(request: Request[Any, Any, Any], times: Times) -> Response[bytes]:
    """How all of this is made, and what it cannot tell."""
    return page_reply(request, times, "methodology.html", lambda _: MethodologyPage(FADES))


class JudgementPage(msgspec.Struct, frozen=True):
    """The rules by which measurements are judged, and what each did in this ledger."""

    found: Judgement


@get("/judgement", include_in_schema=False, sync_to_thread=True)
def rules(request: Request[Any, Any, Any], times: Times) -> Response[bytes]:
    """Every rule: what it is for, what it was learned from, how often it decided here."""
    moment = Moment.parse(None, times.moment.as_of, times.recorded_by)

    def context(ledger: Ledger) -> JudgementPage:
        return JudgementPage(judgement(ledger, moment))

    return page_reply(request, times, "judgement.html", context)


ROUTES = (methodology, rules)
