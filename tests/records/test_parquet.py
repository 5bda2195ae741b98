"""Parquet from lines of JSON, read back by another library."""

import io
from datetime import UTC
from pathlib import Path
from tempfile import TemporaryDirectory
from typing import Any

import msgspec
import pyarrow.parquet as pq
from hypothesis import given
from hypothesis import strategies as st

from gatewatch.records import parquet

_COLUMNS = {
    "text": parquet.TEXT,
    "time": parquet.TIME,
    "day": parquet.DAY,
    "count": parquet.COUNT,
    "number": parquet.NUMBER,
    "flag": parquet.FLAG,
    "texts": parquet.TEXTS,
}
_TEXT = st.text(st.characters(codec="utf-8"))
_ROWS = st.fixed_dictionaries(
    {
        "text": st.none() | _TEXT,
        "time": st.none() | st.datetimes(timezones=st.just(UTC)),
        "day": st.none() | st.dates(),
        "count": st.none() | st.integers(-(2**63), 2**63 - 1),
        "number": st.none() | st.floats(allow_nan=False, allow_infinity=False),
        "flag": st.none() | st.booleans(),
        "texts": st.none() | st.lists(_TEXT, max_size=3),
    }
)


@given(st.lists(_ROWS, max_size=5))
def test_every_value(rows: list[dict[str, Any]]) -> None:
    """What any row holds comes back as it was, in order, in columns of the kinds named."""
    with TemporaryDirectory() as folder:
        lines, file = Path(folder, "a.ndjson"), Path(folder, "a.parquet")
        lines.write_bytes(b"".join(msgspec.json.encode(row) + b"\n" for row in rows))
        parquet.write(lines, _COLUMNS, file)
        assert pq.read_table(file).to_pylist() == rows


def test_no_columns() -> None:
    """An answer without rows is still a file that opens."""
    table = pq.read_table(io.BytesIO(parquet.NO_COLUMNS))
    assert (table.num_rows, table.column_names) == (0, [])
