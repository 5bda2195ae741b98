"""A catalogue from the text of its facts, as a ledger kept them."""

from types import MappingProxyType
from typing import Any

import msgspec

from gatewatch.catalogue import tables
from gatewatch.catalogue.bodies import Bodies
from gatewatch.catalogue.facts import Catalogue
from gatewatch.errors import UsageError


def from_bodies(found: Bodies) -> tuple[Catalogue, tuple[str, ...]]:
    """A catalogue, and the facts that this program cannot read: another version wrote them."""
    by_kind: dict[str, dict[str, Any]] = {kind: {} for kind in tables.KINDS}
    unread = []
    for (kind, fact), body in found.items():
        try:
            by_kind[kind][fact] = msgspec.json.decode(body, type=tables.KINDS[kind])
        except (KeyError, msgspec.MsgspecError, UsageError):
            unread.append(f"{kind} {fact}")
    held: list[Any] = [MappingProxyType(by_kind[kind]) for kind in tables.KINDS]
    return Catalogue(*held), tuple(unread)
