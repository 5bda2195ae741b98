"""Steps that registers and measurements show by themselves, beside those that claims tell of."""

from collections.abc import Iterable, Mapping, Sequence
from datetime import UTC, date, datetime
from zoneinfo import ZoneInfo

import msgspec

from gatewatch.cases.case import Listed, Network, OnRegister, Step
from gatewatch.cases.positions import Question
from gatewatch.model import day
from gatewatch.model.day import UNKNOWN, Day
from gatewatch.model.moment import Bracket
from gatewatch.model.service import OfficialList
from gatewatch.model.states import Action

_MOST = 0.5
"""From which share of the measured networks on a block is told of the whole; the case page of a
country would else be decided by one probe of many."""


class Span(msgspec.Struct, frozen=True):
    """An unbroken time over which a register listed any of the names, whole or in part."""

    listings: tuple[Listed, ...]
    came: Listed
    went: Listed | None


def by_registers(
    registers: Iterable[OnRegister], told: Sequence[Step], lists: Mapping[str, OfficialList]
) -> list[Step]:
    """Entries and removals that no claim tells of."""
    named = {one.held_as: one for one in lists.values() if one.held_as}
    found = []
    for register in registers:
        known = named.get(register.register) or lists.get(register.restates)
        for scope in ("whole", "part"):
            for span in spans(one for one in register.listings if one.coverage == scope):
                for action, held in ((Action.LISTED, span.came), (Action.DELISTED, span.went)):
                    if held and not any(
                        bears_out(s, held, register, lists, action=action) for s in told
                    ):
                        made = bare(action, when(held, register.zone, action), register.authority)
                        found.append(
                            msgspec.structs.replace(
                                made,
                                scope=scope,
                                register=known.id if known else register.title,
                                duty=bool(known and known.duty),
                                listings=span.listings,
                                by="register",
                            )
                        )
    return found


def spans(listings: Iterable[Listed]) -> list[Span]:
    """Listings that overlap, together: a name that is listed twice is taken off once."""
    found: list[list[Listed]] = []
    ends: list[datetime | None] = []
    for one in sorted(listings, key=lambda li: (li.came.by or _START, li.selector)):
        end = one.went.by if one.went else None
        if found and (ends[-1] is None or (one.came.by or _START) <= ends[-1]):
            found[-1].append(one)
            ends[-1] = None if end is None or ends[-1] is None else max(end, ends[-1])
        else:
            found.append([one])
            ends.append(end)
    return [
        Span(tuple(held), held[0], None if end is None else max(held, key=_went))
        for held, end in zip(found, ends, strict=True)
    ]


_START = datetime(1, 1, 1, tzinfo=UTC)


def _went(one: Listed) -> datetime:
    return (one.went.by if one.went else None) or _START


def bears_out(
    one: Step,
    held: Listed,
    register: OnRegister,
    lists: Mapping[str, OfficialList],
    action: Action,
) -> bool:
    """Whether a listing that is held is what a claimed step of entry or removal tells of."""
    if one.action != action:
        return False
    known = lists.get(one.register)
    own = known is not None and register.restates == known.id
    if known and known.held_as not in {"", held.register} and not (own or register.restated):
        return False
    bracket = held.came if action == Action.LISTED else held.went
    if bracket is None:
        return False
    first, last = sides(bracket, register.zone)
    return (first or date.min) <= (one.day.last or date.max) and (last or date.max) >= (
        one.day.first or date.min
    )


def sides(bracket: Bracket, zone: str) -> tuple[date | None, date | None]:
    """A bracket as days of a zone."""
    where = ZoneInfo(zone)
    first, last = (t.astimezone(where).date() if t else None for t in (bracket.after, bracket.by))
    return first, last


def when(held: Listed, zone: str, action: Action) -> Day:
    """When it came or went, as days of the register: the entry's own day where it can be true, else
    the bracket."""
    entered = action == Action.LISTED
    bracket = held.came if entered else held.went
    assert bracket is not None
    first, last = sides(bracket, zone)
    stated = (held.entered if entered else held.removed) or ""
    own = _day(stated)
    if own and (first or date.min) <= own <= (last or date.max):
        return day.parse(own.isoformat())
    if first == last and first:
        return day.parse(first.isoformat())
    return day.parse(f"{first or '..'}/{last or '..'}") if first or last else UNKNOWN


def _day(stated: str) -> date | None:
    try:
        return date.fromisoformat(stated[:10])
    except ValueError:
        return None


def by_network(network: Network) -> list[Step]:
    """Blocks that measurements show, and their ends."""
    found = []
    for one in network.blocks:
        scope = "whole" if len(one.networks) >= max(2, _MOST * one.measured) else "part"
        ends = (one.resolution_earliest, one.resolution_latest)
        begins = bare(Action.BLOCKED, _between(one.onset_earliest, one.onset_latest), "")
        shown = {"scope": scope, "by": "network", "invented": network.invented}
        found.append(msgspec.structs.replace(begins, **shown))
        if ends[1] is not None:
            lifted = bare(Action.RESTORED, _between(*ends), "")
            found.append(msgspec.structs.replace(lifted, **shown))
    return found


def _between(first: datetime, last: datetime | None) -> Day:
    sides_of = sorted({first.date(), (last or first).date()})
    return day.parse("/".join(side.isoformat() for side in sides_of))


def bare(action: str, when: Day, actor: str = "") -> Step:
    """A step that no source tells of."""
    return Step(
        number=0,
        action=action,
        day=when,
        actor=actor,
        scope="whole",
        effect="",
        register="",
        duty=False,
        dates=Question(),
        loose=(),
        disputed=False,
        disputed_by=(),
        inferred=None,
        says=(),
        sources=(),
        claims=(),
    )
