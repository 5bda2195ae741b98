"""The rows that are left of a damaged ledger, and which of them can be believed.

A file counts if its bytes are those that were committed, where that was told, and if all of it can
be read. Which files a table has is told by its log; where the log itself is broken, by the
checksums beside it, else by the folder, without what a log entry that is left took away.

Of a register the first batches are believed, in the order in which they were recorded, up to the
first that is not whole: such a beginning is a state in which the ledger once was. What came after
is read again from its source.
"""

import json
from collections.abc import Iterator
from contextlib import suppress
from datetime import UTC, datetime, timedelta
from pathlib import Path
from typing import Any
from urllib.parse import unquote

import msgspec

from gatewatch.errors import LedgerError
from gatewatch.ledger import checksums, schema
from gatewatch.ledger.forms import foreign, sql_type
from gatewatch.ledger.store import Store
from gatewatch.model.entry import version_of
from gatewatch.model.history import Change, Op
from gatewatch.model.register import Register

OONI = "ooni"
"""What measurements are called among sources."""
_AHEAD = timedelta(hours=1)


class Batch(msgspec.Struct, frozen=True):
    """What one writer committed as one act."""

    register: str
    name: str
    recorded_at: datetime | None


class Recalled(msgspec.Struct, frozen=True):
    """What is known of a snapshot whose events are not whole: when it was recorded, and what a
    person said of it."""

    id: str
    register: str
    origin: str
    recorded_at: datetime
    decided: bool
    status: str
    note: str | None


