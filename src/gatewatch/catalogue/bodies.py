"""Facts as text: JSON with its keys in one order, so that equal facts have equal text and
digests."""

import hashlib
from collections.abc import Iterable, Mapping
from typing import Any

import msgspec

Bodies = Mapping[tuple[str, str], str]
"""JSON by kind and id."""


def bodies(held: Iterable[tuple[str, Mapping[str, Any]]]) -> dict[tuple[str, str], str]:
    """Every fact as JSON, from facts by id of each kind."""
    return {
        (kind, fact): msgspec.json.encode(value, order="sorted").decode()
        for kind, values in held
        for fact, value in sorted(values.items())
    }


def version_of(body: str) -> str:
    """A digest of one fact: 16 hexadecimal digits of BLAKE2b."""
    return hashlib.blake2b(body.encode(), digest_size=8).hexdigest()


def digest(found: Bodies) -> str:
    """A digest of a whole catalogue: what an answer rests on, in 24 hexadecimal digits."""
    whole = hashlib.blake2b(digest_size=12)
    for (kind, fact), body in sorted(found.items()):
        whole.update(f"{kind}\0{fact}\0{version_of(body)}\n".encode())
    return whole.hexdigest()
