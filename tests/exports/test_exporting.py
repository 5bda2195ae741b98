"""Exports: three forms that agree, deltas that lead from one version to the next, nothing half
done."""

import csv
import re
from collections.abc import Callable
from datetime import date
from pathlib import Path
from typing import Any

import msgspec
import pyarrow.parquet as pq
import pytest
from hypothesis import given
from hypothesis import strategies as st
from tests.asking import now, snapshots
from tests.conftest import DEMO

import gatewatch
from gatewatch import pipeline
from gatewatch.catalogue import facts
from gatewatch.catalogue import registers as catalogue
from gatewatch.errors import GatewatchError, UsageError
from gatewatch.exports import (
    delta,
    exporting,
    files,
    of_facts,
    of_network,
    of_registers,
    of_reports,
)
from gatewatch.exports.datasets import datasets
from gatewatch.exports.exporting import ExportIndex
from gatewatch.exports.tables import TEXT, DataSet, Table, key_of
from gatewatch.model.episode import Silence
from gatewatch.records.episodes import silence_row

SMALL = Table("t", "a table", {"a": "text", "n": "count", "b": "text"}, ("a", "n"), list)
ROWS = st.dictionaries(
    st.tuples(st.text(max_size=2), st.integers(0, 99)), st.none() | st.text(max_size=3), max_size=12
).map(
    lambda held: sorted(
        ({"a": a, "n": n, "b": b} for (a, n), b in held.items()), key=lambda row: key_of(SMALL, row)
    )
)


@given(ROWS, ROWS)
def test_a_delta_applied_gives_the_next_version(
    before: list[dict[str, Any]], after: list[dict[str, Any]]
) -> None:
    """And a delta between equal versions is empty."""
    steps = list(delta.between(SMALL, before, after))
    assert delta.applied(SMALL, before, steps) == after
    assert (not steps) == (before == after)


def _chosen(location: str) -> list[DataSet]:
    ledger = gatewatch.open(location)
    return datasets(ledger, facts.load(), now(ledger))


def _export(location: str, folder: Path, **how: Any) -> ExportIndex:
    return exporting.export(_chosen(location), folder, as_of=None, recorded_by=None, **how)


def test_what_rests_on_the_same_is_not_written_again(demo_ledger: str, tmp_path: Path) -> None:
    """No row is read; of a ledger with one register more the old one is left alone."""
    folder, tables = tmp_path / "data", list[str]()
    first = _export(demo_ledger, folder, seen=lambda table, _: tables.append(table))
    assert {"listings", "cases", "services"} <= set(tables)
    tables.clear()
    again = _export(demo_ledger, folder, seen=lambda table, _: tables.append(table))
    assert tables == []
    assert again.datasets == first.datasets
    states = tmp_path / "states"
    states.mkdir()
    (states / "2024-01-01.txt").write_text("a.example.com\n")
    pipeline.ingest(demo_ledger, catalogue.find("de-cuii"), str(states))
    more = _export(demo_ledger, folder, seen=lambda table, _: tables.append(table))
    assert tables.count("listings") >= 1
    by_name = {one.name: one for one in more.datasets}
    assert by_name["ru-demo"] == first.datasets[0]
    assert exporting.verify(folder) == []


def test_every_table_has_the_columns_of_its_rows(demo_filled: str) -> None:
    """Of records that gain or lose a key a table has to be told; all tables have a row to ask."""
    empty = set[str]()
    for data in _chosen(demo_filled):
        for table in data.tables:
            told = {*table.columns, *table.left_out}
            kinds = {frozenset(row) for row in table.rows()}
            assert kinds <= {frozenset(told)}, (table.name, *(kind ^ told for kind in kinds))
            empty |= set() if kinds else {table.name}
            if table.name == "silences":
                assert set(silence_row(_SILENCE)) == told
    assert empty == {"silences"}


_SILENCE = Silence(
    target="a.example.com",
    probe_cc="RU",
    network=64496,
    first=date(2017, 5, 5),
    last=date(2017, 5, 9),
    expected=12.0,
    seen=0,
    ongoing=True,
)
"""The demo has none."""


@pytest.mark.parametrize("changed", [{"a": "1", "n": 1}, {"a": "1", "n": 1, "b": "", "c": ""}])
def test_a_row_that_is_not_as_its_table_says_is_refused(
    changed: dict[str, Any], tmp_path: Path
) -> None:
    """Neither dropped nor left empty."""
    table = msgspec.structs.replace(SMALL, rows=lambda: [changed])
    with pytest.raises(GatewatchError, match=r"rows of t and its columns differ in [bc]: report"):
        files.write(table, tmp_path)


