"""Secrets of a site, made once and shared by its workers."""

import os
import secrets
from pathlib import Path

_BYTES = 32


def secret(folder: Path, name: str) -> bytes:
    """The secret of that name; made on first use, readable by its owner alone."""
    file = folder / name
    folder.mkdir(parents=True, exist_ok=True)
    try:
        return _read(file)
    except FileNotFoundError:
        _make(file)
        return _read(file)


def _make(file: Path) -> None:
    """Written whole beside its place and linked there: of two workers the first one wins."""
    fresh = file.with_name(f".{file.name}.{os.getpid()}")
    handle = os.open(fresh, os.O_WRONLY | os.O_CREAT | os.O_TRUNC, 0o600)
    with os.fdopen(handle, "wb") as out:
        out.write(secrets.token_bytes(_BYTES))
    try:
        os.link(fresh, file)
    except FileExistsError:
        pass
    finally:
        fresh.unlink()


def _read(file: Path) -> bytes:
    return file.read_bytes()
