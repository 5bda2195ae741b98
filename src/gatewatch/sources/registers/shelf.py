"""A dictionary by name that moves to a temporary database once it is large."""

import sqlite3
from collections.abc import Callable, Iterator
from typing import Generic, TypeVar

V = TypeVar("V")

MANY = 50_000
"""Names from which on a shelf, and whatever else would hold each of them, leaves the memory."""
_WAITING = 20_000
_PAGE = 10_000
_CACHE_KIB = 48 << 10
_AHEAD = 4096
"""Names that are read at once where a walk asks for one after the other."""


class Shelf(Generic[V]):
    """Names to values. Small, it is a dictionary; large, an unnamed file of SQLite with what
    changed last in memory before it. Values go in and come out as `encode` and `decode` make them.

    May be changed while it is walked over: names that come behind the walk are not met, others are.
    """

    def __init__(self, encode: Callable[[V], bytes], decode: Callable[[bytes], V]) -> None:
        self._encode, self._decode = encode, decode
        self._near: dict[str, V | None] = {}
        """None: taken out, and not yet so in the file."""
        self._far: sqlite3.Connection | None = None
        self._ahead: dict[bytes, bytes] = {}
        """What the file holds from one name to another, both included: see `_look`."""
        self._span: tuple[bytes, bytes] | None = None
        self._width, self._asked = 1, 0

    def get(self, name: str) -> V | None:
        """What is held under a name; None if nothing is."""
        if self._far is None or name in self._near:
            return self._near.get(name)
        key = _key(name)
        if self._span is None or not self._span[0] <= key <= self._span[1]:
            self._look(self._far, key)
        self._asked += 1
        value = self._ahead.get(key)
        return None if value is None else self._decode(value)

    def put(self, name: str, value: V) -> None:
        """Hold a value under a name."""
        self._near[name] = value
        if len(self._near) > (MANY if self._far is None else _WAITING):
            self._store()

    def take_out(self, name: str) -> None:
        """Hold nothing under a name."""
        if self._far is None:
            self._near.pop(name, None)
        else:
            self._near[name] = None

    @property
    def large(self) -> bool:
        """Whether it has left the memory."""
        return self._far is not None

    def items(self) -> Iterator[tuple[str, V]]:
        """Names and values in the order of the names."""
        if self._far is None:
            near = sorted(self._near.items())
            yield from ((name, value) for name, value in near if value is not None)
            return
        last = b""
        more = ">="
        while True:
            self._store()
            rows = self._far.execute(
                f"SELECT k, v FROM held WHERE k {more} ? ORDER BY k LIMIT {_PAGE}",
                (last,),
            ).fetchall()
            for key, value in rows:
                yield key.decode("utf-8", "surrogatepass"), self._decode(value)
            if len(rows) < _PAGE:
                return
            last, more = rows[-1][0], ">"

    def names(self) -> Iterator[str]:
        """Names in order."""
        return (name for name, _ in self.items())

    def copy(self) -> "Shelf[V]":
        """One of its own with the same in it."""
        other = Shelf(self._encode, self._decode)
        for name, value in self.items():
            other.put(name, value)
        return other

    def _look(self, far: sqlite3.Connection, key: bytes) -> None:
        """Read on from a key. States are compared name by name in order, and a question for each
        name took half the time of an ingest; so the more was asked for of what was read last, the
        more is read now."""
        much = 2 * self._asked > self._width
        self._width = min(4 * self._width, _AHEAD) if much else 1
        self._asked = 0
        if self._width == 1:
            rows = far.execute("SELECT k, v FROM held WHERE k = ?", (key,)).fetchall()
        else:
            order = "SELECT k, v FROM held WHERE k >= ? ORDER BY k LIMIT ?"
            rows = far.execute(order, (key, self._width)).fetchall()
        self._ahead = dict(rows)
        self._span = (key, rows[-1][0] if rows else key)

    def _store(self) -> None:
        self._ahead, self._span = {}, None
        if self._far is None:
            self._far = sqlite3.connect("", isolation_level=None, check_same_thread=False)
            for order in (
                "PRAGMA journal_mode = OFF",
                "PRAGMA synchronous = OFF",
                f"PRAGMA cache_size = -{_CACHE_KIB}",
                "CREATE TABLE held (k BLOB PRIMARY KEY, v BLOB NOT NULL)",
                "BEGIN",
            ):
                self._far.execute(order)
        changed = sorted(self._near.items())
        self._near.clear()
        self._far.executemany(
            "DELETE FROM held WHERE k = ?", ((_key(n),) for n, v in changed if v is None)
        )
        self._far.executemany(
            "INSERT OR REPLACE INTO held VALUES (?, ?)",
            ((_key(n), self._encode(v)) for n, v in changed if v is not None),
        )


def _key(name: str) -> bytes:
    """In the order of the names, and none refused."""
    return name.encode("utf-8", "surrogatepass")
