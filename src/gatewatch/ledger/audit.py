"""Whether a ledger is what its log says: the log by itself, each commit, each file, each row that
can be cited, and when things were recorded."""

from collections.abc import Iterator
from contextlib import ExitStack, contextmanager, suppress
from datetime import datetime, timedelta
from typing import NamedTuple

import msgspec
from deltalake.exceptions import DeltaError

from gatewatch import config
from gatewatch.errors import LedgerError, MissingExtraError
from gatewatch.ledger import leaves, merkle, notes, schema
from gatewatch.ledger.journal import Journal, LoggedStore
from gatewatch.ledger.leaves import BatchRows, LogLeaf
from gatewatch.ledger.placed import LOG, PlacedFiles, Readable
from gatewatch.ledger.tlog import Checkpoint

_VOUCHED = dict.fromkeys(("events", "registers"), ("snapshots",)) | dict.fromkeys(
    ("observations", "verdicts"), ("measurements", "inputs")
)
"""Tables that get rows of a batch until another table vouches for it."""
_WITHIN = timedelta(hours=1)
"""How long a writer may take from the time that its rows bear to their place in the log."""


class Audited(NamedTuple):
    """What was checked, and what is wrong or worth knowing."""

    good: list[str]
    notes: list[str]
    faults: list[str]


class _Told(NamedTuple):
    """What the leaves say of one table, folded."""

    commits: dict[int, LogLeaf]
    """By version; of one in several parts the last."""
    live: dict[str, str]
    """Files in force, with their digests."""
    batches: dict[str, list[BatchRows]]
    state: dict[str, str]


def audit(store: LoggedStore, pinned: notes.Verifier | None = None) -> Audited:
    """Compare a ledger with its log. `pinned`: the key that it has to be signed with; else that
    which is kept here, or the one that the log names.

    Every fault says what it is about: a file, a commit, a batch of rows, a leaf.
    """
    done = Audited([], [], [])
    journal = Journal(store)
    if not journal.kept:
        done.notes.append(f"this machine keeps no log of this ledger: {config.LOG} says so")
        return done
    if not journal.log.exists():
        _no_log(journal, done)
        return done
    with _at_rest(journal):
        done.faults.extend(journal.log.faults())
        _signature(journal, pinned, done)
        try:
            told = [leaves.decode(one) for one in journal.log.entries()]
            _seen(journal, done)
        except LedgerError as fault:
            done.faults.append(str(fault))
    if done.faults:
        return done
    done.good.append(f"the log holds {len(told):,} leaves, each as it was signed")
    _names(told, done)
    _times(told, done)
    for name in schema.TABLES:
        listed = journal.files(name).listed()
        if listed or any(leaf.table == name for leaf in told):
            _table(journal, name, listed, _folded(name, told, done), done=done)
    if not done.faults:
        done.good.append("every commit, file and row that can be cited is as it was logged")
    return done


@contextmanager
def _at_rest(journal: Journal) -> Iterator[None]:
    """The log while nobody adds to it; where the ledger may only be read, as it is."""
    with ExitStack() as held:
        with suppress(OSError):
            held.enter_context(journal.locked())
        yield


def _no_log(journal: Journal, done: Audited) -> None:
    try:
        before = journal.seen()
    except LedgerError as fault:
        done.faults.append(str(fault))
        return
    if before:
        done.faults.append(
            f"the log of this ledger is gone: {before[1].size:,} leaves were signed on this machine"
        )
    elif journal.store.local:
        done.notes.append("no log of commits yet: it begins with the next write")
    else:
        done.notes.append(
            "this machine keeps no log of this ledger: each that writes to it keeps its own"
        )


def _signature(journal: Journal, pinned: notes.Verifier | None, done: Audited) -> None:
    """By a key that was named, kept here, or told by the log, in this order."""
    try:
        kept = [one.verifier for one in journal.signers()]
        known = [pinned] if pinned else kept or journal.verifiers()
        _, by = notes.signed_by(journal.log.note(), known)
        strangers = {line[0] for line in notes.read(journal.log.note())[1]}
    except MissingExtraError as lacking:
        done.notes.append(f"who signed the log was not checked: {lacking}")
        return
    except LedgerError as fault:
        done.faults.append(f"the checkpoint of the log: {fault}")
        return
    if by:
        how = (
            ""
            if pinned or kept
            else ", which the log itself names: compare it with what its operator publishes"
        )
        done.good.append(f"the checkpoint is signed by {by[0]}{how}")
    elif known or strangers:
        done.faults.append(
            "the checkpoint of the log is not signed by its key: somebody else wrote it, or a program "
            "without the extra 'cite', which the next write of one with it mends"
        )
    else:
        done.notes.append(
            "the log is not signed: pip install 'gatewatch[cite]', and see that "
            f"{journal.keys} can be written; the next write signs it"
        )


