"""A block that later rules call something else: no face tells it any longer."""

import json
from collections.abc import Iterator
from importlib.resources import files
from pathlib import Path

import pytest
from tests.asking import now
from tests.site.conftest import fill
from tests.site.served import Served, serve

import gatewatch
from gatewatch.analysis.network.tools import JudgingSettings
from gatewatch.catalogue import facts
from gatewatch.exports.datasets import datasets
from gatewatch.ledger.schema import moment_of
from gatewatch.pipeline.judging import rejudge
from gatewatch.query import ledger as reading


@pytest.fixture(scope="module")
def judged_away(tmp_path_factory: pytest.TempPathFactory, shared: Path) -> str:
    """The demo register and a week's block, judged again by rules that call every block `down`."""
    folder = tmp_path_factory.mktemp("away")
    location = fill(folder, shared)
    text = (files("gatewatch.catalogue") / "rules.toml").read_text(encoding="utf-8")
    for state in ("likely_blocked", "blocked"):
        text = text.replace(f'state = "{state}"', 'state = "down"')
    (folder / "down.toml").write_text(text, encoding="utf-8")
    assert rejudge(location, JudgingSettings(rules=str(folder / "down.toml"))).changed
    return location


@pytest.fixture(scope="module")
def away(judged_away: str, tmp_path_factory: pytest.TempPathFactory) -> Iterator[Served]:
    """The site over that ledger."""
    state = tmp_path_factory.mktemp("state")
    with serve(judged_away, "--rate", "0", state=state) as served:
        yield served


@pytest.mark.parametrize(
    ("path", "where"),
    [
        ("episodes", "results"),
        ("episodes?target=wechat&by_service=true", "results"),
        ("reconcile?jurisdiction=RU&valid_at=2017-05-08&state=listed_blocked", "results"),
        ("measurements?domain=wechat.com&confirmed=true", "results"),
    ],
)
def test_the_api_lists_no_block(away: Served, path: str, where: str) -> None:
    """Episodes, reconciliation and the measurements that are confirmed are empty lists."""
    assert away.get(f"/api/v1/{path}").json()[where] == []


def test_counts_of_measurements_have_no_block(away: Served) -> None:
    """The other API's counts: what was blocked is an anomaly of the site, none is confirmed."""
    found = away.get("/api/v1/aggregation").json()["result"]
    assert (found["confirmed_count"], found["ok_count"]) == (
        0,
        found["measurement_count"] - found["anomaly_count"],
    )
    over = away.get("/api/v1/aggregation?axis_x=category_code").json()["result"]
    assert {row["category_code"] for row in over} == {"COMT"}


def test_a_case_says_reachable_and_its_counts_agree(away: Served, judged_away: str) -> None:
    """State, counts and episodes of one lane tell the same, over HTTP and in Python."""
    found = away.get("/api/v1/cases/wechat/RU?valid_at=2017-05-08").json()
    assert "likely_blocked" not in json.dumps(found)
    assert "listed_blocked" not in json.dumps(found)
    lane = gatewatch.case(
        "wechat", "RU", valid_at="2017-05-08", ledger=reading.open(judged_away)
    ).network
    assert (str(lane.state), lane.blocks) == ("reachable", ())
    assert "blocked" not in lane.counts


def test_data_sets_publish_no_block(judged_away: str) -> None:
    """Neither as an episode nor as a verdict."""
    ledger = reading.open(judged_away)
    for one in datasets(ledger, facts.load(), now(ledger)):
        for table in one.tables:
            if table.name == "episodes":
                assert list(table.rows()) == []
            if table.name == "verdicts":
                assert {row["state"] for row in table.rows()} == {"ok", "down"}


def test_a_verdict_is_that_of_the_time_of_recording(away: Served, judged_away: str) -> None:
    """Asked by a record from before the judgement, one measurement is told as it was told then,
    alone and in the list; asked by now, as it was judged last."""
    before = reading.open(judged_away).store.query(
        "SELECT epoch_us(max(recorded_at)) FROM measurements"
    )[0][0]
    then = moment_of(before)
    assert then is not None
    listed = away.get("/api/v1/verdicts", params={"recorded_by": then.isoformat(), "limit": 1000})
    was = {one["measurement_uid"]: one["state"] for one in listed.json()["results"]}
    blocked = next(uid for uid, state in was.items() if state == "likely_blocked")
    one = away.get(f"/api/v1/verdicts/{blocked}", params={"recorded_by": then.isoformat()}).json()
    assert one["result"]["state"] == "likely_blocked"
    assert away.get(f"/api/v1/verdicts/{blocked}").json()["result"]["state"] == "down"


@pytest.mark.parametrize("name", ["valid_at", "as_of"])
def test_a_measurement_is_not_known_before_it_was_made(away: Served, name: str) -> None:
    """Neither in the list nor by its name."""
    day = {name: "2017-05-05"}
    found = away.get("/api/v1/verdicts", params={**day, "limit": 1000}).json()["results"]
    assert found
    assert all(one["at"] < "2017-05-06" for one in found)
    late = away.get("/api/v1/verdicts", params={"limit": 1}).json()["results"][0]["measurement_uid"]
    assert away.get(f"/api/v1/verdicts/{late}").status_code == 200
    assert away.get(f"/api/v1/verdicts/{late}", params=day).status_code == 404
