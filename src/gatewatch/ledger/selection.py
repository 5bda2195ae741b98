"""Measurements by what they are of, with the verdict that counts for each: lists and counts."""

import re
from collections.abc import Mapping, Sequence
from datetime import datetime
from enum import StrEnum
from typing import Any

import msgspec

from gatewatch.ledger.schema import micros, moment_of
from gatewatch.ledger.store import Store
from gatewatch.model.documentation import RESERVED

_TOLD = """
    WITH told AS (
        SELECT uid, report_id, test_name, input, host, probe_cc, probe_asn, control, origin,
            epoch_us(started_at) AS started, state, mechanism, locus, rules, why, ruleset,
            subject, about
        FROM verdicts_in_force($recorded_by, code := {code}) WHERE part = 0 AND {where})
"""
_EQUAL = {
    "measurement_uid": "uid",
    "report_id": "report_id",
    "input": "input",
    "domain": "host",
    "probe_cc": "probe_cc",
    "probe_asn": "probe_asn",
    "test_name": "test_name",
    "state": "coalesce(state, 'insufficient')",
}
_STATES = {
    "confirmed": "state = 'blocked'",
    "anomaly": "state IN ('blocked', 'likely_blocked', 'impaired', 'down')",
    "failure": "coalesce(state, 'insufficient') = 'insufficient'",
}
_COLUMNS = {
    "measurement_start_time": "started",
    "test_start_time": "started",
    "probe_cc": "probe_cc",
    "report_id": "report_id",
    "test_name": "test_name",
    "probe_asn": "probe_asn",
    "input": "input",
    "domain": "host",
}


class Grain(StrEnum):
    """How long a stretch of a time axis is."""

    HOUR = "hour"
    DAY = "day"
    WEEK = "week"
    MONTH = "month"
    YEAR = "year"


class Axis(StrEnum):
    """What counts can be taken over."""

    DAY = "measurement_start_day"
    """The beginning of each stretch of a grain."""
    PLACE = "probe_cc"
    NETWORK = "probe_asn"
    TEST = "test_name"
    DOMAIN = "domain"
    INPUT = "input"
    CATEGORY = "category_code"
    MECHANISM = "blocking_type"


_AXES = {
    Axis.PLACE: "probe_cc",
    Axis.NETWORK: "'AS' || probe_asn",
    Axis.TEST: "test_name",
    Axis.DOMAIN: "host",
    Axis.INPUT: "input",
    Axis.CATEGORY: "$codes[list_position($named, host)]",
    Axis.MECHANISM: "mechanism",
}
COUNTS = {
    "confirmed_count": _STATES["confirmed"],
    "anomaly_count": f"{_STATES['anomaly']} AND NOT {_STATES['confirmed']}",
    "failure_count": _STATES["failure"],
    "ok_count": "state = 'ok'",
}
"""Every measurement is in one of them."""
_NAMED = re.compile(r"\$([a-z_]+)")
_INVENTED = " OR ".join(
    f"probe_asn BETWEEN {numbers.start} AND {numbers.stop - 1}" for numbers in RESERVED
)
INVENTED_COUNT = "invented_count"
"""How many of all of them were invented for show, beside the counts."""


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
    subject: str | None = None
    about: str | None = None
    """What the verdict counts for: model.verdict.Subject."""


class MeasurementFilter(msgspec.Struct, frozen=True, kw_only=True):
    """What is asked for: `equal` by the names of `_EQUAL`, `flags` by those of `_STATES`, times
    [since, until)."""

    equal: Mapping[str, str | int] = {}
    flags: Mapping[str, bool] = {}
    hosts: Sequence[str] | None = None
    about: Sequence[str] | None = None
    """Names as verdicts bear them; of a test of many targets that of the whole."""
    since: datetime | None = None
    until: datetime | None = None
    made_by: datetime | None = None
    """When they were made: what is true by a time, and not what was published by then (`as_of`)."""
    as_of: datetime | None = None
    recorded_by: datetime | None = None


class PickedRows:
    """Measurements in their order, the first so many, of which those that are asked for are read:
    their names alone lie in a table of the session, which is made anew where that has let go of
    it."""

    def __init__(
        self, store: Store, wanted: MeasurementFilter, *, order: str, descending: bool, most: int
    ) -> None:
        self._store, self._wanted = store, wanted
        self._sql, self._values = "", tuple[Any, ...]()
        told, flags, values = _question(store, wanted)
        if not told:
            return
        named = f"{told} {_sorted(flags, order, descending=descending, what='uid')} LIMIT {most}"
        names = list(dict.fromkeys(_NAMED.findall(named)))
        numbered = _NAMED.sub(lambda found: f"${names.index(found[1]) + 1}", named)
        self._sql = f"SELECT uid, row_number() OVER () - 1 AS place FROM ({numbered})"
        given = (values[name] for name in names)
        self._values = tuple(tuple(one) if isinstance(one, list) else one for one in given)

    def __len__(self) -> int:
        return self._store.query(f"SELECT count(*) FROM {self._table()}")[0][0] if self._sql else 0

    def __getitem__(self, part: slice) -> list[Picked]:
        first, last, _ = part.indices(len(self))
        if first >= last:
            return []
        named = self._store.query(
            f"SELECT uid FROM {self._table()} WHERE place >= $1 AND place < $2 ORDER BY place",
            [first, last],
        )
        uids = [uid for (uid,) in named]
        told, _, values = _question(self._store, self._wanted)
        some = f"{told} SELECT * FROM told WHERE uid IN (SELECT unnest($uids))"
        rows = {row[0]: row for row in self._store.query(some, values | {"uids": uids})}
        return [_picked(rows[uid]) for uid in uids]

    def _table(self) -> str:
        return self._store.prepared(self._sql, self._values)


