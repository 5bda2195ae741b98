"""The doctor is content with a sound ledger, finds each thing that is wrong, and says what to
do."""

import shutil
from collections.abc import Callable
from pathlib import Path
from typing import Any

import msgspec
import pyarrow as pa
import pyarrow.parquet as pq
import pytest
from deltalake import DeltaTable, write_deltalake

from gatewatch.errors import LedgerError
from gatewatch.ledger import checksums
from gatewatch.ledger.finding import Finding
from gatewatch.pipeline.measurements import ingest
from gatewatch.query import ledger as reading
from gatewatch.query.health import examine


def levels(found: list[Finding]) -> set[str]:
    return {finding.level for finding in found}


def faults(ledger: str) -> str:
    return "; ".join(f.what for f in examine(ledger) if f.level == "fault")


def rewrite(ledger: str, table: str, change: Callable[[dict[str, Any]], dict[str, Any]]) -> None:
    """Replace a table's rows behind the ledger's back, in one that has no checksums; its log keeps
    the turns."""
    shutil.rmtree(Path(ledger) / checksums.FOLDER)
    held = DeltaTable(f"{ledger}/{table}")
    rows = held.to_pyarrow_table()
    changed = pa.Table.from_pylist([change(row) for row in rows.to_pylist()], schema=rows.schema)
    (file, *_) = held.file_uris()
    pq.write_table(changed, file)


def test_a_sound_ledger_has_no_fault(demo_ledger: str) -> None:
    """After an ordinary ingest there is nothing but the quarantined day to note."""
    found = examine(demo_ledger)
    assert levels(found) == {"ok", "note"}
    assert [f.what for f in found if f.level == "note"] == ["1 snapshot set aside"]


def test_no_ledger_is_an_error_that_says_so(tmp_path: Path) -> None:
    """An empty folder is not a sound ledger."""
    with pytest.raises(LedgerError, match="no ledger"):
        examine(str(tmp_path))


@pytest.mark.parametrize("table", ["events", "snapshots", "selectors", "set_aside", "registers"])
def test_a_table_that_is_gone_is_a_fault(demo_ledger: str, table: str) -> None:
    """A table whose log was deleted is named."""
    shutil.rmtree(Path(demo_ledger) / table / "_delta_log")
    assert f"table {table} is lost" in faults(demo_ledger)


def test_a_data_file_that_is_gone_is_a_fault(demo_ledger: str) -> None:
    """A deleted file is named, with what to do."""
    (file, *_) = DeltaTable(f"{demo_ledger}/events").file_uris()
    Path(file).unlink()
    fault, logged = [f for f in examine(demo_ledger) if f.level == "fault"]
    assert Path(file).name in logged.what
    assert file in fault.what
    assert "gatewatch repair NEW --source ID=PLACE" in fault.advice


@pytest.mark.parametrize("share", [n / 20 for n in range(20)])
def test_overwritten_bytes_are_a_fault_or_change_nothing(demo_ledger: str, share: float) -> None:
    """Bytes overwritten anywhere in a file of events are noticed, unless they hold no row."""
    (file, *_) = DeltaTable(f"{demo_ledger}/events").file_uris()
    data = bytearray(Path(file).read_bytes())
    before = reading.open(demo_ledger).changes()
    at = int(share * len(data))
    data[at : at + 40] = b"\xff" * len(data[at : at + 40])
    Path(file).write_bytes(data)
    assert faults(demo_ledger) or reading.open(demo_ledger).changes() == before


def test_an_event_that_is_missing_is_a_fault(demo_ledger: str) -> None:
    """An event that was moved to a batch that does not count leaves its snapshot short."""
    rewrite(
        demo_ledger,
        "events",
        lambda row: row | {"batch": "lost"} if row["op"] == "removed" else row,
    )
    assert "other events than they count" in faults(demo_ledger)


def test_an_event_that_cannot_follow_is_a_fault(demo_ledger: str) -> None:
    """A removal of a version that the entry never had is noticed."""
    rewrite(
        demo_ledger,
        "events",
        lambda row: row | {"version": "0" * 16} if row["op"] == "removed" else row,
    )
    assert "do not follow from one another: ru-demo wechat" in faults(demo_ledger)


def test_a_snapshot_on_another_base_is_a_fault(demo_ledger: str) -> None:
    """A snapshot that does not rest on the one before it is named."""
    rewrite(
        demo_ledger,
        "snapshots",
        lambda row: row | {"base": "0" * 16} if row["removed"] else row,
    )
    assert "rest on another than the one before" in faults(demo_ledger)


