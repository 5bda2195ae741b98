"""What a public data set is made of: tables with typed columns, in the order of their keys."""

import hashlib
from collections.abc import Callable, Iterable, Mapping
from functools import cache
from importlib import metadata
from typing import Any

import msgspec

Row = Mapping[str, Any]
FACTS_LICENCE = "MIT"
NETWORK_LICENCE = "CC BY-NC-SA 4.0"
"""OONI's own, for all that is made of its measurements."""
TEXT, TIME, DAY, COUNT, NUMBER, FLAG, TEXTS, NESTED = (
    "text",
    "time",
    "day",
    "count",
    "number",
    "flag",
    "texts",
    "json",
)


class Table(msgspec.Struct, frozen=True):
    """`columns` by name with their types; `key` are those that tell rows apart; `rows` come in its
    order. A row has the columns and what is `left_out`, which the data set tells for all of them,
    and nothing else: so that a column that records gain is not lost here in silence."""

    name: str
    about: str
    columns: dict[str, str]
    key: tuple[str, ...]
    rows: Callable[[], Iterable[Row]]
    left_out: tuple[str, ...] = ()


class DataSet(msgspec.Struct, frozen=True, kw_only=True):
    """Tables of one source under one licence. Times are ISO 8601."""

    name: str
    title: str
    publisher: str
    licence: str
    jurisdiction: str | None = None
    first_published: str | None = None
    last_published: str | None = None
    last_checked: str | None = None
    silent_since: str | None = None
    invented: bool = False
    """Some of what its rows rest on was invented for show: nobody measured or sent it."""
    basis: str = ""
    """A digest of all that the rows depend on: of two data sets with the same basis they are the
    same. Empty: not known."""
    tables: tuple[Table, ...]


def key_of(table: Table, row: Row) -> tuple[str, ...]:
    """What tells a row from others of its table; sorts as the table is sorted."""
    return tuple(sortable(row[name]) for name in table.key)


def sortable(value: Any) -> str:
    """A value of a key as it sorts."""
    text = f"{value:012d}" if isinstance(value, int) else str(value or "")
    return (
        text.removesuffix("Z") if text[10:11] == "T" else text
    )  # 12:00:00Z comes before 12:00:00.5Z


@cache
def _program() -> str:
    """The version that is installed; nothing for a copy that no installer made."""
    try:
        return metadata.version("gatewatch")
    except metadata.PackageNotFoundError:
        return ""


def basis_of(*parts: object) -> str:
    """A digest of all that rows depend on, the program among it."""
    whole = repr((_program(), *parts)).encode()
    return hashlib.blake2b(whole, digest_size=12).hexdigest()


def in_key_order(key: tuple[str, ...], found: Iterable[Row]) -> list[Row]:
    """Rows by the columns of a key."""
    return sorted(found, key=lambda row: tuple(sortable(row[name]) for name in key))
