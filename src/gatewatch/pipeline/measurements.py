"""Measurements from a source into the ledger: each one once, however often it is interrupted."""

from collections.abc import Callable, Iterator
from functools import partial
from time import monotonic

import msgspec

from gatewatch.analysis.network.tools import PROJECT, JudgingSettings, tools
from gatewatch.engines.local import map_batches, workers
from gatewatch.errors import LedgerConflictError, needs
from gatewatch.ledger import schema
from gatewatch.ledger.batches import new_batch, next_record_time
from gatewatch.ledger.compaction import compact
from gatewatch.ledger.measurements import Measurements
from gatewatch.ledger.store import Store
from gatewatch.pipeline.measure import Converted, convert
from gatewatch.sources.measurements.lines import Input, Line, LineFault, inputs

with needs("network"):
    import pyarrow as pa
    import pyarrow.compute as pc

WRITER = "ooni"
BATCH_LINES = 1_000
"""A batch by itself costs 1 ms to convert and 1.2 ms to hand over, however few lines it holds."""
BATCH_BYTES = 7 << 20
"""Less than the engine's desk holds: a batch that did not fit was packed twice and went through a
pipe, which every batch of large pages did."""
_COMMIT_MEASUREMENTS = 20_000
_COMMIT_BYTES = 64 << 20
_COMMIT_SECONDS = 5.0


class MeasurementProgress(msgspec.Struct):
    """Where an ingest stands; handed to the caller's function after every batch."""

    total: int | None = None
    """Bytes of all inputs that are read; None if they cannot be known."""
    bytes: int = 0
    measurements: int = 0
    where: str = ""


class MeasurementOutcome(msgspec.Struct):
    """What an ingest of measurements did."""

    source: str
    inputs: int = 0
    inputs_held: int = 0
    """Inputs that were read to their end before and have not changed since."""
    read: int = 0
    held: int = 0
    """Measurements that the ledger had already."""
    added: int = 0
    set_aside: int = 0
    """Lines that are no measurement: kept by their digest, with the reason."""
    partly: int = 0
    """Measurements of which a part could not be read."""
    faults: list[LineFault] = []
    states: dict[str, int] = {}


class _Piece(msgspec.Struct):
    """Lines on their way through, each with the input it came from."""

    lines: list[Line] = []
    origins: list[str] = []
    ended: list[tuple[str, int]] = []
    """Inputs that end with this piece, and how many lines they held."""
    size: int = 0
    where: str = ""


def ingest(
    location: str,
    source: str,
    settings: JudgingSettings = PROJECT,
    processes: int | None = None,
    report: Callable[[MeasurementProgress], None] = lambda _: None,
) -> MeasurementOutcome:
    """Bring measurements from a source into the ledger at `location`.

    May be interrupted at any point and run again: inputs read to their end are passed over, and of
    others no measurement is added twice.
    """
    store, wanted, outcome, total = begun(location, source)
    run = _Ingest(
        store=store,
        settings=settings,
        outcome=outcome,
        progress=MeasurementProgress(total),
        report=report,
    )
    run.run(wanted, workers(processes))
    compact(store)
    return outcome


def begun(location: str, source: str) -> tuple[Store, list[Input], MeasurementOutcome, int | None]:
    """A ledger with its tables, the inputs that it has not read to their end, and their bytes."""
    found = inputs(source)
    store = Store(location)
    store.create()
    store.create(schema.MEASUREMENT_TABLES)
    outcome = MeasurementOutcome(source, len(found))
    done = Measurements(store).inputs()
    wanted = [one for one in found if one.origin is None or one.origin not in done]
    outcome.inputs_held = len(found) - len(wanted)
    sizes = [one.size for one in wanted]
    return store, wanted, outcome, None if None in sizes else sum(size or 0 for size in sizes)


