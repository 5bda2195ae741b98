"""How a table's files are written: what is packed how, and in what groups of rows."""

from collections.abc import Iterable, Iterator
from itertools import islice
from typing import TYPE_CHECKING, Any, NamedTuple

from gatewatch.ledger import schema

if TYPE_CHECKING:
    import arro3.core
    from deltalake import WriterProperties

ROW_GROUP = 16_384
LEVEL, DENSE = 9, 17
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


class WrittenFile(NamedTuple):
    """A file of rows as a commit names it; `path` is within its table's folder, `stats` as Delta's
    log keeps them."""

    table: str
    path: str
    size: int
    rows: int
    stats: str


def properties(table: str, level: int = LEVEL) -> "WriterProperties":
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


def arrow_groups(
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
