"""Questions that only tests ask in few words: what lies behind the public face."""

from collections.abc import Sequence
from datetime import date, datetime

from gatewatch.ledger.history import Aside
from gatewatch.model.history import Snapshot
from gatewatch.model.moment import Moment
from gatewatch.query import registers
from gatewatch.query.ledger import Ledger
from gatewatch.query.moments import of_all


def snapshots(
    ledger: Ledger,
    register: str | None = None,
    *,
    as_of: str | date | datetime | None = None,
    recorded_by: datetime | None = None,
    statuses: Sequence[str] | None = None,
) -> list[Snapshot]:
    """Snapshots as held, by their own time."""
    moment = Moment.parse(None, as_of, recorded_by)
    return registers.snapshots(ledger, register, moment, statuses=statuses)


def set_aside(ledger: Ledger) -> list[Aside]:
    """Records that were not understood."""
    return registers.set_aside(ledger, Moment.parse())


def now(ledger: Ledger) -> Moment:
    """The present moment, by all that the ledger holds."""
    return of_all(ledger, Moment.parse())
