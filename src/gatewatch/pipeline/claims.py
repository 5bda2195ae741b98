"""Another's data set to a file of claims in a folder of facts of one's own."""

import tomllib
from pathlib import Path

import msgspec

from gatewatch import config, disk, locks
from gatewatch.catalogue import facts
from gatewatch.errors import CatalogueError, UsageError
from gatewatch.model.claim import Claim
from gatewatch.sources.claims import formats
from gatewatch.sources.claims.gathered import Gathered
from gatewatch.sources.claims.written import toml


class ClaimsTaken(msgspec.Struct, frozen=True):
    """What was done: what the file gave, how many claims are new, and where they lie."""

    gathered: Gathered
    new: int
    file: str


def ingest(name: str, data: bytes, out: Path | None = None) -> ClaimsTaken:
    """Claims of a file in a format, added to what was taken from this format before. The same file
    twice changes nothing."""
    gathered = formats.read(name, data, facts.load())
    file = out or _place(name)
    file.parent.mkdir(parents=True, exist_ok=True)
    with locks.in_turn(file.with_name(f".{file.name}.lock")):
        held = _held(file)
        new = [one for one in gathered.claims if one.id not in held]
        if new:
            disk.written(file, toml([*held.values(), *new], name).encode())
    return ClaimsTaken(gathered, len(new), str(file))


def _place(name: str) -> Path:
    folders = config.catalogue_folders()
    if not folders:
        raise UsageError(
            "claims go into a folder of your own facts: set GATEWATCH_CATALOGUE to one, or name a "
            "file with --out"
        )
    return folders[0] / "facts" / f"{name}.toml"


def _held(file: Path) -> dict[str, Claim]:
    if not file.exists():
        return {}
    try:
        found = tomllib.loads(file.read_text(encoding="utf-8")).get("claim", [])
        return {one.id: one for one in msgspec.convert(found, list[Claim])}
    except (tomllib.TOMLDecodeError, UnicodeDecodeError, msgspec.ValidationError) as fault:
        raise CatalogueError(f"{file} cannot be read: {fault}; nothing was written") from fault
