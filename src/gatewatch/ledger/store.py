"""Delta tables in a folder or under an object-store prefix: opening, committing, querying."""

import errno
import os
import re
import time
from collections.abc import Callable, Iterable, Iterator, Sequence
from contextlib import ExitStack, contextmanager, suppress
from datetime import UTC, datetime, timedelta
from itertools import count, islice
from pathlib import Path
from typing import TYPE_CHECKING, Any, Literal, NamedTuple, TypeAlias, TypeVar
from urllib.parse import unquote
from uuid import uuid4

from deltalake import DeltaTable
from deltalake.exceptions import CommitFailedError, DeltaError, TableNotFoundError

from gatewatch import disk, locks
from gatewatch.errors import LedgerConflictError, LedgerError, StoppedError, needs, overdue
from gatewatch.ledger import checksums, schema, sessions, views

if TYPE_CHECKING:
    import arro3.core
    import duckdb
    import pyarrow as pa
    from deltalake import CommitProperties, WriterProperties

    Columns: TypeAlias = pa.Table | arro3.core.Table

T = TypeVar("T")
_MOST_PREPARED, _FEW_PREPARED, _ONE_QUESTION = 16, 8, 4
"""Tables of rows worked out for questions that follow: as a rule, where memory is bounded, and
where they take more than their share of it; one question has no more."""
_SHARE_PREPARED = 6
"""They may take one part in so many of the memory that there is."""
ROW_GROUP = 16_384
_AT_ONCE = 2_048
_LEVEL, _DENSE = 9, 17
"""How hard zstd tries: as a rule, and where a state is a batch by itself, of which most of a large
ledger is made (docs/benchmarks.md)."""
_TEXT, _SORTED = "DELTA_LENGTH_BYTE_ARRAY", "DELTA_BYTE_ARRAY"
ENCODED = {
    "events": {
        "entry": _SORTED,
        "version": _TEXT,
        "decision_number": _TEXT,
        "included_at": _TEXT,
    },
    "selectors": {"lookup": _SORTED, "entry": _TEXT},
}
"""Columns in which hardly a value stands twice: a dictionary of them is as large as they are, and
plain values have their lengths between them. Parquet's delta encodings part lengths from bytes and
leave out what a value shares with the one before: half the size of a register's history
(docs/benchmarks.md). Of lists, which go by no name that delta-rs takes, dictionaries are left out
as the default of a table: the columns beside them are named."""
_READ_FROM = re.compile(r"\b(?:FROM|JOIN)[\s(]+(\w+)", re.IGNORECASE)
_VOUCHING = ("snapshots", "inputs")
_MAKING = ".making"
_COMMITTED = (".json", ".checkpoint.parquet")
"""How the files of a table's log end, once they are whole."""
_TICK = timedelta(microseconds=1)
_FORM = re.compile(r"gatewatch ledger, form (\d{1,6})")


def _tables_of(sql: str) -> set[str]:
    """The tables that a query reads from. A column may bear a table's name, as `facts` does."""
    return {found[1] for found in _READ_FROM.finditer(sql)} & set(schema.TABLES)


class Patience:
    """How long an answer is waited for: until `ends` on the monotonic clock, and until whoever
    waits has gone, which another thread says."""

    def __init__(self, ends: float = float("inf")) -> None:
        self.ends, self.gone = ends, False

    def over(self) -> bool:
        """Whether nobody waits any more."""
        return self.gone or time.monotonic() > self.ends


class WrittenFile(NamedTuple):
    """A file of rows as a commit names it; `path` is within its table's folder, `stats` as Delta's
    log keeps them."""

    table: str
    path: str
    size: int
    rows: int
    stats: str


