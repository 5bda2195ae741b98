"""Reading a ledger: every question takes the time by which it was published and recorded.

SQL is put together from this module's own constants; what is asked about goes in as parameters.
"""

from collections.abc import Iterable, Sequence
from datetime import UTC, datetime, timedelta

import msgspec

from gatewatch.ledger import schema
from gatewatch.ledger.listings import FOLDED
from gatewatch.ledger.schema import micros, moment_of, select_list
from gatewatch.ledger.store import Store
from gatewatch.model.history import Event, Snapshot
from gatewatch.model.register import Register

_MOST_REMEMBERED = 64
_FAR = datetime(9999, 1, 1, tzinfo=UTC)

LATEST = """
    SELECT * FROM snapshots WHERE epoch_us(recorded_at) <= $recorded
    QUALIFY row_number() OVER (
        PARTITION BY register, id ORDER BY recorded_at DESC, batch DESC) = 1
"""
_LIVE = f"""
    SELECT register, id, batch, epoch_us(published_at) AS t
    FROM ({LATEST.replace("$recorded", "$1")})
    WHERE status = 'accepted' AND epoch_us(published_at) <= $2
"""


class Coverage(msgspec.Struct, frozen=True):
    """What of a register is held around a span of time: accepted snapshots, by their own time."""

    register: str
    first: datetime | None
    last: datetime | None
    before: datetime | None
    """The last snapshot not later than the span's end."""
    after: datetime | None
    """The first snapshot later than the span's start."""
    since: datetime | None
    """The last snapshot not later than the span's start."""
    until: datetime | None
    """The first snapshot later than the span's end."""


class Aside(msgspec.Struct, frozen=True):
    """A record, or a part of one, that was not understood. `entry` is None where it cannot be
    told whose it is; `raw` is empty for a part of a record."""

    register: str
    snapshot: str
    published_at: datetime
    entry: str | None
    reason: str
    raw: str


