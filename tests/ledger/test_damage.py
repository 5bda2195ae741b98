"""Sixty kinds of damage to a ledger: the doctor finds each and names it, and a repair brings back
equal answers where sources are at hand."""

import json
import os
import random
import shutil
from collections.abc import Callable
from datetime import UTC, datetime, timedelta
from pathlib import Path
from typing import Any

import pyarrow as pa
import pyarrow.parquet as pq
import pytest
from deltalake import DeltaTable, write_deltalake
from tests.commands import invoked
from tests.conftest import DEMO
from tests.prebuilt import Prebuilt
from tests.probes import Probes

from gatewatch import pipeline
from gatewatch.catalogue import registers as catalogue
from gatewatch.errors import LedgerError
from gatewatch.ledger import checksums, schema
from gatewatch.ledger import reports as ledger_reports
from gatewatch.ledger.finding import FAULT
from gatewatch.ledger.store import Store
from gatewatch.model.report import Report, What
from gatewatch.pipeline import measurements
from gatewatch.pipeline.decide import decide
from gatewatch.pipeline.facts import record
from gatewatch.pipeline.repair import repair
from gatewatch.query import ledger as reading
from gatewatch.query.health import examine

DECLARED = DEMO / "ru-demo.toml"
WRITTEN = tuple(schema.TABLES)
ODD = "2017-05-16.csv"


def build(folder: Path, probes: Probes) -> None:
    """A ledger written by several hands, in several commits, and what it was read from."""
    ledger, source = str(folder / "ledger"), folder / "list"
    source.mkdir(parents=True)
    states = sorted((DEMO / "prohibited-2017").glob("*.csv"))
    for state in (states[2], *states[5:8]):
        shutil.copy2(state, source)
    text = states[-1].read_text().replace("2017-05-15", "2017-05-16")
    (source / ODD).write_text(f"{text}too,many,cells,here,are,in,this,line,of,it\n")
    declared = catalogue.read(DECLARED)
    for state in sorted(source.glob("*.csv"))[:2]:
        pipeline.ingest(ledger, declared, str(state))
    pipeline.ingest(ledger, declared, str(source))
    ((aside,), *_) = Store(ledger).query(
        "SELECT id FROM snapshots WHERE status = 'quarantined' ORDER BY published_at"
    )
    decide(ledger, aside, accept=False, note="a page that was cut")
    for n in range(2):
        rows = [("wechat.com", 64496 + i, 415_000 + n, i % 2 == 0) for i in range(3)]
        (folder / "measured").mkdir(exist_ok=True)
        file = probes.write(folder / "measured" / f"{n}.jsonl", rows)
        measurements.ingest(ledger, str(file), processes=1)
    store = Store(ledger)
    for n in (1, 2):
        ledger_reports.add(store, "inbox", [(n, reported(n))])
    record(ledger)


def reported(n: int) -> Report:
    return Report(
        id=f"{n:016x}",
        service="wechat",
        jurisdiction="RU",
        network=64496,
        what=What.CANNOT_OPEN,
        received_at=datetime(2017, 5, 5, n, tzinfo=UTC),
        reporter=f"{n:032x}",
        region=None,
    )


def snapshots(ledger: str) -> list[tuple[Any, ...]]:
    """Each snapshot as it stands, and when that was recorded."""
    return Store(ledger).query(
        "SELECT id, arg_max(status, recorded_at), arg_max(decided, recorded_at), "
        "arg_max(note, recorded_at) FROM snapshots GROUP BY id ORDER BY id"
    )


def answers(ledger: str) -> dict[str, Any]:
    """What a ledger answers to a few questions of every layer."""
    store, opened = Store(ledger), reading.open(ledger)
    return {
        "changes": [(e.register, e.snapshot, e.change) for e in opened.changes()],
        "snapshots": snapshots(ledger),
        "asides": store.query("SELECT DISTINCT snapshot, raw FROM set_aside ORDER BY ALL"),
        "verdicts": store.query(
            "SELECT uid, part, state, mechanism FROM verdicts_in_force(NULL) ORDER BY ALL"
        ),
        "steps": store.query(
            "SELECT uid, step, kind, ip FROM observations o SEMI JOIN measurements m "
            "ON o.uid = m.uid AND o.batch = m.batch ORDER BY ALL"
        ),
        "reports": store.query("SELECT id, number, epoch_us(received_at) FROM reports ORDER BY 1"),
        "facts": store.query(
            "SELECT kind, fact, arg_max(version, recorded_at) FROM facts GROUP BY ALL ORDER BY ALL"
        ),
    }


