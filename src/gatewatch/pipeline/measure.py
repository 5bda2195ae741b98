"""The hot path of measurements: lines to observations and verdicts as Arrow, in one process.

A function from a batch of lines to tables, with no state but its rules and fingerprints, so that
any engine can run it.
"""

import gc
from collections.abc import Callable, Iterable, Iterator, Sequence
from contextlib import contextmanager
from datetime import UTC, datetime
from functools import lru_cache
from itertools import chain, repeat
from operator import add, attrgetter
from pickle import PickleBuffer
from typing import Any

import msgspec
from msgspec.structs import astuple

from gatewatch.analysis.network.observe import observe
from gatewatch.analysis.network.tools import PROJECT, JudgingSettings, tools
from gatewatch.errors import needs
from gatewatch.ledger import schema
from gatewatch.model.measurement import Measurement, Steps
from gatewatch.model.moment import tellable
from gatewatch.model.observation import DnsStep, HttpStep, Observed, TaskStep, TcpStep, TlsStep
from gatewatch.model.verdict import Verdict
from gatewatch.sources.measurements.lines import Line
from gatewatch.sources.measurements.ooni import decode, unreadable

with needs("network"):
    import numpy as np
    import pyarrow as pa

_STEPS: dict[type, Callable[[Observed], tuple[Any, ...]]] = {
    DnsStep: attrgetter("names"),
    TcpStep: attrgetter("connects"),
    TlsStep: attrgetter("handshakes"),
    HttpStep: attrgetter("pages"),
    TaskStep: attrgetter("tasks"),
}
_NAMES: dict[type, str] = {
    DnsStep: "dns",
    TcpStep: "tcp",
    TlsStep: "tls",
    HttpStep: "http",
    TaskStep: "task",
}
_FIELDS: dict[type, tuple[str, ...]] = {
    kind: tuple(f.name for f in msgspec.structs.fields(kind)) for kind in _NAMES
}
_NO_STEPS = Steps()
_encode = msgspec.json.encode


class Converted(msgspec.Struct):
    """What a batch of lines became. The tables lack `batch` and `recorded_at`."""

    measurements: pa.Table
    observations: pa.Table
    verdicts: pa.Table

    def __reduce__(self) -> tuple[Callable[..., "Converted"], tuple[PickleBuffer, ...]]:
        """Between processes each table is one run of bytes, which the other side only looks at:
        Arrow's own pickling handles every buffer of every column by itself."""
        tables = (self.measurements, self.observations, self.verdicts)
        return unpacked, tuple(map(packed, tables))

    @property
    def bytes(self) -> int:
        return sum(t.nbytes for t in (self.measurements, self.observations, self.verdicts))


def packed(table: pa.Table) -> PickleBuffer:
    """A table as one run of bytes."""
    sink = pa.BufferOutputStream()
    with pa.ipc.new_stream(sink, table.schema) as stream:
        stream.write_table(table)
    return PickleBuffer(sink.getvalue())


def unpacked(*packed: bytes) -> Converted:
    """What a batch became, from the runs of bytes of its tables, which are only looked at."""
    return Converted(*(pa.ipc.open_stream(data).read_all() for data in packed))


def convert(lines: Sequence[Line], settings: JudgingSettings = PROJECT) -> Converted:
    """Decode, observe and judge a batch of lines. Never raises on what is in them: a line of which
    no row can be made is told as unreadable, and holds up none beside it."""
    with _without_collector():
        # In a call of its own: what it made must be gone before the collector is back, or it looks
        # through all of that.
        try:
            return _converted(lines, settings)
        except (OSError, MemoryError):  # the machine's, whatever the lines say
            raise
        except Exception:  # noqa: BLE001 - whatever a stranger's line brings about
            return _each(lines, settings)