class Store:
    """The tables of one ledger. Readers see whole commits only; writers never wait for readers."""

    def __init__(self, location: str, *, memory: int | None = None) -> None:
        """`memory`: bytes that queries may take before they use the disk, each by one thread alone;
        None: as the machine has."""
        self.location = location.rstrip("/") or "/"
        self.memory = memory
        self.local = "://" not in self.location
        if not self.local:
            with needs("s3"):
                import pyarrow.dataset  # noqa: F401 - deltalake's own message names no line to type
        self._connection: duckdb.DuckDBPyConnection | None = None
        self._tables: dict[str, DeltaTable] = {}
        self._prepared: dict[tuple[str, tuple[Any, ...]], str] = {}
        self._shown: set[str] = set()
        self._numbers = count()
        self.patience = Patience()
        """Looked at before each query and after `interrupt`."""

    def exists(self) -> bool:
        """Whether a ledger is there, be it damaged."""
        return self.begun("snapshots") or self._told("snapshots") >= 0 or self._is_lost("snapshots")

    def begun(self, table: str) -> bool:
        """Whether a table has a place here, be it damaged or in the making."""
        if self.local:
            return self._log_of(table).is_dir()
        return self.holds(table)

    def holds(self, table: str) -> bool:
        """Whether a table is there to be read, or was: those of measurements come with the first
        measurement. One that was lost is not there to be made anew."""
        return self.there(table) or self._told(table) >= 0

    def _told(self, table: str) -> int:
        """The newest commit of a table of which its checksums tell; -1 if they tell of none."""
        return checksums.newest(self.location, table) if self.local else -1

    def there(self, table: str) -> bool:
        """Whether a table has a commit here."""
        if self.local:
            # The folder of a log comes before its first commit, which comes whole.
            with suppress(FileNotFoundError, NotADirectoryError):
                return any(file.name.endswith(_COMMITTED) for file in self._log_of(table).iterdir())
            return False
        return DeltaTable.is_deltatable(self._uri(table))

    def _log_of(self, table: str) -> Path:
        return Path(self.location) / table / "_delta_log"

    def create(self, tables: Iterable[str] = schema.REGISTER_TABLES) -> None:
        """Make the tables that are not there yet; safe to call at any time and from two places.

        The first of them is made last, so a reader that finds it finds all. On this machine one
        process at a time makes tables, and what one left half made the next one completes.

        Raises LedgerError where a table is missing beside others that are filled, or beside the
        first: it was lost, and an empty one in its place would answer "not listed" to everything it
        held.
        """
        names = tuple(tables)
        if all(self.there(name) for name in names):
            return
        try:
            with self._making():
                self._refuse_lost(names)
                for table in reversed(names):
                    self._make(table)
        except (DeltaError, OSError) as fault:
            raise self._explain(fault) from fault

    @contextmanager
    def _making(self) -> Iterator[None]:
        """The right to make tables, waited for. In an object store there is no lock to hold: there
        each table is made by whoever comes first, and `_refuse_lost` bears that."""
        if not self.local:
            yield
            return
        Path(self.location).mkdir(parents=True, exist_ok=True)
        with locks.in_turn(Path(self.location) / _MAKING):
            yield

    def _refuse_lost(self, names: tuple[str, ...]) -> None:
        """Whoever fills a table has made them all before. So a table that is still missing after
        another one was seen filled is lost, whatever others are making meanwhile."""
        left = [name for name in names if self.there(name)]
        told = [name for name in names if name not in left and self._told(name) >= 0]
        if told:
            raise LedgerError(f"{self._lost(told[0])}; nothing was written")
        if names[0] in left or any(self._filled(name) for name in left):
            lost = [name for name in names if name not in left]
            if lost:
                raise LedgerError(f"{self._lost(lost[0])}; nothing was written")

    def _lost(self, table: str) -> str:
        return (
            f"the ledger at {self.location} has lost its table {table!r}: restore a copy, or "
            "rebuild it: gatewatch repair NEW --source ID=PLACE"
        )

    def _filled(self, table: str) -> bool:
        """Whether a table has rows. Its version does not say so: two who make a table at the same
        time may both commit, and the second commit has no rows either."""
        return bool(DeltaTable(self._uri(table)).file_uris())

    def _make(self, table: str) -> None:
        # CommitFailedError: another process made it at the same time
        with suppress(CommitFailedError):
            DeltaTable.create(
                self._uri(table),
                schema=schema.arrow_schema(table),
                mode="ignore",
                name=table,
                description=f"gatewatch ledger, form {schema.FORMAT_VERSION}",
                configuration={"delta.appendOnly": "true"},
            )
        self.settle(table)

    def refresh(self) -> None:
        """Read the newest committed state from here on."""
        self._tables.clear()
        self._prepared.clear()
        self._shown.clear()
        if self._connection is not None:
            self._connection.close()
            self._connection = None

    def table(self, name: str) -> DeltaTable:
        """A table as committed when it was first asked for after `refresh`.

        Raises LedgerError for one of a later form, or with columns that this program does not know
        or that are lost: it is not half read, and nothing is written beside it.
        """
        known = name in self._tables
        table = self.opened(name)
        if not known and (strange := foreign(name, table)):
            del self._tables[name]
            raise LedgerError(f"the ledger at {self.location}: {strange}")
        return table

    def opened(self, name: str) -> DeltaTable:
        """A table as it is, whichever program wrote it."""
        if name not in self._tables:
            told = self._told(name)  # before the table: a writer goes on meanwhile
            try:
                table = DeltaTable(self._uri(name))
            except TableNotFoundError:
                if told >= 0 or self._is_lost(name):
                    raise LedgerError(self._lost(name)) from None
                if name in schema.MEASUREMENT_TABLES and self.exists():
                    raise LedgerError(
                        f"the ledger at {self.location} holds no measurements: "
                        "gatewatch ingest ooni SOURCE brings some in"
                    ) from None
                raise LedgerError(
                    f"no ledger at {self.location}: gatewatch ingest makes one, or name another with --ledger"
                ) from None
            except (DeltaError, OSError) as fault:
                raise self._explain(fault) from fault
            self._refuse_cut(name, table, told)
            self._tables[name] = table
        return self._tables[name]

    def _is_lost(self, table: str) -> bool:
        """Whether a table of registers that is missing was there. The first is made last: before it
        is there others may be in the making, but none is filled."""
        if table not in schema.REGISTER_TABLES or table == "snapshots":
            others = schema.REGISTER_TABLES if table == "snapshots" else ()
            return any(self.there(name) and self._filled(name) for name in others)
        return self.there("snapshots")

    def _refuse_cut(self, name: str, table: DeltaTable, told: int) -> None:
        """A table whose newest commits are lost, or empty since the power went, is sound by itself
        and would answer "not listed" to what they held."""
        if not self.local:
            return
        number = table.version()
        empty = [file for file in _entries(self._log_of(name)) if not file.stat().st_size]
        if number < told or empty:
            what = (
                f"its table {name!r} ends at commit {number}, and commit {told} was made"
                if number < told
                else f"commit {int(empty[0].name[:20])} of its table {name!r} is an empty file"
            )
            raise LedgerError(
                f"the ledger at {self.location} has lost commits: {what}; gatewatch doctor tells more, "
                "gatewatch repair rebuilds it from its sources"
            )

    def query(
        self, sql: str, parameters: Sequence[Any] | dict[str, Any] = ()
    ) -> list[tuple[Any, ...]]:
        """Rows of a query over the tables by name. Unused named parameters may be given."""

        def fetched(connection: "duckdb.DuckDBPyConnection") -> list[tuple[Any, ...]]:
            found = connection.execute(sql, _used(sql, parameters))
            # Not `fetchall`: no other thread of a site goes on while a group of rows is made.
            rows: list[tuple[Any, ...]] = []
            while group := found.fetchmany(_AT_ONCE):
                rows += group
            return rows

        with self._reading(sql) as connection, ExitStack() as held:
            return self._within_memory(connection, fetched, held)

    def rows(
        self, sql: str, parameters: Sequence[Any] | dict[str, Any] = ()
    ) -> Iterator[tuple[Any, ...]]:
        """As `query`, some at a time; nothing else may be asked until they are all read."""

        def begun(
            connection: "duckdb.DuckDBPyConnection",
        ) -> tuple[Any, list[tuple[Any, ...]]]:
            found = connection.execute(sql, _used(sql, parameters))
            return found, found.fetchmany(ROW_GROUP)

        with self._reading(sql) as connection, ExitStack() as held:
            found, group = self._within_memory(connection, begun, held)
            while group:
                yield from group
                group = found.fetchmany(ROW_GROUP)

    def arrow(self, sql: str, parameters: Sequence[Any] | dict[str, Any] = ()) -> "pa.Table":
        """A query's rows as columns, for what counts a million of them."""
        with needs("network"):
            import pyarrow  # noqa: ICN001, F401 - DuckDB asks for it without a word

        def fetched(connection: "duckdb.DuckDBPyConnection") -> "pa.Table":
            return connection.sql(sql, params=_used(sql, parameters)).to_arrow_table()

        with self._reading(sql) as connection, ExitStack() as held:
            return self._within_memory(connection, fetched, held)

    def _within_memory(
        self,
        connection: "duckdb.DuckDBPyConnection",
        asks: "Callable[[duckdb.DuckDBPyConnection], T]",
        held: ExitStack,
    ) -> T:
        """What a query gives, with as little memory as it can do with: most that is too large for
        that goes by the disk, and what cannot is asked once more with all that there is, which it
        has until `held` ends."""
        import duckdb

        try:
            return asks(connection)
        except duckdb.OutOfMemoryException:
            if self.memory is None or self.patience.over():
                raise
        held.enter_context(sessions.whole(connection, self.memory))
        return asks(connection)

    @contextmanager
    def _reading(self, sql: str) -> "Iterator[duckdb.DuckDBPyConnection]":
        import duckdb

        if self.patience.over():
            raise overdue()
        try:
            with _interruptible():
                self._show(sql)
                yield self.connection()
        except KeyboardInterrupt:
            if self.patience.over():
                raise overdue() from None
            raise
        except duckdb.OutOfMemoryException as fault:
            raise StoppedError(
                "the answer takes more memory than a question may: ask for less"
            ) from fault
        except (duckdb.Error, UnicodeDecodeError) as fault:
            if "KeyboardInterrupt" in str(
                fault
            ):  # it came while DuckDB loaded a module of Python's
                raise KeyboardInterrupt from fault
            if isinstance(fault, duckdb.IOException) and self._overtaken():
                raise StoppedError(
                    "the ledger was written to so often that what this answer began with is gone: "
                    "ask again"
                ) from fault
            raise LedgerError(
                f"the ledger at {self.location} cannot be read: {fault}; gatewatch doctor tells more"
            ) from fault

    def _overtaken(self) -> bool:
        """Whether a file that is missing was joined into others since its table was opened
        (leftovers.py), and not lost."""
        for name, table in self._tables.items() if self.local else ():
            gone = {file for file in self.files(table) if not Path(file).exists()}
            if gone:
                return gone.isdisjoint(self.files(DeltaTable(self._uri(name))))
        return False

    def give_back(self) -> None:
        """Give the memory that queries took and left to the system."""
        if self._connection is not None:
            sessions.give_back(self._connection)

    def interrupt(self) -> None:
        """End the query that runs now, from another thread: it raises StoppedError where
        `patience` is over."""
        connection = self._connection
        if connection is not None:
            connection.interrupt()

    @contextmanager
    def shown(self, **tables: "pa.Table") -> Iterator[None]:
        """Tables of a question's own, that its SQL can name."""
        for name, table in tables.items():
            self.connection().register(name, table)
        try:
            yield
        finally:
            for name in tables:
                self.connection().unregister(name)

    def decodes(self, file: str) -> bool:
        """Whether every column of a Parquet file on this machine can be read to its end."""
        import duckdb

        try:
            with _interruptible():
                self.connection().execute(
                    "SELECT bit_xor(hash(COLUMNS(*))) FROM read_parquet(?)", [file]
                ).fetchall()
        except (duckdb.Error, UnicodeDecodeError):
            return False
        return True

    def is_prepared(self, sql: str, parameters: tuple[Any, ...]) -> bool:
        """Whether `prepared` has the rows of a query already."""
        return (sql, parameters) in self._prepared

    def prepared(
        self,
        sql: str,
        parameters: tuple[Any, ...],
        parts: Sequence[tuple[Any, ...]] = ((),),
    ) -> str:
        """The name of a table that holds a query's rows, made when it is first asked for. `parts`:
        further parameters of each part of the rows, worked out one after the other, for a query
        that takes too much memory for all of them."""
        # Those used last stay: one SQL text names several, which are asked for just before it runs.
        if (name := self._prepared.pop((sql, parameters), "")) == "":
            while len(self._prepared) >= self._most_prepared():
                self.query(f"DROP TABLE {self._prepared.pop(next(iter(self._prepared)))}")
            name = f"prepared_{next(self._numbers)}"
            given = [list(one) if isinstance(one, tuple) else one for one in parameters]
            self.query(f"CREATE TEMP TABLE {name} AS {sql}", [*given, *parts[0]])
            for part in parts[1:]:
                self.query(f"INSERT INTO {name} {sql}", [*given, *part])
        self._prepared[sql, parameters] = name
        return name

    def _most_prepared(self) -> int:
        if self.memory is None:
            return _MOST_PREPARED
        held = sessions.bytes_of_tables(self.connection())
        return _ONE_QUESTION if held > self.memory // _SHARE_PREPARED else _FEW_PREPARED

    def connection(self) -> "duckdb.DuckDBPyConnection":
        """A DuckDB session over the tables, all as of one moment."""
        if self._connection is None:
            self._connection = sessions.bounded(self.memory) if self.memory else sessions.session()
        return self._connection

    def _show(self, sql: str) -> None:
        """Make views of what a query names."""
        self._show_tables(_tables_of(sql))
        if views.IN_FORCE in sql and views.IN_FORCE not in self._shown:
            self._show_tables(views.READ)
            judged_again = bool(self.query(f"{views.JUDGEMENTS} LIMIT 1"))
            older = bool(self.query(views.PERHAPS_OLDER) and self.query(views.OLDER))
            placed = not self.query(views.PERHAPS_UNPLACED)
            self.connection().execute(
                views.verdicts_in_force(judged_again=judged_again, older=older, placed=placed)
            )
            self._shown.add(views.IN_FORCE)

    def _show_tables(self, wanted: Iterable[str]) -> None:
        """Those that vouch are opened first, whoever asks: what they vouch for was written before
        them, so a reader beside a writer finds all of it."""
        for name in sorted({*wanted, "snapshots"}, key=lambda n: (n not in _VOUCHING, n)):
            if name not in self._shown:
                self._view(self.connection(), name, self.table(name))
                self._shown.add(name)

    def commit(self, register: str, rows: dict[str, Iterable[tuple[Any, ...]]], turn: int) -> None:
        """Append facts, then the snapshots that vouch for them, as one act.

        `turn` is the register's count of commits as the writer knew it; if another writer was
        faster a LedgerConflictError is raised and nothing of this batch counts.
        """
        self.append(
            register,
            {
                name: schema.arrow_table(name, rows[name])
                for name in schema.REGISTER_TABLES
                if name != "snapshots"
            },
            {"snapshots": schema.arrow_table("snapshots", rows["snapshots"])},
            turn,
        )

    def append(
        self, writer: str, facts: "dict[str, Columns]", vouching: "dict[str, Columns]", turn: int
    ) -> None:
        """Append tables, and last the one table that vouches for their rows.

        `turn` is how often `writer` had committed as far as the caller knew: as `commit`.
        """
        from deltalake import CommitProperties, Transaction

        signed = CommitProperties(app_transactions=[Transaction(writer, turn + 1)])
        try:
            for name, data in facts.items():
                if data.num_rows:
                    self._write(name, data)
            for name, data in vouching.items():
                self._write(name, data, signed)
            self.log()
        except CommitFailedError as fault:
            raise LedgerConflictError(
                f"another writer added to {writer} at the same time"
            ) from fault
        except (DeltaError, OSError) as fault:
            raise self._explain(fault) from fault

    def log(self) -> None:
        """Have what was committed in the log that shows tampering."""
        from gatewatch.ledger.journal import Journal

        Journal(self).catch_up()

    def adopt(
        self,
        writer: str,
        facts: "dict[str, Sequence[WrittenFile]]",
        vouching: "dict[str, Sequence[WrittenFile]]",
        last: "dict[str, Columns]",
        *,
        turn: int,
    ) -> None:
        """As `append`, of files that lie in the tables' folders already (written.py); `last` are
        rows that vouch for these."""
        from deltalake import CommitProperties, Transaction

        signed = CommitProperties(app_transactions=[Transaction(writer, turn + 1)])
        try:
            for name, files in facts.items():
                if files:
                    self._name(name, files)
            for name, files in vouching.items():
                self._name(name, files, signed)
            for name, data in last.items():
                self._write(name, data, signed)
            self.log()
        except CommitFailedError as fault:
            raise LedgerConflictError(
                f"another writer added to {writer} at the same time"
            ) from fault
        except (DeltaError, OSError) as fault:
            raise self._explain(fault) from fault

    def _name(
        self, name: str, files: "Sequence[WrittenFile]", signed: "CommitProperties | None" = None
    ) -> None:
        from deltalake.transaction import AddAction

        table, now = self.table(name), int(time.time() * 1000)
        table.create_write_transaction(
            [AddAction(f.path, f.size, {}, now, data_change=True, stats=f.stats) for f in files],
            mode="append",
            schema=table.schema(),
            partition_by=[],
            commit_properties=signed,
        )
        self.settle(name)

    def named(self, name: str) -> list[str]:
        """The files that a table's newest state names or an older one named, without their
        folder."""
        table = DeltaTable(self._uri(name))
        joined = table.vacuum(0, dry_run=True, enforce_retention_duration=False)
        return [unquote(one).rpartition("/")[2] for one in (*table.file_uris(), *joined)]

    def sizes(self, name: str) -> list[tuple[str, int]]:
        """The files of a table with their bytes, as of the state being read."""
        import pyarrow as pa

        table = self.table(name)
        added = pa.table(table.get_add_actions(flatten=True))
        held = dict(zip(added["path"].to_pylist(), added["size_bytes"].to_pylist(), strict=True))
        by_name = {unquote(path).rpartition("/")[2]: size for path, size in held.items()}
        return [(file, by_name[file.rpartition("/")[2]]) for file in self.files(table)]

    def rows_told(self, name: str) -> int | None:
        """How many rows the log says that a table's files have; None where it does not say."""
        told = self.table(name).get_add_actions(flatten=True)
        if "num_records" not in told.schema.names:
            return 0 if not told.num_rows else None
        counts = told.column("num_records").to_pylist()
        return None if None in counts else sum(counts)

    def uri(self, table: str) -> str:
        """Where a table lies."""
        return self._uri(table)

    def stream(self, table: str, rows: Iterable[tuple[Any, ...]]) -> None:
        """Append facts of which there are too many to hold at once. They count for nothing until a
        commit vouches for their batch."""
        from arro3.core import RecordBatchReader

        broken: list[BaseException] = []
        groups = _arrow_groups(table, rows, broken)
        try:
            self._write(
                table,
                RecordBatchReader.from_batches(schema.arrow_schema(table), groups),
                level=_DENSE,
            )
        except (DeltaError, OSError) as fault:
            if broken:
                raise broken[0] from None
            raise self._explain(fault) from fault

    def _write(
        self,
        name: str,
        data: "Columns | arro3.core.RecordBatchReader",
        signed: "CommitProperties | None" = None,
        level: int = _LEVEL,
    ) -> None:
        from deltalake import write_deltalake

        write_deltalake(
            self.table(name),
            data,
            mode="append",
            schema_mode=self._schema_mode(name),
            writer_properties=properties(name, level),
            commit_properties=signed,
        )
        self.settle(name)

    def settle(self, name: str) -> None:
        """Have the newest commit of a table on the disk, and before it the files that it names, so
        that neither what vouches nor what was acknowledged is lost with the power. Stores elsewhere
        do so themselves."""
        if not self.local:
            return
        log = self._log_of(name)
        newest = max(entry.path for entry in _entries(log))
        files = [log.parent / path for path in checksums.added_by(Path(newest))]
        for path in (*files, *{file.parent for file in files}, Path(newest), log):
            disk.synced(path)
        # What is on the disk stays told as done; the next commit tells what this one could not.
        with suppress(OSError):
            checksums.note(self.location, name)

    def turn(self, writer: str, table: str = "snapshots") -> int:
        """How often a writer has committed to the table that vouches, as of the state being
        read."""
        return self.table(table).transaction_version(writer) or 0

    def _uri(self, table: str) -> str:
        return (
            str(Path(self.location).resolve() / table) if self.local else f"{self.location}/{table}"
        )

    def files(self, table: DeltaTable) -> list[str]:
        """The files of a table. delta-rs tells them as URLs: a folder on this machine may have a
        blank or any letter in its name."""
        return [unquote(uri) for uri in table.file_uris()] if self.local else table.file_uris()

    def _lacking(self, name: str, table: DeltaTable) -> dict[str, str]:
        """Columns that came to a table after this ledger was made, with their kinds."""
        held = {field.name for field in table.schema().fields}
        return {c: kind for c, kind in schema.TABLES[name].items() if c not in held}

    def _schema_mode(self, name: str) -> "Literal['merge'] | None":
        """An older ledger takes new columns with the first rows that have them."""
        return "merge" if self._lacking(name, self.table(name)) else None

    def _view(self, connection: "duckdb.DuckDBPyConnection", name: str, table: DeltaTable) -> None:
        files = self.files(table)
        kinds = schema.TABLES[name]
        if not files:
            columns = ", ".join(f'NULL::{sql_type(k)} AS "{c}"' for c, k in kinds.items())
            connection.execute(f"CREATE TEMP VIEW {name} AS SELECT {columns} WHERE false")
            return
        lacking = "".join(
            f', NULL::{sql_type(kind)} AS "{column}"'
            for column, kind in self._lacking(name, table).items()
        )
        if self.local:
            listed = ", ".join("'" + file.replace("'", "''") + "'" for file in files)
            # By name: files of an older form have fewer columns than those written since.
            by_name = ", union_by_name = true" if len(files) > 1 else ""
            held = f"read_parquet([{listed}]{by_name})"
            if schema.UPGRADED in table.metadata().configuration:
                # The table has columns that none of its files may have yet.
                columns = ", ".join(f'NULL::{sql_type(k)} AS "{c}"' for c, k in kinds.items())
                held = f"(FROM {held} UNION ALL BY NAME SELECT {columns} WHERE false)"
                lacking = ""
        else:
            held = f"{name}_held"
            connection.register(held, table.to_pyarrow_dataset())
        connection.execute(f"CREATE TEMP VIEW {name} AS SELECT *{lacking} FROM {held}")

    def _explain(self, fault: Exception) -> LedgerError:
        text = str(fault)
        told = text.partition("\n")[0]  # below it come the frames of another language's stack
        if "No space left" in text or getattr(fault, "errno", None) == errno.ENOSPC:
            return LedgerError(
                f"the disk that holds {self.location} is full: nothing half done was kept; "
                "make room and run the same command again"
            )
        if "ermission denied" in text:
            return LedgerError(f"no permission to write to {self.location}: {told}")
        return LedgerError(f"the ledger at {self.location} cannot be used: {told}")