# What is done to a ledger's folder. Each is told the table and draws what it needs.


def log(folder: Path, table: str) -> list[Path]:
    return sorted((folder / table / "_delta_log").glob("*.json"))


def data(folder: Path, table: str) -> list[Path]:
    return sorted(Path(f) for f in DeltaTable(str(folder / table)).file_uris())


def gone(folder: Path, table: str) -> None:
    shutil.rmtree(folder / table)


def logless(folder: Path, table: str) -> None:
    shutil.rmtree(folder / table / "_delta_log")


def newest_entry_lost(folder: Path, table: str) -> None:
    log(folder, table)[-1].unlink()


def middle_entry_lost(folder: Path, table: str) -> None:
    log(folder, table)[1].unlink()


def first_entry_lost(folder: Path, table: str) -> None:
    log(folder, table)[0].unlink()


def newest_entry_empty(folder: Path, table: str) -> None:
    log(folder, table)[-1].write_bytes(b"")


def entry_cut(folder: Path, table: str) -> None:
    entry = log(folder, table)[-1]
    entry.write_bytes(entry.read_bytes()[:90])


def entry_flipped(folder: Path, table: str) -> None:
    entry = log(folder, table)[-1]
    entry.write_bytes(entry.read_bytes().replace(b'"size":', b'"sise":'))


def file_lost(folder: Path, table: str) -> None:
    data(folder, table)[-1].unlink()


def file_cut(folder: Path, table: str) -> None:
    file = data(folder, table)[0]
    file.write_bytes(file.read_bytes()[:-200])


def bit_flipped(folder: Path, table: str) -> None:
    chance = random.Random(table)
    file = data(folder, table)[0]
    held = bytearray(file.read_bytes())
    held[chance.randrange(len(held))] ^= 1 << chance.randrange(8)
    file.write_bytes(held)


def zeroed(folder: Path, table: str) -> None:
    file = data(folder, table)[-1]
    held = file.read_bytes()
    file.write_bytes(held[:60] + bytes(40) + held[100:])


def column_more(folder: Path, table: str) -> None:
    held = DeltaTable(str(folder / table))
    row = {**held.to_pyarrow_table().to_pylist()[0], "of_tomorrow": 1}
    write_deltalake(held, pa.Table.from_pylist([row]), mode="append", schema_mode="merge")


def rewritten(change: Callable[[dict[str, Any]], dict[str, Any]]) -> Any:
    """Rows changed by somebody who knew the format, in a ledger of before checksums."""

    def damage(folder: Path, table: str) -> None:
        shutil.rmtree(folder / checksums.FOLDER)
        for file in data(folder, table):
            held = pq.read_table(file)
            rows = [change(dict(row)) for row in held.to_pylist()]
            pq.write_table(pa.Table.from_pylist(rows, schema=held.schema), file)

    return damage


def unmarked(damage: Callable[[Path, str], None]) -> Any:
    """The same, in a ledger of before checksums."""

    def done(folder: Path, table: str) -> None:
        shutil.rmtree(folder / checksums.FOLDER)
        damage(folder, table)

    return done


def ahead(row: dict[str, Any]) -> dict[str, Any]:
    return row | {"recorded_at": row["recorded_at"] + timedelta(days=365 * 30)}