def _seen(journal: Journal, done: Audited) -> None:
    before, now = journal.seen(), journal.log.checkpoint()
    if before is None:
        return
    _, was = before
    if was.size > now.size:
        done.faults.append(
            f"{was.size:,} leaves were signed on this machine, {now.size:,} are there: "
            "the ledger was put back to an earlier state"
        )
    elif not grown(journal, was):
        done.faults.append(
            f"the first {was.size:,} leaves are not those that were signed on this machine"
        )


def grown(journal: Journal, was: Checkpoint) -> bool:
    """Whether the log grew out of an earlier checkpoint, by its own hashes."""
    now = journal.log.checkpoint()
    return was.size <= now.size and was.root == merkle.root(
        journal.log.hashes(now.size)[: was.size]
    )


def _names(told: list[LogLeaf], done: Audited) -> None:
    for number, leaf in enumerate(told):
        if leaf.after:
            done.notes.append(
                f"leaf {number}: the log goes on as {leaf.origin or 'unsigned'}: {leaf.after}"
            )


def _times(told: list[LogLeaf], done: Audited) -> None:
    """Rows are logged soon after the time that they bear, and leaves follow one another in time."""
    known: set[str] = set()
    closed: dict[str, set[str]] = {}
    before: datetime | None = None
    met: datetime | None = None
    for number, leaf in enumerate(told):
        at = datetime.fromisoformat(leaf.logged_at)
        if leaf.kind != "key" and at != met:
            # Leaves of one turn were met at once: what another machine wrote is of any time before.
            before, met = max(before or met, met) if met else before, at
        if before and at < before - _WITHIN:
            done.notes.append(
                f"leaf {number} is of {at:%Y-%m-%d %H:%M} UTC, earlier than the one before it: a clock was wrong"
            )
        for batch in leaf.batches:
            late = batch.first and before and datetime.fromisoformat(batch.first) < before - _WITHIN
            if leaf.kind in {"commit", "met"} and late and batch.batch not in known:
                done.faults.append(
                    f"back-dated: rows of {leaf.table}, batch {batch.batch}, say that they were recorded at "
                    f"{batch.first}, and came after what was logged at {before.isoformat() if before else ''} (leaf {number})"
                )
            if leaf.kind == "commit" and batch.batch in _closed_for(leaf.table, closed):
                done.faults.append(
                    f"{leaf.table}: rows of batch {batch.batch} came after it was closed (leaf {number})"
                )
            closed.setdefault(leaf.table, set()).add(batch.batch)
            known.add(batch.batch)


def _closed_for(table: str, closed: dict[str, set[str]]) -> set[str]:
    """Batches to which a table gets no more rows: those that it has, if it gets all at once, else
    those that were vouched for."""
    by = _VOUCHED.get(table, (table,))
    return set().union(*(closed.get(name, ()) for name in by))


def _folded(name: str, told: list[LogLeaf], done: Audited) -> _Told:
    found = _Told({}, {}, {}, {})
    for number, leaf in enumerate(told):
        if leaf.table != name:
            continue
        if leaf.kind in {"found", "met"} and leaf.part[0] == 1:
            found.live.clear()
        if leaf.kind == "found" and leaf.part[0] == 1:
            found.batches.clear()
        found.commits[leaf.version] = leaf
        found.live.update({one.path: one.sha256 for one in leaf.added})
        for path in leaf.removed:
            if found.live.pop(path, None) is None:
                done.faults.append(f"leaf {number}: {name} took out {path}, which it did not hold")
        if leaf.removed and leaf.rows_kept is False:
            done.faults.append(
                f"{name}, version {leaf.version}: a commit took rows out or changed them"
            )
        _add_rows(found, (name, number), told, done)
        found.state.update(leaf.state)
    return found


def _add_rows(found: _Told, which: tuple[str, int], told: list[LogLeaf], done: Audited) -> None:
    """The rows of a leaf to those of a table. A table that was met again has all that it had."""
    name, number = which
    leaf = told[number]
    for batch in leaf.batches:
        known = found.batches.setdefault(batch.batch, [])
        before = sum(one.rows for one in known) if leaf.kind == "met" else 0
        if before == batch.rows:  # as it was logged, with its root
            continue
        if before and (batch.rows < before or batch.batch in _vouched(name, told[:number])):
            done.faults.append(
                f"{name}: batch {batch.batch} was logged with {before:,} rows and had "
                f"{batch.rows:,} at leaf {number}"
            )
        known.append(msgspec.structs.replace(batch, rows=batch.rows - before))


