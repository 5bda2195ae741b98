"""The tables of a ledger. Any engine that reads Delta or Parquet can read them too.

`snapshots` is written last: events of a batch that no snapshot row names do not count, so a writer
that dies half way leaves nothing half true.
"""

from collections.abc import Iterable, Sequence
from datetime import UTC, datetime, timedelta
from functools import lru_cache
from itertools import accumulate
from sys import intern
from typing import TYPE_CHECKING, Any

from gatewatch.errors import LedgerError
from gatewatch.model.entry import Decision, Entry
from gatewatch.model.history import Change, Op, Snapshot, Status
from gatewatch.model.selector import Kind, Selector, from_key

if TYPE_CHECKING:
    import arro3.core

EPOCH = datetime(1970, 1, 1, tzinfo=UTC)
_MICROSECOND = timedelta(microseconds=1)

TEXT, TIME, COUNT, FLAG, TEXTS = "string", "time", "count", "flag", "strings"
NUMBER, COUNTS = "number", "counts"

REGISTER_TABLES: dict[str, dict[str, str]] = {
    "snapshots": {
        "register": TEXT,
        "id": TEXT,
        "published_at": TIME,
        "published_text": TEXT,
        "committed_at": TIME,
        "content": TEXT,
        "origin": TEXT,
        "status": TEXT,
        "reason": TEXT,
        "decided": FLAG,
        "note": TEXT,
        "base": TEXT,
        "base_at": TIME,
        "complete": FLAG,
        "entries": COUNT,
        "added": COUNT,
        "changed": COUNT,
        "removed": COUNT,
        "unreadable": TEXTS,
        "unparsed": COUNT,
        "set_aside": COUNT,
        "unknown": TEXTS,
        "tail": TEXT,
        "format": TEXT,
        "batch": TEXT,
        "recorded_at": TIME,
    },
    "events": {
        "register": TEXT,
        "entry": TEXT,
        "snapshot": TEXT,
        "batch": TEXT,
        "published_at": TIME,
        "base_at": TIME,
        "op": TEXT,
        "version": TEXT,
        "decision_body": TEXT,
        "decision_number": TEXT,
        "decision_date": TEXT,
        "block_type": TEXT,
        "ground": TEXT,
        "included_at": TEXT,
        "removed_at": TEXT,
        "urgent": FLAG,
        "selectors": TEXTS,
        "attributes": TEXTS,
        "unparsed": TEXTS,
    },
    "selectors": {"lookup": TEXT, "register": TEXT, "entry": TEXT, "batch": TEXT},
    "set_aside": {
        "register": TEXT,
        "snapshot": TEXT,
        "batch": TEXT,
        "entry": TEXT,
        "reason": TEXT,
        "raw": TEXT,
    },
    "registers": {"register": TEXT, "declaration": TEXT, "batch": TEXT, "recorded_at": TIME},
}
MEASUREMENT_TABLES: dict[str, dict[str, str]] = {
    "measurements": {
        "uid": TEXT,
        "report_id": TEXT,
        "test_name": TEXT,
        "test_version": TEXT,
        "started_at": TIME,
        "input": TEXT,
        "host": TEXT,
        "probe_cc": TEXT,
        "probe_asn": COUNT,
        "resolver_asn": COUNT,
        "resolver_ip": TEXT,
        "software": TEXT,
        "control": TEXT,
        "control_page": FLAG,
        "valid": TEXTS,
        "facts": TEXT,
        "problems": TEXTS,
        "readable": FLAG,
        "fingerprints": TEXT,
        "collected_at": TIME,
        "platform": TEXT,
        "engine": TEXT,
        "network_type": TEXT,
        "probe_id": TEXT,
        "annotations": TEXT,
        "tunnel": TEXT,
        "origin": TEXT,
        "batch": TEXT,
        "recorded_at": TIME,
    },
    "observations": {
        "uid": TEXT,
        "step": COUNT,
        "kind": TEXT,
        "hop": COUNT,
        "transaction": COUNT,
        "failure": TEXT,
        "t0": NUMBER,
        "t": NUMBER,
        "control": TEXT,
        "control_failure": TEXT,
        "host": TEXT,
        "query_type": TEXT,
        "engine": TEXT,
        "resolver": TEXT,
        "addresses": TEXTS,
        "asns": COUNTS,
        "control_addresses": TEXTS,
        "control_asns": COUNTS,
        "fingerprints": TEXTS,
        "ip": TEXT,
        "port": COUNT,
        "extra": FLAG,
        "version": TEXT,
        "verified": FLAG,
        "quic": FLAG,
        "certificate": TEXT,
        "certificate_names": TEXTS,
        "certificate_issuer": TEXT,
        "certificate_expires": TEXT,
        "url": TEXT,
        "tls": FLAG,
        "status": COUNT,
        "location": TEXT,
        "server": TEXT,
        "title": TEXT,
        "body_length": COUNT,
        "body_hash": TEXT,
        "body_truncated": FLAG,
        "header_names": TEXTS,
        "read": COUNT,
        "seconds": NUMBER,
        "control_status": COUNT,
        "control_length": COUNT,
        "control_title": TEXT,
        "control_header_names": TEXTS,
        "subset": TEXT,
        "cnames": TEXTS,
        "duplicate": FLAG,
        "certificate_starts": TEXT,
        "ech": FLAG,
        "outer_host": TEXT,
        "sent": COUNT,
        "operation": TEXT,
        "control_marks": TEXTS,
        "protocol": TEXT,
        "progress": COUNT,
        "changed": TEXTS,
        "batch": TEXT,
    },
    "verdicts": {
        "uid": TEXT,
        "part": COUNT,
        "target": TEXT,
        "state": TEXT,
        "mechanism": TEXT,
        "locus": TEXT,
        "interference": TEXTS,
        "hop": COUNT,
        "rules": TEXTS,
        "evidence": COUNTS,
        "why": TEXT,
        "ruleset": TEXT,
        "fingerprints": TEXT,
        "subject": TEXT,
        "about": TEXT,
        "probe_cc": TEXT,
        "batch": TEXT,
        "recorded_at": TIME,
    },
    "inputs": {"origin": TEXT, "lines": COUNT, "batch": TEXT, "recorded_at": TIME},
}
REPORT_TABLES: dict[str, dict[str, str]] = {
    "reports": {
        "id": TEXT,
        "service": TEXT,
        "jurisdiction": TEXT,
        "network": COUNT,
        "what": TEXT,
        "received_at": TIME,
        "reporter": TEXT,
        "region": TEXT,
        "inbox": TEXT,
        "number": COUNT,
        "batch": TEXT,
        "recorded_at": TIME,
    },
}
FACT_TABLES: dict[str, dict[str, str]] = {
    "facts": {
        "kind": TEXT,
        "fact": TEXT,
        "op": TEXT,
        "version": TEXT,
        "body": TEXT,
        "why": TEXT,
        "origin": TEXT,
        "batch": TEXT,
        "recorded_at": TIME,
    },
}
TABLES = {**REGISTER_TABLES, **MEASUREMENT_TABLES, **REPORT_TABLES, **FACT_TABLES}
FORMAT_VERSION = "1"
UPGRADED = "gatewatch.upgraded"
"""A property of a table that got columns after it was made."""
LATER: dict[str, frozenset[str]] = {
    "snapshots": frozenset({"tail"}),
    "measurements": frozenset(
        {
            "collected_at",
            "platform",
            "engine",
            "network_type",
            "probe_id",
            "annotations",
            "tunnel",
        }
    ),
    "observations": frozenset(
        {
            "subset",
            "cnames",
            "duplicate",
            "certificate_starts",
            "ech",
            "outer_host",
            "sent",
            "operation",
            "control_marks",
            "protocol",
            "progress",
            "changed",
        }
    ),
    "verdicts": frozenset({"subject", "about", "probe_cc"}),
    "reports": frozenset({"region"}),
}
"""Columns that came to form 1 after version 0.1.0: a ledger may lack them and be sound."""


