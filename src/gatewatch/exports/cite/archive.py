"""The zip of a bundle: the same contents give the same bytes, and it is read as a stranger's.

Its comment seals the bytes before it: so a bit that no unpacker looks at is found too. Whoever
packs a bundle anew loses the seal, and nothing else.
"""

import io
import re
import struct
import zipfile
import zlib
from collections.abc import Mapping

from gatewatch.errors import SourceError
from gatewatch.ledger import notes
from gatewatch.ledger.slices import digest

_DAY = (1980, 1, 1, 0, 0, 0)
_NAME = re.compile(r"[a-z0-9][a-z0-9._-]*(?:/[a-z0-9][a-z0-9._-]*)*")
MOST_FILES, MOST_BYTES = 64, 64 << 20
"""Of a bundle: what is larger is refused before it is read."""
MOST_UNPACKED = 256 << 20
_SEAL = "gatewatch seal, form 1"
_END = b"PK\x05\x06"
_END_SIZE = 22


def packed(files: Mapping[str, bytes], signer: notes.Signer | None) -> bytes:
    """A zip of files in their order, sealed by a key if there is one."""
    out = io.BytesIO()
    with zipfile.ZipFile(out, "w") as made:
        for name, data in files.items():
            told = zipfile.ZipInfo(name, _DAY)
            told.compress_type, told.create_system = zipfile.ZIP_DEFLATED, 3
            told.external_attr = 0o644 << 16
            made.writestr(told, data, compresslevel=9)
    bare = out.getvalue()
    if signer is None:
        return bare
    seal = notes.note(f"{_SEAL}\n{digest(bare[:-2])}\n", [signer]).encode()
    return bare[:-2] + struct.pack("<H", len(seal)) + seal


def seal_of(data: bytes) -> tuple[bytes, bytes] | None:
    """The seal of a bundle and what it was made over; None if it has none."""
    place = data.rfind(_END)
    end = place + _END_SIZE
    if place < 0 or end >= len(data):
        return None
    return data[end:], data[: end - 2]


def is_sealed(data: bytes, known: list[notes.Verifier]) -> bool | None:
    """Whether a bundle's bytes are those that one of the keys sealed; None: it has no seal.

    LedgerError where the seal is none.
    """
    found = seal_of(data)
    if found is None:
        return None
    text, by = notes.signed_by(found[0], known)
    return bool(by) and text == f"{_SEAL}\n{digest(found[1])}\n"


def unpacked(data: bytes) -> dict[str, bytes]:
    """The files of a bundle. SourceError for what is no zip, leads out of its folder, or would
    unpack to more than a bundle holds."""
    if len(data) > MOST_BYTES:
        raise SourceError(f"it has {len(data):,} bytes; a bundle has at most {MOST_BYTES:,}")
    try:
        with zipfile.ZipFile(io.BytesIO(data)) as held:
            return _read(held)
    except (zipfile.BadZipFile, zlib.error, struct.error) as fault:
        raise SourceError(f"it is no zip that can be read: {fault}") from fault
    except (
        NotImplementedError,
        RuntimeError,
        EOFError,
        OSError,
        ValueError,
        OverflowError,
    ) as fault:
        raise SourceError(f"it is packed in a way that bundles are not: {fault}") from fault


def _read(held: zipfile.ZipFile) -> dict[str, bytes]:
    told = held.infolist()
    if len(told) > MOST_FILES:
        raise SourceError(f"it has {len(told):,} files; a bundle has at most {MOST_FILES}")
    if sum(one.file_size for one in told) > MOST_UNPACKED:
        raise SourceError("it would unpack to more than a bundle holds")
    found: dict[str, bytes] = {}
    room = MOST_UNPACKED
    for one in told:
        if not _NAME.fullmatch(one.filename) or one.filename in found:
            raise SourceError(f"it names a file as bundles do not: {one.filename[:80]!r}")
        with held.open(one) as source:
            found[one.filename] = source.read(room + 1)
        room -= len(found[one.filename])
        if room < 0:
            raise SourceError("it unpacks to more than it says")
    return found
