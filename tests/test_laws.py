"""The laws of the ledger, through the whole pipeline, on every format."""

import tempfile
from collections.abc import Iterable, Iterator
from contextlib import contextmanager
from pathlib import Path
from typing import Any

import pytest
from deltalake import DeltaTable
from hypothesis import HealthCheck, given, settings
from hypothesis import strategies as st
from tests.asking import snapshots
from tests.formats import ALL, Format, Holds, clock
from tests.wide import in_turn

from gatewatch import pipeline
from gatewatch.pipeline import RegisterOutcome
from gatewatch.query import ledger as reading
from gatewatch.query.health import examine
from gatewatch.sources.containers.raw import blob_id

World = dict[int, Holds]

few = settings(max_examples=3, suppress_health_check=list(HealthCheck))
every_format = pytest.mark.parametrize("kind", ALL, ids=lambda kind: kind.name)


def some_formats(turn: int) -> pytest.MarkDecorator:
    """For a law of what lies behind the formats: each run proves it on three, another law on the
    next three, `make whole` on all."""
    kinds = in_turn(ALL, turn, 3)
    return pytest.mark.parametrize("kind", kinds, ids=lambda kind: kind.name)


worlds = st.dictionaries(
    st.integers(0, 40),
    st.dictionaries(st.sampled_from("abcde"), st.integers(0, 2), min_size=1, max_size=5),
    min_size=2,
    max_size=6,
)


class Trial:
    """A ledger in the making, and a folder to hand snapshots over in."""

    def __init__(self, kind: Format, folder: Path) -> None:
        self.kind = kind
        self.folder = folder
        self.ledger = str(folder / "ledger")
        self._turn = 0

    def bring(self, world: World, hours: Iterable[int]) -> RegisterOutcome:
        """Ingest the snapshots of some hours as one folder."""
        self._turn += 1
        source = self.folder / f"source-{self._turn}"
        source.mkdir()
        for hour in hours:
            self.write(source, hour, self.kind.files(hour, world[hour]))
        return pipeline.ingest(self.ledger, self.kind.register, str(source))

    def write(self, source: Path, hour: int, files: dict[str, bytes]) -> None:
        """One dated file, or a dated folder where several files make a snapshot."""
        stem = clock(hour).replace(":", "").replace("T", "-")
        if len(files) == 1 and self.kind.name != "ua-ncu":
            (name, data), *_ = files.items()
            (source / f"state_{stem}{Path(name).suffix}").write_bytes(data)
            return
        for name, data in files.items():
            path = source / f"state_{stem}" / name
            path.parent.mkdir(parents=True, exist_ok=True)
            path.write_bytes(data)

    def answers(self, **times: Any) -> list[Any]:
        """What is answered for every host at many times: state, reason and evidence."""
        ledger = reading.open(self.ledger)
        hosts = [f"{name}.example" for name in "abcde"]
        return [
            [(a.state, a.registers) for a in ledger.check(hosts, valid_at=valid, **times)]
            for valid in ("2020-01-01T05:30", "2020-01-01", "2020-01-02T12:00", "2020-01-03")
        ]

    def told(self) -> list[Any]:
        """What the ledger says now, without when and from which folder it came."""
        ledger = reading.open(self.ledger)
        held = [(s.id, s.status, s.reason, s.base, s.entries) for s in snapshots(ledger)]
        return [held, [(e.snapshot, e.after, e.change) for e in ledger.changes()]]

    def versions(self) -> dict[str, int]:
        return {
            table: DeltaTable(f"{self.ledger}/{table}").version()
            for table in ("snapshots", "events", "selectors", "set_aside", "registers")
        }


@contextmanager
def trial(kind: Format) -> Iterator[Trial]:
    with tempfile.TemporaryDirectory() as folder:
        yield Trial(kind, Path(folder))


def dealt(world: World, chance: Any) -> tuple[list[int], list[int]]:
    """The hours of a world, in two parts that are not empty."""
    hours = sorted(world)
    first = set(chance.sample(hours, chance.randint(1, len(hours) - 1)))
    return sorted(first), [hour for hour in hours if hour not in first]


@some_formats(0)
@few
@given(world=worlds, chance=st.randoms(use_true_random=False))
def test_law_1_what_was_answered_by_a_time_of_recording_stays(
    kind: Format, world: World, chance: Any
) -> None:
    """With recorded_by fixed no later write, late snapshots included, changes any answer."""
    first, rest = dealt(world, chance)
    with trial(kind) as it:
        it.bring(world, first)
        recorded_by = reading.open(it.ledger).history_of.high_water()
        as_of = f"{clock(chance.choice(sorted(world)))}+00:00"
        fixed = {"recorded_by": recorded_by}
        before = it.answers(**fixed), it.answers(as_of=as_of, **fixed)
        it.bring(world, rest)
        assert (it.answers(**fixed), it.answers(as_of=as_of, **fixed)) == before


