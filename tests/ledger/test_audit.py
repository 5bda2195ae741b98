"""The log of a ledger's commits: what is changed, removed or back-dated behind the program's back
is found and named."""

import json
import random
import shutil
import sys
from pathlib import Path

import msgspec
import pytest
from deltalake import DeltaTable, write_deltalake
from tests.commands import invoked

from gatewatch.errors import LedgerError
from gatewatch.ledger import audit, checksums, compaction, facts, proofs, schema
from gatewatch.ledger.backup import backup, restore
from gatewatch.ledger.finding import FAULT
from gatewatch.ledger.journal import Journal
from gatewatch.ledger.store import Store
from gatewatch.query.health import examine

FLIPS = 60
"""Of ledger and log; those of bundles are in tests/exports/test_citing.py."""


def audited(location: str) -> audit.Audited:
    """What a look at a ledger finds."""
    return audit.audit(Store(location))


def faults(location: str) -> str:
    """The same as one text."""
    return "; ".join(audited(location).faults)


def commit(location: str, name: str = "y") -> None:
    """One more commit of a ledger."""
    store = Store(location)
    store.create(schema.FACT_TABLES)
    facts.add(
        store, [facts.FactVersion("service", name, "added", "v", "{}", "", "")], facts.turn(store)
    )


def forged(location: str, table: str, mode: str = "append", **changed: object) -> None:
    """Write to a table with a library, as somebody would who knows Delta."""
    import pyarrow as pa

    held = DeltaTable(f"{location}/{table}")
    rows = held.to_pyarrow_table()
    for name, value in changed.items():
        place = rows.column_names.index(name)
        kind = rows.schema.field(name)
        rows = rows.set_column(place, kind, pa.array([value] * rows.num_rows, kind.type))
    if mode == "overwrite":
        held.alter.set_table_properties({"delta.appendOnly": "false"})
    write_deltalake(DeltaTable(f"{location}/{table}"), rows, mode=mode)  # type: ignore[call-overload]


def test_a_ledger_is_as_it_was_logged(demo_ledger: str) -> None:
    """Every table that was written is in the log, which is signed by a key kept beside the
    ledger."""
    commit(demo_ledger)
    found = audited(demo_ledger)
    assert found.faults == []
    assert "every commit" in found.good[-1]
    told = {leaf.table for leaf in Journal(Store(demo_ledger)).leaves()}
    assert told >= {"snapshots", "events", "registers", "facts"}
    assert Path(f"{demo_ledger}-keys").is_dir()
    assert not list(Path(demo_ledger).rglob("*.key"))


