"""Zstandard, by the standard library from Python 3.14 on and by its backport before."""

import sys
from collections.abc import Iterator
from typing import IO, cast

if sys.version_info >= (3, 14):
    from compression import zstd
else:
    from backports import zstd

_STEP = 1 << 20
_OPTIONS: dict[int, int] = {zstd.DecompressionParameter.window_log_max: 27}
"""A window of 128 MiB at most: `zstd --long` makes that, and a hostile file may ask for more."""
Damage = zstd.ZstdError


def plain(data: bytes) -> Iterator[bytes]:
    """The plain bytes of all frames, at most a megabyte at a time however much it stands for.

    Raises EOFError where the last frame is cut off.
    """
    frame: zstd.ZstdDecompressor | None = None
    for at in range(0, len(data), _STEP):
        rest = data[at : at + _STEP]
        while rest:
            frame = frame or zstd.ZstdDecompressor(options=_OPTIONS)
            yield frame.decompress(rest, _STEP)
            while not (frame.eof or frame.needs_input):
                yield frame.decompress(b"", _STEP)
            rest = frame.unused_data if frame.eof else b""
            frame = None if frame.eof else frame
    if frame is not None:
        raise EOFError("it ends in the middle of a frame")


def opened(stream: IO[bytes]) -> IO[bytes]:
    """The plain bytes of a stream, across its frames; a cut one raises EOFError when it is met."""
    return cast("IO[bytes]", zstd.open(stream, options=_OPTIONS))


__all__ = ["Damage", "opened", "plain", "zstd"]
