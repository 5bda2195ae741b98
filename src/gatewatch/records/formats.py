"""Rows in the forms that programs read: JSON, NDJSON, CSV, Parquet."""

import csv
import io
import shutil
from collections.abc import Iterable, Mapping, Sequence
from datetime import date, datetime
from pathlib import Path
from tempfile import TemporaryDirectory
from typing import IO, Any

import msgspec

from gatewatch.records import parquet

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
    columns = {name: _kind(row.get(name) for row in rows) for name in _columns(rows)}
    if not columns:
        out.write(parquet.NO_COLUMNS)
        return
    encode = msgspec.json.Encoder().encode
    with TemporaryDirectory() as folder:
        lines, file = Path(folder, "rows.ndjson"), Path(folder, "rows.parquet")
        with lines.open("wb") as text:
            text.writelines(encode(row) + b"\n" for row in rows)
        parquet.write(lines, columns, file)
        with file.open("rb") as made:
            shutil.copyfileobj(made, out)


def _kind(values: Iterable[Any]) -> str:
    """What a column holds, if all its values are of one kind; else text."""
    kinds = {_kind_of(value) for value in values if value is not None}
    for wide, narrow in ((parquet.NUMBER, parquet.COUNT), (parquet.COUNTS, parquet.TEXTS)):
        if kinds == {wide, narrow}:
            return wide
    return kinds.pop() if len(kinds) == 1 else parquet.TEXT


def _kind_of(value: Any) -> str:
    if isinstance(value, list | tuple):
        inside = {_kind_of(one) for one in value if one is not None}
        if any(isinstance(one, dict | list | tuple) for one in value):
            return parquet.TEXT
        return parquet.COUNTS if inside == {parquet.COUNT} else parquet.TEXTS
    return next((kind for types, kind in _KINDS if isinstance(value, types)), parquet.TEXT)


# bool is an int, and datetime a date: the narrower comes first.
_KINDS = (
    (bool, parquet.FLAG),
    (int, parquet.COUNT),
    (float, parquet.NUMBER),
    (datetime, parquet.TIME),
    (date, parquet.DAY),
)


def _columns(rows: Iterable[Mapping[str, Any]]) -> list[str]:
    return list(dict.fromkeys(name for row in rows for name in row))
