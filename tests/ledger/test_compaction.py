"""Small files joined: rows lie as questions ask for them, and no answer is another one."""

from pathlib import Path

import pyarrow.parquet as pq
import pytest
from deltalake import DeltaTable, write_deltalake
from tests.measured import put

import gatewatch
from gatewatch.ledger import compaction, file_form, written
from gatewatch.ledger.finding import FAULT
from gatewatch.ledger.store import Store
from gatewatch.ledger.tallies import TallyScope, tallies
from gatewatch.ledger.upgrade import upgrade, wanted
from gatewatch.query.health import examine

NAMES = ("wechat.com", "line.me", "a.example", "b.example")
ASKED = (
    TallyScope(),
    TallyScope(jurisdiction="RU"),
    TallyScope(jurisdiction="RU", about=("wechat.com", "none.example")),
    TallyScope(besides="RU", about=("wechat.com", "line.me")),
    TallyScope(about=("a.example",)),
)


@pytest.fixture
def filled(demo_ledger: str, monkeypatch: pytest.MonkeyPatch) -> str:
    """Commits of names in two countries, in groups of few rows."""
    monkeypatch.setattr(written, "ROW_GROUP", 8)
    monkeypatch.setattr(compaction, "ROW_GROUP", 2048)
    monkeypatch.setattr(compaction, "_MANY_FILES", 3)
    for n in range(6):
        made = [(name, n + 1, 414_000 + n, n % 2 == 0) for name in NAMES for _ in range(4)]
        put(demo_ledger, made, f"b{n}", ("RU", "CN")[n % 2])
    return demo_ledger


def told(location: str) -> list[object]:
    counted = [tallies(Store(location), scope).to_pylist() for scope in ASKED]
    answer = gatewatch.open(location).check("wechat.com", valid_at="2017-03-27")
    return [*(sorted(map(repr, rows)) for rows in counted), answer.state, answer.registers]


def groups(location: str, name: str, column: str) -> list[tuple[str, str]]:
    """The least and greatest value of a column in each group of rows of a table's one file."""
    held = Store(location)
    (file,) = held.files(held.table(name))
    told = pq.ParquetFile(file).metadata
    place = told.schema.names.index(column)
    ends = (told.row_group(n).column(place).statistics for n in range(told.num_row_groups))
    return [(one.min, one.max) for one in ends]


def test_rows_lie_by_country_and_name(filled: str) -> None:
    """So a question about one passes over the groups of others; answers are as before."""
    before = told(filled)
    compaction.compact(Store(filled))
    assert told(filled) == before
    countries = groups(filled, "measurements", "probe_cc")
    assert len(countries) >= 6
    assert countries == sorted(countries)
    assert sum(least != most for least, most in countries) <= 1
    names = groups(filled, "verdicts", "about")
    assert sum(least <= "wechat.com" <= most for least, most in names) <= len(names) // 2
    assert groups(filled, "verdicts", "probe_cc") == countries
    assert [one.what for one in examine(filled) if one.level == FAULT] == []


def test_what_an_earlier_version_joined_is_put_in_order(
    filled: str, monkeypatch: pytest.MonkeyPatch
) -> None:
    """Told first, done when asked for; a second time there is nothing to do."""
    before = told(filled)
    for name in compaction.ORDER:
        DeltaTable(f"{filled}/{name}").optimize.compact(
            writer_properties=file_form.properties(name)
        )
    monkeypatch.setattr(compaction, "_WORTH_IT", 0)
    found = wanted(Store(filled))
    assert {one.table for one in found} == {"measurements", "verdicts"}
    assert upgrade(Store(filled)) == found
    assert wanted(Store(filled)) == []
    assert told(filled) == before
    countries = groups(filled, "measurements", "probe_cc")
    assert sum(least != most for least, most in countries) <= 1
    assert [one.what for one in examine(filled) if one.level == FAULT] == []


def test_verdicts_from_before_bear_the_country_of_their_measurement(
    filled: str, monkeypatch: pytest.MonkeyPatch
) -> None:
    """An upgrade writes it into what it puts in order. Beside a row that bears none yet, and where
    the table has no such column, answers are as before."""
    before, place = told(filled), f"{filled}/verdicts"
    held = DeltaTable(place)
    held.alter.set_table_properties({"delta.appendOnly": "false"})
    rows = held.to_pyarrow_table()
    write_deltalake(place, rows.drop(["probe_cc"]), mode="overwrite", schema_mode="overwrite")
    assert told(filled) == before
    monkeypatch.setattr(compaction, "_WORTH_IT", 0)
    upgrade(Store(filled))
    assert told(filled) == before
    bare = "SELECT count(*) FROM verdicts JOIN measurements m USING (uid) WHERE {}"
    unlike = "verdicts.probe_cc IS DISTINCT FROM m.probe_cc"
    assert Store(filled).query(bare.format(unlike)) == [(0,)]
    DeltaTable(place).update({"probe_cc": "NULL"}, predicate="uid < 'b3'")
    assert told(filled) == before


def test_a_question_about_verdicts_reads_no_observation_and_no_end_of_a_file_twice(
    filled: str,
) -> None:
    """The ends of files, which tell what groups of rows hold, are most of what a question reads
    of a large ledger."""
    held = Store(filled)
    tallies(held, TallyScope(jurisdiction="RU", about=("wechat.com",)))
    assert "observations" not in held._shown
    kept = "SELECT current_setting('parquet_metadata_cache')"
    assert held.query(kept) == [(True,)]


def test_rows_of_an_older_form_are_found_by_their_host(filled: str, tmp_path: Path) -> None:
    """Verdicts without a subject, as before 0.1, count for the host of their measurement, whether
    one name is asked for or all."""
    del tmp_path
    scope = TallyScope(jurisdiction="RU", about=("wechat.com",))
    named = tallies(Store(filled), scope).num_rows
    held = DeltaTable(f"{filled}/verdicts")
    held.alter.set_table_properties({"delta.appendOnly": "false"})
    held.update({"subject": "NULL", "about": "NULL", "probe_cc": "NULL"})
    measured = DeltaTable(f"{filled}/measurements")
    measured.alter.set_table_properties({"delta.appendOnly": "false"})
    measured.update({"test_name": "'web_connectivity'"})
    assert tallies(Store(filled), scope).num_rows == named > 0
