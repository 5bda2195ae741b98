"""A small SQLite file that several workers may write, and that keeps what it was given once a block
has ended."""

import sqlite3
from collections.abc import Iterator
from contextlib import contextmanager, suppress
from pathlib import Path

_PATIENCE = 30.0
"""Seconds to wait while another one writes."""


def make(file: Path, form: str) -> None:
    """Make the file, for its owner alone, and its tables where they are missing."""
    file.parent.mkdir(parents=True, exist_ok=True)
    file.touch(mode=0o600)
    with writing(file) as held:
        for statement in form.strip().split(";\n"):
            held.execute(statement)


@contextmanager
def writing(file: Path) -> Iterator[sqlite3.Connection]:
    """One transaction that is on the disk when the block ends, or never was. What is deleted is
    overwritten."""
    held = sqlite3.connect(file, timeout=_PATIENCE, isolation_level=None)
    try:
        held.execute("PRAGMA journal_mode=WAL")
        held.execute("PRAGMA synchronous=FULL")
        held.execute("PRAGMA secure_delete=ON")
        held.execute("BEGIN IMMEDIATE")
        yield held
        held.execute("COMMIT")
    except BaseException:
        with suppress(sqlite3.Error):
            held.execute("ROLLBACK")
        raise
    finally:
        held.close()


@contextmanager
def reading(file: Path) -> Iterator[sqlite3.Connection]:
    """The file as it was last written, whoever writes meanwhile. Nobody is kept waiting."""
    held = sqlite3.connect(file, timeout=_PATIENCE, isolation_level=None)
    try:
        yield held
    finally:
        held.close()
