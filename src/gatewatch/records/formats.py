"""Rows in the forms that programs read: JSON, NDJSON, CSV, Parquet."""

import csv
import io
import re
import shutil
from collections.abc import Iterable, Mapping, Sequence
from datetime import date, datetime
from pathlib import Path
from tempfile import TemporaryDirectory
from typing import IO, Any

import msgspec

from gatewatch.records import parquet

FORMATS = ("json", "ndjson", "csv", "parquet")
_BEGINS_FORMULA = ("=", "\uff1d", "\t", "\r", "\n")
"""By which a spreadsheet takes any text for a formula, and no name of anything begins."""
_MAY_BEGIN_ONE = ("+", "-", "@", "\uff0b", "\uff0d", "\uff20")
"""By which hosts, numbers and handles begin too. Each also in its full width, as Chinese and
Japanese spreadsheets take it."""
_CALLS_NOTHING = re.compile(r"[\w .,:/@*-]*")
"""What a formula that runs something cannot be written in: that needs `(`, `|` or `!`."""


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
    elif form == "csv":
        out.write(_csv(rows, _columns(rows)).encode())
    else:
        gathered = RowsInParts()
        gathered.add(rows)
        gathered.write(form, out)


def _csv(rows: Iterable[Mapping[str, Any]], columns: Sequence[str]) -> str:
    text = io.StringIO()
    writer = csv.writer(text, lineterminator="\n")
    writer.writerow(columns)
    writer.writerows([cell(row.get(column)) for column in columns] for row in rows)
    return text.getvalue()


def cell(value: Any) -> Any:
    """One cell of CSV: nested values as JSON; text that a spreadsheet would run gets an apostrophe
    (OWASP, CSV injection). Hosts, numbers and handles that begin like a formula stay as they are:
    data is not changed for a spreadsheet's sake where nothing could be run."""
    if isinstance(value, dict | list | tuple):
        return msgspec.json.encode(value).decode()
    return f"'{value}" if isinstance(value, str) and _would_run(value) else value


def _would_run(text: str) -> bool:
    return text.startswith(_BEGINS_FORMULA) or (
        text.startswith(_MAY_BEGIN_ONE) and not _CALLS_NOTHING.fullmatch(text, 1)
    )


class RowsInParts:
    """Rows that come in parts, kept as lines of JSON: a tenth of what they take in memory."""

    def __init__(self) -> None:
        self.bytes, self._lines = 0, list[bytes]()
        self._kinds: dict[str, set[str]] = {}

    def __len__(self) -> int:
        return len(self._lines)

    def add(self, rows: Iterable[Mapping[str, Any]]) -> None:
        """One part."""
        encode = msgspec.json.Encoder().encode
        for row in rows:
            line = encode(row)
            self.bytes += len(line)
            self._lines.append(line)
            for name, value in row.items():
                kinds = self._kinds.setdefault(name, set())
                if value is not None:
                    kinds.add(_kind_of(value))

    def write(self, form: str, out: IO[bytes]) -> None:
        """All of them as ndjson, csv or parquet."""
        if form == "csv":
            decode = msgspec.json.Decoder(dict[str, Any]).decode
            out.write(_csv(map(decode, self._lines), list(self._kinds)).encode())
        elif form == "parquet":
            columns = {name: _kind(kinds) for name, kinds in self._kinds.items()}
            _parquet(self._lines, columns, out)
        else:
            out.writelines(line + b"\n" for line in self._lines)


def _parquet(rows: Iterable[bytes], columns: Mapping[str, str], out: IO[bytes]) -> None:
    if not columns:
        out.write(parquet.NO_COLUMNS)
        return
    with TemporaryDirectory() as folder:
        lines, file = Path(folder, "rows.ndjson"), Path(folder, "rows.parquet")
        with lines.open("wb") as text:
            text.writelines(row + b"\n" for row in rows)
        parquet.write(lines, columns, file)
        with file.open("rb") as made:
            shutil.copyfileobj(made, out)


def _kind(kinds: set[str]) -> str:
    """What a column holds, if all its values are of one kind; else text."""
    for wide, narrow in ((parquet.NUMBER, parquet.COUNT), (parquet.COUNTS, parquet.TEXTS)):
        if kinds == {wide, narrow}:
            return wide
    return next(iter(kinds)) if len(kinds) == 1 else parquet.TEXT


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
