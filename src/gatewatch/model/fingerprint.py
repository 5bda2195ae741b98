"""A mark by which a block page, a forged answer or a server's own refusal is known."""

import msgspec

from gatewatch.model.memo import memo

SERVER, CAPTIVE = "fp", "captive"
"""Scopes of pages that no censor wrote: a server's own, and a portal before one is on line."""


class BodyMark(msgspec.Struct, frozen=True):
    """What an observation keeps of a fingerprint that was met: all that judging looks at."""

    scope: str
    name: str
    countries: tuple[str, ...] = ()
    confidence: int | None = None

    def __str__(self) -> str:
        """`nat:name@IR+AF#5`, without what is not known."""
        where = f"@{'+'.join(self.countries)}" if self.countries else ""
        sure = f"#{self.confidence}" if self.confidence is not None else ""
        return f"{self.scope}:{self.name}{where}{sure}"


@memo
def parse(text: str) -> BodyMark:
    """A mark from its text; older ones have scope and name alone."""
    rest, _, sure = text.partition("#")
    rest, _, where = rest.partition("@")
    scope, _, name = rest.partition(":")
    return BodyMark(
        scope,
        name,
        tuple(where.split("+")) if where else (),
        int(sure) if sure.isdecimal() else None,
    )


class Fingerprint(msgspec.Struct, frozen=True):
    """One row of the field's fingerprint tables.

    `scope`: nat, isp (a network's, by name); prod, inst (a product's, an institution's: a school or
    an office has them too); vbw (seen, origin vague); fp (a server's own page); captive (a portal
    before one is on line). `location`: body, dns, or header.NAME. `kind`: full, prefix, contains,
    regexp. `countries` are where it is expected, `confidence` is up to 5.
    """

    name: str
    scope: str
    location: str
    kind: str
    pattern: str
    countries: tuple[str, ...] = ()
    confidence: int | None = None
    note: str = ""

    @property
    def mark(self) -> str:
        """What is kept where it is met."""
        return str(BodyMark(self.scope, self.name, self.countries, self.confidence))


class Fingerprints(msgspec.Struct, frozen=True):
    """A set of fingerprints; `version` is a digest of all that matching depends on."""

    version: str
    all: tuple[Fingerprint, ...]
