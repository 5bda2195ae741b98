"""Two writers of one register: whatever their commits' order, nothing is lost and nothing
doubled."""

from pathlib import Path

import pytest
from tests.asking import snapshots
from tests.conftest import DEMO

from gatewatch import pipeline
from gatewatch.catalogue import registers as catalogue
from gatewatch.errors import LedgerConflictError
from gatewatch.ledger.store import Store
from gatewatch.pipeline import RegisterProgress, Writer
from gatewatch.query import ledger as reading
from gatewatch.query.health import examine

DECLARED = catalogue.read(DEMO / "ru-demo.toml")
SOURCE = str(DEMO / "prohibited-2017")


def told(location: str) -> list[tuple[object, ...]]:
    """What a ledger says, without when and by which writer it was recorded."""
    ledger = reading.open(location)
    held = [(s.id, s.status, s.base, s.entries) for s in snapshots(ledger)]
    return [*held, *((e.snapshot, e.after, e.change) for e in ledger.changes())]


def test_a_commit_with_a_turn_that_was_taken_is_refused(demo_ledger: str) -> None:
    """Of two writers that read the same state the second is told, and nothing of its batch
    counts."""
    first, second = Writer(Store(demo_ledger), DECLARED), Writer(Store(demo_ledger), DECLARED)
    (held, *_) = snapshots(reading.open(demo_ledger))
    first.add(held, [])
    second.add(held, [])
    first.flush()
    with pytest.raises(LedgerConflictError):
        second.flush()


def test_a_commit_that_fell_between_two_of_ours_is_noticed(
    demo_ledger: str, monkeypatch: pytest.MonkeyPatch
) -> None:
    """A writer that is overtaken just after its commit is told before it goes on."""
    store = Store(demo_ledger)
    writer, other = Writer(store, DECLARED), Store(demo_ledger)
    (held, *_) = snapshots(reading.open(demo_ledger))
    refresh = store.refresh

    def overtaken() -> None:
        overtaker = Writer(other, DECLARED)
        overtaker.add(held, [])
        overtaker.flush()
        refresh()

    monkeypatch.setattr(store, "refresh", overtaken)
    writer.add(held, [])
    with pytest.raises(LedgerConflictError):
        writer.flush()


def test_an_ingest_that_is_overtaken_goes_on_and_counts_right(tmp_path: Path) -> None:
    """Overtaken half way, an ingest reads the ledger again, and says what it did itself."""
    alone, shared = str(tmp_path / "alone"), str(tmp_path / "shared")
    pipeline.ingest(alone, DECLARED, SOURCE)
    overtaken = False

    def overtake(progress: RegisterProgress) -> None:
        nonlocal overtaken
        if progress.read == 5 and not overtaken:
            overtaken = True
            pipeline.ingest(shared, DECLARED, f"{SOURCE}/2017-05-06.csv")

    slower = pipeline.ingest(shared, DECLARED, SOURCE, report=overtake)
    assert overtaken
    assert told(shared) == told(alone)
    assert slower.read + slower.repeated + slower.held == 11
    assert slower.accepted + len(slower.quarantined) == slower.read
    assert not [f for f in examine(shared) if f.level == "fault"]
