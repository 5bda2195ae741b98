"""Whether what a ledger's rows say agrees: each check is a function of the store."""

from collections.abc import Callable, Iterable, Iterator
from datetime import UTC, datetime, timedelta
from pathlib import Path

import msgspec

from gatewatch.ledger import filing, salvage, schema
from gatewatch.ledger.bounds import LATEST
from gatewatch.ledger.finding import NOTE, Finding, counted, judged
from gatewatch.ledger.store import Store
from gatewatch.ledger.views import COUNTING
from gatewatch.model.register import Register
from gatewatch.model.selector import Selector, from_key

_AHEAD = timedelta(hours=1)
"""By which clocks of writers and readers may differ."""

# Every latest row with its place in the order of time, as model.history.Snapshot.order has it.
_ORDERED = f"""
    SELECT *, row_number() OVER (PARTITION BY register ORDER BY published_at,
        coalesce(epoch_us(committed_at), 0), content) AS place
    FROM ({LATEST.replace("WHERE epoch_us(recorded_at) <= $recorded", "")})
"""
_TOLD = f"""
    SELECT s.place, s.status, e.* FROM events e JOIN ({_ORDERED}) s
    ON e.register = s.register AND e.snapshot = s.id AND e.batch = s.batch
"""

Check = Callable[[Store], Iterable[Finding]]


def _clock(store: Store) -> Iterator[Finding]:
    """Nothing was recorded later than now."""
    now = schema.micros(datetime.now(UTC) + _AHEAD)
    ahead = []
    for name, columns in schema.TABLES.items():
        if "recorded_at" in columns and store.holds(name):
            sql = f"SELECT epoch_us(max(recorded_at)) FROM {name}"
            ((newest,),) = store.query(sql)
            if newest is not None and newest > now:
                ahead.append(f"{name} to {schema.moment_of(newest):%Y-%m-%d %H:%M}")
    advice = (
        "set the clock of this machine, or of the one that wrote them; until then recorded_by takes "
        "no time for one before them"
    )
    yield judged(
        "nothing was recorded ahead of this clock",
        ahead,
        "rows were recorded later than this clock says it is",
        advice,
    )


def _declarations(store: Store) -> Iterator[Finding]:
    """Every register with a snapshot has a declaration that can be read."""
    rows = store.query("SELECT DISTINCT register FROM snapshots ORDER BY 1")
    texts = store.query("SELECT register, declaration FROM registers")
    sound = {name for name, text in texts if _declares(name, text)}
    bad = [name for (name,) in rows if name not in sound]
    yield judged(
        f"{counted(len(rows), 'register')} declared", bad, "registers without a declaration"
    )


def _declares(name: str, text: str) -> bool:
    try:
        return msgspec.json.decode(text, type=Register).id == name
    except (msgspec.DecodeError, UnicodeDecodeError):
        return False


def _turns(store: Store) -> Iterator[Finding]:
    """As many batches are held as were committed: none was lost, none came in beside the log."""
    rows = store.query(
        "SELECT register, count(DISTINCT batch) FROM snapshots GROUP BY 1 ORDER BY 1"
    )
    bad = [name for name, batches in rows if store.turn(name) != batches]
    total = sum(batches for _, batches in rows)
    yield judged(f"{counted(total, 'commit')}, none lost", bad, "commits are missing or doubled")


def _bases(store: Store) -> Iterator[Finding]:
    """Each snapshot rests on the one before it: accepted ones on accepted ones."""
    rows = store.query(
        f"""WITH s AS ({_ORDERED}), placed AS (
            SELECT *, lag(id) OVER seen AS before, last_value(
                CASE WHEN status = 'accepted' THEN id END IGNORE NULLS) OVER earlier AS accepted_before
            FROM s WINDOW seen AS (PARTITION BY register ORDER BY place), earlier AS (
                PARTITION BY register ORDER BY place
                ROWS BETWEEN UNBOUNDED PRECEDING AND 1 PRECEDING))
        SELECT register, id, base IS NOT DISTINCT FROM
            CASE WHEN status = 'accepted' THEN accepted_before ELSE before END FROM placed
        ORDER BY register, place"""
    )
    bad = [f"{register} {name}" for register, name, sound in rows if not sound]
    yield judged(
        f"{counted(len(rows), 'snapshot')}, each resting on the one before it",
        bad,
        "snapshots that rest on another than the one before them",
    )


