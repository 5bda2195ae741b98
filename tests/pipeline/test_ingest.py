"""What an ingest makes of containers that are partly unfit."""

from pathlib import Path
from zipfile import ZipFile

import pytest
from tests.asking import snapshots
from tests.formats import ALL

from gatewatch import pipeline
from gatewatch.query import ledger as reading
from gatewatch.query.health import examine


def test_one_member_without_a_date_is_named_and_the_others_go_on(tmp_path: Path) -> None:
    """An archive of dated states with one that bears no time gives the dated ones."""
    form = ALL[3]
    with ZipFile(tmp_path / "states.zip", "w") as archive:
        for name, hour in (("2020-01-01.csv", 1), ("2020-01-02.csv", 25), ("notes.csv", 30)):
            (data,) = form.files(hour, {"a": 0, "b": 0}).values()
            archive.writestr(name, data)
    outcome = pipeline.ingest(str(tmp_path / "ledger"), form.register, str(tmp_path / "states.zip"))
    assert (outcome.read, len(outcome.skipped)) == (2, 1)
    assert "notes.csv" in outcome.skipped[0].reason


@pytest.mark.parametrize("late", [False, True])
def test_what_cannot_be_read_is_as_it_was_just_before(tmp_path: Path, late: bool) -> None:
    """An unreadable entry in a snapshot that is set aside stays as in the one just before, which
    may have been set aside as well: not as in the last one believed. The record stands beside
    it."""
    form, ledger = ALL[0], str(tmp_path / "ledger")
    worlds = {1: {"a": 1, "b": 0, "c": 0}, 2: {"a": 0}, 3: {"a": 0}, 4: {"a": 1, "b": 0, "c": 0}}
    folders: list[Path] = []
    for hours in ([1, 2, 4], [3]) if late else ([1, 2], [3], [4]):
        folders.append(tmp_path / f"in{hours[0]}")
        folders[-1].mkdir()
        for hour in hours:
            (data,) = form.files(hour, worlds[hour]).values()
            broken = data.replace(b'org="Board"/>', b'org="Board#/>') if hour == 3 else data
            (folders[-1] / f"state_20200101-0{hour}00.xml").write_bytes(broken)
    for folder in folders:
        pipeline.ingest(ledger, form.register, str(folder))
    assert not [f for f in examine(ledger) if f.level == "fault"]
    held = snapshots(reading.open(ledger))
    assert [s.status for s in held] == ["accepted", "quarantined", "quarantined", "accepted"]
    assert [(s.added, s.changed, s.removed) for s in held][2] == (1, 0, 0)
