"""Cases by what they are like, counted and sorted: the same for pages, commands and programs."""

from typing import TYPE_CHECKING

import msgspec
import pytest

from gatewatch.cases.case import Case
from gatewatch.catalogue import facts
from gatewatch.model.moment import Moment
from gatewatch.model.states import CaseOrder, State
from gatewatch.query.case import every
from gatewatch.query.case_filter import CaseFilter, filtered, fits, ordered

if TYPE_CHECKING:
    from collections.abc import Callable


@pytest.fixture(scope="module")
def cases() -> list[Case]:
    """Every case of the shipped facts, on one day."""
    return list(every(facts.load(), Moment.parse("2026-06-01", "2026-06-01")))


FILTERS = (
    CaseFilter(jurisdiction="RU"),
    CaseFilter(service="wechat"),
    CaseFilter(state=State.RESTRICTED),
    CaseFilter(kind="messenger"),
    CaseFilter(current=True),
    CaseFilter(current=False),
    CaseFilter(rule="ru-149fz-15.4"),
    CaseFilter(authority="roskomnadzor"),
    CaseFilter(year=2017),
    CaseFilter(text="微信"),
    CaseFilter(text="Китай"),
    CaseFilter(text="tencent"),
    CaseFilter(jurisdiction="RU", kind="messenger", current=False),
)


@pytest.mark.parametrize("wanted", FILTERS, ids=lambda one: " ".join(one.given().values()))
def test_a_filter_keeps_some_and_leaves_some(wanted: CaseFilter, cases: list[Case]) -> None:
    """And what it leaves is not like that: together they are all."""
    found = filtered(cases, wanted)
    left = [one for one in cases if not fits(one, wanted)]
    assert found.cases
    assert left
    assert len(found.cases) + len(left) == found.total == len(cases)


def test_every_field_narrows(cases: list[Case]) -> None:
    """None of them is read by nobody: each is in a filter above."""
    tried = {name for one in FILTERS for name in one.given()}
    assert tried == set(CaseFilter.__struct_fields__)


@pytest.mark.parametrize("wanted", FILTERS[:6], ids=lambda one: " ".join(one.given().values()))
def test_a_count_is_what_its_link_shows(wanted: CaseFilter, cases: list[Case]) -> None:
    """Each count is of the list that one gets by asking for that value beside the rest."""
    read: dict[str, Callable[[str], object]] = {
        "jurisdiction": str,
        "state": State,
        "kind": str,
        "current": lambda told: told == "true",
    }
    for field, counted in filtered(cases, wanted).counts.items():
        for value, number in counted.items():
            narrower = msgspec.structs.replace(wanted, **{field: read[field](value)})
            assert len(filtered(cases, narrower).cases) == number


def test_words_are_sought_in_names_countries_and_laws(cases: list[Case]) -> None:
    def named(text: str) -> set[str]:
        found = filtered(cases, CaseFilter(text=text)).cases
        return {f"{one.service.id} {one.jurisdiction}" for one in found}

    assert "wechat RU" in named("вичат") & named("Tencent") & named("149-FZ") & named("russia")
    assert not named("no such word")


@pytest.mark.parametrize("order", CaseOrder)
def test_an_order_keeps_every_case(order: CaseOrder, cases: list[Case]) -> None:
    told = ordered(cases, order)
    assert sorted(map(id, told)) == sorted(map(id, cases))


def test_days_begin_with_the_newest_and_end_with_those_that_have_none(cases: list[Case]) -> None:
    days = [
        one.newest_word and one.newest_word.first for one in ordered(cases, CaseOrder.LAST_SOURCE)
    ]
    known = [day for day in days if day]
    assert known == sorted(known, reverse=True)
    assert days[: len(known)] == known
    newest = ordered(cases, CaseOrder.SINCE)
    assert newest[0].since
    assert not newest[-1].since or newest[-1].since.last is None


def test_the_most_restricted_come_first(cases: list[Case]) -> None:
    told = [one.state for one in ordered(cases, CaseOrder.STATE)]
    assert told[0] == State.RESTRICTED
    assert told[-1] == State.UNKNOWN
