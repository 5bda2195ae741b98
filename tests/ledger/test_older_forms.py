"""Ledgers made before a column was thought of are read and written as they are."""

from pathlib import Path

import pytest
from deltalake import DeltaTable
from tests.measured import put

from gatewatch.ledger import schema
from gatewatch.ledger.measurements import Measurements
from gatewatch.ledger.store import Store

NEW = {"verdicts": ("subject", "about"), "measurements": ("collected_at", "tunnel")}


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
