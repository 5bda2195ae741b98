"""Measurements by what they are of, with the verdict that counts for each: lists and counts."""

from collections.abc import Mapping, Sequence
from datetime import datetime
from typing import Any

import msgspec

from gatewatch.ledger.schema import micros, moment_of
from gatewatch.ledger.store import Store

_FAR = 1 << 61
_TOLD = """
    WITH told AS (
        SELECT m.uid, m.report_id, m.test_name, m.input, m.host, m.probe_cc, m.probe_asn, m.control, m.origin,
            epoch_us(m.started_at) AS started, v.state, v.mechanism, v.locus, v.rules, v.why, v.ruleset
        FROM measurements m LEFT JOIN verdicts v ON v.uid = m.uid AND v.part = 0
            AND (v.batch = m.batch OR v.batch IN (SELECT batch FROM inputs WHERE starts_with(origin, 'judge:')))
            AND epoch_us(v.recorded_at) <= $recorded_by
        WHERE epoch_us(m.recorded_at) <= $recorded_by AND {where}
        QUALIFY row_number() OVER (PARTITION BY m.uid ORDER BY v.recorded_at DESC) = 1)
"""
_EQUAL = {
    "measurement_uid": "m.uid",
    "report_id": "m.report_id",
    "input": "m.input",
    "domain": "m.host",
    "probe_cc": "m.probe_cc",
    "probe_asn": "m.probe_asn",
    "test_name": "m.test_name",
}
_STATES = {
    "confirmed": "state = 'blocked'",
    "anomaly": "state IN ('blocked', 'likely_blocked', 'impaired', 'down')",
    "failure": "coalesce(state, 'insufficient') = 'insufficient'",
}
ORDERS = {
    "measurement_start_time": "started",
    "test_start_time": "started",
    "probe_cc": "probe_cc",
    "report_id": "report_id",
    "test_name": "test_name",
    "probe_asn": "probe_asn",
    "input": "input",
    "domain": "host",
}
GRAINS = ("hour", "day", "week", "month", "year")
AXES = {
    "probe_cc": "probe_cc",
    "probe_asn": "'AS' || probe_asn",
    "test_name": "test_name",
    "domain": "host",
    "input": "input",
    "blocking_type": "mechanism",
}
COUNTS = {
    "confirmed_count": _STATES["confirmed"],
    "anomaly_count": f"{_STATES['anomaly']} AND NOT {_STATES['confirmed']}",
    "failure_count": _STATES["failure"],
    "ok_count": "state = 'ok'",
}
"""Every measurement is in one of them."""


class Picked(msgspec.Struct, frozen=True):
    """A measurement in a list, with the verdict that counts."""

    uid: str
    report_id: str | None
    test_name: str | None
    input: str | None
    host: str | None
    probe_cc: str | None
    probe_asn: int | None
    control: str | None
    origin: str | None
    at: datetime | None
    state: str | None
    mechanism: str | None
    locus: str | None
    rules: tuple[str, ...]
    why: str | None
    ruleset: str | None


class Wanted(msgspec.Struct, frozen=True, kw_only=True):
    """What is asked for. `equal` by the names of `_EQUAL`, `flags` by those of `_STATES`; times are
    [since, until)."""

    equal: Mapping[str, str | int] = {}
    flags: Mapping[str, bool] = {}
    hosts: Sequence[str] | None = None
    since: datetime | None = None
    until: datetime | None = None
    as_of: datetime | None = None
    recorded_by: datetime | None = None


def picked(
    store: Store,
    wanted: Wanted,
    *,
    order: str = "started",
    descending: bool = True,
    limit: int = 100,
    offset: int = 0,
) -> tuple[list[Picked], int]:
    """Some measurements, and how many there are in all."""
    told, flags, values = _question(store, wanted)
    if not told:
        return [], 0
    ((total,),) = store.query(f"{told} SELECT count(*) FROM told WHERE {flags}", values)
    way = "DESC" if descending else "ASC"
    rows = store.query(
        f"{told} SELECT * FROM told WHERE {flags} ORDER BY {order} {way} NULLS LAST, uid {way} LIMIT $limit OFFSET $offset",
        values | {"limit": limit, "offset": offset},
    )
    names = Picked.__struct_fields__
    found = [dict(zip(names, row, strict=True)) for row in rows]
    return [
        Picked(**{**one, "at": moment_of(one["at"]), "rules": tuple(one["rules"] or ())})
        for one in found
    ], int(total)


def counted(store: Store, wanted: Wanted, axes: Sequence[tuple[str, str]]) -> list[dict[str, Any]]:
    """Counts over up to two axes, each a name and an expression of `AXES` or `grain`."""
    told, flags, values = _question(store, wanted)
    if not told:
        return []
    columns = [f"{expression} AS {name}" for name, expression in axes]
    columns += [f"count(*) FILTER ({test}) AS {name}" for name, test in COUNTS.items()]
    grouped = (
        "GROUP BY " + ", ".join(str(n + 1) for n in range(len(axes))) + " ORDER BY ALL"
        if axes
        else ""
    )
    rows = store.query(
        f"{told} SELECT {', '.join(columns)}, count(*) FROM told WHERE {flags} {grouped}", values
    )
    names = [*(name for name, _ in axes), *COUNTS, "measurement_count"]
    return [dict(zip(names, row, strict=True)) for row in rows]


def grain(size: str) -> str:
    """The expression of a time axis: the beginning of each hour, day, week, month or year."""
    form = "%Y-%m-%dT%H:00:00Z" if size == "hour" else "%Y-%m-%d"
    return f"strftime(date_trunc('{size}', make_timestamp(started)), '{form}')"


def _question(store: Store, wanted: Wanted) -> tuple[str, str, dict[str, Any]]:
    if not store.holds("measurements"):
        return "", "", {}
    where, values = (
        ["true"],
        {"recorded_by": micros(wanted.recorded_by) if wanted.recorded_by else _FAR},
    )
    for name, value in wanted.equal.items():
        where.append(f"{_EQUAL[name]} = ${name}")
        values[name] = value  # type: ignore[assignment]
    if wanted.hosts is not None:
        where.append("list_contains($hosts, m.host)")
        values["hosts"] = list(wanted.hosts)  # type: ignore[assignment]
    for name, sign, at in (
        ("since", ">=", wanted.since),
        ("until", "<", wanted.until),
        ("as_of", "<=", wanted.as_of),
    ):
        if at:
            where.append(f"epoch_us(m.started_at) {sign} ${name}")
            values[name] = micros(at)
    flags = [f"({_STATES[n]}) IS {'TRUE' if on else 'NOT TRUE'}" for n, on in wanted.flags.items()]
    return _TOLD.format(where=" AND ".join(where)), " AND ".join(flags) or "true", values
