"""A ledger asked and added to: queries over its tables as of one moment, and whole commits."""

import re
import time
from collections.abc import Callable, Iterable, Iterator, Sequence
from contextlib import ExitStack, contextmanager
from itertools import count
from pathlib import Path
from typing import TYPE_CHECKING, Any, Literal, TypeAlias, TypeVar

from deltalake import DeltaTable
from deltalake.exceptions import CommitFailedError, DeltaError

from gatewatch.errors import LedgerConflictError, LedgerError, StoppedError, needs, overdue
from gatewatch.ledger import schema, sessions, views
from gatewatch.ledger.file_form import (
    DENSE,
    LEVEL,
    ROW_GROUP,
    WrittenFile,
    arrow_groups,
    properties,
)
from gatewatch.ledger.forms import lacking, sql_type
from gatewatch.ledger.patience import Patience
from gatewatch.ledger.tables import Tables

if TYPE_CHECKING:
    import arro3.core
    import duckdb
    import pyarrow as pa
    from deltalake import CommitProperties

    Columns: TypeAlias = pa.Table | arro3.core.Table

T = TypeVar("T")
_MOST_PREPARED, _FEW_PREPARED, _ONE_QUESTION = 16, 8, 4
"""Tables of rows worked out for questions that follow: as a rule, where memory is bounded, and
where they take more than their share of it; one question has no more."""
_SHARE_PREPARED = 3
"""They may take one part in so many of the memory that there is."""
_MOST_LARGE = 64
_NUMBERS = re.compile("[0-9]+")
_AT_ONCE = 2_048
_READ_FROM = re.compile(r"\b(?:FROM|JOIN)[\s(]+(\w+)", re.IGNORECASE)
_VOUCHING = ("snapshots", "inputs")


def _tables_of(sql: str) -> set[str]:
    """The tables that a query reads from. A column may bear a table's name, as `facts` does."""
    return {found[1] for found in _READ_FROM.finditer(sql)} & set(schema.TABLES)


class Store(Tables):
    """The tables of one ledger, asked and added to. Readers see whole commits only; writers never
    wait for readers."""

    def __init__(self, location: str, *, memory: int | None = None) -> None:
        """`memory`: bytes that queries may take before they use the disk, each by one thread alone;
        None: as the machine has."""
        super().__init__(location)
        self.memory = memory
        self._connection: duckdb.DuckDBPyConnection | None = None
        self._prepared: dict[tuple[str, tuple[Any, ...]], str] = {}
        self._shown: set[str] = set()
        self._large: set[str] = set()
        """Queries that found no room in the memory that one has as a rule, less their numbers."""
        self._numbers = count()
        self.asked = 0
        """How many queries the session has answered."""
        self.patience = Patience()
        """Looked at before each query and after `interrupt`."""

    def refresh(self) -> None:
        """Read the newest committed state from here on."""
        self._open.clear()
        self._prepared.clear()
        self._shown.clear()
        if self._connection is not None:
            self._connection.close()
            self._connection = None
        self.asked = 0

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
            return self._within_memory(connection, fetched, held, sql)

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
            found, group = self._within_memory(connection, begun, held, sql)
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
            return self._within_memory(connection, fetched, held, sql)

    def _within_memory(
        self,
        connection: "duckdb.DuckDBPyConnection",
        asks: "Callable[[duckdb.DuckDBPyConnection], T]",
        held: ExitStack,
        sql: str,
    ) -> T:
        """What a query gives, with as little memory as it can do with: most that is too large for
        that goes by the disk, and what cannot is asked once more with all that there is, which it
        has until `held` ends. Queries like it have that from the first, and so run once."""
        import duckdb

        if self.memory is None:
            return asks(connection)
        alike = _NUMBERS.sub("", sql)
        if alike not in self._large:
            try:
                return asks(connection)
            except duckdb.OutOfMemoryException:
                if self.patience.over():
                    raise
            if len(self._large) < _MOST_LARGE:
                self._large.add(alike)
        held.enter_context(sessions.whole(connection, self.memory))
        return asks(connection)

    @contextmanager
    def undivided(self) -> "Iterator[duckdb.DuckDBPyConnection]":
        """The session, with all the memory that it may have, for what reads files of tables as they
        lie. What goes wrong is told as of a query."""
        with self._asking() as connection, ExitStack() as held:
            if self.memory is not None:
                held.enter_context(sessions.whole(connection, self.memory))
            yield connection

    @contextmanager
    def _reading(self, sql: str) -> "Iterator[duckdb.DuckDBPyConnection]":
        with self._asking() as connection:
            self._show(sql)
            self.asked += 1
            yield connection

    @contextmanager
    def _asking(self) -> "Iterator[duckdb.DuckDBPyConnection]":
        import duckdb

        if self.patience.over():
            raise overdue()
        try:
            with _interruptible():
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
        for name, table in self._open.items() if self.local else ():
            gone = {file for file in self.files(table) if not Path(file).exists()}
            if gone:
                return gone.isdisjoint(self.files(DeltaTable(self.uri(name))))
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
            raise self.explained(fault) from fault

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
            raise self.explained(fault) from fault

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

    def stream(self, table: str, rows: Iterable[tuple[Any, ...]]) -> None:
        """Append facts of which there are too many to hold at once. They count for nothing until a
        commit vouches for their batch."""
        from arro3.core import RecordBatchReader

        broken: list[BaseException] = []
        groups = arrow_groups(table, rows, broken)
        try:
            self._write(
                table,
                RecordBatchReader.from_batches(schema.arrow_schema(table), groups),
                level=DENSE,
            )
        except (DeltaError, OSError) as fault:
            if broken:
                raise broken[0] from None
            raise self.explained(fault) from fault

    def _write(
        self,
        name: str,
        data: "Columns | arro3.core.RecordBatchReader",
        signed: "CommitProperties | None" = None,
        level: int = LEVEL,
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

    def _schema_mode(self, name: str) -> "Literal['merge'] | None":
        """An older ledger takes new columns with the first rows that have them."""
        return "merge" if lacking(name, self.table(name)) else None

    def _view(self, connection: "duckdb.DuckDBPyConnection", name: str, table: DeltaTable) -> None:
        files = self.files(table)
        kinds = schema.TABLES[name]
        if not files:
            columns = ", ".join(f'NULL::{sql_type(k)} AS "{c}"' for c, k in kinds.items())
            connection.execute(f"CREATE TEMP VIEW {name} AS SELECT {columns} WHERE false")
            return
        absent = "".join(
            f', NULL::{sql_type(kind)} AS "{column}"'
            for column, kind in lacking(name, table).items()
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
                absent = ""
        else:
            held = f"{name}_held"
            connection.register(held, table.to_pyarrow_dataset())
        connection.execute(f"CREATE TEMP VIEW {name} AS SELECT *{absent} FROM {held}")


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
