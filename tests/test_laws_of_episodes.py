"""The laws of a ledger for what is concluded from measurements: episodes and reconciliation."""

import shutil
import tempfile
from collections.abc import Iterator
from contextlib import contextmanager
from datetime import UTC, datetime
from pathlib import Path
from random import Random
from typing import Any

import pytest
from hypothesis import HealthCheck, given, settings
from hypothesis import strategies as st
from tests.conftest import DEMO
from tests.measured import Row, put

from gatewatch import pipeline
from gatewatch.analysis.network.superseded import SupersessionKind, superseded
from gatewatch.catalogue import registers as catalogue
from gatewatch.model.moment import Moment
from gatewatch.query import episodes
from gatewatch.query import ledger as reading
from gatewatch.query import reconciliation as reconcile
from gatewatch.query.moments import of_all

MAY = int(datetime(2017, 5, 1, tzinfo=UTC).timestamp() // 3600)
HOSTS = ("wechat.com", "line.me", "free.example")
few = settings(max_examples=4, suppress_health_check=list(HealthCheck))


@pytest.fixture(scope="module")
def registers_alone(tmp_path_factory: pytest.TempPathFactory) -> Path:
    """The demo register, with nothing measured."""
    location = tmp_path_factory.mktemp("alone") / "ledger"
    pipeline.ingest(
        str(location), catalogue.read(DEMO / "ru-demo.toml"), str(DEMO / "prohibited-2017")
    )
    return location


@contextmanager
def _copy(ledger: Path) -> Iterator[str]:
    with tempfile.TemporaryDirectory() as scratch:
        location = Path(scratch) / "ledger"
        shutil.copytree(ledger, location)
        yield str(location)


blocks = st.fixed_dictionaries(
    {host: st.none() | st.tuples(st.integers(0, 20), st.integers(2, 20)) for host in HOSTS}
)
"""The day of May on which each host's block begins, and how many days it lasts."""


def _rows(world: dict[str, tuple[int, int] | None]) -> list[Row]:
    """Three networks measure each host every eight hours for forty days."""
    rows: list[Row] = []
    for host, span in world.items():
        first = MAY + 24 * span[0] if span else 0
        last = first + 24 * span[1] if span else 0
        rows += [
            (host, net, hour, first <= hour < last)
            for hour in range(MAY - 240, MAY + 720, 8)
            for net in (10, 20, 30)
        ]
    return rows


def _told(location: str, **times: Any) -> list[Any]:
    """Episodes, and every target beside the register on two days."""
    ledger = reading.open(location)
    found = [
        list(reconcile.reconciled(ledger, reconcile.report(ledger, "RU", valid_at=day, **times)))
        for day in ("2017-05-07", "2017-05-14")
    ]
    moment = of_all(ledger, Moment.parse(None, times.get("as_of"), times.get("recorded_by")))
    return [episodes.Record(ledger, moment, jurisdiction="RU").episodes, found]


@few
@given(blocks, st.integers(1, 99))
def test_law_1_what_was_answered_by_a_time_of_recording_stays(
    registers_alone: Path, world: dict[str, tuple[int, int] | None], share: int
) -> None:
    """Later measurements change nothing that is asked by an earlier record; and what they change is
    told as superseding."""
    rows = _rows(world)
    Random(share).shuffle(rows)
    cut = len(rows) * share // 100
    with _copy(registers_alone) as location:
        held = put(location, rows[:cut], "first").isoformat()
        before = _told(location, recorded_by=held)
        put(location, rows[cut:], "second")
        assert _told(location, recorded_by=held) == before
        after = _told(location)
        changes = list(superseded(before[0], after[0]))
        kept = {one.target for one in before[0]} - {one.of.target for one in changes}
        assert all(one in after[0] for one in before[0] if one.target in kept)
        assert {c.after for c in changes if c.kind != SupersessionKind.WITHDRAWN} <= set(after[0])


@few
@given(blocks, st.integers(-5, 25))
def test_law_1_a_past_as_of_knows_only_what_was_measured_by_then(
    registers_alone: Path, world: dict[str, tuple[int, int] | None], day: int
) -> None:
    """A ledger asked as of a day answers as one that holds nothing later, asked as of it too: what
    is measured no longer by then was last seen, and a later day would tell that of both."""
    rows, by = _rows(world), MAY + 24 * day
    as_of = datetime.fromtimestamp(by * 3600, UTC).isoformat()
    with _copy(registers_alone) as whole, _copy(registers_alone) as early:
        put(whole, rows, "all")
        put(early, [row for row in rows if row[2] <= by], "all")
        assert _told(whole, as_of=as_of)[0] == _told(early, as_of=as_of)[0]


@few
@given(blocks)
def test_law_4_an_episode_names_the_measurements_that_made_it(
    registers_alone: Path, world: dict[str, tuple[int, int] | None]
) -> None:
    """As many as it counts; and they alone, held by a ledger, are blocked where it says so."""
    with _copy(registers_alone) as location:
        put(location, _rows(world), "all")
        ledger = reading.open(location)
        record = episodes.Record(
            ledger, of_all(ledger, Moment.parse(None, None, None)), jurisdiction="RU"
        )
        for one in record.episodes:
            named = record.members(one)
            assert len({member.uid for member in named}) == one.members
            blocked = {member.network for member in named if member.state == "blocked"}
            assert set(one.networks) <= blocked
            assert all(
                one.first <= member.at < one.last.replace(minute=59, second=59) for member in named
            )


@few
@given(blocks, st.integers(2, 5), st.randoms())
def test_law_6_batches_and_their_order_change_nothing(
    registers_alone: Path, world: dict[str, tuple[int, int] | None], parts: int, random: Random
) -> None:
    rows = _rows(world)
    mixed = random.sample(rows, len(rows))
    with _copy(registers_alone) as one, _copy(registers_alone) as many:
        put(one, rows, "all")
        for part in range(parts):
            put(many, mixed[part::parts], f"part-{part}")
        assert _told(one) == _told(many)


@few
@given(st.sampled_from(HOSTS), st.integers(0, 30))
def test_law_7_without_measurements_every_word_is_insufficient(
    registers_alone: Path, host: str, day: int
) -> None:
    """Of any target on any day: neither reachable nor blocked. A fortnight after the last
    measurement as well."""
    at = datetime.fromtimestamp((MAY + 24 * day) * 3600, UTC).isoformat()
    with _copy(registers_alone) as location:
        long_ago = [
            (host, net, MAY - 24 * 60 + hour, True) for hour in range(0, 200, 8) for net in (10, 20)
        ]
        for rows in ([], long_ago):
            put(location, rows, f"batch-{len(rows)}")
            ledger = reading.open(location)
            told = reconcile.report(ledger, "RU", valid_at=at)
            # The bare word where no register reaches the day either.
            assert all(state.endswith("insufficient") for state in told.counts())
