"""Networks beside what an order names, as set logic in DuckDB: who follows it, and since when."""

from collections.abc import Sequence
from datetime import datetime
from typing import TYPE_CHECKING

import msgspec

from gatewatch.ledger.agreement import blocks_table
from gatewatch.ledger.schema import micros
from gatewatch.ledger.store import Store
from gatewatch.ledger.tallies import SAW_ACCESS
from gatewatch.model.episode import Episode

if TYPE_CHECKING:
    import pyarrow as pa

_HOUR = 3_600_000_000
_CELLS = f"""
    WITH seen AS (
        SELECT m.subject, network, max(hour) * $hour AS newest,
            bool_or({SAW_ACCESS} AND $at - hour * $hour <= $fresh) AS near
        FROM tallies t JOIN members m USING (about)
        WHERE t.total > 0 AND network <> 0 AND hour * $hour <= $at GROUP BY ALL),
    stands AS (
        SELECT subject, networks[1] AS network, onset_earliest, onset_latest FROM blocks
        WHERE onset_latest <= $at
            AND resolution_earliest + CASE WHEN resolution_latest IS NULL THEN $fresh ELSE 0 END >= $at
        QUALIFY row_number() OVER (PARTITION BY subject, networks[1] ORDER BY onset_latest) = 1)
    SELECT subject, network,
        CASE WHEN onset_latest IS NOT NULL THEN 'followed'
            WHEN near THEN 'not_followed' ELSE 'insufficient' END,
        onset_earliest, onset_latest, newest
    FROM seen LEFT JOIN stands USING (subject, network) ORDER BY subject, network
"""
"""A network follows where a block of its own stands at the moment, and does not where none does and
it saw access within `fresh` of the moment."""
_NEAR = """
    SELECT DISTINCT network FROM tallies t JOIN members m USING (about)
    WHERE t.total > 0 AND network <> 0 AND abs(hour * $hour - $at) <= $fresh
"""


class NetworkCell(msgspec.Struct, frozen=True):
    """What one network does with one name. Times are microseconds since 1970."""

    subject: str
    network: int
    state: str
    """followed, not_followed or insufficient."""
    since_after: int | None
    since_by: int | None
    last: int
    """The last hour in which it measured the name."""


def cells(
    store: Store,
    *,
    members: "pa.Table",
    tallies: "pa.Table",
    episodes: Sequence[Episode],
    at: datetime,
    fresh: float,
) -> list[NetworkCell]:
    """A cell for each subject and each network that ever measured it by `at`. `members`: `about`,
    `subject`, as for ledger/agreement.py. `episodes`: found in what each network saw by itself.
    `fresh` are hours."""
    with store.shown(members=members, tallies=tallies, blocks=blocks_table(episodes)):
        rows = store.query(_CELLS, _asked(at, fresh))
    return [NetworkCell(*row) for row in rows]


def networks_near(
    store: Store, *, members: "pa.Table", tallies: "pa.Table", at: datetime, fresh: float
) -> set[int]:
    """The networks that measured any of some names within `fresh` hours of a moment."""
    with store.shown(members=members, tallies=tallies):
        return {number for (number,) in store.query(_NEAR, _asked(at, fresh))}


def _asked(at: datetime, fresh: float) -> dict[str, object]:
    return {"at": micros(at), "fresh": round(fresh * _HOUR), "hour": _HOUR}
