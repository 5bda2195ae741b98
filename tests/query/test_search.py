"""Search finds what a text may name, alike by command, API and page."""

import json
import re
from collections.abc import Callable

import httpx
import pytest
from click.testing import Result
from tests.site.served import Served

from gatewatch.catalogue import facts
from gatewatch.model.moment import Moment
from gatewatch.query.ledger import open as open_ledger
from gatewatch.query.search import Found, search

CATALOGUE = facts.load()
NOW = Moment.parse()


def _found(location: str, text: str, moment: Moment = NOW) -> Found:
    return search(open_ledger(location), CATALOGUE, text, moment)


@pytest.mark.parametrize(
    ("text", "service"),
    [
        ("facebook.com/groups/1", "facebook"),
        ("https://t.me/durov", "telegram"),
        ("www.wechat.com", "wechat"),
        ("149.154.167.51", None),
    ],
)
def test_an_address_is_looked_up_and_its_service_named(
    demo_ledger: str, text: str, service: str | None
) -> None:
    found = _found(demo_ledger, text)
    assert found.selector is not None
    assert found.service == service


@pytest.mark.parametrize("text", ["wecaht", "Russia", "149-FZ", "Роскомнадзор", "тг", "zzqqx"])
def test_a_word_is_no_host(demo_ledger: str, text: str) -> None:
    assert _found(demo_ledger, text).selector is None


def test_listed_hosts_are_found_by_a_part(demo_ledger: str) -> None:
    assert _found(demo_ledger, "wecha").hosts == ("wechat.com",)
    assert _found(demo_ledger, "we").hosts == (), "two letters would find every other host"


def test_what_was_not_published_by_then_is_not_found(demo_ledger: str) -> None:
    before = Moment.parse(None, "2017-04-01")
    assert _found(demo_ledger, "wecha", before).hosts == ()


def test_registers_are_found_by_words_of_their_titles(demo_ledger: str) -> None:
    assert [one.id for one in _found(demo_ledger, "prohibited messengers").registers] == ["ru-demo"]


def test_networks_are_found_by_their_number(site: Served) -> None:
    told = httpx.get(f"{site.url}/api/v1/find", params={"q": "AS10"}).json()["results"]
    assert [(row["kind"], row["id"], row["jurisdiction"]) for row in told] == [
        ("network", "AS10", "RU")
    ]


@pytest.mark.parametrize("text", ["messenger", "wecaht", "tencent", "facebook.com", "wecha"])
def test_command_api_and_page_tell_the_same(
    gatewatch: Callable[..., Result], site: Served, text: str
) -> None:
    """Of both ledgers, which hold the demo register."""
    command = json.loads(gatewatch("find", text, "--format", "json").stdout)
    api = httpx.get(f"{site.url}/api/v1/find", params={"q": text}).json()["results"]
    mine = {(row["kind"], row["id"]) for row in command}
    assert mine <= {(row["kind"], row["id"]) for row in api}
    page = httpx.get(f"{site.url}/find", params={"q": text}, follow_redirects=True).text
    linked = set(re.findall(r'href="([^"]+)"', page.replace("&amp;", "&")))
    for row in command:
        if row["kind"] != "selector":
            assert row["path"] in linked, row


@pytest.mark.parametrize(
    ("text", "path"),
    [
        ("WeChat", "/service/wechat"),
        ("Russia", "/jurisdiction/RU"),
        ("149-ФЗ", "/rule/ru-149fz"),
        ("Роскомнадзор", "/authority/rkn"),
    ],
)
@pytest.mark.parametrize("lang", ["", "/ru", "/zh"])
def test_what_only_one_thing_is_called_leads_there(
    site: Served, lang: str, text: str, path: str
) -> None:
    reply = httpx.get(f"{site.url}{lang}/find", params={"q": text, "valid_at": "2017-05-08"})
    assert reply.status_code == 303
    assert reply.headers["location"] == f"{lang}{path}?valid_at=2017-05-08"
    assert httpx.get(site.url + reply.headers["location"]).status_code == 200


def test_nothing_found_says_what_can_be_typed(
    gatewatch: Callable[..., Result], site: Served
) -> None:
    assert gatewatch("find", "zzqqx").exit_code == 3
    page = httpx.get(f"{site.url}/find", params={"q": "zzqqx"})
    assert "Nothing here is called so" in page.text
