"""DuckDB sessions: one engine a process, from which each store takes a session of its own.

An engine costs 27 ms to start and a session 1 ms; what a session makes is temporary and its own, so
stores do not see each other.
"""

import atexit
import os
import secrets
import tempfile
from pathlib import Path
from typing import TYPE_CHECKING, Any

if TYPE_CHECKING:
    import duckdb

_ALWAYS = {
    "autoinstall_known_extensions": False,  # nothing is fetched when the program runs
    "autoload_known_extensions": False,
    "enable_external_file_cache": False,  # the system keeps what was read
}
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
    """A session with an engine of its own, which takes `memory` bytes at most and one thread."""
    return _engine(
        memory_limit=f"{memory // 1_000_000}MB",
        threads=1,
        allocator_flush_threshold="4MB",
    )


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

    # Made when a query needs more than memory has; by default it would lie in the working folder.
    spill = Path(tempfile.gettempdir()) / f"gatewatch-{secrets.token_hex(8)}"
    engine = duckdb.connect(config=_ALWAYS | settings | {"temp_directory": str(spill)})
    # Files are never changed: what their ends tell is read once. GLOBAL: else no cursor knows.
    engine.execute("SET GLOBAL parquet_metadata_cache = true")
    return engine


@atexit.register
def _ended() -> None:
    """Let this process's engine go while the interpreter is whole; one of a parent is left."""
    _engines.pop(os.getpid(), None)
