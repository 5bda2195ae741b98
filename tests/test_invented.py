"""What was invented for show says so in every face that tells something of it, and nothing else
does: the demo's measurements and reports are of networks of documentation (RFC 5398)."""

import csv
import io
import json
import re
from collections.abc import Callable, Iterator
from html import unescape
from pathlib import Path
from typing import Any, NamedTuple

import numpy as np
import pytest
from tests.commands import invoked
from tests.site.within import Within, within

import gatewatch
from gatewatch.analysis.network.episodes import Cells
from gatewatch.analysis.network.silence import Volumes, silences
from gatewatch.assistants import tools
from gatewatch.catalogue import facts
from gatewatch.draw import enforcement, episodes
from gatewatch.draw.case.alt_text import _silence
from gatewatch.exports import described, exporting
from gatewatch.exports.datasets import datasets
from gatewatch.model.documentation import ALL_INVENTED, DEMO, INVENTED, all_invented, marked
from gatewatch.model.message import message
from gatewatch.model.moment import Moment
from gatewatch.query.enforcement import enforcement as months
from gatewatch.query.episodes import Record
from gatewatch.query.moments import of_all
from gatewatch.records.episodes import silence_row
from gatewatch.words.events import of_gaps
from gatewatch.words.saying import say

_DAY = "2017-05-08"


class Shown(NamedTuple):
    """A ledger with what was invented, and a site over it."""

    location: str
    site: Within


@pytest.fixture(scope="module")
def demo(demo_filled: str, tmp_path_factory: pytest.TempPathFactory) -> Iterator[Shown]:
    with within(demo_filled, tmp_path_factory.mktemp("state")) as site:
        yield Shown(demo_filled, site)


COMMANDS = (
    f"check wechat.com --valid-at {_DAY}",
    f"case wechat RU --valid-at {_DAY}",
    f"cases --service wechat -j RU --valid-at {_DAY}",
    "episodes wechat",
    "measurements wechat --limit 1",
    f"reconcile wechat.com -j RU --valid-at {_DAY}",
    f"compare RU CN --valid-at {_DAY}",
    f"statement wechat RU --valid-at {_DAY}",
)


@pytest.mark.parametrize("words", COMMANDS)
def test_a_command_marks_it_in_json_and_in_csv(demo: Shown, words: str) -> None:
    """A row of which the network's word is all invented has `invented`; of the joined record the
    lane has it."""
    asked = [*words.split(), "--ledger", demo.location, "-f"]
    assert any(_marks(json.loads(invoked([*asked, "json"]).stdout)))
    rows = list(csv.DictReader(io.StringIO(invoked([*asked, "csv"]).stdout)))
    assert any(row["invented"].casefold() == "true" for row in rows)


PATHS = (
    f"check?selector=wechat.com&valid_at={_DAY}",
    f"cases?service=wechat&jurisdiction=RU&valid_at={_DAY}",
    f"cases/wechat/RU?valid_at={_DAY}",
    f"compare?jurisdiction=RU&jurisdiction=CN&valid_at={_DAY}",
    "episodes",
    "measurements?limit=1",
    f"reconcile?jurisdiction=RU&valid_at={_DAY}",
    "reports",
    "verdicts?limit=1",
)


@pytest.mark.parametrize("path", PATHS)
def test_the_api_marks_it(demo: Shown, path: str) -> None:
    assert any(_marks(demo.site.ask("GET", f"/api/v1/{path}").json()))


