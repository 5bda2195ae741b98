"""Records of a JSON document, by a path of names; `*` goes through a list or an object."""

import json
import re
from collections.abc import Iterator
from typing import Any

import msgspec

from gatewatch.errors import SourceError
from gatewatch.model.register import Declared
from gatewatch.model.unread import may_name
from gatewatch.sources.registers.encodings import wide
from gatewatch.sources.registers.layouts import UNREAD, Rows
from gatewatch.sources.registers.values import FIELDS as SELECTORS

KEY = "@key"
"""The column that holds a record's own name, where records stand in an object by name."""
_HEAD = 65536
_SURROGATE = re.compile(rb"\\u[dD][89a-fA-F][0-9a-fA-F]{2}")
_LONE = re.compile("[\ud800-\udfff]")
_UTF_8 = b"\xef\xbb\xbf"


def rows(part: str, data: bytes, how: Declared) -> Rows:
    """`how.rows` is a path such as `data.sites.*`; columns are paths in a record, or `@key`."""
    data = _in_utf_8(data, how)
    try:
        whole = _document(data)
    except (msgspec.DecodeError, UnicodeDecodeError, RecursionError) as fault:
        raise SourceError(f"{part}: not JSON, or cut: {fault}") from None
    path = (how.rows or "*").split(".")
    records = list(_at(whole, path, ""))
    if not records and whole and not _is_empty_page(whole, path):
        raise SourceError(f"{part}: nothing stands at {how.rows or '*'!r}")
    found = [_row(key, record, how) for key, record in records]
    found += [{UNREAD: text} for text in _elsewhere(whole, records, how)]
    return Rows(found, data[:_HEAD].decode("utf-8", "replace"))


def _is_empty_page(whole: Any, path: list[str]) -> bool:
    """Whether records would stand at the path, and their list is there and has none."""
    lists = [value for _, value in _at(whole, path[:-1], "")] if path[-1] == "*" else []
    return bool(lists) and all(value in ([], {}) for value in lists)


def _elsewhere(whole: Any, records: list[tuple[str, Any]], how: Declared) -> Iterator[str]:
    """Texts of objects that have the sites of a record, and that no record holds."""
    sites = {c.partition(".")[0] for c, field in how.columns.items() if field in SELECTORS}
    within = {id(record) for _, record in records}
    left = [whole]
    while left:
        value = left.pop()
        if id(value) in within or not isinstance(value, dict | list):
            continue
        if isinstance(value, dict) and sites & value.keys():
            text = _text([one for name, one in value.items() if name in sites])
            if may_name(text):
                yield text
                continue
        left += value.values() if isinstance(value, dict) else value


def _document(data: bytes) -> Any:
    """One document, or one a line (JSON Lines) as a list."""
    try:
        return _value(data)
    except (msgspec.DecodeError, UnicodeDecodeError):
        first, _, rest = data.strip().partition(b"\n")
        if not rest or not first.strip().endswith(b"}"):
            raise
        return [_value(line) for line in data.splitlines() if line.strip()]


class _Several(list[Any]):
    """The values that an object has under one name: RFC 8259 section 4 leaves open which counts,
    and each of them was published."""


def _object(pairs: list[tuple[str, Any]]) -> dict[str, Any]:
    held = dict(pairs)
    if len(held) == len(pairs):
        return held
    told: dict[str, _Several] = {}
    for name, value in pairs:
        told.setdefault(name, _Several()).append(value)
    return {name: values if len(values) > 1 else values[0] for name, values in told.items()}


def _value(data: bytes) -> Any:
    """A JSON value. Half of a pair of surrogates, which RFC 8259 section 8.2 leaves open, is a sign
    that cannot be read, and not the end of the list that holds it."""
    try:
        whole = json.loads(data.decode(), object_pairs_hook=_object, parse_constant=_refused)
    except ValueError as fault:
        raise msgspec.DecodeError(str(fault)) from None
    return _mended(whole) if _SURROGATE.search(data) else whole


def _refused(constant: str) -> None:
    """NaN and Infinity are Python's, and no JSON."""
    raise ValueError(f"{constant} is no value")


def _mended(value: Any) -> Any:
    if isinstance(value, str):
        return _LONE.sub("\ufffd", value)
    if isinstance(value, dict):
        return {_mended(name): _mended(inner) for name, inner in value.items()}
    return type(value)(map(_mended, value)) if isinstance(value, list) else value


def _in_utf_8(data: bytes, how: Declared) -> bytes:
    """UTF-8 as RFC 8259 wants it; older encodings where there is a sign of them."""
    if data.startswith(_UTF_8):
        return data[len(_UTF_8) :]
    for name in (form,) if (form := wide(data)) else how.encodings:
        try:
            return data.decode(name).removeprefix("\ufeff").encode()
        except (UnicodeError, LookupError):
            continue
    return data


def _at(value: Any, path: list[str], key: str) -> Iterator[tuple[str, Any]]:
    if isinstance(value, _Several):
        for one in value:
            yield from _at(one, path, key)
    elif not path:
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
    paths = [column.split(".") for column in how.columns]
    strange = dict(_strange(record, paths, ()))
    named = {
        column: "\n".join(filter(None, (_text(v) for _, v in _at(record, column.split("."), ""))))
        for column in how.columns
    }
    return {**strange, **named, KEY: key} if KEY in how.columns else {**strange, **named}


def _strange(
    value: dict[str, Any], paths: list[list[str]], above: tuple[str, ...]
) -> Iterator[tuple[str, str]]:
    """What no column names, by its path, at any depth."""
    at = len(above)
    for name, inner in value.items():
        here = [path for path in paths if path[at : at + 1] in ([name], ["*"])]
        if any(len(path) == at + 1 for path in here):
            continue
        if here and isinstance(inner, dict):
            yield from _strange(inner, here, (*above, name))
        elif here and isinstance(inner, list):
            held = {str(n): one for n, one in enumerate(inner)}
            yield from _strange(held, here, (*above, name))
        else:
            yield ".".join((*above, name)), _text(inner)


def _text(value: Any) -> str:
    """A value as a cell; a list is several values, a line each."""
    if value is None:
        return ""
    if isinstance(value, list):
        return "\n".join(filter(None, map(_text, value)))
    if isinstance(value, str):
        return value.strip()
    return msgspec.json.encode(value).decode()
