"""Law 9: of one question asked of one ledger every face tells the same.

The questions and their right answers lie in one_truth.tsv: a ledger, a service or none, a
selector, the day it is about, by when it had been published; the state of the registers, the last
day they are known, what is on paper, what the network does, how they agree, and the state of the
service's case.
"""

import csv
import json
import re
import shutil
from collections.abc import Callable, Iterable, Iterator, Mapping
from datetime import datetime
from pathlib import Path
from typing import Any, NamedTuple

import pytest
from tests.commands import invoked
from tests.prebuilt import Prebuilt
from tests.probes import Probes
from tests.site.within import Within, within
from tests.wide import pairwise

from gatewatch.analysis.network.tools import JudgingSettings
from gatewatch.catalogue import facts
from gatewatch.exports.datasets import datasets
from gatewatch.model import selector as selectors
from gatewatch.model.message import message
from gatewatch.model.moment import Moment
from gatewatch.pipeline import measurements
from gatewatch.query import ledger as reading
from gatewatch.query.ledger import Ledger
from gatewatch.query.moments import of_all
from gatewatch.query.reconciliation import reconciled, report
from gatewatch.query.targets import Targets, measured
from gatewatch.words import say

_STATES = re.compile(r'class="st ([a-z_]+)(?: nb)?"')
"""The states that a page shows, with their marks."""
_TABLE = Path(__file__).with_name("one_truth.tsv")
Row = dict[str, str]


def _rows() -> list[Row]:
    with _TABLE.open(encoding="utf-8", newline="") as file:
        return list(csv.DictReader(file, delimiter="\t"))


DEMO_LEDGER = "demo"
CODES = {DEMO_LEDGER: "RU", "ua-ncu": "UA", "cz-mfcr": "CZ", "ru-rkn": "RU"}
"""The ledgers that are asked, and the country of each."""
_DAYS = {
    name: sorted({(row["valid_at"], row["as_of"]) for row in _rows() if row["ledger"] == name})
    for name in CODES
}
_MADE: dict[str, tuple[str, str, dict[str, tuple[str, str] | None]]] = {
    "ua-ncu": (
        "2024-06-10",
        "2024-08-05",
        {
            "tabakevich.com": ("2024-06-12", "2024-07-15"),
            "vk.com": ("2024-06-10", "2024-09-01"),
            "parimatch.com": None,
            "www.wikipedia.org": None,
        },
    ),
    "cz-mfcr": (
        "2022-12-20",
        "2023-01-20",
        {
            "1xbet.com": ("2022-12-22", "2023-02-01"),
            "favbe777.com": None,
            "www.seznam.cz": None,
        },
    ),
    "ru-rkn": (
        "2015-03-28",
        "2015-05-02",
        {
            "coinside.ru": ("2015-04-16", "2015-06-01"),
            "igro-online.com": None,
            "www.diplom-kupi.com": ("2015-03-30", "2015-06-01"),
            "www.mozilla.org": None,
        },
    ),
}
"""Beside real registers: when three networks measured, and when each host was blocked."""


def _measured(shared: Path, file: Path, name: str) -> Path:
    first, last, hosts = _MADE[name]
    probes = Probes(shared)
    lines = [
        probes.line(host, network, hour, blocked=_within(hour, span), code=CODES[name])
        for host, span in hosts.items()
        for hour in range(_hour(first), _hour(last), 12)
        for network in (10, 20, 30)
    ]
    file.write_bytes(b"\n".join(lines))
    return file


