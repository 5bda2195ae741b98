"""Verifies a ledger: that its files are there and sound, and that what they hold agrees.

Nothing is changed. A fault means an answer may be wrong; a note is worth knowing and harmless.
Checks go from the bytes to what they mean: `ON_BYTES` of each table while it may not even open,
then `ON_ROWS`, each a function of the store. A new check is a function in one of the two.
"""

import json
from collections.abc import Callable, Iterable, Iterator
from datetime import UTC, datetime, timedelta
from pathlib import Path

import msgspec

from gatewatch.errors import LedgerError
from gatewatch.ledger import checksums, filing, salvage, schema
from gatewatch.ledger.audit import audit
from gatewatch.ledger.bounds import LATEST
from gatewatch.ledger.forms import foreign
from gatewatch.ledger.store import Store
from gatewatch.ledger.views import COUNTING
from gatewatch.model.register import Register
from gatewatch.model.selector import Selector, from_key

OK, NOTE, FAULT = "ok", "note", "fault"
_RESTORE = "restore a copy, or rebuild it: gatewatch repair NEW --source ID=PLACE"
_TELL = f"{_RESTORE}; if the rebuilt one has it too, report it with the output of --format json"
_TAMPERED = (
    "compare it with a copy (gatewatch backup) and with checkpoints that others keep; if you put a copy "
    "back yourself: gatewatch log restart"
)
_NAMED = 3
_MOST_FAULTS = 20
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


class Finding(msgspec.Struct, frozen=True):
    """One thing found: `ok`, a `note`, or a `fault`, with what to do."""

    level: str
    what: str
    advice: str = ""


Check = Callable[[Store], Iterable[Finding]]


def examine(store: Store, keys: Callable[[Selector], Iterable[str]]) -> list[Finding]:
    """What is sound, noteworthy or wrong. `keys` says under what a selector must be filed."""
    names = [n for n in schema.TABLES if n in schema.REGISTER_TABLES or _wanted(store, n)]
    found: list[Finding] = []
    for on_bytes in ON_BYTES:
        if not _faults(found) or on_bytes is _files:
            found += on_bytes(store, names)
    if not _faults(found):

        def filed(one: Store) -> Iterator[Finding]:
            return _filing(one, keys)

        for check in (*ON_ROWS, filed, *(ON_MEASUREMENTS if "measurements" in names else ())):
            found += _told(check, store)
    found += _told(_logged, store)
    if _faults(found):
        found += _sources(store)
    return sorted(found, key=lambda finding: (OK, NOTE, FAULT).index(finding.level))


def _wanted(store: Store, name: str) -> bool:
    return store.begun(name) or store.holds(name)


def _told(check: Check, store: Store) -> list[Finding]:
    """What a check finds; what it cannot understand is a fault too."""
    found: list[Finding] = []
    try:
        found += check(store)
    except (LedgerError, ValueError, TypeError) as fault:
        found.append(Finding(FAULT, str(fault), _TELL))
    return found


def _logged(store: Store) -> Iterator[Finding]:
    """The ledger is what its log says, and the log is what was signed."""
    told = audit(store)
    yield from (Finding(OK, what) for what in told.good)
    yield from (Finding(NOTE, what) for what in told.notes)
    shown = told.faults[:_MOST_FAULTS]
    yield from (Finding(FAULT, what, _TAMPERED) for what in shown)
    if more := len(told.faults) - len(shown):
        yield Finding(FAULT, f"{more:,} more differences from the log", _TAMPERED)


def _n(number: int, noun: str) -> str:
    """A number with its noun."""
    return f"{number:,} {noun}{'' if number == 1 else 's'}"


def _faults(found: list[Finding]) -> bool:
    return any(finding.level == FAULT for finding in found)


def _verdict(good: str, bad: list[str], wrong: str, advice: str = _TELL) -> Finding:
    """`ok` with what was checked, or a fault that names a few of what is wrong."""
    if not bad:
        return Finding(OK, good)
    more = f" and {len(bad) - _NAMED:,} more" if len(bad) > _NAMED else ""
    return Finding(FAULT, f"{wrong}: {', '.join(bad[:_NAMED])}{more}", advice)


