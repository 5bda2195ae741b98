"""Files of rows written beside a ledger's tables by whoever has a part of the work, for one writer
to commit: until a commit names them they count for nothing."""

import json
import os
import time
from collections.abc import Iterable
from contextlib import suppress
from pathlib import Path
from typing import TYPE_CHECKING, Any
from uuid import uuid4

from gatewatch import config, disk
from gatewatch.errors import needs
from gatewatch.ledger import schema
from gatewatch.ledger.store import ROW_GROUP, Store, WrittenFile

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
    with needs("network"):
        import pyarrow.parquet as pq

    path = f"{_BEGINS}{run}-{uuid4().hex}.parquet"
    files, whole = filesystem(f"{root}/{name}/{path}")
    with files.open_output_stream(whole) as sink:
        pq.write_table(rows, sink, compression="zstd", row_group_size=ROW_GROUP)
    size = files.get_file_info(whole).size
    if "://" not in root:
        disk.synced(Path(whole))
    return WrittenFile(
        table=name, path=path, size=size, rows=rows.num_rows, stats=_stats(name, rows)
    )


def filesystem(place: str) -> "tuple[Any, str]":
    """The file system of a path or s3:// address, and the path in it."""
    with needs("s3"):
        from pyarrow import fs

    if "://" not in place:
        return fs.LocalFileSystem(), place
    scheme, _, path = place.partition("://")
    if scheme in {"s3", "s3a"}:
        return fs.S3FileSystem(**config.object_store()), path
    files, path = fs.FileSystem.from_uri(place)
    return files, str(path)


def _stats(table: str, rows: "pa.Table") -> str:
    """Statistics as Delta's log keeps them."""
    import pyarrow.compute as pc

    least: dict[str, Any] = {}
    most: dict[str, Any] = {}
    nulls: dict[str, int] = {}
    for name, kind in schema.TABLES[table].items():
        if kind in {schema.TEXTS, schema.COUNTS} or not rows.num_rows:
            continue
        column = rows[name]
        # Of every column: a reader takes one of which nothing is told for one without nulls.
        nulls[name] = column.null_count
        if name not in _TOLD_OF:
            continue
        ends = pc.min_max(column)
        first, last = (_said(ends[side].as_py()) for side in ("min", "max"))
        if first is not None and last is not None:
            least[name], most[name] = first, last
    told = {"numRecords": rows.num_rows, "minValues": least, "maxValues": most, "nullCount": nulls}
    return json.dumps(told)


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
