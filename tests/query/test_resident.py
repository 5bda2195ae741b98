"""What is answered from memory is what the ledger answers: every field, for every kind of name."""

import random
from collections.abc import Callable

import msgspec
import pytest

import gatewatch
from gatewatch.catalogue import facts
from gatewatch.model import selector as selectors
from gatewatch.model.jurisdiction import Jurisdiction
from gatewatch.model.moment import Moment
from gatewatch.query.check import check
from gatewatch.query.resident import Resident
from gatewatch.query.targets import measured

BY = "2026-06-01"


@pytest.fixture(scope="module")
def known(held: Callable[[str], gatewatch.Ledger]) -> list[selectors.Selector]:
    """All that entries of the register ever named."""
    bodies = [e.change.entry.selectors for e in held("ru-zi").changes() if e.change.entry]
    return sorted({s for each in bodies for s in each})


@pytest.mark.parametrize(
    "day", ["2012-11-18", "2013-06-01", "2014-03-01", "2014-04-22T11:05Z", "2026-01-01"]
)
def test_memory_and_ledger_agree_on_a_real_register(
    held: Callable[[str], gatewatch.Ledger], known: list[selectors.Selector], day: str
) -> None:
    """Listed, taken off, beside and beneath listed ones, and far from any; alone and in bulk."""
    ledger, catalogue, moment = held("ru-zi"), facts.load(), Moment.parse(day, BY)
    resident = Resident(ledger, catalogue, moment)
    chance = random.Random(11)
    some = [s for s in chance.sample(known, 36) if s.host and not s.host[-1].isdigit()]
    asked = [
        *(s.value for s in chance.sample(known, 24)),
        *(f"sub.{s.host}" for s in some[:10]),
        *(str(s.host).partition(".")[2] for s in some[10:20]),
        *(f"https://{s.host}/beside" for s in some[20:]),
        *(
            "192.0.2.1",
            "example.org",
            "http://example.org/x",
            "com.example.app",
            "xn--e1afmkfd.xn--p1ai",
        ),
    ]
    asked = [text for text in dict.fromkeys(asked) if "." in text]
    told = {text: ledger.check(text, valid_at=day, as_of=BY) for text in asked}
    found = {text: resident.answer(text, selectors.parse(text), sideways=True) for text in asked}
    answered = {text: one for text, one in found.items() if one}
    assert len(answered) > 0.9 * len(asked)
    for text, one in answered.items():
        _same(one.to_dict(), told[text].to_dict())
    ways = {str(m.how) for one in answered.values() for by in one.registers for m in by.matches}
    assert len(ways) > 4
    states = {by.known_state for one in answered.values() for by in one.registers}
    assert len(states) > 1
    many = ledger.check(asked, valid_at=day, as_of=BY)
    for whole in many:
        short = resident.answer(whole.asked, whole.selector, sideways=False)
        if short:
            _same(short.to_dict(), whole.to_dict())


@pytest.mark.parametrize("day", ["2017-04-20", "2017-05-08", "2017-05-20T10:00Z", "2026-11-01"])
def test_memory_and_ledger_agree_on_all_five_lanes(demo_filled: str, day: str) -> None:
    """Names of services, measured ones with and without `www.`, reported ones, and others."""
    ledger, catalogue, moment = gatewatch.open(demo_filled), facts.load(), Moment.parse(day, BY)
    resident = Resident(ledger, catalogue, moment)
    asked = [
        *(name for name in measured(ledger) if "." in name and "://" not in name),
        *("wechat.com", "www.wechat.com", "web.wechat.com", "https://line.me/a", "vk.com"),
        *("facebook.com", "www.linkedin.com", "example.org", "192.0.2.1", "com.tencent.mm"),
    ]
    wires = set()
    asked = list(dict.fromkeys(asked))
    # What is measured is the same on every day: held of one, it is told of another.
    elsewhere = Resident(ledger, catalogue, Moment.parse("2017-05-10", BY)).networks
    for place in (None, Jurisdiction("UA")):
        given = check(ledger, asked, moment, place, sideways=False, networks=elsewhere)
        for one, told in zip(
            given, check(ledger, asked, moment, place, sideways=False), strict=True
        ):
            _same(one.to_dict(), told.to_dict())
    for text in asked:
        selector = selectors.parse(text)
        told = ledger.check(text, valid_at=day, as_of=BY)
        for _ in range(2):  # as it is said first, and said again
            found = resident.answer(text, selector, sideways=True)
            assert found is not None
            _same(found.to_dict(), told.to_dict())
            _same([place.would_lift for place in found.places], [p.would_lift for p in told.places])
            wires |= {place.wire for place in found.places}
    assert len(wires) > 1 or day == "2026-11-01"


def _same(found: object, told: object) -> None:
    assert msgspec.json.decode(msgspec.json.encode(found)) == msgspec.json.decode(
        msgspec.json.encode(told)
    )
