"""Gathers what an ingest found into commits, and tells history anew where something came in
late."""

import sqlite3
from collections import Counter
from collections.abc import Iterable, Iterator, Mapping, Sequence
from datetime import datetime
from itertools import chain, groupby, islice
from time import monotonic
from typing import Self

import msgspec

from gatewatch.analysis.registers import lookup, timeline
from gatewatch.errors import LedgerConflictError
from gatewatch.ledger import filing
from gatewatch.ledger.batches import new_batch, next_record_time
from gatewatch.ledger.history import History
from gatewatch.ledger.resuming import recorded_changes
from gatewatch.ledger.schema import event_row, snapshot_row
from gatewatch.ledger.store import Store
from gatewatch.model.entry import Entry
from gatewatch.model.history import Change, Op, Snapshot, Status
from gatewatch.model.register import Register
from gatewatch.model.selector import Kind, Selector

_BATCH_EVENTS = 40_000
_BATCH_SECONDS = 5.0
_SORTING_KIB = 48 << 10


class Writer:
    """Gathers rows and commits them in batches, snapshots last."""

    def __init__(
        self, store: Store, register: Register, recalled: Mapping[str, datetime] | None = None
    ) -> None:
        """`recalled`: when snapshots were recorded that are told again after a loss."""
        self._store = store
        self._recalled = dict(recalled or {})
        self._register = register
        self._turn = store.turn(register.id)
        self._last = History(store).high_water()
        self._filed: set[int] = set()
        held = History(store).registers().get(register.id)
        self._declared, self._new = held == register, held is None
        self._start()

    def add(self, snapshot: Snapshot, told: Iterable[Change]) -> Snapshot:
        """Take a snapshot with its changes, and give it with these counted; commits when a batch is
        full or old enough. Changes that are a batch by themselves are never held all at once."""
        coming = iter(told)
        first = list(islice(coming, _BATCH_EVENTS))
        if len(first) == _BATCH_EVENTS:
            return self._stream(snapshot, chain(first, coming))
        snapshot = timeline.counted(snapshot, first)
        self._take(snapshot, first)
        full = len(self._events) >= _BATCH_EVENTS
        if full or monotonic() - self._since > _BATCH_SECONDS:
            self.flush()
        return snapshot

    def _stream(self, snapshot: Snapshot, told: Iterable[Change]) -> Snapshot:
        snapshot = msgspec.structs.replace(snapshot, batch=self._batch)
        ops: Counter[str] = Counter()
        with _SortedKeys() as keys:

            def rows() -> Iterator[tuple[object, ...]]:
                for change in told:
                    ops[change.op] += 1
                    if change.entry is not None:
                        every = _selectors_of(change.entry)
                        keys.add(_keys_of(change.entry, every), change.entry_id)
                    yield event_row(snapshot, change)

            self._store.stream("events", rows())
            self._store.stream(
                "selectors",
                ((key, self._register.id, entry, self._batch) for key, entry in keys.rows()),
            )
        snapshot = msgspec.structs.replace(
            snapshot, added=ops[Op.ADDED], changed=ops[Op.CHANGED], removed=ops[Op.REMOVED]
        )
        self._snapshots.append(snapshot)
        self.flush()
        return snapshot

    def add_together(self, rows: Iterable[timeline.Recorded]) -> None:
        """Commit a history told anew as one act: half of it would contradict the other half."""
        for row in rows:
            self._take(row.snapshot, row.changes)
        self.flush()

    def _take(self, snapshot: Snapshot, told: Iterable[Change]) -> None:
        snapshot = msgspec.structs.replace(snapshot, batch=self._batch)
        self._snapshots.append(snapshot)
        for change in told:
            self._events.append(event_row(snapshot, change))
            if change.entry is not None:
                self._file(change.entry)

    def set_aside(self, snapshot: Snapshot, entry_id: str | None, reason: str, raw: str) -> None:
        """Keep a record that was not understood, with its reason."""
        self._aside.append((self._register.id, snapshot.id, self._batch, entry_id, reason, raw))

    def flush(self) -> None:
        """Commit what has been gathered."""
        if not self._snapshots:
            return
        recorded_at = next_record_time(self._last)
        rows: dict[str, Iterable[tuple[object, ...]]] = {
            "events": sorted(self._events, key=_by_entry),
            "selectors": sorted(self._selectors),
            "set_aside": self._aside,
            "registers": [],
            "snapshots": [
                snapshot_row(
                    msgspec.structs.replace(s, recorded_at=self._recalled.pop(s.id, recorded_at))
                )
                for s in self._snapshots
            ],
        }
        # What is set aside changes nothing of a register that is held, its declaration included.
        believed = self._new or any(s.status == Status.ACCEPTED for s in self._snapshots)
        if not self._declared and believed:
            text = msgspec.json.encode(self._register).decode()
            rows["registers"] = [(self._register.id, text, self._batch, recorded_at)]
        self._store.commit(self._register.id, rows, self._turn)
        self._turn += 1
        self._last = recorded_at
        self._declared, self._new = self._declared or believed, False
        self._start()
        self._store.refresh()
        if self._store.turn(self._register.id) != self._turn:
            raise LedgerConflictError(f"another writer added to {self._register.id} just after")

    @property
    def waiting(self) -> list[Snapshot]:
        """What was taken and is not committed."""
        return self._snapshots

    def _start(self) -> None:
        self._batch = new_batch()
        self._since = monotonic()
        self._snapshots: list[Snapshot] = []
        self._events: list[tuple[object, ...]] = []
        self._selectors: list[tuple[str, str, str, str]] = []
        self._aside: list[tuple[object, ...]] = []

    def _file(self, entry: Entry) -> None:
        fresh = []
        for selector in _selectors_of(entry):
            mark = hash((selector.kind, selector.value, entry.id))
            if mark not in self._filed:
                self._filed.add(mark)
                fresh.append(selector)
        self._selectors += [
            (key, self._register.id, entry.id, self._batch) for key in _keys_of(entry, fresh)
        ]


