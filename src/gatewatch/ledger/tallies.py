"""Counts of verdicts by host, jurisdiction, network and hour, as one Ibis expression.

Written once, it becomes DuckDB's SQL here and could become another engine's. The latest
verdict on a measurement counts, so late data and a new judgement change the counts on the next read.
"""

from collections.abc import Sequence
from datetime import UTC, datetime
from functools import lru_cache
from typing import TYPE_CHECKING

import msgspec

from gatewatch.ledger import schema
from gatewatch.ledger.store import Store
from gatewatch.model.verdict import State

if TYPE_CHECKING:
    import ibis

WEIGHTS: dict[str, float] = {
    State.BLOCKED: 1.0, State.LIKELY_BLOCKED: 0.75, State.IMPAIRED: 0.5, State.OK: 0.0,
}  # fmt: skip
"""How much of a block a verdict is worth. Others say nothing of one and are not counted."""
_TYPES = {schema.TEXT: "string", schema.TIME: "timestamp('UTC')", schema.COUNT: "int64",
          schema.FLAG: "boolean", schema.TEXTS: "array<string>", schema.NUMBER: "float64",
          schema.COUNTS: "array<int64>"}  # fmt: skip


class Tally(msgspec.Struct, frozen=True):
    """What one network saw of one host in one hour since 1970."""

    host: str
    probe_cc: str
    network: int
    hour: int
    blocked: float
    total: int
    mechanisms: tuple[str, ...]

    @property
    def at(self) -> datetime:
        """The beginning of its hour."""
        return datetime.fromtimestamp(self.hour * 3600, UTC)


def tallies(
    store: Store, *, jurisdiction: str | None = None, hosts: Sequence[str] = (),
    as_of: datetime | None = None, recorded_by: datetime | None = None,
) -> list[Tally]:  # fmt: skip
    """Counts of what was measured by `as_of` and held by `recorded_by`; empty without measurements."""
    if not store.holds("measurements"):
        return []
    rows = store.query(_sql(), {
        "code": jurisdiction, "hosts": list(hosts) or None, "as_of": as_of, "recorded_by": recorded_by,
    })  # fmt: skip
    return [
        Tally(host, code, int(network or 0), int(hour), float(blocked), int(total),
              tuple(sorted(m for m in mechanisms or () if m)))
        for host, code, network, hour, blocked, total, mechanisms in rows
    ]  # fmt: skip


@lru_cache(maxsize=1)
def _sql() -> str:
    """The expression for DuckDB. What a question asks for is filtered before anything is counted."""
    import ibis

    counted = ibis.to_sql(
        expression(_table("asked"), _table("judged"), _table("inputs")), dialect="duckdb"
    )
    return f"""WITH asked AS (
        SELECT * FROM measurements
        WHERE ($code IS NULL OR probe_cc = $code) AND ($hosts IS NULL OR list_contains($hosts, host))
            AND ($as_of IS NULL OR started_at <= $as_of)),
    judged AS (SELECT * FROM verdicts WHERE $recorded_by IS NULL OR recorded_at <= $recorded_by)
    SELECT * FROM ({counted})"""


_OF = {"asked": "measurements", "judged": "verdicts", "inputs": "inputs"}


def _table(name: str) -> "ibis.Table":
    import ibis

    columns = schema.TABLES[_OF[name]]
    return ibis.table({key: _TYPES[kind] for key, kind in columns.items()}, name=name)


def expression(
    measurements: "ibis.Table", verdicts: "ibis.Table", inputs: "ibis.Table"
) -> "ibis.Table":
    """Host, jurisdiction, network, hour, blocked weight, total, mechanisms."""
    import ibis

    judged = inputs.filter(inputs.origin.startswith("judge:")).select(again=inputs.batch).distinct()
    whole = verdicts.filter(verdicts.part == 0, verdicts.state.isin(list(WEIGHTS)))
    held = measurements.select("uid", "host", "probe_cc", "probe_asn", "started_at", own="batch")
    joined = whole.join(held, "uid").left_join(judged, whole.batch == judged.again)
    valid = joined.filter((joined.batch == joined.own) | joined.again.notnull())
    latest = valid.mutate(
        place=ibis.row_number().over(group_by=valid.uid, order_by=valid.recorded_at.desc())
    ).filter(ibis._.place == 0)
    worth = latest.state.cases(*WEIGHTS.items(), else_=0.0)
    hourly = latest.mutate(
        worth=worth, hour=(latest.started_at.epoch_seconds() / 3600).floor().cast("int64"),
    )  # fmt: skip
    return hourly.filter(hourly.host.notnull(), hourly.probe_cc.notnull(), hourly.started_at.notnull()).group_by(
        ["host", "probe_cc", "probe_asn", "hour"]
    ).agg(
        blocked=ibis._.worth.sum(), total=ibis._.count(),
        mechanisms=ibis._.mechanism.collect(where=ibis._.worth > 0, distinct=True),
    )  # fmt: skip
