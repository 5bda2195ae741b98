"""Rows in the forms that programs read: JSON, NDJSON, CSV, Parquet."""

import csv
import io
from collections.abc import Iterable, Mapping, Sequence
from typing import IO, Any

import msgspec

FORMATS = ("json", "ndjson", "csv", "parquet")


def write(
    rows: Sequence[Mapping[str, Any]],
    form: str,
    out: IO[bytes],
    document: Any = None,
) -> None:
    """Write rows to a binary stream; `document` is what JSON shows instead of the plain rows."""
    if form == "json":
        whole = document if document is not None else rows
        out.write(msgspec.json.format(msgspec.json.encode(whole), indent=2) + b"\n")
    elif form == "ndjson":
        encode = msgspec.json.Encoder().encode
        out.writelines(encode(row) + b"\n" for row in rows)
    elif form == "csv":
        out.write(_csv(rows).encode())
    else:
        _parquet(rows, out)


def _csv(rows: Sequence[Mapping[str, Any]]) -> str:
    text = io.StringIO()
    columns = _columns(rows)
    writer = csv.writer(text, lineterminator="\n")
    writer.writerow(columns)
    writer.writerows([cell(row.get(column)) for column in columns] for row in rows)
    return text.getvalue()


def cell(value: Any) -> Any:
    """One cell: nested values as JSON; text that a spreadsheet would run gets an apostrophe."""
    if isinstance(value, dict | list | tuple):
        return msgspec.json.encode(value).decode()
    if isinstance(value, str) and value.startswith(("=", "+", "-", "@", "\t", "\r")):
        return f"'{value}"
    return value


def _parquet(rows: Sequence[Mapping[str, Any]], out: IO[bytes]) -> None:
    import pyarrow as pa
    import pyarrow.parquet as pq

    columns = _columns(rows)
    flat = {column: [_flat(row.get(column)) for row in rows] for column in columns}
    table = pa.table(flat) if columns else pa.table({})
    sink = io.BytesIO()
    pq.write_table(table, sink, compression="zstd")
    out.write(sink.getvalue())


def _flat(value: Any) -> Any:
    if isinstance(value, dict) or (
        isinstance(value, list) and value and isinstance(value[0], dict)
    ):
        return msgspec.json.encode(value).decode()
    return str(value) if isinstance(value, str) else value


def _columns(rows: Iterable[Mapping[str, Any]]) -> list[str]:
    return list(dict.fromkeys(name for row in rows for name in row))
