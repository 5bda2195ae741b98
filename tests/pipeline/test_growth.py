"""A register that outgrows the memory is told as one that does not."""

from collections.abc import Iterator
from pathlib import Path

import pytest
from tests.asking import snapshots
from tests.formats import ALL

import gatewatch
from gatewatch import pipeline
from gatewatch.ledger.store import Store
from gatewatch.pipeline import writer
from gatewatch.query.health import examine
from gatewatch.sources.containers import large
from gatewatch.sources.registers import reader, shelf

NAMES = [f"{a}{b}" for a in "abcde" for b in ("", *"abcdefghijklmnopqr")]
WORLDS = {
    1: {NAMES[n]: n % 3 for n in range(60)},
    2: {NAMES[n]: n % 3 for n in range(60) if n % 7},
    3: {},
    4: {NAMES[n]: (n + 1) % 3 for n in range(90)},
    5: {NAMES[n]: (n + 1) % 3 for n in range(91)},
}
ROWS = """SELECT e.register, e.entry, e.op, e.version, e.published_at, e.base_at, e.selectors,
    e.decision_date, e.included_at FROM events e JOIN snapshots s ON e.snapshot = s.id
    AND e.batch = s.batch ORDER BY ALL"""


@pytest.fixture
def outgrown() -> Iterator[pytest.MonkeyPatch]:
    """Every limit beyond which memory is left, at next to nothing."""
    with pytest.MonkeyPatch.context() as patch:
        patch.setattr(large, "LARGE", 100)
        patch.setattr(large, "WINDOW", 4096)
        patch.setattr(shelf, "MANY", 7)
        patch.setattr(shelf, "_WAITING", 5)
        patch.setattr(shelf, "_PAGE", 4)
        patch.setattr(reader, "MANY", 7)
        patch.setattr(reader, "_AT_ONCE", 6)
        patch.setattr(writer, "_BATCH_EVENTS", 9)
        yield patch


@pytest.mark.parametrize("form", ALL, ids=lambda form: form.register.format)
def test_all_is_told_the_same(form: object, tmp_path: Path, outgrown: pytest.MonkeyPatch) -> None:
    """Events, counts, what was set aside and why, in one run or in two; and doctor finds
    nothing."""
    folders = [tmp_path / "first", tmp_path / "later"]
    for folder, hours in zip(folders, ((1, 2, 3), (4, 5)), strict=True):
        for hour in hours:
            state = folder / f"state_20200101-0{hour}00"
            for name, data in form.files(hour, WORLDS[hour]).items():  # type: ignore[attr-defined]
                (state / name).parent.mkdir(parents=True, exist_ok=True)
                (state / name).write_bytes(data)
    told = []
    for name in ("outgrown", "small"):
        ledger = str(tmp_path / name)
        for folder in folders:
            pipeline.ingest(ledger, form.register, str(folder))  # type: ignore[attr-defined]
        told.append(
            (
                Store(ledger).query(ROWS),
                Store(ledger).query("SELECT DISTINCT lookup, entry FROM selectors ORDER BY ALL"),
                [
                    (s.status, s.reason, s.entries, s.added, s.changed, s.removed)
                    for s in snapshots(gatewatch.open(ledger))
                ],
            )
        )
        assert not [f for f in examine(ledger) if f.level == "fault"]
        outgrown.undo()
    assert told[0] == told[1]
    assert len(told[0][0]) > 100


def test_a_fault_while_rows_are_written_is_told_as_what_it_is(tmp_path: Path) -> None:
    """Not as one of Arrow's."""
    store = Store(str(tmp_path / "ledger"))
    store.create()

    def rows() -> Iterator[tuple[object, ...]]:
        yield ("d:a.example", "xx", "1", "b")
        raise KeyboardInterrupt

    with pytest.raises(KeyboardInterrupt):
        store.stream("selectors", rows())
    store.refresh()
    assert store.query("SELECT count(*) FROM selectors") == [(0,)]
