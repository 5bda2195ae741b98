"""The bytes of one file: in memory, or once they are many in a file without a name, mapped.

A state of half a gigabyte and the one before it are compared byte by byte. Mapped and given back as
they are walked over, they take a window of memory each and not their size.
"""

import ctypes
import mmap
import tempfile
from collections.abc import Iterable, Iterator
from itertools import chain
from typing import IO, TypeAlias

Data: TypeAlias = bytes | mmap.mmap
"""Sliced, searched and measured alike; a slice is bytes."""

LARGE = 64 << 20
"""Bytes from which on a file is mapped."""
WINDOW = 8 << 20
"""How much of a mapped file is in memory at a time while it is walked over."""
_BLOCK = 1 << 20
_AROUND = 4 << 20


def gathered(blocks: Iterable[bytes]) -> Data:
    """Blocks as one; beyond `LARGE` bytes they are never all in memory."""
    coming = iter(blocks)
    kept: list[bytes] = []
    size = 0
    for block in coming:
        kept.append(block)
        size += len(block)
        if size > LARGE:
            return _mapped(chain(_emptied(kept), coming))
    return b"".join(kept)


def read(stream: IO[bytes], size: int) -> Data:
    """`size` bytes of a stream, or fewer if it ends."""
    if size <= LARGE:
        return stream.read(size)
    return gathered(_blocks(stream, size))


def blocks(data: Data) -> Iterator[bytes]:
    """The bytes again, a window at a time."""
    if len(data) <= WINDOW and isinstance(data, bytes):
        yield data
        return
    for start in range(0, len(data), WINDOW):
        yield data[start : start + WINDOW]
        walked(data, start, start + WINDOW)


def plain(data: Data) -> bytes:
    """All of it in memory, for whoever can walk over nothing else."""
    return data if isinstance(data, bytes) else data[:]


def walked(data: Data, start: int, end: int) -> None:
    """Give back the memory of a span that has been walked over; it can be read again."""
    if isinstance(data, bytes) or not hasattr(mmap, "MADV_DONTNEED"):
        return
    # What lies just before came back with the pages behind it: the kernel reads around a fault.
    start = max(0, start - start % mmap.PAGESIZE - _AROUND)
    if end > start:
        data.madvise(mmap.MADV_DONTNEED, start, min(end, len(data)) - start)


def address(data: Data) -> int:
    """Where the bytes lie, for the C library. They must stay referenced while it looks at them."""
    if isinstance(data, bytes):
        return ctypes.cast(ctypes.c_char_p(data), ctypes.c_void_p).value or 0
    return ctypes.addressof(ctypes.c_char.from_buffer(data))


def _emptied(kept: list[bytes]) -> Iterator[bytes]:
    kept.reverse()
    while kept:
        yield kept.pop()


def _blocks(stream: IO[bytes], size: int) -> Iterator[bytes]:
    while size > 0 and (block := stream.read(min(size, _BLOCK))):
        size -= len(block)
        yield block


def _mapped(blocks: Iterable[bytes]) -> mmap.mmap:
    with tempfile.TemporaryFile(prefix="gatewatch-") as file:
        for block in blocks:
            file.write(block)
        file.flush()
        # A private copy can be handed to the C library by address; nobody writes to it.
        return mmap.mmap(file.fileno(), 0, access=mmap.ACCESS_COPY)