ALL: list[tuple[str, str, Any]] = [
    *(("gone", table, gone) for table in WRITTEN),
    *(("newest entry lost", table, newest_entry_lost) for table in WRITTEN),
    *(("file lost", table, file_lost) for table in WRITTEN),
    *(("bit flipped", table, bit_flipped) for table in WRITTEN),
    *(("log lost", table, logless) for table in ("events", "verdicts", "reports")),
    *(("newest entry empty", table, newest_entry_empty) for table in ("events", "snapshots")),
    ("middle entry lost", "events", middle_entry_lost),
    ("middle entry lost", "observations", middle_entry_lost),
    ("first entry lost", "snapshots", first_entry_lost),
    ("entry cut", "selectors", entry_cut),
    ("entry flipped", "measurements", entry_flipped),
    ("file cut", "events", file_cut),
    ("file cut", "inputs", file_cut),
    ("bytes zeroed", "snapshots", zeroed),
    ("column more", "events", column_more),
    ("clock decades ahead", "snapshots", rewritten(ahead)),
    ("clock decades ahead", "measurements", rewritten(ahead)),
    ("events moved", "events", rewritten(lambda row: row | {"batch": "lost"})),
    ("version changed", "events", rewritten(lambda row: row | {"version": "0" * 16})),
    ("selectors changed", "events", rewritten(lambda row: row | {"selectors": ["d:a.example"]})),
    ("base changed", "snapshots", rewritten(lambda row: row | {"base": "0" * 16})),
    ("counts changed", "snapshots", rewritten(lambda row: row | {"added": 7})),
    ("filed elsewhere", "selectors", rewritten(lambda row: row | {"lookup": "d:other.example"})),
    ("declaration broken", "registers", rewritten(lambda row: row | {"declaration": "{"})),
    ("unknown word", "events", rewritten(lambda row: row | {"op": "exchanged"})),
    ("unknown word", "snapshots", rewritten(lambda row: row | {"status": "half believed"})),
    ("verdict moved", "verdicts", rewritten(lambda row: row | {"batch": "lost"})),
    ("step renumbered", "observations", rewritten(lambda row: row | {"step": row["step"] + 1})),
    ("old ledger", "events", unmarked(file_lost)),
    ("old ledger", "events", unmarked(newest_entry_lost)),
]
SPOKEN_OF = dict.fromkeys(WRITTEN, "no other name") | {
    "verdicts": "without a verdict",
    "observations": "steps",
    "registers": "declaration",
    "selectors": "look-up",
}
"""How the doctor calls rows of a table."""
EVERY = os.environ.get("GATEWATCH_DAMAGE") == "all"
OF_EACH_TABLE = 4 * len(WRITTEN)
KINDS = [one for n, one in enumerate(ALL) if EVERY or n >= OF_EACH_TABLE or n % 4 == 0]
"""What befalls each table is tried on each table in its turn, the rest whole; with
GATEWATCH_DAMAGE=all everything."""
SAMPLE = 1 if EVERY else 8
LOSES = {
    ("gone", "reports"): {"reports"},
    ("file lost", "reports"): {"reports"},
    ("bit flipped", "reports"): {"reports"},
    ("gone", "snapshots"): {"snapshots"},
    ("file lost", "snapshots"): {"snapshots"},
}
"""What no source brings back: reports, and what a person decided. The repair says so."""


@pytest.fixture(scope="module")
def whole(prebuilt: Prebuilt, shared: Path) -> tuple[Path, dict[str, Any]]:
    """The sound ledger with its sources, and its answers."""
    place = prebuilt.once("damaged", lambda folder: build(folder, Probes(shared)))
    assert not faults(place / "ledger")
    return place, answers(str(place / "ledger"))


def faults(ledger: Path) -> str:
    return "; ".join(one.what for one in examine(str(ledger)) if one.level == FAULT)


@pytest.mark.parametrize("number", range(len(KINDS)), ids=[f"{k}-{t}" for k, t, _ in KINDS])
def test_damage_is_found_and_repaired(
    whole: tuple[Path, dict[str, Any]], tmp_path: Path, number: int
) -> None:
    """The doctor names what is lost; what a repair makes of it is sound and answers alike. Every
    eighth is repaired here, all with GATEWATCH_DAMAGE=all."""
    kind, table, damage = KINDS[number]
    place, right = whole
    ledger = shutil.copytree(place / "ledger", tmp_path / "ledger")
    damage(ledger, table)
    found = faults(ledger)
    assert table in found or SPOKEN_OF[table] in found
    if number % SAMPLE:
        return
    sources = {"ru-demo": str(place / "list"), "ooni": str(place / "measured")}
    done = repair(
        str(ledger), str(tmp_path / "again"), sources, [catalogue.read(DECLARED)], processes=1
    )
    assert done.sound, done.findings
    again = answers(str(tmp_path / "again"))
    lost = {part.part for part in done.parts if part.lost}
    for name in LOSES.get((kind, table), set()):
        assert again.pop(name) != right[name]
        assert {"snapshots": "ru-demo"}.get(name, name) in lost
    assert again.items() <= right.items()


