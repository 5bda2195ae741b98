"""What an operator has and wants to be told of, as a file of TOML.

One table `[[follow]]` is one subscription for each of its targets; the same keys at the top of the
file are one table more.
"""

import tomllib
from collections.abc import Collection
from difflib import get_close_matches
from pathlib import Path
from typing import Any

import msgspec

from gatewatch.catalogue.facts import Catalogue
from gatewatch.errors import UsageError
from gatewatch.model.subscription import FEED, Wish
from gatewatch.query.wished import WishText, wished
from gatewatch.words.happening import one_line

_OWN = ("name", "to", "language")
LANGUAGES = ("en", "ru", "zh")


class Inventory(msgspec.Struct, frozen=True):
    """Subscriptions that a file declares: name, target, language, wish."""

    source: str
    wanted: tuple[tuple[str, str, str, Wish], ...]


def inventory(file: Path, catalogue: Catalogue, registers: Collection[str]) -> Inventory:
    """Read a file; UsageError names what is wrong in it."""
    try:
        held = tomllib.loads(file.read_text(encoding="utf-8"))
    except (OSError, UnicodeDecodeError, tomllib.TOMLDecodeError) as fault:
        raise UsageError(f"{file}: {fault}") from fault
    tables = held.pop("follow", [])
    if not isinstance(tables, list) or not all(isinstance(one, dict) for one in tables):
        raise UsageError(f"{file}: write [[follow]], a table for each subscription")
    if held:
        tables.insert(0, held)
    if not tables:
        raise UsageError(f"{file}: nothing to follow; write services = [...] or [[follow]]")
    wanted: list[tuple[str, str, str, Wish]] = []
    for number, table in enumerate(tables, 1):
        try:
            wanted += _table(table, number, catalogue, registers)
        except (UsageError, msgspec.ValidationError) as fault:
            raise UsageError(f"{file}, subscription {number}: {fault}") from fault
    names = [(name, target) for name, target, _, _ in wanted]
    if twice := next((one for one in names if names.count(one) > 1), None):
        raise UsageError(f"{file}: {twice[0]} follows to {twice[1]} twice; give them names")
    return Inventory(str(file.resolve()), tuple(wanted))


def _table(
    table: dict[str, Any], number: int, catalogue: Catalogue, registers: Collection[str]
) -> list[tuple[str, str, str, Wish]]:
    for key, value in table.items():
        if key not in (*_OWN, *WishText.__struct_fields__):
            near = get_close_matches(key, (*_OWN, *WishText.__struct_fields__), 1)
            raise UsageError(f"there is no {key!r}" + (f"; write {near[0]}" if near else ""))
        if value == [] and key not in _OWN:
            # An emptied list must not become a subscription to everything.
            raise UsageError(f"{key} is empty: name some, or leave the line out to ask for any")
    own = {key: table[key] for key in _OWN if key in table}
    given = msgspec.convert({k: v for k, v in table.items() if k not in _OWN}, WishText)
    targets = own.get("to", FEED)
    targets = [targets] if isinstance(targets, str) else targets
    if not isinstance(targets, list) or not all(isinstance(one, str) for one in targets):
        raise UsageError('to is "https://...", "mailto:...", "notify:NAME", "feed:", or a list')
    language = own.get("language", "en")
    if language not in LANGUAGES:
        raise UsageError(f"language is one of {', '.join(LANGUAGES)}, not {language!r}")
    name = one_line(str(own.get("name") or f"subscription {number}")).strip()
    wish = wished(given, catalogue, registers)
    return [(name, target, language, wish) for target in targets]
