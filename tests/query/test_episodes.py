"""The network's record of a ledger: right on made worlds, and the same whoever asks for a part of
it."""

import csv
import io
import json
from collections.abc import Callable
from datetime import timedelta
from pathlib import Path

import numpy as np
import pytest
from benchmarks import worlds
from benchmarks.worlds import DAY, Judged, Made
from tests.commands import invoked
from tests.site.served import serve

from gatewatch.analysis.network.superseded import superseded
from gatewatch.catalogue import facts
from gatewatch.draw.episodes import of_episodes
from gatewatch.exports.datasets import datasets
from gatewatch.ledger import tallies as tallying
from gatewatch.ledger.store import Store
from gatewatch.ledger.tallies import TallyScope, Volume, tallies
from gatewatch.model.moment import Moment
from gatewatch.query import episodes, targets
from gatewatch.query import ledger as reading
from gatewatch.query.episodes import Record
from gatewatch.query.moments import of_all


def _record(location: Path, made: Made, jurisdiction: str | None = None) -> Record:
    if not (location / "verdicts").exists():
        worlds.fill(str(location), made.rows)
    ledger = reading.open(str(location))
    return Record(ledger, of_all(ledger, Moment.parse()), jurisdiction=jurisdiction)


@pytest.mark.parametrize("make", worlds.WORLDS, ids=lambda make: make.__name__)
def test_each_world_is_told_as_it_is(
    make: Callable[[np.random.Generator], Made], tmp_path: Path
) -> None:
    """Every block with its hours and no other; what began everywhere; every silence and no
    other."""
    made = make(np.random.default_rng(11))
    record = _record(tmp_path / "ledger", made)
    told = {(one.target, one.probe_cc): one for one in record.episodes}
    assert set(told) == {(truth.target, truth.code) for truth in made.truths}
    for truth in made.truths:
        one = told[truth.target, truth.code]
        slack = timedelta(hours=12)
        assert one.onset_earliest - slack <= worlds.at(truth.onset) <= one.onset_latest + slack
        assert (one.resolution_latest is None) == (truth.end is None)
        assert (one.ongoing, one.last_seen) == (
            False,
            one.resolution_earliest if truth.end is None else None,
        )
    assert tuple(one.target for one in record.everywhere) == made.everywhere
    assert [(s.probe_cc, s.target, s.network, s.ongoing) for s in record.silences] == [
        (quiet.code, quiet.target, quiet.network, quiet.ongoing) for quiet in made.silences
    ]


def test_what_is_no_longer_measured_was_last_seen(tmp_path: Path) -> None:
    """It goes on as long as the moment asked by lies near its measurements, and no longer; the
    answer of a day that is given does not move."""
    made = worlds.helper_refused(np.random.default_rng(11))
    location = tmp_path / "ledger"
    (now,) = _record(location, made).episodes
    assert now.last_seen == now.resolution_earliest
    assert not now.ongoing
    ledger = reading.open(str(location))
    for days, goes_on in ((7, True), (8, False)):
        then = Moment.parse(as_of=now.resolution_earliest + timedelta(days=days))
        (one,) = Record(ledger, of_all(ledger, then)).episodes
        assert (one.ongoing, one.last_seen is None) == (goes_on, goes_on)
        assert list(superseded([one], [now])) == []


def test_what_began_everywhere_is_no_block_of_the_country_that_is_asked_about(
    tmp_path: Path,
) -> None:
    """Asked of one country alone, the others are looked at all the same, and are named."""
    made = worlds.helper_refused(np.random.default_rng(3))
    record = _record(tmp_path / "ledger", made, "DE")
    assert record.episodes == []
    (effect,) = record.everywhere
    assert {"DE", "FR"} <= set(effect.countries)
    assert "CN" not in effect.countries
    assert [one.target for one in _record(tmp_path / "ledger", made, "CN").episodes] == [
        "news.example"
    ]


