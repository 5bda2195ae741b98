"""The five lanes as plain records: the reason and the last known day in every reply."""

from typing import Any

from gatewatch.cases.case import WouldLift
from gatewatch.model.lane import Lane, Lanes
from gatewatch.query.joined import JurisdictionAnswer


def lanes(found: Lanes) -> list[dict[str, Any]]:
    """All five, in their order."""
    return [lane(one) for one in found]


def lane(one: Lane) -> dict[str, Any]:
    """A lane without its items, which stand in the whole record by their kinds."""
    return {
        "lane": str(one.name),
        "state": one.state,
        "known_state": one.known_state,
        "last_known": one.last_known,
        "published": one.published,
        "as_last": one.as_last,
        "by_sources": one.by_sources,
        "by_service": one.by_service,
        "current": one.current,
        "invented": one.invented,
        "why": one.summary.plain(),
    }


def place(one: JurisdictionAnswer) -> dict[str, Any]:
    """One jurisdiction: paper beside wire, the service's case, the lanes."""
    return {
        "jurisdiction": one.jurisdiction.code,
        "service": one.service,
        "state": one.state,
        "paper": one.paper,
        "wire": one.wire,
        "agreement": str(one.agreement),
        "would_lift": would_lift(one.would_lift),
        "lanes": lanes(one.lanes),
    }


def would_lift(one: WouldLift | None) -> dict[str, Any] | None:
    """What the law asks for before a restriction ends, and whether it is known to be done."""
    if one is None:
        return None
    return {"rule": one.instrument, "text": one.text, "done": one.done}
