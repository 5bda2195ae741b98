"""The checked catalogue kept beside its files, so that a look-up need not parse and check them
again.

One file a catalogue in the user's cache, named by a digest of every file and of the types that they
are read into: what changed has another name, and what is damaged is made anew. Reading 488 claims
took 111 ms from the files and takes 8 ms from here, the digest included.
"""

import contextlib
import hashlib
import os
import tempfile
from collections.abc import Iterable, Mapping
from pathlib import Path
from typing import Any

import msgspec

from gatewatch import config
from gatewatch.catalogue.tables import KINDS

_KEPT = 4
"""Catalogues that are kept: ours, and some with folders of one's own."""


def key(where: Iterable[Path]) -> str:
    """A digest of folders of facts: their files' names and bytes, and the types."""
    whole = hashlib.blake2b(_types(), digest_size=16)
    for folder in where:
        for path in sorted(folder.rglob("*.toml")):
            data = path.read_bytes()
            whole.update(f"{path.relative_to(folder)}\0{len(data)}\n".encode())
            whole.update(data)
    return whole.hexdigest()


def load(name: str) -> dict[str, dict[str, Any]] | None:
    """Facts by kind and id, or None if there are none of this name, or none that can be read."""
    try:
        held = _decoder().decode((config.catalogue_cache() / name).read_bytes())
    except (OSError, msgspec.DecodeError, ValueError):
        return None
    return {kind: {one.id: one for one in getattr(held, kind)} for kind in KINDS}


def store(name: str, facts: Mapping[str, Mapping[str, Any]]) -> None:
    """Keep facts under a name; a cache that cannot be written is done without."""
    data = msgspec.msgpack.encode({kind: list(facts[kind].values()) for kind in KINDS})
    folder = config.catalogue_cache()
    with contextlib.suppress(OSError):
        folder.mkdir(parents=True, exist_ok=True)
        made, path = tempfile.mkstemp(dir=folder)
        with os.fdopen(made, "wb") as file:
            file.write(data)
        Path(path).replace(folder / name)
        _prune(folder)


def _prune(folder: Path) -> None:
    held = sorted(folder.iterdir(), key=lambda path: path.stat().st_mtime, reverse=True)
    for path in held[_KEPT:]:
        path.unlink(missing_ok=True)


def _types() -> bytes:
    """What a change of the types changes: every field with its type."""
    return repr([msgspec.structs.fields(kind) for kind in KINDS.values()]).encode()


def _decoder() -> msgspec.msgpack.Decoder[Any]:
    fields = [(kind, list[one]) for kind, one in KINDS.items()]  # type: ignore[valid-type]
    return msgspec.msgpack.Decoder(msgspec.defstruct("Held", fields))
