"""A law that ran out or was repealed is told as such on days after, and as in force on days before,
in every face."""

import json
import re
from datetime import date, timedelta
from pathlib import Path

import pytest
from msgspec.structs import replace
from tests.commands import invoked
from tests.site.within import within

from gatewatch.cases.lanes import obligations
from gatewatch.catalogue import facts
from gatewatch.draw.case.alt_text import alt_text
from gatewatch.model.jurisdiction import Jurisdiction
from gatewatch.model.moment import Moment
from gatewatch.model.service import Instrument
from gatewatch.query import case as cases
from gatewatch.query.obligations import of_kind
from gatewatch.records.cases import document
from gatewatch.records.obligations import of_case
from gatewatch.words.laws import in_force
from gatewatch.words.saying import say

ENDED = sorted(one.id for one in facts.load().instruments.values() if one.until)


@pytest.mark.parametrize("name", ENDED)
def test_each_that_ended_says_when_and_where_that_is_known_from(name: str) -> None:
    one = facts.load().instruments[name]
    assert one.until_sources
    assert one.ended
    assert one.ended.last
    assert one.stands(one.ended.last)
    assert not one.stands(one.ended.last + timedelta(days=1))
    assert "to" in say(in_force(one.short, one, one.since)).split()
    row = json.loads(invoked(["rule", name, "-f", "json"]).stdout)
    (told,) = row if isinstance(row, list) else [row]
    assert (told["until"], told["until_sources"]) == (one.until, list(one.until_sources))


def test_a_list_of_laws_of_a_day_has_those_in_force_alone() -> None:
    """In the command and over HTTP."""
    for day, has in (("2019-01-01", True), ("2020-05-15", True), ("2020-05-16", False)):
        words = ["rule", "-j", "UA", "--valid-at", day, "-f", "json"]
        told = {one["id"] for one in json.loads(invoked(words).stdout)}
        assert ("ua-133-2017" in told) is has
    of_all_days = {one["id"] for one in json.loads(invoked(["rule", "-f", "json"]).stdout)}
    assert set(ENDED) <= of_all_days


def test_a_case_names_the_law_that_it_was_laid_on_and_that_it_ended() -> None:
    catalogue = facts.load()
    service, place = catalogue.service("vk"), Jurisdiction("UA")
    (before, after) = (
        cases.case(catalogue, service, place, Moment.parse(day))
        for day in ("2023-05-31", "2023-06-01")
    )
    held = [{duty.instrument.id: duty.over for duty in one.duties} for one in (before, after)]
    assert held == [{"ua-184-2020": False}, {"ua-184-2020": True}]
    assert [obligations(one).state for one in (before, after)] == ["in_force", "none"]
    assert "asks nothing any more" in say(obligations(after).summary)
    for one, over in ((before, False), (after, True)):
        assert [row["over"] for row in of_case(one)] == [over]
        assert [row["over"] for row in document(one)["duties"]] == [over]
        assert "Decree that puts sanctions on Russian services anew, in force from" in alt_text(
            one, "en"
        )


def test_a_law_of_a_kind_asks_nothing_after_its_end() -> None:
    catalogue = facts.load()
    one = _law(kinds=("messenger",), until="2019-12-31")
    catalogue = replace(catalogue, instruments={one.id: one}, claims={})
    told = {
        day: [asked.law.id for asked in of_kind(catalogue, "messenger", Moment.parse(day))]
        for day in ("2019-12-31", "2020-01-01")
    }
    assert told == {"2019-12-31": ["x"], "2020-01-01": []}


def test_a_day_that_is_not_sure_ends_nothing_before_it_is() -> None:
    one = _law(until="2023-05-14/2023-05-15")
    assert one.stands(date(2023, 5, 15))
    assert one.over(date(2023, 5, 16))
    assert not _law().over(date(2099, 1, 1))


def test_pages_tell_it_by_the_day_asked_about(demo_filled: str, tmp_path: Path) -> None:
    with within(demo_filled, tmp_path) as site:
        now = site.ask("GET", "/rule/ua-133-2017").text
        then = site.ask("GET", "/rule/ua-133-2017?valid_at=2019-01-01").text
        assert "ended 15 May 2020" in " ".join(now.split())
        assert "until 15 May 2020" in " ".join(then.split())
        case = " ".join(site.ask("GET", "/case/vk/UA").text.split())
        assert "ended" in case
        assert "ended" not in site.ask("GET", "/case/vk/UA?valid_at=2021-01-01").text
        found = site.ask("GET", "/find?q=sanctions%20on%20Russian%20services").text
        assert "until 15 May 2020" in " ".join(found.split())
        assert "ua-133-2017" not in site.ask("GET", "/api/v1/rules?valid_at=2021-01-01").text
        assert "ua-133-2017" in site.ask("GET", "/api/v1/rules?valid_at=2019-01-01").text
        assert "EO 14034" in site.ask("GET", "/rule/us-eo-wechat").text


def _law(kinds: tuple[str, ...] = (), until: str = "") -> Instrument:
    return Instrument(
        id="x",
        jurisdiction="UA",
        name="A law",
        in_force="2017-01-01",
        until=until,
        kinds=kinds,
        sources=("https://office.example/",),
    )


def test_a_place_and_all_laws_of_a_day_are_those_of_that_day(
    demo_ledger: str, tmp_path: Path
) -> None:
    """Of the page of a country, of that of all laws, and of the API the same."""
    day = {"valid_at": "2018-01-01"}
    with within(demo_ledger, tmp_path) as site:
        here, every = (
            set(re.findall(r"/rule/([\w.-]+)", site.ask("GET", path, params=day).text))
            for path in ("/jurisdiction/RU", "/rules")
        )
        listed = site.ask("GET", "/api/v1/rules", params={**day, "jurisdiction": "RU"}).json()
    held = {one["id"] for one in listed["results"]}
    assert held == here & set(facts.load().instruments)
    assert held <= every
    assert "ru-242fz" in held
    assert "ru-236fz" not in held
