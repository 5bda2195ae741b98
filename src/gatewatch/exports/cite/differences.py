"""Whether two answers say the same, and where they do not."""

from collections.abc import Iterator
from typing import Any

_NOT_COMPARED = frozenset({"recorded_by", "reports"})
"""By when a ledger held it is the question's own time; reports are counts, and nobody gets their
rows."""
_MOST = 10


def difference(first: Any, second: Any) -> list[str]:
    """The places of the first few of what the second does not say as the first does; empty where it
    says all of it."""
    found = []
    for one in _walk(first, second, ""):
        found.append(one)
        if len(found) == _MOST:
            break
    return found


def _walk(first: Any, second: Any, where: str) -> Iterator[str]:
    if isinstance(first, dict) and isinstance(second, dict):
        if first.get("lane") == "reports" or first.get("name") == "reports":
            return
        # What a later program tells besides does not make what was cited another answer.
        for key in sorted({*first} - _NOT_COMPARED):
            yield from _walk(first.get(key), second.get(key), f"{where}/{key}")
    elif isinstance(first, list) and isinstance(second, list) and len(first) == len(second):
        for number, pair in enumerate(zip(first, second, strict=True)):
            yield from _walk(*pair, f"{where}/{number}")
    elif first != second or type(first) is not type(second):
        yield where or "/"
