"""What a ledger adds to the three times of a question: one that is open to later writes is told
by what is held."""

from datetime import timedelta
from typing import TYPE_CHECKING

import msgspec

from gatewatch.ledger.facts import last_recorded
from gatewatch.ledger.reports import newest as newest_report

if TYPE_CHECKING:
    from datetime import datetime

    from gatewatch.model.moment import Moment
    from gatewatch.query.opened import OpenedLedger


def of_registers(ledger: "OpenedLedger", moment: "Moment") -> "Moment":
    """`recorded_by` by what registers hold, where more may yet be recorded by the time asked, so
    that the answer can be repeated."""
    return _until(moment, ledger.history_of.high_water())


def of_all(ledger: "OpenedLedger", moment: "Moment") -> "Moment":
    """The same over registers, measurements and reports."""
    held = (ledger.history_of.high_water(), ledger.once("high water", lambda: _measured(ledger)))
    return _until(moment, max(filter(None, held), default=None))


def _until(moment: "Moment", held: "datetime | None") -> "Moment":
    if held is None or _is_over(moment):
        return moment
    known = held if moment.takes_all else min(moment.recorded_by or held, held)
    return msgspec.structs.replace(moment, recorded_by=known, recorded_day=None)


def _is_over(moment: "Moment") -> bool:
    """Whether nothing can come to be recorded by then any more: what was asked is then told as it
    was asked, and does not move with what is added later."""
    if moment.recorded_by is None or moment.now is None:
        return False
    last = moment.recorded_by + _LAST_ZONE if moment.recorded_day else moment.recorded_by
    return last < moment.now


_LAST_ZONE = timedelta(hours=12)
"""How much later than in UTC a day ends in the last zone. Only a day that is over everywhere stays
one: the answer of another must be told with an instant, to be repeated."""


def _measured(ledger: "OpenedLedger") -> "datetime | None":
    """When the newest measurement, verdict, report or fact was recorded."""
    store = ledger.store
    known = [newest_report(store), last_recorded(store)]
    if store.holds("measurements"):
        from gatewatch.ledger.measurements import Measurements

        known.append(Measurements(store).high_water())
    return max(filter(None, known), default=None)


def measured_by(ledger: "OpenedLedger", moment: "Moment") -> "datetime | None":
    """When the newest measurement was made, or `as_of` if that is earlier: two questions with the
    same answer here ask the same of measurements."""
    if not ledger.store.holds("measurements"):
        return None
    from gatewatch.ledger.measurements import Measurements

    newest = ledger.once("newest", Measurements(ledger.store).newest)
    return min(moment.as_of, newest) if newest else None
