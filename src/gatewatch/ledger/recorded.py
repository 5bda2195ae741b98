"""What came into a ledger between two times: the sources that can have changed an answer."""

from datetime import datetime

import msgspec

from gatewatch.ledger.schema import micros, moment_of
from gatewatch.ledger.store import Store


class Came(msgspec.Struct, frozen=True):
    """Rows of one source that were recorded in (a, b]. `first` and `last` are when they had been
    published (snapshots) or made (measurements), in UTC."""

    kind: str
    """snapshots, measurements or judgements."""
    source: str
    """A register, a test, a rule set."""
    count: int
    first: datetime | None
    last: datetime | None
    recorded_at: datetime | None
    """When the last of them came in."""


_SNAPSHOTS = """SELECT 'snapshots', register, count(*), epoch_us(min(published_at)),
    epoch_us(max(published_at)), epoch_us(max(recorded_at)) FROM snapshots
    WHERE epoch_us(recorded_at) > $a AND epoch_us(recorded_at) <= $b GROUP BY register ORDER BY register"""
_MEASUREMENTS = """SELECT 'measurements', test_name, count(*), epoch_us(min(started_at)),
    epoch_us(max(started_at)), epoch_us(max(recorded_at)) FROM measurements
    WHERE epoch_us(recorded_at) > $a AND epoch_us(recorded_at) <= $b
        AND ($code IS NULL OR probe_cc = $code) GROUP BY test_name ORDER BY test_name"""
_JUDGEMENTS = """SELECT 'judgements', ruleset, count(*), NULL, NULL, epoch_us(max(recorded_at))
    FROM verdicts WHERE epoch_us(recorded_at) > $a AND epoch_us(recorded_at) <= $b
        AND batch NOT IN (SELECT batch FROM measurements) GROUP BY ruleset ORDER BY ruleset"""


def between(store: Store, a: datetime, b: datetime, code: str | None = None) -> list[Came]:
    """What was recorded after `a` and not after `b`; measurements of one country, if one is
    named."""
    asked = {"a": micros(a), "b": micros(b), "code": code}
    wanted = [_SNAPSHOTS]
    if store.holds("measurements"):
        wanted += [_MEASUREMENTS, _JUDGEMENTS]
    rows = [row for sql in wanted for row in store.query(sql, asked)]
    return [
        Came(
            kind=kind,
            source=source,
            count=count,
            first=moment_of(first),
            last=moment_of(last),
            recorded_at=moment_of(at),
        )
        for kind, source, count, first, last, at in rows
    ]
