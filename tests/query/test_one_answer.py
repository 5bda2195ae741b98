"""One question has one answer: in the library, on the command line and by the site's API; also
where no register is held, and after the last list."""

import json
from pathlib import Path
from typing import Any

import pytest
from tests.commands import invoked
from tests.site.within import Within

import gatewatch
from gatewatch.model.lane import LaneName, lane
from gatewatch.words import say

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


@pytest.mark.parametrize("language", ["en", "ru", "zh"])
def test_a_count_is_followed_by_words_that_fit_it(language: str) -> None:
    """1, 21 and 101 share a form in Russian: no pronoun for one thing stands in it."""
    from gatewatch.words.languages import catalogue

    held = catalogue(language)
    forms = [text for text in getattr(held, "_catalog", {}).values() if isinstance(text, str)]
    assert not [text for text in forms if "{n}" in text and "; он " in text]


def _claims(told: dict[str, Any]) -> list[object]:
    claims = next(one for one in told["lanes"] if one["lane"] == "claims")
    return [claims[key] for key in ("state", "known_state", "last_known", "faded", "why")]
