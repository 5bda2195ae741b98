"""How often rules of judgement held and decided, in the verdicts in force."""

from datetime import datetime

import msgspec

from gatewatch.ledger.store import Store


class Firing(msgspec.Struct, frozen=True):
    """One rule at one version, by the name that verdicts bear: `tls.reset@1`."""

    name: str
    decided: int
    """Verdicts, of measurements and of their parts, that it made."""
    held: int
    """Verdicts in which it held, whichever rule made them."""


def firings(
    store: Store, *, as_of: datetime | None = None, recorded_by: datetime | None = None
) -> list[Firing]:
    """By name. A rule that never held is not among them."""
    if not store.holds("measurements"):
        return []
    rows = store.query(_FIRED, {"as_of": as_of, "recorded_by": recorded_by})
    return [Firing(*row) for row in rows]


_FIRED = """
    SELECT name, count(*) FILTER (place = 1), count(*) FROM (
        SELECT unnest(rules) AS name, generate_subscripts(rules, 1) AS place
        FROM verdicts_in_force($recorded_by)
        WHERE $as_of IS NULL OR coalesce(collected_at, started_at) <= $as_of)
    GROUP BY name ORDER BY name"""
