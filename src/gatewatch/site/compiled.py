"""Templates compiled once and kept, as Python keeps its modules: beside them, if this process may
write there."""

import os
import sys
from contextlib import suppress
from hashlib import blake2b
from pathlib import Path

import jinja2
from jinja2.bccache import Bucket, BytecodeCache


class KeptBeside(BytecodeCache):
    """In a folder whose contents are trusted as the program's own code is, and nowhere else: what
    is read from it is run. To compile all templates takes a second of a processor, 20 to 90 ms
    for one, which the first reader of each page waited for."""

    def __init__(self, folder: Path, made_by: bytes) -> None:
        """`made_by`: what besides a template decides what it compiles to."""
        versions = f"{sys.implementation.cache_tag} {jinja2.__version__}".encode()
        self._folder = folder
        self._digest = blake2b(versions + made_by, digest_size=6).hexdigest()

    def load_bytecode(self, bucket: Bucket) -> None:
        """As of a BytecodeCache; what cannot be read is compiled anew."""
        with suppress(OSError, EOFError, ValueError), self._file(bucket).open("rb") as held:
            bucket.load_bytecode(held)

    def dump_bytecode(self, bucket: Bucket) -> None:
        """As of a BytecodeCache, but without complaint where nothing may be written. Whole or not
        at all: several workers start at once."""
        if sys.dont_write_bytecode:
            return
        file = self._file(bucket)
        part = file.with_suffix(f".{os.getpid()}")
        with suppress(OSError):
            file.parent.mkdir(exist_ok=True)
            part.write_bytes(bucket.bytecode_to_string())
            part.replace(file)
            for older in file.parent.glob(f"{bucket.key}.*.bin"):
                if older != file:
                    older.unlink(missing_ok=True)

    def _file(self, bucket: Bucket) -> Path:
        return self._folder / f"{bucket.key}.{self._digest}.bin"
