"""Law 9: of one question asked of one ledger every face tells the same.

The questions and their right answers lie in one_truth.tsv: a service or none, a selector, the day
it is about, by when it had been published; the state of the registers, the last day they are known,
what is on paper, what the network does, how they agree, and the state of the service's case.
"""

import csv
import json
from collections.abc import Callable, Iterator
from pathlib import Path
from typing import Any

import httpx
import pytest
from tests.conftest import DEMO
from tests.site.served import Served, serve
from typer.testing import CliRunner

from gatewatch import pipeline
from gatewatch.analysis.network.tools import JudgingSettings
from gatewatch.catalogue import facts
from gatewatch.catalogue import registers as catalogue
from gatewatch.cli.app import build
from gatewatch.exports.tables import datasets
from gatewatch.model.moment import Moment
from gatewatch.pipeline import demo_data, measurements
from gatewatch.query import ledger as reading
from gatewatch.query.ledger import Ledger
from gatewatch.query.moments import of_all
from gatewatch.query.reconciliation import reconciled, report
from gatewatch.query.targets import Targets

_TABLE = Path(__file__).with_name("one_truth.tsv")
Row = dict[str, str]


def _rows() -> list[Row]:
    with _TABLE.open(encoding="utf-8", newline="") as file:
        return list(csv.DictReader(file, delimiter="\t"))


_DAYS = sorted({(row["valid_at"], row["as_of"]) for row in _rows()})


@pytest.fixture(scope="module")
def filled(tmp_path_factory: pytest.TempPathFactory) -> str:
    """The demo's register with its made measurements and reports."""
    folder = tmp_path_factory.mktemp("truth")
    location = str(folder / "ledger")
    pipeline.ingest(location, catalogue.read(DEMO / "ru-demo.toml"), str(DEMO / "prohibited-2017"))
    measurements.ingest(
        location, str(demo_data.write(folder / "made.jsonl")), JudgingSettings(), processes=1
    )
    demo_data.report(location)
    return location


@pytest.fixture(scope="module")
def ledger(filled: str) -> Ledger:
    return reading.open(filled)


@pytest.fixture(scope="module")
def site(filled: str, tmp_path_factory: pytest.TempPathFactory) -> Iterator[Served]:
    with serve(filled, "--rate", "0", state=tmp_path_factory.mktemp("state")) as served:
        yield served


def _asked(day: tuple[str, str]) -> list[Row]:
    return [row for row in _rows() if (row["valid_at"], row["as_of"]) == day]


def _times(day: tuple[str, str]) -> dict[str, str]:
    return {"valid_at": day[0], **({"as_of": day[1]} if day[1] else {})}


_TOLD = ("state", "last_known", "paper", "wire", "agreement", "case")


def _told(row: Row) -> tuple[str, ...]:
    return tuple(row[name] for name in _TOLD)


def _of_record(one: dict[str, Any]) -> tuple[str, ...]:
    """What a JSON answer tells."""
    place = one["places"][0]
    (listings,) = (lane for lane in place["lanes"] if lane["lane"] == "listings")
    found = (
        one["state"],
        listings["last_known"],
        place["paper"],
        place["wire"],
        place["agreement"],
        place["state"],
    )
    return tuple(str(each or "") for each in found)


def test_the_table_holds_enough() -> None:
    """At least 120 questions, with every agreement of paper and network among the answers."""
    rows = _rows()
    assert len(rows) >= 120
    assert len({row["agreement"] for row in rows}) == 9


@pytest.mark.parametrize("day", _DAYS, ids=" ".join)
def test_python_tells_it(ledger: Ledger, day: tuple[str, str]) -> None:
    """`Ledger.check`, by its structs."""
    rows = _asked(day)
    for row, one in zip(
        rows, ledger.check([r["selector"] for r in rows], **_times(day)), strict=True
    ):
        place = one.places[0]
        found = (one.state, place.lanes[2].last_known, place.paper, place.wire, place.agreement)
        assert tuple(str(e or "") for e in (*found, place.state)) == _told(row), row["selector"]
        assert (place.service or "") == row["service"]


@pytest.mark.parametrize("day", _DAYS, ids=" ".join)
def test_the_command_tells_it(filled: str, day: tuple[str, str]) -> None:
    """`gatewatch check --format json`, in bulk."""
    rows = _asked(day)
    options = [
        word for name, at in _times(day).items() for word in (f"--{name.replace('_', '-')}", at)
    ]
    words = [
        "check",
        *(row["selector"] for row in rows),
        "--ledger",
        filled,
        *options,
        "-f",
        "json",
    ]
    told = json.loads(CliRunner().invoke(build(), words).stdout)
    assert [_of_record(one) for one in told] == [_told(row) for row in rows]