def _hour(day: str) -> int:
    return int(datetime.fromisoformat(f"{day}T00:00Z").timestamp() // 3600)


def _within(hour: int, span: tuple[str, str] | None) -> bool:
    return span is not None and _hour(span[0]) <= hour < _hour(span[1])


class World(NamedTuple):
    """One ledger with measurements beside its register, and a site over it."""

    name: str
    location: str
    ledger: Ledger
    site: Within


@pytest.fixture(scope="module", params=CODES)
def world(
    request: pytest.FixtureRequest, tmp_path_factory: pytest.TempPathFactory
) -> Iterator[World]:
    name = request.param
    location = str(request.getfixturevalue("truth")(name))
    with within(location, tmp_path_factory.mktemp("state")) as site:
        yield World(name, location, reading.open(location), site)


@pytest.fixture(scope="module")
def truth(
    shared: Path, prebuilt: Prebuilt, place: Callable[[str], Path], demo_filled: str
) -> Callable[[str], Path | str]:
    """Where the ledger of a world is, built once for all workers of a run."""

    def built(name: str) -> Path | str:
        if name == DEMO_LEDGER:
            return demo_filled

        def build(folder: Path) -> None:
            shutil.copytree(place(name), folder)
            file = _measured(shared, folder.parent / "made.jsonl", name)
            measurements.ingest(str(folder), str(file), JudgingSettings(), processes=1)

        return prebuilt.once(f"{name}-measured", build)

    return built


def _asked(name: str) -> Iterator[tuple[dict[str, str], list[Row]]]:
    """The rows about one ledger, those of one day together, with that day."""
    for valid_at, as_of in _DAYS[name]:
        rows = [
            r
            for r in _rows()
            if (r["ledger"], r["valid_at"], r["as_of"]) == (name, valid_at, as_of)
        ]
        yield {"valid_at": valid_at, **({"as_of": as_of} if as_of else {})}, rows


_UNMEASURED = {
    "listed": "listed_insufficient",
    "listed_in_part": "listed_insufficient",
    "delisted": "unlisted_insufficient",
    "unlisted": "unlisted_insufficient",
    "insufficient": "insufficient",
}
"""What is on paper, beside a network of which nothing is known."""
_TOLD = ("state", "last_known", "paper", "wire", "agreement", "case")
_SHOWN = ("ledger", "service", "selector", "state", "paper", "wire", "agreement", "case")
"""What a page shows of a row."""


def _told(row: Row) -> tuple[str, ...]:
    return tuple(row[name] for name in _TOLD)


def _of_record(one: dict[str, Any]) -> tuple[str, ...]:
    """What a JSON answer tells."""
    _known_alike(one)
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


def _known_alike(one: dict[str, Any]) -> None:
    """What the head of an answer says was known last is what its jurisdiction says."""
    (listings,) = (lane for lane in one["places"][0]["lanes"] if lane["lane"] == "listings")
    open_ = one["state"] == "insufficient"
    assert one["known_state"] == (listings["known_state"] if open_ else one["state"]), one
    assert (one["last_known"], one["by_sources"]) == (
        listings["last_known"],
        listings["by_sources"],
    ), one


def test_the_table_holds_enough() -> None:
    """At least 120 questions, with every agreement of paper and network among the answers."""
    rows = _rows()
    assert len(rows) >= 120
    assert all(sum(row["ledger"] == name for row in rows) >= 20 for name in CODES)
    assert len({row["agreement"] for row in rows}) == 9


def test_python_tells_it(world: World) -> None:
    """`Ledger.check`, by its structs."""
    for times, rows in _asked(world.name):
        answers = world.ledger.check([row["selector"] for row in rows], **times)
        for row, one in zip(rows, answers, strict=True):
            place = one.places[0]
            known = place.lanes[2].last_known
            found = (one.state, known, place.paper, place.wire, place.agreement, place.state)
            assert tuple(str(each or "") for each in found) == _told(row), row
            assert (place.service or "") == row["service"]


def test_the_command_tells_it(world: World) -> None:
    """`gatewatch check --format json`, in bulk."""
    for times, rows in _asked(world.name):
        options = [w for n, at in times.items() for w in (f"--{n.replace('_', '-')}", at)]
        names = [row["selector"] for row in rows]
        words = ["check", *names, "--ledger", world.location, *options, "-f", "json"]
        told = json.loads(invoked(words).stdout)
        assert [_of_record(one) for one in told] == [_told(row) for row in rows]


def test_the_api_tells_it(world: World) -> None:
    """POST /api/v1/check, one line for each selector, and GET of some by themselves."""
    for times, rows in _asked(world.name):
        lines = "\n".join(row["selector"] for row in rows)
        told = world.site.ask("POST", "/api/v1/check", params=times, content=lines)
        answers = [json.loads(line) for line in told.text.splitlines()]
        assert [_of_record(one) for one in answers] == [_told(row) for row in rows]
        for row in rows[::4]:  # one selector by itself takes the same way from the ledger on
            one = world.site.ask(
                "GET", "/api/v1/check", params={**times, "selector": row["selector"]}
            )
            assert _of_record(one.json()) == _told(row)


def test_reconcile_tells_it(world: World) -> None:
    """Registers beside the network for each host by itself, so that of one which was not measured
    no word of its family is taken; no row where no register reaches the day."""
    itself = set(measured(world.ledger))
    for times, rows in _asked(world.name):
        hosts = [row for row in rows if "/" not in row["selector"]]
        asked = Targets(names=tuple(row["selector"] for row in hosts), endpoints=True)
        told = report(
            world.ledger,
            CODES[world.name],
            targets=asked,
            valid_at=times["valid_at"],
            as_of=times.get("as_of"),
        )
        found = {
            selectors.from_key(o.key).value: str(o.state) for o in reconciled(world.ledger, told)
        }
        for row in hosts:
            state = found.get(row["selector"])
            if state is None:
                assert (row["paper"], len(told.unreached)) == ("insufficient", 1), row
            elif row["selector"] in itself:
                assert state == row["agreement"], row
            else:
                assert state == _UNMEASURED[row["paper"]], row


def test_without_a_day_every_face_reconciles_the_same_one(world: World) -> None:
    """The last day that registers and measurements both reach, which each face names; of a day
    that no register reaches programs are told which do not."""
    code = CODES[world.name]
    told = report(world.ledger, code)
    day = str(told.day)
    assert not told.asked
    assert told.rows.num_rows
    api = world.site.ask("GET", "/api/v1/reconcile", params={"jurisdiction": code}).json()
    assert api["metadata"]["valid_at"][:10] == day
    assert api["metadata"]["count"] == told.rows.num_rows
    page = world.site.ask("GET", "/reconcile", params={"jurisdiction": code}).text
    words = ["reconcile", "-j", code, "--ledger", world.location]
    shown = say(message("{day}", day=told.day))
    assert f"Shown is {shown}" in page
    printed = invoked([*words, "-f", "json"])
    assert f"Shown is {shown}" in printed.stderr
    assert len(json.loads(printed.stdout)) == told.rows.num_rows
    late = {"jurisdiction": code, "valid_at": "2026-11-27"}
    nothing = world.site.ask("GET", "/api/v1/reconcile", params=late).json()
    assert nothing["metadata"]["unreached"]
    assert not nothing["results"]


def test_cases_tell_it(world: World) -> None:
    """The case of each service: from Python, from the list of all, and over HTTP."""
    code = CODES[world.name]
    for times, rows in _asked(world.name):
        every = {one.service.id: one for one in world.ledger.cases(**times, jurisdiction=code)}
        asked = {**times, "jurisdiction": code, "limit": 1000}
        api = world.site.ask("GET", "/api/v1/cases", params=asked).json()["results"]
        listed = {one["service"]: one for one in api}
        for row in rows:
            if row["service"]:
                one = every[row["service"]]
                assert (str(one.state), one.network.state) == (row["case"], row["wire"]), row
                over_http = listed[row["service"]]
                assert (over_http["state"], over_http["network"]) == (row["case"], row["wire"])


def test_the_export_tells_it(world: World) -> None:
    """The tables of cases and of listings in the data sets."""
    exported: dict[str | None, dict[str, list[tuple[str, str]]]] = {}
    for times, rows in _asked(world.name):
        moment = of_all(world.ledger, Moment.parse(**times))
        tables = {
            t.name: t for one in datasets(world.ledger, facts.load(), moment) for t in one.tables
        }
        told = {(r["service"], r["jurisdiction"]): r for r in tables["cases"].rows()}
        # Before its first state a register has no table of listings; else it tells of all days,
        # and is another one only as of another time.
        published = times.get("as_of")
        if "listings" in tables and published not in exported:
            exported[published] = _spans(tables["listings"].rows())
        stated = exported[published] if "listings" in tables else {}
        day = times["valid_at"][:10]
        for row in rows:
            if row["service"]:
                one = told[row["service"], CODES[world.name]]
                assert (one["state"], one["network"]) == (row["case"], row["wire"]), row
            spans = stated.get(row["selector"], [])
            if row["paper"] == "listed" and "/" not in row["selector"]:
                assert any(came <= day <= went for came, went in spans), row
            elif row["paper"] in {"unlisted", "delisted"}:
                assert not any(came < day < went for came, went in spans), row


def _spans(rows: Iterable[Mapping[str, Any]]) -> dict[str, list[tuple[str, str]]]:
    """From which day to which each host that an entry prescribes was listed, as exported."""
    found: dict[str, list[tuple[str, str]]] = {}
    for row in rows:
        if row["kind"] == "domain" and "domain" in row["block_type"]:
            span = (row["came_not_after"][:10], (row["went_not_before"] or "9999")[:10])
            found.setdefault(row["value"], []).append(span)
    return found


def test_the_page_tells_it(world: World, request: pytest.FixtureRequest) -> None:
    """The page that a name leads to, by its headline and by the row of each register. A page costs
    as much as all else that is asked of a row: those of a sample are read, or with --whole of
    all."""
    read = _rows() if request.config.getoption("whole") else pairwise(_rows(), _SHOWN)
    for times, rows in _asked(world.name):
        for row in (one for one in rows if one in read):
            asked = {**times, "q": row["selector"]}
            page = world.site.ask("GET", "/find", params=asked)
            shown = _STATES.findall(page.text)
            if page.url.path.startswith("/service/"):  # the whole name of a service leads to it
                assert row["case"] in shown, row
                continue
            whole = row["agreement"]
            head = row["case"] if whole == "insufficient" and row["case"] else whole
            if "On record in" in page.text:  # of a service by countries: its case is one of them
                assert (row["case"] or head) in shown, row
            elif head == "insufficient":  # what lists last said says more
                one = {**times, "selector": row["selector"]}
                answer = world.site.ask("GET", "/api/v1/check", params=one).json()
                assert shown[0] in {head, answer["known_state"]}, row
            else:
                assert head in shown[:1], row
            perhaps = (
                row["state"] == "not_listed" and "perhaps_listed" in shown
            )  # beneath a listed one
            assert perhaps or row["state"] in shown, row


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


@pytest.mark.parametrize("world", [DEMO_LEDGER], indirect=True)
@pytest.mark.parametrize("path", _PLACES, ids=[path("") for path in _PLACES])
def test_small_letters_are_the_same_jurisdiction(world: World, path: Callable[[str], str]) -> None:
    """`ru` and `RU` get the same answer on every endpoint, and it is not an empty one."""
    times = "&as_of=2026-01-01T00:00Z&recorded_by=2099-01-01"
    small, large = (
        world.site.ask(
            "GET", f"{path(code)}{times if '?' in path(code) else times.replace('&', '?', 1)}"
        ).json()
        for code in ("ru", "RU")
    )
    for one in (small, large):
        one.get("metadata", {}).pop("next_url", None)  # a signed cursor over the question as typed
        one.get("metadata", {}).pop("valid_at", None)
    assert small == large
    assert "silences" in path("") or small.get("results", small) != []