@pytest.mark.parametrize("name", ["ru-demo", "catalogue", "network", "reports"])
def test_a_program_with_other_columns_rests_on_another_basis(
    name: str, demo_filled: str, monkeypatch: pytest.MonkeyPatch
) -> None:
    """So that what it exports is written anew, though nothing else changed."""
    before = {one.name: one.basis for one in _chosen(demo_filled)}
    assert {one.name: one.basis for one in _chosen(demo_filled)} == before
    room, columns = {
        "ru-demo": (of_registers, "_LISTINGS"),
        "catalogue": (of_facts, "_CASES"),
        "network": (of_network, "_EPISODES"),
        "reports": (of_reports, "_REPORTS"),
    }[name]
    more = {**getattr(room, columns), "another": TEXT}
    monkeypatch.setattr(room, columns, more)
    after = {one.name: one.basis for one in _chosen(demo_filled)}
    assert {one for one in after if after[one] != before[one]} == {name}


def test_a_file_that_is_lost_is_written_again(demo_ledger: str, tmp_path: Path) -> None:
    folder = tmp_path / "data"
    made = _export(demo_ledger, folder)
    lost = folder / made.datasets[0].versions[0].tables[0].files[0].url
    lost.unlink()
    _export(demo_ledger, folder)
    assert exporting.verify(folder) == []


def test_the_three_forms_of_every_table_hold_the_same(demo_ledger: str, tmp_path: Path) -> None:
    """Row by row and column by column; files are as the catalogue tells."""
    folder = tmp_path / "data"
    made = _export(demo_ledger, folder)
    assert exporting.verify(folder) == []
    assert {one.name for one in made.datasets} == {"ru-demo", "catalogue", "network", "reports"}
    for one in made.datasets:
        for table in one.versions[0].tables:
            stem = folder / one.name / one.version / table.name
            lines = list(files.read(stem.with_suffix(".ndjson")))
            parquet = pq.read_table(stem.with_suffix(".parquet"))
            with stem.with_suffix(".csv").open(encoding="utf-8", newline="") as text:
                head, *cells = list(csv.reader(text))
            assert len(lines) == parquet.num_rows == len(cells) == table.rows
            assert list(table.columns) == parquet.column_names == head
            for name, kind in table.columns.items():
                if kind in {"count", "flag", "texts"}:
                    assert parquet[name].to_pylist() == [line[name] for line in lines]


