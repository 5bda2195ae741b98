"""Files of rows written beside a ledger's tables by whoever has a part of the work, for one writer
to commit: until a commit names them they count for nothing."""

import json
import os
import time
from collections.abc import Iterable
from contextlib import suppress
from itertools import chain
from pathlib import Path
from typing import TYPE_CHECKING, Any
from uuid import uuid4

from gatewatch import disk
from gatewatch.errors import needs
from gatewatch.ledger import schema
from gatewatch.ledger.file_form import ENCODED, ROW_GROUP, WrittenFile
from gatewatch.ledger.placed import filesystem
from gatewatch.ledger.store import Store

if TYPE_CHECKING:
    import pyarrow as pa

_BEGINS = "part-run-"
"""How the name of such a file begins; then comes the run that it belongs to."""
_FORGOTTEN_HOURS = 24
"""For how long a file that no commit names is taken for somebody's who has not committed yet."""
_TOLD_OF = frozenset({"uid", "probe_cc", "started_at", "host", "about", "batch", "recorded_at"})
"""Columns whose least and greatest value a commit tells, so that readers can pass over files."""
_LONGEST = 64


def write(root: str, name: str, rows: "pa.Table", run: str) -> WrittenFile:
    """Write rows of a table to a file of their own, under a name that no other attempt has."""
    return stream(root, name, [rows], run)


def stream(root: str, name: str, tables: "Iterable[pa.Table]", run: str) -> WrittenFile:
    """As `write`, of rows that come some at a time, at least one table of them."""
    with needs("network"):
        import pyarrow.parquet as pq

    path = f"{_BEGINS}{run}-{uuid4().hex}.parquet"
    files, whole = filesystem(f"{root}/{name}/{path}")
    stats, coming = _Stats(name), iter(tables)
    first = next(coming)
    with (
        files.open_output_stream(whole) as sink,
        pq.ParquetWriter(sink, first.schema, **_how(name, first.column_names)) as writer,
    ):
        for rows in chain([first], coming):
            stats.add(rows)
            writer.write_table(rows, row_group_size=ROW_GROUP)
    size = files.get_file_info(whole).size
    if "://" not in root:
        disk.synced(Path(whole))
    return WrittenFile(table=name, path=path, size=size, rows=stats.rows, stats=str(stats))


def _how(table: str, columns: list[str]) -> dict[str, Any]:
    """How pyarrow writes a file, as delta-rs does (store.py)."""
    encoded = ENCODED.get(table, {})
    return {
        "compression": "zstd",
        "use_dictionary": [one for one in columns if one not in encoded],
        "column_encoding": encoded or None,
    }


class _Stats:
    """Statistics as Delta's log keeps them, of rows that come some at a time."""

    def __init__(self, table: str) -> None:
        self._kinds = schema.TABLES[table]
        self.rows = 0
        self._ends: dict[str, list[Any]] = {}
        self._nulls: dict[str, int] = {}

    def add(self, rows: "pa.Table") -> None:
        import pyarrow.compute as pc

        self.rows += rows.num_rows
        for name in rows.column_names if rows.num_rows else ():
            if self._kinds[name] in {schema.TEXTS, schema.COUNTS}:
                continue
            # Of every column: a reader takes one of which nothing is told for one without nulls.
            self._nulls[name] = self._nulls.get(name, 0) + rows[name].null_count
            if name in _TOLD_OF:
                ends = pc.min_max(rows[name]).as_py().values()
                held = self._ends.setdefault(name, [])
                held[:] = [*held, *(one for one in ends if one is not None)]
                held[:] = [min(held), max(held)] if held else []

    def __str__(self) -> str:
        told = {name: [_said(one) for one in ends] for name, ends in self._ends.items() if ends}
        told = {name: ends for name, ends in told.items() if None not in ends}
        least, most = ({name: ends[side] for name, ends in told.items()} for side in (0, 1))
        return json.dumps(
            {
                "numRecords": self.rows,
                "minValues": least,
                "maxValues": most,
                "nullCount": self._nulls,
            }
        )


def _said(value: Any) -> str | None:
    if value is None or isinstance(value, str):
        return value if value and len(value) <= _LONGEST else None
    return str(value.strftime("%Y-%m-%dT%H:%M:%S.%fZ"))


def sweep(store: Store, run: str | None = None) -> int:
    """Take away files that no commit names: of one run that has ended, or of any that wrote them a
    day ago; how many. A twin of a task that was given up leaves such."""
    gone = 0
    for name in schema.TABLES:
        if not store.holds(name):
            continue
        files, folder = filesystem(store.uri(name))
        with suppress(OSError):
            gone += _sweep(files, folder, store.named(name), run)
    return gone


def _sweep(files: Any, folder: str, named: Iterable[str], run: str | None) -> int:
    from pyarrow import fs

    known, gone = set(named), 0
    begins = f"{_BEGINS}{run}-" if run else _BEGINS
    for one in files.get_file_info(fs.FileSelector(folder)):
        old = (
            one.mtime_ns is not None and time.time() - one.mtime_ns / 1e9 > _FORGOTTEN_HOURS * 3600
        )
        if one.base_name.startswith(begins) and one.base_name not in known and (run or old):
            with suppress(OSError):
                files.delete_file(one.path)
                gone += 1
    return gone


def run_name() -> str:
    """A name for one run's files."""
    return f"{os.getpid():x}{uuid4().hex[:10]}"
