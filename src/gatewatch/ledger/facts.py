"""Versions of facts in a ledger: services, laws, claims, as the catalogue had them and from when
on.

A row is one version of one fact, or its removal. What was held at a time is the newest row of each
fact that had been recorded by then: nothing that comes later changes it.
"""

from collections.abc import Sequence
from datetime import datetime

import msgspec

from gatewatch.ledger import schema
from gatewatch.ledger.batches import new_batch, next_record_time
from gatewatch.ledger.schema import micros, moment_of
from gatewatch.ledger.store import Store

WRITER = "facts"
ADDED, CHANGED, REMOVED = "added", "changed", "removed"
_FAR = 1 << 61
_FIELDS = ("kind", "fact", "op", "version", "body", "why", "origin", "recorded_at")


class FactVersion(msgspec.Struct, frozen=True):
    """One version of one fact. `version` is a digest of `body`, which is JSON; both are empty where
    the fact was removed."""

    kind: str
    fact: str
    op: str
    version: str
    body: str
    why: str
    origin: str
    recorded_at: datetime | None = None


def add(store: Store, found: Sequence[FactVersion], turn: int) -> datetime:
    """Write versions as one commit; the time under which they are recorded.

    Raises LedgerConflictError if another writer added facts since `turn` was read.
    """
    ((newest,),) = store.query("SELECT epoch_us(max(recorded_at)) FROM facts")
    at, batch = next_record_time(moment_of(newest)), new_batch()
    rows = [(v.kind, v.fact, v.op, v.version, v.body, v.why, v.origin, batch, at) for v in found]
    store.append(WRITER, {}, {"facts": schema.arrow_table("facts", rows)}, turn)
    return at


def turn(store: Store) -> int:
    """How often facts were added, as of the state being read."""
    return store.turn(WRITER, "facts")


def first_recorded(store: Store) -> datetime | None:
    """Since when this ledger holds facts; None if it holds none."""
    return _recorded(store, "min")


def last_recorded(store: Store) -> datetime | None:
    """When facts were last added; None if it holds none."""
    return _recorded(store, "max")


def _recorded(store: Store, which: str) -> datetime | None:
    if not store.holds("facts"):
        return None
    return moment_of(store.query(f"SELECT epoch_us({which}(recorded_at)) FROM facts")[0][0])


def in_force(store: Store, recorded_by: datetime | None = None) -> list[FactVersion]:
    """The newest version of each fact that had been recorded by then, without those removed."""
    newest = f"""SELECT {schema.select_list("facts", _FIELDS)} FROM facts
        WHERE epoch_us(recorded_at) <= $recorded
        QUALIFY row_number() OVER (PARTITION BY kind, fact ORDER BY recorded_at DESC) = 1
        ORDER BY kind, fact"""
    return [one for one in _read(store, newest, recorded_by) if one.op != REMOVED]


def versions(store: Store, recorded_by: datetime | None = None) -> list[FactVersion]:
    """Every version, in the order in which they were recorded."""
    every = f"""SELECT {schema.select_list("facts", _FIELDS)} FROM facts
        WHERE epoch_us(recorded_at) <= $recorded ORDER BY recorded_at, kind, fact"""
    return _read(store, every, recorded_by)


def _read(store: Store, sql: str, recorded_by: datetime | None) -> list[FactVersion]:
    if not store.holds("facts"):
        return []
    until = micros(recorded_by) if recorded_by else _FAR
    named = (dict(zip(_FIELDS, row, strict=True)) for row in store.query(sql, {"recorded": until}))
    return [FactVersion(**{**one, "recorded_at": moment_of(one["recorded_at"])}) for one in named]
