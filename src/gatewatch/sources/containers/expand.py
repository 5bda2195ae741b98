"""Compressed bytes to plain ones, with a bound that no bomb gets through."""

import bz2
import io
import lzma
import struct
import zipfile
import zlib
from collections.abc import Iterator
from pathlib import PurePosixPath
from typing import IO

from gatewatch.errors import SourceError
from gatewatch.sources.containers import zst
from gatewatch.sources.containers.large import Data, gathered, plain

_STEP = 1 << 20
_MOST_MEMBERS = 100_000
_DAMAGE = (OSError, EOFError, MemoryError, lzma.LZMAError, zlib.error, zst.Damage)
_MAGIC = {b"\x1f\x8b": "gz", b"BZh": "bz2", b"\xfd7zXZ\x00": "xz", b"\x28\xb5\x2f\xfd": "zst"}
_MOST_TIMES, _ALWAYS = 100, 16 << 20
"""How many times its packed size something may expand to, and to how many bytes in any case. Lists
expand to 5 to 25 times their size, measurements to 12; what is made to fill a memory, to 1,000."""
SUFFIXES = (".gz", ".bz2", ".xz", ".zst")


def expand(name: str, data: Data, limit: int) -> Data:
    """The plain bytes of one file; as given if it is not compressed. Bounded by `limit` bytes."""
    kind = next((kind for magic, kind in _MAGIC.items() if data[: len(magic)] == magic), None)
    if kind is None:
        return data
    most = allowed(len(data), limit)
    try:
        return gathered(_bounded(_plain(kind, data), name, most, _advice(most, limit)))
    except _DAMAGE as broken:
        raise SourceError(f"{name}: damaged {kind} data: {broken}") from broken


def allowed(packed: int, limit: int) -> int:
    """To how many bytes something of a packed size may expand, where `limit` is the most."""
    return min(limit, max(packed * _MOST_TIMES, _ALWAYS))


def plain_name(name: str) -> str:
    """A file's name without the suffix of its compression."""
    for suffix in SUFFIXES:
        if name.endswith(suffix):
            return name[: -len(suffix)]
    return name


def is_zip(data: Data) -> bool:
    """Whether the bytes are a zip archive."""
    return data[:4] == b"PK\x03\x04"


def is_document(data: Data) -> bool:
    """Whether a zip archive is a spreadsheet or another office document (OOXML, ODF)."""
    try:
        names = zipfile.ZipFile(_file(data)).namelist()
    except (zipfile.BadZipFile, NotImplementedError, ValueError, struct.error):
        return False
    return "[Content_Types].xml" in names or names[:1] == ["mimetype"]


def members(name: str, data: Data, limit: int) -> Iterator[tuple[str, Data]]:
    """Files of a zip archive by safe relative name. Nothing is written to disk."""
    try:
        archive = zipfile.ZipFile(_file(data))
        infos = [info for info in archive.infolist() if not info.is_dir()]
    except (zipfile.BadZipFile, NotImplementedError, ValueError, struct.error) as broken:
        raise SourceError(f"{name}: damaged zip archive: {broken}") from broken
    if len(infos) > _MOST_MEMBERS:
        raise SourceError(f"{name}: {len(infos):,} members are more than {_MOST_MEMBERS:,}")
    left = allowed(len(data), limit)
    advice = _advice(left, limit)
    for info in infos:
        safe = _safe_member(name, info.filename)
        try:
            with archive.open(info) as stream:
                plain = gathered(_bounded(_blocks(stream), f"{name}/{safe}", left, advice))
        except (*_DAMAGE, zipfile.BadZipFile, RuntimeError, ValueError, struct.error) as broken:
            raise SourceError(f"{name}/{safe}: damaged or encrypted: {broken}") from broken
        left -= len(plain)
        yield safe, plain


def _file(data: Data) -> IO[bytes]:
    """Bytes to be read from anywhere, as a file."""
    if isinstance(data, bytes):
        return io.BytesIO(data)
    data.seek(0)
    return data  # type: ignore[return-value]


def _plain(kind: str, data: Data) -> Iterator[bytes]:
    if kind == "zst":
        return zst.plain(plain(data))
    if kind == "gz":
        import gzip

        return _blocks(gzip.open(_file(data)))  # type: ignore[arg-type]
    return _blocks((bz2 if kind == "bz2" else lzma).open(_file(data)))


def _blocks(stream: IO[bytes]) -> Iterator[bytes]:
    return iter(lambda: stream.read(_STEP), b"")


def _advice(most: int, limit: int) -> str:
    """What to do about something that expands to more than it may."""
    if most < limit:
        return f"{_MOST_TIMES} times its size: unpack it yourself if that is what it should be"
    return "raise GATEWATCH_MAX_SNAPSHOT if that is what it should be"


def _bounded(blocks: Iterator[bytes], name: str, limit: int, advice: str) -> Iterator[bytes]:
    left = limit
    for block in blocks:
        left -= len(block)
        if left < 0:
            raise SourceError(f"{name}: expands to more than {limit:,} bytes; {advice}")
        yield block


def _safe_member(archive: str, member: str) -> str:
    path = PurePosixPath(member.replace("\\", "/"))
    if not path.parts or path.is_absolute() or ".." in path.parts or ":" in path.parts[0]:
        raise SourceError(f"{archive}: member {member!r} points outside the archive; refused")
    return str(path)
