"""A program that uses the public face. It is never run: mypy reads it, strictly."""

from typing import Any, assert_type

import gatewatch
from gatewatch.model.episode import Worldwide


def registers_and_answers() -> None:
    """One question gives one answer, many give a table of them."""
    ledger = gatewatch.open("ledger")
    assert_type(ledger, gatewatch.Ledger)
    answer = ledger.check("github.com", valid_at="2014-12-03", jurisdiction="ru")
    assert_type(answer, gatewatch.Answer)
    assert_type(answer.to_dict(), dict[str, Any])
    assert_type(answer.moment, gatewatch.Moment)
    for one in ledger.check(["github.com", "wechat.com"]):
        assert_type(one, gatewatch.Answer)
    for _, listing in ledger.history("github.com"):
        assert_type(listing, gatewatch.Listing)
        assert_type(listing.came, gatewatch.Bracket)


def cases_and_episodes() -> None:
    """Lists go over into data frames; what they hold is typed."""
    assert_type(gatewatch.case("wechat", "RU", valid_at="2017-05-08"), gatewatch.Case)
    ledger = gatewatch.open("ledger")
    cases = ledger.cases(jurisdiction="RU")
    assert_type(cases[0], gatewatch.Case)
    cases.to_pandas()
    assert_type(ledger.episodes("wechat")[0], gatewatch.Episode | Worldwide)


def measurements() -> None:
    """A line of a measurement becomes a verdict without a ledger; faults are of one family."""
    try:
        verdict = gatewatch.judge(gatewatch.decode(b"{}"))
        assert_type(verdict, gatewatch.Verdict)
        gatewatch.ingest("ledger", "ru-rkn", "mirror.git")
    except gatewatch.GatewatchError as fault:
        assert_type(fault.exit_code, int)