def _entries(log: Path) -> "Iterator[os.DirEntry[str]]":
    """The commits of a table's log, in no order."""
    with os.scandir(log) as found:
        yield from (one for one in found if one.name.endswith(".json") and one.name[:20].isdigit())


def foreign(name: str, table: DeltaTable) -> str:
    """Why this program does not read a table; empty if it does."""
    told = _FORM.search(table.metadata().description or "")
    if told and int(told[1]) > int(schema.FORMAT_VERSION):
        return (
            f"its table {name!r} is of form {told[1]}, which a later gatewatch made; this one reads "
            f"up to form {schema.FORMAT_VERSION}: upgrade gatewatch"
        )
    wanted = schema.delta_types(name)
    held = {field.name: field.type for field in table.schema().fields}
    if strange := [column for column in held if wanted.get(column) != held[column]]:
        return (
            f"its table {name!r} has columns that this gatewatch does not know "
            f"({', '.join(strange)}): read it with the version that wrote it"
        )
    lost = [c for c in wanted if c not in held and c not in schema.LATER.get(name, ())]
    if lost:
        return f"its table {name!r} has lost columns ({', '.join(lost)}): restore it from a copy"
    return ""


def properties(table: str, level: int = _LEVEL) -> "WriterProperties":
    """How a table's files are written. Small row groups of sorted rows let a look-up skip most of a
    file."""
    from deltalake import ColumnProperties, WriterProperties

    columns = {
        column: ColumnProperties(dictionary_enabled=False, encoding=encoding)  # type: ignore[arg-type]
        for column, encoding in ENCODED.get(table, {}).items()
    }
    named = {column: ColumnProperties(dictionary_enabled=True) for column in schema.TABLES[table]}
    return WriterProperties(
        compression="ZSTD",
        compression_level=level if columns else None,
        max_row_group_size=ROW_GROUP,
        default_column_properties=ColumnProperties(dictionary_enabled=False) if columns else None,
        column_properties={**named, **columns} if columns else None,
    )


