"""Search finds what a text may name, whatever kind of thing that is."""

import pytest

from gatewatch.catalogue import facts
from gatewatch.model.moment import Moment
from gatewatch.query.ledger import open as open_ledger
from gatewatch.query.search import SearchResults, search

CATALOGUE = facts.load()
NOW = Moment.parse()


def _found(location: str, text: str, moment: Moment = NOW) -> SearchResults:
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
