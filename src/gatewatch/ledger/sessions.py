"""DuckDB sessions: one engine a process, from which each store takes a session of its own.

An engine costs 27 ms to start and a session 1 ms; what a session makes is temporary and its own, so
stores do not see each other.
"""

import atexit
import os
import secrets
import stat
import tempfile
from collections.abc import Iterator
from contextlib import contextmanager, suppress
from pathlib import Path
from typing import TYPE_CHECKING, Any

if TYPE_CHECKING:
    import duckdb

_ALWAYS = {
    "autoinstall_known_extensions": False,  # nothing is fetched when the program runs
    "autoload_known_extensions": False,
    "enable_external_file_cache": False,  # the system keeps what was read
}
_AS_A_RULE = 1 / 2
"""The part of its memory that a bounded session takes before it uses the disk. Most queries are as
quick with that, and one that cannot do with it gets the whole (`whole`): of the whole of ru-rkn
none needs more."""
_MOST_ON_DISK = "2GB"
_engines: "dict[int, duckdb.DuckDBPyConnection]" = {}
"""By process: one that was forked has the engine of its parent without its threads. It is kept, for
taking it apart would wait for them, and left alone."""


def session() -> "duckdb.DuckDBPyConnection":
    """A session with as much memory and as many threads as the machine has."""
    engine = _engines.get(os.getpid())
    if engine is None:  # of two threads that come at once, both use what was there first
        engine = _engines.setdefault(os.getpid(), _engine())
    return engine.cursor()


def bounded(memory: int) -> "duckdb.DuckDBPyConnection":
    """A session with an engine of its own, which takes `memory` bytes at most, as a rule a part of
    them, and one thread."""
    return _engine(
        memory_limit=_limit(memory * _AS_A_RULE),
        max_temp_directory_size=_MOST_ON_DISK,
        threads=1,
        allocator_flush_threshold="4MB",
    )


@contextmanager
def whole(session: "duckdb.DuckDBPyConnection", memory: int) -> Iterator[None]:
    """Let a bounded session take all of its memory, for a query that cannot work on the disk."""
    import duckdb

    session.execute(f"SET memory_limit = '{_limit(memory)}'")
    try:
        yield
    finally:
        # Tables that were made go to the disk; what cannot go there is told with the next query.
        with suppress(duckdb.Error):
            session.execute(f"SET memory_limit = '{_limit(memory * _AS_A_RULE)}'")


def _limit(memory: float) -> str:
    return f"{memory / 1_000_000:.0f}MB"


def give_back(session: "duckdb.DuckDBPyConnection") -> None:
    """Give what is free to the system. DuckDB has an allocator of its own that keeps 80 MB after a
    dear query, and empties it when a bound is set, be it the one that stands."""
    ((bound,),) = session.execute("SELECT current_setting('memory_limit')").fetchall()
    session.execute(f"SET memory_limit = '{bound}'")


def bytes_of_tables(session: "duckdb.DuckDBPyConnection") -> int:
    """What the tables that were made in an engine's memory take of it."""
    ((held,),) = session.execute(
        "SELECT sum(memory_usage_bytes) FROM duckdb_memory() WHERE tag = 'IN_MEMORY_TABLE'"
    ).fetchall()
    return int(held or 0)


def _engine(**settings: Any) -> "duckdb.DuckDBPyConnection":
    import duckdb

    engine = duckdb.connect(config=_ALWAYS | settings | {"temp_directory": str(_spill())})
    # Files are never changed: what their ends tell is read once. GLOBAL: else no cursor knows.
    engine.execute("SET GLOBAL parquet_metadata_cache = true")
    return engine


def _spill() -> Path:
    """Where rows go that have no room in memory: one folder for all processes of a user, and for
    nobody else, as rows may be withheld. What a process that was ended left there DuckDB takes away
    with the next that needs it. Its default would be the working folder."""
    place = Path(tempfile.gettempdir())
    folder = place / (f"gatewatch-{os.getuid()}" if hasattr(os, "getuid") else "gatewatch")
    with suppress(OSError):
        folder.mkdir(mode=0o700, exist_ok=True)
        if _is_own(folder.lstat()):
            return folder
    return place / f"gatewatch-{secrets.token_hex(8)}"


def _is_own(found: os.stat_result) -> bool:
    """Whether something is a folder that nobody else made or may look into."""
    if not hasattr(os, "getuid"):  # temporary folders are each user's own there
        return stat.S_ISDIR(found.st_mode)
    return (
        stat.S_ISDIR(found.st_mode)
        and found.st_uid == os.getuid()
        and not found.st_mode & (stat.S_IRWXG | stat.S_IRWXO)
    )


@atexit.register
def _ended() -> None:
    """Let this process's engine go while the interpreter is whole; one of a parent is left."""
    _engines.pop(os.getpid(), None)
