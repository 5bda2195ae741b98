"""A register's history from a source into the ledger, one snapshot after another."""

from collections.abc import Callable, Iterable, Iterator, Mapping, Sequence
from contextlib import closing
from datetime import UTC, datetime
from hashlib import blake2b
from heapq import merge
from itertools import groupby

import msgspec

from gatewatch.analysis.registers import timeline
from gatewatch.catalogue import registers as catalogue
from gatewatch.errors import CatalogueError, LedgerConflictError, SourceError
from gatewatch.ledger import resuming
from gatewatch.ledger.compaction import compact
from gatewatch.ledger.history import History
from gatewatch.ledger.store import Store
from gatewatch.model.entry import UNREAD_ID, Entry
from gatewatch.model.history import Change, Op, Snapshot, Status
from gatewatch.model.register import Register
from gatewatch.pipeline.writer import Writer, recorded, rewoven
from gatewatch.sources.containers.open import open_source
from gatewatch.sources.containers.parts import Wanted
from gatewatch.sources.containers.raw import Raw, RawSource, Skipped
from gatewatch.sources.registers import format as formats
from gatewatch.sources.registers.reader import Reader, SnapshotReading
from gatewatch.sources.registers.shelf import Shelf

_MOST_LATE = 64
_AT_ONCE = 10_000


class RegisterProgress(msgspec.Struct):
    """Where an ingest stands; handed to the caller's function after every snapshot."""

    register: str
    total: int
    read: int = 0
    entries: int = 0
    events: int = 0
    snapshot: Snapshot | None = None


class RegisterOutcome(msgspec.Struct):
    """What an ingest did."""

    register: str
    source: str
    held: int = 0
    """Snapshots in the source that the ledger held already; they were not read."""
    read: int = 0
    accepted: int = 0
    quarantined: list[Snapshot] = []
    repeated: int = 0
    """Snapshots read whose content the ledger held from another place."""
    skipped: list[Skipped] = []
    unchanged: int = 0
    events: int = 0
    """Events of accepted snapshots: those that changes are told from."""
    entries: int = 0
    """In the snapshot accepted last."""
    set_aside: int = 0
    unknown: set[str] = set()
    doubts: list[str] = []
    """What is wrong with states that were believed, and what to do."""
    first: Snapshot | None = None
    last: Snapshot | None = None


def ingest(
    location: str,
    register: Register | str,
    source: str,
    path: str | None = None,
    report: Callable[[RegisterProgress], None] = lambda _: None,
    *,
    redeclare: bool = False,
    recalled: Mapping[str, datetime] | None = None,
) -> RegisterOutcome:
    """Bring a register's history from a source into the ledger at `location`.

    `register` is a declaration, the id of one that is shipped (`ru-rkn`), or the path of its TOML;
    `source` a file, folder, archive, git repository or its URL. CatalogueError for a faulty
    declaration, SourceError for a source that cannot be opened.

    `recalled`: when snapshots were recorded that a ledger held before it was damaged, by their
    names.

    May be interrupted at any point and run again; reads no snapshot that the ledger holds. Two
    ingests at once lose nothing: the slower one reads the ledger again and goes on.
    """
    if isinstance(register, str):
        register = catalogue.find(register)
    store = Store(location)
    store.create()
    if not redeclare:
        _refuse_redeclared(store, register)
    form = formats.load(register)
    main = path or register.default_path or form.default_path
    how = register.declared
    wanted = Wanted(
        path=main,
        companions=form.companions,
        parts=how.parts if how else None,
        named=how.named if how else None,
        named_format=how.named_format if how else None,
    )
    opened = open_source(source, wanted, zone=register.zone)
    outcome = RegisterOutcome(register.id, opened.description)
    try:
        while True:
            run = _Ingest(
                store=store,
                register=register,
                source=opened,
                outcome=outcome,
                report=report,
                recalled=recalled or {},
            )
            try:
                run.run()
                break
            except LedgerConflictError:
                run.forget()
                store.refresh()
    finally:
        opened.close()
    compact(store)
    return outcome


def _refuse_redeclared(store: Store, register: Register) -> None:
    """A declaration is taken for all of a register's history. One that makes another register of it
    is not taken because its id is the same, unless it is one that is shipped."""
    held = History(store).registers().get(register.id)
    if held is None or register == catalogue.declared().get(register.id):
        return
    changed = [name for name in _IDENTITY if getattr(held, name) != getattr(register, name)]
    if changed:
        name = changed[0]
        raise CatalogueError(
            f"{register.id} is held with another {', '.join(changed)} than this declaration has "
            f"({name}: {_short(getattr(held, name))}, here {_short(getattr(register, name))}): choose "
            "another id, or say --redeclare to change all of its history"
        )