def _each(lines: Sequence[Line], settings: JudgingSettings) -> Converted:
    """The same, looking for the line that no row can be made of: by halves, since it is alone."""
    if len(lines) == 1:
        why = "no row can be made of what it says"
        return _tables([unreadable(lines[0].data, lines[0].uid, why)], settings)
    found = []
    for part in (lines[: len(lines) // 2], lines[len(lines) // 2 :]):
        try:
            found.append(_converted(part, settings))
        except Exception:  # noqa: BLE001 - as in convert
            found.append(_each(part, settings))
    return Converted(
        *(
            pa.concat_tables([getattr(one, name) for one in found])
            for name in ("measurements", "observations", "verdicts")
        )
    )


def _converted(lines: Sequence[Line], settings: JudgingSettings) -> Converted:
    return _tables((decode(line.data, line.uid) for line in lines), settings)


def _tables(measurements: Iterable[Measurement], settings: JudgingSettings) -> Converted:
    matcher, judge = tools(settings)
    seen = []
    for measurement in measurements:
        seen.append(observe(measurement, matcher))
        measurement.steps = _NO_STEPS  # bodies and all: let them go before the next line
    # Judged when all are observed: between two bodies the rules would lie in no cache, which took
    # as long again.
    verdicts = list(map(judge.judge, seen))
    return Converted(_measurements(seen), _observations(seen), verdict_table(verdicts, seen))


@contextmanager
def _without_collector() -> Iterator[None]:
    """What is made here holds no cycles; looking for some among so many objects takes a third of
    the time."""
    was = gc.isenabled()
    gc.disable()
    try:
        yield
    finally:
        if was:
            gc.enable()


def _table(name: str, columns: dict[str, Any], rows: int) -> pa.Table:
    """A table of the ledger's columns; those that are missing are null."""
    arrays = [
        _array(columns[field], kind) if field in columns else pa.nulls(rows, kind)
        for field, kind in _kinds(name)
    ]
    return pa.Table.from_arrays(arrays, schema=_schema(name))


@lru_cache
def _kinds(name: str) -> list[tuple[str, pa.DataType]]:
    """A table's columns and their types: of a schema they are made anew at each look."""
    return [(field.name, field.type) for field in _schema(name)]


@lru_cache
def _schema(name: str) -> pa.Schema:
    """A table's schema without what a writer adds."""
    later = {"batch", "recorded_at", "origin"}
    return pa.schema(
        [field for field in pa.schema(schema.arrow_schema(name)) if field.name not in later]
    )


def _array(values: Any, kind: pa.DataType) -> Any:
    if isinstance(values, pa.Array):
        return values
    if values and values[0] is None and values.count(None) == len(values):
        return pa.nulls(len(values), kind)
    if pa.types.is_list(kind):  # much faster than to let Arrow look into each list
        ends = np.zeros(len(values) + 1, np.int32)
        if any(values):
            np.cumsum(np.fromiter(map(len, values), np.int32, len(values)), out=ends[1:])
        inner = pa.array(list(chain.from_iterable(values)) if ends[-1] else [], kind.value_type)
        return pa.ListArray.from_arrays(pa.array(ends), inner)
    return pa.array(values, kind)


def _measurements(seen: list[Observed]) -> pa.Table:
    held = [one.measurement for one in seen]
    columns: dict[str, Any] = {
        name: [getattr(m, name) for m in held] for name in (*schema.AS_RECEIVED, "problems")
    }
    columns["started_at"] = [_time(m.started_at) for m in held]
    columns["collected_at"] = [_time(m.collected_at) for m in held]
    columns["facts"] = [_encode(m.facts).decode() for m in held]
    columns["annotations"] = [
        _encode(m.annotations).decode() if m.annotations else "{}" for m in held
    ]
    for name in ("host", "control", "control_page", "valid", "fingerprints"):
        columns[name] = [getattr(one, name) for one in seen]
    return _table("measurements", columns, len(seen))


@lru_cache(maxsize=65_536)
def _time(text: str | None) -> datetime | None:
    """The format's `2024-02-12 20:33:47`, which is UTC; None at the very ends of the calendar too,
    where a clock is off and nothing can be reckoned from it."""
    try:
        known = datetime.fromisoformat(text) if text else None
    except ValueError:
        return None
    if known is None or not tellable(known):
        return None
    return known.astimezone(UTC) if known.tzinfo else known.replace(tzinfo=UTC)


def _observations(seen: list[Observed]) -> pa.Table:
    """One row a step. Kinds of steps are told apart, since each fills columns of its own."""
    uids = pa.array([one.measurement.uid for one in seen], pa.string())
    tables = []
    first = [0] * len(seen)
    for kind, steps_of in _STEPS.items():
        groups = [steps_of(one) for one in seen]
        counts = [len(group) for group in groups]
        if not any(counts):
            continue
        owners = list(chain.from_iterable(map(repeat, range(len(seen)), counts)))
        after = list(map(add, first, counts))
        places = list(chain.from_iterable(map(range, first, after)))
        first = after
        rows = list(map(astuple, chain.from_iterable(groups)))
        columns: dict[str, Any] = dict(zip(_FIELDS[kind], zip(*rows, strict=True), strict=False))
        columns["uid"] = uids.take(pa.array(owners, pa.int32()))
        columns["step"] = places
        columns["kind"] = pa.repeat(_NAMES[kind], len(rows))
        tables.append(_table("observations", columns, len(rows)))
    return pa.concat_tables(tables) if tables else _schema("observations").empty_table()


_VERDICT = tuple(name for name in Verdict.__struct_fields__ if name != "parts")
_verdict_values = attrgetter(*_VERDICT)


def verdict_table(verdicts: Iterable[Verdict], seen: Iterable[Observed]) -> pa.Table:
    """One row a verdict, and one for each of its parts; `seen` is what each is on."""
    rows, places, codes = [], [], []
    for whole, observed in zip(verdicts, seen, strict=True):
        # Empty where it is unknown: null is a row from before verdicts bore a country.
        code = observed.measurement.probe_cc or ""
        for part, one in enumerate((whole, *whole.parts)):
            rows.append(_verdict_values(one))
            places.append(part)
            codes.append(code)
    columns: dict[str, Any] = dict(zip(_VERDICT, zip(*rows, strict=True), strict=False))
    return _table("verdicts", columns | {"part": places, "probe_cc": codes}, len(rows))
