"""What may be shown of users' reports."""

from typing import TYPE_CHECKING

from gatewatch.ledger.reports import reports
from gatewatch.model.jurisdiction import Jurisdiction
from gatewatch.model.moment import Moment
from gatewatch.model.report import Reported

if TYPE_CHECKING:
    from gatewatch.query.opened import OpenedLedger


def reported(
    ledger: "OpenedLedger",
    moment: Moment,
    *,
    service: str | None = None,
    jurisdiction: Jurisdiction | None = None,
) -> dict[tuple[str, str], Reported]:
    """By service and jurisdiction: days with enough reporters, and surges. Its days are UTC's."""
    held = reports(
        ledger.store,
        service=service,
        jurisdiction=jurisdiction.code if jurisdiction else None,
        as_of=moment.as_of,
        recorded_by=moment.recorded_by,
    )
    if not held:
        return {}
    from gatewatch.analysis.reports.surge import reported as shown

    return shown(held)