def _vouched(name: str, told: list[LogLeaf]) -> set[str]:
    """Batches that leaves had closed for a table."""
    closed: dict[str, set[str]] = {}
    for leaf in told:
        closed.setdefault(leaf.table, set()).update(one.batch for one in leaf.batches)
    return _closed_for(name, closed)


def _table(journal: Journal, name: str, listed: list[str], told: _Told, done: Audited) -> None:
    files, held = journal.files(name), leaves.commits(listed)
    newest = max(told.commits, default=-1)
    logged = [version for version in held if version in told.commits]
    now = zip(logged, files.digests([held[version] for version in logged]), strict=True)
    wrong = [version for version, digest in now if digest != told.commits[version].commit]
    done.faults.extend(f"{name}: the commit {v} is not as it was logged" for v in wrong)
    state = sorted(told.state.items())
    there = files.digests([f"{LOG}/{file}" for file, _ in state])
    for (file, said), digest in zip(state, there, strict=True):
        if digest not in {said, ""}:
            done.faults.append(f"{name}: {file} is not as it was logged")
    kept = min(leaves.sums(listed), default=-1)
    first = min(told.commits, default=0)
    lost = [v for v in told.commits if v not in held and v > max(kept, first - 1)]
    done.faults.extend(f"{name}: the commit {v} is gone" for v in lost)
    if wrong or lost:
        return
    waiting = [version for version in held if version > newest]
    live = dict(told.live)
    for version in waiting:
        _, added, removed = leaves.actions(files, held[version])
        live.update(dict.fromkeys(added, ""))
        for path in removed:
            live.pop(path, None)
    if waiting:
        done.notes.append(
            f"{name}: {len(waiting)} of its commits is not in the log yet (the next write adds it): "
            + ", ".join(map(str, waiting[:5]))
        )
    before = len(done.faults)
    _files(name, files, live, done, version=max(held, default=newest))
    if len(done.faults) == before and live and told.batches:
        with files.rows(journal.store.connection(), sorted(live)) as rows:
            _rows(name, rows, told, done, waiting=bool(waiting))


def _files(
    name: str, files: PlacedFiles, live: dict[str, str], done: Audited, *, version: int
) -> None:
    try:
        there = set(files.live(files.state(version)))
    except (DeltaError, OSError, ValueError) as fault:
        done.faults.append(f"{name} cannot be read: {fault}")
        return
    done.faults.extend(
        f"{name}: {p} was logged and is not in the table" for p in sorted(set(live) - there)
    )
    done.faults.extend(
        f"{name}: {p} is in the table and was never logged" for p in sorted(there - set(live))
    )
    unknown = sorted(path for path, told in live.items() if not told and path in there)
    sizes = zip(unknown, files.sizes(unknown), strict=True)
    done.faults.extend(f"{name}: {path} is gone" for path, size in sizes if size is None)
    known = sorted(path for path, told in live.items() if told and path in there)
    for path, now in zip(known, files.digests(known), strict=True):
        if now != live[path]:
            what = "is not as it was logged" if now else "is gone"
            done.faults.append(f"{name}: {path} {what}")


def _rows(name: str, held: Readable, told: _Told, done: Audited, *, waiting: bool) -> None:
    """Rows by batch, through whatever files were joined since."""
    by_batch = f"SELECT batch, count(*) FROM {held.read} GROUP BY batch"
    counted = dict(held.session.execute(by_batch).fetchall())
    for batch, rows in told.batches.items():
        if counted.get(batch, 0) != sum(one.rows for one in rows) and not waiting:
            done.faults.append(
                f"{name}: batch {batch} was logged with {sum(one.rows for one in rows):,} rows and has {counted.get(batch, 0):,}"
            )
    if strange := sorted(set(counted) - set(told.batches)):
        level = done.notes if waiting else done.faults
        level.append(f"{name}: rows of batch {strange[0]} are in the table and were never logged")
    rooted = {
        b: rows[0].root for b, rows in told.batches.items() if len(rows) == 1 and rows[0].root
    }
    if not rooted or waiting:
        return
    hashed = leaves.hashes_of(name, held, held.columns, batches=list(rooted))
    done.faults.extend(
        f"{name}: rows of batch {batch} are not those that were logged"
        for batch, root in rooted.items()
        if merkle.root(hashed.get(batch, [])).hex() != root
    )
