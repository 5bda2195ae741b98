"""The front page: search, what changed, where."""

from collections import Counter
from collections.abc import Iterable
from datetime import date, timedelta
from typing import Any

import msgspec
from litestar import Request, Response, get

from gatewatch.cases.case import Case
from gatewatch.model.states import DEGREE, State
from gatewatch.query import changes as changed
from gatewatch.query import standings
from gatewatch.query.ledger import Ledger
from gatewatch.query.moments import of_registers
from gatewatch.site.caching import repository_of
from gatewatch.site.pages.tiles import Tile, tiles
from gatewatch.site.render import page_reply
from gatewatch.site.subjects import every_case
from gatewatch.site.times import RequestTimes, Times

_WEEK = timedelta(days=7)
_NEWEST = 12


class News(msgspec.Struct, frozen=True):
    """A change of state, by the day it became true."""

    case: Case
    before: State
    after: State
    day: date


class Moved(msgspec.Struct, frozen=True):
    """What a register did in the last week: how many entries were added, changed or removed."""

    register: str
    op: str
    count: int


class StateCounts(msgspec.Struct, frozen=True):
    """How many cases have a state: on the day, and as last known alone."""

    current: int
    older: int


class FrontPage(msgspec.Struct, frozen=True):
    """What the front page shows."""

    news: list[News]
    tiles: list[Tile]
    moved: list[Moved]
    published: date | None
    """The newest day on which a register held here was published, of its own zone."""
    since: date
    """The beginning of the week that `moved` tells of."""
    newest: date | None
    """The day of the newest source of any case."""
    counts: dict[str, StateCounts]
    """Cases by state, for the key of the tiles; the first that a service is restricted."""


@get("/", include_in_schema=False, sync_to_thread=True)
def front(request: Request[Any, Any, Any], times: Times) -> Response[bytes]:
    """Search, what changed, where."""
    repository = repository_of(request)

    def context(ledger: Ledger) -> FrontPage:
        told = every_case(repository, ledger, times)
        since = times.day - _WEEK
        until = times.day + timedelta(days=1)
        moved: Counter[tuple[str, str]] = Counter()
        week = changed.ChangeList(ledger, None, times.published, since=since, until=until)
        for (register, _, op), number in week.counts().items():
            moved[register, op] += number
        states = Counter((one.state, one.current) for one in told)
        return FrontPage(
            news=newest(told, times.day),
            tiles=tiles(told),
            moved=[Moved(register, op, n) for (register, op), n in sorted(moved.items())],
            published=_published(ledger, times),
            since=since,
            newest=max((one.last_source for one in told if one.last_source), default=None),
            counts={str(one): StateCounts(states[one, True], states[one, False]) for one in DEGREE},
        )

    return page_reply(request, times, "front.html", context)


def _published(ledger: Ledger, times: RequestTimes) -> date | None:
    """When a register was last published, be it with no entry changed."""
    moment = of_registers(ledger, times.moment)
    held = standings.around(ledger, standings.registers_of(ledger, None), moment)
    days = (one.before.astimezone(one.zone).date() for one in held.values() if one.before)
    return max(days, default=None)


def newest(told: Iterable[Case], by: date) -> list[News]:
    """The last changes of state of all cases, by the day they became true."""
    found: list[News] = []
    for one in told:
        before = State.UNKNOWN
        for stay in one.stays:
            last = stay.since.last
            if last and last <= by:
                found.append(News(one, before, stay.state, last))
            before = stay.state
    found.sort(key=lambda row: (row.day, row.case.service.id), reverse=True)
    return found[:_NEWEST]


ROUTES = (front,)