class _Ingest:
    """One run over the inputs that are wanted."""

    def __init__(
        self,
        store: Store,
        settings: JudgingSettings,
        outcome: MeasurementOutcome,
        progress: MeasurementProgress,
        report: Callable[[MeasurementProgress], None],
    ) -> None:
        self._store = store
        self._settings = settings
        self._outcome = outcome
        self._progress = progress
        self._report = report
        self._pending: list[tuple[Converted, list[str]]] = []
        self._ended: list[tuple[str, int]] = []
        self._since = monotonic()

    def run(self, wanted: list[Input], processes: int) -> None:
        """Read, convert in as many processes as asked for, and commit in batches."""
        pieces: list[_Piece] = []

        def batches() -> Iterator[list[Line]]:
            for piece in self._pieces(wanted):
                pieces.append(piece)
                yield piece.lines

        start = partial(warm, self._settings)
        convert_with = partial(convert, settings=self._settings)
        for converted in map_batches(convert_with, batches(), processes, start):
            self._take(pieces.pop(0), converted)
        self._flush()

    def _pieces(self, wanted: list[Input]) -> Iterator[_Piece]:
        """Lines of all inputs in pieces of a size; small inputs share one."""
        piece = _Piece()
        for source in wanted:
            count, whole = 0, True
            for line in source.lines():
                if isinstance(line, LineFault):
                    self._outcome.faults.append(line)
                    whole = False
                    continue
                count += 1
                piece.lines.append(line)
                piece.origins.append(source.origin or source.name)
                piece.size += len(line.data)
                piece.where = source.name
                if len(piece.lines) >= BATCH_LINES or piece.size >= BATCH_BYTES:
                    yield piece
                    piece = _Piece()
            if source.origin and whole:
                piece.ended.append((source.origin, count))
        yield piece

    def _take(self, piece: _Piece, converted: Converted) -> None:
        self._outcome.read += len(piece.lines)
        self._pending.append((converted, piece.origins))
        self._ended += piece.ended
        self._progress.bytes += piece.size
        self._progress.measurements = self._outcome.read
        self._progress.where = piece.where
        rows = sum(one.measurements.num_rows for one, _ in self._pending)
        size = sum(one.bytes for one, _ in self._pending)
        late = monotonic() - self._since > _COMMIT_SECONDS
        if rows >= _COMMIT_MEASUREMENTS or size >= _COMMIT_BYTES or late:
            self._flush()
        self._report(self._progress)

    def _flush(self) -> None:
        """Commit what is new of what has been gathered; again from the start if another writer
        was faster, since it may have brought the same."""
        if not self._pending and not self._ended:
            return
        while True:
            try:
                self._commit()
                break
            except LedgerConflictError:
                self._store.refresh()
        self._pending, self._ended = [], []
        self._since = monotonic()

    def _commit(self) -> None:
        held = Measurements(self._store)
        measurements = pa.concat_tables(
            [
                one.measurements.append_column("origin", pa.array(origins, pa.string()))
                for one, origins in self._pending
            ]
        )
        new = held.new(measurements.column("uid").to_pylist())
        keep = pa.array(new.places, pa.int64())
        batch, at = new_batch(), next_record_time(held.high_water())
        fresh = measurements.take(keep)
        tables = {
            "observations": rows_of(
                fresh, [one.observations for one, _ in self._pending], new.again
            ),
            "verdicts": rows_of(fresh, [one.verdicts for one, _ in self._pending], new.again),
        }
        self._store.append(
            WRITER,
            {name: stamped(name, table, batch, at) for name, table in tables.items()},
            {
                "measurements": stamped("measurements", fresh, batch, at),
                # Last: that an input was read to its end is true only once all of it is in.
                "inputs": schema.arrow_table("inputs", [(*e, batch, at) for e in self._ended]),
            },
            self._store.turn(WRITER, "measurements"),
        )
        self._store.refresh()
        self._count(measurements, fresh, tables["verdicts"])

    def _count(self, read: pa.Table, fresh: pa.Table, verdicts: pa.Table) -> None:
        self._outcome.held += read.num_rows - fresh.num_rows
        add(self._outcome, counted(fresh, verdicts))


class Counted(msgspec.Struct, frozen=True):
    """What some measurements were that are new."""

    added: int
    unreadable: int
    troubled: int
    states: dict[str, int]


def counted(fresh: pa.Table, verdicts: pa.Table) -> Counted:
    """Count them, by the verdict on each as a whole."""
    whole = verdicts.filter(pc.equal(verdicts.column("part"), 0))
    return Counted(
        fresh.num_rows,
        pc.sum(pc.invert(fresh.column("readable"))).as_py() or 0,
        pc.sum(pc.greater(pc.list_value_length(fresh.column("problems")), 0)).as_py() or 0,
        {one["values"]: one["counts"] for one in whole.column("state").value_counts().to_pylist()},
    )


def add(outcome: MeasurementOutcome, found: Counted) -> None:
    """Add counts to what an ingest did."""
    outcome.added += found.added
    outcome.set_aside += found.unreadable
    outcome.partly += found.troubled - found.unreadable
    for name, number in found.states.items():
        outcome.states[name] = outcome.states.get(name, 0) + number


def warm(settings: JudgingSettings) -> None:
    """Make rules and fingerprints ready before the first batch."""
    tools(settings)


def rows_of(fresh: pa.Table, tables: list[pa.Table], again: set[str]) -> pa.Table:
    """The rows of the measurements that are new. One that came twice in this batch is there twice
    in the tables: the second time its rows are left out by their place."""
    rows = pa.concat_tables(tables)
    rows = rows.filter(pc.is_in(rows.column("uid"), value_set=fresh.column("uid").combine_chunks()))
    if not again:
        return rows
    key = "step" if "step" in rows.column_names else "part"
    seen: set[tuple[str, int]] = set()
    kept = []
    for place, row in enumerate(zip(rows["uid"].to_pylist(), rows[key].to_pylist(), strict=True)):
        if row not in seen:
            seen.add(row)
            kept.append(place)
    return rows.take(pa.array(kept, pa.int64()))


def stamped(name: str, table: pa.Table, batch: str, at: object) -> pa.Table:
    """A table with the writer's batch and the time of recording, in the ledger's order."""
    wanted = pa.schema(schema.arrow_schema(name))
    for field, value in (("batch", batch), ("recorded_at", at)):
        if field in wanted.names and field not in table.column_names:
            table = table.append_column(
                field, pa.array([value] * table.num_rows, wanted.field(field).type)
            )
    return table.select(wanted.names).cast(wanted)
