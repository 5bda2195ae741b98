"""Counts of verdicts by host, jurisdiction, network and hour, as one Ibis expression.

Written once, it becomes DuckDB's SQL here and could become another engine's. The verdict in force
counts (ledger/views.py), so late data and a new judgement change the counts on the next read.
"""

from collections.abc import Sequence
from datetime import datetime, timedelta
from functools import lru_cache
from typing import TYPE_CHECKING

from gatewatch.errors import needs
from gatewatch.ledger import schema
from gatewatch.ledger.store import Store
from gatewatch.model.episode import Episode
from gatewatch.model.verdict import State

if TYPE_CHECKING:
    import ibis
    import pyarrow as pa

WEIGHTS: dict[str, float] = {
    State.BLOCKED: 1.0,
    State.LIKELY_BLOCKED: 0.75,
    State.IMPAIRED: 0.5,
    State.OK: 0.0,
}
"""How much of a block a verdict is worth. Others say nothing of one and are not counted."""
_TYPES = {
    schema.TEXT: "string",
    schema.TIME: "timestamp('UTC')",
    schema.COUNT: "int64",
    schema.FLAG: "boolean",
    schema.TEXTS: "array<string>",
    schema.NUMBER: "float64",
    schema.COUNTS: "array<int64>",
}


def tallies(
    store: Store,
    *,
    jurisdiction: str | None = None,
    hosts: Sequence[str] = (),
    as_of: datetime | None = None,
    recorded_by: datetime | None = None,
) -> "pa.Table":
    """A row for what one network saw of one host in one hour (since 1970): `host`, `probe_cc`,
    `network`, `hour`, `blocked` (weight), `total`, `mechanisms` (a bit each: see `mechanisms`). Of what
    was measured by `as_of` and held by `recorded_by`; empty without measurements."""
    if not store.holds("measurements"):
        return arrow().empty_table()
    known = [name for (name,) in store.query(_MECHANISMS)][:_BITS]
    counted = store.arrow(
        _sql(),
        {
            "code": jurisdiction,
            "hosts": list(hosts) or None,
            "as_of": as_of,
            "recorded_by": recorded_by,
            "known": known,
        },
    )
    return counted.cast(arrow(known))


def arrow(known: Sequence[str] = ()) -> "pa.Schema":
    """The columns of tallies."""
    with needs("network"):
        import pyarrow as pa

    return pa.schema(
        {
            "host": pa.string(),
            "probe_cc": pa.string(),
            "network": pa.int64(),
            "hour": pa.int64(),
            "blocked": pa.float64(),
            "total": pa.int64(),
            "mechanisms": pa.int64(),
        },
        metadata={"mechanisms": " ".join(known)},
    )


def mechanisms(schema_: "pa.Schema", bits: int) -> tuple[str, ...]:
    """The mechanisms that a row's bits stand for."""
    known = (schema_.metadata or {}).get(b"mechanisms", b"").decode().split()
    return tuple(name for place, name in enumerate(known) if bits >> place & 1)


def members(
    store: Store,
    one: Episode,
    *,
    hosts: Sequence[str],
    as_of: datetime | None = None,
    recorded_by: datetime | None = None,
) -> list[tuple[str, str, int, datetime, str, str | None]]:
    """The measurements that an episode rests on, by time: uid, host, network, when, state, mechanism."""
    asked = {
        "code": one.probe_cc,
        "hosts": list(hosts),
        "as_of": as_of,
        "recorded_by": recorded_by,
        "known": [],
        "first": int(one.first.timestamp()) // 3600,
        "last": int(one.last.timestamp()) // 3600,
    }
    rows = store.query(_members_sql(), asked)
    return [
        (uid, host, network, schema.EPOCH + timedelta(microseconds=at), state, how)
        for uid, host, network, at, state, how in rows
    ]


_BITS = 62
_MECHANISMS = "SELECT DISTINCT mechanism FROM verdicts WHERE mechanism IS NOT NULL ORDER BY 1"


@lru_cache(maxsize=1)
def _sql() -> str:
    """The expression for DuckDB. What a question asks for is filtered before anything is counted."""
    return f"""{_ASKED} SELECT host, probe_cc, coalesce(probe_asn, 0) AS network, hour,
        CAST(blocked AS DOUBLE) AS blocked, total, coalesce(mechanisms, 0) AS mechanisms
    FROM ({_duckdb(expression(_told()))})"""


@lru_cache(maxsize=1)
def _members_sql() -> str:
    """Every counted verdict of some hours."""
    return f"""{_ASKED} SELECT uid, host, coalesce(probe_asn, 0), epoch_us(started_at), state, mechanism
    FROM ({_duckdb(_told())}) WHERE hour BETWEEN $first AND $last ORDER BY started_at, uid"""


_ASKED = """WITH asked AS (
        SELECT *, 1::BIGINT << (list_position($known, mechanism) - 1) AS bit
        FROM verdicts_in_force($recorded_by)
        WHERE part = 0 AND ($code IS NULL OR probe_cc = $code)
            AND ($hosts IS NULL OR list_contains($hosts, host))
            AND ($as_of IS NULL OR started_at <= $as_of))"""


def _duckdb(table: "ibis.Table") -> str:
    import ibis

    return str(ibis.to_sql(table, dialect="duckdb"))


_ASKED_FOR = ("uid", "host", "probe_cc", "probe_asn", "started_at", "state", "mechanism")


def _told() -> "ibis.Table":
    """Verdicts in force that say something of a block, with their `hour` and what each is `worth`."""
    import ibis

    kinds = schema.TABLES["measurements"] | schema.TABLES["verdicts"]
    columns = {name: _TYPES[kinds[name]] for name in _ASKED_FOR} | {"bit": "int64"}
    asked = ibis.table(columns, name="asked")
    told = asked.filter(
        asked.state.isin(list(WEIGHTS)),
        asked.host.notnull(),
        asked.probe_cc.notnull(),
        asked.started_at.notnull(),
    )
    return told.mutate(
        worth=told.state.cases(*WEIGHTS.items(), else_=0.0),
        hour=(told.started_at.epoch_seconds() / 3600).floor().cast("int64"),
    )


def expression(held: "ibis.Table") -> "ibis.Table":
    """Host, jurisdiction, network, hour, blocked weight, total, mechanisms."""
    import ibis

    return held.group_by(["host", "probe_cc", "probe_asn", "hour"]).agg(
        blocked=ibis._.worth.sum(),
        total=ibis._.count(),
        mechanisms=ibis._.bit.bit_or(where=ibis._.worth > 0),
    )