def _counts(store: Store) -> Iterator[Finding]:
    """Events are as many as their snapshot says, and entries as many as events leave. One with
    unreadable parts is not asked: what it hides was kept."""
    rows = store.query(
        f"""WITH s AS ({_ORDERED}), told AS (
            SELECT register, snapshot AS id, count(*) FILTER (op = 'added') AS a,
                count(*) FILTER (op = 'changed') AS c, count(*) FILTER (op = 'removed') AS r
            FROM ({_TOLD}) GROUP BY ALL)
        SELECT s.register, s.id FROM s LEFT JOIN told USING (register, id)
        WHERE (coalesce(a, 0), coalesce(c, 0), coalesce(r, 0)) <> (added, changed, removed)
        ORDER BY ALL"""
    )
    yield judged(
        "every snapshot has the events it counts",
        [f"{register} {name}" for register, name in rows],
        "snapshots with other events than they count",
    )
    rows = store.query(
        f"""WITH left_by AS (SELECT *, sum(added - removed) OVER (
                PARTITION BY register ORDER BY place) AS held
            FROM ({_ORDERED}) WHERE status = 'accepted')
        SELECT register, id FROM left_by
        WHERE held <> entries AND reason IS NULL AND len(unreadable) = 0 ORDER BY register, place"""
    )
    yield judged(
        "every snapshot has the entries that events leave",
        [f"{register} {name}" for register, name in rows],
        "snapshots with other entries than events leave",
    )


def _succession(store: Store) -> Iterator[Finding]:
    """What happens to an entry can happen: it comes before it goes, and changes while it is
    there."""
    rows = store.query(
        f"""WITH steps AS (
            SELECT register, entry, op, version, lag(op) OVER w AS was, lag(version) OVER w AS had
            FROM ({_TOLD}) WHERE status = 'accepted'
            WINDOW w AS (PARTITION BY register, entry ORDER BY place))
        SELECT DISTINCT register, entry FROM steps
        WHERE CASE op WHEN 'added' THEN was IN ('added', 'changed')
            WHEN 'changed' THEN was IS NULL OR was = 'removed' OR version = had
            ELSE was IS NULL OR was = 'removed' OR version <> had END
        ORDER BY ALL"""
    )
    ((total,),) = store.query(f"SELECT count(*) FROM ({_TOLD})")
    yield judged(
        f"{counted(total, 'event')}, each following from those before",
        [f"{register} {entry}" for register, entry in rows],
        "entries whose events do not follow from one another",
    )


def _contents(store: Store) -> Iterator[Finding]:
    """Each event says what the digest of its version was made of, at the times of its snapshot."""
    columns = schema.select_list("events", prefix="t.")
    names = list(schema.REGISTER_TABLES["events"])
    rows = store.query(
        f"""SELECT {columns}, t.published_at = s.published_at
            AND t.base_at IS NOT DISTINCT FROM s.base_at
        FROM ({_TOLD}) t JOIN ({_ORDERED}) s ON t.register = s.register AND t.snapshot = s.id"""
    )
    bad = {
        f"{row[0]} {row[1]}"
        for *row, at_its_time in rows
        if not at_its_time or not salvage.says_its_version(dict(zip(names, row, strict=True)))
    }
    yield judged(
        "every event says what its digest was made of",
        sorted(bad),
        "entries with events that are not as they were written",
    )


def _asides(store: Store) -> Iterator[Finding]:
    """As many records were set aside as snapshots count."""
    rows = store.query(
        f"""SELECT register, id FROM ({_ORDERED}) s WHERE set_aside > (SELECT count(*) FROM set_aside a
            WHERE a.register = s.register AND a.snapshot = s.id) ORDER BY ALL"""
    )
    yield judged(
        "every record that was set aside is there",
        [f"{register} {name}" for register, name in rows],
        "snapshots of which records that were set aside are lost",
    )


def _reported(store: Store) -> Iterator[Finding]:
    """Each report is there once, and none that its inbox numbered is missing between others."""
    if not store.holds("reports"):
        return
    ((total,),) = store.query("SELECT count(*) FROM reports")
    twice = store.query("SELECT inbox, number FROM reports GROUP BY ALL HAVING count(*) > 1")
    bad = [f"number {number} of {inbox}" for inbox, number in twice]
    yield judged(f"{counted(total, 'report')}, each there once", bad, "reports are doubled")


