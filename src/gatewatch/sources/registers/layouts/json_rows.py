"""Records of a JSON document, by a path of names; `*` goes through a list or an object."""

from collections.abc import Iterator
from typing import Any

import msgspec

from gatewatch.errors import SourceError
from gatewatch.model.register import Declared
from gatewatch.sources.registers.layouts import Rows

KEY = "@key"
"""The column that holds a record's own name, where records stand in an object by name."""
_HEAD = 65536


def rows(part: str, data: bytes, how: Declared) -> Rows:
    """`how.rows` is a path such as `data.sites.*`; columns are paths in a record, or `@key`."""
    try:
        whole = msgspec.json.decode(data.removeprefix(b"\xef\xbb\xbf"))
    except (msgspec.DecodeError, UnicodeDecodeError, RecursionError) as fault:
        raise SourceError(f"{part}: not JSON, or cut: {fault}") from None
    records = list(_at(whole, (how.rows or "*").split("."), ""))
    if not records and whole:
        raise SourceError(f"{part}: nothing stands at {how.rows or '*'!r}")
    found = [_row(key, record, how) for key, record in records]
    return Rows(found, data[:_HEAD].decode("utf-8", "replace"))


def _at(value: Any, path: list[str], key: str) -> Iterator[tuple[str, Any]]:
    if not path:
        yield key, value
    elif path[0] == "*":
        inner = (
            value.items()
            if isinstance(value, dict)
            else enumerate(value if isinstance(value, list) else ())
        )
        for name, one in inner:
            yield from _at(one, path[1:], str(name))
    elif isinstance(value, dict) and path[0] in value:
        yield from _at(value[path[0]], path[1:], path[0])


def _row(key: str, record: Any, how: Declared) -> dict[str, str]:
    if not isinstance(record, dict):
        return {KEY: key, "1": _text(record)}
    known = {column.partition(".")[0] for column in how.columns}
    strange = {name: _text(value) for name, value in record.items() if name not in known}
    named = {
        column: "\n".join(filter(None, (_text(v) for _, v in _at(record, column.split("."), ""))))
        for column in how.columns
    }
    return {**strange, **named, KEY: key} if KEY in how.columns else {**strange, **named}


def _text(value: Any) -> str:
    """A value as a cell; a list is several values, a line each."""
    if value is None:
        return ""
    if isinstance(value, list):
        return "\n".join(filter(None, map(_text, value)))
    if isinstance(value, str):
        return value.strip()
    return msgspec.json.encode(value).decode()
