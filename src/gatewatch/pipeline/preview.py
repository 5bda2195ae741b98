"""What an ingest would read, without a ledger: for whoever tries a declaration."""

import tempfile
from pathlib import Path

import msgspec

from gatewatch.ledger.history import History
from gatewatch.ledger.resuming import state
from gatewatch.ledger.store import Store
from gatewatch.model.entry import Entry
from gatewatch.model.register import Register
from gatewatch.pipeline.registers import RegisterOutcome, ingest

_SHOWN = 5


class Preview(msgspec.Struct, frozen=True):
    """What came of it, some entries of the last state believed, and what was not understood."""

    outcome: RegisterOutcome
    entries: tuple[Entry, ...]
    reasons: tuple[tuple[str, str], ...]
    """Reason and text of some records, or parts of them, that were set aside."""


def preview(register: Register, source: str, path: str | None = None) -> Preview:
    """Bring a source into a ledger that is thrown away: what is told is what an ingest would do."""
    with tempfile.TemporaryDirectory(prefix="gatewatch-dry-run-") as folder:
        place = str(Path(folder) / "ledger")
        outcome = ingest(place, register, source, path)
        history = History(Store(place))
        standing = state(history, register.id)
        events = history.events(register.id, list(standing)[:_SHOWN])
        shown = {
            event.change.entry_id: event.change.entry for event in events if event.change.entry
        }
        aside = [(a.reason, a.raw or a.entry or "") for a in history.set_aside()]
    return Preview(outcome, tuple(shown.values()), tuple(aside[:_SHOWN]))
