"""Official registers for people: each with its growth, what changed by day, entries with all their
versions."""

from collections import Counter
from collections.abc import Sequence
from datetime import UTC, date, timedelta
from itertools import pairwise
from pathlib import Path
from typing import Any

import msgspec
from litestar import Request, Response, get
from litestar.params import FromPath, FromQuery
from litestar.types import AnyCallable

from gatewatch.analysis.registers import aside
from gatewatch.catalogue.registers import declared
from gatewatch.draw import growth
from gatewatch.ledger.decided import has_decisions
from gatewatch.model import moment as times_of
from gatewatch.model.history import Snapshot, Status
from gatewatch.model.message import Message, message
from gatewatch.model.moment import Moment
from gatewatch.model.register import Register
from gatewatch.query import changes as changed
from gatewatch.query import registers as fresh
from gatewatch.query.history import STOOD, OnTheDay, on_the_day
from gatewatch.query.ledger import Ledger
from gatewatch.query.standings import known_days
from gatewatch.records import registers as rows
from gatewatch.site.caching import repository_of
from gatewatch.site.parameters import rest_of_path
from gatewatch.site.problem import ProblemError
from gatewatch.site.render import Picture, both_widths, lang_of, page_reply
from gatewatch.site.times import Times
from gatewatch.site.writing import looked_at

_A_PAGE = 200
_DAY = timedelta(days=1)
_FACTS: dict[str, Message] = {
    "decision_body": message("Decided by"),
    "decision_number": message("Decision number"),
    "decision_date": message("Decided on"),
    "block_type": message("Kind of blocking"),
    "ground": message("Ground"),
    "urgent": message("Urgent"),
    "included_at": message("Included, by the entry itself"),
    "removed_at": message("Removed, by the entry itself"),
}
"""Facts of an entry, and what each is called."""


class RegistersPage(msgspec.Struct, frozen=True):
    """Every register held, as `records.registers.freshness` gives each."""

    registers: list[dict[str, Any]]
    declared: list[Register]
    """Registers that can be brought in and are not held here, by country."""


class RegisterPage(msgspec.Struct, frozen=True):
    """One register: growth, change rate, freshness, what was set aside."""

    register: Register
    row: dict[str, Any]
    """As `records.registers.freshness` gives it."""
    day: date | None
    """The day, in its zone, of the last published state, where that is over."""
    rate: dict[str, float]
    """Entries added, changed and removed a day."""
    aside: list[Snapshot]
    decides: bool
    """Whether it names decisions by number."""
    why: dict[str, Message | str]
    """Why each of them was, by its id."""
    picture: Picture


class ChangesPage(msgspec.Struct, frozen=True):
    """What registers did on one day, or over a time that was asked for; `day` is None there, and
    where none is held."""

    day: date | None
    since: str
    until: str
    """The bounds, the second of them left out, as they were given; empty where there is none."""
    register: str | None
    total: int
    counts: dict[tuple[str, str], int]
    """By register and operation."""
    events: list[dict[str, Any]]
    before: date | None
    after: date | None


class Compared(msgspec.Struct, frozen=True):
    """A version of an entry beside the one before."""

    row: dict[str, Any]
    """As `records.registers.version` gives it."""
    new: list[str]
    gone: list[str]
    kept: list[str]
    facts: list[tuple[Message, Any, Any]]
    """What a fact is called, its value before and its value now."""
    on_day: OnTheDay | None = None
    """Whether it stood on the day that was asked about."""


class EntryPage(msgspec.Struct, frozen=True):
    """Every version of an entry, the newest first."""

    register: Register
    entry: str
    versions: list[Compared]

    @property
    def stood(self) -> bool:
        """Whether a version stood on the day that was asked about, or may have."""
        return any(one.on_day in STOOD for one in self.versions)

    @property
    def cited(self) -> str:
        """The first domain of the newest version, of which a signed answer can be had; empty where
        there is none."""
        named = (*self.versions[0].new, *self.versions[0].kept)
        return next((one[7:] for one in named if one.startswith("domain:")), "")


def _page(path: str) -> AnyCallable:
    return get(path, include_in_schema=False, sync_to_thread=True)


@_page("/registers")
def registers(request: Request[Any, Any, Any], times: Times) -> Response[bytes]:
    """Every register held, and how fresh it is."""

    def context(ledger: Ledger) -> RegistersPage:
        found = fresh.registers(ledger, times.moment)
        here = ledger.history_of.registers()
        others = [one for one in declared().values() if one.id not in here]
        others.sort(key=lambda one: (one.jurisdiction, one.id))
        return RegistersPage([rows.freshness(one) for one in found], others)

    return page_reply(request, times, "registers.html", context)


@_page("/register/{name:str}")
def register(request: Request[Any, Any, Any], times: Times, name: FromPath[str]) -> Response[bytes]:
    """Growth, change rate, freshness, what was set aside."""
    _known(request, name)
    lang = lang_of(request)

    def context(ledger: Ledger) -> RegisterPage:
        found = fresh.registers(ledger, times.moment)
        mine = [one for one in found if one.register.id == name]
        if not mine:
            raise ProblemError(
                404, message("nothing of {name} had been published by then", name=name)
            )
        held = fresh.snapshots(ledger, name, times.moment)
        accepted = [s for s in held if s.status == Status.ACCEPTED]
        apart = [s for s in held if s.status == Status.QUARANTINED]
        one = mine[0].register
        last = mine[0].last_published.astimezone(one.zone).date()
        return RegisterPage(
            register=one,
            row=looked_at(request, rows.freshness(mine[0])),
            day=last if last < _asked_day(times.moment, one) else None,
            rate=_rate(accepted),
            aside=apart,
            decides=has_decisions(
                ledger.history_of, name, ledger.history_of.bounds(times.published)
            ),
            why={s.id: aside.read(s.reason) for s in apart if s.reason},
            picture=both_widths(lambda **how: growth.picture(one, accepted, **how), "g", lang),
        )

    return page_reply(request, times, "register.html", context)


