"""The entries of one register to browse: those that stand on the day, with counts by body, ground
and year, each count a way to the entries that it counts."""

from datetime import date
from typing import Any

import msgspec
from litestar import Request, Response, get
from litestar.params import FromPath, FromQuery

from gatewatch.model.message import Message
from gatewatch.model.register import Register
from gatewatch.query.entries import Sought
from gatewatch.query.entries import entries as search
from gatewatch.query.ledger import Ledger
from gatewatch.records import registers as rows
from gatewatch.site.api.asked import known_register
from gatewatch.site.api.entries import EntriesSought
from gatewatch.site.paging import ListPart, part
from gatewatch.site.render import page_reply
from gatewatch.site.times import Times
from gatewatch.words.shown import last_of_register

_A_PAGE = 25
_MOST_COUNTS = 12


class EntriesPage(msgspec.Struct, frozen=True):
    """Some of what was found, and how much there is of each kind among all of it."""

    register: Register
    sought: dict[str, str]
    """What was asked, by the name of its field."""
    day: date | None
    """The day shown, where none was asked for and the register reaches no later one."""
    shown: Message | None
    """The sentence that says so."""
    rows: list[dict[str, Any]]
    """As `records.registers.entry_found` gives each."""
    counts: dict[str, dict[str, int]]
    """By field: `body`, `ground`, `decided`, `suffix`; the commonest of each."""
    part: ListPart
    read: int
    """How many of all that was found could be read and are surely on the list."""
    unread: int
    """How many could not be read."""
    perhaps: int
    """How many of the others are not surely on the list."""


@get("/register/{name:str}/entries", include_in_schema=False, sync_to_thread=True)
def entries(
    request: Request[Any, Any, Any],
    times: Times,
    name: FromPath[str],
    sought: EntriesSought,
    offset: FromQuery[int] = 0,
) -> Response[bytes]:
    """Entries that stand or may, a hundred at a time."""
    start = max(offset, 0)

    def context(ledger: Ledger) -> EntriesPage:
        register = known_register(ledger, name)
        found = search(ledger, name, sought, times.moment)
        counts = {
            "body": found.by_body,
            "ground": found.by_ground,
            "decided": found.by_year,
            "suffix": found.by_suffix,
        }
        return EntriesPage(
            register=register,
            sought=asked(sought),
            day=found.day,
            shown=last_of_register(found.day) if found.day else None,
            rows=[rows.entry_found(one, register) for one in found[start : start + _A_PAGE]],
            counts={
                field: dict(list(counted.items())[:_MOST_COUNTS])
                for field, counted in counts.items()
                if len(counted) > 1 or (counted and "" not in counted)
            },
            part=part(len(found), start, _A_PAGE),
            read=found.read,
            unread=found.unread,
            perhaps=found.perhaps,
        )

    return page_reply(request, times, "entries.html", context)


def asked(sought: Sought) -> dict[str, str]:
    """What was asked for, as the fields of the form and of the API are called."""
    told = {
        name: value for name, value in msgspec.structs.asdict(sought).items() if value is not None
    }
    if "block_type" in told:
        told["measure"] = told.pop("block_type")
    return told


ROUTES = (entries,)
