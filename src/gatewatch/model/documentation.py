"""Numbers that stand for no network at all, so that what is made for show can say so."""

from collections.abc import Iterable

_RESERVED = (range(64496, 64512), range(65536, 65552))
"""Autonomous system numbers for use in documentation: RFC 5398."""


def made(networks: Iterable[int | None]) -> bool:
    """Whether all of some networks are numbers of documentation: nobody measured or reported
    there."""
    numbers = set(networks)
    return bool(numbers) and all(n is not None and any(n in r for r in _RESERVED) for n in numbers)