@pytest.mark.parametrize(
    "damage", [gone, newest_entry_lost, newest_entry_empty, unmarked(newest_entry_lost)]
)
@pytest.mark.parametrize("table", ["events", "snapshots"])
def test_a_question_is_refused_where_rows_are_lost(
    whole: tuple[Path, dict[str, Any]], tmp_path: Path, damage: Any, table: str
) -> None:
    """`check` does not say "not listed" of what a lost table or commit held, and no writer makes
    the table anew: both say what to do."""
    if damage not in (gone, newest_entry_lost, newest_entry_empty) and table == "snapshots":
        return  # a ledger of before checksums cannot know that more snapshots were there
    place, _ = whole
    ledger = shutil.copytree(place / "ledger", tmp_path / "ledger")
    damage(ledger, table)
    asked = invoked(["check", "wechat.com", "--valid-at", "2017-05-08", "--ledger", str(ledger)])
    assert asked.exit_code == 1
    assert isinstance(asked.exception, LedgerError)
    assert "has lost" in str(asked.exception)
    assert "gatewatch repair" in str(asked.exception)
    with pytest.raises(LedgerError, match="has lost"):
        pipeline.ingest(str(ledger), catalogue.read(DECLARED), str(place / "list"))
    assert Store(str(ledger)).there(table) is (damage is not gone)


def test_a_repair_is_one_command(whole: tuple[Path, dict[str, Any]], tmp_path: Path) -> None:
    """The command says what was kept, read again and lost, refuses a folder that is filled, and
    fails where something is still lost."""
    place, _ = whole
    ledger = shutil.copytree(place / "ledger", tmp_path / "ledger")
    for file in data(ledger, "events"):
        file.unlink()
    line = ["repair", str(tmp_path / "again"), "--ledger", str(ledger), "--quiet"]
    without = invoked(line)
    assert without.exit_code == 1
    assert "--source ru-demo=PLACE" in " ".join(without.output.split())
    assert isinstance(invoked(line).exception, LedgerError)  # the folder is filled now
    shutil.rmtree(tmp_path / "again")
    done = invoked([*line, "--source", f"ru-demo={place / 'list'}", "--format", "json"])
    assert done.exit_code == 0, done.output
    (told,) = json.loads(done.output)
    assert told["sound"]
    assert {part["part"] for part in told["parts"]} >= {"ru-demo", "measurements", "reports"}


def test_two_repairs_do_not_write_to_one_folder(
    whole: tuple[Path, dict[str, Any]], tmp_path: Path
) -> None:
    """The second is refused in words while the first is at work, and has spoilt nothing."""
    place, _ = whole

    def meanwhile(_: str) -> None:
        with pytest.raises(LedgerError, match="another repair"):
            repair(str(place / "ledger"), str(tmp_path / "again"), {})

    assert repair(str(place / "ledger"), str(tmp_path / "again"), {}, report=meanwhile).sound


def test_checksums_tell_of_each_commit_once(whole: tuple[Path, dict[str, Any]]) -> None:
    """Every commit of every table has its line, and a line that was cut short is passed over."""
    place, _ = whole
    for table in WRITTEN:
        told = [one.version for one in checksums.held(place / "ledger", table)]
        assert told == list(range(len(log(place / "ledger", table))))
        assert checksums.newest(place / "ledger", table) == told[-1]


def test_a_clock_ahead_hides_nothing_that_is_held(
    whole: tuple[Path, dict[str, Any]], tmp_path: Path
) -> None:
    """What a writer whose clock was a year ahead recorded is held now: asked by tomorrow, it is
    listed."""
    place, _ = whole
    ledger = shutil.copytree(place / "ledger", tmp_path / "ledger")
    ahead = datetime.now(UTC) + timedelta(days=365)
    for file in data(ledger, "snapshots"):
        held = pq.read_table(file)
        rows = [row | {"recorded_at": ahead} for row in held.to_pylist()]
        pq.write_table(pa.Table.from_pylist(rows, schema=held.schema), file)
    tomorrow = (datetime.now(UTC) + timedelta(days=2)).date().isoformat()
    opened = reading.open(str(ledger))
    for by in (tomorrow, datetime.now(UTC) + timedelta(minutes=1), None):
        found = opened.check("wechat.com", valid_at="2017-05-04", recorded_by=by)
        assert found.state == opened.check("wechat.com", valid_at="2017-05-04").state == "listed"
