"""Reading a ledger: every question takes the time by which it was published and recorded.

SQL is put together from this module's own constants; what is asked about goes in as parameters.
"""

from bisect import bisect_right
from collections.abc import Callable, Iterable, Iterator, Sequence
from datetime import datetime, timedelta
from itertools import groupby
from operator import itemgetter
from zoneinfo import ZoneInfo

import msgspec

from gatewatch.errors import LedgerError
from gatewatch.ledger import filing, schema
from gatewatch.ledger.bounds import ALL, BOUND, FAR, KNOWN, LIVE, PUBLISHED, Bounds
from gatewatch.ledger.decisions import Decisions, DecisionsAmong, DecisionSort, decisions
from gatewatch.ledger.event_rows import events_of, in_order
from gatewatch.ledger.listings import Meaning, folded, meanings, parts, unread
from gatewatch.ledger.runs import Among, JudgedAt, Runs, runs
from gatewatch.ledger.schema import micros, moment_of, select_list
from gatewatch.ledger.store import Store
from gatewatch.model.history import RegisterEvent, Snapshot, SnapshotCoverage
from gatewatch.model.moment import Moment
from gatewatch.model.register import Register

_MOST_REMEMBERED = 64
_MOST_BOUNDS = 8


class Aside(msgspec.Struct, frozen=True):
    """A record, or a part of one, that was not understood. `entry` is None where it cannot be
    told whose it is; `raw` is empty for a part of a record."""

    register: str
    snapshot: str
    published_at: datetime
    entry: str | None
    reason: str
    raw: str


class Filed(msgspec.Struct, frozen=True):
    """What a look for keys found: whoever asks for some of them has the answer in it."""

    by: Bounds
    keys: frozenset[str]
    within: frozenset[str]
    beneath: frozenset[str]
    events: list[RegisterEvent]

    def answers(
        self, by: Bounds, keys: Iterable[str], within: Iterable[str], beneath: Iterable[str]
    ) -> bool:
        """Whether another look would find nothing that is not here."""
        return (
            self.by == by
            and self.keys.issuperset(keys)
            and self.within.issuperset(within)
            and self.beneath.issuperset(beneath)
        )