def arrow_schema(table: str) -> "arro3.core.Schema":
    """The Arrow schema of a table."""
    from arro3.core import Field, Schema

    kinds = TABLES[table].items()
    return Schema([Field(name, _arrow_type(kind), nullable=True) for name, kind in kinds])


def delta_types(table: str) -> dict[str, object]:
    """The columns of a table with their types, as its log has them."""
    from deltalake import Schema

    return {field.name: field.type for field in Schema.from_arrow(arrow_schema(table)).fields}


def arrow_table(table: str, rows: Iterable[tuple[Any, ...]]) -> "arro3.core.Table":
    """Rows, in the order of the table's columns, as an Arrow table."""
    from arro3.core import Table

    kinds = TABLES[table].values()
    columns = list(zip(*rows, strict=True)) or [()] * len(kinds)
    arrays = [_arrow_array(kind, column) for kind, column in zip(kinds, columns, strict=True)]
    return Table.from_arrays(arrays, schema=arrow_schema(table))


_INSIDE = {TEXTS: TEXT, COUNTS: COUNT}
"""What a list holds."""


def _arrow_type(kind: str) -> "arro3.core.DataType":
    from arro3.core import DataType, Field

    if kind in _INSIDE:
        return DataType.list(Field("item", _arrow_type(_INSIDE[kind]), nullable=True))
    return {
        TEXT: DataType.utf8,
        TIME: lambda: DataType.timestamp("us", tz="UTC"),
        COUNT: DataType.int64,
        FLAG: DataType.bool,
        NUMBER: DataType.float64,
    }[kind]()


