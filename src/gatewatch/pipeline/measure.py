"""The hot path of measurements: lines to observations and verdicts as Arrow, in one process.

A function from a batch of lines to tables, with no state but its rules and fingerprints, so that
any engine can run it.
"""

from collections.abc import Callable, Iterable, Sequence
from datetime import UTC, datetime
from functools import lru_cache
from itertools import repeat
from operator import attrgetter
from typing import Any

import msgspec
import pyarrow as pa

from gatewatch.analysis.fingerprints import Matcher
from gatewatch.analysis.judge import Judge
from gatewatch.analysis.observe import observe
from gatewatch.catalogue import fingerprints, rules
from gatewatch.ledger import schema
from gatewatch.model.measurement import Measurement
from gatewatch.model.observation import DnsStep, HttpStep, Observed, Step, TcpStep, TlsStep
from gatewatch.model.verdict import Verdict
from gatewatch.sources.lines import Line
from gatewatch.sources.ooni import decode

_KINDS: tuple[type[Step], ...] = (DnsStep, TcpStep, TlsStep, HttpStep)
_NAMES: dict[type, str] = {DnsStep: "dns", TcpStep: "tcp", TlsStep: "tls", HttpStep: "http"}
_FIELDS = {kind: tuple(f.name for f in msgspec.structs.fields(kind)) for kind in _KINDS}
_columns: dict[type, Callable[[Any], tuple[Any, ...]]] = {
    kind: attrgetter(*fields) for kind, fields in _FIELDS.items()
}
_encode = msgspec.json.encode


class Settings(msgspec.Struct, frozen=True):
    """Where rules and fingerprints come from; None means those of the project."""

    rules: str | None = None
    fingerprints: str | None = None


class Converted(msgspec.Struct):
    """What a batch of lines became. The tables lack `batch` and `recorded_at`."""

    measurements: pa.Table
    observations: pa.Table
    verdicts: pa.Table

    @property
    def bytes(self) -> int:
        return sum(t.nbytes for t in (self.measurements, self.observations, self.verdicts))


@lru_cache(maxsize=4)
def tools(settings: Settings) -> tuple[Matcher, Judge]:
    """Fingerprints and rules made ready, once a process."""
    return Matcher(fingerprints.load(settings.fingerprints)), Judge(rules.load(settings.rules))


def convert(lines: Sequence[Line], settings: Settings = Settings()) -> Converted:  # noqa: B008 - frozen
    """Decode, observe and judge a batch of lines. Never raises on what is in them."""
    matcher, judge = tools(settings)
    seen = [observe(decode(line.data, line.uid), matcher) for line in lines]
    verdicts = [judge.judge(one) for one in seen]
    return Converted(_measurements(seen), _observations(seen), verdict_table(verdicts))


def _table(name: str, columns: dict[str, Any], rows: int) -> pa.Table:
    """A table of the ledger's columns; those that are missing are null."""
    wanted = schema.arrow_schema(name)
    left = [field for field in wanted if field.name not in {"batch", "recorded_at", "origin"}]
    arrays = [
        _array(columns[field.name], field.type) if field.name in columns
        else pa.nulls(rows, field.type)
        for field in left
    ]  # fmt: skip
    return pa.Table.from_arrays(arrays, schema=pa.schema(left))


def _array(values: Any, kind: pa.DataType) -> Any:
    return values if isinstance(values, pa.Array) else pa.array(values, kind)


def _measurements(seen: list[Observed]) -> pa.Table:
    held = [one.measurement for one in seen]
    columns: dict[str, Any] = {
        name: [getattr(m, name) for m in held]
        for name in (
            "uid", "report_id", "test_name", "test_version", "input", "probe_cc", "probe_asn",
            "resolver_asn", "resolver_ip", "software", "problems", "readable",
        )
    }  # fmt: skip
    columns["started_at"] = [_started(m) for m in held]
    columns["facts"] = [_encode(m.facts).decode() for m in held]
    for name in ("host", "control", "control_page", "valid", "fingerprints"):
        columns[name] = [getattr(one, name) for one in seen]
    return _table("measurements", columns, len(seen))


def _started(measurement: Measurement) -> datetime | None:
    return _time(measurement.started_at)


@lru_cache(maxsize=65_536)
def _time(text: str | None) -> datetime | None:
    """The format's `2024-02-12 20:33:47`, which is UTC."""
    try:
        known = datetime.fromisoformat(text) if text else None
    except ValueError:
        return None
    if known is None:
        return None
    return known.astimezone(UTC) if known.tzinfo else known.replace(tzinfo=UTC)


def _observations(seen: list[Observed]) -> pa.Table:
    """One row a step. Kinds of steps are told apart, since each fills columns of its own."""
    uids = pa.array([one.measurement.uid for one in seen], pa.string())
    rows: dict[type, list[tuple[Any, ...]]] = {kind: [] for kind in _KINDS}
    owners: dict[type, list[int]] = {kind: [] for kind in _KINDS}
    places: dict[type, list[int]] = {kind: [] for kind in _KINDS}
    for owner, one in enumerate(seen):
        for place, step in enumerate(one.steps):
            kind = type(step)
            rows[kind].append(_columns[kind](step))
            owners[kind].append(owner)
            places[kind].append(place)
    tables = [
        _steps(kind, rows[kind], uids.take(pa.array(owners[kind], pa.int32())), places[kind])
        for kind in _KINDS
    ]
    return pa.concat_tables(tables)


def _steps(kind: type, rows: list[tuple[Any, ...]], uids: pa.Array, places: list[int]) -> pa.Table:
    columns: dict[str, Any] = dict(zip(_FIELDS[kind], zip(*rows, strict=True), strict=False))
    columns |= {"uid": uids, "step": places, "kind": list(repeat(_NAMES[kind], len(rows)))}
    return _table("observations", columns, len(rows))


def verdict_table(verdicts: Iterable[Verdict]) -> pa.Table:
    """One row a verdict, and one for each of its parts."""
    rows = []
    for whole in verdicts:
        for part, one in enumerate((whole, *whole.parts)):
            rows.append((
                one.uid, part, one.target, one.state, one.mechanism, one.locus, one.interference,
                one.hop, one.rules, one.evidence, one.why, one.ruleset, one.fingerprints,
            ))  # fmt: skip
    names = ("uid", "part", "target", "state", "mechanism", "locus", "interference", "hop",
             "rules", "evidence", "why", "ruleset", "fingerprints")  # fmt: skip
    columns = dict(zip(names, zip(*rows, strict=True), strict=False)) if rows else {}
    return _table("verdicts", columns, len(rows))
