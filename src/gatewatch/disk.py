"""Files that are written whole or not at all, that are on the disk once that is said, and that are
known by their digests."""

import hashlib
import os
from contextlib import suppress
from pathlib import Path


def written(file: Path, data: bytes, *, mode: int = 0o666, durable: bool = True) -> None:
    """Write a file as one act: who reads it meanwhile has the one before. `mode`: who may read it,
    less the process's mask. `durable`: it and its name are on the disk afterwards.

    OSError where it cannot be written; what was there stays.
    """
    file.parent.mkdir(parents=True, exist_ok=True)
    part = file.with_name(f".{file.name}.part")
    with suppress(FileNotFoundError):  # of one that was killed, which others might have read
        part.unlink()
    handle = os.open(part, os.O_WRONLY | os.O_CREAT | os.O_EXCL, mode)
    try:
        with os.fdopen(handle, "wb") as out:
            out.write(data)
            out.flush()
            if durable:
                os.fsync(out.fileno())
        part.replace(file)
    except OSError:  # a full disk, a folder of that name: no part stays behind
        with suppress(OSError):
            part.unlink()
        raise
    if durable:
        synced(file.parent)


def synced(path: Path) -> None:
    """Have a file, or the names in a folder, on the disk."""
    try:  # Windows syncs only what is open for writing, and opens no folder: names go with the file
        handle = os.open(path, os.O_RDONLY if os.name == "posix" else os.O_RDWR)
    except PermissionError:
        return
    try:
        os.fsync(handle)
    finally:
        os.close(handle)


def inside(name: str) -> bool:
    """Whether a path that a stranger's list gives stays in the folder to which it is added."""
    path = Path(name)
    return bool(path.parts) and not path.anchor and ".." not in path.parts


def sha256(file: Path) -> str:
    """The digest of a file in hexadecimal; empty if it is not there."""
    try:
        with file.open("rb") as content:
            return hashlib.file_digest(content, "sha256").hexdigest()
    except FileNotFoundError:
        return ""
