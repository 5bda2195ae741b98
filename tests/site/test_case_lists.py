"""The list of cases over HTTP: filtered, counted, sorted, and handed over as it is shown."""

import csv
import io
import json
import re
from typing import Any

import pytest
from lxml import html
from tests.site.served import Served
from typer.testing import CliRunner

from gatewatch.cli.app import build

DAY = "valid_at=2017-05-08&as_of=2020-01-01"
ASKED = (
    "jurisdiction=RU",
    "service=wechat",
    "state=restricted&current=false",
    "kind=messenger&sort=since",
    "text=%D0%92%D0%B8%D0%A7%D0%B0%D1%82",
    "rule=149-FZ+art.+15.4&sort=sources",
    "year=2017&sort=last_source",
    "text=nothing+at+all",
)


def tree(text: str) -> Any:
    """A page to look into."""
    return html.fromstring(text)


def shown(site: Served, address: str) -> list[str]:
    """The cases of a list in its order, through all its parts, none of them long."""
    told: list[str] = []
    while address:
        page = tree(site.get(address).text)
        links = page.xpath("//table[@id='cases']/tbody/tr/th/a/@href")
        assert len(links) <= 25
        told += [re.sub(r"^/case/|\?.*$", "", link) for link in links]
        address = next(iter(page.xpath("//a[@rel='next']/@href")), "")
    return told


@pytest.mark.parametrize("asked", ASKED)
def test_a_page_hands_over_what_it_shows(asked: str, site: Served) -> None:
    """The page, its CSV and its JSON hold the same cases in the same order."""
    page = site.get(f"/cases?{asked}&{DAY}").text
    links = tree(page).xpath("//p[@class='noprint']/a/@href")
    (table,) = (link for link in links if link.startswith("/api/v1/cases.csv?"))
    (document,) = (link for link in links if link.startswith("/api/v1/cases?"))
    rows = list(csv.DictReader(io.StringIO(site.get(table).text)))
    told = site.get(document).json()["results"]
    named = [f"{row['service']}/{row['jurisdiction']}" for row in rows]
    assert (
        shown(site, f"/cases?{asked}&{DAY}")
        == named
        == [f"{one['service']}/{one['jurisdiction']}" for one in told]
    )


def test_every_count_leads_to_as_many(site: Served) -> None:
    page = tree(site.get(f"/cases?kind=messenger&{DAY}").text)
    items = page.xpath("//ul[@class='counts']/li")
    assert len(items) > 8
    for item in items[:3] + items[-3:]:
        number = int(item.text_content().split()[-1])
        assert len(shown(site, item.xpath("a/@href")[0])) == number


def test_numbers_of_the_front_page_lead_to_what_they_count(site: Served) -> None:
    page = tree(site.get(f"/?{DAY}").text)
    links = page.xpath("//ul[@class='key']//a")
    assert len(links) > 4
    for link in links[:6]:
        assert len(shown(site, link.get("href"))) == int(link.text_content().split()[0])


@pytest.mark.parametrize(
    ("asked", "said"),
    [
        ("state=banned", "state 'banned' is none of unknown"),
        ("kind=messanger", "no service is of a kind 'messanger'"),
        ("sort=name", "sort 'name' is none of service"),
        ("current=yes", "current 'yes' is none of true, false"),
        ("year=17", "write four figures"),
        ("jurisdiction=QQ", "ISO 3166-1"),
        ("service=no+such", "no service is called"),
        ("rule=no+such", "no rule is called"),
    ],
)
@pytest.mark.parametrize("path", ["/cases", "/api/v1/cases"])
def test_what_has_no_sense_is_refused_alike(path: str, asked: str, said: str, site: Served) -> None:
    reply = site.get(f"{path}?{asked}")
    assert reply.status_code == 400
    assert said in reply.json()["detail"]


WHOLE = "valid_at=2017-05-08&as_of=2017-05-09&recorded_by=2030-01-01"


@pytest.mark.parametrize(
    "path",
    [
        "/",
        "/find?q=wecaht",
        "/find?q=wechat.com",
        "/cases",
        "/case/wechat/RU",
        "/service/wechat",
        "/service/wechat/obligations",
        "/jurisdiction/RU",
        "/compare",
        "/network",
        "/measurements",
        "/reconcile",
        "/changes?day=2017-05-04",
        "/register/ru-demo",
        "/register/ru-demo/entries",
        "/obligations?kind=messenger",
    ],
)
def test_a_form_keeps_the_times_that_were_asked(path: str, site: Served) -> None:
    """What is sent is what its fields hold: a time that has no field is lost."""
    page = tree(site.get(f"{path}{'&' if '?' in path else '?'}{WHOLE}").text)
    forms = page.xpath("//form[@method='get']")
    assert forms
    for form in forms:
        kept = {name: value for name, value in form.form_values() if value}
        assert kept["valid_at"] == "2017-05-08"
        assert kept["as_of"] == "2017-05-09"
        assert kept["recorded_by"] == "2030-01-01"


HEADS = (
    ("cases", ("cases",)),
    ("claims", ("claims",)),
    ("rules", ("rule",)),
    ("services", ("service",)),
    ("episodes", ("episodes",)),
    ("reconcile?jurisdiction=RU&valid_at=2017-05-08", ("reconcile", "-j", "RU")),
    ("compare?jurisdiction=RU&jurisdiction=CN", ("compare", "RU", "CN")),
    ("registers", ("registers",)),
    ("registers/ru-demo/entries?valid_at=2017-05-08", ("entries", "ru-demo")),
    ("obligations?service=wechat", ("obligations", "wechat")),
    ("cases/wechat/RU", ("case", "wechat", "RU")),
)


@pytest.mark.parametrize(("path", "words"), HEADS)
def test_a_table_has_the_same_heads_over_http_and_from_its_command(
    path: str, words: tuple[str, ...], site: Served
) -> None:
    """Whoever moves a script from one to the other changes no column."""
    place, _, query = path.partition("?")
    table = site.get(f"/api/v1/{place}.csv?{query}").text
    times = ["--valid-at", "2017-05-08"] if "valid_at" in query else []
    line = ["gatewatch", *words, *times, "--ledger", site.ledger, "--format", "csv"]
    done = CliRunner().invoke(build(), line[1:])
    assert done.exit_code == 0, done.output
    assert table.splitlines()[0] == done.stdout.splitlines()[0]
    assert len(table.splitlines()) > 1


@pytest.mark.parametrize("words", [("entries", "ru-demo"), ("claims",), ("rule",), ("episodes",)])
def test_lists_stay_lists_for_programs(words: tuple[str, ...], site: Served) -> None:
    """Each line of NDJSON is the record that JSON holds."""
    where = ["--ledger", site.ledger, "--valid-at", "2017-05-08"]
    asked = [*words, *(where if words[0] == "entries" else where[:2])]
    lines, whole = (
        CliRunner().invoke(build(), [*asked, "--format", form]).stdout
        for form in ("ndjson", "json")
    )
    told = json.loads(whole)
    told = told["entries"] if isinstance(told, dict) else told
    assert [json.loads(line) for line in lines.splitlines()] == told
    assert any(isinstance(value, list) for row in told for value in row.values())
