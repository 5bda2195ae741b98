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
_UTF_8 = b"\xef\xbb\xbf"
_UTF_16 = (b"\xff\xfe", b"\xfe\xff")


def rows(part: str, data: bytes, how: Declared) -> Rows:
    """`how.rows` is a path such as `data.sites.*`; columns are paths in a record, or `@key`."""
    data = _in_utf_8(data, how)
    try:
        whole = _document(data)
    except (msgspec.DecodeError, UnicodeDecodeError, RecursionError) as fault:
        raise SourceError(f"{part}: not JSON, or cut: {fault}") from None
    records = list(_at(whole, (how.rows or "*").split("."), ""))
    if not records and whole:
        raise SourceError(f"{part}: nothing stands at {how.rows or '*'!r}")
    found = [_row(key, record, how) for key, record in records]
    return Rows(found, data[:_HEAD].decode("utf-8", "replace"))


def _document(data: bytes) -> Any:
    """One document, or one a line (JSON Lines) as a list."""
    try:
        return msgspec.json.decode(data)
    except msgspec.DecodeError:
        first, _, rest = data.strip().partition(b"\n")
        if not rest or not first.strip().endswith(b"}"):
            raise
        return [msgspec.json.decode(line) for line in data.splitlines() if line.strip()]


def _in_utf_8(data: bytes, how: Declared) -> bytes:
    """UTF-8 as RFC 8259 wants it; older encodings where there is a sign of them."""
    if data.startswith(_UTF_8):
        return data[len(_UTF_8) :]
    for name in ("utf-16",) if data[:2] in _UTF_16 else how.encodings:
        try:
            return data.decode(name).encode()
        except (UnicodeError, LookupError):
            continue
    return data


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
