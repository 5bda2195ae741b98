"""Measurements into a ledger, and judged again, by a cluster: executors read, convert and write
files; one writer, here, commits them.

An ingest goes in waves. Of each wave executors convert what they are given, the names that are new
are told apart here by the same look at the ledger as on one machine, executors write the rows of
these, and one act commits their files. Only files told by a task whose rows came are named: what a
lost executor or a twin wrote besides counts for nothing and is taken away.
"""

from collections import Counter
from collections.abc import Callable, Iterable, Iterator, Sequence
from functools import partial
from typing import TYPE_CHECKING, Any

import msgspec

from gatewatch.analysis.network.tools import PROJECT, JudgingSettings, tools
from gatewatch.errors import LedgerConflictError, needs
from gatewatch.ledger import parts, schema, written
from gatewatch.ledger.batches import new_batch, next_record_time
from gatewatch.ledger.compaction import compact
from gatewatch.ledger.file_form import WrittenFile
from gatewatch.ledger.measurements import Measurements
from gatewatch.ledger.store import Store
from gatewatch.ledger.upgrade import with_columns
from gatewatch.pipeline.judging import Rejudgement, Way, judgeable, judged, vouch
from gatewatch.pipeline.measure import convert, packed, unpacked, verdict_table
from gatewatch.pipeline.measurements import (
    BATCH_BYTES,
    BATCH_LINES,
    WRITER,
    Counted,
    MeasurementOutcome,
    MeasurementProgress,
    add,
    begun,
    counted,
    rows_of,
    stamped,
    warm,
)
from gatewatch.sources.measurements import lines
from gatewatch.sources.measurements.lines import Line, LineFault
from gatewatch.sources.measurements.shares import Share
from gatewatch.sources.measurements.shares import packed as packs_of
from gatewatch.sources.measurements.shares import shares as shares_of

if TYPE_CHECKING:
    from datetime import datetime

    from gatewatch.engines.spark import Cluster, SpreadRows

with needs("network"):
    import pyarrow as pa

SHARE_BYTES = 16 << 20
"""Of plain JSON: about ten seconds of one core."""
_SHARES_A_CORE = 6
"""In one wave: the slowest share ends the wave."""
_FILE_BYTES = 128 << 20
"""Of rows, unpacked, in one file: some 20 MB on the disk."""
_TABLES = ("observations", "verdicts", "measurements")


class _Told(msgspec.Struct):
    """What one pack of shares was: for each share its lines, its faults, and whether it ends so
    that nothing after it of its input is read."""

    lines: list[int] = []
    faults: list[list[LineFault]] = []
    over: list[bool] = []


def ingest(
    cluster: "Cluster",
    location: str,
    source: str,
    settings: JudgingSettings = PROJECT,
    report: Callable[[MeasurementProgress], None] = lambda _: None,
) -> MeasurementOutcome:
    """Bring measurements from a source into the ledger at `location`, as pipeline/measurements.py
    on one machine. May be interrupted and run again in the same way, there or here.

    Executors must reach source and ledger by the same names: object stores, or a shared folder.
    """
    store, found, outcome, total = begun(location, source)
    with_columns(store)
    shares = shares_of(found, SHARE_BYTES)
    packs = packs_of(shares, SHARE_BYTES)
    a_wave = max(2, cluster.cores * _SHARES_A_CORE)
    progress = MeasurementProgress(total)
    run = _Ingest(cluster, store, settings, outcome)
    left = Counter(share.input.name for share in shares)
    for first in range(0, len(packs), a_wave):
        wave = packs[first : first + a_wave]
        run.wave(wave, first, left)
        for share in (share for pack in wave for share in pack):
            progress.bytes += (share.end or share.input.size or 0) - share.start
            progress.where = share.input.name
        progress.measurements = outcome.read
        report(progress)
    written.sweep(store)
    compact(store)
    return outcome