def test_a_count_of_entries_that_events_do_not_leave_is_a_fault(demo_ledger: str) -> None:
    """A snapshot that claims more entries than are there is named."""
    rewrite(demo_ledger, "snapshots", lambda row: row | {"entries": row["entries"] + 1})
    assert "other entries than events leave" in faults(demo_ledger)


def test_a_selector_that_is_not_filed_is_a_fault(demo_ledger: str) -> None:
    """What a look-up would miss is found by the doctor."""
    rewrite(demo_ledger, "selectors", lambda row: row | {"lookup": "d:other.example"})
    assert "a look-up would not find: ru-demo" in faults(demo_ledger)


def test_a_declaration_that_cannot_be_read_is_a_fault(demo_ledger: str) -> None:
    """A register without a readable declaration is named."""
    rewrite(demo_ledger, "registers", lambda row: row | {"declaration": "{"})
    assert "without a declaration: ru-demo" in faults(demo_ledger)


def test_a_batch_beside_the_turns_is_a_fault(demo_ledger: str) -> None:
    """Snapshot rows that were appended by another tool are noticed."""
    table = DeltaTable(f"{demo_ledger}/snapshots")
    (row, *_) = table.to_pyarrow_table().to_pylist()
    foreign = pa.Table.from_pylist([row | {"batch": "foreign"}], table.to_pyarrow_table().schema)
    write_deltalake(table, foreign, mode="append")
    assert "commits are missing or doubled: ru-demo" in faults(demo_ledger)


def test_what_a_stopped_ingest_left_is_no_fault(demo_ledger: str) -> None:
    """Rows of a batch that never counted, and files that no commit names, are notes."""
    events = DeltaTable(f"{demo_ledger}/events")
    rows = events.to_pyarrow_table().slice(0, 2).to_pylist()
    left = pa.Table.from_pylist(
        [row | {"batch": "stopped"} for row in rows], events.to_pyarrow_table().schema
    )
    write_deltalake(events, left, mode="append")
    (Path(demo_ledger) / "events" / "part-left.parquet").write_bytes(b"PAR1")
    found = examine(demo_ledger)
    assert levels(found) == {"ok", "note"}
    notes = [f.what for f in found if f.level == "note"]
    assert "2 rows of events belong to an ingest that was stopped" in notes
    assert "1 file named by no commit" in notes


def test_a_ledger_of_another_form_is_a_fault(demo_ledger: str) -> None:
    """A table with other columns is not read as if it were ours."""
    shutil.rmtree(Path(demo_ledger) / "set_aside")
    shutil.rmtree(Path(demo_ledger) / checksums.FOLDER)
    write_deltalake(f"{demo_ledger}/set_aside", pa.table({"register": ["ru-demo"]}))
    assert "table set_aside has other columns" in faults(demo_ledger)


def test_findings_are_plain_data(demo_ledger: str) -> None:
    """A program gets level, what and advice of each."""
    assert {tuple(msgspec.to_builtins(f)) for f in examine(demo_ledger)} == {
        ("level", "what", "advice")
    }


@pytest.fixture
def measured(shared: Path, tmp_path: Path) -> str:
    """A ledger of the labelled measurements."""
    location = str(tmp_path / "measured")
    ingest(location, str(shared / "ooni" / "qa"), processes=1)
    return location


def test_a_sound_ledger_of_measurements_has_no_fault(measured: str) -> None:
    """After an ingest of measurements there is nothing to note."""
    assert levels(examine(measured)) == {"ok"}


@pytest.mark.parametrize(
    ("table", "change", "fault"),
    [
        ("verdicts", {"batch": "lost"}, "measurements without a verdict"),
        ("observations", {"batch": "lost"}, "belong to an ingest that was stopped"),
        ("observations", {"step": 7}, "steps that are missing or doubled"),
        ("measurements", {"uid": "same"}, "measurements are doubled"),
    ],
)
def test_measurements_that_do_not_agree_are_found(
    measured: str, table: str, change: dict[str, Any], fault: str
) -> None:
    """A verdict, a step or a measurement that was tampered with is noticed."""
    rewrite(measured, table, lambda row: row | change)
    assert fault in "; ".join(f.what for f in examine(measured) if f.level != "ok")
