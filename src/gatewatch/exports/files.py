"""The files of a table in bounded memory: CSV and NDJSON in one walk over its rows, Parquet from
NDJSON."""

import csv
from collections.abc import Callable, Iterator
from contextlib import ExitStack
from pathlib import Path
from types import TracebackType
from typing import Any, Self

import msgspec

from gatewatch import disk
from gatewatch.errors import GatewatchError
from gatewatch.exports import tables
from gatewatch.exports.tables import Row, Table, key_of
from gatewatch.records import parquet
from gatewatch.records.formats import cell

MEDIA = {
    "parquet": "application/vnd.apache.parquet",
    "csv": "text/csv",
    "ndjson": "application/x-ndjson",
}
_KINDS = {
    tables.TEXT: parquet.TEXT,
    tables.TIME: parquet.TIME,
    tables.DAY: parquet.DAY,
    tables.COUNT: parquet.COUNT,
    tables.NUMBER: parquet.NUMBER,
    tables.FLAG: parquet.FLAG,
    tables.TEXTS: parquet.TEXTS,
    tables.NESTED: parquet.TEXT,
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
    stem = folder / table.name
    columns = {name: _KINDS[kind] for name, kind in table.columns.items()}
    parquet.write(stem.with_suffix(".ndjson"), columns, stem.with_suffix(".parquet"))
    return rows


def described(path: Path, url: str) -> File:
    """A file with its size and checksum."""
    digest = disk.sha256(path)
    form = path.suffix.removeprefix(".")
    return File(
        format=form,
        media_type=MEDIA[form],
        url=url,
        bytes=path.stat().st_size,
        checksum=f"sha256:{digest}",
    )


def read(path: Path) -> Iterator[dict[str, Any]]:
    """Rows of an NDJSON file."""
    decode = msgspec.json.Decoder(dict[str, Any]).decode
    with path.open("rb") as lines:
        for line in lines:
            yield decode(line)


def _batches(table: Table) -> Iterator[list[dict[str, Any]]]:
    """Rows with the table's columns alone, in its order, each key once."""
    last: tuple[str, ...] | None = None
    expected = {*table.columns, *table.left_out}
    batch: list[dict[str, Any]] = []
    for row in table.rows():
        key = key_of(table, row)
        if last is not None and key <= last:
            raise GatewatchError(f"rows of {table.name} are out of order at {key}: report this")
        last = key
        batch.append(_shaped(row, table, expected))
        if len(batch) == _BATCH:
            yield batch
            batch = []
    if batch:
        yield batch


def _shaped(row: Row, table: Table, expected: set[str]) -> dict[str, Any]:
    """The columns of a row. A row that has more or less than is declared is no row of the table:
    a value would be lost, or a column stay empty, and nobody would see it."""
    if row.keys() != expected:
        told = ", ".join(sorted(row.keys() ^ expected))
        raise GatewatchError(f"rows of {table.name} and its columns differ in {told}: report this")
    return {name: row[name] for name in table.columns}


class _Writers:
    """The files of a table that are written row by row, open together."""

    def __init__(self, table: Table, folder: Path) -> None:
        self._table, self._folder = table, folder
        self._open = ExitStack()

    def __enter__(self) -> Self:
        stem, enter = self._table.name, self._open.enter_context
        self._lines = enter((self._folder / f"{stem}.ndjson").open("wb"))
        text = enter((self._folder / f"{stem}.csv").open("w", encoding="utf-8", newline=""))
        self._csv = csv.writer(text, lineterminator="\n")
        self._csv.writerow(self._table.columns)
        return self

    def write(self, batch: list[dict[str, Any]]) -> None:
        """One batch of shaped rows."""
        self._lines.writelines(_encode(row) + b"\n" for row in batch)
        self._csv.writerows([cell(value) for value in row.values()] for row in batch)

    def __exit__(
        self,
        kind: type[BaseException] | None,
        fault: BaseException | None,
        trace: TracebackType | None,
    ) -> None:
        self._open.close()