@pytest.mark.parametrize("over", ["", "axis_x=probe_asn&", "axis_x=probe_cc&axis_y=domain&"])
def test_the_other_apis_reads_mark_it(demo: Shown, over: str) -> None:
    """Counts say how many of them were invented, a measurement that it was."""
    path = f"/api/v1/aggregation?{over}"
    found = demo.site.ask("GET", path).json()["result"]
    listed = list(csv.DictReader(io.StringIO(demo.site.ask("GET", f"{path}format=CSV").text)))
    for row in (*(found if over else [found]), *listed):
        assert int(row["invented_count"]) == int(row["measurement_count"]) > 0
    nothing = demo.site.ask("GET", f"{path}probe_cc=NZ").json()["result"]
    assert nothing == [] if over else nothing["invented_count"] == 0
    (one,) = demo.site.ask("GET", "/api/v1/measurements?limit=1").json()["results"]
    told = demo.site.ask(
        "GET", f"/api/v1/measurement_meta?measurement_uid={one['measurement_uid']}"
    )
    assert one["scores"]["invented"] is told.json()["scores"]["invented"] is True


def test_one_verdict_and_its_page_and_picture_mark_it(demo: Shown) -> None:
    (row,) = demo.site.ask("GET", "/api/v1/verdicts?limit=1").json()["results"]
    uid = row["measurement_uid"]
    assert demo.site.ask("GET", f"/api/v1/verdicts/{uid}").json()["result"]["invented"] is True
    page = _plain(demo.site.ask("GET", f"/measurement/{uid}").text)
    assert page.casefold().count(say(INVENTED)) >= 3  # beside its facts, in both pictures
    line = invoked(["verdict", uid, "--ledger", demo.location]).stdout
    assert line.rstrip("\n").endswith("\tTrue")


PAGES = (
    f"/case/wechat/RU?valid_at={_DAY}",
    f"/find?q=wechat.com&valid_at={_DAY}",
    f"/compare?jurisdiction=RU&jurisdiction=CN&valid_at={_DAY}",
    f"/reconcile?jurisdiction=RU&valid_at={_DAY}",
    "/network",
    "/network/AS64496",
    "/episode/RU/wechat.com",
    "/measurements",
)


@pytest.mark.parametrize(
    ("path", "language"), [*((path, "en") for path in PAGES), (PAGES[3], "ru"), (PAGES[3], "zh")]
)
def test_a_page_says_it_in_its_language(demo: Shown, path: str, language: str) -> None:
    """Over all of it, and beside what rests on such alone."""
    prefix = "" if language == "en" else f"/{language}"
    page = _plain(demo.site.ask("GET", f"{prefix}{path}").text)
    assert _plain(say(DEMO, language)) in page
    beside = page.replace(_plain(say(DEMO, language)), "").casefold()
    assert any(say(one, language).casefold() in beside for one in (INVENTED, ALL_INVENTED))


def test_lists_and_network_together_bear_it_where_the_network_was_invented(demo: Shown) -> None:
    """Beside the one word for both."""
    page = demo.site.ask("GET", "/case/wechat/RU", params={"valid_at": _DAY}).text
    row = page.partition("<dt>Lists and network together</dt>")[2].partition("</dd>")[0]
    assert say(INVENTED) in row
    without = demo.site.ask("GET", "/case/facebook/CN", params={"valid_at": _DAY}).text
    row = without.partition("<dt>Lists and network together</dt>")[2].partition("</dd>")[0]
    assert say(INVENTED) not in row


def test_feeds_and_messages_say_it(demo: Shown) -> None:
    """An item about such an episode or surge."""
    feed = demo.site.ask("GET", "/feeds/service/wechat.json").json()
    told = [one for one in feed["items"] if "episode" in one["id"] or "surge" in one["id"]]
    assert told
    assert all(say(INVENTED) in one["content_text"] for one in told)


def test_pictures_say_it(demo: Shown) -> None:
    """Of themselves: they are taken away without their page."""
    for path in ("network/RU", "reconcile/RU", "compare"):
        asked = {"valid_at": _DAY, **({"jurisdiction": ["RU", "CN"]} if path == "compare" else {})}
        svg = demo.site.ask("GET", f"/picture/{path}.svg", params=asked)
        if svg.status_code == 200:
            assert "nvented for show" in _plain(svg.text), path
    ledger = gatewatch.open(demo.location)
    moment = of_all(ledger, Moment.parse())
    assert "nvented for show" in episodes.of_episodes(Record(ledger, moment))
    found = months(ledger, "ru-demo", Moment.parse("2017-05-12"))
    assert ("nvented for show" in _plain(enforcement.index("ru-demo", found))) == any(
        one.enforced.whole for one in found
    )


