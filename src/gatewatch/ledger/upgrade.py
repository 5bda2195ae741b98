"""A ledger of an earlier form brought to that of this program: what it would take, and taking it.

Rows stay as they are: columns are added, which older rows lack, and large files whose rows lie as
they came are written anew in the order of questions (compaction.py).
"""

from contextlib import suppress
from pathlib import Path

import msgspec
from deltalake import Schema
from deltalake.exceptions import CommitFailedError

from gatewatch import disk, locks
from gatewatch.errors import LedgerError
from gatewatch.ledger import checksums, compaction, schema
from gatewatch.ledger.store import Store

_LOCK = ".making"


class TableUpgrade(msgspec.Struct, frozen=True):
    """What one table wants: columns that came after it was made, files to be put in order."""

    table: str
    version: int
    columns: tuple[str, ...]
    files: tuple[str, ...] = ()


def wanted(store: Store) -> list[TableUpgrade]:
    """What an upgrade would do; empty if nothing. LedgerError for what this program cannot read."""
    if not store.exists():
        raise LedgerError(
            f"no ledger at {store.location}: gatewatch ingest REGISTER SOURCE makes one"
        )
    found = []
    for name, columns in schema.TABLES.items():
        if store.holds(name):
            table = store.table(name)
            held = {field.name for field in table.schema().fields}
            lacking = tuple(column for column in columns if column not in held)
            files = tuple(compaction.out_of_order(store, name))
            if lacking or files:
                found.append(TableUpgrade(name, table.version(), lacking, files))
    return found


def upgrade(store: Store) -> list[TableUpgrade]:
    """Do it, a table at a time; what was done. Stopped at any point, it goes on when it is run
    again, and writers beside it lose nothing."""
    done = with_columns(store)
    for one in (ordered := [one for one in done if one.files]):
        compaction.put_in_order(store, one.table)
    store.refresh()
    if ordered and (left := wanted(store)):
        raise LedgerError(f"another writer was faster at {left[0].table!r}: run it again")
    return done


def with_columns(store: Store) -> list[TableUpgrade]:
    """Add the columns alone, which costs a commit and rewrites nothing; all that was wanted."""
    if not store.local:
        return _with_columns(store)
    with locks.in_turn(Path(store.location) / _LOCK):
        return _with_columns(store)


def _with_columns(store: Store) -> list[TableUpgrade]:
    store.refresh()
    done = wanted(store)
    for one in (one for one in done if one.columns):
        kinds = Schema.from_arrow(schema.arrow_schema(one.table)).fields
        fields = [field for field in kinds if field.name in one.columns]
        # CommitFailedError: another writer brought the columns just now
        with suppress(CommitFailedError):
            marked = {schema.UPGRADED: "true"}
            store.table(one.table).alter.set_table_properties(marked, raise_if_not_exists=False)
            store.refresh()
            store.table(one.table).alter.add_columns(fields)
            if store.local:
                for file in checksums.note(store.location, one.table):
                    disk.synced(file)
    store.refresh()
    store.log()
    if left := [one for one in wanted(store) if one.columns]:
        raise LedgerError(f"another writer was faster at {left[0].table!r}: run it again")
    return done
