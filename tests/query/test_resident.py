"""What is answered from memory is what the ledger answers: every field, for every kind of name."""

import random
from collections.abc import Callable

import msgspec
import pytest

import gatewatch
from gatewatch.catalogue import facts
from gatewatch.model import selector as selectors
from gatewatch.model.moment import Moment
from gatewatch.query.check import service_of
from gatewatch.query.joined import measured_as
from gatewatch.query.resident import Resident

BY = "2026-06-01"


@pytest.mark.parametrize(
    "day", ["2012-11-18", "2013-06-01", "2014-03-01", "2014-04-22T11:05Z", "2026-01-01"]
)
def test_memory_and_ledger_agree_on_a_real_register(
    held: Callable[[str], gatewatch.Ledger], day: str
) -> None:
    """Listed, taken off, beside and beneath listed ones, and far from any; alone and in bulk."""
    ledger, catalogue, moment = held("ru-zi"), facts.load(), Moment.parse(day, BY)
    resident = Resident(ledger, catalogue, moment)
    chance = random.Random(11)
    bodies = [e.change.entry.selectors for e in ledger.changes() if e.change.entry]
    known = sorted({s for each in bodies for s in each})
    some = [s for s in chance.sample(known, 90) if s.host and not s.host[-1].isdigit()]
    asked = [
        *(s.value for s in chance.sample(known, 60)),
        *(f"sub.{s.host}" for s in some[:25]),
        *(str(s.host).partition(".")[2] for s in some[25:50]),
        *(f"https://{s.host}/beside" for s in some[50:]),
        *(
            "192.0.2.1",
            "example.org",
            "http://example.org/x",
            "com.example.app",
            "xn--e1afmkfd.xn--p1ai",
        ),
    ]
    asked = [text for text in dict.fromkeys(asked) if "." in text and _alone(text)]
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


def _alone(text: str) -> bool:
    """Whether a name is no service's, so that no case of one belongs in its answer."""
    selector = selectors.parse(text)
    known = service_of(facts.load(), selector)
    return known is None and (measured_as(selector) is not None or not selector.host)


def _same(found: object, told: object) -> None:
    assert msgspec.json.decode(msgspec.json.encode(found)) == msgspec.json.decode(
        msgspec.json.encode(told)
    )