def test_data_sets_say_it_at_their_head(demo: Shown, tmp_path: Path) -> None:
    """Of those that rest on measurements or reports, in every catalogue."""
    ledger = gatewatch.open(demo.location)
    chosen = datasets(ledger, facts.load(), of_all(ledger, Moment.parse()))
    assert {one.name: one.invented for one in chosen} == {
        "ru-demo": False,
        "catalogue": True,
        "network": True,
        "reports": True,
    }
    few = [one for one in chosen if one.name in {"ru-demo", "reports"}]
    index = exporting.export(few, tmp_path, as_of=None, recorded_by=None)
    assert [one.invented for one in index.datasets] == [False, True]
    for one, heads in zip(index.datasets, described.dcat(index, "")["dcat:dataset"], strict=True):
        assert (DEMO.plain() in str(heads)) == one.invented
        assert (DEMO.plain() in str(described.croissant(one, ""))) == one.invented


def test_assistants_are_told(demo: Shown) -> None:
    desk, day = tools.Desk(demo.location), tools.Times(_DAY)
    assert desk.check(["wechat.com"], "RU", day)["invented"] == DEMO.plain()
    assert desk.history("wechat.com", "RU", day)["invented"] is None


def test_a_notebook_shows_it(demo: Shown) -> None:
    """A table of records has the column, a case the words."""
    ledger = gatewatch.open(demo.location)
    assert "invented" in ledger.episodes()._repr_html_()
    assert say(INVENTED) in _plain(ledger.case("wechat", "RU", valid_at=_DAY)._repr_html_() or "")


@pytest.mark.parametrize("networks", [(64496, 64497), (64496, 12389)])
def test_a_silence_is_made_where_all_that_was_expected_was(networks: tuple[int, int]) -> None:
    """Of a whole country, of a network, of a target, by the networks that measured before: in its
    record, in a feed and in words for a picture."""
    days = [(n, day, target) for n in networks for day in range(60) for target in (0, 1)]
    stops: dict[str, Callable[[int, int], int]] = {
        "country": lambda *_: 45,
        "network": lambda n, _: 45 if n == 64496 else 60,
    }
    stops["target"] = lambda _, target: 60 if target else 45
    for about, stop in stops.items():
        held = np.array([(n, day, t) for n, day, t in days if day < stop(n, t)])
        number, day, series = held.T
        names = (("a.example", "RU"), ("b.example", "RU"))
        runs = np.full(len(held), 20.0)
        cells = Cells(names, series, number, 24 * (17_000 + day), np.zeros(len(held)), runs)
        found = silences(Volumes(cells, runs, 24 * (17_000 + 59) + 23))
        assert found, about
        for one in found:
            before = {one.network} if one.network else set(networks)
            assert set(one.networks) == before, about
            assert one.invented == silence_row(one)["invented"] == all_invented(before), about
            (item,) = of_gaps([one], facts.load())
            assert (INVENTED in item.details) == one.invented
            assert (say(INVENTED) in say(_silence(one))) == one.invented


def test_what_is_measured_is_not_marked() -> None:
    """One real network among others is evidence; no network is none."""
    assert all_invented([64496, 65551])
    assert not all_invented([64496, 12389])
    assert not all_invented([])
    assert not all_invented([None])
    said = message("nothing is measured: neither confirmed nor contradicted")
    assert marked(said, invented=False) is said


def _marks(document: Any) -> Iterator[bool]:
    """Every `invented` of a document."""
    if isinstance(document, dict):
        for key, value in document.items():
            yield from [value is True] if key == "invented" else _marks(value)
    elif isinstance(document, list):
        for each in document:
            yield from _marks(each)


def _plain(text: str) -> str:
    return " ".join(unescape(re.sub(r"<[^>]*>", " ", text)).split())
