"""A mark by which a block page, a forged answer or a server's own refusal is known."""

import msgspec


class Fingerprint(msgspec.Struct, frozen=True):
    """One row of the field's fingerprint tables.

    `scope`: nat, isp, prod, inst, vbw (seen, origin vague), fp (known to be no blocking: a
    server's own page). `location`: body, dns, or header.NAME. `kind`: full, prefix, contains,
    regexp. `countries` are where it is expected.
    """

    name: str
    scope: str
    location: str
    kind: str
    pattern: str
    countries: tuple[str, ...] = ()
    confidence: int | None = None
    note: str = ""


class Fingerprints(msgspec.Struct, frozen=True):
    """A set of fingerprints; `version` is a digest of all that matching depends on."""

    version: str
    all: tuple[Fingerprint, ...]
