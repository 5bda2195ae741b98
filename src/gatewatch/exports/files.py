"""The files of a table: Parquet, CSV and NDJSON, written in one walk over its rows, in bounded memory."""

import csv
import hashlib
from collections.abc import Callable, Iterator, Mapping
from contextlib import ExitStack
from pathlib import Path
from types import TracebackType
from typing import TYPE_CHECKING, Any, Self

import msgspec

from gatewatch.errors import GatewatchError
from gatewatch.exports import tables
from gatewatch.exports.tables import Row, Table, key_of
from gatewatch.records.formats import cell

if TYPE_CHECKING:
    import pyarrow as pa

MEDIA = {
    "parquet": "application/vnd.apache.parquet",
    "csv": "text/csv",
    "ndjson": "application/x-ndjson",
}
_BATCH = 10_000
Seen = Callable[[str, int], None]
"""Told a table's name and how many of its rows are written."""
_encode = msgspec.json.Encoder().encode


class File(msgspec.Struct, frozen=True):
    """A file as the catalogue tells of it. `checksum` is its SHA-256."""

    format: str
    media_type: str
    url: str
    bytes: int
    checksum: str


def write(table: Table, folder: Path, seen: Seen | None = None) -> int:
    """Write all forms of a table into a folder; how many rows there are."""
    rows = 0
    with _Writers(table, folder) as writers:
        for batch in _batches(table):
            writers.write(batch)
            rows += len(batch)
            if seen:
                seen(table.name, rows)
    return rows


def described(path: Path, url: str) -> File:
    """A file with its size and checksum."""
    with path.open("rb") as content:
        digest = hashlib.file_digest(content, "sha256").hexdigest()
    form = path.suffix.removeprefix(".")
    return File(form, MEDIA[form], url, path.stat().st_size, f"sha256:{digest}")


def read(path: Path) -> Iterator[dict[str, Any]]:
    """Rows of an NDJSON file."""
    decode = msgspec.json.Decoder(dict[str, Any]).decode
    with path.open("rb") as lines:
        for line in lines:
            yield decode(line)


def _batches(table: Table) -> Iterator[list[dict[str, Any]]]:
    """Rows with the table's columns alone, in its order, each key once."""
    last: tuple[str, ...] | None = None
    batch: list[dict[str, Any]] = []
    for row in table.rows():
        key = key_of(table, row)
        if last is not None and key <= last:
            raise GatewatchError(f"rows of {table.name} are out of order at {key}: report this")
        last = key
        batch.append(_shaped(row, table.columns))
        if len(batch) == _BATCH:
            yield batch
            batch = []
    if batch:
        yield batch


def _shaped(row: Row, columns: Mapping[str, str]) -> dict[str, Any]:
    return {name: row.get(name) for name in columns}


class _Writers:
    """The three files of a table, open together."""

    def __init__(self, table: Table, folder: Path) -> None:
        self._table, self._folder = table, folder
        self._open = ExitStack()

    def __enter__(self) -> Self:
        import pyarrow.parquet as pq

        stem, enter = self._table.name, self._open.enter_context
        self._lines = enter((self._folder / f"{stem}.ndjson").open("wb"))
        text = enter((self._folder / f"{stem}.csv").open("w", encoding="utf-8", newline=""))
        self._csv = csv.writer(text, lineterminator="\n")
        self._csv.writerow(self._table.columns)
        self._schema = _schema(self._table)
        self._parquet = enter(
            pq.ParquetWriter(self._folder / f"{stem}.parquet", self._schema, compression="zstd")
        )
        return self

    def write(self, batch: list[dict[str, Any]]) -> None:
        """One batch of shaped rows."""
        self._lines.writelines(_encode(row) + b"\n" for row in batch)
        self._csv.writerows([cell(value) for value in row.values()] for row in batch)
        self._parquet.write_table(_arrow(batch, self._schema, self._table.columns))

    def __exit__(
        self,
        kind: type[BaseException] | None,
        fault: BaseException | None,
        trace: TracebackType | None,
    ) -> None:
        self._open.close()


def _schema(table: Table) -> "pa.Schema":
    import pyarrow as pa

    kinds = {
        tables.TEXT: pa.string(),
        tables.TIME: pa.timestamp("us", "UTC"),
        tables.DAY: pa.date32(),
        tables.COUNT: pa.int64(),
        tables.NUMBER: pa.float64(),
        tables.FLAG: pa.bool_(),
        tables.TEXTS: pa.list_(pa.string()),
        tables.NESTED: pa.string(),
    }
    return pa.schema([(name, kinds[kind]) for name, kind in table.columns.items()])


def _arrow(
    batch: list[dict[str, Any]], schema: "pa.Schema", columns: Mapping[str, str]
) -> "pa.Table":
    import pyarrow as pa

    found = []
    for field in schema:
        kind, values = columns[field.name], [row[field.name] for row in batch]
        if kind == tables.TIME:
            found.append(pa.array(values, pa.string()).cast(field.type))
        elif kind == tables.NESTED:
            found.append(
                pa.array([None if v is None else _encode(v).decode() for v in values], field.type)
            )
        elif kind == tables.TEXT:
            found.append(pa.array([None if v is None else str(v) for v in values], field.type))
        else:
            found.append(pa.array(values, field.type))
    return pa.table(found, schema=schema)
