"""The law and the reason of a case are those of the measure that brought its state: whatever is
said later of another measure, or of the same one in fewer words, stands beside it."""

from collections.abc import Callable

import pytest

from gatewatch.cases.basis import accepted, newest, taken_from
from gatewatch.cases.case import Case
from gatewatch.cases.compare import compare
from gatewatch.catalogue import facts
from gatewatch.model.jurisdiction import Jurisdiction
from gatewatch.model.moment import Moment
from gatewatch.model.states import State
from gatewatch.query import case as cases
from gatewatch.query.case_filter import CaseFilter, fits
from gatewatch.records.cases import document, overview
from gatewatch.records.comparison import records
from gatewatch.words import say
from gatewatch.words.basis import beside, of_law
from gatewatch.words.comparison import ground


@pytest.fixture(scope="module")
def told() -> Callable[..., Case]:
    catalogue = facts.load()

    def tell(service: str, code: str, day: str) -> Case:
        one, place = catalogue.service(service), Jurisdiction.parse(code)
        return cases.case(catalogue, one, place, Moment.parse(day))

    return tell


@pytest.fixture(scope="module")
def every() -> list[Case]:
    return list(cases.every(facts.load(), Moment.parse("2026-03-01")))


def test_a_law_of_the_measure_that_stands_stays_and_the_newest_is_named(
    told: Callable[..., Case],
) -> None:
    """On each day the same law of the block of 2022; that of 2026 from its day on, beside it."""
    for day in ("2022-06-01", "2024-01-01", "2026-03-01"):
        one = told("facebook", "RU", day)
        assert (overview(one)["ground"], overview(one)["reason"]) == ("ru-272fz", "media_rights")
        assert overview(one)["newest_ground"] == ("ru-90fz" if day > "2026-02-12" else None)
    assert say(beside(one, "ground")[0]) == "also 90-FZ, by another measure (12 February 2026)"
    assert say(ground(one)) == "272-FZ, 90-FZ"
    assert {"ru-272fz", "ru-90fz"} <= {duty.instrument.id for duty in one.duties}
    assert all(fits(one, CaseFilter(rule=law)) for law in ("ru-272fz", "ru-90fz"))


def test_a_reason_does_not_vanish_when_a_source_repeats_the_measure_without_one(
    told: Callable[..., Case],
) -> None:
    one = told("signal", "RU", "2026-03-01")
    assert overview(one)["reason"] == "extremism"
    assert overview(one)["ground"] == "ru-90fz"
    assert say(beside(one, "ground")[0]) == "named for another measure (October 2024)"
    assert beside(one, "reason") == ()


def test_no_law_or_reason_of_what_stands_is_lost(every: list[Case]) -> None:
    """What any measure of the last restriction rests on is told first or beside, once each, in
    records and comparisons too."""
    several = [one for one in every if len(one.measures) > 1]
    assert len(several) > 5
    rows = {
        (row["service"], row["jurisdiction"]): row
        for row in records(compare(several, sorted({str(one.jurisdiction) for one in several})))
    }
    for one in several:
        assert sum(measure.brought for measure in one.measures) == 1
        for about in ("ground", "reason"):
            asked = getattr(one, about)
            has_one = [m for m in one.measures if getattr(m, about).positions]
            assert bool(asked.positions) == bool(has_one)
            named = [p.value for p in asked.positions]
            named += [other.value for other in one.beside if other.about == about]
            assert len(named) == len(set(named))
            brought = next(m for m in one.measures if m.brought)
            own = getattr(brought, about)
            assert (taken_from(one, about) is None) == (own == asked)
            if own.positions:
                assert asked == own
            line = rows[one.service.id, one.jurisdiction]
            assert line[f"newest_{about}"] == newest(one, about) == overview(one)[f"newest_{about}"]
        told = document(one)["measures"]
        assert [m["reasons"] for m in told] == [
            [p.value for p in accepted(m.reason)] for m in one.measures
        ]


def test_a_law_says_of_a_case_what_the_case_says_of_the_law(every: list[Case]) -> None:
    """Sources differ on a law exactly where the case has more than one position on it."""
    by_measure = 0
    for one in every:
        named = {position.value for position in one.ground.positions}
        for law in one.grounds:
            said = of_law(one, law)
            text = say(said) if said else ""
            assert ("others name another law" in text) <= (len(named) > 1), (one.service.id, law)
            held = {position.value for position in accepted(one.ground)}
            assert ("others name another law" in text) <= (one.ground.tie or law not in held)
            day = taken_from(one, "ground")
            assert ("named for another" in text) == bool(day and law in held and not one.ground.tie)
            assert text.startswith("by another measure") <= (law not in named)
            by_measure += text.startswith("by another measure")
    assert by_measure


def test_what_would_lift_is_told_while_there_is_something_to_lift(
    told: Callable[..., Case], every: list[Case]
) -> None:
    """Of what ended otherwise nothing is "not done"; on a day of the restriction it was open."""
    assert told("vlc", "IN", "2022-10-01").would_lift is not None
    assert told("vlc", "IN", "2026-01-01").would_lift is None
    over = [one for one in every if one.state in {State.LIFTED, State.UNRESTRICTED}]
    assert over
    assert all(one.would_lift is None or one.would_lift.done for one in over)