def test_every_face_tells_what_began_everywhere(tmp_path: Path) -> None:
    """A terminal said "everywhere at once" where machines got an empty list: no restriction of any
    country, its countries and the measurements that it rests on."""
    location = tmp_path / "ledger"
    record = _record(location, worlds.helper_refused(np.random.default_rng(3)), "DE")
    (effect,), ledger = record.everywhere, reading.open(str(location))

    def told(*words: str) -> str:
        asked = ("episodes", "-j", "DE", "--ledger", str(location), *words)
        return str(invoked(asked).stdout)

    (row,) = json.loads(told("--format", "json"))
    assert (row["scope"], row["probe_cc"]) == ("global", None)
    assert tuple(row["countries"]) == effect.countries
    assert row["members"] == sum(one.members for one in effect.episodes) > 0
    assert row["networks_measured"] >= len(row["networks"]) > 1
    assert row["onset_earliest"] <= row["onset_latest"] <= row["resolution_earliest"]
    (cells,) = csv.DictReader(io.StringIO(told("--format", "csv")))
    assert (cells["scope"], cells["countries"]) == ("global", " ".join(effect.countries))
    assert ledger.episodes(jurisdiction="DE").to_dicts() == [row]
    kept = json.loads(told("--members", "--format", "json"))
    assert {one["probe_cc"] for one in kept} == set(effect.countries)
    (exported,) = (
        one
        for data in datasets(ledger, facts.load(), Moment.parse())
        for table in data.tables
        if table.name == "episodes"
        for one in table.rows()
        if one["scope"] == "global"
    )
    assert exported["countries"] == list(effect.countries)
    assert "began in 12 countries at once" in of_episodes(record)
    with serve(str(location), state=tmp_path / "state") as site:
        asked = {"jurisdiction": "DE"}
        assert site.get("/api/v1/episodes", params=asked).json()["results"] == [row]
        for page in ("/network?jurisdiction=DE", f"/episode/DE/{effect.target}"):
            assert "Everywhere at once" in site.get(page).text


def test_a_messenger_is_told_by_service_and_by_endpoint(tmp_path: Path) -> None:
    """Its own test is its series, never the sum of its parts; asked for by name its endpoints are
    too."""
    made = worlds.messenger(np.random.default_rng(5))
    worlds.fill(str(tmp_path / "ledger"), made.rows)
    ledger, catalogue = reading.open(str(tmp_path / "ledger")), facts.load()
    moment = of_all(ledger, Moment.parse())
    (one,) = Record(
        ledger, moment, targets.of(ledger, catalogue, "Telegram", by_service=True)
    ).episodes
    assert (one.target, one.probe_cc, one.networks) == ("telegram", "RU", (1, 2, 3, 4, 5, 6))
    runs = sum(r.subject == "service" and r.code == "RU" for r in made.rows)
    assert one.members < runs
    every = Record(ledger, moment, targets.of(ledger, catalogue, "tcp://192.0.2.1:443"))
    assert {name for name, _ in every.cells.names} == {"tcp://192.0.2.1:443"}
    assert every.episodes


def test_names_of_a_service_meet(tmp_path: Path) -> None:
    """`www.`, what lies beneath, its test and the addresses its programs connect to are one
    service's; a name that only ends alike is not."""
    telegram = facts.load().services["telegram"]
    own = ["telegram.org", "www.telegram.org", "desktop.telegram.org", "web.telegram.org"]
    rows = [Judged(about=name, code="RU", network=1, hour=0) for name in (*own, "nottelegram.org")]
    rows += [
        Judged(about="telegram", code="RU", network=1, hour=0, subject="service"),
        Judged(
            about=f"tcp://{telegram.addresses[0]}:443",
            code="RU",
            network=1,
            hour=0,
            subject="endpoint",
        ),
        Judged(
            about="https://dns.example/dns-query", code="RU", network=1, hour=0, subject="endpoint"
        ),
    ]
    worlds.fill(str(tmp_path / "ledger"), rows)
    ledger = reading.open(str(tmp_path / "ledger"))
    found = targets.of_services(ledger, facts.load())
    assert found.series is not None
    of = {row.about: found.series.get(row.about) for row in rows}
    assert {name for name, service in of.items() if service == "telegram"} == {
        *own,
        "telegram",
        f"tcp://{telegram.addresses[0]}:443",
    }
    record = Record(ledger, of_all(ledger, Moment.parse()), found)
    assert record.cells.names == (("telegram", "RU"),)
    assert record.judged == len(own) + 1, "an endpoint's part of a run is in the run already"


def test_an_unknown_network_is_no_witness(tmp_path: Path) -> None:
    """What is seen where the network is not known counts as measured, and says nothing of a
    block."""
    rows = [
        Judged(
            about="a.example",
            code="RU",
            network=net,
            hour=h,
            state="blocked",
            mechanism="tcp.reset",
        )
        for h in range(200)
        for net in (None, 0)
    ]
    worlds.fill(str(tmp_path / "ledger"), rows)
    ledger = reading.open(str(tmp_path / "ledger"))
    counts = tallies(ledger.store, TallyScope())
    assert (sum(counts["total"].to_pylist()), sum(counts["seen"].to_pylist())) == (0, 400)
    assert Record(ledger, of_all(ledger, Moment.parse())).episodes == []


