"""Judging again from observations when rules change: new verdicts beside the old, and what
changed."""

from collections import Counter
from collections.abc import Callable, Iterator
from datetime import datetime
from typing import TYPE_CHECKING

import msgspec

from gatewatch.analysis.network.judge import Judge
from gatewatch.analysis.network.tools import PROJECT, JudgingSettings, tools
from gatewatch.errors import LedgerConflictError, LedgerError
from gatewatch.ledger import schema
from gatewatch.ledger.batches import new_batch, next_record_time
from gatewatch.ledger.compaction import compact
from gatewatch.ledger.measurements import Measurements
from gatewatch.ledger.store import Store
from gatewatch.ledger.views import JUDGED
from gatewatch.model.observation import Observed
from gatewatch.model.verdict import Verdict
from gatewatch.pipeline.measure import verdict_table
from gatewatch.pipeline.measurements import WRITER, stamped

if TYPE_CHECKING:
    import arro3.core

_AT_ONCE = 2_000


class Way(msgspec.Struct, frozen=True):
    """One way in which verdicts changed: state, mechanism and the deciding rule, then and now."""

    before: str
    before_mechanism: str | None
    before_rule: str
    now: str
    now_mechanism: str | None
    now_rule: str


class Rejudgement(msgspec.Struct):
    """What judging again changed, by the way it changed, with an example of each."""

    ruleset: str
    judged: int = 0
    same: int = 0
    changed: dict[Way, int] = {}
    examples: dict[Way, str] = {}
    written: bool = False
    older: int = 0
    """Measurements that were taken in by a version that kept less of them: results of bootstraps,
    second answers, a certificate's first day and the probe's make are not known of these."""


def rejudge(
    location: str,
    settings: JudgingSettings = PROJECT,
    *,
    write: bool = True,
    report: Callable[[int, int], None] = lambda *_: None,
) -> Rejudgement:
    """Judge every measurement of a ledger by the rules as they are now.

    Old verdicts stay under their rule set. The new ones count once all of them are in: interrupted,
    nothing has changed. With `write` false only the comparison is made. What fingerprints met was
    kept when a measurement came in; bodies were not, so new fingerprints need a new ingest.
    """
    store = judgeable(location)
    while True:
        try:
            return _run(store, settings, write, report)
        except LedgerConflictError:
            store.refresh()


def judgeable(location: str) -> Store:
    """A ledger that is there."""
    store = Store(location)
    if not store.exists():
        raise LedgerError(f"no ledger at {location}: gatewatch ingest ooni SOURCE makes one")
    return store


def _run(
    store: Store, settings: JudgingSettings, write: bool, report: Callable[[int, int], None]
) -> Rejudgement:
    _, judge = tools(settings)
    held = Measurements(store)
    found = Rejudgement(judge.version, older=held.older())
    batch, at = new_batch(), next_record_time(held.high_water())
    turn = store.turn(WRITER, "inputs")
    total = held.count()
    for fresh, seen in judged(held, judge, found):
        if write:
            told = stamped("verdicts", verdict_table(fresh, seen), batch, at)
            store.append(WRITER, {"verdicts": told}, {}, 0)
        report(found.judged, total)
    found.changed = dict(Counter(found.changed).most_common())
    if write and found.judged:
        store.append(WRITER, {}, {"inputs": vouch(judge.version, found, batch, at)}, turn)
        compact(store)
        found.written = True
    return found


def judged(
    held: Measurements, judge: Judge, found: Rejudgement
) -> Iterator[tuple[list[Verdict], list[Observed]]]:
    """Fresh verdicts on all measurements, and what they are on, some at a time; `found` takes how
    they differ."""
    for before, observed in held.all(_AT_ONCE):
        fresh = [judge.judge(one) for one in observed]
        for was, now in zip(before, fresh, strict=True):
            _compare(found, was, now)
        yield fresh, observed


def vouch(ruleset: str, found: Rejudgement, batch: str, at: datetime) -> "arro3.core.Table":
    """The row of `inputs` that makes a judgement count."""
    return schema.arrow_table("inputs", [(f"{JUDGED}{ruleset}", found.judged, batch, at)])


def _compare(found: Rejudgement, was: Verdict | None, now: Verdict) -> None:
    found.judged += 1
    if was is not None and (was.state, was.mechanism) == (now.state, now.mechanism):
        found.same += 1
        return
    then = (was.state, was.mechanism, _decided(was)) if was else ("", None, "")
    way = Way(*then, now.state, now.mechanism, _decided(now))
    found.changed[way] = found.changed.get(way, 0) + 1
    found.examples.setdefault(way, now.uid)


def _decided(verdict: Verdict) -> str:
    """The rule that decided, without its version; empty where none held."""
    return verdict.rules[0].partition("@")[0] if verdict.rules else ""
