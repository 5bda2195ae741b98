"""Claims as TOML, as the catalogue reads them."""

import json
from collections.abc import Iterable, Mapping
from datetime import date
from typing import Any

import msgspec

from gatewatch.model.claim import Claim


def toml(claims: Iterable[Claim], name: str) -> str:
    """A file of claims, with a line that says where they come from."""
    parts = [f"# Claims read from {name}; each with its source and licence.\n"]
    for one in claims:
        fields = msgspec.to_builtins(one, builtin_types=(date,))
        lines = "".join(f"{key} = {_value(value)}\n" for key, value in fields.items())
        parts.append(f"\n[[claim]]\n{lines}")
    return "".join(parts)


def _value(value: Any) -> str:
    if isinstance(value, date):
        return value.isoformat()
    if isinstance(value, Mapping):
        return "{ " + ", ".join(f"{key} = {_value(held)}" for key, held in value.items()) + " }"
    if isinstance(value, list | tuple):
        return "[" + ", ".join(map(_value, value)) + "]"
    return json.dumps(_plain(value) if isinstance(value, str) else value, ensure_ascii=False)


def _plain(text: str) -> str:
    """On one line and without signs that no file should hold."""
    return " ".join("".join(one if one.isprintable() else " " for one in text).split())
