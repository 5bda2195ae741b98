"""Official registers for people: each with its growth, what changed by day, entries with all their versions."""

from collections import Counter
from collections.abc import Sequence
from datetime import date, timedelta
from itertools import pairwise
from typing import Any

from litestar import Request, Response, get
from litestar.types import AnyCallable

from gatewatch.draw import growth
from gatewatch.model import moment as times_of
from gatewatch.model.history import Snapshot, Status, Version
from gatewatch.model.moment import Moment
from gatewatch.query import changes as changed
from gatewatch.query import registers as fresh
from gatewatch.query.ledger import Ledger
from gatewatch.records import registers as rows
from gatewatch.site.asked import Times
from gatewatch.site.problem import ProblemError
from gatewatch.site.render import embedded, lang_of, shown
from gatewatch.site.replies import held_of
from gatewatch.site.writing import looked_at

_A_PAGE = 200
_FACTS = (
    "decision_body",
    "decision_number",
    "decision_date",
    "block_type",
    "ground",
    "urgent",
    "included_at",
    "removed_at",
)


def _page(path: str) -> AnyCallable:
    return get(path, include_in_schema=False, sync_to_thread=True)


@_page("/registers")
def registers(request: Request[Any, Any, Any], times: Times) -> Response[bytes]:
    """Every register held, and how fresh it is."""

    def context(ledger: Ledger) -> dict[str, Any]:
        found = fresh.registers(ledger, times.published)
        return {"registers": [rows.freshness(one) for one in found]}

    return shown(request, times, "registers.html", context)


@_page("/register/{name:str}")
def register(request: Request[Any, Any, Any], times: Times, name: str) -> Response[bytes]:
    """Growth, change rate, freshness, what was set aside."""
    _known(request, name)

    def context(ledger: Ledger) -> dict[str, Any]:
        found = fresh.registers(ledger, times.published)
        mine = [one for one in found if one.register.id == name]
        if not mine:
            raise ProblemError(404, f"nothing of {name} had been published by then")
        held = fresh.snapshots(ledger, name, times.published)
        accepted = [s for s in held if s.status == Status.ACCEPTED]
        return {
            "register": mine[0].register,
            "row": looked_at(request, rows.freshness(mine[0])),
            "rate": _rate(accepted),
            "aside": [s for s in held if s.status == Status.QUARANTINED],
            "picture": embedded(growth.picture(mine[0].register, accepted), "g", lang_of(request)),
        }

    return shown(request, times, "register.html", context)


def _rate(held: Sequence[Snapshot]) -> dict[str, float]:
    """Entries that came, changed and went a day, over all that is held."""
    days = max((held[-1].published_at - held[0].published_at) / timedelta(days=1), 1.0)
    later = held[1:]
    return {
        op: round(sum(getattr(s, op) for s in later) / days, 1)
        for op in ("added", "changed", "removed")
    }


@_page("/changes")
def changes(
    request: Request[Any, Any, Any],
    times: Times,
    day: str | None = None,
    register: str | None = None,
) -> Response[bytes]:
    """What registers did on one day, the last one with changes unless another is asked for."""
    if register:
        _known(request, register)
    at = times_of.instant(day, "day").date() if day else None

    def context(ledger: Ledger) -> dict[str, Any]:
        shown_day = at or _last_day(ledger, register, times.published)
        known = ledger.history_of.registers()
        found = (
            changed.changes(
                ledger,
                register,
                times.published,
                since=shown_day,
                until=shown_day + timedelta(days=1),
            )
            if shown_day
            else []
        )
        return {
            "day_shown": shown_day,
            "register": register,
            "total": len(found),
            "counts": Counter((e.register, str(e.change.op)) for e in found),
            "events": [rows.event(e, known[e.register]) for e in found[:_A_PAGE]],
            "before": shown_day - timedelta(days=1) if shown_day else None,
            "after": shown_day + timedelta(days=1) if shown_day else None,
        }

    return shown(request, times, "changes.html", context)


def _last_day(ledger: Ledger, register: str | None, moment: Moment) -> date | None:
    zones = {name: one.zone for name, one in ledger.history_of.registers().items()}
    held = [
        s
        for s in fresh.snapshots(ledger, register, moment)
        if s.status == Status.ACCEPTED and s.added + s.changed + s.removed
    ]
    return max((s.published_at.astimezone(zones[s.register]).date() for s in held), default=None)


@_page("/entry/{register:str}/{entry:str}")
def entry(
    request: Request[Any, Any, Any], times: Times, register: str, entry: str
) -> Response[bytes]:
    """Every version of an entry, each beside the one before."""
    known = _known(request, register)

    def context(ledger: Ledger) -> dict[str, Any]:
        found = ledger.entry(
            register, entry, as_of=times.moment.as_of, recorded_by=times.recorded_by
        )
        if not found:
            raise ProblemError(404, f"{register} never held an entry {entry!r} by then")
        told = [rows.version(one, known) for one in found]
        return {"register": known, "entry": entry, "versions": _compared(found, told)}

    return shown(request, times, "entry.html", context)


def _compared(found: Sequence[Version], told: Sequence[dict[str, Any]]) -> list[dict[str, Any]]:
    """Versions, newest first, with what each has that the one before had not."""
    first: dict[str, Any] = {
        "row": told[0],
        "new": told[0]["selectors"],
        "gone": [],
        "kept": [],
        "facts": [(n, None, told[0].get(n)) for n in _FACTS if told[0].get(n) not in {None, False}],
    }
    parts = [first]
    for (old, row_before), (new, row) in pairwise(zip(found, told, strict=True)):
        before, now = row_before["selectors"], row["selectors"]
        parts.append(
            {
                "row": row,
                "new": [s for s in now if s not in before],
                "gone": [s for s in before if s not in now],
                "kept": [s for s in now if s in before],
                "facts": [
                    (n, row_before.get(n), row.get(n))
                    for n in _FACTS
                    if row_before.get(n) != row.get(n)
                ],
                "back": old.gone and not new.gone,
            }
        )
    return parts[::-1]


def _known(request: Request[Any, Any, Any], name: str) -> Any:
    known = held_of(request).registers()
    if name not in known:
        raise ProblemError(404, f"no register {name!r} is held here")
    return known[name]


ROUTES: Sequence[Any] = (registers, register, changes, entry)
