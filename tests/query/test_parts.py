"""What is counted part by part, where memory is bounded, is what is counted at once."""

import numpy as np
import pyarrow as pa
import pytest
from benchmarks import worlds

from gatewatch.catalogue import facts
from gatewatch.draw.episodes import of_episodes
from gatewatch.ledger.store import Store
from gatewatch.ledger.tallies import TallyScope, tallies
from gatewatch.model.jurisdiction import Jurisdiction
from gatewatch.model.moment import Moment
from gatewatch.query import ledger as reading
from gatewatch.query import measured, targets
from gatewatch.query.episodes import Record
from gatewatch.query.moments import of_all
from gatewatch.query.verdicts import MeasurementSearch, listed, many
from gatewatch.records.episodes import row


@pytest.fixture(scope="module")
def location(tmp_path_factory: pytest.TempPathFactory) -> str:
    """Names of no service in many countries, one of which began everywhere; a messenger with its
    endpoints; a country that goes dark."""
    place, chance = str(tmp_path_factory.mktemp("parts") / "ledger"), np.random.default_rng(3)
    made = [make(chance) for make in (worlds.helper_refused, worlds.messenger)]
    worlds.fill(place, [row for one in made for row in one.rows])
    return place


@pytest.fixture
def whole(location: str) -> reading.Ledger:
    return reading.open(location)


@pytest.fixture
def parted(location: str) -> reading.Ledger:
    """Each series is a part."""
    ledger = reading.open(location, memory=64 << 20)
    ledger.most_counted = 1
    return ledger


def _records(ledger: reading.Ledger, as_of: str | None = None) -> list[Record]:
    moment, catalogue = of_all(ledger, Moment.parse(None, as_of)), facts.load()
    services = targets.of_services(ledger, catalogue)
    return [
        Record(ledger, moment),
        Record(ledger, moment, jurisdiction="DE"),
        Record(ledger, moment, services),
        Record(ledger, moment, services, "RU"),
        Record(ledger, moment, targets.Targets(names=("never.example",))),
    ]


def test_a_record_tells_the_same_in_parts(whole: reading.Ledger, parted: reading.Ledger) -> None:
    for number, (one, other) in enumerate(zip(_records(whole), _records(parted), strict=True)):
        assert len(list(one.parts())) == 1
        assert len(list(other.parts())) > 1 or number == 4
        assert list(map(row, one.told)) == list(map(row, other.told))
        assert [e.target for e in one.blocks] == [e.target for e in other.blocks]
        assert one.silences == other.silences
        assert (one.invented, one.judged, one.places) == (
            other.invented,
            other.judged,
            other.places,
        )
        assert (one.series, sorted(one.measured)) == (other.series, sorted(other.measured))
        assert number or of_episodes(one) == of_episodes(other)


def test_a_small_ledger_is_counted_once_for_all(
    location: str, monkeypatch: pytest.MonkeyPatch
) -> None:
    """What is taken out of the count of everything is what a count of it alone gives, now and as of
    a day in the middle; the ledger is then asked for the counts once."""
    told = []
    for few in (10**9, 0):
        monkeypatch.setattr("gatewatch.query.episodes.FEW_VERDICTS", few)
        ledger = reading.open(location)
        counted: list[TallyScope] = []

        def counts(store: Store, scope: TallyScope, held: list[TallyScope] = counted) -> pa.Table:
            held.append(scope)
            return tallies(store, scope)

        monkeypatch.setattr("gatewatch.query.episodes.tallies", counts)
        every = [*_records(ledger), *_records(ledger, "2021-05-01")]
        told.append([_said(one) for one in every])
        assert (len(set(counted)) == 2) is bool(few)
    assert told[0] == told[1]


def _said(one: Record) -> list[object]:
    """Every row that is counted for a record, and what is concluded of it."""
    rows = sorted(map(repr, one.tallies.to_pylist()))
    return [rows, list(map(row, one.told)), one.silences, one.invented, one.judged, one.series]


def test_registers_meet_the_same_in_parts(whole: reading.Ledger, parted: reading.Ledger) -> None:
    catalogue = facts.load()

    def told(ledger: reading.Ledger) -> list[object]:
        moment = of_all(ledger, Moment.parse())
        every = measured.every_name(ledger, catalogue, (), moment)
        names, seen = Record(ledger, moment).sightings(targets.EVERYTHING, moment.noon, 168.0)
        rows = sorted(map(str, seen.to_pylist()))
        told = [every, measured.at(every, Moment.parse("2021-05-01"))]
        states = [{here: (one.state, one.why, one.days) for here, one in at.items()} for at in told]
        return [*states, names, rows]

    assert told(whole) == told(parted)


def test_a_list_of_measurements_is_read_where_it_is_asked_for(parted: reading.Ledger) -> None:
    """In the order that was asked for, by country too, and no more than may be."""
    catalogue, moment = facts.load(), of_all(parted, Moment.parse())
    wanted = MeasurementSearch(jurisdiction=Jurisdiction.parse("DE"), since="2000-01-01")
    every, number = many(parted, catalogue, wanted, moment, limit=10_000)
    found = listed(parted, catalogue, wanted, moment, most=50)
    assert number > len(found) == 50
    assert found[0:50] == every[:50]
    assert found[48:60] == every[48:50]
    assert found[50:60] == []
