"""Whether a ledger holds measurements or reports that were invented for show, so that whoever shows
it can say so at once: theirs are networks of documentation (RFC 5398)."""

from typing import TYPE_CHECKING

from gatewatch.ledger.measurements import Measurements
from gatewatch.ledger.reports import networks
from gatewatch.model.documentation import all_invented

if TYPE_CHECKING:
    from gatewatch.query.opened import OpenedLedger


def invented(ledger: "OpenedLedger") -> bool:
    """Asked once for each state of the ledger."""
    return ledger.once("invented", lambda: _invented(ledger))


def _invented(ledger: "OpenedLedger") -> bool:
    measured = (one.asn for one in Measurements(ledger.store).networks())
    return any(all_invented([number]) for number in (*measured, *networks(ledger.store)))
