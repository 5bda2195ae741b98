"""Old states beside current ones on tiles, in counts and in feeds; default days of pages."""

from datetime import date
from typing import Any

import pytest
from lxml import html
from tests.site.served import Served

from gatewatch.cases.case import Case
from gatewatch.catalogue import facts
from gatewatch.model.moment import Moment
from gatewatch.model.states import State
from gatewatch.query import case as cases
from gatewatch.site.pages.tiles import tiles
from gatewatch.words import LANGUAGES, say
from gatewatch.words.events import of_cases
from gatewatch.words.shown import entries_counted

DAY = date(2026, 3, 1)
RESTRICTED = {State.RESTRICTED, State.PARTLY_RESTRICTED}


def _page(text: str) -> Any:
    return html.fromstring(text)


def test_tiles_count_current_and_older_apart() -> None:
    told = list(cases.every(facts.load(), Moment.parse(DAY)))
    drawn = {tile.code: tile for tile in tiles(told)}
    for code, tile in drawn.items():
        mine = [one for one in told if str(one.jurisdiction) == code]
        held = [one for one in mine if one.state in RESTRICTED]
        assert len(tile.marks) == len(mine) == tile.tally().total()
        assert tile.restricted == sum(one.current for one in held)
        assert tile.restricted_before == sum(not one.current for one in held)
    assert drawn["RU"].restricted > 0
    assert drawn["RU"].restricted_before > 0
    assert not any(tile.restricted_before for tile in tiles(_of_2017()))


def _of_2017() -> list[Case]:
    return [
        one
        for one in cases.every(facts.load(), Moment.parse(date(2017, 5, 9)))
        if str(one.jurisdiction) == "RU"
    ]


@pytest.mark.parametrize("lang", LANGUAGES)
def test_the_front_page_draws_older_states_lighter(site: Served, lang: str) -> None:
    """As many lighter marks as older states, and their counts told apart in words too."""
    at = "/" if lang == "en" else f"/{lang}/"
    page = _page(site.get(f"{at}?valid_at={DAY}").text)
    marks = page.xpath("//ul[@class='tiles']//span[@class='mk']//*[name()='svg']")
    lighter = page.xpath("//ul[@class='tiles']//span[@class='mk']//*[@class='aged']")
    assert 0 < len(lighter) < len(marks)
    rows = site.get(f"/api/v1/cases?valid_at={DAY}&limit=1000").json()["results"]
    assert len(lighter) == sum(not one["current"] for one in rows)
    key = page.xpath("//ul[@class='key']/li/span[@class='aged']")
    counted = sum(int("".join(filter(str.isdigit, one.text_content()))) for one in key)
    assert counted == len(lighter)


@pytest.mark.parametrize("lang", LANGUAGES)
def test_feeds_say_of_which_day_an_old_state_is(lang: str) -> None:
    """The last item of an old case, and no other."""
    for one in cases.every(facts.load(), Moment.parse(DAY)):
        told = list(of_cases([one]))
        known = [item for item in told if "not known since" in say(item.text)]
        last = one.stays[-1].since.last if one.stays else None
        assert len(known) == (not one.current and last is not None), one.service.id
        if known:
            assert known == told[-1:]
            assert one.last_known is not None
            assert str(one.last_known.year) in say(known[0].text, lang)


def test_pages_say_the_last_day_that_they_reach(site: Served) -> None:
    """Of a register that ended in 2017, and of measurements of that May."""
    page = site.get("/register/ru-demo/entries").text
    assert "the last day that this register reaches" in page
    last = site.get("/api/v1/registers/ru-demo").json()["result"]["last_published"]
    then = site.get(f"/api/v1/registers/ru-demo/entries?valid_at={last}").json()["results"]
    shown = [cell.text_content() for cell in _page(page).xpath("//tbody/tr/th")]
    assert then
    assert shown == [one["entry"] for one in then]
    states = [cell.text_content().strip() for cell in _page(page).xpath("//tbody/tr/td[last()]")]
    assert set(states) == {"listed"}
    (csv,) = _page(page).xpath("//a[text()='CSV']/@href")
    assert site.get(csv).text.count("\n") == len(then) + 1
    asked = site.get("/register/ru-demo/entries?valid_at=2017-05-08").text
    assert "the last day that this register reaches" not in asked
    network = site.get("/network").text
    assert "the last day with measurements here; nothing is known since" in network
    assert "2017" in _page(network).xpath("string(//p[@class='warn'])")
    register = _page(site.get("/register/xx-hostile").text)
    assert "Shown is the register as last published, on" in register.text_content()


