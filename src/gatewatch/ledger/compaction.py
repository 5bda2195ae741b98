"""Small files of a table joined into larger ones, in which rows lie as questions ask for them.

One commit takes the small files out and puts the large one in, as Delta's own transaction: of two
compactions that run at once, here or on two machines, the later one is refused, since each signs as
the same writer. (delta-rs's own `optimize` lets both commit, and every row is there twice.)
"""

import time
from collections.abc import Iterator, Sequence
from contextlib import ExitStack, contextmanager, suppress
from pathlib import Path
from typing import TYPE_CHECKING, Any

from deltalake import CommitProperties, DeltaTable, Transaction
from deltalake.exceptions import CommitFailedError, DeltaError
from deltalake.transaction import AddAction, RemoveAction

from gatewatch import locks
from gatewatch.errors import LedgerError
from gatewatch.ledger import checksums, leftovers, placed, schema, written
from gatewatch.ledger.file_form import ROW_GROUP, WrittenFile, properties
from gatewatch.ledger.journal import Journal
from gatewatch.ledger.store import Store

if TYPE_CHECKING:
    import duckdb
    import pyarrow as pa

_MANY_FILES = 24
_LARGE = 64 << 20
"""Bytes of a file that is joined no more: some million rows. Files follow the order in which rows
came, which is that of time, and within one rows lie by country: what looks for names of one day
passes over files, what asks of one country over most of each."""
_WORTH_IT = 8 << 20
"""Bytes of a file, some dozens of groups of rows, in which their order spares a question much."""
_LOCK = ".compacting"
_WRITER = "compaction"
ORDER = {
    "measurements": ("probe_cc", "host", "uid"),
    "verdicts": ("probe_cc", "about", "uid", "part"),
    "observations": ("uid", "step"),
}
"""By what the rows of a file lie, so that the least and greatest values that Parquet keeps of each
group of rows tell a question which to pass over. Tables of registers lie by register already, a
commit for each."""
_IN_ORDER = {"measurements": "ordered1", "verdicts": "ordered2", "observations": "ordered1"}
"""In the name of a file whose rows lie so; another number is another order."""


def compact(store: Store) -> None:
    """Join small files once there are many, and take away what is left of it. Nothing is lost and
    readers go on. A disk that is full or not ours is no fault: small files do no harm."""
    with suppress(DeltaError, OSError), _alone(store) as mine:
        for name in schema.TABLES if mine else ():
            if not store.holds(name):
                continue
            small = [one for one in _live(store, name) if one["size_bytes"] < _LARGE]
            if len(small) > _MANY_FILES and _as_logged(store, name, small):
                _join(store, name, small)
                leftovers.joined(DeltaTable(store.uri(name)))
            if store.local:
                table, root = DeltaTable(store.uri(name)), Path(store.uri(name))
                if leftovers.outweigh(table, root):
                    store.log()
                    leftovers.swept(table, root)


@contextmanager
def uncompacted(store: Store) -> Iterator[None]:
    """While nothing is joined or taken away: who would do so passes, and one who does is waited
    for. Where the ledger may only be read, as it is."""
    with ExitStack() as held:
        with suppress(OSError):
            held.enter_context(locks.in_turn(Path(store.location) / _LOCK))
        yield


def out_of_order(store: Store, name: str) -> list[str]:
    """Large files of a table whose rows do not lie as questions ask for them: an earlier version
    joined them."""
    held = _live(store, name) if name in ORDER else ()
    return [
        one["path"]
        for one in held
        if one["size_bytes"] >= _WORTH_IT and f"-{_IN_ORDER[name]}-" not in one["path"]
    ]


def put_in_order(store: Store, name: str) -> None:
    """Write anew what `out_of_order` names, unless another process is at it."""
    with _alone(store) as mine:
        wanted = set(out_of_order(store, name)) if mine else set()
        some = [one for one in _live(store, name) if one["path"] in wanted]
        if not _as_logged(store, name, some):
            raise LedgerError(
                f"files of {name!r} differ from the log of the ledger, and stay as they are: "
                "gatewatch doctor tells more"
            )
        _join(store, name, some)


@contextmanager
def _alone(store: Store) -> Iterator[bool]:
    """Whether no other process of this machine is at it, which would be lost work; whether it is
    safe is not decided by this."""
    if not store.local:
        yield True
        return
    with locks.alone(Path(store.location) / _LOCK) as mine:
        yield mine


def _as_logged(store: Store, table: str, files: Sequence[dict[str, Any]]) -> bool:
    """What is joined is gone afterwards: nothing that differs from the log may be lost so."""
    # delta-rs chooses by itself what it joins (`_join`).
    some = None if _by_delta(store, table) else [one["path"] for one in files]
    return Journal(store).files_hold(table, some)


def _by_delta(store: Store, table: str) -> bool:
    """A ledger of registers alone has no pyarrow; in a folder the lock keeps others away."""
    return store.local and table not in ORDER


