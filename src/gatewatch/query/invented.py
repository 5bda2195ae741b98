"""Whether a ledger holds measurements or reports that were invented for show, so that whoever shows
it can say so at once: theirs are networks of documentation (RFC 5398)."""

from typing import TYPE_CHECKING

from gatewatch.ledger.measurements import Measurements
from gatewatch.ledger.reports import reports
from gatewatch.model.documentation import made

if TYPE_CHECKING:
    from gatewatch.query.opened import OpenedLedger


def invented(ledger: "OpenedLedger") -> bool:
    """Asked once for each state of the ledger."""
    return ledger.once("invented", lambda: _invented(ledger))


def _invented(ledger: "OpenedLedger") -> bool:
    measured = Measurements(ledger.store).networks()
    if any(made([one.asn]) for one in measured):
        return True
    return any(made([one.network]) for one in reports(ledger.store))
