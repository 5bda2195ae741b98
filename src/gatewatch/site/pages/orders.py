"""Decisions for people: what one names and who follows it, and how far a register is enforced."""

from datetime import date
from typing import Any

import msgspec
from litestar import Request, Response, get
from litestar.params import FromPath, FromQuery

from gatewatch.draw import enforcement as drawn
from gatewatch.model.message import Message, message
from gatewatch.model.register import Register
from gatewatch.query.decisions import decisions as search
from gatewatch.query.enforcement import EnforcementMonth, enforcement
from gatewatch.query.ledger import Ledger
from gatewatch.query.orders import Order, OrderListing
from gatewatch.records.orders import listed
from gatewatch.site.api.asked import known_register
from gatewatch.site.api.orders import Body, DecisionsSought, found_order
from gatewatch.site.paging import ListPart, part
from gatewatch.site.problem import ProblemError
from gatewatch.site.render import Picture, both_widths, lang_of, page_reply
from gatewatch.site.times import Times
from gatewatch.words.orders import cell_word, days, facts, now_under, percent, summary, title
from gatewatch.words.shown import last_of_register

_MOST_LISTINGS = 500
_A_PAGE = 25
_MOST_COUNTS = 20


class OrderPage(msgspec.Struct, frozen=True):
    """One decision: its facts in words, what it put on the list, the matrix as picture and
    table."""

    order: Order
    title: Message
    told_of: Message | None
    """Which day is shown, where none was asked for and the register reaches no later one."""
    facts: list[tuple[Message, Message | str]]
    summary: Message
    picture: Picture | None
    """None where nothing of it was measured."""
    parts: list[tuple[Message, list[OrderListing]]]
    """What it brought, and what came under it later; so much of each as the page shows."""
    now_under: dict[str, Message]
    """Of those that stand under another decision: which, by entry."""
    words: dict[str, Message]
    """What a state of a cell is called."""
    shown: int
    """How many listings the page shows."""
    shown_cells: int


class OrdersPage(msgspec.Struct, frozen=True):
    """The decisions of a register, some at a time, and how much there is of each kind among all."""

    register: Register
    sought: dict[str, str]
    """What was asked, by the name of its field."""
    day: date | None
    """The day shown, where none was asked for and the register reaches no later one."""
    shown: Message | None
    """The sentence that says so."""
    rows: list[dict[str, Any]]
    """As `records.orders.listed` gives each."""
    counts: dict[str, dict[str, int]]
    """By field: `body`, `decided`; the commonest bodies."""
    part: ListPart


class EnforcementPage(msgspec.Struct, frozen=True):
    """A register by month."""

    register: Register
    months: list[EnforcementMonth]
    told: list[tuple[str, str, str]]
    """Of each month: share enforced, share of blocks that are on no list, days to access."""
    picture: Picture | None


@get("/order/{register:str}", include_in_schema=False, sync_to_thread=True)
def order(
    request: Request[Any, Any, Any],
    times: Times,
    register: FromPath[str],
    number: FromQuery[str] = "",
    decider: Body = None,
) -> Response[bytes]:
    """One decision."""
    if not number:
        raise ProblemError(400, message("name the decision's number: /order/REGISTER?number=..."))
    lang = lang_of(request)

    def context(ledger: Ledger) -> OrderPage:
        found = found_order(ledger, register, number, decider, times=times)
        brought, taken = found.added, found.taken_over
        parts = [
            (message("What it put on the list"), list(brought[:_MOST_LISTINGS])),
            (
                message("What was listed before, and came under it later"),
                list(taken[:_MOST_LISTINGS]),
            ),
        ]
        parts = [(name, some) for name, some in parts if some]
        return OrderPage(
            order=found,
            title=title(found),
            told_of=last_of_register(found.day) if found.shown_last else None,
            facts=list(facts(found)),
            summary=summary(found),
            picture=both_widths(lambda **how: drawn.matrix(found, **how), "o", lang)
            if found.cells
            else None,
            words={one.state: cell_word(one.state) for one in found.cells},
            parts=parts,
            now_under={
                one.entry: now_under(one)
                for _, some in parts
                for one in some
                if not one.under and not one.went
            },
            shown=sum(len(some) for _, some in parts),
            shown_cells=min(len(found.cells), _MOST_LISTINGS),
        )

    return page_reply(request, times, "order.html", context)


@get("/register/{register:str}/orders", include_in_schema=False, sync_to_thread=True)
def of_register(
    request: Request[Any, Any, Any],
    times: Times,
    register: FromPath[str],
    decisions: DecisionsSought,
    offset: FromQuery[int] = 0,
) -> Response[bytes]:
    """Every decision of a register, the newest first, some at a time."""
    start = max(offset, 0)

    def context(ledger: Ledger) -> OrdersPage:
        known = known_register(ledger, register)
        found = search(ledger, register, decisions, times.moment)
        counts = {"body": found.by_body, "decided": found.by_year}
        return OrdersPage(
            register=known,
            sought={k: v for k, v in msgspec.structs.asdict(decisions).items() if v is not None},
            day=found.day,
            shown=last_of_register(found.day) if found.day else None,
            rows=[listed(one, known) for one in found[start : start + _A_PAGE]],
            counts={
                field: dict(list(counted.items())[-_MOST_COUNTS:])
                if field == "decided"
                else dict(list(counted.items())[:_MOST_COUNTS])
                for field, counted in counts.items()
                if len(counted) > 1
            },
            part=part(len(found), start, _A_PAGE),
        )

    return page_reply(request, times, "orders.html", context)


@get("/register/{register:str}/enforcement", include_in_schema=False, sync_to_thread=True)
def index(
    request: Request[Any, Any, Any], times: Times, register: FromPath[str]
) -> Response[bytes]:
    """A register's enforcement by month."""
    lang = lang_of(request)

    def context(ledger: Ledger) -> EnforcementPage:
        known = known_register(ledger, register)
        found = enforcement(ledger, register, times.moment)
        return EnforcementPage(
            register=known,
            months=found,
            told=[(percent(o.enforced), percent(o.unlisted), days(o.lag)) for o in found],
            picture=both_widths(lambda **how: drawn.index(register, found, **how), "i", lang)
            if any(one.told for one in found)
            else None,
        )

    return page_reply(request, times, "enforcement.html", context)


ROUTES = (order, of_register, index)