@some_formats(1)
@few
@given(world=worlds)
def test_law_1_a_past_as_of_moves_only_by_what_had_been_published(
    kind: Format, world: World
) -> None:
    """Snapshots published after a time never change what is answered as of it."""
    *early, last = sorted(world)
    with trial(kind) as it:
        it.bring(world, early)
        as_of = max(s.published_at for s in snapshots(reading.open(it.ledger)))
        before = it.answers(as_of=as_of)
        it.bring(world, [last])
        assert it.answers(as_of=as_of) == before


@some_formats(2)
@few
@given(world=worlds)
def test_law_2_the_same_thing_twice_changes_nothing(kind: Format, world: World) -> None:
    """A second ingest of the same files reads none, and writes nothing."""
    with trial(kind) as it:
        it.bring(world, world)
        before, told = it.versions(), it.told()
        again = pipeline.ingest(it.ledger, kind.register, str(it.folder / "source-1"))
        assert (again.read, again.held) == (0, len(world))
        copied = it.bring(world, world)
        assert (copied.read, copied.repeated + copied.held) == (0, len(world))
        assert (it.versions(), it.told()) == (before, told)


@some_formats(3)
@few
@given(world=worlds, chance=st.randoms(use_true_random=False))
def test_law_3_the_order_of_arrival_does_not_matter(
    kind: Format, world: World, chance: Any
) -> None:
    """However snapshots are dealt to ingests, the ledger says the same in the end."""
    with trial(kind) as whole, trial(kind) as parts:
        whole.bring(world, world)
        for hours in reversed(dealt(world, chance)):
            parts.bring(world, hours)
        assert parts.answers() == whole.answers()
        assert parts.told() == whole.told()
        assert not [f for f in examine(parts.ledger) if f.level == "fault"]


@some_formats(4)
@few
@given(world=worlds)
def test_law_4_every_listing_names_the_exact_inputs_that_made_it(
    kind: Format, world: World
) -> None:
    """From a listing to the snapshots, from these to the file, by the digest of its bytes."""
    with trial(kind) as it:
        it.bring(world, world)
        ledger = reading.open(it.ledger)
        held = {snapshot.id: snapshot for snapshot in snapshots(ledger)}
        found = [listing for name in "abcde" for _, listing in ledger.history(f"{name}.example")]
        assert found
        for listing in found:
            for version in listing.versions:
                first = held[version.snapshots[0]]
                assert first.published_at == version.since.by
                if len(first.content) == 40 and kind.name != "ua-ncu":
                    name = first.origin.split(":")[1]
                    data = (it.folder / "source-1" / name).read_bytes()
                    assert blob_id(data) == first.content


@every_format
@few
@given(world=worlds, chance=st.randoms(use_true_random=False))
def test_law_5_a_damaged_snapshot_is_never_read_as_mass_delisting(
    kind: Format, world: World, chance: Any
) -> None:
    """Cut anywhere or with bits turned, it never raises; it is set aside, or delists no more than
    its register's expectations allow."""
    hours = sorted(world)
    with trial(kind) as damaged:
        damaged.bring(world, hours[:-1])
        source = damaged.folder / "damaged"
        source.mkdir()
        files = kind.files(hours[-1], world[hours[-2]])
        damaged.write(source, hours[-1], {n: _spoiled(d, chance) for n, d in files.items()})
        outcome = pipeline.ingest(damaged.ledger, kind.register, str(source))
        ledger = reading.open(damaged.ledger)
        held = {s.id: s for s in snapshots(ledger)}
        for snapshot in held.values():
            if snapshot.status == "accepted" and snapshot.base:
                allowed = kind.register.expectations.largest_drop * held[snapshot.base].entries
                assert snapshot.removed - snapshot.added <= allowed
        assert outcome.read + outcome.repeated + len(outcome.skipped) == 1
        assert not [f for f in examine(damaged.ledger) if f.level == "fault"]


def _spoiled(data: bytes, chance: Any) -> bytes:
    """Cut, or with a few bits turned, or both."""
    changed = bytearray(data)
    for _ in range(chance.choice((0, 1, 8))):
        changed[chance.randrange(len(changed))] ^= 1 << chance.randrange(8)
    return bytes(changed[: chance.choice((len(changed), chance.randrange(len(changed))))])


@every_format
def test_law_8_a_field_that_nobody_knows_is_said(kind: Format) -> None:
    """An added attribute or column is reported and takes nothing away; formats of bare lines have
    none."""
    holds: Holds = {"a": 0, "b": 1}
    plain, extra = kind.files(1, holds), kind.files(1, holds, extra=True)
    if plain == extra:
        assert kind.name in {"ua-ncu", "declared-hosts"}
        return
    with trial(kind) as it:
        source = it.folder / "extra"
        source.mkdir()
        it.write(source, 1, extra)
        outcome = pipeline.ingest(it.ledger, kind.register, str(source))
        told = outcome.unknown or outcome.set_aside
        assert told
        if kind.name != "zi-csv":  # its rows have no names: a seventh cell makes them unreadable
            assert outcome.entries == 2
