"""Finds fingerprints in answers, headers and bodies. Thousands of patterns cost one pass."""

import re
from collections.abc import Callable, Mapping, Sequence
from functools import lru_cache
from importlib.util import find_spec
from typing import TYPE_CHECKING, Protocol

from gatewatch.model.fingerprint import Fingerprint, Fingerprints
from gatewatch.model.memo import memo
from gatewatch.model.ranges import plain

if TYPE_CHECKING:
    import hyperscan


_LONGEST_REMEMBERED = 100
"""Characters of a header's value: longer ones are mostly used once."""


class Matcher:
    """A set of fingerprints made ready. What it finds is told by its mark (fingerprint.Mark)."""

    def __init__(self, fingerprints: Fingerprints) -> None:
        self.version = fingerprints.version
        self._dns: dict[str, tuple[str, ...]] = {}
        headers: dict[str, list[tuple[str, re.Pattern[str]]]] = {}
        body: list[Fingerprint] = []
        for one in fingerprints.all:
            if one.location == "dns":
                self._dns[one.pattern] = (*self._dns.get(one.pattern, ()), one.mark)
            elif one.location == "body":
                body.append(one)
            else:
                name = one.location.removeprefix("header.")
                headers.setdefault(name, []).append((one.mark, re.compile(expression(one))))
        self._headers = {name: _in_value(patterns) for name, patterns in headers.items()}
        self._names = [one.mark for one in body]
        self._body = _scanner(tuple(expression(one) for one in body)) if body else None

    @property
    def header_names(self) -> frozenset[str]:
        """The headers, in lower case, that some fingerprint looks at."""
        return frozenset(self._headers)

    @lru_cache(maxsize=65_536)  # noqa: B019 - a process has one or two matchers
    def in_answers(self, given: tuple[str, ...]) -> tuple[str, ...]:
        """Fingerprints of forged answers among addresses and aliases."""
        known = self._dns
        return tuple([name for one in given for name in known.get(plain(one), ())])

    def in_headers(self, headers: Mapping[str, str]) -> tuple[str, ...]:
        """Fingerprints in headers, given by lower-case name."""
        found: tuple[str, ...] = ()
        for name, marks in self._headers.items():
            if name in headers:
                found += marks(headers[name])
        return found

    def in_body(self, body: bytes) -> tuple[str, ...]:
        """Fingerprints in a body, in the order of the tables."""
        if self._body is None or not body:
            return ()
        return tuple(self._names[i] for i in self._body.scan(body))

    @lru_cache(maxsize=4096)  # noqa: B019 - a process has one or two matchers
    def in_title(self, title: str) -> tuple[str, ...]:
        """Fingerprints of bodies that a title alone shows, as "Just a moment..." does."""
        return self.in_body(f"<title>{title}</title>".encode())


def _in_value(
    patterns: Sequence[tuple[str, re.Pattern[str]]],
) -> Callable[[str], tuple[str, ...]]:
    """A header's value to the marks of what matches it: few servers write words of their own."""

    def met(value: str) -> tuple[str, ...]:
        return tuple([mark for mark, one in patterns if one.search(value)])

    remembered = memo(met)
    return lambda value: remembered(value) if len(value) <= _LONGEST_REMEMBERED else met(value)


class _Scanner(Protocol):
    """Which of some expressions match in a body, by their places, in order."""

    def scan(self, data: bytes) -> list[int]: ...


def _scanner(expressions: tuple[str, ...]) -> _Scanner:
    """All at once with Hyperscan, which the extra `network` brings for files of measurements by the
    million; one after the other without. Both find the same."""
    if find_spec("hyperscan"):
        return AtOnce(expressions)
    return InTurn(expressions)


class InTurn:
    """One expression after the other, by the standard library: about a millisecond a page."""

    def __init__(self, expressions: tuple[str, ...]) -> None:
        self._compiled = [re.compile(text.encode(), re.DOTALL) for text in expressions]

    def scan(self, data: bytes) -> list[int]:
        return [place for place, one in enumerate(self._compiled) if one.search(data)]


class AtOnce:
    """Many expressions in one pass."""

    def __init__(self, expressions: tuple[str, ...]) -> None:
        self._database = _compiled(expressions)

    def scan(self, data: bytes) -> list[int]:
        """Which expressions match, in their order."""
        met: set[int] = set()

        def note(expression: int, start: int, end: int, flags: int, context: object) -> bool | None:
            del start, end, flags, context
            met.add(expression)
            return None

        self._database.scan(data, match_event_handler=note)
        return sorted(met)


@lru_cache(maxsize=4)
def _compiled(expressions: tuple[str, ...]) -> "hyperscan.Database":
    import hyperscan

    database = hyperscan.Database(mode=hyperscan.HS_MODE_BLOCK)
    once = hyperscan.HS_FLAG_SINGLEMATCH | hyperscan.HS_FLAG_DOTALL
    database.compile(
        expressions=[text.encode() for text in expressions],
        ids=list(range(len(expressions))),
        elements=len(expressions),
        flags=[once] * len(expressions),
    )
    return database


def expression(one: Fingerprint) -> str:
    """A pattern as a regular expression, of bytes where it is for bodies."""
    if one.kind == "regexp":
        return one.pattern
    literal = "".join(c if c.isalnum() or ord(c) > 127 else f"\\x{ord(c):02x}" for c in one.pattern)
    return {"full": f"^{literal}$", "prefix": f"^{literal}", "contains": literal}[one.kind]
