"""One name joined with all five layers, on the ledger of the demo."""

import threading
from collections.abc import Callable, Iterator
from contextlib import contextmanager
from pathlib import Path
from typing import Any

import pytest
from tests.site.conftest import fill

import gatewatch
from gatewatch.ledger.store import Store
from gatewatch.model.jurisdiction import Jurisdiction
from gatewatch.model.lane import LaneName, lane
from gatewatch.model.moment import Moment, clock
from gatewatch.query import ledger as reading
from gatewatch.query.check import Answer, check_each
from gatewatch.query.ledger import Ledger
from gatewatch.query.registered import Refused


@pytest.fixture(scope="module")
def ledger(demo_filled: str) -> Ledger:
    return reading.open(demo_filled)


def test_all_five_lanes_of_wechat_hold_something(ledger: Ledger) -> None:
    """On 8 May 2017 law, sources, register, network and users each have a word."""
    answer = ledger.check("wechat.com", valid_at="2017-05-08")
    place, *_ = answer.places
    states = {one.name: one.state for one in place.lanes}
    assert states == {
        LaneName.OBLIGATIONS: "in_force",
        LaneName.CLAIMS: "restricted",
        LaneName.LISTINGS: "listed",
        LaneName.NETWORK: "blocked",
        LaneName.REPORTS: "too_few",
    }
    assert (place.service, place.state) == ("wechat", "restricted")
    assert (place.paper, place.wire, place.agreement) == ("listed", "blocked", "listed_blocked")
    assert place.would_lift is not None
    assert not place.would_lift.done
    assert "invented for show" in lane(place.lanes, LaneName.NETWORK).summary.plain()
    assert "invented for show" in lane(place.lanes, LaneName.REPORTS).summary.plain()


@pytest.mark.parametrize("asked", ["wechat.com", "www.wechat.com", "https://www.wechat.com/en/"])
def test_a_name_is_told_by_its_service(ledger: Ledger, asked: str) -> None:
    """A page, a host and the domain of one service meet one case and one network."""
    place, *_ = ledger.check(asked, valid_at="2017-05-08").places
    case = ledger.case("wechat", "RU", valid_at="2017-05-08")
    assert (place.service, place.state, place.wire) == ("wechat", case.state, case.network.state)


def test_what_was_lifted_on_paper_may_still_be_blocked(tmp_path: Path, shared: Path) -> None:
    """The state follows the network where papers say that access is back."""
    measured = reading.open(fill(tmp_path, shared))
    case = measured.case("wechat", "RU", valid_at="2017-05-12")
    assert (case.said, case.state) == ("lifted", "restricted")
    assert measured.case("wechat", "RU", valid_at="2017-05-14").state == "lifted"


def test_what_was_invented_for_show_moves_no_state(ledger: Ledger) -> None:
    """The demo blocks WeChat until the 12th: its lane tells that, and the state does not follow."""
    case = ledger.case("wechat", "RU", valid_at="2017-05-12")
    assert (case.said, case.state, case.network.state) == ("lifted", "lifted", "blocked")
    shown = [step for step in case.steps if step.by == "network"]
    assert shown
    assert all(step.invented for step in shown)


def test_beyond_the_register_the_last_known_state_is_told(ledger: Ledger) -> None:
    """Today is insufficient; what stood when last published is said with its day."""
    answer = ledger.check("line.me")
    (by,) = answer.registers
    assert (answer.state, by.known_state, str(by.known)) == ("insufficient", "listed", "2017-05-15")
    summary = lane(answer.lanes, LaneName.LISTINGS).summary.plain()
    assert "when last published, on 2017-05-15; not known since" in summary


def test_one_bad_line_costs_one_line(ledger: Ledger) -> None:
    """It has its number and its reason, and the others their answers."""
    told = check_each(ledger, ["wechat.com", "bad domain", "line.me"], Moment.parse("2017-05-08"))
    assert isinstance(told[1], Refused)
    assert (told[1].line, told[1].asked) == (2, "bad domain")
    others = [one for one in told if isinstance(one, Answer)]
    assert [one.state for one in others] == ["listed", "listed"]


