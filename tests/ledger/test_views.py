"""Which verdict is in force: one view, whatever was judged before, and every count rests on it."""

import tempfile
from collections import Counter
from collections.abc import Sequence
from datetime import UTC, datetime
from importlib.resources import files
from pathlib import Path
from typing import Any

import pytest
from hypothesis import HealthCheck, given, settings
from hypothesis import strategies as st
from tests.probes import Probes

from gatewatch.analysis.network.tools import JudgingSettings
from gatewatch.catalogue import rules
from gatewatch.ledger.measurements import Measurements
from gatewatch.ledger.selection import Axis, MeasurementFilter, counted
from gatewatch.ledger.store import Store
from gatewatch.ledger.tallies import TallyScope, mechanisms, tallies
from gatewatch.model.moment import Moment
from gatewatch.model.verdict import VerdictState
from gatewatch.pipeline.judging import rejudge
from gatewatch.pipeline.measurements import ingest
from gatewatch.query import ledger as reading
from gatewatch.query.episodes import Record
from gatewatch.query.moments import of_all

MAY = int(datetime(2017, 5, 1, tzinfo=UTC).timestamp() // 3600)
RESTRICTED = (VerdictState.BLOCKED, VerdictState.LIKELY_BLOCKED)
few = settings(max_examples=5, deadline=None, suppress_health_check=list(HealthCheck))


def _lines(shared: Path, file: Path) -> str:
    """Three networks measure one host for a fortnight; it is blocked in the second week."""
    rows = [
        ("wechat.com", net, hour, hour >= MAY + 168)
        for hour in range(MAY, MAY + 336, 12)
        for net in (10, 20, 30)
    ]
    return str(Probes(shared).write(file, rows))


def _rules(file: Path, state: str) -> JudgingSettings:
    """The project's rules, of which those that say blocked or likely blocked say something else."""
    text = (files("gatewatch.catalogue") / "rules.toml").read_text(encoding="utf-8")
    for one in RESTRICTED:
        text = text.replace(f'state = "{one}"', f'state = "{state}"')
    file.write_text(text, encoding="utf-8")
    assert all(
        rule.state == state or rule.state not in RESTRICTED for rule in rules.load(str(file)).rules
    )
    return JudgingSettings(rules=str(file))


def _told(location: str, recorded_by: datetime | None = None) -> list[Any]:
    """All that is counted: tallies, episodes, and measurements by state and mechanism."""
    ledger = reading.open(location)
    store, scope = ledger.store, TallyScope(jurisdiction="RU", recorded_by=recorded_by)
    found = tallies(store, scope)
    rows = [
        row | {"mechanisms": mechanisms(found.schema, row["mechanisms"])}
        for row in found.to_pylist()
    ]
    blocks = Record(
        ledger, of_all(ledger, Moment.parse(None, None, recorded_by)), jurisdiction="RU"
    ).episodes
    seen = Measurements(store).about(["wechat.com"], "RU", datetime.now(UTC), recorded_by)
    counts = counted(store, MeasurementFilter(recorded_by=recorded_by), [Axis.MECHANISM])
    return [sorted(rows, key=str), blocks, Counter(seen.counts), counts]


@few
@given(st.lists(st.sampled_from(VerdictState), min_size=1, max_size=3))
def test_law_10_after_any_judgements_all_is_as_if_judged_once(
    shared: Path, states: Sequence[VerdictState]
) -> None:
    """Tallies, episodes and counts are those of a fresh ledger that knew the last rules alone."""
    with tempfile.TemporaryDirectory() as scratch:
        folder = Path(scratch)
        source = _lines(shared, folder / "made.jsonl")
        ingest(str(folder / "judged"), source, processes=1)
        for place, state in enumerate(states):
            rejudge(str(folder / "judged"), _rules(folder / f"{place}.toml", state))
        last = _rules(folder / "last.toml", states[-1])
        ingest(str(folder / "fresh"), source, last, processes=1)
        assert _told(str(folder / "judged")) == _told(str(folder / "fresh"))


@pytest.mark.parametrize("state", [VerdictState.DOWN, VerdictState.INSUFFICIENT, VerdictState.OK])
def test_a_block_that_was_judged_away_is_nowhere(
    shared: Path, tmp_path: Path, state: VerdictState
) -> None:
    """Whatever the last rules say instead of blocked, nothing counts the verdict that they
    replaced; what was answered before by a time of recording stays."""
    location = str(tmp_path / "ledger")
    ingest(location, _lines(shared, tmp_path / "made.jsonl"), processes=1)
    held = Measurements(Store(location)).high_water()
    before = _told(location)
    assert before[1]
    rejudge(location, _rules(tmp_path / "rules.toml", state))
    rows, found, counts, _ = _told(location)
    assert not found
    assert not any(row["blocked"] for row in rows)
    assert (
        counts == {VerdictState.OK: 42, state: 42}
        if state != VerdictState.OK
        else {VerdictState.OK: 84}
    )
    assert _told(location, held) == before


def test_a_measurement_that_came_after_a_judgement_keeps_its_own_verdict(
    shared: Path, tmp_path: Path
) -> None:
    """A judgement is in force for what it judged, not for what it never saw."""
    location = str(tmp_path / "ledger")
    ingest(location, _lines(shared, tmp_path / "made.jsonl"), processes=1)
    rejudge(location, _rules(tmp_path / "rules.toml", VerdictState.DOWN))
    late = Probes(shared)
    late._number = 1000
    ingest(
        location,
        str(late.write(tmp_path / "late.jsonl", [("wechat.com", 10, MAY + 400, True)])),
        processes=1,
    )
    seen = Measurements(Store(location)).about(["wechat.com"], "RU", datetime.now(UTC), None)
    assert seen.counts == {
        VerdictState.OK: 42,
        VerdictState.DOWN: 42,
        VerdictState.LIKELY_BLOCKED: 1,
    }


@pytest.mark.parametrize(
    "sql",
    [
        "SELECT count(*) FROM measurements",
        "SELECT count(*) FROM snapshots s FULL JOIN (measurements m JOIN verdicts v ON m.uid = v.uid) ON true",
        "SELECT count(*) FROM (\n  measurements)",
    ],
)
def test_tables_are_opened_wherever_a_query_reads_from_them(
    shared: Path, tmp_path: Path, sql: str
) -> None:
    """Also within parentheses, as joins are written."""
    ingest(str(tmp_path / "ledger"), _lines(shared, tmp_path / "made.jsonl"), processes=1)
    ((number,),) = Store(str(tmp_path / "ledger")).query(sql)
    assert number == 84
