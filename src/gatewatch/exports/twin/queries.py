"""What the page of queries needs beside the data: DuckDB-Wasm as files, of one pinned version, and
a table of contents that says where each table's Parquet lies."""

import gzip
import hashlib
import sys
import tomllib
from pathlib import Path

import msgspec

from gatewatch import config
from gatewatch.errors import UsageError
from gatewatch.exports.exporting import ExportIndex
from gatewatch.exports.twin.places import Address, Held

PIN = Path(__file__).with_name("duckdb-wasm.toml")
_TABLES = "static/tables.js"
_PLACE = "static/duckdb"


class Pin(msgspec.Struct, frozen=True):
    """Which package, and the SHA-256 of those of its files that are shipped."""

    package: str
    version: str
    licence: str
    integrity: str
    files: dict[str, str]


def pin() -> Pin:
    """The pinned version."""
    return msgspec.convert(tomllib.loads(PIN.read_text(encoding="utf-8")), Pin)


def installed() -> Path | None:
    """Where `make queries` put the files; None where they are not."""
    folder = config.duckdb_wasm() or Path(sys.prefix) / "share" / "gatewatch" / "duckdb-wasm"
    return folder if all((folder / name).is_file() for name in pin().files) else None


def copy(folder: Path, out: Path, sets: ExportIndex, held: Held) -> None:
    """Copy the files and write the table of contents. UsageError for a file that is not the pinned
    one."""
    (out / _PLACE).mkdir(parents=True, exist_ok=True)
    for pinned, digest in sorted(pin().files.items()):
        name = pinned
        try:
            content = (folder / name).read_bytes()
        except OSError as fault:
            raise UsageError(
                f"{folder / name}: {fault.strerror}; make queries brings it"
            ) from fault
        if hashlib.sha256(content).hexdigest() != digest:
            raise UsageError(f"{folder / name} is not that of {pin().package} {pin().version}")
        if name.endswith(".wasm"):  # a quarter of the size; the page unpacks it
            name, content = f"{name}.gz", gzip.compress(content, 9, mtime=0)
        (out / _PLACE / name).write_bytes(content)
        held.add("en", Address(f"/{_PLACE}/{name}"), f"{_PLACE}/{name}")
    rows = [
        [f"{_named(one.name)}_{table.name}", f"data/{file.url}", table.rows, list(table.columns)]
        for one in sets.datasets
        for table in one.versions[0].tables
        for file in table.files
        if file.format == "parquet"
    ]
    body = b"window.GATEWATCH_TABLES=" + msgspec.json.encode(rows) + b";\n"
    (out / _TABLES).write_bytes(body)
    held.add("en", Address(f"/{_TABLES}"), _TABLES)


def _named(name: str) -> str:
    return name.replace("-", "_")