def _live(store: Store, name: str) -> list[dict[str, Any]]:
    """The files of the newest state, in the order in which they came."""
    return _files(DeltaTable(store.uri(name)))


def _files(table: DeltaTable) -> list[dict[str, Any]]:
    from arro3.core import Table

    held = Table.from_arrow(table.get_add_actions(flatten=True))
    columns = ("path", "size_bytes", "modification_time")
    rows = zip(*(held[name].to_pylist() for name in columns), strict=True)
    found = [dict(zip(columns, row, strict=True)) for row in rows]
    return sorted(found, key=lambda one: (one["modification_time"], one["path"]))


def _join(store: Store, name: str, files: Sequence[dict[str, Any]]) -> None:
    if _by_delta(store, name):
        DeltaTable(store.uri(name)).optimize.compact(writer_properties=properties(name))
        _done(store, name)
        return
    for some in _bins(files):
        if not _replaced(store, name, some):
            return


def _bins(files: Sequence[dict[str, Any]]) -> Iterator[list[dict[str, Any]]]:
    """Neighbours that make a large file together."""
    held: list[dict[str, Any]] = []
    size = 0
    for one in files:
        if held and size + one["size_bytes"] > _LARGE:
            yield held
            held, size = [], 0
        held.append(one)
        size += one["size_bytes"]
    if held:
        yield held


def _replaced(store: Store, name: str, files: Sequence[dict[str, Any]]) -> bool:
    """Put one file in the place of some; False where another compaction was faster."""
    table = DeltaTable(store.uri(name))
    turn = table.transaction_version(_WRITER) or 0
    if not {one["path"] for one in files} <= {one["path"] for one in _files(table)}:
        return False
    run = f"{_IN_ORDER[name]}-{written.run_name()}" if name in ORDER else written.run_name()
    try:
        one = _written(store, name, table, [one["path"] for one in files], run=run)
        now = int(time.time() * 1000)
        table.create_write_transaction(
            [
                *(
                    RemoveAction(
                        path=old["path"],
                        deletion_timestamp=now,
                        data_change=False,
                        size=old["size_bytes"],
                        partition_values={},
                    )
                    for old in files
                ),
                AddAction(one.path, one.size, {}, now, data_change=False, stats=one.stats),
            ],
            mode="append",
            schema=table.schema(),
            partition_by=[],
            commit_properties=CommitProperties(app_transactions=[Transaction(_WRITER, turn + 1)]),
        )
    except CommitFailedError:
        written.sweep(store, run)
        return False
    _done(store, name)
    return True


def _written(
    store: Store, name: str, table: DeltaTable, paths: Sequence[str], *, run: str
) -> WrittenFile:
    """The rows of some files in one, in the order of the table."""
    import pyarrow as pa
    import pyarrow.dataset as ds

    held = {field.name for field in table.schema().fields}
    whole = pa.schema(schema.arrow_schema(name))
    wanted = pa.schema([field for field in whole if field.name in held])
    files, root = placed.filesystem(store.uri(name))
    rows = ds.dataset([f"{root}/{path}" for path in paths], schema=wanted, filesystem=files)
    order = f" ORDER BY {', '.join(ORDER[name])}" if name in ORDER else ""
    place = store.uri(name).rpartition("/")[0]
    with store.connection().cursor() as session:
        session.register("joined", rows)
        selected = "FROM joined"
        if name == "verdicts" and (countries := _countries(store, session)) is not None:
            session.register("countries", countries)
            selected = _PLACED
        found = session.sql(f"{selected}{order}").to_arrow_reader(ROW_GROUP)
        return written.stream(place, name, (_as(wanted, one) for one in found), run)


_UNPLACED = "SELECT min(uid), max(uid) FROM joined WHERE probe_cc IS NULL"
_PLACED = """SELECT joined.* REPLACE (coalesce(joined.probe_cc, code) AS probe_cc)
    FROM joined LEFT JOIN countries ON countries.uid = joined.uid"""
"""Verdicts from before they bore the country of their measurement get it from there."""


def _countries(store: Store, session: "duckdb.DuckDBPyConnection") -> "pa.Table | None":
    """The countries of measurements whose verdicts, of those to be joined, bear none; None: all
    do, or the table has no place for them."""
    if "probe_cc" not in session.table("joined").columns:
        return None
    ((first, last),) = session.execute(_UNPLACED).fetchall()
    if first is None or not store.holds("measurements"):
        return None
    return store.arrow(
        """SELECT uid, any_value(coalesce(probe_cc, '')) AS code FROM measurements
        WHERE uid BETWEEN ? AND ? GROUP BY uid""",
        [first, last],
    )


def _as(wanted: Any, rows: Any) -> Any:
    """A batch with the types of the table: DuckDB tells times in the zone of its session."""
    import pyarrow as pa

    return pa.Table.from_batches([rows]).cast(wanted)


def _done(store: Store, name: str) -> None:
    store.settle(name)
    store.refresh()
    store.log()
    if store.local:
        checksums.note(store.location, name)
