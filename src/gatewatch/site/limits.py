"""How much each client may ask, counted by all workers of a site together: in a file of theirs."""

import hashlib
import math
import os
import struct
import time
from contextlib import suppress
from pathlib import Path

from gatewatch import locks

_A_MINUTE = 15.0
"""Seconds that ledgers work for one client in a minute; a whole allowance of requests is worth as
much, so a dear question costs as much as many that are cheap."""
_BUCKET = struct.Struct("=16sdd")
"""Of a client its name, how many requests are left, and when that was, by the machine's clock that
never goes back: it is the same for all processes, and begins anew when the machine does."""
_SETS, _IN_SET = 8192, 8
"""A client has its place in one of so many sets. Of more clients than have room there the one goes
that asked longest ago."""
_SET = _BUCKET.size * _IN_SET


class Limits:
    """A bucket a client that fills as time passes. In the file clients are known by a hash whose
    key the processes of one run alone have; nothing of it outlives them."""

    def __init__(self, a_minute: int, file: Path, key: bytes) -> None:
        """Raises OSError where the file, of 2 MiB, cannot be made."""
        self._most, self._file, self._key = a_minute, file, key
        file.parent.mkdir(parents=True, exist_ok=True)
        self._handle = os.open(file, os.O_RDWR | os.O_CREAT, 0o600)
        with locks.in_turn(file):
            held, size = os.fstat(self._handle).st_size, _SET * _SETS
            if held < size:  # written and not left out: a full disk takes no bucket later
                os.pwrite(self._handle, bytes(size - held), held)

    def close(self) -> None:
        """Let go of the file, which stays."""
        os.close(self._handle)

    def take(self, client: str) -> tuple[float, float]:
        """How many requests are left, and how many seconds to wait if none is."""
        with locks.in_turn(self._file):
            name, place, left = self._found(client)
            wait = 0.0 if left >= 1 else (1 - left) * 60 / self._most
            left = left - 1 if not wait else left
            self._keep(name, place, left)
        return left, wait

    def charge(self, client: str, seconds: float) -> None:
        """Take off what ledgers worked for a request, once that is known."""
        with locks.in_turn(self._file):
            name, place, left = self._found(client)
            self._keep(name, place, max(left - seconds * self._most / _A_MINUTE, -self._most))

    def told(self, left: float, wait: float) -> list[tuple[bytes, bytes]]:
        """RateLimit headers."""
        reset = math.ceil(wait or (self._most - left) * 60 / self._most)
        return [
            (b"ratelimit-limit", str(self._most).encode()),
            (b"ratelimit-remaining", str(max(0, int(left))).encode()),
            (b"ratelimit-reset", str(reset).encode()),
        ]

    def _found(self, client: str) -> tuple[bytes, int, float]:
        """A client's name, where its bucket is or may come to be, and what is in it now."""
        name = hashlib.blake2b(client.encode(), key=self._key, digest_size=16).digest()
        start = int.from_bytes(name[:4], "little") % _SETS * _SET
        buckets = list(_BUCKET.iter_unpack(os.pread(self._handle, _SET, start)))
        mine = next((n for n, (whose, *_) in enumerate(buckets) if whose == name), None)
        chosen = min(range(_IN_SET), key=lambda n: buckets[n][2]) if mine is None else mine
        _, left, at = buckets[chosen]
        since = time.monotonic() - at
        if mine is None or since < 0:
            left = float(self._most)
        else:
            left = min(self._most, left + since * self._most / 60)
        return name, start + chosen * _BUCKET.size, left

    def _keep(self, name: bytes, place: int, left: float) -> None:
        with suppress(OSError):  # a site goes on without its limits where the disk fails
            os.pwrite(self._handle, _BUCKET.pack(name, left, time.monotonic()), place)