def test_one_of_many_is_told_as_one_alone(ledger: Ledger) -> None:
    """Asking in bulk changes no word of what registers, papers and probes say."""
    names = ["wechat.com", "line.me", "imo.im", "unlisted.example", "open.example", "zello.com"]
    many = ledger.check(names, valid_at="2017-05-08")
    alone = [ledger.check(name, valid_at="2017-05-08") for name in names]
    assert [_told(one) for one in many] == [_told(one) for one in alone]
    assert [one.places[0].agreement for one in many] == [
        "listed_blocked",
        "listed_blocked",
        "listed_reachable",
        "unlisted_blocked",
        "unlisted_reachable",
        "listed_insufficient",
    ]


def _told(one: Answer) -> list[tuple[Any, ...]]:
    return [(one.state, p.state, p.paper, p.wire, p.agreement) for p in one.places]


@contextmanager
def _counted(monkeypatch: pytest.MonkeyPatch) -> Iterator[dict[str, int]]:
    """How often the clock is read and the ledger is sent a statement, by the thread that asks: one
    of a site that an earlier test had open may still be at its work."""
    seen = {"clock": 0, "statements": 0}
    ask, ask_arrow, me = Store.query, Store.arrow, threading.get_ident()

    def count(what: str) -> None:
        seen[what] += threading.get_ident() == me

    def query(self: Store, *given: Any) -> Any:
        count("statements")
        return ask(self, *given)

    def arrow(self: Store, *given: Any) -> Any:
        count("statements")
        return ask_arrow(self, *given)

    def tick() -> Any:
        count("clock")
        return clock()

    with monkeypatch.context() as patch:
        patch.setattr(Store, "query", query)
        patch.setattr(Store, "arrow", arrow)
        patch.setattr("gatewatch.model.moment.clock", tick)
        yield seen


def test_a_question_reads_the_clock_once(ledger: Ledger, monkeypatch: pytest.MonkeyPatch) -> None:
    """Nothing in it can be told of two different nows."""
    for ask in (
        lambda: ledger.check("wechat.com"),
        lambda: ledger.case("wechat", "RU"),
        lambda: ledger.cases(jurisdiction="ru"),
        lambda: ledger.history("wechat.com"),
        ledger.changes,
        ledger.registers,
        lambda: ledger.compare(["ru", "cn"]),
        ledger.reports,
    ):
        with _counted(monkeypatch) as seen:
            ask()
        assert seen["clock"] == 1


def test_a_question_asks_the_ledger_little(ledger: Ledger, monkeypatch: pytest.MonkeyPatch) -> None:
    """A check sends at most 4 statements and a case 7, once the ledger's state is known."""
    ledger.check("imo.im", valid_at="2017-05-07")
    ledger.case("imo", "RU", valid_at="2017-05-07")
    with _counted(monkeypatch) as check:
        ledger.check("wechat.com", valid_at="2017-05-08")
    with _counted(monkeypatch) as case:
        ledger.case("line", "RU", valid_at="2017-05-08")
    assert check["statements"] <= 4
    assert case["statements"] <= 7


def test_small_and_capital_letters_ask_alike(ledger: Ledger) -> None:
    """`ru`, `RU` and the parsed jurisdiction are one question."""
    for code in ("ru", " Ru ", Jurisdiction("RU")):
        told = ledger.check("wechat.com", valid_at="2017-05-08", jurisdiction=code)
        assert _told(told) == _told(ledger.check("wechat.com", valid_at="2017-05-08"))[:1]
        assert len(ledger.history("wechat.com", jurisdiction=code)) == 1
        assert len(ledger.cases(valid_at="2017-05-08", jurisdiction=code)) == len(
            ledger.cases(valid_at="2017-05-08", jurisdiction="RU")
        )


def test_what_was_last_known_is_never_bare_beneath_a_listed_name(
    held: Callable[[str], gatewatch.Ledger],
) -> None:
    """After the last state held `www.` of a listed domain is told with that domain; and what a
    register shows is no statement of the sources beside it."""
    found = held("ua-ncu").check("www.vk.com", valid_at="2030-01-01")
    _, claims, listings, *_ = (one.summary.plain() for one in found.places[0].lanes)
    assert "vk[.]com was, and the register does not say that it covers it" in listings
    assert "rdered" in claims
    assert "register" not in claims
