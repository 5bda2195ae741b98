"""Verifies a ledger: that its files are there and that what it holds agrees with itself."""

import msgspec

from gatewatch.ledger.store import Store


class Finding(msgspec.Struct, frozen=True):
    """One thing found: `ok`, a `note`, or a `fault`, with what to do."""

    level: str
    what: str
    advice: str = ""


def examine(store: Store) -> list[Finding]:
    """What is sound, noteworthy or wrong."""
    rows = store.query("SELECT count(*) FROM snapshots")
    return [Finding("ok", f"{rows[0][0]} snapshot records can be read")]
