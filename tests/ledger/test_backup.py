"""A copy of a ledger, made while others write, and the way back from it."""

import random
import threading
from pathlib import Path

import pytest
from tests.conftest import DEMO
from tests.probes import Probes

import gatewatch
from gatewatch import pipeline
from gatewatch.catalogue import registers as catalogue
from gatewatch.errors import LedgerError
from gatewatch.ledger.backup import LIST, backup, read, restore
from gatewatch.ledger.finding import FAULT
from gatewatch.pipeline import measurements
from gatewatch.query.health import examine


def faults(location: Path) -> list[str]:
    """What the doctor finds wrong."""
    return [found.what for found in examine(str(location)) if found.level == FAULT]


def told(location: Path) -> list[tuple[object, ...]]:
    """Every change that a ledger tells."""
    return [(e.register, e.snapshot, e.change) for e in gatewatch.open(str(location)).changes()]


def test_what_is_restored_answers_as_the_ledger_did(demo_ledger: str, tmp_path: Path) -> None:
    """There and back again: equal answers, recorded times included, and a sound ledger."""
    made = backup(demo_ledger, tmp_path / "copy")
    restore(tmp_path / "copy", str(tmp_path / "again"))
    assert told(tmp_path / "again") == told(Path(demo_ledger))
    ours, theirs = (
        gatewatch.open(str(place)).check("wechat.com", valid_at="2017-05-08")
        for place in (demo_ledger, tmp_path / "again")
    )
    assert (ours.state, ours.registers[0].matches[0].listing) == (
        theirs.state,
        theirs.registers[0].matches[0].listing,
    )
    assert not faults(tmp_path / "again")
    assert made == read(tmp_path / "copy")


def test_a_copy_is_itself_a_ledger(demo_ledger: str, tmp_path: Path) -> None:
    """It can be opened where it lies, on the day when that is needed."""
    backup(demo_ledger, tmp_path / "copy")
    assert gatewatch.open(str(tmp_path / "copy")).check("wechat.com", valid_at="2017-05-08")


def test_a_copy_made_while_writers_write_is_whole(tmp_path: Path) -> None:
    """Copies taken at any time of many small ingests are sound, and hold what was committed
    before."""
    ledger, declared = tmp_path / "ledger", catalogue.read(DEMO / "ru-demo.toml")
    states = sorted((DEMO / "prohibited-2017").glob("*.csv"))
    pipeline.ingest(str(ledger), declared, str(states[0]))

    def write() -> None:
        for state in states[1:]:
            pipeline.ingest(str(ledger), declared, str(state))

    writer = threading.Thread(target=write)
    writer.start()
    copies: list[tuple[list[tuple[object, ...]], Path]] = []
    while writer.is_alive() and len(copies) < 40:
        before = told(ledger)
        copies.append((before, tmp_path / f"copy-{len(copies)}"))
        backup(str(ledger), copies[-1][1])
    writer.join()
    assert len(copies) > 1
    for before, copy in copies:
        assert not faults(copy)
        assert {repr(change) for change in before} <= {repr(change) for change in told(copy)}


def test_measurements_are_copied_too(shared: Path, tmp_path: Path) -> None:
    """Every table that is there comes along."""
    ledger = tmp_path / "ledger"
    rows = [("site.example", 64500 + n, 400_000 + n, n % 2 == 0) for n in range(6)]
    file = Probes(shared).write(tmp_path / "made.jsonl", rows)
    measurements.ingest(str(ledger), str(file), processes=1)
    made = backup(str(ledger), tmp_path / "copy")
    assert {"measurements", "observations", "verdicts", "inputs"} <= set(made.tables)
    assert not faults(tmp_path / "copy")


@pytest.mark.parametrize("seed", range(8))
def test_a_changed_copy_is_not_restored(demo_ledger: str, tmp_path: Path, seed: int) -> None:
    """One bit of any file is enough, and what is wrong has its name in the message."""
    made = backup(demo_ledger, tmp_path / "copy")
    chance = random.Random(seed)
    file = tmp_path / "copy" / chance.choice(made.files).path
    data = bytearray(file.read_bytes())
    data[chance.randrange(len(data))] ^= 1 << chance.randrange(8)
    file.write_bytes(data)
    with pytest.raises(LedgerError, match=file.name):
        restore(tmp_path / "copy", str(tmp_path / "again"))
    assert not (tmp_path / "again").exists()


@pytest.mark.parametrize("what", ["lost", "unlisted", "cut"])
def test_a_copy_that_is_not_whole_is_refused(demo_ledger: str, tmp_path: Path, what: str) -> None:
    """A file or the list that is missing or cut short gets a plain word."""
    made = backup(demo_ledger, tmp_path / "copy")
    if what == "lost":
        (tmp_path / "copy" / made.files[-1].path).unlink()
    elif what == "unlisted":
        (tmp_path / "copy" / LIST).unlink()
    else:
        (tmp_path / "copy" / LIST).write_bytes((tmp_path / "copy" / LIST).read_bytes()[:40])
    with pytest.raises(LedgerError, match=r"lacks|holds no|cannot be read"):
        restore(tmp_path / "copy", str(tmp_path / "again"))


def test_a_list_that_leads_elsewhere_is_refused(demo_ledger: str, tmp_path: Path) -> None:
    """A copy is a stranger's: no path in its list may leave the folder."""
    backup(demo_ledger, tmp_path / "copy")
    listed = tmp_path / "copy" / LIST
    (tmp_path / "secret").write_text("of somebody else")
    text = listed.read_text()
    path = read(tmp_path / "copy").files[0].path
    listed.write_text(text.replace(f'"{path}"', '"../secret"', 1))
    with pytest.raises(LedgerError, match="outside"):
        restore(tmp_path / "copy", str(tmp_path / "again"))


def test_nothing_is_written_over(demo_ledger: str, tmp_path: Path) -> None:
    """Neither a copy nor a restored ledger goes where something lies."""
    backup(demo_ledger, tmp_path / "copy")
    with pytest.raises(LedgerError, match="there already"):
        backup(demo_ledger, tmp_path / "copy")
    with pytest.raises(LedgerError, match="there already"):
        restore(tmp_path / "copy", demo_ledger)
    with pytest.raises(LedgerError, match="no ledger"):
        backup(str(tmp_path / "nothing"), tmp_path / "other")
    with pytest.raises(LedgerError, match="object store"):
        backup("s3://bucket/ledger", tmp_path / "other")