class Left:
    """What is left of the ledger in a folder."""

    def __init__(self, location: str) -> None:
        import duckdb

        self.location = Path(location)
        self._store = Store(location)
        self._connection = duckdb.connect(
            config={"autoinstall_known_extensions": "false", "autoload_known_extensions": "false"}
        )
        self.damaged: set[str] = set()
        """Tables of which a commit or a file is lost or not as it was."""
        for name in schema.TABLES:
            self._show(name)
        self._clock = self._set_right()

    def _set_right(self) -> dict[datetime, datetime]:
        """Times of recording that a clock ahead of ours wrote, and those that stand for them: now,
        one after the other in their order."""
        now = datetime.now(UTC)
        late: set[datetime] = set()
        for name, columns in schema.TABLES.items():
            if "recorded_at" in columns:
                rows = self.query(
                    f"SELECT DISTINCT epoch_us(recorded_at) FROM {name} "
                    "WHERE epoch_us(recorded_at) > ?",
                    [schema.micros(now + _AHEAD)],
                )
                late |= {when for (value,) in rows if (when := schema.moment_of(value))}
        return {when: now + timedelta(microseconds=n) for n, when in enumerate(sorted(late))}

    def query(self, sql: str, parameters: Any = ()) -> list[tuple[Any, ...]]:
        """Rows of a query over what is left of the tables, by name."""
        return self._connection.execute(sql, parameters).fetchall()

    def rows(self, table: str, where: str = "true", parameters: Any = ()) -> list[tuple[Any, ...]]:
        """Rows of a table as the ledger's writer takes them."""
        times = [n for n, kind in enumerate(schema.TABLES[table].values()) if kind == schema.TIME]
        found = self.query(
            f"SELECT {schema.select_list(table, prefix='t.')} FROM {table} t WHERE {where}",
            parameters,
        )
        return [_timed(row, times, self._clock) for row in found]

    def _show(self, name: str) -> None:
        columns, files = schema.TABLES[name], self._sound(name)
        held = {}
        if files:
            listed = ", ".join("'" + str(file).replace("'", "''") + "'" for file in files)
            read = f"read_parquet([{listed}], union_by_name = true)"
            held = {row[0]: row[1] for row in self.query(f"DESCRIBE SELECT * FROM {read}")}
        picked = ", ".join(
            f'"{c}"' if held.get(c) in _WRITTEN[kind] else f'NULL::{sql_type(kind)} AS "{c}"'
            for c, kind in columns.items()
        )
        strange = [c for c, kind in columns.items() if c in held and held[c] not in _WRITTEN[kind]]
        if strange:
            self.damaged.add(name)
        source = f"FROM {read}" if files and not strange else "WHERE false"
        # A log that is lost may have joined files of which both are left.
        self._connection.execute(
            f"CREATE TEMP TABLE {name} AS SELECT DISTINCT {picked} {source}"
            if name in _SMALL
            else f"CREATE VIEW {name} AS SELECT DISTINCT {picked} {source}"
        )

    def _sound(self, name: str) -> list[Path]:
        root = self.location / name
        told = checksums.held(self.location, name)
        sums = {root / path: one for commit in told for path, one in commit.files.items()}
        if not root.is_dir():
            if told:
                self.damaged.add(name)
            return []
        good = []
        for file in self._named(name, root, set(sums)):
            with suppress(OSError):
                if (
                    checksums.digest(file) == sums[file]
                    if file in sums
                    else self._store.decodes(str(file))
                ):
                    good.append(file)
                    continue
            self.damaged.add(name)
        return good

    def _named(self, name: str, root: Path, told: set[Path]) -> list[Path]:
        """The files of a table by its log, else those that were told of or are there."""
        try:
            table = self._store.opened(name)
            if not foreign(name, table):
                return [Path(file) for file in self._store.files(table)]
        except LedgerError:
            pass
        self.damaged.add(name)
        there = {file for file in root.rglob("*.parquet") if "_delta_log" not in file.parts}
        return sorted((there & told if told else there) - set(_taken_away(root)))

    def declared(self) -> dict[str, Register]:
        """The last declaration of each register that can be read."""
        found = {}
        for name, text in self.query(
            "SELECT register, declaration FROM registers ORDER BY recorded_at"
        ):
            with suppress(msgspec.MsgspecError):
                found[name] = msgspec.json.decode(text, type=Register)
        return found

    def registers(self) -> list[str]:
        """Every register of which a row is left."""
        tables = " UNION ".join(f"SELECT register FROM {name}" for name in schema.REGISTER_TABLES)
        return [name for (name,) in self.query(f"{tables} ORDER BY 1") if name]

    def whole(self, register: str, *, with_asides: bool) -> list[Batch]:
        """The batches of a register that are believed. `with_asides`: one that lacks records set
        aside is not."""
        bad = self._bad(register, with_asides=with_asides)
        kept, known = [], set()
        for name, recorded, ids, bases in self.query(
            "SELECT batch, epoch_us(min(recorded_at)), list(id), list(base) FILTER (base IS NOT NULL) "
            "FROM snapshots WHERE register = ? GROUP BY batch ORDER BY min(recorded_at), batch",
            [register],
        ):
            known |= set(ids)
            if name in bad or not set(bases or ()) <= known:
                break
            when = schema.moment_of(recorded)
            kept.append(Batch(register, name, self._clock.get(when, when) if when else None))
        return kept

    def _bad(self, register: str, *, with_asides: bool) -> set[str]:
        counted = """WITH told AS (SELECT snapshot AS id, batch, count(*) FILTER (op = 'added') AS a,
                count(*) FILTER (op = 'changed') AS c, count(*) FILTER (op = 'removed') AS r
            FROM events WHERE register = $1 GROUP BY ALL)
            SELECT DISTINCT s.batch FROM snapshots s LEFT JOIN told USING (id, batch)
            WHERE s.register = $1 AND (coalesce(a, 0), coalesce(c, 0), coalesce(r, 0))
                IS DISTINCT FROM (added, changed, removed)"""
        bad = {batch for (batch,) in self.query(counted, [register])}
        unknown = "SELECT DISTINCT batch FROM snapshots WHERE NOT list_contains(?, status)"
        bad |= {batch for (batch,) in self.query(unknown, [list(schema.STATUSES)])}
        if with_asides:
            aside = """SELECT DISTINCT batch FROM snapshots s WHERE register = $1 AND set_aside > (
                SELECT count(*) FROM set_aside a WHERE a.register = $1 AND a.snapshot = s.id)"""
            bad |= {batch for (batch,) in self.query(aside, [register])}
        names = list(schema.TABLES["events"])
        events = f"""SELECT {schema.select_list("events", prefix="e.")}, e.published_at = s.published_at
            AND e.base_at IS NOT DISTINCT FROM s.base_at
            FROM events e JOIN snapshots s ON e.register = s.register AND e.snapshot = s.id
                AND e.batch = s.batch WHERE e.register = ?"""
        for *row, at_its_time in self.query(events, [register]):
            named = dict(zip(names, row, strict=True))
            if not at_its_time or not says_its_version(named):
                bad.add(named["batch"])
        return bad

    def recalled(self, register: str, kept: list[Batch]) -> dict[str, Recalled]:
        """What is known of the snapshots beyond the batches that are believed."""
        rows = self.query(
            "SELECT id, register, origin, epoch_us(recorded_at), decided, status, note "
            "FROM snapshots WHERE register = ? AND NOT list_contains(?, batch) "
            "ORDER BY recorded_at",
            [register, [batch.name for batch in kept]],
        )
        found = {}
        for name, of, origin, recorded, *rest in rows:
            when = schema.moment_of(recorded)
            if when is not None:
                at = self._clock.get(when, when)
                found[name] = Recalled(name, of, origin, at, *rest)
        return found

    def changes(self, batch: Batch) -> list[Change]:
        """What a batch tells of entries."""
        names = list(schema.TABLES["events"])
        rows = self.query(
            f"SELECT {schema.select_list('events')} FROM events WHERE register = ? AND batch = ?",
            [batch.register, batch.name],
        )
        return [schema.change_from(dict(zip(names, row, strict=True))) for row in rows]

    def note_unmeasured(self) -> None:
        """Take tables of measurements for damaged of which rows are lost that others speak of."""
        bare = """SELECT count(*) FROM measurements m ANTI JOIN verdicts v
            ON m.uid = v.uid AND v.part = 0 AND (v.batch = m.batch OR v.batch IN (
                SELECT batch FROM inputs WHERE starts_with(origin, 'judge:')))"""
        torn = f"SELECT count(*) FROM measurements WHERE uid IN ({_TORN})"
        for table, sql in (("verdicts", bare), ("observations", torn)):
            if self.query(sql) != [(0,)]:
                self.damaged.add(table)

    def measured(self) -> str:
        """SQL for the measurements that are believed: each once, with its steps whole and, where
        steps were lost, with any at all."""
        some = (
            "AND batch IN (SELECT batch FROM observations)"
            if "observations" in self.damaged
            else ""
        )
        return f"""SELECT uid, batch FROM measurements m WHERE uid NOT IN ({_TORN}) {some} QUALIFY row_number() OVER (PARTITION BY uid ORDER BY recorded_at, batch) = 1"""