def _logs(store: Store, names: list[str]) -> Iterator[Finding]:
    """Every commit of every table is there, can be read, and is as it was made."""
    if not store.local:
        return
    commits = 0
    for name in names:
        root = Path(store.location) / name
        told = {one.version: one.log for one in checksums.held(store.location, name)}
        there = {int(f.stem): f for f in (root / "_delta_log").glob("*.json") if f.stem.isdigit()}
        commits += len(there)
        if not there:
            yield Finding(FAULT, f"table {name} is lost", _RESTORE)
            continue
        # What a checkpoint joins may be taken away by age; what comes after it may not.
        begin = _checkpoint(root)
        wanted = range(begin, max([*there, *told]) + 1)
        lost = [number for number in wanted if number not in there]
        bad = [_entry(name, number, "is lost") for number in lost]
        for number, file in sorted(there.items()):
            if wrong := _wrong_entry(file, told.get(number)):
                bad.append(_entry(name, number, wrong))
        if bad:
            yield _verdict("", bad, f"the log of {name} is damaged", _RESTORE)
    yield Finding(OK, f"{_n(commits, 'commit')} of {_n(len(names), 'table')}")


def _entry(table: str, number: int, what: str) -> str:
    return f"{table}/_delta_log/{number:020}.json {what}"


def _checkpoint(root: Path) -> int:
    """The commit that the last checkpoint stands for; 0 if there is none."""
    found = [f.name[:20] for f in (root / "_delta_log").glob("*.checkpoint*.parquet")]
    return max((int(number) for number in found if number.isdigit()), default=0)


def _wrong_entry(file: Path, told: checksums.FileSum | None) -> str:
    data = file.read_bytes()
    if not data:
        return "is empty"
    try:
        for line in data.splitlines():
            json.loads(line)
    except ValueError:
        return "is no JSON"
    return "is not as it was committed" if told and checksums.digest(file) != told else ""


def _tables(store: Store, names: list[str]) -> Iterator[Finding]:
    """Every table opens and has its columns."""
    for name in names:
        try:
            table = store.opened(name)
        except LedgerError as fault:
            yield Finding(FAULT, f"table {name}: {fault}", _RESTORE)
            continue
        strange = foreign(name, table)
        held = {field.name for field in table.schema().fields}
        lacking = [column for column in schema.TABLES[name] if column not in held]
        version = table.version()
        if strange:
            yield Finding(
                FAULT,
                f"table {name} has other columns than form {schema.FORMAT_VERSION}, or a later form: {strange}",
                "it was written by another version of gatewatch: read it with that one",
            )
        elif lacking:
            yield Finding(
                NOTE,
                f"table {name} opens, at version {version}; it is older than {', '.join(lacking)}",
                "older rows answer for what they hold; gatewatch upgrade --write brings the columns",
            )
        else:
            yield Finding(OK, f"table {name} opens, at version {version}")


def _files(store: Store, names: list[str]) -> Iterator[Finding]:
    """Every file that a commit names is there, as it was committed, and can be read to its last
    byte."""
    untold = 0
    for name in names:
        try:
            table = store.table(name)
        except LedgerError:  # told of already
            continue
        files = store.files(table)
        if not store.local:
            ((rows,),) = store.query(f"SELECT count(*) FROM {name}")
            yield Finding(OK, f"{name}: {_n(len(files), 'file')} there, with {_n(rows, 'row')}")
            continue
        sums = _sums(store, name)
        untold += sum(Path(file) not in sums for file in files)
        wrong = [(file, _wrong_file(store, Path(file), sums.get(Path(file)))) for file in files]
        bad = [f"{file} {what}" for file, what in wrong if what]
        good = f"{name}: {_n(len(files), 'file')} there and readable"
        yield _verdict(good, bad, f"files of {name} are missing or damaged", _RESTORE)
    if untold:
        yield Finding(
            NOTE,
            f"{_n(untold, 'file')} without a checksum",
            "they are of before gatewatch kept checksums, or of a writer that was stopped; the next "
            "one that writes to the table tells them",
        )


def _lines(store: Store, names: list[str]) -> Iterator[Finding]:
    """Checksums themselves are as they were written."""
    if not store.local:
        return
    bad = [line for name in names for line in checksums.faults(store.location, name)]
    yield _verdict(
        f"checksums of {_n(len(names), 'table')} as they were written",
        bad,
        "checksums are damaged",
        "the tables may be sound: compare the folder with a copy; gatewatch repair NEW writes them anew",
    )


def _sums(store: Store, name: str) -> dict[Path, checksums.FileSum]:
    root = Path(store.location).resolve() / name
    told = checksums.held(store.location, name)
    return {root / path: one for commit in told for path, one in commit.files.items()}


def _wrong_file(store: Store, file: Path, told: checksums.FileSum | None) -> str:
    try:
        found = checksums.digest(file)
    except FileNotFoundError:
        return "is lost"
    except OSError as fault:
        return f"cannot be read ({fault.strerror})"
    if told and found.size != told.size:
        return f"has {found.size:,} bytes of {told.size:,}"
    if told and found != told:
        return "has other bytes than were committed"
    # What has the bytes that were committed was readable then.
    return "" if told or store.decodes(str(file)) else "cannot be read to its end"


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
    yield _verdict(
        "nothing was recorded ahead of this clock",
        ahead,
        "rows were recorded later than this clock says it is",
        advice,
    )


