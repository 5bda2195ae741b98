"""Parquet by DuckDB, from lines of JSON: rows stream through it, however many they are."""

from collections.abc import Mapping
from pathlib import Path

TEXT, TIME, DAY, COUNT = "VARCHAR", "TIMESTAMPTZ", "DATE", "BIGINT"
NUMBER, FLAG, TEXTS, COUNTS = "DOUBLE", "BOOLEAN", "VARCHAR[]", "BIGINT[]"
"""What a column may hold. Objects in a column of text become their JSON."""
_LONGEST = 512 << 20
"""Bytes of one line: an entry may have a hundred thousand selectors."""
_FOOTER = b"\x15\x02\x19\x1c\x48\x06schema\x15\x00\x00\x16\x00\x19\x0c\x00"
"""FileMetaData in Thrift's compact protocol (apache/parquet-format, parquet.thrift): version 1, a
schema without children, no rows, no row groups."""
NO_COLUMNS = b"PAR1" + _FOOTER + len(_FOOTER).to_bytes(4, "little") + b"PAR1"
"""A file of no rows that names no columns, which DuckDB cannot write."""


def write(lines: Path, columns: Mapping[str, str], file: Path) -> None:
    """Write the rows of a file of JSON lines, which have these columns, with their kinds."""
    import duckdb

    with duckdb.connect() as connection:
        rows = connection.read_json(
            str(lines),
            columns=dict(columns),
            format="newline_delimited",
            maximum_object_size=_LONGEST,
        )
        rows.write_parquet(str(file), compression="zstd")
