"""Others' words tell the same as our own catalogue and as the files themselves."""

import json
from pathlib import Path
from typing import Any

import pyarrow as pa
import pyarrow.parquet as pq
import pytest
from tests.asking import now

import gatewatch
from gatewatch.catalogue import facts
from gatewatch.exports import described, exporting
from gatewatch.exports.datasets import datasets
from gatewatch.exports.exporting import ExportIndex

_ARROW = {
    "sc:Text": {"string", "large_string"},
    "sc:DateTime": {"timestamp[us, tz=UTC]"},
    "sc:Date": {"date32[day]"},
    "sc:Integer": {"int64", "int32"},
    "sc:Float": {"double"},
    "sc:Boolean": {"bool"},
}


@pytest.fixture
def exported(demo_ledger: str, tmp_path: Path) -> tuple[ExportIndex, Path]:
    ledger, folder = gatewatch.open(demo_ledger), tmp_path / "data"
    chosen = datasets(ledger, facts.load(), now(ledger))
    return exporting.export(chosen, folder, as_of=None, recorded_by=None), folder


def test_croissant_has_every_column_of_the_files_with_its_type(
    exported: tuple[ExportIndex, Path],
) -> None:
    index, folder = exported
    for one in index.datasets:
        told = described.croissant(one, f"{folder}/")
        files: dict[str, dict[str, Any]] = {file["@id"]: file for file in told["distribution"]}
        for records in told["recordSet"]:
            sources = {field["source"]["fileObject"]["@id"] for field in records["field"]}
            (name,) = sources
            schema = pq.read_schema(files[name]["contentUrl"])
            fields = {field["name"]: field for field in records["field"]}
            assert list(fields) == schema.names
            for column in schema:
                kind: Any = column.type
                repeated = pa.types.is_list(kind) or pa.types.is_large_list(kind)
                assert fields[column.name].get("repeated", False) == repeated
                inner = kind.value_type if repeated else kind
                assert str(inner) in _ARROW[fields[column.name]["dataType"]], column
            keys = {key["@id"].partition("/")[2] for key in records["key"]}
            assert keys <= set(fields)


def test_both_lie_in_the_folder_and_lead_to_its_files(
    exported: tuple[ExportIndex, Path], demo_ledger: str
) -> None:
    """Wherever it is taken; and the next export goes on there."""
    index, folder = exported
    described.write(index, folder)
    told = json.loads((folder / described.DCAT).read_bytes())
    for data in told["dcat:dataset"]:
        for one in data["dcat:distribution"]:
            assert (folder / one["dcat:downloadURL"]["@id"]).is_file()
    for data in index.datasets:
        place = folder / data.name
        told = json.loads((place / described.CROISSANT).read_bytes())
        assert all((place / one["contentUrl"]).is_file() for one in told["distribution"])
    ledger = gatewatch.open(demo_ledger)
    again = datasets(ledger, facts.load(), now(ledger))
    exporting.export(again, folder, as_of=None, recorded_by=None)
    assert exporting.verify(folder) == []


def test_dcat_names_every_file_with_its_length_and_digest(
    exported: tuple[ExportIndex, Path],
) -> None:
    index, folder = exported
    told = described.dcat(index, "https://example.org/data/")
    by_url = {
        one["dcat:downloadURL"]["@id"]: one
        for data in told["dcat:dataset"]
        for one in data["dcat:distribution"]
    }
    files = [f for one in index.datasets for t in one.versions[0].tables for f in t.files]
    assert set(by_url) == {f"https://example.org/data/{file.url}" for file in files}
    for file in files:
        one = by_url[f"https://example.org/data/{file.url}"]
        assert one["dcat:byteSize"] == (folder / file.url).stat().st_size
        assert f"sha256:{one['spdx:checksum']['spdx:checksumValue']}" == file.checksum