def _sources(store: Store) -> Iterator[Finding]:
    """What brings back what is lost: the sources that snapshots and measurements were read from."""
    if not store.local:
        return
    left = salvage.Left(store.location)
    for register, number, first, last in left.query(
        "SELECT register, count(DISTINCT id), min_by(origin, published_at), "
        "max_by(origin, published_at) FROM snapshots GROUP BY 1 ORDER BY 1"
    ):
        yield Finding(
            NOTE,
            f"{register}: {_n(number, 'snapshot')} left in rows, read from {first} to {last}",
            f"gatewatch repair NEW --source {register}=PLACE",
        )
    bare = set(left.registers()) - {
        name for (name,) in left.query("SELECT register FROM snapshots")
    }
    for register in sorted(bare):
        what = f"{register}: no snapshot is left in rows"
        yield Finding(NOTE, what, f"gatewatch repair NEW --source {register}=PLACE")
    measured = set(schema.MEASUREMENT_TABLES) & left.damaged
    if measured:
        names = left.query(
            "SELECT DISTINCT origin FROM inputs WHERE NOT starts_with(origin, 'judge:')"
        )
        named = ", ".join(sorted(origin for (origin,) in names)[:_NAMED]) or "nothing that is known"
        what = f"measurements were read from {named}"
        yield Finding(NOTE, what, f"gatewatch repair NEW --source {salvage.OONI}=PLACE")
    for table in sorted({"reports", "facts"} & left.damaged):
        yield Finding(NOTE, f"{table} have no source but this ledger", "restore them from a copy")


def _declarations(store: Store) -> Iterator[Finding]:
    """Every register with a snapshot has a declaration that can be read."""
    rows = store.query("SELECT DISTINCT register FROM snapshots ORDER BY 1")
    texts = store.query("SELECT register, declaration FROM registers")
    sound = {name for name, text in texts if _declares(name, text)}
    bad = [name for (name,) in rows if name not in sound]
    yield _verdict(f"{_n(len(rows), 'register')} declared", bad, "registers without a declaration")


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
    yield _verdict(f"{_n(total, 'commit')}, none lost", bad, "commits are missing or doubled")


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
    yield _verdict(
        f"{_n(len(rows), 'snapshot')}, each resting on the one before it",
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
    yield _verdict(
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
    yield _verdict(
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
    yield _verdict(
        f"{_n(total, 'event')}, each following from those before",
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
    yield _verdict(
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
    yield _verdict(
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
    yield _verdict(f"{_n(total, 'report')}, each there once", bad, "reports are doubled")


def _filing(store: Store, keys: Callable[[Selector], Iterable[str]]) -> Iterator[Finding]:
    """Every selector of every entry can be found by each key that a look-up uses."""
    named = store.query(
        f"SELECT DISTINCT register, entry, unnest(selectors) FROM ({_TOLD}) ORDER BY ALL"
    )
    filed = set(store.query(f"SELECT DISTINCT register, entry, {filing.KEY} AS key FROM selectors"))
    bad = [
        f"{register} {entry}"
        for register, entry, text in named
        if not all(
            any((register, entry, way) in filed for way in filing.finding(key))
            for key in keys(from_key(text))
        )
    ]
    yield _verdict(
        f"{_n(len(named), 'selector')} filed under every key",
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
    yield _verdict(
        f"{_n(total, 'measurement')}, each there once",
        [uid for (uid,) in twice],
        "measurements are doubled",
    )
    bare = store.query(
        "SELECT uid FROM measurements ANTI JOIN verdicts_in_force(NULL) f USING (uid) ORDER BY uid"
    )
    yield _verdict(
        "every measurement has its verdict",
        [uid for (uid,) in bare],
        "measurements without a verdict",
    )
    broken = store.query(
        "SELECT uid FROM observations o SEMI JOIN measurements m ON o.uid = m.uid AND o.batch = m.batch "
        "GROUP BY uid HAVING count(*) <> max(step) + 1 OR count(DISTINCT step) <> count(*) ORDER BY uid"
    )
    yield _verdict(
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
                f"{_n(rows, 'row')} of {name} belong to an ingest that was stopped",
                "they count for nothing; the next ingest tells them anew",
            )
    stray = _stray_files(store)
    if stray:
        yield Finding(
            NOTE,
            f"{_n(len(stray), 'file')} named by no commit",
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
        yield Finding(NOTE, f"{_n(waiting, 'snapshot')} set aside", "gatewatch quarantine")


ON_BYTES: tuple[Callable[[Store, list[str]], Iterable[Finding]], ...] = (
    _lines,
    _logs,
    _tables,
    _files,
)
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