_IDENTITY = ("jurisdiction", "authority", "format", "time_zone", "redaction")
"""What makes a register the one that it is, and what of it is not shown."""


def _short(value: object) -> str:
    return repr(value if isinstance(value, str) else msgspec.json.encode(value).decode())[:60]


class _Ingest:
    """One run from the ledger's present state to the source's end."""

    def __init__(
        self,
        store: Store,
        register: Register,
        source: RawSource,
        outcome: RegisterOutcome,
        report: Callable[[RegisterProgress], None],
        recalled: Mapping[str, datetime],
    ) -> None:
        self._store = store
        self._register = register
        self._source = source
        self._outcome = outcome
        self._report = report
        self._history = History(store)
        self._reader = Reader(formats.load(register), register.format)
        self._writer = Writer(store, register, recalled)
        known = self._history.snapshots(register.id)
        self._known = {snapshot.id for snapshot in known}
        self._last_seen = known[-1] if known else None
        accepted = [s for s in known if s.status == Status.ACCEPTED]
        self._previous = accepted[-1] if accepted else None
        self._base = _shelf(resuming.standing(self._history, register.id) if accepted else ())
        self._seen = self._last_state()
        # Before the first reading any entry held may turn out to be gone.
        self._candidates: set[str] | None = None
        self._seen_candidates: set[str] | None = None
        """None: all that were held or are read."""
        self._ended = resuming.ended(self._history, register.id)
        """Versions that bear a day of removal."""
        self._late: list[timeline.Late] = []
        self._unplaced: SourceError | None = None
        self._asides = {
            (a.entry, a.reason, a.raw)
            for a in self._history.set_aside()
            if a.register == register.id
        }

    def run(self) -> None:
        held = resuming.origins(self._history, self._register.id)
        wanted = [origin for origin in self._source.origins() if origin not in held]
        self._outcome.held = len(self._source.origins()) - len(wanted)
        self._outcome.entries = self._standing
        progress = RegisterProgress(self._register.id, len(wanted))
        if not wanted:
            return
        # Closed here: an error that is kept would keep the source's processes with it.
        with closing(self._source.snapshots(lambda origin: origin not in held)) as snapshots:
            for raw in snapshots:
                progress.read += 1
                if isinstance(raw, Skipped):
                    self._outcome.skipped.append(raw)
                else:
                    self._take_or_skip(raw)
                progress.entries = self._standing
                progress.events = self._outcome.events
                progress.snapshot = self._last_seen
                self._report(progress)
        self._merge_late()
        self._writer.flush()
        outcome = self._outcome
        if self._unplaced and not (outcome.read or outcome.repeated or outcome.held):
            raise self._unplaced

    def _take_or_skip(self, raw: Raw) -> None:
        """One of many that cannot be placed in time is named, and the others go on."""
        try:
            self._take(raw)
        except SourceError as fault:
            self._unplaced = fault
            self._outcome.skipped.append(Skipped(raw.origin, str(fault), raw.committed_at))

    def forget(self) -> None:
        """Take back from the outcome what was read and not committed: it will be read again."""
        outcome = self._outcome
        lost = [s for s in self._writer.waiting if s.recorded_at is None]
        for snapshot in lost:
            events = snapshot.added + snapshot.changed + snapshot.removed
            if snapshot.status == Status.ACCEPTED:
                outcome.events -= events
                outcome.accepted -= 1
                outcome.unchanged -= not events
        names = {snapshot.id for snapshot in lost}
        outcome.quarantined = [s for s in outcome.quarantined if s.id not in names]
        lost += [late.snapshot for late in self._late]
        outcome.read -= len(lost)
        outcome.set_aside -= sum(snapshot.set_aside for snapshot in lost)
        outcome.skipped, outcome.doubts, outcome.repeated = [], [], 0

    def _take(self, raw: Raw) -> None:
        reading = self._reader.read(raw)
        snapshot = self._snapshot(raw, reading)
        self._candidates = _more(self._candidates, reading)
        self._seen_candidates = _more(self._seen_candidates, reading)
        if snapshot.id in self._known:
            self._outcome.repeated += 1
            return
        self._known.add(snapshot.id)
        self._outcome.read += 1
        self._outcome.unknown |= set(reading.unknown)
        fresh = [a for a in reading.set_aside if (a.entry_id, a.reason, a.raw) not in self._asides]
        snapshot = msgspec.structs.replace(snapshot, set_aside=len(fresh))
        self._outcome.set_aside += len(fresh)
        for aside in fresh:
            self._asides.add((aside.entry_id, aside.reason, aside.raw))
            self._writer.set_aside(snapshot, aside.entry_id, aside.reason, aside.raw)
        if self._last_seen is not None and snapshot.order < self._last_seen.order:
            self._postpone(snapshot)
        else:
            self._append(snapshot)

    def _append(self, snapshot: Snapshot) -> None:
        """The usual case: the newest snapshot so far."""
        told_nothing = snapshot.reason is not None
        state = self._base if told_nothing else _Now(self._reader, self._base)
        expected = self._register.expectations
        differs = timeline.Difference()
        if not timeline.fails_at_sight(snapshot, self._previous, expected):
            among = self._in_order(self._candidates, self._base)
            differs = timeline.compare(
                self._base,
                state,
                among,
                snapshot.tail,
                is_ended=self._is_ended,
                many=timeline.many_changed(self._previous, expected),
                hiding=lambda gone: self._hiding(snapshot, gone),
                other_names=self._renamed,
            )
        status, reason = timeline.judge(
            snapshot, self._previous, self._last_seen, differs, expected=expected
        )
        if status == Status.ACCEPTED:
            if timeline.ids_moved(differs, self._previous):
                snapshot = self._doubt_ids(snapshot, differs.moved)
            before, base, candidates = self._previous, self._base, self._candidates
        else:
            if self._seen is self._base:
                self._seen = self._base.copy()
            before, base, candidates = self._last_seen, self._seen, self._seen_candidates
            state = base if told_nothing else _Now(self._reader, base)
        snapshot = msgspec.structs.replace(
            snapshot,
            status=status,
            reason=reason,
            base=before.id if before else None,
            base_at=before.published_at if before else None,
        )
        told = timeline.changes(
            base, state, self._in_order(candidates, base), self._reader.entry, removal=self._removal
        )
        snapshot = self._writer.add(snapshot, _applied(base, self._marked(told)))
        self._note(snapshot, snapshot.added + snapshot.changed + snapshot.removed)
        self._last_seen = snapshot
        if status == Status.ACCEPTED:
            self._previous, self._candidates, self._seen = snapshot, set(), self._base
        self._seen_candidates = set()

    def _marked(self, told: Iterable[Change]) -> Iterator[Change]:
        for change in told:
            if change.entry is not None and change.entry.removed_at is not None:
                self._ended.add(change.version)
            yield change

    def _is_ended(self, entry_id: str, version: str) -> bool:
        if version in self._ended:
            return True
        if version != self._reader.version(entry_id):
            return False
        entry = self._reader.entry(entry_id)
        if entry is None or entry.removed_at is None:
            return False
        self._ended.add(version)
        return True

    def _renamed(self, changed: Sequence[tuple[str, str, str]]) -> timeline.Renamed:
        """Of entries that changed, how many name nothing that they named before."""
        self._writer.flush()
        return timeline.renamed(self._versions_of(changed))

    def _hiding(self, snapshot: Snapshot, gone: Sequence[tuple[str, str]]) -> frozenset[str] | None:
        """Which unreadable records may be entries that are missing."""
        if len(gone) > len(snapshot.unreadable):
            return None
        self._writer.flush()
        wanted = {version for _, version in gone}
        told = self._history.events(self._register.id, [name for name, _ in gone])
        missing = [
            one.change.entry
            for one in told
            if one.change.entry is not None and one.change.version in wanted
        ]
        standing = {d: self._reader.entry(f"{UNREAD_ID}{d}") for d in snapshot.unreadable}
        texts = {d: " ".join(one.unparsed) if one else None for d, one in standing.items()}
        return timeline.hides(texts, missing) if len(missing) == len(gone) else None

    def _versions_of(
        self, changed: Sequence[tuple[str, str, str]]
    ) -> Iterator[tuple[Entry, Entry]]:
        for start in range(0, len(changed), _AT_ONCE):
            some = changed[start : start + _AT_ONCE]
            told = self._history.events(self._register.id, [name for name, _, _ in some])
            before = {one.change.version: one.change.entry for one in told}
            for name, version, _ in some:
                old, new = before.get(version), self._reader.entry(name)
                if old and new:
                    yield old, new

    def _doubt_ids(self, snapshot: Snapshot, moved: int) -> Snapshot:
        """Note that ids of a believed state moved from entry to entry, and what to declare."""
        how = self._register.declared
        columns = [c for c, field in how.columns.items() if field == "id"] if how else []
        ignored = ", ".join(f'"{column}" = "ignore"' for column in columns)
        said = (
            f"{moved:,} of {snapshot.entries:,} entries stand under ids that others had before: the "
            "ids are numbers of rows, and tell no entry from another"
        )
        if ignored:
            said += f". Declare {ignored}, into a new ledger: sites then name the entries"
        self._outcome.doubts.append(said)
        self._outcome.set_aside += 1
        self._writer.set_aside(snapshot, None, said, "")
        return msgspec.structs.replace(snapshot, set_aside=snapshot.set_aside + 1)

    @property
    def _standing(self) -> int:
        return self._previous.entries if self._previous else 0

    def _in_order(self, candidates: set[str] | None, base: Shelf[str]) -> Iterable[str]:
        """Candidates by name; all that stand in either, where none were named."""
        if candidates is not None:
            return sorted(candidates)
        return (name for name, _ in groupby(merge(base.names(), self._reader.ids())))

    def _last_state(self) -> Shelf[str]:
        """What the newest snapshot held holds, believed or not."""
        if self._last_seen is None or self._last_seen == self._previous:
            return self._base
        *_, (_, state) = timeline.replay(recorded(self._history, self._register.id))
        return _shelf(state.items())

    def _removal(self, entry_id: str) -> Entry | None:
        act = self._reader.removal(entry_id)
        return Entry(entry_id, decision=act) if act else None

    def _postpone(self, snapshot: Snapshot) -> None:
        """A snapshot from before others that are held: its place is found when all are read."""
        entries = {i: entry for i in self._reader.ids() if (entry := self._reader.entry(i))}
        self._late.append(timeline.Late(snapshot, entries, frozenset(self._reader.withheld())))
        if len(self._late) >= _MOST_LATE:
            self._merge_late()

    def _merge_late(self) -> None:
        if not self._late:
            return
        self._writer.flush()
        rows = list(rewoven(self._store, self._register, self._late, {}))
        for row in rows:
            if row.snapshot.recorded_at is None:
                self._note(row.snapshot, len(row.changes))
        self._late = []
        self._writer.add_together(rows)
        self._rebase()

    def _rebase(self) -> None:
        """After history before us changed, what the next snapshot is compared to may have too."""
        known = self._history.snapshots(self._register.id)
        accepted = [s for s in known if s.status == Status.ACCEPTED]
        self._last_seen = known[-1] if known else None
        self._previous = accepted[-1] if accepted else None
        self._base = _shelf(resuming.standing(self._history, self._register.id))
        self._seen = self._last_state()
        self._candidates = self._seen_candidates = None

    def _note(self, snapshot: Snapshot, events: int) -> None:
        outcome = self._outcome
        if snapshot.status == Status.ACCEPTED:
            outcome.entries = snapshot.entries
            outcome.events += events
            outcome.accepted += 1
            outcome.unchanged += events == 0
        else:
            outcome.quarantined.append(snapshot)
        if outcome.first is None or snapshot.order < outcome.first.order:
            outcome.first = snapshot
        if outcome.last is None or snapshot.order > outcome.last.order:
            outcome.last = snapshot

    def _snapshot(self, raw: Raw, reading: SnapshotReading) -> Snapshot:
        content = raw.content
        named = f"{self._register.id}\n{reading.published_at.isoformat()}\n{content}"
        return Snapshot(
            id=blake2b(named.encode(), digest_size=8).hexdigest(),
            register=self._register.id,
            published_at=reading.published_at.astimezone(UTC),
            published_text=reading.published_text,
            committed_at=raw.committed_at,
            content=content,
            origin=raw.origin,
            reason=reading.fault,
            complete=reading.complete,
            entries=reading.entries,
            unparsed=reading.unparsed,
            unreadable=reading.unreadable[:1000],
            unknown=reading.unknown,
            tail=reading.tail,
            format=self._register.format,
        )


class _Now:
    """What the reader holds; an entry that is there and cannot be read is as it was before."""

    def __init__(self, reader: Reader, before: Shelf[str]) -> None:
        self._reader, self._before = reader, before
        self._withheld = reader.withheld()

    def get(self, entry_id: str, /) -> str | None:
        version = self._reader.version(entry_id)
        if version is None and entry_id in self._withheld:
            return self._before.get(entry_id)
        return version


def _shelf(state: Iterable[tuple[str, str]]) -> Shelf[str]:
    """Entry id to version, in memory or not."""
    shelf = Shelf(str.encode, bytes.decode)
    for entry_id, version in state:
        shelf.put(entry_id, version)
    return shelf


def _applied(base: Shelf[str], happened: Iterable[Change]) -> Iterator[Change]:
    """Changes, while the state that they are told from is moved on."""
    for change in happened:
        if change.op == Op.REMOVED:
            base.take_out(change.entry_id)
        else:
            base.put(change.entry_id, change.version)
        yield change


def _more(candidates: set[str] | None, reading: SnapshotReading) -> set[str] | None:
    if candidates is None or reading.many_touched:
        return None
    candidates |= reading.touched
    return candidates
