"""What a writer goes on from: what is held of a register as it was last recorded."""

from collections.abc import Iterator
from itertools import groupby
from operator import itemgetter

from gatewatch.ledger.bounds import ALL, FAR, LATEST
from gatewatch.ledger.event_rows import events_of
from gatewatch.ledger.history import History
from gatewatch.ledger.schema import select_list
from gatewatch.model.history import RegisterEvent


def recorded_changes(history: History, register: str) -> dict[str, list[RegisterEvent]]:
    """Events of every snapshot as last recorded, accepted or not, by snapshot id."""
    rows = history.store.query(
        f"""WITH latest AS ({LATEST})
        SELECT {select_list("events", prefix="e.")} FROM events e JOIN latest
        ON e.register = latest.register AND e.snapshot = latest.id AND e.batch = latest.batch
        WHERE e.register = $register""",
        {"recorded": FAR, "register": register},
    )
    found: dict[str, list[RegisterEvent]] = {}
    for event in events_of(rows):
        found.setdefault(event.snapshot, []).append(event)
    return found


def state(history: History, register: str) -> dict[str, str]:
    """Entry id to version digest after the last accepted snapshot."""
    return dict(standing(history, register))


def standing(history: History, register: str) -> Iterator[tuple[str, str]]:
    """Entry id and version digest after the last accepted snapshot, in the order of ids."""
    rows = history.store.rows(
        f"""SELECT e.entry, e.op, e.version, e.published_at, e.base_at
        FROM events e JOIN {history.live(ALL)} live
        ON e.register = live.register AND e.snapshot = live.id AND e.batch = live.batch
        WHERE e.register = $register
        ORDER BY e.entry, e.published_at, e.base_at NULLS FIRST""",
        {"register": register},
    )
    for entry, group in groupby(rows, key=itemgetter(0)):
        *_, (_, op, version, *_) = group
        if op != "removed":
            yield entry, version


def ended(history: History, register: str) -> set[str]:
    """Versions of entries that bear a day of removal."""
    rows = history.store.query(
        "SELECT DISTINCT version FROM events WHERE register = $1 AND removed_at IS NOT NULL",
        [register],
    )
    return {version for (version,) in rows}


def origins(history: History, register: str) -> set[str]:
    """Where the snapshots that are held came from, so that none is read twice."""
    rows = history.store.query(
        "SELECT DISTINCT origin FROM snapshots WHERE register = ?", [register]
    )
    return {origin for (origin,) in rows}
