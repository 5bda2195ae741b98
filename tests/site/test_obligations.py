"""What laws ask is told alike by command, API and page: of a service, and of a kind of services."""

import json
from typing import Any

import pytest
from tests.commands import invoked
from tests.site.served import Served, ask

from gatewatch.cases.case import FADES
from gatewatch.catalogue import facts
from gatewatch.errors import UsageError
from gatewatch.model.moment import Moment
from gatewatch.query.obligations import kinds, of_kind

CATALOGUE = facts.load()


@pytest.mark.parametrize(
    ("words", "query", "page"),
    [
        (["wechat", "-j", "RU"], "service=wechat&jurisdiction=RU", "/service/wechat/obligations"),
        (["--kind", "messenger"], "kind=messenger", "/obligations?kind=messenger"),
        (["--kind", "social", "-j", "ru"], "kind=social&jurisdiction=ru", "/obligations"),
    ],
)
def test_three_faces_tell_the_same_duties(
    site: Served, filled: str, words: list[str], query: str, page: str
) -> None:
    asked = [*words, "--ledger", filled, "--format", "json"]
    command = json.loads(invoked(["obligations", *asked]).stdout)
    api = ask("GET", f"{site.url}/api/v1/obligations?{query}").json()["results"]
    assert command == api
    assert command
    text = ask("GET", f"{site.url}{page.partition('?')[0]}?{query}").text
    for row in command:
        assert f'href="/rule/{row["rule"]}"' in text, row["rule"]


@pytest.mark.parametrize("query", ["", "service=wechat&kind=messenger", "kind=nothing"])
def test_a_question_of_neither_or_both_is_refused(site: Served, query: str) -> None:
    reply = ask("GET", f"{site.url}/api/v1/obligations?{query}")
    assert reply.status_code == 400


def test_a_kind_has_the_laws_that_name_it_and_were_in_force() -> None:
    everywhere: dict[str, Any] = {
        k: of_kind(CATALOGUE, k, Moment.parse()) for k in kinds(CATALOGUE)
    }
    assert all(kind in one.law.kinds for kind, found in everywhere.items() for one in found)
    before = of_kind(CATALOGUE, "messenger", Moment.parse("2014-07-31"), "RU")
    after = of_kind(CATALOGUE, "messenger", Moment.parse("2014-08-01"), "RU")
    assert "ru-149fz-10.1" in {one.law.id for one in after} - {one.law.id for one in before}
    with pytest.raises(UsageError, match="messenger"):
        of_kind(CATALOGUE, "nothing", Moment.parse())


def test_an_act_and_its_revision_are_one_law() -> None:
    """Told once, with the text as revised from the day that this is in force."""
    before = of_kind(CATALOGUE, "messenger", Moment.parse("2025-12-31"), "CN")
    after = of_kind(CATALOGUE, "messenger", Moment.parse("2026-01-01"), "CN")
    assert [one.law.id for one in before] == [one.law.id for one in after]
    assert {one.law.id: [new.id for new in one.revised] for one in after}["cn-csl"] == [
        "cn-csl-2025"
    ]
    assert not any(one.revised for one in before)


@pytest.mark.parametrize(
    ("law", "case", "told"),
    [
        ("ru-374fz", "/case/telegram/RU", "not for its last ones"),
        ("ua-133-2017", "/case/vk/UA", "not for its last ones"),
        ("in-69a", "/rule/in-2008", "10 of 2009"),
        ("in-2008", "/rule/in-itact", "21 of 2000"),
    ],
)
def test_a_law_leads_to_the_cases_that_name_it_and_the_laws_it_touches(
    site: Served, law: str, case: str, told: str
) -> None:
    """Also where the last steps of a case rest on another law."""
    text = ask("GET", f"{site.url}/rule/{law}").text
    assert f'href="{case}' in text
    assert told in text


def test_how_old_sources_fade_is_told_by_the_constant(site: Served) -> None:
    assert f"{FADES.days} days" in ask("GET", f"{site.url}/methodology").text