class _Ingest:
    """Waves of one run."""

    def __init__(
        self,
        cluster: "Cluster",
        store: Store,
        settings: JudgingSettings,
        outcome: MeasurementOutcome,
    ) -> None:
        self._cluster, self._store, self._settings = cluster, store, settings
        self._outcome = outcome
        self._lines: Counter[str] = Counter()
        self._troubled: set[str] = set()
        self._over: set[str] = set()

    def wave(self, packs: Sequence[tuple[Share, ...]], first: int, left: Counter[str]) -> None:
        """Read, convert and commit some packs of shares."""
        numbered = [(first + n, pack) for n, pack in enumerate(packs)]
        # The largest first: it is not left alone at the end.
        numbered.sort(key=lambda one: -sum(share.weight for share in one[1]))
        reading = partial(_read, settings=self._settings)
        with self._cluster.spread(numbered, reading, _pieces()).kept() as pieces:
            told = pieces.without("measurements", "observations", "verdicts").arrow().to_pylist()
            told.sort(key=lambda one: (one["pack"], one["piece"]))
            ended, skipped = self._note(dict(enumerate(packs, first)), told, left)
            kept = [
                one for one in told if (one["pack"], one["share"]) not in skipped and one["uids"]
            ]
            self._outcome.read += sum(len(one["uids"]) for one in kept)
            while True:
                try:
                    self._commit(pieces, kept, ended)
                    break
                except LedgerConflictError:
                    self._store.refresh()

    def _note(
        self, packs: dict[int, tuple[Share, ...]], told: list[dict[str, Any]], left: Counter[str]
    ) -> tuple[list[tuple[str, int]], set[tuple[int, int]]]:
        """What was read of which input: those that end with this wave, with their lines, and the
        shares that count for nothing, since a line before them has no end."""
        ends = {one["pack"]: one["told"] for one in told if one["told"] is not None}
        decode = msgspec.msgpack.Decoder(_Told).decode
        ended, skipped = [], set()
        for number in sorted(packs):
            what = decode(ends[number])
            for n, share in enumerate(packs[number]):
                name, origin = share.input.name, share.input.origin
                left[name] -= 1
                if name in self._over:
                    skipped.add((number, n))
                else:
                    self._outcome.faults += what.faults[n]
                    self._lines[name] += what.lines[n]
                    if what.faults[n]:
                        self._troubled.add(name)
                    if what.over[n]:
                        self._over.add(name)
                if not left[name] and origin and name not in self._troubled:
                    ended.append((origin, self._lines[name]))
        return ended, skipped

    def _commit(
        self, pieces: "SpreadRows", told: list[dict[str, Any]], ended: list[tuple[str, int]]
    ) -> None:
        """Commit what is new of a wave."""
        held = Measurements(self._store)
        turn = self._store.turn(WRITER, "measurements")
        new = held.new([uid for one in told for uid in one["uids"]])
        fresh = set(new.places)
        wanted: dict[tuple[int, int], list[int] | None] = {}
        again: dict[tuple[int, int], set[str]] = {}
        start = 0
        for one in told:
            key, number = (one["pack"], one["piece"]), len(one["uids"])
            places = [n for n in range(number) if start + n in fresh]
            start += number
            if places:
                wanted[key] = None if len(places) == number else places
            if twice := new.again.intersection(one["uids"]):
                again[key] = twice
        batch, at, run = new_batch(), next_record_time(held.high_water()), written.run_name()
        write = partial(
            _write, root=_root(self._store), batch=batch, at=at, run=run, wanted=wanted, again=again
        )
        size = sum(one["bytes"] for one in told)
        number = max(self._cluster.cores, -(-size // _FILE_BYTES))
        files: dict[str, list[WrittenFile]] = {name: [] for name in _TABLES}
        counts: list[Counted] = []
        try:
            if wanted:
                rows = pieces.spread(write, _files(), number).arrow().to_pylist()
                for row in rows:
                    one = msgspec.msgpack.decode(row["file"], type=WrittenFile)
                    files[one.table].append(one)
                    if row["counted"]:
                        counts.append(msgspec.msgpack.decode(row["counted"], type=Counted))
            inputs = schema.arrow_table("inputs", [(*one, batch, at) for one in ended])
            self._store.adopt(
                WRITER,
                {name: files[name] for name in _TABLES[:2]},
                {"measurements": files["measurements"]},
                {"inputs": inputs},
                turn=turn,
            )
        finally:
            self._store.refresh()
            written.sweep(self._store, run)
        self._outcome.held += start - len(fresh)
        for what in counts:
            add(self._outcome, what)


def _root(store: Store) -> str:
    return store.uri("measurements").rpartition("/")[0]


def _pieces() -> pa.Schema:
    return pa.schema(
        {
            "pack": pa.int64(),
            "share": pa.int64(),
            "piece": pa.int64(),
            "uids": pa.list_(pa.string()),
            "bytes": pa.int64(),
            "measurements": pa.binary(),
            "observations": pa.binary(),
            "verdicts": pa.binary(),
            "told": pa.binary(),
        }
    )


def _files() -> pa.Schema:
    return pa.schema({"file": pa.binary(), "counted": pa.binary()})


# What follows runs on executors.


def _read(given: tuple[int, tuple[Share, ...]], settings: JudgingSettings) -> Iterator[pa.Table]:
    """Convert a pack of shares, piece by piece; last comes what was read."""
    number, pack = given
    warm(settings)
    told, piece = _Told(), 0
    for place, share in enumerate(pack):
        told.lines.append(0)
        told.faults.append([])
        told.over.append(False)
        for held in _some(share, told):
            done = convert(held, settings)
            origin = pa.repeat(share.input.origin or share.input.name, len(held))
            done.measurements = done.measurements.append_column("origin", origin.cast(pa.string()))
            names = done.measurements["uid"].to_pylist()
            yield _piece(
                pack=number,
                share=place,
                piece=piece,
                uids=names,
                bytes=done.bytes,
                measurements=bytes(packed(done.measurements)),
                observations=bytes(packed(done.observations)),
                verdicts=bytes(packed(done.verdicts)),
            )
            piece += 1
    yield _piece(pack=number, piece=piece, told=msgspec.msgpack.encode(told))


def _piece(**values: Any) -> pa.Table:
    """One row; what is not given is null."""
    arrays = [pa.array([values.get(field.name)], field.type) for field in _pieces()]
    return pa.Table.from_arrays(arrays, schema=_pieces())


def _some(share: Share, told: _Told) -> Iterator[list[Line]]:
    """A share's lines, some at a time."""
    held: list[Line] = []
    size = 0
    for line in share.lines():
        if isinstance(line, LineFault):
            told.faults[-1].append(line)
            told.over[-1] |= line.reason.endswith(lines.TOO_LONG)
            continue
        told.lines[-1] += 1
        held.append(line)
        size += len(line.data)
        if len(held) >= BATCH_LINES or size >= BATCH_BYTES:
            yield held
            held, size = [], 0
    if held:
        yield held


def _write(
    batches: Iterator[pa.RecordBatch],
    root: str,
    batch: str,
    at: "datetime",
    run: str,
    wanted: dict[tuple[int, int], list[int] | None],
    again: dict[tuple[int, int], set[str]],
) -> Iterator[pa.Table]:
    """Write the rows that are new of the pieces of a partition: a file a table."""
    kept: dict[str, list[pa.Table]] = {name: [] for name in _TABLES}
    for piece in batches:
        for row in piece.to_pylist():
            key = (row["pack"], row["piece"])
            if key not in wanted or row["measurements"] is None:
                continue
            done = unpacked(row["measurements"], row["observations"], row["verdicts"])
            fresh, places = done.measurements, wanted[key]
            if places is not None:
                fresh = fresh.take(pa.array(places, pa.int64()))
            twice = again.get(key, set())
            kept["measurements"].append(fresh)
            kept["observations"].append(rows_of(fresh, [done.observations], twice))
            kept["verdicts"].append(rows_of(fresh, [done.verdicts], twice))
    if not kept["measurements"]:
        return
    tables = {name: pa.concat_tables(held) for name, held in kept.items()}
    told = counted(tables["measurements"], tables["verdicts"])
    for name, table in tables.items():
        one = written.write(root, name, stamped(name, table, batch, at), run)
        yield _file(one, told if name == "measurements" else None)


def _file(one: WrittenFile, told: msgspec.Struct | None) -> pa.Table:
    encode = msgspec.msgpack.encode
    row = [[encode(one)], [encode(told) if told else None]]
    return pa.Table.from_arrays([pa.array(c, pa.binary()) for c in row], schema=_files())


# Judging again.


def rejudge(
    cluster: "Cluster",
    location: str,
    settings: JudgingSettings = PROJECT,
    *,
    write: bool = True,
    report: Callable[[int, int], None] = lambda *_: None,
) -> Rejudgement:
    """Judge every measurement by the rules as they are now, as pipeline/judging.py on one machine;
    each part by an executor."""
    store = judgeable(location)
    if write:
        with_columns(store)
    while True:
        try:
            return _rejudged(cluster, store, settings, write=write, report=report)
        except LedgerConflictError:
            store.refresh()


def _rejudged(
    cluster: "Cluster",
    store: Store,
    settings: JudgingSettings,
    *,
    write: bool,
    report: Callable[[int, int], None],
) -> Rejudgement:
    _, judge = tools(settings)
    held = Measurements(store)
    found = Rejudgement(judge.version, older=held.older())
    batch, at, run = new_batch(), next_record_time(held.high_water()), written.run_name()
    turn = store.turn(WRITER, "inputs")
    total = held.count()
    cut = parts.cut(store, parts.whole())
    rows = cluster.spread(
        cut.files, partial(parts.by_measurement, parts=cut.parts), parts.keyed_schema()
    )
    judging = partial(
        _judge,
        judgements=cut.judgements,
        settings=settings,
        root=_root(store) if write else None,
        batch=batch,
        at=at,
        run=run,
    )
    files: list[WrittenFile] = []
    try:
        for row in rows.grouped("key", judging, _files()).arrow().to_pylist():
            if row["file"]:
                files.append(msgspec.msgpack.decode(row["file"], type=WrittenFile))
            _merge(found, msgspec.msgpack.decode(row["counted"], type=_Part))
        report(found.judged, total)
        # Of two ways as frequent the one comes first that was met first, by names.
        order = sorted(found.changed, key=lambda way: (-found.changed[way], found.examples[way]))
        found.changed = {way: found.changed[way] for way in order}
        if write and found.judged:
            store.adopt(
                WRITER,
                {"verdicts": files},
                {},
                {"inputs": vouch(judge.version, found, batch, at)},
                turn=turn,
            )
            found.written = True
    finally:
        store.refresh()
        written.sweep(store, run)
    return found


class _Part(msgspec.Struct):
    """What judging a part changed."""

    judged: int
    same: int
    changed: list[tuple[Way, int, str]]


def _merge(found: Rejudgement, part: _Part) -> None:
    found.judged += part.judged
    found.same += part.same
    for way, number, example in part.changed:
        found.changed[way] = found.changed.get(way, 0) + number
        found.examples[way] = min(found.examples.get(way, example), example)


def _judge(
    rows: pa.Table,
    judgements: Iterable[tuple[Any, ...]],
    settings: JudgingSettings,
    root: str | None,
    batch: str,
    at: "datetime",
    run: str,
) -> pa.Table:
    """Judge a part, write its verdicts, and tell what changed."""
    _, judge = tools(settings)
    part = parts.part_of(rows, parts.whole(), judgements)
    found = Rejudgement(judge.version)
    fresh = [verdict_table(some, seen) for some, seen in judged(Measurements(part), judge, found)]
    told = _Part(
        found.judged,
        found.same,
        [(way, number, found.examples[way]) for way, number in found.changed.items()],
    )
    one = None
    if root is not None and fresh:
        table = stamped("verdicts", pa.concat_tables(fresh), batch, at)
        one = written.write(root, "verdicts", table, run)
    encode = msgspec.msgpack.encode
    columns = [[encode(one) if one else None], [encode(told)]]
    return pa.Table.from_arrays([pa.array(c, pa.binary()) for c in columns], schema=_files())
