"""Compressed bytes to plain ones, with a bound that no bomb gets through."""

import bz2
import io
import lzma
import zipfile
import zlib
from collections.abc import Iterator
from pathlib import PurePosixPath
from typing import IO

import zstandard

from gatewatch.errors import SourceError

_STEP = 1 << 20
_MOST_MEMBERS = 100_000
_MAGIC = {b"\x1f\x8b": "gz", b"BZh": "bz2", b"\xfd7zXZ\x00": "xz", b"\x28\xb5\x2f\xfd": "zst"}
SUFFIXES = (".gz", ".bz2", ".xz", ".zst")


def expand(name: str, data: bytes, limit: int) -> bytes:
    """The plain bytes of one file; as given if it is not compressed. Bounded by `limit` bytes."""
    kind = next((kind for magic, kind in _MAGIC.items() if data.startswith(magic)), None)
    if kind is None:
        return data
    try:
        return b"".join(_bounded(_open(kind, data), name, limit))
    except (OSError, EOFError, lzma.LZMAError, zlib.error, zstandard.ZstdError) as broken:
        raise SourceError(f"{name}: damaged {kind} data: {broken}") from broken


def plain_name(name: str) -> str:
    """A file's name without the suffix of its compression."""
    for suffix in SUFFIXES:
        if name.endswith(suffix):
            return name[: -len(suffix)]
    return name


def is_zip(data: bytes) -> bool:
    """Whether the bytes are a zip archive."""
    return data.startswith(b"PK\x03\x04")


def members(name: str, data: bytes, limit: int) -> Iterator[tuple[str, bytes]]:
    """Files of a zip archive by safe relative name. Nothing is written to disk."""
    try:
        archive = zipfile.ZipFile(io.BytesIO(data))
        infos = [info for info in archive.infolist() if not info.is_dir()]
    except (zipfile.BadZipFile, NotImplementedError, ValueError) as broken:
        raise SourceError(f"{name}: damaged zip archive: {broken}") from broken
    if len(infos) > _MOST_MEMBERS:
        raise SourceError(f"{name}: {len(infos):,} members are more than {_MOST_MEMBERS:,}")
    left = limit
    for info in infos:
        safe = _safe_member(name, info.filename)
        try:
            with archive.open(info) as stream:
                plain = b"".join(_bounded(stream, f"{name}/{safe}", left))
        except (
            zipfile.BadZipFile,
            zlib.error,
            EOFError,
            NotImplementedError,
            RuntimeError,
        ) as broken:
            raise SourceError(f"{name}/{safe}: damaged or encrypted: {broken}") from broken
        left -= len(plain)
        yield safe, plain


def _open(kind: str, data: bytes) -> IO[bytes]:
    if kind == "gz":
        import gzip

        return gzip.open(io.BytesIO(data))  # type: ignore[return-value]
    if kind == "bz2":
        return bz2.open(io.BytesIO(data))
    if kind == "xz":
        return lzma.open(io.BytesIO(data))
    return zstandard.ZstdDecompressor(max_window_size=1 << 27).stream_reader(
        data, read_across_frames=True
    )


def _bounded(stream: IO[bytes], name: str, limit: int) -> Iterator[bytes]:
    left = limit
    while block := stream.read(_STEP):
        left -= len(block)
        if left < 0:
            raise SourceError(
                f"{name}: expands to more than {limit:,} bytes; "
                "raise GATEWATCH_MAX_SNAPSHOT if that is what it should be"
            )
        yield block


def _safe_member(archive: str, member: str) -> str:
    path = PurePosixPath(member.replace("\\", "/"))
    if path.is_absolute() or ".." in path.parts or ":" in path.parts[0]:
        raise SourceError(f"{archive}: member {member!r} points outside the archive; refused")
    return str(path)
