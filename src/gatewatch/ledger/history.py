"""Reading a ledger: every question takes the time by which it was published and recorded.

SQL is put together from this module's own constants; what is asked about goes in as parameters.
"""

from bisect import bisect_right
from collections.abc import Callable, Iterable, Iterator, Sequence
from datetime import UTC, datetime, timedelta
from heapq import nsmallest
from itertools import groupby
from operator import itemgetter
from zoneinfo import ZoneInfo

import msgspec

from gatewatch.errors import LedgerError
from gatewatch.ledger import filing, schema
from gatewatch.ledger.decisions import Decisions, DecisionsAmong, decisions
from gatewatch.ledger.listings import Meaning, folded, meanings, parts, unread
from gatewatch.ledger.runs import Among, JudgedAt, Runs, runs
from gatewatch.ledger.schema import micros, moment_of, select_list
from gatewatch.ledger.store import Store
from gatewatch.model.history import RegisterEvent, Snapshot, SnapshotCoverage
from gatewatch.model.moment import Moment
from gatewatch.model.register import Register

_MOST_REMEMBERED = 64
_MOST_BOUNDS = 8
_MOST_NEAR = 4096
"""Rows of keys of which those that count are told apart here; of more it is done in SQL."""
MOST_BENEATH = 12
"""Keys of names beneath a domain that are shown beside it; more would be a list, not an answer."""
FAR = micros(datetime(9999, 1, 1, tzinfo=UTC))

LATEST = """
    SELECT * FROM snapshots WHERE epoch_us(recorded_at) <= $recorded
    QUALIFY row_number() OVER (
        PARTITION BY register, id ORDER BY recorded_at DESC, batch DESC) = 1
"""
# A day ends when it does where the register is, so each register has its own bounds.
_BOUND = "list_extract({bounds}, coalesce(list_position({names}, register), 0) + 1)"
_RECORDED = _BOUND.format(bounds="$recorded", names="$registers")
_PUBLISHED = _BOUND.format(bounds="$as_of", names="$registers")
_KNOWN = LATEST.replace("$recorded", _RECORDED)
_LIVE = (
    f"""
    SELECT register, id, batch, content, epoch_us(published_at) AS t,
        coalesce(unparsed, 0) + coalesce(len(unreadable), 0) AS unread FROM ({_KNOWN})
    WHERE status = 'accepted' AND epoch_us(published_at) <= {_PUBLISHED}
""".replace("$registers", "$1")
    .replace("$recorded", "$2")
    .replace("$as_of", "$3")
)


class Bounds(msgspec.Struct, frozen=True):
    """By when something had been published and recorded, for each register, in microseconds.

    The first of each list is for registers that are not named."""

    registers: tuple[str, ...] = ()
    recorded: tuple[int, ...] = (FAR,)
    published: tuple[int, ...] = (FAR,)

    def parameters(self, **more: object) -> dict[str, object]:
        """As the SQL here takes them."""
        return {
            "registers": list(self.registers),
            "recorded": list(self.recorded),
            "as_of": list(self.published),
            **more,
        }


ALL = Bounds()
"""Whatever is held."""


class Windows(msgspec.Struct, frozen=True):
    """Which events of each register are asked for: [since, until) by their snapshot's time, and no
    later than `ends` by the snapshot before it; in microseconds. Registers that are not named are
    not asked about."""

    registers: tuple[str, ...]
    since: tuple[int, ...]
    until: tuple[int, ...]
    ends: tuple[int, ...]

    def parameters(self, **more: object) -> dict[str, object]:
        """As the SQL here takes them."""
        return {name: list(value) for name, value in msgspec.structs.asdict(self).items()} | more


_OF_EVENT = "list_extract({}, list_position($registers, e.register))"
_IN_WINDOW = f"""list_contains($registers, e.register)
    AND epoch_us(e.published_at) >= {_OF_EVENT.format("$since")}
    AND epoch_us(e.published_at) < {_OF_EVENT.format("$until")}
    AND (e.base_at IS NULL OR epoch_us(e.base_at) <= {_OF_EVENT.format("$ends")})"""