@pytest.mark.parametrize("day", _DAYS, ids=" ".join)
def test_the_api_tells_it(site: Served, day: tuple[str, str]) -> None:
    """POST /api/v1/check, one line for each selector."""
    rows = _asked(day)
    lines = "\n".join(row["selector"] for row in rows)
    told = httpx.post(f"{site.url}/api/v1/check", params=_times(day), content=lines, timeout=60)
    found = [_of_record(json.loads(line)) for line in told.text.splitlines()]
    assert found == [_told(row) for row in rows]


@pytest.mark.parametrize("day", _DAYS, ids=" ".join)
def test_reconcile_tells_it(ledger: Ledger, day: tuple[str, str]) -> None:
    """Registers beside the network for each host; no row where no register reaches the day."""
    rows = [row for row in _asked(day) if "/" not in row["selector"]]
    names = tuple(row["selector"] for row in rows)
    asked = Targets(names=names, endpoints=True)
    told = report(ledger, "RU", targets=asked, valid_at=day[0], as_of=day[1] or None)
    found = {one.key: str(one.state) for one in reconciled(ledger, told)}
    for row in rows:
        state = found.get(f"domain:{row['selector']}")
        if state is None:
            assert (row["paper"], told.unreached) == ("insufficient", ("ru-demo",))
        elif not row["selector"].startswith("www."):  # a host by itself, not with its family
            assert state == row["agreement"], row["selector"]


@pytest.mark.parametrize("day", _DAYS, ids=" ".join)
def test_cases_tell_it(ledger: Ledger, day: tuple[str, str], site: Served) -> None:
    """The case of each service: from Python, from the list of all, and over HTTP."""
    every = {one.service.id: one for one in ledger.cases(**_times(day), jurisdiction="ru")}
    api = site.get("/api/v1/cases", params={**_times(day), "jurisdiction": "ru", "limit": 1000})
    listed = {one["service"]: one for one in api.json()["results"]}
    for row in _asked(day):
        if row["service"]:
            one = every[row["service"]]
            assert (str(one.state), one.network.state) == (row["case"], row["wire"])
            over_http = listed[row["service"]]
            assert (over_http["state"], over_http["network"]) == (row["case"], row["wire"])


def test_the_export_tells_it(ledger: Ledger) -> None:
    """The table of cases in the data sets."""
    moment = of_all(ledger, Moment.parse("2017-05-08"))
    (table,) = (
        table
        for one in datasets(ledger, facts.load(), moment)
        for table in one.tables
        if table.name == "cases"
    )
    told = {(r["service"], r["jurisdiction"]): r for r in table.rows()}
    for row in _asked(("2017-05-08", "")):
        if row["service"]:
            one = told[row["service"], "RU"]
            assert (one["state"], one["network"]) == (row["case"], row["wire"])


def test_the_page_tells_it(site: Served) -> None:
    """The case's page and the picture in it."""
    page = site.get("/case/wechat/RU", params={"valid_at": "2017-05-12"}).text
    assert "still blocked" in page


_PLACES: list[Callable[[str], str]] = [
    lambda code: f"/api/v1/cases?jurisdiction={code}",
    lambda code: f"/api/v1/claims?jurisdiction={code}",
    lambda code: f"/api/v1/rules?jurisdiction={code}",
    lambda code: f"/api/v1/registers?jurisdiction={code}",
    lambda code: f"/api/v1/changes?jurisdiction={code}",
    lambda code: f"/api/v1/listings?selector=wechat.com&jurisdiction={code}",
    lambda code: f"/api/v1/check?selector=wechat.com&valid_at=2017-05-08&jurisdiction={code}",
    lambda code: f"/api/v1/episodes?jurisdiction={code}",
    lambda code: f"/api/v1/silences?jurisdiction={code}",
    lambda code: f"/api/v1/verdicts?limit=5&jurisdiction={code}",
    lambda code: f"/api/v1/reports?jurisdiction={code}",
    lambda code: f"/api/v1/reconcile?jurisdiction={code}&valid_at=2017-05-08",
    lambda code: f"/api/v1/compare?jurisdiction={code}&jurisdiction=cn",
    lambda code: f"/api/v1/cases/wechat/{code}?valid_at=2017-05-08",
]


@pytest.mark.parametrize("path", _PLACES, ids=[path("") for path in _PLACES])
def test_small_letters_are_the_same_jurisdiction(site: Served, path: Callable[[str], str]) -> None:
    """`ru` and `RU` get the same answer on every endpoint, and it is not an empty one."""
    times = "&as_of=2026-01-01T00:00Z&recorded_by=2099-01-01"
    small, large = (
        site.get(f"{path(code)}{times if '?' in path(code) else times.replace('&', '?', 1)}").json()
        for code in ("ru", "RU")
    )
    for one in (small, large):
        one.get("metadata", {}).pop("next_url", None)  # a signed cursor over the question as typed
        one.get("metadata", {}).pop("valid_at", None)
    assert small == large
    assert "silences" in path("") or small.get("results", small) != []
