"""A comparison as plain rows: a row for each service and jurisdiction."""

from typing import Any

from gatewatch.cases.case import Case
from gatewatch.cases.compare import Comparison, ComparisonCell
from gatewatch.query.case import main
from gatewatch.records.cases import newest_basis, restricted, told_by

_NOTHING: dict[str, Any] = {
    "state": None,
    "since": None,
    "ground": None,
    "reason": None,
    "mechanisms": None,
    "disputed": None,
    "network": "insufficient",
    "silent": None,
    "networks": 0,
    "sources": 0,
    "last_source": None,
    "last_known": None,
    "current": None,
    "by_last_source": None,
    "by_law": None,
    "restricted_since": None,
    "restricted_until": None,
    "invented": False,
    "newest_ground": None,
    "newest_reason": None,
}
"""No record, which is not a no."""


def records(found: Comparison) -> list[dict[str, Any]]:
    """A record for each service and jurisdiction."""
    return [
        {"service": row.service, "name": row.name, "jurisdiction": code, **_record(cell)}
        for row in found.rows
        for code, cell in zip(found.jurisdictions, row.cells, strict=True)
    ]


def _record(cell: ComparisonCell) -> dict[str, Any]:
    case = cell.case
    if case is None:
        return _NOTHING
    reason = main(case.reason)
    return {
        "state": case.state,
        "since": since(case),
        "ground": ground(case),
        "reason": reason.value if reason else None,
        "mechanisms": " ".join(case.network.mechanisms) or None,
        "disputed": disputed(case),
        "network": case.network.state,
        "silent": case.network.silent,
        "networks": case.network.networks,
        "sources": case.origins,
        "last_source": case.last_source,
        "last_known": case.last_known,
        "current": case.current,
        **told_by(case),
        **restricted(case),
        "invented": case.network.invented,
        **newest_basis(case),
    }


def since(case: Case) -> str:
    """The day of the state; of a bracket, the day by which it surely was so."""
    if case.since is None or not case.since.text:
        return "day not known"
    text = case.since.text
    return f"by {case.since.last}" if "/" in text and case.since.last else text


def ground(case: Case) -> str:
    """The law held, else the reason, else that there is none on record."""
    law, reason = main(case.ground), main(case.reason)
    if law:
        return law.name.partition(" (")[0]
    return reason.name if reason else "no ground on record"


def disputed(case: Case) -> bool:
    """Whether the day, the law or the reason of its state is told otherwise too."""
    steps = {n for stay in case.stays if stay.state == case.state for n in stay.steps}
    days = any(step.disputed for step in case.steps if step.number in steps)
    return days or case.ground.disputed or case.reason.disputed