_TORN = """SELECT o.uid FROM observations o SEMI JOIN measurements m
    ON o.uid = m.uid AND o.batch = m.batch GROUP BY o.uid HAVING count(*) <> max(step) + 1"""
"""Measurements of which a step is missing."""
_SMALL = ("snapshots", "registers", "set_aside", "inputs", "events", "measurements")
"""Asked more than once: read once."""
_WRITTEN: dict[str, tuple[str, ...]] = {
    schema.TEXT: ("VARCHAR",),
    schema.TIME: ("TIMESTAMP WITH TIME ZONE", "TIMESTAMP"),
    schema.COUNT: ("BIGINT",),
    schema.FLAG: ("BOOLEAN",),
    schema.TEXTS: ("VARCHAR[]",),
    schema.NUMBER: ("DOUBLE",),
    schema.COUNTS: ("BIGINT[]",),
}


def says_its_version(named: dict[str, object]) -> bool:
    """Whether an event says what the digest of its version was made of."""
    try:
        change = schema.change_from(named)
    except (LedgerError, ValueError):
        return False
    if change.op == Op.REMOVED or change.entry is None:
        return True
    return version_of(change.entry) == change.version


def _timed(
    row: tuple[Any, ...], times: list[int], clock: dict[datetime, datetime]
) -> tuple[Any, ...]:
    if not times:
        return row
    made = list(row)
    for n in times:
        when = schema.moment_of(made[n])
        made[n] = clock.get(when, when) if when else None
    return tuple(made)


def _taken_away(root: Path) -> Iterator[Path]:
    """Files that a log entry which is left took away."""
    for entry in (root / "_delta_log").glob("*.json"):
        for line in entry.read_bytes().splitlines():
            with suppress(ValueError, KeyError, TypeError):
                yield root / unquote(json.loads(line)["remove"]["path"])