def _arrow_array(kind: str, values: Sequence[Any]) -> "arro3.core.Array":
    """A column. arro3, which deltalake brings, makes plain ones; times and lists are put
    together."""
    from arro3.core import Array, DataType, list_array

    if kind == TIME:
        known = [None if when is None else micros(when) for when in values]
        return Array(known, DataType.int64()).cast(_arrow_type(TIME))
    if kind in _INSIDE:
        ends = list(accumulate((len(one or ()) for one in values), initial=0))
        inside = [value for one in values for value in one or ()]
        return list_array(
            Array(ends, DataType.int32()),
            _arrow_array(_INSIDE[kind], inside),
            type=_arrow_type(kind),
            mask=Array([one is None for one in values], DataType.bool()),
        )
    return Array(list(values), _arrow_type(kind))


def select_list(table: str, columns: Iterable[str] | None = None, prefix: str = "") -> str:
    """Columns for a query; times come as microseconds since 1970, which needs no time zone data."""
    kinds = TABLES[table]
    return ", ".join(
        f'epoch_us({prefix}"{name}")' if kinds[name] == TIME else f'{prefix}"{name}"'
        for name in columns or kinds
    )


def micros(when: datetime) -> int:
    """A time as the tables hold it."""
    return (when - EPOCH) // _MICROSECOND


def moment_of(value: int | None) -> datetime | None:
    """A time as it came from a query."""
    return None if value is None else EPOCH + timedelta(microseconds=value)


def snapshot_row(s: Snapshot) -> tuple[Any, ...]:
    """A snapshot as a row of `snapshots`."""
    return (
        s.register,
        s.id,
        s.published_at,
        s.published_text,
        s.committed_at,
        s.content,
        s.origin,
        str(s.status),
        s.reason,
        s.decided,
        s.note,
        s.base,
        s.base_at,
        s.complete,
        s.entries,
        s.added,
        s.changed,
        s.removed,
        list(s.unreadable),
        s.unparsed,
        s.set_aside,
        list(s.unknown),
        s.tail,
        s.format,
        s.batch,
        s.recorded_at,
    )


def snapshot_from(row: tuple[Any, ...]) -> Snapshot:
    """A snapshot from a row selected with `select_list("snapshots")`."""
    named = dict(zip(TABLES["snapshots"], row, strict=True))
    for name, kind in TABLES["snapshots"].items():
        if kind == TIME:
            named[name] = moment_of(named[name])
        elif kind == TEXTS:
            named[name] = tuple(named[name] or ())
    if named["status"] not in STATUSES:
        raise unknown(f"a snapshot of the status {named['status']!r}")
    return Snapshot(**named)


def event_row(s: Snapshot, change: Change) -> tuple[Any, ...]:
    """A change as a row of `events`."""
    e = change.entry or Entry(change.entry_id)
    d = e.decision or Decision()
    told = change.entry is not None
    return (
        s.register,
        change.entry_id,
        s.id,
        s.batch,
        s.published_at,
        s.base_at,
        str(change.op),
        change.version,
        d.body,
        d.number,
        d.date,
        e.block_type if told else None,
        e.ground,
        e.included_at,
        e.removed_at,
        e.urgent,
        [str(x) for x in e.selectors],
        [f"{name}={value}" for name, value in e.attributes],
        list(e.unparsed),
    )


@lru_cache(maxsize=1024)
def _selector(key: str) -> Selector:
    """Versions of an entry come one after the other and name the same: one object stands for
    all."""
    found = from_key(key)
    if found.kind not in _KINDS:
        raise unknown(f"a selector of the kind {found.kind!r}")
    return found


_KINDS, _OPS, STATUSES = frozenset(Kind), frozenset(Op), frozenset(Status)


def unknown(what: str) -> LedgerError:
    """What is told of a word that a later program wrote."""
    return LedgerError(
        f"the ledger holds {what}, which this gatewatch does not know: "
        "read it with the version that wrote it"
    )


def change_from(named: dict[str, Any]) -> Change:
    """A change from the columns of `events` by name."""
    decision = Decision(named["decision_body"], named["decision_number"], named["decision_date"])
    entry = Entry(
        id=named["entry"],
        selectors=tuple(_selector(key) for key in named["selectors"] or ()),
        decision=None if decision == Decision() else decision,
        block_type=named["block_type"] or "url",
        ground=named["ground"],
        included_at=named["included_at"],
        removed_at=named["removed_at"],
        urgent=bool(named["urgent"]),
        attributes=tuple(_pair(text) for text in named["attributes"] or ()),
        unparsed=tuple(named["unparsed"] or ()),
    )
    if named["op"] not in _OPS:
        raise unknown(f"an event that is called {named['op']!r}")
    removed_silently = named["op"] == "removed" and entry.decision is None
    return Change(
        named["op"], named["entry"], named["version"], None if removed_silently else entry
    )


def _pair(text: str) -> tuple[str, str]:
    name, _, value = text.partition("=")
    return intern(name), value


AS_RECEIVED = (
    "uid",
    "readable",
    "report_id",
    "test_name",
    "test_version",
    "input",
    "probe_cc",
    "probe_asn",
    "resolver_asn",
    "resolver_ip",
    "software",
    "platform",
    "engine",
    "network_type",
    "probe_id",
    "tunnel",
)
"""Columns of `measurements` that a measurement has under the same name, as it was received."""