_NEWEST_FIRST = """e.published_at DESC, e.register DESC, e.entry DESC, e.base_at IS NOT NULL DESC,
    coalesce(e.base_at, e.published_at) DESC, e.snapshot DESC"""
"""As `in_order`, backwards."""


class Aside(msgspec.Struct, frozen=True):
    """A record, or a part of one, that was not understood. `entry` is None where it cannot be
    told whose it is; `raw` is empty for a part of a record."""

    register: str
    snapshot: str
    published_at: datetime
    entry: str | None
    reason: str
    raw: str


class Decided(msgspec.Struct, frozen=True):
    """An entry by its decision. `date` is ISO."""

    register: str
    entry: str
    number: str
    body: str | None
    date: str | None


class History:
    """A ledger as it stands; `as_of` and `recorded_by` narrow it, never change it."""

    def __init__(self, store: Store) -> None:
        self._store = store
        self._declared: dict[datetime | None, dict[str, Register]] = {}
        self._newest: tuple[datetime | None, int] | None = None
        self._published: dict[Bounds, dict[str, list[_Published]]] = {}
        self._older_keys: bool | None = None

    def high_water(self) -> datetime | None:
        """When the newest row was recorded: a `recorded_by` of this answers the same forever."""
        return self._ends()[0]

    def _ends(self) -> tuple[datetime | None, int]:
        """When the newest row was recorded, and the newest time of publication."""
        if self._newest is None:
            ((recorded, published, statuses, told),) = self._store.query(
                "SELECT epoch_us(max(recorded_at)), epoch_us(max(published_at)), "
                "list(DISTINCT status), sum(added + changed + removed) FROM snapshots"
            )
            # The log tells how many rows files have: it costs no reading to miss some.
            there = self._store.rows_told("events")
            if there is None:
                ((there,),) = self._store.query("SELECT count(*) FROM events")
            if (told or 0) > there:
                raise LedgerError(
                    f"the ledger at {self._store.location} has lost events: {there:,} of the "
                    f"{told:,} that its snapshots count; gatewatch doctor tells more, gatewatch repair "
                    "rebuilds it from its sources"
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

    def _live(self, by: Bounds) -> str:
        """The accepted snapshots by two times, worked out once for all questions that follow."""
        return self._store.prepared(_LIVE, (by.registers, by.recorded, by.published))

    def listings(self, by: Bounds, meaning: Meaning) -> str:
        """The name of a table of every listing by two times: see ledger/listings.py."""
        return self._meant(folded(f"({_LIVE})"), by, meaning, parts)

    def unread(self, by: Bounds, meaning: Meaning) -> str:
        """The name of a table of every text that could not be read, by the names that it may
        mean."""
        return self._meant(unread(f"({_LIVE})"), by, meaning)

    def _meant(
        self,
        sql: str,
        by: Bounds,
        meaning: Meaning,
        parts: Callable[[Store], Sequence[tuple[object, ...]]] = lambda _: [()],
    ) -> str:
        asked = (by.registers, by.recorded, by.published)
        if self._store.is_prepared(sql, asked):
            return self._store.prepared(sql, asked)
        with meanings(self._store, meaning):
            return self._store.prepared(sql, asked, parts(self._store))

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
        return {name: _declaration(name, text) for name, text in sorted(rows)}

    def snapshots(
        self,
        register: str | None = None,
        by: Bounds = ALL,
        statuses: Sequence[str] | None = None,
    ) -> list[Snapshot]:
        """Snapshots as last recorded, in the order of their own time."""
        rows = self._store.query(
            f"SELECT {select_list('snapshots')} FROM ({_KNOWN}) "
            "WHERE ($register IS NULL OR register = $register) "
            f"AND epoch_us(published_at) <= {_PUBLISHED} "
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
            rows = self._store.query(
                f"""SELECT register, list(t ORDER BY t, unread), list(unread ORDER BY t, unread),
                    list(anew ORDER BY t, unread)
                FROM (SELECT register, t, unread, content IS DISTINCT FROM lag(content)
                    OVER (PARTITION BY register ORDER BY t, unread) AS anew FROM {self._live(by)})
                GROUP BY register"""
            )
            self._published[by] = {name: list(zip(*told, strict=True)) for name, *told in rows}
        return self._published[by]

    def filed_under(
        self,
        keys: Iterable[str],
        by: Bounds,
        within: Sequence[str] = (),
        beneath: Sequence[str] = (),
    ) -> list[RegisterEvent]:
        """Events of entries that ever bore a selector with one of the keys, and of some others.

        `within`: also all keys of names that end with one of these; `beneath`: the first of
        them."""
        wanted = filing.either(keys)
        ended = list(dict.fromkeys((*within, *beneath)))
        filed = (
            self._filed_of_few(wanted, within, beneath) if filing.is_few(wanted, ended) else None
        )
        if filed is None:
            filed = self._filed_of_many(wanted, within, beneath, ended)
        if not filed:
            return []
        # Of events the columns of those entries alone are read: DuckDB hands the entries down to
        # the scan only where they are asked for by IN (40 -> 18 ms of CPU).
        rows = self._store.query(
            f"""WITH their AS MATERIALIZED (
                SELECT * FROM events WHERE entry IN (SELECT unnest($entries)))
            SELECT {select_list("events", prefix="e.")}
            FROM their e JOIN {self._live(by)} live ON e.register = live.register
                AND e.snapshot = live.id AND e.batch = live.batch""",
            {"entries": list(dict.fromkeys(entry for _, entry in filed))},
        )
        names = list(schema.TABLES["events"])
        events = (_event(dict(zip(names, row, strict=True))) for row in rows)
        return [one for one in events if (one.register, one.change.entry_id) in filed]

    def _filed_of_few(
        self, wanted: list[str], within: Sequence[str], beneath: Sequence[str]
    ) -> set[tuple[str, str]] | None:
        """Registers and entries by one scan; None where it finds more than is told apart here.

        Each scan looks at the bounds of every row group there is, so a join of five of them was
        most of what a look-up in a large register cost."""
        ended = list(dict.fromkeys((*within, *beneath)))
        sql, values = filing.scan(wanted, ended)
        rows = self._store.query(f"{sql} LIMIT {_MOST_NEAR + 1}", values)
        if len(rows) > _MOST_NEAR:
            return None
        keys = {*wanted}
        filed = {(register, entry) for lookup, register, entry in rows if lookup in keys}
        named = [(filing.key_of(lookup), (register, entry)) for lookup, register, entry in rows]
        hosts = [(key, owner) for key, owner in named if key.startswith(filing.HOSTS)]
        filed |= {owner for key, owner in hosts if key.endswith(tuple(within))}
        for suffix in beneath:
            ending = [(key, owner) for key, owner in hosts if key.endswith(suffix)]
            first = {*nsmallest(MOST_BENEATH, {key for key, _ in ending})}
            filed |= {owner for key, owner in ending if key in first}
        return filed

    def _filed_of_many(
        self,
        wanted: list[str],
        within: Sequence[str],
        beneath: Sequence[str],
        ended: Sequence[str],
    ) -> set[tuple[str, str]]:
        """The same, of as many keys as one likes."""
        spanned, values = filing.spans(ended, older=bool(ended) and self._holds_older_keys())
        rows = self._store.query(
            f"""WITH spanned AS MATERIALIZED ({spanned}),
            near AS MATERIALIZED (
                SELECT lookup, register, entry FROM selectors
                WHERE lookup IN (SELECT unnest($keys))
                UNION ALL SELECT lookup, register, entry FROM spanned)
            SELECT DISTINCT register, entry FROM near
            WHERE lookup IN (SELECT unnest($keys)
                UNION SELECT lookup FROM spanned WHERE list_contains($within, e)
                UNION SELECT lookup FROM (SELECT lookup FROM spanned
                    WHERE list_contains($beneath, e) QUALIFY dense_rank() OVER (
                        PARTITION BY e ORDER BY {filing.KEY}) <= {MOST_BENEATH}))""",
            {
                "keys": wanted,
                "within": list(within),
                "beneath": list(beneath),
                "suffixes": list(ended),
                **values,
            },
        )
        return {(register, entry) for register, entry in rows}

    def _holds_older_keys(self) -> bool:
        if self._older_keys is None:
            self._older_keys = bool(self._store.query(filing.OLDER))
        return self._older_keys

    def decided(self, number: str, by: Bounds, most: int) -> list[Decided]:
        """Entries whose decision's number holds a text, whatever its case: those whose number it is
        first, then the newest."""
        rows = self._store.query(
            f"""SELECT e.register, e.entry, any_value(e.decision_number), any_value(e.decision_body),
                any_value(e.decision_date)
            FROM events e JOIN {self._live(by)} live ON e.register = live.register
                AND e.snapshot = live.id AND e.batch = live.batch
            WHERE contains(lower(e.decision_number), lower($number))
            GROUP BY e.register, e.entry
            ORDER BY bool_or(lower(e.decision_number) = lower($number)) DESC,
                max(e.decision_date) DESC NULLS LAST, e.register, e.entry LIMIT $most""",
            {"number": number, "most": most},
        )
        return [Decided(*row) for row in rows]

    def decided_by(self, register: str, number: str, body: str | None, by: Bounds) -> list[str]:
        """Entries of a register that ever stood under a decision: its number whatever its case, and
        its body if one is named."""
        rows = self._store.query(
            f"""SELECT DISTINCT e.entry FROM {self._accepted(by)}
            WHERE e.register = $register AND lower(e.decision_number) = lower($number)
                AND ($body IS NULL OR e.decision_body = $body) ORDER BY ALL""",
            {"register": register, "number": number, "body": body},
        )
        return [str(entry) for (entry,) in rows]

    def numbers_of(self, register: str, by: Bounds) -> list[str]:
        """Every decision's number that a register ever named."""
        rows = self._store.query(
            f"""SELECT DISTINCT e.decision_number FROM {self._accepted(by)}
            WHERE e.register = $register AND e.decision_number IS NOT NULL ORDER BY ALL""",
            {"register": register},
        )
        return [str(number) for (number,) in rows]

    def bodies_of(self, register: str, number: str, by: Bounds) -> list[str | None]:
        """The bodies that took decisions of a number, as a register names them."""
        rows = self._store.query(
            f"""SELECT DISTINCT e.decision_body FROM {self._accepted(by)}
            WHERE e.register = $register AND lower(e.decision_number) = lower($number) ORDER BY ALL""",
            {"register": register, "number": number},
        )
        return [body for (body,) in rows]

    def hosts_with(self, part: str, by: Bounds, most: int) -> list[str]:
        """Hosts that were ever listed and hold a text in their names, the shortest first."""
        labels = " ".join(f"AND contains(lookup, $label{n})" for n, _ in enumerate(part.split(".")))
        rows = self._store.query(
            f"""SELECT DISTINCT ({filing.KEY})[3:] AS host, length(host) FROM selectors s
            WHERE lower(lookup[:2]) IN ('d:', 'm:', 'h:') {labels} AND contains(host, $part)
                AND (s.register, s.batch) IN (SELECT register, batch FROM {self._live(by)})
            ORDER BY length(host), host LIMIT $most""",
            {
                "part": part,
                "most": most,
                **{f"label{n}": label for n, label in enumerate(part.split("."))},
            },
        )
        return [host for host, _ in rows]

    def bodies(self, register: str) -> list[str]:
        """The bodies that decided in a register, as published; empty where none is told."""
        rows = self._store.query(
            "SELECT DISTINCT coalesce(decision_body, '') FROM events WHERE register = $1",
            [register],
        )
        return [body for (body,) in rows]

    def addresses(self) -> list[str]:
        """Every key of an address or a network."""
        rows = self._store.query(
            "SELECT DISTINCT lookup FROM selectors WHERE lookup[:2] IN ('i:', 'c:')"
        )
        return [key for (key,) in rows]

    def events(
        self,
        register: str | None = None,
        entries: Iterable[str] | None = None,
        by: Bounds = ALL,
        since: datetime | None = None,
        until: datetime | None = None,
    ) -> list[RegisterEvent]:
        """Events of accepted snapshots, oldest first, [since, until) by their snapshot's time."""
        names = list(schema.TABLES["events"])
        rows = self._store.query(
            f"""SELECT {select_list("events", prefix="e.")}
            FROM events e JOIN {self._live(by)} live ON e.register = live.register AND e.snapshot = live.id
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
        found = [_event(dict(zip(names, row, strict=True))) for row in _shared(rows)]
        return sorted(found, key=in_order)

    def by_entry(self, register: str, by: Bounds) -> Iterator[list[RegisterEvent]]:
        """Events of accepted snapshots, those of each entry together and oldest first, a group of
        rows at a time: all of a register's are never in memory at once. Nothing else may be asked
        of the ledger meanwhile."""
        names = list(schema.TABLES["events"])
        rows = self._store.rows(
            f"""SELECT {select_list("events", prefix="e.")} FROM {self._accepted(by)}
            WHERE e.register = $register ORDER BY e.entry""",
            {"register": register},
        )
        events = (_event(dict(zip(names, row, strict=True))) for row in _shared(rows))
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
            self._store,
            lambda: self._accepted(by),
            register=register,
            at=at,
            sought=sought,
            with_numbers=with_numbers,
            stated=stated,
        )

    def decisions(
        self, register: str, by: Bounds, *, standing: Runs, sought: DecisionsAmong
    ) -> Decisions:
        """Decisions that a register ever named: see ledger/decisions.py."""
        return decisions(
            self._store,
            lambda: self._accepted(by),
            register=register,
            standing=standing,
            sought=sought,
        )

    def has_decisions(self, register: str, by: Bounds) -> bool:
        """Whether a register ever named one."""
        return bool(
            self._store.query(
                f"""SELECT 1 FROM {self._accepted(by)}
                WHERE e.register = $1
                    AND coalesce(e.decision_number, e.decision_body, e.decision_date) IS NOT NULL
                LIMIT 1""",
                [register],
            )
        )

    def grounds(
        self, register: str, *, with_numbers: bool
    ) -> list[tuple[str | None, str | None, str | None]]:
        """Every ground of a register with the body that it stands beside, and the number of the
        decision if that is asked for."""
        number = "decision_number" if with_numbers else "NULL"
        rows = self._store.query(
            f"SELECT DISTINCT ground, decision_body, {number} FROM events WHERE register = $1",
            [register],
        )
        return [(ground, body, act) for ground, body, act in rows]

    def newest(self, by: Bounds, within: Windows, offset: int, limit: int) -> list[RegisterEvent]:
        """Some events of accepted snapshots, newest first: a page of them is read, not all."""
        names = list(schema.TABLES["events"])
        # First which events, by the few columns that order them, then these whole: a page of the
        # 98,671 events of five registers takes a third of the time and memory so.
        rows = self._store.query(
            f"""WITH page AS MATERIALIZED (
                SELECT e.register, e.entry, e.snapshot, e.batch FROM {self._accepted(by)}
                WHERE {_IN_WINDOW} ORDER BY {_NEWEST_FIRST} LIMIT $limit OFFSET $offset)
            SELECT {select_list("events", prefix="e.")} FROM events e
            WHERE e.entry IN (SELECT entry FROM page)
                AND (e.register, e.entry, e.snapshot, e.batch) IN (FROM page)""",
            within.parameters(offset=offset, limit=limit),
        )
        found = [_event(dict(zip(names, row, strict=True))) for row in _shared(rows)]
        return sorted(found, key=in_order, reverse=True)

    def moves(self, by: Bounds, within: Windows) -> list[tuple[str, int, str, int]]:
        """How many events of accepted snapshots there are: register, time of the snapshot in
        microseconds, operation, number."""
        rows = self._store.query(
            f"""SELECT e.register, epoch_us(e.published_at), e.op, count(*) FROM {self._accepted(by)}
            WHERE {_IN_WINDOW} GROUP BY ALL ORDER BY ALL""",
            within.parameters(),
        )
        return [(str(register), int(at), str(op), int(n)) for register, at, op, n in rows]

    def dated(self, by: Bounds, within: Windows) -> list[RegisterEvent]:
        """Changes of entries that tell the day of their own removal, oldest first."""
        names = list(schema.TABLES["events"])
        rows = self._store.query(
            f"""SELECT {select_list("events", prefix="e.")} FROM {self._accepted(by)}
            WHERE {_IN_WINDOW} AND e.op = 'changed' AND e.removed_at IS NOT NULL""",
            within.parameters(),
        )
        found = [_event(dict(zip(names, row, strict=True))) for row in _shared(rows)]
        return sorted(found, key=in_order)

    def _accepted(self, by: Bounds) -> str:
        """Events `e` of the accepted snapshots by two times, for FROM."""
        return f"""events e JOIN {self._live(by)} live ON e.register = live.register
            AND e.snapshot = live.id AND e.batch = live.batch"""

    def moved(self, before: Bounds, after: Bounds) -> dict[str, int]:
        """How many entries of each register the snapshots concern that count by one time of
        recording and not by another, or in another batch."""
        rows = self._store.query(
            f"""SELECT e.register, count(DISTINCT e.entry) FROM {self._between(before, after)}
            GROUP BY e.register"""
        )
        return {str(register): int(number) for register, number in rows}

    def removals_told(self, by: Bounds) -> dict[str, list[str]]:
        """The registers' own words for days of removal, by register."""
        rows = self._store.query(
            f"""SELECT DISTINCT e.register, e.removed_at FROM {self._accepted(by)}
            WHERE e.removed_at IS NOT NULL ORDER BY ALL"""
        )
        return {
            str(register): [str(text) for _, text in group]
            for register, group in groupby(rows, key=itemgetter(0))
        }

    def entries_removed(self, register: str, told: Sequence[str], by: Bounds) -> list[str]:
        """Entries of a register that ever bore one of its words for a day of removal."""
        rows = self._store.query(
            f"""SELECT DISTINCT e.entry FROM {self._accepted(by)}
            WHERE e.register = $register AND list_contains($told, e.removed_at) ORDER BY ALL""",
            {"register": register, "told": list(told)},
        )
        return [str(entry) for (entry,) in rows]

    def moved_entries(self, register: str, before: Bounds, after: Bounds) -> list[str]:
        """Those entries of a register, in the order of their ids."""
        rows = self._store.query(
            f"""SELECT DISTINCT e.entry FROM {self._between(before, after)}
            WHERE e.register = $register ORDER BY ALL""",
            {"register": register},
        )
        return [str(entry) for (entry,) in rows]

    def came(
        self, register: str, before: Bounds, after: Bounds
    ) -> list[tuple[int, int | None, str, int]]:
        """What snapshots did that count by a later time of recording and did not by an earlier one:
        time of the snapshot and of the one before it, in microseconds, operation, number."""
        rows = self._store.query(
            f"""SELECT epoch_us(e.published_at), epoch_us(e.base_at), e.op, count(*)
            FROM {self._accepted(after)} WHERE e.register = $register
                AND e.snapshot NOT IN (SELECT id FROM {self._live(before)} WHERE register = $register)
            GROUP BY ALL ORDER BY ALL""",
            {"register": register},
        )
        return [(int(at), after_, str(op), int(n)) for at, after_, op, n in rows]

    def registers_of(self, by: Bounds) -> set[str]:
        """Registers of which any snapshot counts."""
        return {
            name for (name,) in self._store.query(f"SELECT DISTINCT register FROM {self._live(by)}")
        }

    def _between(self, before: Bounds, after: Bounds) -> str:
        """Events `e` of what counts by one of two times of recording alone, for FROM."""
        one, other = (f"SELECT register, id, batch FROM {self._live(by)}" for by in (before, after))
        return f"""events e JOIN (({one} EXCEPT {other}) UNION ALL ({other} EXCEPT {one})) moved
            ON e.register = moved.register AND e.snapshot = moved.id AND e.batch = moved.batch"""

    def recorded_changes(self, register: str) -> dict[str, list[RegisterEvent]]:
        """Events of every snapshot as last recorded, accepted or not, by snapshot id."""
        names = list(schema.TABLES["events"])
        rows = self._store.query(
            f"""WITH latest AS ({LATEST})
            SELECT {select_list("events", prefix="e.")} FROM events e JOIN latest
            ON e.register = latest.register AND e.snapshot = latest.id AND e.batch = latest.batch
            WHERE e.register = $register""",
            {"recorded": FAR, "register": register},
        )
        found: dict[str, list[RegisterEvent]] = {}
        for row in rows:
            event = _event(dict(zip(names, row, strict=True)))
            found.setdefault(event.snapshot, []).append(event)
        return found

    def state(self, register: str) -> dict[str, str]:
        """Entry id to version digest after the last accepted snapshot."""
        return dict(self.standing(register))

    def standing(self, register: str) -> Iterator[tuple[str, str]]:
        """Entry id and version digest after the last accepted snapshot, in the order of ids."""
        rows = self._store.rows(
            f"""SELECT e.entry, e.op, e.version, e.published_at, e.base_at
            FROM events e JOIN {self._live(ALL)} live
            ON e.register = live.register AND e.snapshot = live.id AND e.batch = live.batch
            WHERE e.register = $register
            ORDER BY e.entry, e.published_at, e.base_at NULLS FIRST""",
            {"register": register},
        )
        for entry, group in groupby(rows, key=itemgetter(0)):
            *_, (_, op, version, *_) = group
            if op != "removed":
                yield entry, version

    def ended(self, register: str) -> set[str]:
        """Versions of entries that bear a day of removal."""
        rows = self._store.query(
            "SELECT DISTINCT version FROM events WHERE register = $1 AND removed_at IS NOT NULL",
            [register],
        )
        return {version for (version,) in rows}

    def set_aside(
        self,
        by: Bounds = ALL,
        snapshot: str = "",
    ) -> list[Aside]:
        """Records that were not understood, under the snapshot in which each was met first.
        `snapshot` may be the beginning of a snapshot's id."""
        rows = self._store.query(
            f"""SELECT DISTINCT a.register, a.snapshot, epoch_us(s.published_at), a.entry, a.reason, a.raw
            FROM set_aside a JOIN ({_KNOWN}) s ON a.register = s.register AND a.snapshot = s.id
            WHERE epoch_us(s.published_at) <= {_BOUND.format(bounds="$as_of", names="$registers").replace(", register)", ", s.register)")}
                AND starts_with(s.id, $snapshot) ORDER BY ALL""",
            by.parameters(snapshot=snapshot),
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


def in_order(one: RegisterEvent) -> tuple[datetime, str, str, bool, datetime, str]:
    """Events by their snapshot's time; of one time in the order of publication, which their bases
    give: the later snapshot is told relative to the earlier one."""
    return (
        one.at,
        one.register,
        one.change.entry_id,
        one.after is not None,
        one.after or one.at,
        one.snapshot,
    )


def _declaration(name: str, text: str) -> Register:
    try:
        return msgspec.json.decode(text, type=Register)
    except msgspec.MsgspecError as fault:
        raise schema.unknown(f"a declaration of {name} with {fault}") from fault


def _shared(rows: Iterable[tuple[object, ...]]) -> Iterator[tuple[object, ...]]:
    """Rows whose equal texts and times are one object: bodies, grounds, snapshots and days stand in
    thousands of them, and whoever keeps the events of a register keeps a third less so."""
    known: dict[object, object] = {}
    share = known.setdefault
    for row in rows:
        yield tuple([share(one, one) if type(one) is str else one for one in row])


def _event(named: dict[str, object]) -> RegisterEvent:
    return RegisterEvent(
        register=str(named["register"]),
        snapshot=str(named["snapshot"]),
        at=moment_of(named["published_at"]),  # type: ignore[arg-type]
        after=moment_of(named["base_at"]),  # type: ignore[arg-type]
        change=schema.change_from(named),
    )
