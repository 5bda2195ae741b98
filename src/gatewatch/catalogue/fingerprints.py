"""Loads fingerprints: those that come with the project, or a folder of the field's CSV files."""

import csv
import io
from hashlib import blake2b
from importlib.resources import files
from importlib.resources.abc import Traversable
from pathlib import Path

import msgspec

from gatewatch.errors import CatalogueError
from gatewatch.model.fingerprint import Fingerprint, Fingerprints

_COLUMNS = {"name", "scope", "location_found", "pattern_type", "pattern"}
_INNOCENT = "server.csv"
_KINDS = {"full", "prefix", "contains", "regexp"}


def load(folder: str | None = None) -> Fingerprints:
    """The fingerprints of every CSV file in a folder; without one, the project's own.

    The project's table of pages that no censor wrote (CAPTCHAs, refusals, parked names, portals)
    is there in any case: without it a folder of block pages alone makes blocks of them.

    A row that cannot be used is an error that names file and line: a fingerprint that is left out
    in silence would look like the absence of a block page.
    """
    ours: Traversable = files("gatewatch.catalogue") / "fingerprint_tables"
    where = Path(folder) if folder else ours
    if not where.is_dir():
        raise CatalogueError(f"{folder} is no folder of fingerprints")
    tables = sorted((f for f in where.iterdir() if f.name.endswith(".csv")), key=lambda f: f.name)
    if not tables:
        raise CatalogueError(f"{folder}: no .csv file in this folder")
    if folder:
        tables = [ours / _INNOCENT, *tables]
    found = tuple(one for table in tables for one in _read(table))
    version = blake2b(msgspec.json.encode(found), digest_size=6).hexdigest()
    return Fingerprints(version=version, all=found)


def _read(table: Traversable) -> list[Fingerprint]:
    text = table.read_bytes().decode("utf-8-sig")
    rows = csv.DictReader(io.StringIO(text, newline=""))
    missing = _COLUMNS - set(rows.fieldnames or ())
    if missing:
        raise CatalogueError(f"{table.name}: no column {', '.join(sorted(missing))}")
    return [_fingerprint(table.name, rows.line_num, row) for row in rows]


def _fingerprint(table: str, line: int, row: dict[str, str]) -> Fingerprint:
    location, kind = row["location_found"], row["pattern_type"]
    known = location in {"body", "dns"} or location.startswith("header.")
    if None in row:
        raise CatalogueError(f"{table}, line {line}: a field too many: quote what holds a comma")
    if not known or kind not in _KINDS or not row["pattern"]:
        raise CatalogueError(f"{table}, line {line}: {location!r}, {kind!r} cannot be matched")
    digits = row.get("confidence_no_fp") or ""
    return Fingerprint(
        name=row["name"],
        scope=row["scope"],
        location=location.lower(),
        kind=kind,
        pattern=row["pattern"],
        countries=tuple(c for c in (row.get("expected_countries") or "").split(",") if c),
        confidence=int(digits) if digits.isdecimal() else None,
        note=row.get("notes") or "",
    )