def filed(store: Store, keys: Callable[[Selector], Iterable[str]]) -> Iterator[Finding]:
    """Every selector of every entry can be found by each key that a look-up uses."""
    named = store.query(
        f"SELECT DISTINCT register, entry, unnest(selectors) FROM ({_TOLD}) ORDER BY ALL"
    )
    there = set(store.query(f"SELECT DISTINCT register, entry, {filing.KEY} AS key FROM selectors"))
    bad = [
        f"{register} {entry}"
        for register, entry, text in named
        if not all(
            any((register, entry, way) in there for way in filing.finding(key))
            for key in keys(from_key(text))
        )
    ]
    yield judged(
        f"{counted(len(named), 'selector')} filed under every key",
        list(dict.fromkeys(bad)),
        "entries that a look-up would not find",
    )


def _measured(store: Store) -> Iterator[Finding]:
    """Each measurement is there once, with a verdict, and with steps that are numbered without
    gap."""
    ((total,),) = store.query("SELECT count(*) FROM measurements")
    twice = store.query(
        "SELECT uid FROM measurements GROUP BY uid HAVING count(*) > 1 ORDER BY uid"
    )
    yield judged(
        f"{counted(total, 'measurement')}, each there once",
        [uid for (uid,) in twice],
        "measurements are doubled",
    )
    bare = store.query(
        "SELECT uid FROM measurements ANTI JOIN verdicts_in_force(NULL) f USING (uid) ORDER BY uid"
    )
    yield judged(
        "every measurement has its verdict",
        [uid for (uid,) in bare],
        "measurements without a verdict",
    )
    broken = store.query(
        "SELECT uid FROM observations o SEMI JOIN measurements m ON o.uid = m.uid AND o.batch = m.batch "
        "GROUP BY uid HAVING count(*) <> max(step) + 1 OR count(DISTINCT step) <> count(*) ORDER BY uid"
    )
    yield judged(
        "the steps of every measurement are whole",
        [uid for (uid,) in broken],
        "measurements with steps that are missing or doubled",
    )


def _left_over(store: Store) -> Iterator[Finding]:
    """Rows and files of writers that were stopped: they count for nothing."""
    vouched = dict.fromkeys(("events", "selectors", "set_aside"), "SELECT batch FROM snapshots")
    if store.holds("measurements"):
        vouched["observations"] = "SELECT batch FROM measurements"
        vouched["verdicts"] = COUNTING
    for name, batches in vouched.items():
        ((rows,),) = store.query(f"SELECT count(*) FROM {name} WHERE batch NOT IN ({batches})")
        if rows:
            yield Finding(
                NOTE,
                f"{counted(rows, 'row')} of {name} belong to an ingest that was stopped",
                "they count for nothing; the next ingest tells them anew",
            )
    stray = _stray_files(store)
    if stray:
        yield Finding(
            NOTE,
            f"{counted(len(stray), 'file')} named by no commit",
            "an ingest is writing, or was stopped; they count for nothing",
        )


def _stray_files(store: Store) -> list[Path]:
    if not store.local:
        return []
    named = {
        Path(file) for name in schema.REGISTER_TABLES for file in store.files(store.table(name))
    }
    root = Path(store.location).resolve()
    there = {path for name in schema.REGISTER_TABLES for path in (root / name).rglob("*.parquet")}
    return sorted(p for p in there - named if "_delta_log" not in p.parts)


def _waiting(store: Store) -> Iterator[Finding]:
    """Snapshots that wait for a person."""
    ((waiting,),) = store.query(
        f"SELECT count(*) FROM ({_ORDERED}) WHERE status = 'quarantined' AND NOT decided"
    )
    if waiting:
        yield Finding(NOTE, f"{counted(waiting, 'snapshot')} set aside", "gatewatch quarantine")


ON_ROWS: tuple[Check, ...] = (
    _clock,
    _declarations,
    _turns,
    _bases,
    _counts,
    _succession,
    _contents,
    _asides,
    _reported,
    _left_over,
    _waiting,
)
ON_MEASUREMENTS: tuple[Check, ...] = (_measured,)