def test_a_forged_answer_is_the_act_of_the_resolver_s_network(tmp_path: Path) -> None:
    """Of a resolver elsewhere; where the injection on the way is proven it is the probe's own
    network's."""
    forged = {"state": "likely_blocked", "mechanism": "dns.injection.bogon", "resolver": 900}
    rows = [
        Judged(about="a.example", code="RU", network=1, hour=0, **forged),  # type: ignore[arg-type]
        Judged(about="b.example", code="RU", network=1, hour=0, locus="network", **forged),  # type: ignore[arg-type]
        Judged(about="c.example", code="RU", network=1, hour=0, resolver=900),
    ]
    worlds.fill(str(tmp_path / "ledger"), rows)
    counts = tallies(reading.open(str(tmp_path / "ledger")).store, TallyScope())
    found = dict(zip(counts["about"].to_pylist(), counts["network"].to_pylist(), strict=True))
    assert found == {"a.example": 900, "b.example": 1, "c.example": 1}


def test_as_of_goes_by_when_it_was_published(tmp_path: Path) -> None:
    """A measurement is known once its collector had it, whatever its own clock says; a clock that
    was found wrong puts nothing into the year that it names."""
    late = Judged(about="a.example", code="RU", network=1, hour=0, collected=10 * DAY)
    wrong = Judged(
        about="b.example",
        code="RU",
        network=1,
        hour=-7 * 365 * DAY,
        collected=10 * DAY,
        state="insufficient",
        rule="instrument.clock@1",
    )
    worlds.fill(str(tmp_path / "ledger"), [late, wrong])
    store = reading.open(str(tmp_path / "ledger")).store
    assert tallies(store, TallyScope(as_of=worlds.at(5 * DAY))).num_rows == 0
    counts = tallies(store, TallyScope(as_of=worlds.at(11 * DAY)))
    hours = dict(zip(counts["about"].to_pylist(), counts["hour"].to_pylist(), strict=True))
    assert hours == {"a.example": worlds.START, "b.example": worlds.START + 10 * DAY}


def test_a_country_that_is_all_of_a_ledger_can_fall_silent(tmp_path: Path) -> None:
    """Asked as of some days after its last measurement the blackout is told: the ledger was written
    later, and nothing had come. Asked today, years later, its end is the end of what was looked
    for."""
    made = worlds.blackout(np.random.default_rng(4))
    worlds.fill(str(tmp_path / "ledger"), [one for one in made.rows if one.code == "UG"])
    ledger = reading.open(str(tmp_path / "ledger"))
    then = Moment.parse(as_of=worlds.at(51 * DAY))
    (one,) = Record(ledger, of_all(ledger, then)).silences
    assert (one.target, one.probe_cc, one.ongoing) == ("", "UG", True)
    assert one.first == worlds.at(48 * DAY).date()
    assert Record(ledger, of_all(ledger, Moment.parse())).silences == []


@pytest.mark.parametrize("few", [0, 20_000], ids=["large", "small"])
def test_what_a_country_measures_is_counted_once_for_all_names(
    demo_filled: str, monkeypatch: pytest.MonkeyPatch, few: int
) -> None:
    """However large a ledger is. Of each name only its own measurements are counted anew, and its
    silences are those that all names together tell of it."""
    whole: list[tuple[str, ...]] = []
    counted = tallying.volumes

    def volumes(store: Store, scope: TallyScope, *, alone: bool = False) -> Volume:
        whole.extend([] if alone else [scope.about])
        return counted(store, scope, alone=alone)

    monkeypatch.setattr(episodes, "volumes", volumes)
    monkeypatch.setattr(episodes, "FEW_VERDICTS", few)
    ledger = reading.open(demo_filled)
    moment = of_all(ledger, Moment.parse())
    names = ("wechat.com", "open.example", "unlisted.example")
    told = [episodes.Record(ledger, moment, targets.Targets(names=(n,))).silences for n in names]
    assert len(whole) == 1
    every = episodes.Record(ledger, moment).silences
    for name, mine in zip(names, told, strict=True):
        assert mine == [one for one in every if one.target in {"", name}]
