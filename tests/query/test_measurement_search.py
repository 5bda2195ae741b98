"""Measurements are picked and sorted the same by the command, the API and Python; each face that
shows made ones says so."""

import json
from collections.abc import Iterator
from pathlib import Path

import pytest
from tests.commands import invoked
from tests.site.within import Within, within

import gatewatch
from gatewatch.catalogue import facts
from gatewatch.errors import UsageError
from gatewatch.model.jurisdiction import Jurisdiction
from gatewatch.model.moment import Moment
from gatewatch.model.verdict import VerdictState
from gatewatch.query.verdicts import MeasurementOrder, MeasurementSearch, many, network_number

_DAY = "2017-05-09"


@pytest.fixture(scope="module")
def site(demo_filled: str, tmp_path_factory: pytest.TempPathFactory) -> Iterator[Within]:
    with within(demo_filled, tmp_path_factory.mktemp("state")) as opened:
        yield opened


@pytest.mark.parametrize("sort", MeasurementOrder)
@pytest.mark.parametrize("verdict", [None, "blocked"])
def test_every_face_picks_and_sorts_alike(
    sort: MeasurementOrder, verdict: str | None, demo_filled: str, site: Within
) -> None:
    """A filter takes away, an order moves, and neither does the other's work."""
    opened = gatewatch.open(demo_filled)
    wanted = MeasurementSearch(
        target="wechat",
        jurisdiction=Jurisdiction.parse("RU"),
        network=64497,
        state=VerdictState(verdict) if verdict else None,
        order=sort,
    )
    moment = Moment.parse(_DAY, None, None)
    found, total = many(opened, facts.load(), wanted, moment, limit=30)
    uids = [one.uid for one in found]
    assert 0 < len(uids) <= total
    assert all(one.probe_asn == 64497 and one.state == (verdict or one.state) for one in found)
    times = [one.at for one in found if one.at]
    if sort in {MeasurementOrder.NEWEST, MeasurementOrder.OLDEST}:
        assert times == sorted(times, reverse=sort == MeasurementOrder.NEWEST)
    asked = {
        "target": "wechat",
        "jurisdiction": "RU",
        "network": "AS64497",
        "sort": str(sort),
        "valid_at": _DAY,
        **({"verdict": verdict} if verdict else {}),
    }
    told = site.ask("GET", "/api/v1/verdicts", params={**asked, "limit": "30"}).json()
    assert [one["measurement_uid"] for one in told["results"]] == uids
    page = site.ask("GET", "/measurements", params=asked).text
    assert [page.index(f"/measurement/{uid}") for uid in uids] == sorted(
        page.index(f"/measurement/{uid}") for uid in uids
    )
    typed = ["measurements", "wechat", "-j", "RU", "--network", "as64497", "--sort", str(sort)]
    typed += ["--valid-at", _DAY, "--limit", "30", "--ledger", demo_filled, "-f", "json"]
    typed += ["--verdict", verdict] if verdict else []
    assert [one["measurement_uid"] for one in json.loads(invoked(typed).stdout)] == uids


@pytest.mark.parametrize("text", ["", "AS", "AS0", "-1", "AS4294967296", "12a", "٣"])
def test_what_is_no_number_of_a_network_is_refused(text: str) -> None:
    with pytest.raises(UsageError, match="is not the number of a network"):
        network_number(text)


@pytest.mark.parametrize(
    "words",
    [
        "measurements wechat",
        "episodes wechat",
        "reconcile -j RU --valid-at 2017-05-08",
        "verdict 20170513162100.002039_RU_webconnectivity_demo",
        "case wechat RU --valid-at 2017-05-08",
        "check wechat.com --valid-at 2017-05-08",
        "statement wechat RU --valid-at 2017-05-08",
    ],
)
def test_a_page_says_what_was_invented(
    words: str, demo_filled: str, monkeypatch: pytest.MonkeyPatch, tmp_path: Path
) -> None:
    """Of measurements that nobody made every page of the terminal says so."""
    monkeypatch.setenv("GATEWATCH_PAGE", "1")
    monkeypatch.setenv("GATEWATCH_LEDGER", demo_filled)
    assert "invented" in invoked(words.split()).stdout
