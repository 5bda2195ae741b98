"""Reports in a ledger: each once, by the number under which its inbox took it."""

from collections.abc import Sequence
from datetime import datetime

from gatewatch.ledger import schema
from gatewatch.ledger.batches import new_batch, next_record_time
from gatewatch.ledger.schema import micros, moment_of
from gatewatch.ledger.store import Store
from gatewatch.model.report import Report

_FAR = 1 << 61
_FIELDS = (
    "id",
    "service",
    "jurisdiction",
    "network",
    "what",
    "received_at",
    "reporter",
    "region",
)


def add(store: Store, inbox: str, held: Sequence[tuple[int, Report]]) -> int:
    """Write those reports that this ledger did not take before, as one commit that two writers
    cannot both make; how many they were. `held` are reports with the numbers that their inbox gave
    them."""
    store.create(schema.REPORT_TABLES)
    store.refresh()  # the turn and the last number are of one state of the table
    turn = store.turn(f"inbox:{inbox}", "reports")
    ((last, newest),) = store.query(
        "SELECT max(number) FILTER (inbox = ?), epoch_us(max(recorded_at)) FROM reports", [inbox]
    )
    new = [(number, one) for number, one in held if number > (last or 0)]
    if new:
        at, batch = next_record_time(moment_of(newest)), new_batch()
        rows = [
            (*(getattr(one, name) for name in _FIELDS), inbox, number, batch, at)
            for number, one in new
        ]
        store.append(f"inbox:{inbox}", {}, {"reports": schema.arrow_table("reports", rows)}, turn)
    return len(new)


def newest(store: Store) -> datetime | None:
    """When the last report was recorded."""
    if not store.holds("reports"):
        return None
    return moment_of(store.query("SELECT epoch_us(max(recorded_at)) FROM reports")[0][0])


def networks(store: Store) -> list[int | None]:
    """Networks that reports name; None among them if one names none."""
    if not store.holds("reports"):
        return []
    return [number for (number,) in store.query("SELECT DISTINCT network FROM reports")]


def reports(
    store: Store,
    *,
    service: str | None = None,
    jurisdiction: str | None = None,
    as_of: datetime | None = None,
    recorded_by: datetime | None = None,
) -> list[Report]:
    """Reports received by `as_of` and held by `recorded_by`, in the order in which they came."""
    if not store.holds("reports"):
        return []
    rows = store.query(
        f"""SELECT {schema.select_list("reports", _FIELDS)} FROM reports
        WHERE ($service IS NULL OR service = $service) AND ($jurisdiction IS NULL OR jurisdiction = $jurisdiction)
            AND epoch_us(received_at) <= $as_of AND epoch_us(recorded_at) <= $recorded
        ORDER BY received_at, inbox, number""",
        {
            "service": service,
            "jurisdiction": jurisdiction,
            "as_of": micros(as_of) if as_of else _FAR,
            "recorded": micros(recorded_by) if recorded_by else _FAR,
        },
    )
    found = [dict(zip(_FIELDS, row, strict=True)) for row in rows]
    return [Report(**{**one, "received_at": moment_of(one["received_at"])}) for one in found]