def _asked_day(moment: Moment, register: Register) -> date:
    """The day asked about, or by which it had been published if that is earlier, in its zone."""
    zone = register.zone
    return min(moment.as_of_in(zone), moment.span(zone)[1]).astimezone(zone).date()


def _rate(held: Sequence[Snapshot]) -> dict[str, float]:
    """Entries added, changed and removed a day, over all that is held."""
    days = max((held[-1].published_at - held[0].published_at) / _DAY, 1.0)
    later = held[1:]
    return {
        op: round(sum(getattr(s, op) for s in later) / days, 1)
        for op in ("added", "changed", "removed")
    }


@_page("/changes")
def changes(
    request: Request[Any, Any, Any],
    times: Times,
    day: FromQuery[str | None] = None,
    register: FromQuery[str | None] = None,
    since: FromQuery[str] = "",
    until: FromQuery[str] = "",
) -> Response[bytes]:
    """What registers did on one day, the last one with changes unless another is asked for, or over
    a time, as the API takes it."""
    if register:
        _known(request, register)
    if day and (since or until):
        raise ProblemError(400, message("ask for a day, or for since and until, not for both"))
    times_of.period(since or None, until or None, UTC)
    at = times_of.instant(day, "day").date() if day else None

    def context(ledger: Ledger) -> ChangesPage:
        moment = times.published
        spanned = bool(since or until)
        day_shown = None if spanned else at or _last_day(ledger, register, times.moment)
        begins = str(day_shown) if day_shown else since
        ends = str(day_shown + _DAY) if day_shown else until
        known = ledger.history_of.registers()
        if not known or not (spanned or day_shown):
            return ChangesPage(
                day=None,
                since="",
                until="",
                register=register,
                total=0,
                counts={},
                events=[],
                before=None,
                after=None,
            )
        found = changed.ChangeList(
            ledger, register, moment, since=begins or None, until=ends or None
        )
        counts: Counter[tuple[str, str]] = Counter()
        for (name, _, op), number in found.counts().items():
            counts[name, op] += number
        return ChangesPage(
            day=day_shown,
            since=begins,
            until=ends,
            register=register,
            total=len(found),
            counts=counts,
            events=[rows.event(e, known[e.register]) for e in found[-_A_PAGE:][::-1]],
            before=day_shown - _DAY if day_shown else None,
            after=day_shown + _DAY if day_shown else None,
        )

    return page_reply(request, times, "changes.html", context)


def _last_day(ledger: Ledger, register: str | None, moment: Moment) -> date | None:
    zones = {name: one.zone for name, one in ledger.history_of.registers().items()}
    held = [
        s
        for s in fresh.snapshots(ledger, register, moment)
        if s.status == Status.ACCEPTED and s.added + s.changed + s.removed
    ]
    return max((s.published_at.astimezone(zones[s.register]).date() for s in held), default=None)


@_page("/entry/{register:str}/{name:path}")
def entry(
    request: Request[Any, Any, Any], times: Times, register: FromPath[str], name: FromPath[Path]
) -> Response[bytes]:
    """Every version of an entry, each beside the one before."""
    del name
    known, entry = _known(request, register), rest_of_path(request, f"/entry/{register}/")

    def context(ledger: Ledger) -> EntryPage:
        found = ledger.entry(
            register, entry, as_of=times.moment.as_of, recorded_by=times.recorded_by
        )
        if not found:
            raise ProblemError(
                404,
                message(
                    "{register} never held an entry '{entry}' by then",
                    register=register,
                    entry=entry,
                ),
            )
        states = fresh.by_id(ledger, register)
        days = known_days(ledger, {register: known}, times.moment)
        told = [rows.version(one, known, states=states, known=days) for one in found]
        compared = _compared(told)
        if times.valid_at:
            stood = on_the_day(ledger, register, found, times.moment)
            compared = [
                msgspec.structs.replace(one, on_day=then)
                for one, then in zip(compared, stood[::-1], strict=True)
            ]
        return EntryPage(known, entry, compared)

    return page_reply(request, times.of_all_days(), "entry.html", context)


def _compared(told: Sequence[dict[str, Any]]) -> list[Compared]:
    """Versions, newest first, with what each has that the one before had not."""
    first = told[0]
    facts = [(name, None, first.get(key)) for key, name in _FACTS.items() if first.get(key)]
    parts = [Compared(row=first, new=first["selectors"], gone=[], kept=[], facts=facts)]
    for before, now in pairwise(told):
        old, new = before["selectors"], now["selectors"]
        changed = [
            (name, before.get(key), now.get(key))
            for key, name in _FACTS.items()
            if before.get(key) != now.get(key)
        ]
        parts.append(
            Compared(
                row=now,
                new=[s for s in new if s not in old],
                gone=[s for s in old if s not in new],
                kept=[s for s in new if s in old],
                facts=changed,
            )
        )
    return parts[::-1]


def _known(request: Request[Any, Any, Any], name: str) -> Register:
    known = repository_of(request).registers()
    if name not in known:
        raise ProblemError(404, message("no register '{name}' is held here", name=name))
    return known[name]


ROUTES = (registers, register, changes, entry)