def test_every_changed_bit_of_ledger_and_log_is_found(demo_ledger: str) -> None:
    """One bit in one file, at places drawn by a seed: Parquet, commits, tiles, leaves,
    checkpoint."""
    places = [Path(demo_ledger, name) for name in (*schema.TABLES, "log")]
    found = [f for place in places for f in sorted(place.rglob("*"))]
    files = [f for f in found if f.is_file() and f.stat().st_size]
    drawn = random.Random(19)
    for number in range(FLIPS):
        file = files[number % len(files)]
        sound = file.read_bytes()
        bit = drawn.randrange(len(sound) * 8)
        changed = bytearray(sound)
        changed[bit // 8] ^= 1 << bit % 8
        file.write_bytes(bytes(changed))
        assert faults(demo_ledger), (file, bit)
        file.write_bytes(sound)
    assert not faults(demo_ledger)


def test_every_changed_bit_of_checksums_is_found(demo_ledger: str) -> None:
    """Line and file are named, although nothing else vouches for what a line says of a file that is
    gone; a line that a killed writer left short is none."""
    commit(demo_ledger)
    drawn = random.Random(20)
    for table in schema.TABLES:
        file = checksums.place(demo_ledger, table)
        if not file.exists():
            continue
        sound = file.read_bytes()
        assert checksums.faults(demo_ledger, table) == []
        for bit in {*drawn.sample(range(len(sound) * 8), 40), 0, len(sound) * 8 - 1}:
            changed = bytearray(sound)
            changed[bit // 8] ^= 1 << bit % 8
            file.write_bytes(bytes(changed))
            assert checksums.faults(demo_ledger, table), (table, bit)
        told = "; ".join(one.what for one in examine(demo_ledger) if one.level == FAULT)
        assert f"checksums/{table}.jsonl, line" in told
        cut = sound[: len(sound) - 30]
        file.write_bytes(cut)
        assert checksums.faults(demo_ledger, table) == []
        file.write_bytes(cut + b"\n" + sound.split(b"\n")[-2] + b"\n")
        assert checksums.faults(demo_ledger, table) == []
        file.write_bytes(sound)


def test_a_row_that_is_back_dated_is_named(demo_ledger: str) -> None:
    """A fact that says that it was recorded years before what was logged before it."""
    commit(demo_ledger)
    forged(demo_ledger, "facts", recorded_at=schema.EPOCH.replace(year=2020), batch="forged")
    Journal(Store(demo_ledger)).catch_up()
    assert "back-dated: rows of facts, batch forged" in faults(demo_ledger)


def test_rows_that_are_changed_or_removed_by_a_commit_are_named(demo_ledger: str) -> None:
    """Although the commit is in the log: it took out what the log says was there."""
    forged(demo_ledger, "snapshots", mode="overwrite", note="never mind")
    Journal(Store(demo_ledger)).catch_up()
    assert "snapshots, version 3: a commit took rows out or changed them" in faults(demo_ledger)
    assert "snapshots: rows of batch" in faults(demo_ledger)


def test_rows_that_are_added_to_a_batch_are_named(demo_ledger: str) -> None:
    """An event smuggled into what a snapshot vouches for."""
    forged(demo_ledger, "events", entry="invented")
    Journal(Store(demo_ledger)).catch_up()
    assert "events: rows of batch" in faults(demo_ledger)


@pytest.mark.parametrize("what", ["log", "log/checkpoint", "events/_delta_log"])
def test_what_is_gone_is_named(demo_ledger: str, what: str) -> None:
    """The log, its checkpoint, the commits of a table: and the next writer does not begin anew."""
    commit(demo_ledger)
    gone = Path(demo_ledger, what)
    shutil.rmtree(gone) if gone.is_dir() else gone.unlink()
    assert faults(demo_ledger)
    if what.startswith("log"):
        with pytest.raises(LedgerError, match="gatewatch log restart"):
            commit(demo_ledger, "z")


def test_a_ledger_put_back_to_an_earlier_state_is_told(demo_ledger: str, tmp_path: Path) -> None:
    """An old copy with its own well signed log: what was signed here since is missing."""
    commit(demo_ledger)
    shutil.copytree(demo_ledger, tmp_path / "old")
    commit(demo_ledger, "z")
    shutil.rmtree(demo_ledger)
    (tmp_path / "old").rename(demo_ledger)
    assert "put back to an earlier state" in faults(demo_ledger)
    with pytest.raises(LedgerError, match="not what was signed"):
        commit(demo_ledger, "w")


def test_a_copy_that_an_operator_puts_back_goes_on_under_another_name(
    demo_ledger: str, tmp_path: Path
) -> None:
    """restore says so in the log, and two histories are never signed by one name."""
    commit(demo_ledger)
    backup(demo_ledger, tmp_path / "copy")
    commit(demo_ledger, "z")
    before = Journal(Store(demo_ledger)).log.checkpoint()
    shutil.rmtree(demo_ledger)
    restore(tmp_path / "copy", demo_ledger)
    found = audited(demo_ledger)
    assert not found.faults
    assert any("was put back" in one for one in found.notes)
    assert Journal(Store(demo_ledger)).log.checkpoint().origin != before.origin
    commit(demo_ledger, "w")
    assert not faults(demo_ledger)


def test_a_writer_killed_before_the_log_is_made_up_for(
    demo_ledger: str, monkeypatch: pytest.MonkeyPatch
) -> None:
    """The commit stays, doctor tells that it waits, and the next writer logs it."""
    commit(demo_ledger)
    with monkeypatch.context() as patched:
        patched.setattr(Store, "log", lambda _: None)
        commit(demo_ledger, "unlogged")
    found = audited(demo_ledger)
    assert not found.faults
    assert any("not in the log yet" in one for one in found.notes)
    commit(demo_ledger, "z")
    found = audited(demo_ledger)
    assert not found.faults
    assert not any("yet" in one for one in found.notes)


def test_a_logged_commit_that_was_changed_is_never_logged_again(demo_ledger: str) -> None:
    """The writer stops and says so."""
    commit(demo_ledger)
    file = max(Path(demo_ledger, "facts/_delta_log").glob("*.json"))
    file.write_bytes(file.read_bytes() + b"\n")
    size = Journal(Store(demo_ledger)).log.checkpoint().size
    with pytest.raises(LedgerError, match="is not what was logged"):
        commit(demo_ledger, "z")
    assert Journal(Store(demo_ledger)).log.checkpoint().size == size


def test_joined_files_keep_what_was_logged(tmp_path: Path, monkeypatch: pytest.MonkeyPatch) -> None:
    """After compaction rows are found again by batch, through other files."""
    location = str(tmp_path / "ledger")
    store = Store(location)
    store.create()
    monkeypatch.setattr(compaction, "_MANY_FILES", 3)
    for number in range(5):
        commit(location, f"fact {number}")
    compaction.compact(store)
    told = Journal(store).leaves()
    assert any(leaf.removed and leaf.rows_kept for leaf in told)
    assert not faults(location)
    forged(location, "facts", mode="overwrite", why="rewritten")
    Journal(Store(location)).catch_up()
    assert "facts: rows of batch" in faults(location)


def test_keys_change_and_the_log_vouches_for_them(demo_ledger: str) -> None:
    """The new key signs from then on; whoever kept an earlier checkpoint can still compare."""
    commit(demo_ledger)
    journal = Journal(Store(demo_ledger))
    old, note = journal.verifiers()[0], journal.log.note()
    journal.rotate()
    commit(demo_ledger, "z")
    assert journal.verifiers()[0] != old
    assert journal.verifiers()[1] == old
    assert not faults(demo_ledger)
    assert "grew out of" in proofs.grew(journal, note, old)


def test_a_proof_holds_without_the_log_and_for_its_leaf_alone(demo_ledger: str) -> None:
    """The leaf, its path, the signed checkpoint."""
    commit(demo_ledger)
    log = Journal(Store(demo_ledger)).log
    for index in range(log.checkpoint().size):
        assert proofs.prove(log, index).holds()
    one = proofs.prove(log, 2)
    assert not msgspec.structs.replace(one, leaf=one.leaf + " ").holds()
    assert not msgspec.structs.replace(one, index=1).holds()
    assert not msgspec.structs.replace(one, checkpoint="no note").holds()


def test_the_command_shows_verifies_and_proves(demo_ledger: str, tmp_path: Path) -> None:
    """As its help shows it, with exit code 1 once a byte was changed."""
    commit(demo_ledger)
    at = ["--ledger", demo_ledger]
    assert "snapshots" in invoked(["log", *at]).output
    key = invoked(["log", "key", *at]).output.split()[0]
    (tmp_path / "earlier").write_bytes(Path(demo_ledger, "log/checkpoint").read_bytes())
    since = ["--since", str(tmp_path / "earlier")]
    good = invoked(["log", "verify", *since, "--key", key, *at])
    assert good.exit_code == 0
    assert "grew out of" in good.output
    proof = invoked(["log", "prove", "events:1", "--format", "json", *at]).output
    assert json.loads(proof)["index"] > 0
    assert "events" in json.loads(proof)["leaf"]
    assert invoked(["log", "prove", "events:99", *at]).exit_code != 0
    invoked(["log", "restart", "--name", "example.org/log", *at])
    assert "example.org/log" in invoked(["log", "key", *at]).output
    (file, *_) = Path(demo_ledger, "events").glob("*.parquet")
    file.write_bytes(file.read_bytes()[:-1] + b"2")
    bad = invoked(["log", "verify", *at])
    assert bad.exit_code == 1
    assert file.name in bad.output


def test_without_a_library_to_sign_the_log_goes_on(
    tmp_path: Path, monkeypatch: pytest.MonkeyPatch
) -> None:
    """Unsigned, and doctor says so; the next write of an install with the extra signs it."""
    location = str(tmp_path / "ledger")
    store = Store(location)
    store.create()
    with monkeypatch.context() as patched:
        for name in [one for one in sys.modules if one.partition(".")[0] == "cryptography"]:
            patched.setitem(sys.modules, name, None)
        patched.setitem(sys.modules, "cryptography", None)
        commit(location)
        commit(location, "more")
        found = audited(location)
        assert found.faults == []
        assert any("pip install 'gatewatch[cite]'" in one for one in found.notes)
    commit(location, "signed")
    found = audited(location)
    assert found.faults == []
    assert "signed by" in found.good[0]
