"""One question has one answer: in the library, on the command line and by the site's API; also
where no register is held, and after the last list."""

import json
from datetime import date
from pathlib import Path
from typing import Any

import pytest
from tests.commands import invoked
from tests.site.within import Within

import gatewatch
from gatewatch.cases.headline import headline
from gatewatch.catalogue import facts
from gatewatch.draw.badge import badge
from gatewatch.model.lane import LaneName, lane
from gatewatch.model.moment import Moment
from gatewatch.query.case import every
from gatewatch.query.reconciliation import reconciled, report
from gatewatch.records.cases import overview
from gatewatch.words import say
from gatewatch.words.cases import told_by

DAY = "2017-05-08"


def test_the_claims_are_one_answer(demo_ledger: str, tmp_path: Path) -> None:
    """What sources say is told alike by a check and a case, whoever asks; what registers show is
    none of it."""
    site = Within(demo_ledger, tmp_path / "state")
    try:
        for name, place in (("wechat.com", "RU"), ("vk.com", "UA")):
            asked = [name, "-j", place, "--valid-at", DAY, "--format", "json"]
            done = json.loads(invoked(["check", *asked, "--ledger", demo_ledger]).stdout)
            path = f"/api/v1/check?selector={name}&jurisdiction={place}&valid_at={DAY}"
            served = site.ask("GET", path).json()
            service = name.removesuffix(".com")
            reply = site.ask("GET", f"/api/v1/cases/{service}/{place}?valid_at={DAY}").json()
            case = reply["result"]
            told = [_claims(one) for one in (done[0]["places"][0], served["places"][0], case)]
            assert told[0] == told[1] == told[2], told
    finally:
        site.close()


def test_where_no_register_is_held_the_case_is_told(demo_ledger: str) -> None:
    """Its lanes and its network, with the words that no register answers. Unasked, places with a
    register alone are told of."""
    answer = gatewatch.open(demo_ledger).check("vk.com", jurisdiction="UA", valid_at=DAY)
    (place,) = answer.places
    assert (str(place.jurisdiction), answer.state, answer.registers) == ("UA", "insufficient", ())
    assert lane(place.lanes, LaneName.CLAIMS).state != "none"
    places = [str(one.jurisdiction) for one in gatewatch.open(demo_ledger).check("vk.com").places]
    assert places == ["RU"]
    done = invoked(["check", "vk.com", "-j", "UA", "--ledger", demo_ledger])
    assert done.exit_code == 3
    assert "no register of that jurisdiction is held" in done.output


def test_after_the_last_list_a_state_is_that_list_s(demo_ledger: str) -> None:
    """Nobody knew on the 7th what a list would say on the 8th."""
    answer = gatewatch.open(demo_ledger).check(
        "nothing.example", jurisdiction="RU", valid_at="2017-05-08", as_of="2017-05-06"
    )
    (one,) = answer.registers
    listings = say(lane(answer.lanes, LaneName.LISTINGS).summary)
    assert one.known is not None
    assert one.known < answer.moment.day
    assert "last published" in listings


def test_a_duty_is_told_by_its_law_and_a_state_by_its_last_source(demo_ledger: str) -> None:
    """In the headline, the row and every list, and never by a source older than the duty."""
    ledger = gatewatch.open(demo_ledger)
    duty = ledger.case("amazon-aws", "RU", valid_at="2026-11-27")
    assert duty.by_law is not None
    assert duty.current
    assert f"under a duty by {duty.by_law.short}" in say(headline(duty))
    assert say(told_by(duty) or "") == f"by {duty.by_law.short}"
    told = ledger.case("facebook", "RU", valid_at="2026-11-27")
    assert overview(told)["by_last_source"] == told.last_source
    assert overview(told)["by_law"] is None
    assert "by the last source" in badge(told)
    old = lane(ledger.case("vchat", "RU", valid_at="2026-11-27").lanes, LaneName.LISTINGS)
    assert (old.state, old.known_state) == ("insufficient", "listed")


def test_whose_measurements_a_name_is_told_by(demo_filled: str) -> None:
    """A name that nobody measured is told by its service's, and says so."""
    ledger = gatewatch.open(demo_filled)
    for name, borrowed in (("wechat.com", False), ("web.wechat.com", True)):
        network = lane(ledger.check(name, valid_at=DAY).lanes, LaneName.NETWORK)
        assert network.by_service == borrowed
        assert ("not of this name itself" in say(network.summary)) == borrowed


@pytest.mark.parametrize(
    ("asked", "service", "meant"),
    [
        ("WeChat", None, "wechat"),
        ("微信", None, "wechat"),
        ("149.154.167.51", "telegram", None),
        ("149.154.167.0/24", "telegram", None),
        ("0.0.0.0/0", None, None),
    ],
)
def test_what_a_service_is_known_by(
    asked: str, service: str | None, meant: str | None, demo_ledger: str
) -> None:
    """Its names lead to it, and so do the addresses that its programs connect to."""
    answer = gatewatch.open(demo_ledger).check(asked)
    assert (answer.service.id if answer.service else None, answer.meant) == (service, meant)


def test_the_time_of_record_is_told_as_it_was_asked(demo_ledger: str) -> None:
    """What is held by now has no say in an answer of yesterday."""
    ledger = gatewatch.open(demo_ledger)
    for asked in ("2020-01-01", "2020-01-01T10:00:00Z"):
        assert ledger.check("wechat.com", recorded_by=asked).moment.told()["recorded_by"] == asked


def test_a_list_that_is_believed_is_told_as_last_published(demo_filled: str) -> None:
    """Two days after the last list of the demo, by the case and by what is reconciled."""
    ledger, day = gatewatch.open(demo_filled), "2017-05-17"
    assert "listed (as last published, on 15 May 2017)" in say(
        headline(ledger.case("line", "RU", valid_at=day))
    )
    found = report(ledger, "RU", valid_at=day)
    assert found.as_last == {"ru-demo": date(2017, 5, 15)}
    assert {one.last_known for one in reconciled(ledger, found)} == {date(2017, 5, 15)}


def test_cases_are_those_of_which_something_had_been_published(demo_ledger: str) -> None:
    ledger = gatewatch.open(demo_ledger)
    told = list(every(facts.load(), Moment.parse(as_of="2010-01-01"), ledger))
    assert told
    assert all(one.sources or one.listings for one in told)


@pytest.mark.parametrize("language", ["en", "ru", "zh"])
def test_a_count_is_followed_by_words_that_fit_it(language: str) -> None:
    """1, 21 and 101 share a form in Russian: no pronoun for one thing stands in it."""
    from gatewatch.words.languages import catalogue

    held = catalogue(language)
    forms = [text for text in getattr(held, "_catalog", {}).values() if isinstance(text, str)]
    assert not [text for text in forms if "{n}" in text and "; он " in text]


def _claims(told: dict[str, Any]) -> list[object]:
    claims = next(one for one in told["lanes"] if one["lane"] == "claims")
    return [claims[key] for key in ("state", "known_state", "last_known", "current", "why")]
