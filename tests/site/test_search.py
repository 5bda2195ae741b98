"""What is searched for is told alike by command, API and page, and one thing's name leads to it."""

import json
import re
from pathlib import Path
from typing import Any

import pytest
from lxml import html
from tests.commands import invoked
from tests.site.served import Served, ask
from typer.testing import Result

from gatewatch.ledger import filed
from gatewatch.site.app import build
from gatewatch.site.inprocess import InProcess
from gatewatch.site.settings import SiteSettings


def _command(ledger: str, *words: str) -> Result:
    return invoked(["find", *words, "--ledger", ledger])


def test_networks_are_found_by_their_number(site: Served) -> None:
    told = ask("GET", f"{site.url}/api/v1/find", params={"q": "AS10"}).json()["results"]
    assert [(row["kind"], row["id"], row["jurisdiction"]) for row in told] == [
        ("network", "AS10", "RU")
    ]


@pytest.mark.parametrize(
    "text", ["messenger", "wecaht", "tencent", "facebook.com", "linkedin.com", "wecha"]
)
def test_command_api_and_page_tell_the_same(site: Served, filled: str, text: str) -> None:
    command = json.loads(_command(filled, text, "--format", "json").stdout)
    api = ask("GET", f"{site.url}/api/v1/find", params={"q": text}).json()["results"]
    assert command == api
    assert len({(row["kind"], row["id"]) for row in command}) == len(command)
    page = ask("GET", f"{site.url}/find", params={"q": text}, follow_redirects=True).text
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
        ("WeChat Russia", "/case/wechat/RU"),
        ("Китай Telegram", "/case/telegram/CN"),
        ("facebook in Kazakhstan", "/case/facebook/KZ"),
        ("USA", "/jurisdiction/US"),
        ("Wikipedia Turkey", "/case/wikipedia/TR"),
        ("Ukraine vk.com", "/case/vk/UA"),
    ],
)
@pytest.mark.parametrize("lang", ["", "/ru", "/zh"])
def test_what_only_one_thing_is_called_leads_there(
    site: Served, lang: str, text: str, path: str
) -> None:
    reply = ask(
        "GET", f"{site.url}{lang}/find", params={"q": text, "valid_at": "2017-05-08"}, timeout=60
    )
    assert reply.status_code == 303
    assert reply.headers["location"] == f"{lang}{path}?valid_at=2017-05-08"
    assert ask("GET", site.url + reply.headers["location"]).status_code == 200


def test_nothing_found_says_what_can_be_typed(site: Served, filled: str) -> None:
    assert _command(filled, "zzqqx").exit_code == 3
    page = ask("GET", f"{site.url}/find", params={"q": "zzqqx"})
    assert "Nothing here is called so" in page.text


@pytest.mark.parametrize(
    ("lang", "said"),
    [
        ("", "Ukraine: listed when last published, 1 February 2026"),
        ("/ru", "Украина: в реестре по последней публикации от 1 февраля 2026"),
        ("/zh", "最近一次公布时（2026年2月1日）"),
    ],
)
def test_a_host_that_is_no_service_is_headed_with_what_lists_last_said(
    site: Served, lang: str, said: str
) -> None:
    page = ask(
        "GET", f"{site.url}{lang}/find", params={"q": "evil.example", "valid_at": "2027-05-27"}
    )
    head = str(html.fromstring(page.text).xpath("string(//p[@class='answer'])"))
    assert said in " ".join(head.split())


def test_a_page_of_one_host_looks_for_its_keys_once(
    filled: str, tmp_path: Path, monkeypatch: pytest.MonkeyPatch
) -> None:
    """What stands, what ever stood and what the cases of its service tell: the first look has it
    all. In a large register each look is some 10 ms."""
    looks: list[object] = []
    before = filed.filed_under

    def counted(*given: Any, **more: Any) -> Any:
        looks.append(given)
        return before(*given, **more)

    monkeypatch.setattr(filed, "filed_under", counted)
    with InProcess(
        build(SiteSettings(ledger=filled, state=tmp_path, rate=0)), "http://127.0.0.1"
    ) as ask_of:
        for host, times in (("facebook.com", 1), ("never-seen.example", 2)):
            assert ask_of("/find", (("q", host),))[0] == 200
            assert len(looks) == times