def test_a_version_is_made_only_when_a_row_changed(tmp_path: Path) -> None:
    """Then its delta leads from the earlier version to it."""
    location, folder, part = str(tmp_path / "ledger"), tmp_path / "data", tmp_path / "part"
    part.mkdir()
    declared = catalogue.read(DEMO / "ru-demo.toml")
    states = sorted((DEMO / "prohibited-2017").iterdir())
    for state in states[: len(states) // 2]:
        (part / state.name).write_bytes(state.read_bytes())
    pipeline.ingest(location, declared, str(part))
    first = {one.name: one for one in _export(location, folder).datasets}
    again = {one.name: one for one in _export(location, folder).datasets}
    assert {name: one.version for name, one in first.items()} == {
        name: one.version for name, one in again.items()
    }
    pipeline.ingest(location, declared, str(DEMO / "prohibited-2017"))
    later = {one.name: one for one in _export(location, folder).datasets}["ru-demo"]
    newest, earlier = later.versions
    assert newest.delta
    assert newest.delta.since == earlier.version
    steps = [
        msgspec.convert(row, delta.DeltaStep) for row in files.read(folder / newest.delta.file.url)
    ]
    assert [sum(s.op == op for s in steps) for op in ("ADD", "MOD", "DEL")] == [
        newest.delta.added,
        newest.delta.modified,
        newest.delta.deleted,
    ]
    for table in next(d for d in _chosen(location) if d.name == "ru-demo").tables:
        old, new = (
            list(files.read(folder / "ru-demo" / v.version / f"{table.name}.ndjson"))
            for v in (earlier, newest)
        )
        assert delta.applied(table, old, steps) == new
    assert exporting.verify(folder) == []


def test_an_export_cut_short_leaves_what_was_published(demo_ledger: str, tmp_path: Path) -> None:
    """The catalogue names what is there, and the next export goes on."""
    folder = tmp_path / "data"
    before = _export(demo_ledger, folder)
    pipeline.ingest(demo_ledger, catalogue.read(_small(tmp_path)), str(tmp_path / "list.csv"))

    def cut(table: str, rows: int) -> None:
        if table == "claims":
            raise KeyboardInterrupt

    with pytest.raises(KeyboardInterrupt):
        _export(demo_ledger, folder, seen=cut)
    assert exporting.read(folder) == before
    assert exporting.verify(folder) == []
    after = _export(demo_ledger, folder)
    assert {one.name for one in after.datasets} - {one.name for one in before.datasets} == {
        "xx-own"
    }
    assert not (folder / ".undone").exists()


def _small(folder: Path) -> Path:
    (folder / "list.csv").write_text("no;site\n1;a.example\n", encoding="utf-8")
    declared = folder / "xx-own.toml"
    declared.write_text(
        'id="xx-own"\njurisdiction="UA"\nauthority="A"\ntitle="T"\npublisher="P"\nlicence="CC0 1.0"\n'
        'format="declared"\ntime_zone="UTC"\ncadence="1d"\nsilence="9d"\ndefault_path="list.csv"\n'
        '[declared]\nlayout="table"\ndelimiter=";"\n[declared.columns]\nno="id"\nsite="selector"\n',
        encoding="utf-8",
    )
    return declared


def test_what_is_left_out_is_removed_and_what_is_not_ours_stays(
    demo_ledger: str, tmp_path: Path
) -> None:
    """A folder holds the last choice alone, and is never taken from somebody else."""
    folder = tmp_path / "data"
    _export(demo_ledger, folder)
    kept = [one for one in _chosen(demo_ledger) if one.name == "catalogue"]
    exporting.export(kept, folder, as_of=None, recorded_by=None)
    assert {p.name for p in folder.iterdir()} == {"catalogue", "index.json", ".lock"}
    with pytest.raises(UsageError, match="holds something else"):
        _export(demo_ledger, DEMO.parent)


def test_old_versions_go_when_there_are_too_many(tmp_path: Path) -> None:
    """And their files with them."""
    folder, rows = tmp_path / "data", []
    for number in range(4):
        rows.append({"a": str(number), "n": 1, "b": None})
        table = msgspec.structs.replace(SMALL, rows=lambda: list(rows))
        data = DataSet(name="d", title="D", publisher="P", licence="L", tables=(table,))
        made = exporting.export([data], folder, as_of=None, recorded_by=None, keep=2)
    (one,) = made.datasets
    assert [v.delta.added for v in one.versions if v.delta] == [1, 1]
    assert {p.name for p in (folder / "d").iterdir()} == {v.version for v in one.versions}
    assert exporting.verify(folder) == []


@pytest.mark.parametrize("register", ["fr-anj", "cz-mfcr", "ua-sanctions"])
def test_real_registers_export_whole_and_in_order(
    register: str, place: Callable[[str], Path], tmp_path: Path
) -> None:
    """Every listing and every change; nothing in a form that a filter would load."""
    location = str(place(register))
    made = {one.name: one for one in _export(location, tmp_path / "data").datasets}[register]
    counts = {t.name: t.rows for t in made.versions[0].tables}
    ledger = gatewatch.open(location)
    assert counts["changes"] == len(ledger.changes(register))
    assert counts["snapshots"] == len(snapshots(ledger, register))
    assert counts["listings"] >= counts["versions"] // 2 > 0
    names = {p.suffix for p in (tmp_path / "data").rglob("*") if p.is_file() and p.name != ".lock"}
    assert names == {".json", ".ndjson", ".csv", ".parquet"}


def test_paths_stay_withheld(tmp_path: Path) -> None:
    """Of harmful pages no export shows more than the site does, and rows that look alike are all
    there."""
    declared = _small(tmp_path)
    with declared.open("a", encoding="utf-8") as more:
        more.write("[redaction]\nwithhold_paths = true\n")
    lines = [f"1;https://a.example/secret-{n}" for n in range(3)]
    (tmp_path / "list.csv").write_text("\n".join(["no;site", *lines]) + "\n", encoding="utf-8")
    location = str(tmp_path / "own")
    pipeline.ingest(location, catalogue.read(declared), str(tmp_path / "list.csv"))
    made = {one.name: one for one in _export(location, tmp_path / "data").datasets}["xx-own"]
    texts = [p.read_bytes() for p in (tmp_path / "data" / "xx-own").rglob("*.*") if p.is_file()]
    assert texts
    assert not any(re.search(rb"secret-\d", text) for text in texts)
    rows = list(files.read(tmp_path / "data" / "xx-own" / made.version / "listings.ndjson"))
    urls = [row for row in rows if row["kind"] == "url"]
    assert [row["nth"] for row in urls] == list(range(1, len(urls) + 1))


def test_a_first_export_that_was_killed_is_gone_on_with(
    demo_ledger: str, tmp_path: Path, monkeypatch: pytest.MonkeyPatch
) -> None:
    """What it left is known as ours."""

    def killed(*_: object, **__: object) -> None:
        raise KeyboardInterrupt

    folder = tmp_path / "out"
    with monkeypatch.context() as patched:
        patched.setattr(exporting, "_prune", killed)  # all is there but
        patched.setattr("gatewatch.disk.written", killed)  # the catalogue
        with pytest.raises(KeyboardInterrupt):
            _export(demo_ledger, folder)
    assert (folder / "ru-demo").is_dir()
    assert exporting.read(folder) is None
    assert _export(demo_ledger, folder).datasets
    assert exporting.verify(folder) == []
    assert not (folder / exporting.UNDONE).exists()
    assert (folder / exporting.LOCK).exists()


def test_a_folder_that_cannot_be_written_is_said(tmp_path: Path) -> None:
    """Also where it is the lock that cannot be made."""
    (tmp_path / exporting.LOCK).mkdir()
    with (
        pytest.raises(UsageError, match="name a folder that can be written"),
        exporting.alone(tmp_path),
    ):
        pass
