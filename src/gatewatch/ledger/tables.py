"""The Delta tables of a ledger: making, opening, and refusing what is lost, cut or of a later
program."""

import errno
import os
from collections.abc import Iterable, Iterator
from contextlib import contextmanager, suppress
from pathlib import Path
from urllib.parse import unquote

from deltalake import DeltaTable
from deltalake.exceptions import CommitFailedError, DeltaError, TableNotFoundError

from gatewatch import disk, locks
from gatewatch.errors import LedgerError, needs
from gatewatch.ledger import checksums, schema
from gatewatch.ledger.forms import foreign
from gatewatch.ledger.plain import refuse_odd

_MAKING = ".making"
_COMMITTED = (".json", ".checkpoint.parquet")
"""How the files of a table's log end, once they are whole."""


class Tables:
    """Those of one place: a folder, or a prefix of an object store."""

    def __init__(self, location: str) -> None:
        self.location = location.rstrip("/") or "/"
        self.local = "://" not in self.location
        if not self.local:
            with needs("s3"):
                import pyarrow.dataset  # noqa: F401 - deltalake's own message names no line to type
        self._open: dict[str, DeltaTable] = {}

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
        return DeltaTable.is_deltatable(self.uri(table))

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
            raise self.explained(fault) from fault

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
        return bool(DeltaTable(self.uri(table)).file_uris())

    def _make(self, table: str) -> None:
        # CommitFailedError: another process made it at the same time
        with suppress(CommitFailedError):
            DeltaTable.create(
                self.uri(table),
                schema=schema.arrow_schema(table),
                mode="ignore",
                name=table,
                description=f"gatewatch ledger, form {schema.FORMAT_VERSION}",
                configuration={"delta.appendOnly": "true"},
            )
        self.settle(table)

    def table(self, name: str) -> DeltaTable:
        """A table as committed when it was first asked for after `refresh`.

        Raises LedgerError for one of a later form, or with columns that this program does not know
        or that are lost: it is not half read, and nothing is written beside it.
        """
        known = name in self._open
        table = self.opened(name)
        if not known and (strange := foreign(name, table)):
            del self._open[name]
            raise LedgerError(f"the ledger at {self.location}: {strange}")
        return table

    def opened(self, name: str) -> DeltaTable:
        """A table as it is, whichever program wrote it."""
        if name not in self._open:
            if self.local:
                refuse_odd(self.location, name)
            told = self._told(name)  # before the table: a writer goes on meanwhile
            try:
                table = DeltaTable(self.uri(name))
            except TableNotFoundError:
                if told >= 0 or self._is_lost(name):
                    raise LedgerError(self._lost(name)) from None
                if name in schema.MEASUREMENT_TABLES and self.exists():
                    raise LedgerError(
                        f"the ledger at {self.location} holds no measurements: "
                        "gatewatch ingest ooni SOURCE brings some in"
                    ) from None
                raise LedgerError(
                    f"no ledger at {self.location}: gatewatch ingest REGISTER SOURCE makes one, or name another with --ledger"
                ) from None
            except (DeltaError, OSError) as fault:
                raise self.explained(fault) from fault
            self._refuse_cut(name, table, told)
            self._open[name] = table
        return self._open[name]

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
                "gatewatch repair NEW rebuilds it from its sources"
            )

    def turn(self, writer: str, table: str = "snapshots") -> int:
        """How often a writer has committed to the table that vouches, as of the state being
        read."""
        return self.table(table).transaction_version(writer) or 0

    def named(self, name: str) -> list[str]:
        """The files that a table's newest state names or an older one named, without their
        folder."""
        table = DeltaTable(self.uri(name))
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

    def files(self, table: DeltaTable) -> list[str]:
        """The files of a table. delta-rs tells them as URLs: a folder on this machine may have a
        blank or any letter in its name."""
        return [unquote(uri) for uri in table.file_uris()] if self.local else table.file_uris()

    def uri(self, table: str) -> str:
        """Where a table lies."""
        return (
            str(Path(self.location).resolve() / table) if self.local else f"{self.location}/{table}"
        )

    def _log_of(self, table: str) -> Path:
        return Path(self.location) / table / "_delta_log"

    def explained(self, fault: Exception) -> LedgerError:
        """A fault of Delta's or the system's as whoever runs a ledger can use it."""
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