class History:
    """A ledger as it stands; `as_of` and `recorded_by` narrow it, never change it."""

    def __init__(self, store: Store) -> None:
        self.store = store
        self._declared: dict[datetime | None, dict[str, Register]] = {}
        self._newest: tuple[datetime | None, int] | None = None
        self._published: dict[Bounds, dict[str, list[_Published]]] = {}
        self._older_keys: bool | None = None
        self.last_filed: Filed | None = None
        """The last look for keys, if it found little (ledger/filed.py)."""

    def high_water(self) -> datetime | None:
        """When the newest row was recorded: a `recorded_by` of this answers the same forever."""
        return self._ends()[0]

    def _ends(self) -> tuple[datetime | None, int]:
        """When the newest row was recorded, and the newest time of publication."""
        if self._newest is None:
            ((recorded, published, statuses, told),) = self.store.query(
                "SELECT epoch_us(max(recorded_at)), epoch_us(max(published_at)), "
                "list(DISTINCT status), sum(added + changed + removed) FROM snapshots"
            )
            # The log tells how many rows files have: it costs no reading to miss some.
            there = self.store.rows_told("events")
            if there is None:
                ((there,),) = self.store.query("SELECT count(*) FROM events")
            if (told or 0) > there:
                raise LedgerError(
                    f"the ledger at {self.store.location} has lost events: {there:,} of the "
                    f"{told:,} that its snapshots count; gatewatch doctor tells more, gatewatch repair "
                    "NEW rebuilds it from its sources"
                )
            # Half of a history is not read: a status of a later program may hide what counts.
            for status in statuses or ():
                if status not in schema.STATUSES:
                    raise schema.unknown(f"a snapshot of the status {status!r}")
            self._newest = (moment_of(recorded), published or 0)
        return self._newest

    def bounds(self, moment: Moment) -> Bounds:
        """The bounds of a question. What is later than all that is held is the same for all, so
        that questions a moment apart share what was worked out."""
        held, newest = self._ends()
        mark = micros(held) if held else FAR
        zones = {name: one.zone for name, one in self.registers().items()}
        utc = ZoneInfo("UTC")
        days = bool(moment.as_of_day or moment.recorded_day)
        named = tuple(zones) if days else ()
        where = (utc, *(zones[name] for name in named))
        return Bounds(
            named,
            tuple(
                mark if moment.takes_all else min(_micros(moment.recorded_in(zone)), mark)
                for zone in where
            ),
            tuple(min(micros(moment.as_of_in(zone)), newest) for zone in where),
        )

    def live(self, by: Bounds) -> str:
        """The accepted snapshots by two times, worked out once for all questions that follow."""
        return self.store.prepared(LIVE, (by.registers, by.recorded, by.published))

    def listings(self, by: Bounds, meaning: Meaning) -> str:
        """The name of a table of every listing by two times: see ledger/listings.py."""
        return self._meant(folded(f"({LIVE})"), by, meaning, parts)

    def unread(self, by: Bounds, meaning: Meaning) -> str:
        """The name of a table of every text that could not be read, by the names that it may
        mean."""
        return self._meant(unread(f"({LIVE})"), by, meaning)

    def _meant(
        self,
        sql: str,
        by: Bounds,
        meaning: Meaning,
        parts: Callable[[Store], Sequence[tuple[object, ...]]] = lambda _: [()],
    ) -> str:
        asked = (by.registers, by.recorded, by.published)
        if self.store.is_prepared(sql, asked):
            return self.store.prepared(sql, asked)
        with meanings(self.store, meaning):
            return self.store.prepared(sql, asked, parts(self.store))

    def registers(self, recorded_by: datetime | None = None) -> dict[str, Register]:
        """The registers that were ever brought in, as last declared."""
        if recorded_by not in self._declared:
            if len(self._declared) > _MOST_REMEMBERED:
                self._declared.clear()
            self._declared[recorded_by] = self._read_registers(recorded_by)
        return self._declared[recorded_by]

    def _read_registers(self, recorded_by: datetime | None) -> dict[str, Register]:
        rows = self.store.query(
            "SELECT register, declaration FROM registers WHERE epoch_us(recorded_at) <= ? "
            "QUALIFY row_number() OVER (PARTITION BY register ORDER BY recorded_at DESC) = 1",
            [_micros(recorded_by)],
        )
        return {name: _declaration(name, text) for name, text in sorted(rows)}

    def snapshots(
        self,
        register: str | None = None,
        by: Bounds = ALL,
        statuses: Sequence[str] | None = None,
    ) -> list[Snapshot]:
        """Snapshots as last recorded, in the order of their own time."""
        rows = self.store.query(
            f"SELECT {select_list('snapshots')} FROM ({KNOWN}) "
            "WHERE ($register IS NULL OR register = $register) "
            f"AND epoch_us(published_at) <= {PUBLISHED} "
            "AND ($statuses IS NULL OR list_contains($statuses, status))",
            by.parameters(register=register, statuses=statuses),
        )
        found = [schema.snapshot_from(row) for row in rows]
        return sorted(found, key=lambda s: (s.register, s.order))

    def coverage(
        self,
        spans: dict[str, tuple[datetime, datetime]],
        by: Bounds,
    ) -> dict[str, SnapshotCoverage]:
        """For each register and its span, which accepted snapshots lie around it."""
        times = self._times(by)
        return {
            name: _around(times.get(name, []), micros(start), micros(end))
            for name, (start, end) in spans.items()
        }

    def _times(self, by: Bounds) -> dict[str, "list[_Published]"]:
        """When the accepted snapshots of each register were published, how many entries of each
        could not be read, and whether it had other bytes than the one before; asked for once."""
        if by not in self._published:
            while len(self._published) >= _MOST_BOUNDS:
                self._published.pop(next(iter(self._published)))
            rows = self.store.query(
                f"""SELECT register, list(t ORDER BY t, unread), list(unread ORDER BY t, unread),
                    list(anew ORDER BY t, unread)
                FROM (SELECT register, t, unread, content IS DISTINCT FROM lag(content)
                    OVER (PARTITION BY register ORDER BY t, unread) AS anew FROM {self.live(by)})
                GROUP BY register"""
            )
            self._published[by] = {name: list(zip(*told, strict=True)) for name, *told in rows}
        return self._published[by]

    def holds_older_keys(self) -> bool:
        """Whether any key is kept as it is spoken: see ledger/filing.py."""
        if self._older_keys is None:
            self._older_keys = bool(self.store.query(filing.OLDER))
        return self._older_keys

    def events(
        self,
        register: str | None = None,
        entries: Iterable[str] | None = None,
        by: Bounds = ALL,
        since: datetime | None = None,
        until: datetime | None = None,
    ) -> list[RegisterEvent]:
        """Events of accepted snapshots, oldest first, [since, until) by their snapshot's time."""
        rows = self.store.query(
            f"""SELECT {select_list("events", prefix="e.")}
            FROM events e JOIN {self.live(by)} live ON e.register = live.register AND e.snapshot = live.id
                AND e.batch = live.batch
            WHERE ($register IS NULL OR e.register = $register)
              AND ($entries IS NULL OR e.entry IN (SELECT unnest($entries)))
              AND epoch_us(e.published_at) >= $since AND epoch_us(e.published_at) < $until""",
            {
                "register": register,
                "entries": None if entries is None else list(entries),
                "since": micros(since) if since else -(1 << 62),
                "until": _micros(until),
            },
        )
        return sorted(events_of(rows), key=in_order)

    def by_entry(self, register: str, by: Bounds) -> Iterator[list[RegisterEvent]]:
        """Events of accepted snapshots, those of each entry together and oldest first, a group of
        rows at a time: all of a register's are never in memory at once. Nothing else may be asked
        of the ledger meanwhile."""
        rows = self.store.rows(
            f"""SELECT {select_list("events", prefix="e.")} FROM {self.accepted(by)}
            WHERE e.register = $register ORDER BY e.entry""",
            {"register": register},
        )
        events = events_of(rows)
        for _, group in groupby(events, key=lambda event: event.change.entry_id):
            yield sorted(group, key=in_order)

    def runs(
        self,
        register: str,
        by: Bounds,
        *,
        at: JudgedAt,
        sought: Among,
        with_numbers: bool,
        stated: Callable[[str], datetime | None],
    ) -> Runs:
        """Entries that stand at a moment or may: see ledger/runs.py."""
        return runs(
            self.store,
            lambda: self.accepted(by),
            register=register,
            at=at,
            sought=sought,
            with_numbers=with_numbers,
            stated=stated,
        )

    def decisions(
        self,
        register: str,
        by: Bounds,
        *,
        standing: Runs,
        sought: DecisionsAmong,
        sort: DecisionSort,
    ) -> Decisions:
        """Decisions that a register ever named: see ledger/decisions.py."""
        return decisions(
            self.store,
            lambda: self.accepted(by),
            register=register,
            standing=standing,
            sought=sought,
            sort=sort,
        )

    def accepted(self, by: Bounds) -> str:
        """Events `e` of the accepted snapshots by two times, for FROM."""
        return f"""events e JOIN {self.live(by)} live ON e.register = live.register
            AND e.snapshot = live.id AND e.batch = live.batch"""

    def set_aside(
        self,
        by: Bounds = ALL,
        snapshot: str = "",
    ) -> list[Aside]:
        """Records that were not understood, under the snapshot in which each was met first.
        `snapshot` may be the beginning of a snapshot's id."""
        rows = self.store.query(
            f"""SELECT DISTINCT a.register, a.snapshot, epoch_us(s.published_at), a.entry, a.reason, a.raw
            FROM set_aside a JOIN ({KNOWN}) s ON a.register = s.register AND a.snapshot = s.id
            WHERE epoch_us(s.published_at) <= {BOUND.format(bounds="$as_of", names="$registers").replace(", register)", ", s.register)")}
                AND starts_with(s.id, $snapshot) ORDER BY ALL""",
            by.parameters(snapshot=snapshot),
        )
        return [
            Aside(register, name, schema.EPOCH + timedelta(microseconds=at), *rest)
            for register, name, at, *rest in rows
        ]


_Published = tuple[int, int, bool]


def _around(known: Sequence[_Published], start: int, end: int) -> SnapshotCoverage:
    def anew(place: int) -> datetime | None:
        while place > 0 and not known[place][2]:
            place -= 1
        return at(place)

    def at(place: int) -> datetime | None:
        return moment_of(known[place][0]) if 0 <= place < len(known) else None

    by_start, by_end = (bisect_right(known, when, key=itemgetter(0)) for when in (start, end))
    return SnapshotCoverage(
        first=at(0),
        last=at(len(known) - 1),
        before=at(by_end - 1),
        after=at(by_start),
        since=at(by_start - 1),
        until=at(by_end),
        unread=known[by_end - 1][1] if by_end else 0,
        before_anew=anew(by_end - 1),
        since_anew=anew(by_start - 1),
    )


def _micros(when: datetime | None) -> int:
    return micros(when) if when else FAR


def _declaration(name: str, text: str) -> Register:
    try:
        return msgspec.json.decode(text, type=Register)
    except msgspec.MsgspecError as fault:
        raise schema.unknown(f"a declaration of {name} with {fault}") from fault
