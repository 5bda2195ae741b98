"""Statements held against each layer, on the demo's week of May 2017."""

import pytest

import gatewatch
from gatewatch.catalogue import facts
from gatewatch.errors import UsageError
from gatewatch.model.jurisdiction import Jurisdiction
from gatewatch.model.lane import LaneName
from gatewatch.model.moment import Moment
from gatewatch.query.statement import Said, Stand, Statement, statement


@pytest.fixture(scope="module")
def ledger(demo_filled: str) -> gatewatch.Ledger:
    return gatewatch.open(demo_filled)


def _held(ledger: gatewatch.Ledger, subject: str, said: Said, day: str) -> Statement:
    moment = Moment.parse(day)
    return statement(ledger, facts.load(), subject, Jurisdiction("RU"), said, moment)


@pytest.mark.parametrize(
    ("subject", "said", "day", "agrees", "contradicts"),
    [
        ("wechat", "blocked", "2017-05-08", "claims listings network", ""),
        ("WeChat", "reachable", "2017-05-08", "", "claims network"),
        ("wechat.com", "listed", "2017-05-08", "listings", ""),
        ("wechat.com", "not_listed", "2017-05-08", "", "listings"),
    ],
)
def test_layers_stand_to_a_statement(
    ledger: gatewatch.Ledger, subject: str, said: str, day: str, agrees: str, contradicts: str
) -> None:
    """A list that prescribes a block agrees that there was one, and is no word against access."""
    found = _held(ledger, subject, Said(said), day)
    assert set(agrees.split()) <= set(found.of(Stand.AGREES))
    assert set(found.of(Stand.CONTRADICTS)) == set(contradicts.split())
    assert len(found.layers) == len(LaneName)


@pytest.mark.parametrize("said", list(Said))
def test_what_agrees_with_a_statement_contradicts_its_opposite(
    ledger: gatewatch.Ledger, said: Said
) -> None:
    opposite = {
        Said.BLOCKED: Said.REACHABLE,
        Said.REACHABLE: Said.BLOCKED,
        Said.LISTED: Said.NOT_LISTED,
        Said.NOT_LISTED: Said.LISTED,
    }[said]
    for day in ("2017-05-03", "2017-05-08", "2017-05-12"):
        one, other = (_held(ledger, "wechat", s, day) for s in (said, opposite))
        assert not set(one.of(Stand.AGREES)) & set(other.of(Stand.AGREES))
        assert not set(one.of(Stand.CONTRADICTS)) & set(other.of(Stand.CONTRADICTS))


@pytest.mark.parametrize("said", [Said.LISTED, Said.NOT_LISTED])
def test_a_list_is_silent_of_what_it_perhaps_covers(ledger: gatewatch.Ledger, said: Said) -> None:
    """Whether the entry of wechat.com covers the name is not on record: that says neither."""
    found = _held(ledger, "www.wechat.com", said, "2017-05-08")
    assert LaneName.LISTINGS in found.of(Stand.SILENT)


def test_what_is_not_of_the_day_is_silent(ledger: gatewatch.Ledger) -> None:
    """Eight years later the last known state of the network stands beside its silence."""
    found = _held(ledger, "wechat", Said.BLOCKED, "2025-05-08")
    network = next(one for one in found.layers if one.lane.name == LaneName.NETWORK)
    assert network.stand == Stand.SILENT
    assert network.lane.last_known


def test_what_is_neither_name_nor_address_is_refused(ledger: gatewatch.Ledger) -> None:
    with pytest.raises(UsageError):
        _held(ledger, "what is this", Said.BLOCKED, "2017-05-08")
