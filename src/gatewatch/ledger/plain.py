"""What lies in a ledger's folder is files of the size that a ledger writes: to open a pipe waits
for ever, a device never ends, and what is read whole could be larger than memory. A folder that
came from elsewhere may hold any of them."""

import stat
from collections.abc import Iterator
from pathlib import Path

from gatewatch.errors import LedgerError
from gatewatch.ledger import schema
from gatewatch.ledger.checksums import FOLDER, place

LARGEST = 256 << 20
"""Bytes of a file that is read whole: a log entry of ten thousand files has some 20 MB."""
_DEEPEST, _BELOW_TABLES = 8, 2
_SUFFIXES = (".parquet", ".json", ".jsonl")
"""How names of files end in a ledger."""
_KINDS = {
    stat.S_IFIFO: "a pipe",
    stat.S_IFCHR: "a device",
    stat.S_IFBLK: "a device",
    stat.S_IFSOCK: "a socket",
}
_READ_WHOLE = {"_delta_log", FOLDER, "log"}


def refuse_odd(location: str | Path, table: str | None = None) -> None:
    """LedgerError where the folder of a ledger holds what is no file of one; `table`: what belongs
    to one table alone."""
    root = Path(location)
    places = (root,) if table is None else (root / table, place(root, table))
    for found in (what for one in places for what in _odd(one)):
        raise LedgerError(f"{found}: nothing was read; take it away, then gatewatch doctor")


def _odd(file: Path, depth: int = 0, *, whole: bool = False) -> Iterator[str]:
    try:
        linked = depth > 0 and file.is_symlink()
        told = file.stat()
    except OSError:  # what is not there, or leads nowhere, is told of by whoever needs it
        return
    if stat.S_ISDIR(told.st_mode):
        below = depth > 0 or file.parent.name == FOLDER
        if below and file.suffix in _SUFFIXES:
            yield f"{str(file)!r} is a folder and no file of a ledger"
        elif not linked and depth < _DEEPEST:
            inside = whole or file.name in _READ_WHOLE
            for one in sorted(file.iterdir()):
                yield from _odd(one, depth + 1, whole=inside)
    elif kind := _KINDS.get(stat.S_IFMT(told.st_mode)):
        yield f"{str(file)!r} is {kind} and no file of a ledger"
    elif depth < _BELOW_TABLES and file.name in schema.TABLES:
        yield f"{str(file)!r} is a file and no table of a ledger"
    elif (
        told.st_size > LARGEST
        and file.suffix != ".parquet"
        and (whole or file.parent.name == FOLDER)
    ):
        yield f"{str(file)!r} has {told.st_size:,} bytes, more than such a file of a ledger has"