@pytest.mark.parametrize(
    ("lang", "silent", "unchanged"),
    [
        ("", "last published on", "changed since"),
        ("/ru", "Последний раз реестры, которые здесь хранятся, публиковались", "не менялся с"),
        ("/zh", "本站所存名册最近一次发布是在", "均无变化"),
    ],
)
def test_of_silent_registers_nobody_knows_whether_they_changed(
    site: Served, lang: str, silent: str, unchanged: str
) -> None:
    page = _page(site.get(f"{lang}/?valid_at=2026-05-27").text).text_content()
    assert unchanged not in page
    held = site.get("/api/v1/registers?valid_at=2026-05-27").json()["results"]
    last = max(one["last_published"] for one in held)
    assert last < "2026-05-20"
    told = page.partition(silent)[2].partition("。" if lang == "/zh" else ".")[0]
    assert last[:4] in told


def test_pages_of_a_past_day_tell_what_the_api_tells_of_it(site: Served) -> None:
    """Registers as they were then, alone and among all; a network's measurements as many as the
    list has that its page leads to."""
    then = "valid_at=2017-05-05"
    rows = site.get(f"/api/v1/registers?{then}").json()["results"]
    (row,) = (one for one in rows if one["register"] == "ru-demo")
    assert row == site.get(f"/api/v1/registers/ru-demo?{then}").json()["result"]
    assert row["last_published"] < "2017-05-06"
    pages = [_page(site.get(f"{at}?{then}").text) for at in ("/registers", "/register/ru-demo")]
    listed = pages[0].xpath("//tr[.//a[contains(@href, '/register/ru-demo')]]/td/text()")
    told = say(entries_counted(row["entries"], row["unread_entries"]))
    assert (told if row["unread_entries"] else f"{row['entries']:,}") in listed
    assert f"{row['snapshots']}, " in pages[1].xpath("string(//dl[@class='facts'])")
    changes = site.get(f"/changes?{then}").text
    assert "2017" in changes
    assert "11 May 2017" not in changes
    early = "as_of=2017-05-03"
    (one, *_) = site.get(f"/api/v1/verdicts?{early}&limit=1").json()["results"]
    (link,) = _page(site.get(f"/network/AS{one['probe_asn']}?{early}&{then}").text).xpath(
        "//dd/a[contains(@href, '/measurements')]"
    )
    counted = int("".join(filter(str.isdigit, link.text_content())))
    asked = {"network": f"AS{one['probe_asn']}", "as_of": "2017-05-03"}
    told = site.get("/api/v1/verdicts", params={**asked, "limit": "1"}).json()["metadata"]["count"]
    assert counted == told > 0
    assert "valid_at" not in link.get("href")


@pytest.mark.parametrize("bounds", ["since=2017-05-03&until=2017-05-06", "since=2017-05-05"])
def test_the_page_of_changes_is_of_the_time_that_was_asked_for(site: Served, bounds: str) -> None:
    """As many as the API has, and the time is named; a day beside it is refused."""
    asked = f"{bounds}&register=ru-demo"
    count = len(site.get(f"/api/v1/changes?{asked}&limit=1000").json()["results"])
    page = _page(site.get(f"/changes?{asked}").text)
    (told,) = page.xpath("//p[@class='answer']")
    assert f"{count} change" in told.text_content()
    assert bounds[6:16] in told.text_content()
    assert count > 0
    assert site.get(f"/changes?{bounds}&day=2017-05-04").status_code == 400
    assert site.get("/changes?since=2017-05-03&until=2017-05-01").status_code == 400
