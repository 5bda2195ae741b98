"""What an ingest would read, in how many tasks, and about how long and at what cost: from a listing
and from measured rates, with nothing read but the first lines of large files."""

import msgspec

from gatewatch.catalogue.rates import Rates
from gatewatch.ledger.measurements import Measurements
from gatewatch.ledger.store import Store
from gatewatch.sources.measurements.lines import inputs
from gatewatch.sources.measurements.shares import packed, shares

_WHOLE = ("ingest", "judge", "count")
"""Stages that walk over every measurement."""


class StagePlan(msgspec.Struct, frozen=True):
    """One stage of a plan."""

    stage: str
    measurements: int
    core_hours: float
    hours: float
    cost: float | None


class IngestPlan(msgspec.Struct, frozen=True, kw_only=True):
    """What an ingest would do. Of compressed inputs the bytes are those that they are taken for."""

    source: str
    inputs: int
    inputs_held: int
    listed_bytes: int
    plain_bytes: int
    tasks: int
    largest_task: int
    """Bytes of it: no number of cores ends an ingest before its largest task."""
    uncut: int
    """Inputs larger than a task that cannot be cut, being compressed."""
    measurements: int
    kept_bytes: int
    """That the ledger would grow by."""
    cores: int
    stages: tuple[StagePlan, ...]
    rates: str
    """Where the rates are from."""


def plan(
    location: str,
    source: str,
    rates: Rates,
    *,
    cores: int,
    share: int,
    spark: bool,
    price: float | None = None,
) -> IngestPlan:
    """A plan for `cores` cores; `price` is of one core for an hour, `share` bytes of a task."""
    found = inputs(source)
    store = Store(location)
    done = Measurements(store).inputs() if store.exists() else set()
    wanted = [one for one in found if one.origin is None or one.origin not in done]
    made = shares(wanted, share)
    tasks = packed(made, share)
    weights = [sum(one.weight for one in task) for task in tasks]
    plain = sum(share.plain for share in made)
    number = round(plain / rates.line_bytes)
    largest = max(weights, default=0)
    stages = []
    for rate in rates.stages:
        if rate.stage not in _WHOLE:
            continue
        a_core = rate.spark_a_core if spark else rate.a_core
        core_hours = number / a_core / 3600
        # What one task takes by itself bounds what all cores take together.
        alone = largest / rates.line_bytes / a_core / 3600 if rate.stage == "ingest" else 0.0
        start = rates.start_seconds / 3600 if spark else 0.0
        hours = max(core_hours / cores, alone) + start
        cost = None if price is None else hours * cores * price
        stages.append(StagePlan(rate.stage, number, core_hours, hours=hours, cost=cost))
    return IngestPlan(
        source=source,
        inputs=len(found),
        inputs_held=len(found) - len(wanted),
        listed_bytes=sum(one.size or 0 for one in wanted),
        plain_bytes=plain,
        tasks=len(tasks),
        largest_task=largest,
        uncut=sum(1 for one in made if one.end is None and one.weight > share * 3 // 2),
        measurements=number,
        kept_bytes=round(number * rates.kept_bytes),
        cores=cores,
        stages=tuple(stages),
        rates=rates.measured,
    )