def _arrow_groups(
    table: str, rows: Iterable[tuple[Any, ...]], broken: list[BaseException]
) -> "Iterator[arro3.core.RecordBatch]":
    """Rows as Arrow, a row group at a time. What goes wrong on the way is kept: Arrow's own readers
    tell of it without its kind."""
    coming = iter(rows)
    try:
        while group := list(islice(coming, ROW_GROUP)):
            yield from schema.arrow_table(table, group).to_batches()
    except BaseException as fault:
        broken.append(fault)
        raise


def _used(sql: str, parameters: Sequence[Any] | dict[str, Any]) -> Sequence[Any] | dict[str, Any]:
    if isinstance(parameters, dict):
        return {key: value for key, value in parameters.items() if f"${key}" in sql}
    return parameters


@contextmanager
def _interruptible() -> Iterator[None]:
    """Ctrl-C within a query as Python knows it: DuckDB makes a RuntimeError of it."""
    import duckdb

    try:
        yield
    except (duckdb.InterruptException, RuntimeError) as fault:
        if "interrupted" in str(fault).lower():
            raise KeyboardInterrupt from fault
        raise


def new_batch() -> str:
    """A name for one writer's batch."""
    return f"{os.getpid():x}-{uuid4().hex[:12]}"


def next_record_time(last: datetime | None) -> datetime:
    """Now, and later than anything recorded, whatever the clock does."""
    now = datetime.now(UTC)
    return max(now, last + _TICK) if last else now


def sql_type(kind: str) -> str:
    """The type of a column in a query."""
    return {
        schema.TEXT: "VARCHAR",
        schema.TIME: "TIMESTAMPTZ",
        schema.COUNT: "BIGINT",
        schema.FLAG: "BOOLEAN",
        schema.TEXTS: "VARCHAR[]",
        schema.NUMBER: "DOUBLE",
        schema.COUNTS: "BIGINT[]",
    }[kind]