class _SortedKeys:
    """Keys and the entries filed under them, sorted in a temporary file however many they are."""

    def __enter__(self) -> Self:
        self._file = sqlite3.connect("", isolation_level=None, check_same_thread=False)
        for order in (
            "PRAGMA journal_mode = OFF",
            f"PRAGMA cache_size = -{_SORTING_KIB}",
            "CREATE TABLE filed (lookup BLOB, entry BLOB)",
            "BEGIN",
        ):
            self._file.execute(order)
        return self

    def __exit__(self, *_: object) -> None:
        self._file.close()

    def add(self, keys: Iterable[str], entry_id: str) -> None:
        """File an entry under keys."""
        name = entry_id.encode()
        self._file.executemany(
            "INSERT INTO filed VALUES (?, ?)", [(key.encode(), name) for key in keys]
        )

    def rows(self) -> Iterator[tuple[str, str]]:
        """Key and entry, each pair once, in order."""
        found = self._file.execute("SELECT lookup, entry FROM filed ORDER BY lookup, entry")
        for (key, entry), _ in groupby(found):
            yield key.decode(), entry.decode()


def _selectors_of(entry: Entry) -> tuple[Selector, ...]:
    """What an entry is filed under: its selectors, and texts that could not be read."""
    return (*entry.selectors, *(Selector(Kind.UNREAD, text) for text in entry.unparsed))


def _keys_of(entry: Entry, fresh: Sequence[Selector]) -> Iterator[str]:
    """Keys under which some selectors of an entry have to be filed, as the ledger keeps them."""
    keys = {key for selector in fresh for key in lookup.stored(selector)}
    among = keys
    if any(selector.kind == Kind.URL for selector in fresh):
        among = {key for selector in _selectors_of(entry) for key in lookup.stored(selector)}
    return map(filing.kept, filing.needed(keys, among))


def _by_entry(row: tuple[object, ...]) -> str:
    return str(row[1])


def rewoven(
    store: Store,
    register: Register,
    late: list[timeline.Late],
    decided: dict[str, Snapshot],
) -> Iterator[timeline.Recorded]:
    """Rows to write when snapshots or decisions come in that change what follows them."""
    held = recorded(History(store), register.id)
    return timeline.weave(held, late, decided, register.expectations)


def recorded(history: History, register: str) -> list[timeline.Recorded]:
    """All snapshots of a register with their events, in the order of their own time."""
    told = recorded_changes(history, register)
    return [
        timeline.Recorded(s, tuple(event.change for event in told.get(s.id, ())))
        for s in history.snapshots(register)
    ]
