"""Rows as programs read them: what a cell of CSV holds, and rows that come in parts."""

import csv
import io
from typing import Any

import pyarrow.parquet as pq
import pytest

from gatewatch.records.formats import RowsInParts, cell, write


@pytest.mark.parametrize(
    "text",
    ["-tracker.example", "-1", "+7 495 000", "@durov", "--", "-12,5", "+1:2/3", "@a_b.c", "a=b"],
)
def test_what_begins_like_a_formula_and_is_none_stays_as_it_is(text: str) -> None:
    """A host with a dash before it is looked up as it stands in the list."""
    assert cell(text) == text


@pytest.mark.parametrize(
    "text",
    [
        "=1+1",
        "=cmd|' /C calc'!A0",
        "-2+3+cmd|' /C calc'!A0",
        '+HYPERLINK("http://evil.example")',
        "@SUM(1+1)*cmd|' /C calc'!A0",
        "＝A1",
        "－(1)",
        "\t=1",
        "\r=1",
        "\n=1",
    ],
)
def test_what_a_spreadsheet_would_run_gets_an_apostrophe(text: str) -> None:
    assert cell(text) == f"'{text}"


@pytest.mark.parametrize("form", ["csv", "ndjson", "parquet"])
def test_rows_in_parts_are_written_as_all_at_once(form: str) -> None:
    """Also where a later part has a column, or a kind of value, that no earlier one had."""
    rows: list[dict[str, Any]] = [
        {"a": 1, "b": None, "c": ["x"]},
        {"a": 2, "b": "=1", "c": []},
        {"a": 2.5, "b": "-host.example", "c": ["y", "z"], "d": {"e": True}},
    ]
    whole, gathered = io.BytesIO(), RowsInParts()
    write(rows, form, whole)
    for row in rows:
        gathered.add([row])
    parted = io.BytesIO()
    gathered.write(form, parted)
    assert len(gathered) == len(rows)
    if form == "parquet":
        assert pq.read_table(parted).to_pylist() == pq.read_table(whole).to_pylist()
    else:
        assert parted.getvalue() == whole.getvalue()
    if form == "csv":
        told = list(csv.DictReader(io.StringIO(parted.getvalue().decode())))
        assert [one["b"] for one in told] == ["", "'=1", "-host.example"]