class History:
    """A ledger as it stands; `as_of` and `recorded_by` narrow it, never change it."""

    def __init__(self, store: Store) -> None:
        self._store = store
        self._declared: dict[datetime | None, dict[str, Register]] = {}
        self._newest: datetime | None = None

    def high_water(self) -> datetime | None:
        """When the newest row was recorded: a `recorded_by` of this answers the same forever."""
        if self._newest is None:
            rows = self._store.query("SELECT epoch_us(max(recorded_at)) FROM snapshots")
            self._newest = moment_of(rows[0][0])
        return self._newest

    def _live(self, as_of: datetime | None, recorded_by: datetime | None) -> str:
        """The accepted snapshots by two times, worked out once for all questions that follow."""
        return self._store.prepared(_LIVE, (_micros(recorded_by), _micros(as_of)))

    def listings(self, as_of: datetime | None, recorded_by: datetime | None) -> str:
        """The name of a table of every listing by two times: see ledger/listings.py."""
        asked = (_micros(recorded_by), _micros(as_of))
        return self._store.prepared(FOLDED.format(live=f"({_LIVE})"), asked)

    def registers(self, recorded_by: datetime | None = None) -> dict[str, Register]:
        """The registers that were ever brought in, as last declared."""
        if recorded_by not in self._declared:
            if len(self._declared) > _MOST_REMEMBERED:
                self._declared.clear()
            self._declared[recorded_by] = self._read_registers(recorded_by)
        return self._declared[recorded_by]

    def _read_registers(self, recorded_by: datetime | None) -> dict[str, Register]:
        rows = self._store.query(
            "SELECT register, declaration FROM registers WHERE epoch_us(recorded_at) <= ? "
            "QUALIFY row_number() OVER (PARTITION BY register ORDER BY recorded_at DESC) = 1",
            [_micros(recorded_by)],
        )
        return {name: msgspec.json.decode(text, type=Register) for name, text in sorted(rows)}

    def snapshots(
        self,
        register: str | None = None,
        as_of: datetime | None = None,
        recorded_by: datetime | None = None,
        statuses: Sequence[str] | None = None,
    ) -> list[Snapshot]:
        """Snapshots as last recorded, in the order of their own time."""
        rows = self._store.query(
            f"SELECT {select_list('snapshots')} FROM ({LATEST}) "
            "WHERE ($register IS NULL OR register = $register) "
            "AND epoch_us(published_at) <= $as_of "
            "AND ($statuses IS NULL OR list_contains($statuses, status))",
            _named(recorded_by, as_of, register=register, statuses=statuses),
        )
        found = [schema.snapshot_from(row) for row in rows]
        return sorted(found, key=lambda s: (s.register, s.order))

    def coverage(
        self,
        spans: dict[str, tuple[datetime, datetime]],
        as_of: datetime,
        recorded_by: datetime | None,
    ) -> dict[str, Coverage]:
        """For each register and its span, which accepted snapshots lie around it."""
        rows = self._store.query(
            f"""WITH asked AS (SELECT unnest($names) AS register, unnest($starts) AS s, unnest($ends) AS e)
            SELECT register, min(t), max(t), max(t) FILTER (t <= e), min(t) FILTER (t > s),
                max(t) FILTER (t <= s), min(t) FILTER (t > e)
            FROM {self._live(as_of, recorded_by)} JOIN asked USING (register)
            GROUP BY register""",
            {
                "names": list(spans),
                "starts": [micros(start) for start, _ in spans.values()],
                "ends": [micros(end) for _, end in spans.values()],
            },
        )
        found = {row[0]: Coverage(row[0], *(moment_of(value) for value in row[1:])) for row in rows}
        return {name: found.get(name, Coverage(name, *[None] * 6)) for name in spans}

    def filed_under(self, keys: Iterable[str]) -> list[tuple[str, str, str]]:
        """(key, register, entry) of every entry that ever bore a selector with one of the keys."""
        return self._store.query(
            "SELECT DISTINCT lookup, register, entry FROM selectors WHERE lookup IN (SELECT unnest(?))",
            [list(keys)],
        )

    def events(
        self,
        register: str | None = None,
        entries: Iterable[str] | None = None,
        as_of: datetime | None = None,
        recorded_by: datetime | None = None,
        since: datetime | None = None,
        until: datetime | None = None,
    ) -> list[Event]:
        """Events of accepted snapshots, oldest first, [since, until) by their snapshot's time."""
        names = list(schema.TABLES["events"])
        rows = self._store.query(
            f"""SELECT {select_list("events", prefix="e.")}
            FROM events e JOIN {self._live(as_of, recorded_by)} live ON e.register = live.register AND e.snapshot = live.id
                AND e.batch = live.batch
            WHERE ($register IS NULL OR e.register = $register)
              AND ($entries IS NULL OR e.entry IN (SELECT unnest($entries)))
              AND epoch_us(e.published_at) >= $since AND epoch_us(e.published_at) < $until""",
            _named(
                recorded_by,
                as_of,
                register=register,
                entries=None if entries is None else list(entries),
                since=micros(since) if since else -(1 << 62),
                until=_micros(until),
            ),
        )
        found = [_event(dict(zip(names, row, strict=True))) for row in rows]
        return sorted(found, key=lambda e: (e.at, e.register, e.change.entry_id, e.snapshot))

    def recorded_changes(self, register: str) -> dict[str, list[Event]]:
        """Events of every snapshot as last recorded, accepted or not, by snapshot id."""
        names = list(schema.TABLES["events"])
        rows = self._store.query(
            f"""WITH latest AS ({LATEST})
            SELECT {select_list("events", prefix="e.")} FROM events e JOIN latest
            ON e.register = latest.register AND e.snapshot = latest.id AND e.batch = latest.batch
            WHERE e.register = $register AND $as_of > 0""",
            _named(None, None, register=register),
        )
        found: dict[str, list[Event]] = {}
        for row in rows:
            event = _event(dict(zip(names, row, strict=True)))
            found.setdefault(event.snapshot, []).append(event)
        return found

    def state(self, register: str) -> dict[str, str]:
        """Entry id to version digest after the last accepted snapshot."""
        rows = self._store.query(
            f"""SELECT e.entry, e.op, e.version FROM events e JOIN {self._live(None, None)} live
            ON e.register = live.register AND e.snapshot = live.id AND e.batch = live.batch
            WHERE e.register = $register
            QUALIFY row_number() OVER (
                PARTITION BY e.entry ORDER BY e.published_at DESC, e.base_at DESC) = 1""",
            _named(None, None, register=register),
        )
        return {entry: version for entry, op, version in rows if op != "removed"}

    def set_aside(
        self,
        as_of: datetime | None = None,
        recorded_by: datetime | None = None,
        snapshot: str = "",
    ) -> list[Aside]:
        """Records that were not understood, under the snapshot in which each was met first.
        `snapshot` may be the beginning of a snapshot's id."""
        rows = self._store.query(
            f"""SELECT DISTINCT a.register, a.snapshot, epoch_us(s.published_at), a.entry, a.reason, a.raw
            FROM set_aside a JOIN ({LATEST}) s ON a.register = s.register AND a.snapshot = s.id
            WHERE epoch_us(s.published_at) <= $as_of AND starts_with(s.id, $snapshot) ORDER BY ALL""",
            _named(recorded_by, as_of, snapshot=snapshot),
        )
        return [
            Aside(register, name, schema.EPOCH + timedelta(microseconds=at), *rest)
            for register, name, at, *rest in rows
        ]

    def origins(self, register: str) -> set[str]:
        """Where the snapshots that are held came from, so that none is read twice."""
        rows = self._store.query(
            "SELECT DISTINCT origin FROM snapshots WHERE register = ?", [register]
        )
        return {origin for (origin,) in rows}


def _named(
    recorded_by: datetime | None, as_of: datetime | None, **more: object
) -> dict[str, object]:
    return {"recorded": _micros(recorded_by), "as_of": _micros(as_of), **more}


def _micros(when: datetime | None) -> int:
    return micros(when or _FAR)


def _event(named: dict[str, object]) -> Event:
    return Event(
        register=str(named["register"]),
        snapshot=str(named["snapshot"]),
        at=moment_of(named["published_at"]),  # type: ignore[arg-type]
        after=moment_of(named["base_at"]),  # type: ignore[arg-type]
        change=schema.change_from(named),
    )
