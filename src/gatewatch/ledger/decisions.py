"""Decisions that a register ever named, grouped and counted in SQL: of a large register they are
hundreds of thousands, and are never in memory at once."""

from collections.abc import Callable
from datetime import datetime, timedelta
from enum import StrEnum

import msgspec

from gatewatch.ledger.runs import Runs
from gatewatch.ledger.schema import EPOCH
from gatewatch.ledger.store import Store

_EVER = """
    WITH held AS (
        SELECT lower(e.decision_number) AS act, e.decision_body AS body, e.entry,
            CASE WHEN e.decision_number IS NULL THEN e.decision_date END AS day,
            min(e.decision_number) AS number, min(e.decision_date) AS decided,
            min(epoch_us(e.published_at)) AS seen
        FROM {accepted} WHERE e.register = $1
            AND coalesce(e.decision_number, e.decision_body, e.decision_date) IS NOT NULL
        GROUP BY ALL),
    stand AS (SELECT DISTINCT entry FROM {standing}),
    cite AS (
        SELECT DISTINCT entry, lower(number) AS act, body,
            CASE WHEN number IS NULL THEN decided END AS day
        FROM {standing}),
    ever AS (
        SELECT held.act, held.body, min(number) AS number, min(decided) AS decided,
            min(seen) AS seen, count(*) AS entries, count(cite.entry) AS standing,
            count(stand.entry) - count(cite.entry) AS elsewhere
        FROM held LEFT JOIN stand ON stand.entry = held.entry
            LEFT JOIN cite ON cite.entry = held.entry AND cite.act IS NOT DISTINCT FROM held.act
                AND cite.body = coalesce(held.body, '') AND cite.day IS NOT DISTINCT FROM held.day
        GROUP BY held.act, held.body, held.day)
    SELECT row_number() OVER (ORDER BY {order}, number, body) - 1 AS place,
        body, number, decided, coalesce(decided, '')[:4] AS year, entries, standing, elsewhere, seen
    FROM ever
    WHERE ($2::VARCHAR[] IS NULL OR list_contains($2::VARCHAR[], coalesce(body, '')))
        AND ($3::VARCHAR IS NULL OR contains(act, lower($3::VARCHAR)))
        AND ($4::VARCHAR IS NULL OR starts_with(decided, $4::VARCHAR))
"""


class DecisionSort(StrEnum):
    """What comes first in a list of decisions."""

    DAY = "day"
    """The newest, by its own day, or where none is told by the day on which it was first seen."""
    SIZE = "size"
    """That which named the most entries."""


_ORDER = {
    DecisionSort.DAY: "coalesce(decided, strftime(make_timestamp(seen), '%Y-%m-%d')) DESC",
    DecisionSort.SIZE: "entries DESC",
}


class DecisionsAmong(msgspec.Struct, frozen=True, kw_only=True):
    """What a decision must be like; None: anything."""

    bodies: tuple[str, ...] | None = None
    """As published; empty: where none is told."""
    number: str | None = None
    """A part of its number, whatever its case."""
    decided: str | None = None
    """How its day begins."""


class ListedDecision(msgspec.Struct, frozen=True):
    """One decision: its entries over all time, and those that stand under it at the moment or
    may."""

    body: str | None
    number: str | None
    """None where the register tells none: it is then all of one body on one day."""
    decided: str | None
    """The earliest of its days, if several are told."""
    entries: int
    standing: int
    elsewhere: int
    """Entries of it that stand too, but under another decision by then, or under none."""
    first_seen: datetime
    """The time of the first list that names it."""


class Decisions:
    """Decisions in a table of a session, in their order. It is made anew where the session has
    let go of it."""

    def __init__(self, store: Store, table: Callable[[], str]) -> None:
        self._store, self._table = store, table

    def __len__(self) -> int:
        return int(self._store.query(f"SELECT count(*) FROM {self._table()}")[0][0])

    def counts(self, field: str) -> dict[str, int]:
        """How many there are of each `body` or `year`, the most frequent first."""
        rows = self._store.query(
            f"""SELECT coalesce({field}, ''), count(*) AS n FROM {self._table()}
            GROUP BY 1 ORDER BY n DESC, min(place)"""
        )
        return dict(rows)

    def __getitem__(self, span: slice) -> list[ListedDecision]:
        first, last, _ = span.indices(len(self))
        rows = self._store.query(
            f"""SELECT body, number, decided, entries, standing, elsewhere, seen
            FROM {self._table()}
            WHERE place >= $1 AND place < $2 ORDER BY place""",
            [first, last],
        )
        return [
            ListedDecision(
                body=body,
                number=number,
                decided=decided,
                entries=entries,
                standing=standing,
                elsewhere=elsewhere,
                first_seen=EPOCH + timedelta(microseconds=at),
            )
            for body, number, decided, entries, standing, elsewhere, at in rows
        ]


def decisions(
    store: Store,
    accepted: Callable[[], str],
    *,
    register: str,
    standing: Runs,
    sought: DecisionsAmong,
    sort: DecisionSort,
) -> Decisions:
    """Those of a register. `accepted`: events `e` for FROM; `standing`: its entries that stand,
    with the numbers of their decisions."""

    def table() -> str:
        sql = _EVER.format(accepted=accepted(), standing=standing.table, order=_ORDER[sort])
        return store.prepared(sql, (register, sought.bodies, sought.number, sought.decided))

    return Decisions(store, table)
