"""Data sets in the words of others, so that catalogues and programs find and load them.

DCAT 3 (https://www.w3.org/TR/vocab-dcat-3/) tells catalogues of open data what there is;
Croissant 1.0 (https://docs.mlcommons.org/croissant/docs/croissant-spec.html) tells
programs how to read it.
"""

from pathlib import Path
from typing import Any

import msgspec

from gatewatch import disk
from gatewatch.exports.exporting import DataSetVersion, ExportIndex, Published, TableFiles
from gatewatch.exports.files import File
from gatewatch.model.documentation import DEMO

_DCAT = {
    "dcat": "http://www.w3.org/ns/dcat#",
    "dct": "http://purl.org/dc/terms/",
    "foaf": "http://xmlns.com/foaf/0.1/",
    "spdx": "http://spdx.org/rdf/terms#",
    "xsd": "http://www.w3.org/2001/XMLSchema#",
}
_IANA = "https://www.iana.org/assignments/media-types/"
_SHA256 = "http://spdx.org/rdf/terms#checksumAlgorithm_sha256"


DCAT, CROISSANT = "dcat.jsonld", "croissant.json"
"""Beside the catalogue of an export, and in the folder of each data set."""


def write(index: ExportIndex, folder: Path) -> None:
    """Both into the folder of an export, under the names that a site gives them. Addresses are
    those beside each file, so that the folder may lie anywhere."""
    disk.written(folder / DCAT, encoded(dcat(index, "")))
    for one in index.datasets:
        disk.written(folder / one.name / CROISSANT, encoded(croissant(one, "../")))


def encoded(document: dict[str, Any]) -> bytes:
    """As it is sent and written."""
    return msgspec.json.format(msgspec.json.encode(document), indent=1)


def dcat(index: ExportIndex, base: str) -> dict[str, Any]:
    """The whole catalogue as JSON-LD. `base` is the address under which the files lie, or empty for
    addresses beside this file."""
    return {
        "@context": _DCAT,
        "@id": f"{base}index.json",
        "@type": "dcat:Catalog",
        "dct:title": index.name,
        **_dated("dct:modified", index.updated_at),
        "dcat:dataset": [_dataset(one, base) for one in index.datasets],
    }


def _dataset(one: Published, base: str) -> dict[str, Any]:
    newest = one.versions[0]
    place = {"dct:spatial": one.jurisdiction} if one.jurisdiction else {}
    return {
        "@id": f"{base}{one.name}/",
        "@type": "dcat:Dataset",
        "dct:identifier": one.name,
        "dct:title": one.title,
        **({"dct:description": DEMO.plain()} if one.invented else {}),
        "dct:publisher": {"@type": "foaf:Agent", "foaf:name": one.publisher},
        "dct:license": one.licence,
        "dcat:version": one.version,
        **_dated("dct:modified", newest.made_at),
        **place,
        "dcat:distribution": [
            _distribution(file, table, base) for table in newest.tables for file in table.files
        ],
    }


def _distribution(file: File, table: TableFiles, base: str) -> dict[str, Any]:
    return {
        "@type": "dcat:Distribution",
        "dct:title": f"{table.name}: {table.about}",
        "dcat:downloadURL": {"@id": f"{base}{file.url}"},
        "dcat:mediaType": {"@id": f"{_IANA}{file.media_type}"},
        "dcat:byteSize": file.bytes,
        "spdx:checksum": {
            "@type": "spdx:Checksum",
            "spdx:algorithm": {"@id": _SHA256},
            "spdx:checksumValue": file.checksum.removeprefix("sha256:"),
        },
    }


def _dated(name: str, when: str | None) -> dict[str, Any]:
    return {name: {"@type": "xsd:dateTime", "@value": when}} if when else {}


_CROISSANT: dict[str, Any] = {
    "@language": "en",
    "@vocab": "https://schema.org/",
    "citeAs": "cr:citeAs",
    "column": "cr:column",
    "conformsTo": "dct:conformsTo",
    "cr": "http://mlcommons.org/croissant/",
    "data": {"@id": "cr:data", "@type": "@json"},
    "dataType": {"@id": "cr:dataType", "@type": "@vocab"},
    "dct": "http://purl.org/dc/terms/",
    "extract": "cr:extract",
    "field": "cr:field",
    "fileObject": "cr:fileObject",
    "format": "cr:format",
    "key": "cr:key",
    "md5": "cr:md5",
    "recordSet": "cr:recordSet",
    "repeated": "cr:repeated",
    "sc": "https://schema.org/",
    "source": "cr:source",
}
_TYPES = {
    "text": "sc:Text",
    "time": "sc:DateTime",
    "day": "sc:Date",
    "count": "sc:Integer",
    "number": "sc:Float",
    "flag": "sc:Boolean",
    "texts": "sc:Text",
    "json": "sc:Text",
}
"""The types of exports.tables in schema.org's words."""


def croissant(one: Published, base: str) -> dict[str, Any]:
    """One data set: its Parquet files, and the columns of each table as fields."""
    newest = one.versions[0]
    return {
        "@context": _CROISSANT,
        "@type": "sc:Dataset",
        "conformsTo": "http://mlcommons.org/croissant/1.0",
        "name": one.name,
        "description": f"{one.title}. {DEMO.plain()}" if one.invented else one.title,
        "license": one.licence,
        "url": f"{base}index.json",
        "creator": {"@type": "sc:Organization", "name": one.publisher},
        "datePublished": newest.made_at,
        "version": one.version,
        "citeAs": f"Gatewatch: {one.title}, version {one.version}",
        "distribution": [_file(file, table, base) for table, file in _parquet(newest)],
        "recordSet": [_records(table) for table, _ in _parquet(newest)],
    }


def _parquet(version: DataSetVersion) -> list[tuple[TableFiles, File]]:
    return [(t, f) for t in version.tables for f in t.files if f.format == "parquet"]


def _file(file: File, table: TableFiles, base: str) -> dict[str, Any]:
    return {
        "@type": "cr:FileObject",
        "@id": f"{table.name}.parquet",
        "name": f"{table.name}.parquet",
        "description": table.about,
        "contentUrl": f"{base}{file.url}",
        "contentSize": f"{file.bytes} B",
        "encodingFormat": "application/x-parquet",
        "sha256": file.checksum.removeprefix("sha256:"),
    }


def _records(table: TableFiles) -> dict[str, Any]:
    return {
        "@type": "cr:RecordSet",
        "@id": table.name,
        "name": table.name,
        "description": table.about,
        "key": [{"@id": f"{table.name}/{column}"} for column in table.key],
        "field": [
            {
                "@type": "cr:Field",
                "@id": f"{table.name}/{name}",
                "name": name,
                "dataType": _TYPES[kind],
                **({"repeated": True} if kind == "texts" else {}),
                "source": {
                    "fileObject": {"@id": f"{table.name}.parquet"},
                    "extract": {"column": name},
                },
            }
            for name, kind in table.columns.items()
        ],
    }
