"""A person's word on a snapshot, and what follows from it."""

import msgspec

from gatewatch.errors import LedgerConflictError, UsageError
from gatewatch.ledger.history import History
from gatewatch.ledger.store import Store
from gatewatch.model.history import Snapshot, Status
from gatewatch.pipeline.writer import Writer, rewoven


def decide(location: str, snapshot_id: str, *, accept: bool, note: str | None = None) -> Snapshot:
    """A person's word on a snapshot: believe it or not. The timeline after it is told anew."""
    store = Store(location)
    while True:
        history = History(store)
        found = [s for s in history.snapshots() if s.id.startswith(snapshot_id)]
        chosen = _only(found, snapshot_id)
        register = history.registers()[chosen.register]
        decided = msgspec.structs.replace(
            chosen,
            status=Status.ACCEPTED if accept else Status.REJECTED,
            decided=True,
            note=note,
        )
        writer = Writer(store, register)
        rows = list(rewoven(store, register, [], {chosen.id: decided}))
        if all(row.snapshot.id != chosen.id for row in rows):
            return chosen
        try:
            writer.add_together(rows)
        except LedgerConflictError:
            store.refresh()
            continue
        return decided


def _only(found: list[Snapshot], asked: str) -> Snapshot:
    if not found:
        raise UsageError(f"no snapshot {asked!r}: gatewatch quarantine lists those set aside")
    if len(found) > 1:
        raise UsageError(f"{asked!r} begins the names of {len(found)} snapshots; give more of it")
    return found[0]
