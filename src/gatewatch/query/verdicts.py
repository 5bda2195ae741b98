"""Verdicts for reading: of a file that is not in any ledger, or of a measurement held."""

from collections.abc import Iterator

import msgspec

from gatewatch.analysis.network.observe import observe
from gatewatch.analysis.network.tools import PROJECT, JudgingSettings, tools
from gatewatch.errors import LedgerError, SourceError, UsageError
from gatewatch.ledger.measurements import Measurements
from gatewatch.ledger.store import Store
from gatewatch.model.moment import Moment
from gatewatch.model.observation import Observed
from gatewatch.model.verdict import Verdict
from gatewatch.sources.measurements.lines import LineFault, inputs
from gatewatch.sources.measurements.ooni import decode


class Explained(msgspec.Struct, frozen=True):
    """A measurement taken apart with what was concluded; `earlier` are verdicts by other rules."""

    observed: Observed
    verdict: Verdict
    earlier: tuple[Verdict, ...] = ()


def of_file(source: str, settings: JudgingSettings = PROJECT) -> Iterator[Explained]:
    """Judge the measurements of a file or folder, as `gatewatch ingest ooni` would read them."""
    matcher, judge = tools(settings)
    for each in inputs(source):
        if each.passed_over:
            continue
        for line in each.lines():
            if isinstance(line, LineFault):
                raise SourceError(f"{line.where}: {line.reason}")
            observed = observe(decode(line.data, line.uid), matcher)
            yield Explained(observed, judge.judge(observed))


def of_uid(location: str, uid: str, moment: Moment | None = None) -> Explained:
    """What the ledger concluded of a measurement; a uid may be shortened. With a moment, by the
    verdict that was in force then, if the measurement had been made, published and recorded by its
    times."""
    store = Store(location)
    if not store.exists():
        raise LedgerError(f"no ledger at {location}: gatewatch ingest ooni SOURCE makes one")
    held = Measurements(store)
    named = held.measurement(uid, moment)
    if named is None:
        by = " by the times asked about" if moment and held.measurement(uid) else ""
        raise UsageError(
            f"{uid!r} is no file, and no measurement in the ledger at {location} bears this name "
            f"or alone begins with it{by}"
        )
    *earlier, last = held.verdicts(named["uid"], moment.recorded_by if moment else None)
    return Explained(held.observed(named), last, tuple(earlier))
