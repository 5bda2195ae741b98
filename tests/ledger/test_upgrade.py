"""A ledger of another form: an older one is brought to ours, a later one refused in words."""

from collections.abc import Callable
from pathlib import Path

import msgspec
import pytest
from deltalake import DeltaTable, Field, write_deltalake
from deltalake.schema import PrimitiveType
from tests.conftest import DEMO

import gatewatch
from gatewatch import pipeline
from gatewatch.catalogue import registers as declarations
from gatewatch.errors import CatalogueError, LedgerError
from gatewatch.ledger import schema
from gatewatch.ledger.finding import FAULT
from gatewatch.ledger.store import Store
from gatewatch.ledger.upgrade import upgrade, wanted
from gatewatch.query.health import examine

DECLARED = declarations.read(DEMO / "ru-demo.toml")
STATES = DEMO / "prohibited-2017"


def _open_for_changes(location: str) -> None:
    """Tables of a ledger take rows alone; a test takes something away."""
    for name in schema.REGISTER_TABLES:
        DeltaTable(f"{location}/{name}").alter.set_table_properties({"delta.appendOnly": "false"})


def _without_tail(location: str) -> None:
    """The newest column of a table taken away, as a ledger from before it has it."""
    _open_for_changes(location)
    table = DeltaTable(f"{location}/snapshots").to_pyarrow_table()
    write_deltalake(
        f"{location}/snapshots", table.drop(["tail"]), mode="overwrite", schema_mode="overwrite"
    )


def test_an_upgrade_is_told_first_and_changes_no_answer(demo_ledger: str) -> None:
    """Done twice it does nothing the second time."""
    asked = {"valid_at": "2017-05-08"}
    before = gatewatch.open(demo_ledger).check("wechat.com", **asked)
    _without_tail(demo_ledger)
    (told,) = wanted(Store(demo_ledger))
    assert (told.table, told.columns) == ("snapshots", ("tail",))
    assert wanted(Store(demo_ledger)) == [told], "a dry run changes nothing"
    assert upgrade(Store(demo_ledger)) == [told]
    assert upgrade(Store(demo_ledger)) == wanted(Store(demo_ledger)) == []
    after = gatewatch.open(demo_ledger).check("wechat.com", **asked)
    assert after.state == before.state == "listed"
    # Also what asks for the new columns, before any file has them: whoever writes next.
    assert pipeline.ingest(demo_ledger, DECLARED, str(STATES)).accepted == 0
    assert [one.what for one in examine(demo_ledger) if one.level == FAULT] == []


def _later_form(location: str) -> None:
    table = DeltaTable(f"{location}/events")
    table.alter.set_table_description("gatewatch ledger, form 2")


def _one_column_more(location: str) -> None:
    DeltaTable(f"{location}/events").alter.add_columns([Field("colour", PrimitiveType("string"))])


def _one_column_less(location: str) -> None:
    table = DeltaTable(f"{location}/events").to_pyarrow_table()
    write_deltalake(
        f"{location}/events", table.drop(["op"]), mode="overwrite", schema_mode="overwrite"
    )


def _changed(location: str, table: str, column: str, change: Callable[[str], str]) -> None:
    held = DeltaTable(f"{location}/{table}").to_pyarrow_table()
    place = held.schema.names.index(column)
    values = [change(one) for one in held[column].to_pylist()]
    import pyarrow as pa

    told = held.set_column(place, held.schema.field(column), pa.array(values))
    write_deltalake(f"{location}/{table}", told, mode="overwrite")


def _a_key_more(location: str) -> None:
    def change(text: str) -> str:
        return msgspec.json.encode({**msgspec.json.decode(text), "colour": "red"}).decode()

    _changed(location, "registers", "declaration", change)


def _a_status_more(location: str) -> None:
    _changed(location, "snapshots", "status", lambda _: "doubted")


@pytest.mark.parametrize(
    ("later", "word"),
    [
        (_later_form, "upgrade gatewatch"),
        (_one_column_more, "colour"),
        (_one_column_less, "op"),
        (_a_key_more, "colour"),
        (_a_status_more, "doubted"),
    ],
)
def test_what_this_program_does_not_know_is_neither_half_read_nor_written_to(
    later: Callable[[str], None], word: str, demo_ledger: str, tmp_path: Path
) -> None:
    """By no question and no writer, and the doctor names it."""
    _open_for_changes(demo_ledger)
    later(demo_ledger)
    version = DeltaTable(f"{demo_ledger}/snapshots").version()
    with pytest.raises(LedgerError, match=word):
        gatewatch.open(demo_ledger).check("wechat.com", valid_at="2017-05-08")
    with pytest.raises(LedgerError, match=word):
        gatewatch.open(demo_ledger).changes()
    source = tmp_path / "states"
    source.mkdir()
    text = (STATES / "2017-05-11.csv").read_bytes()
    (source / "2017-06-01.csv").write_bytes(text.replace(b"2017-05-11", b"2017-06-01"))
    with pytest.raises(LedgerError, match=word):
        pipeline.ingest(demo_ledger, DECLARED, str(source))
    assert DeltaTable(f"{demo_ledger}/snapshots").version() == version
    assert any(one.level == FAULT for one in examine(demo_ledger))


def test_a_register_is_made_another_only_on_purpose(demo_ledger: str, tmp_path: Path) -> None:
    """A declaration with its id and another jurisdiction is refused, whatever it brings; said on
    purpose it is taken, once a state of it is."""
    other = msgspec.structs.replace(DECLARED, jurisdiction="US")
    with pytest.raises(CatalogueError, match=r"jurisdiction: 'RU', here 'US'.*--redeclare"):
        pipeline.ingest(demo_ledger, other, str(STATES))
    title = msgspec.structs.replace(DECLARED, title="The same, better named")
    pipeline.ingest(demo_ledger, title, str(STATES))
    assert gatewatch.open(demo_ledger).history_of.registers()["ru-demo"].jurisdiction == "RU"
    few = tmp_path / "few"
    few.mkdir()
    lines = (STATES / "2017-05-11.csv").read_bytes().splitlines(keepends=True)
    (few / "2017-06-01.csv").write_bytes(b"".join(lines[:2]))
    done = pipeline.ingest(demo_ledger, other, str(few), redeclare=True)
    held = gatewatch.open(demo_ledger).history_of.registers()["ru-demo"]
    assert held.jurisdiction == ("US" if done.accepted else "RU")