def picked(
    store: Store,
    wanted: MeasurementFilter,
    *,
    order: str = "measurement_start_time",
    descending: bool = True,
    limit: int = 100,
    offset: int = 0,
) -> tuple[list[Picked], int]:
    """Some measurements, and how many there are in all. `order` is a name of `_COLUMNS`."""
    told, flags, values = _question(store, wanted)
    if not told:
        return [], 0
    ((total,),) = store.query(f"{told} SELECT count(*) FROM told WHERE {flags}", values)
    rows = store.query(
        f"{told} {_sorted(flags, order, descending=descending)} LIMIT $limit OFFSET $offset",
        values | {"limit": limit, "offset": offset},
    )
    return list(map(_picked, rows)), int(total)


def _sorted(flags: str, order: str, *, descending: bool, what: str = "*") -> str:
    way = "DESC" if descending else "ASC"
    return (
        f"SELECT {what} FROM told WHERE {flags} "
        f"ORDER BY {_COLUMNS[order]} {way} NULLS LAST, uid {way}"
    )


def _picked(row: tuple[Any, ...]) -> Picked:
    one = dict(zip(Picked.__struct_fields__, row, strict=True))
    return Picked(**{**one, "at": moment_of(one["at"]), "rules": tuple(one["rules"] or ())})


def counted(
    store: Store,
    wanted: MeasurementFilter,
    axes: Sequence[Axis],
    *,
    grain: Grain = Grain.DAY,
    categories: Mapping[str, str] | None = None,
) -> list[dict[str, Any]]:
    """Counts over up to two axes. `categories` are codes by host, for the axis of categories."""
    told, flags, values = _question(store, wanted)
    if not told:
        return []
    columns = [f"{_stretch(grain) if axis == Axis.DAY else _AXES[axis]} AS {axis}" for axis in axes]
    columns += [f"count(*) FILTER ({test}) AS {name}" for name, test in COUNTS.items()]
    columns.append(f"count(*) FILTER ({_INVENTED}) AS {INVENTED_COUNT}")
    places = ", ".join(str(n + 1) for n in range(len(axes)))
    grouped = f"GROUP BY {places} ORDER BY ALL" if axes else ""
    known = categories or {}
    rows = store.query(
        f"{told} SELECT {', '.join(columns)}, count(*) FROM told WHERE {flags} {grouped}",
        values | {"named": list(known), "codes": list(known.values())},
    )
    names = [*map(str, axes), *COUNTS, INVENTED_COUNT, "measurement_count"]
    return [dict(zip(names, row, strict=True)) for row in rows]


def _stretch(grain: Grain) -> str:
    form = "%Y-%m-%dT%H:00:00Z" if grain == Grain.HOUR else "%Y-%m-%d"
    return f"strftime(date_trunc('{grain}', make_timestamp(started)), '{form}')"


def _question(store: Store, wanted: MeasurementFilter) -> tuple[str, str, dict[str, Any]]:
    if not store.holds("measurements"):
        return "", "", {}
    where: list[str] = ["true"]
    values: dict[str, Any] = {"recorded_by": wanted.recorded_by}
    for name, value in wanted.equal.items():
        where.append(f"{_EQUAL[name]} = ${name}")
        values[name] = value
    if wanted.hosts is not None:
        where.append("list_contains($hosts, host)")
        values["hosts"] = list(wanted.hosts)
    if wanted.about is not None:
        where.append("list_contains($about, about)")
        values["about"] = list(wanted.about)
    for name, sign, at in (
        ("since", ">=", wanted.since),
        ("until", "<", wanted.until),
        ("made_by", "<=", wanted.made_by),
        ("as_of", "<=", wanted.as_of),
    ):
        if at:
            when = "coalesce(collected_at, started_at)" if name == "as_of" else "started_at"
            where.append(f"epoch_us({when}) {sign} ${name}")
            values[name] = micros(at)
    flags = [f"({_STATES[n]}) IS {'TRUE' if on else 'NOT TRUE'}" for n, on in wanted.flags.items()]
    code = "$probe_cc" if "probe_cc" in wanted.equal else "NULL"
    return _TOLD.format(code=code, where=" AND ".join(where)), " AND ".join(flags) or "true", values
