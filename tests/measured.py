"""Judged measurements put straight into a ledger's tables: any host, network, hour and verdict."""

from collections.abc import Iterable
from datetime import UTC, datetime, timedelta
from typing import Any

import pyarrow as pa

from gatewatch.ledger import schema
from gatewatch.ledger.store import Store

Row = tuple[str, int, int, bool]
"""Host, network, hour since 1970, blocked."""


def put(location: str, rows: Iterable[Row], batch: str, code: str = "RU") -> datetime:
    """Write one batch; returns when it was recorded."""
    held, now = list(rows), datetime.now(UTC)
    store = Store(location)
    store.create(schema.MEASUREMENT_TABLES)
    uids = [f"{batch}-{n:06}" for n in range(len(held))]
    store.append(
        batch,
        {
            "measurements": _table(
                "measurements",
                [
                    {
                        "uid": uid,
                        "host": host,
                        "probe_cc": code,
                        "probe_asn": network,
                        "batch": batch,
                        "started_at": datetime(1970, 1, 1, tzinfo=UTC) + timedelta(hours=hour),
                        "recorded_at": now,
                    }
                    for uid, (host, network, hour, _) in zip(uids, held, strict=True)
                ],
            ),
            "verdicts": _table(
                "verdicts",
                [
                    {
                        "uid": uid,
                        "part": 0,
                        "subject": "host",
                        "about": host,
                        "probe_cc": code,
                        "state": "blocked" if blocked else "ok",
                        "batch": batch,
                        "mechanism": "tls.reset" if blocked else None,
                        "recorded_at": now,
                    }
                    for uid, (host, _, _, blocked) in zip(uids, held, strict=True)
                ],
            ),
        },
        {"inputs": _table("inputs", [{"origin": batch, "batch": batch, "recorded_at": now}])},
        0,
    )
    return now


def _table(name: str, rows: list[dict[str, Any]]) -> pa.Table:
    wanted = pa.schema(schema.arrow_schema(name))
    return pa.Table.from_pylist(
        [{field: row.get(field) for field in wanted.names} for row in rows], schema=wanted
    )
