"""Ledgers made before a column was thought of are read and written as they are."""

from pathlib import Path

import pytest
from deltalake import DeltaTable, Field
from deltalake.schema import PrimitiveType
from tests.conftest import DEMO
from tests.measured import put

import gatewatch
from gatewatch import pipeline
from gatewatch.catalogue import registers as declarations
from gatewatch.ledger import schema
from gatewatch.ledger.finding import FAULT, NOTE
from gatewatch.ledger.measurements import Measurements
from gatewatch.ledger.store import Store
from gatewatch.pipeline import writer
from gatewatch.query.health import examine

DECLARED = declarations.read(DEMO / "ru-demo.toml")
STATES = DEMO / "prohibited-2017"

NEW = {"verdicts": ("subject", "about"), "measurements": ("collected_at", "tunnel")}


def aged(location: str, monkeypatch: pytest.MonkeyPatch, *columns: tuple[str, str]) -> None:
    """A ledger of the demo register as it was before some columns were thought of."""
    full = {name: dict(kinds) for name, kinds in schema.TABLES.items()}
    for table, column in columns:
        del full[table][column]
    rows = schema.snapshot_row
    place = list(schema.TABLES["snapshots"]).index("tail")
    with monkeypatch.context() as then:
        then.setattr(schema, "TABLES", full)
        then.setattr(
            schema, "REGISTER_TABLES", {name: full[name] for name in schema.REGISTER_TABLES}
        )
        then.setattr(writer, "snapshot_row", lambda s: (*rows(s)[:place], *rows(s)[place + 1 :]))
        pipeline.ingest(location, DECLARED, str(STATES / "2017-05-04.csv"))


def test_registers_of_an_older_ledger_are_read_written_and_examined(
    tmp_path: Path, monkeypatch: pytest.MonkeyPatch
) -> None:
    """What version 0.1.0 wrote answers as it did, takes new states, and is sound to the doctor."""
    location = str(tmp_path / "older")
    aged(location, monkeypatch, ("snapshots", "tail"))
    assert "tail" not in {f.name for f in DeltaTable(f"{location}/snapshots").schema().fields}
    asked = {"valid_at": "2017-05-04T20:59:00Z"}
    before = gatewatch.open(location).check("wechat.com", **asked)
    found = examine(location)
    assert not [one.what for one in found if one.level == FAULT]
    assert any("older than tail" in one.what for one in found if one.level == NOTE)
    pipeline.ingest(location, DECLARED, str(STATES / "2017-05-11.csv"))
    after = gatewatch.open(location)
    assert after.check("wechat.com", **asked).state == before.state == "listed"
    assert after.check("wechat.com", valid_at="2017-05-12").state != "listed"
    assert not [one.what for one in examine(location) if one.level == FAULT]


def test_columns_that_a_later_program_wrote_are_named(demo_ledger: str) -> None:
    """What is not known here is said, and not half read."""
    table = DeltaTable(f"{demo_ledger}/set_aside")
    table.alter.add_columns([Field("colour", PrimitiveType("string"))])
    faults = [one.what for one in examine(demo_ledger) if one.level == FAULT]
    assert any("set_aside" in what and "colour" in what for what in faults)


@pytest.fixture
def older(tmp_path: Path, monkeypatch: pytest.MonkeyPatch) -> str:
    """A ledger whose tables lack the newest columns."""
    full = {name: dict(kinds) for name, kinds in schema.TABLES.items()}
    for name, columns in NEW.items():
        for column in columns:
            del full[name][column]
    where = str(tmp_path / "older")
    with monkeypatch.context() as then:
        then.setattr(schema, "TABLES", full)
        Store(where).create()
        put(where, [("news.example.com", 64500, 450_000, True)], "first")
    return where


def test_an_older_ledger_reads_as_one_that_lacks_what_came_later(older: str) -> None:
    """Columns that it has not are null, and what it has is as it was."""
    rows = Store(older).query("SELECT subject, about, state FROM verdicts")
    assert rows == [(None, None, "blocked")]
    assert Measurements(Store(older)).newest() is not None


def test_new_rows_bring_the_new_columns_and_the_old_rows_stay(older: str) -> None:
    """Old and new files are read together after the first write."""
    put(older, [("other.example.com", 64500, 450_001, False)], "second")
    held = DeltaTable(f"{older}/verdicts").schema()
    assert {"subject", "about"} <= {field.name for field in held.fields}
    rows = Store(older).query("SELECT state, subject FROM verdicts ORDER BY state")
    assert [state for state, _ in rows] == ["blocked", "ok"]
