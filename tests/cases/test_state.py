"""The day told beside a state is that of the last evidence of that state, and of no other thing."""

from datetime import date

import pytest
from msgspec.structs import replace

from gatewatch.cases import state
from gatewatch.cases.case import Case, Step
from gatewatch.cases.evidence import bare
from gatewatch.cases.headline import headline
from gatewatch.catalogue import facts
from gatewatch.model import day
from gatewatch.model.lane import LaneName, lane
from gatewatch.model.moment import Moment
from gatewatch.model.states import Action, CaseOrder, State
from gatewatch.query import case as cases
from gatewatch.query.case_filter import ordered
from gatewatch.records.cases import overview
from gatewatch.words.cases import told_by


@pytest.fixture(scope="module", params=["2017-05-08", "2018-06-01", "2024-06-01", "2026-03-01"])
def every(request: pytest.FixtureRequest) -> list[Case]:
    return list(cases.every(facts.load(), Moment.parse(request.param)))


def test_a_day_beside_a_state_is_that_of_a_source_which_tells_of_it(every: list[Case]) -> None:
    """In each face: headline, lane, rows, table, order of a list."""
    of_another_kind = 0
    for one in every:
        if one.state != one.said or one.state == State.UNKNOWN:
            continue
        bearing = state.bearing([s for s in one.steps if not s.by], one.stays, one.valid_at)
        days = {
            s.published for s in one.sources if s.number in {n for b in bearing for n in b.sources}
        }
        known = one.said_last
        assert known in days | {state.surely(b.day) for b in bearing}, one.service.id
        of_another_kind += known != one.last_source
        told = lane(one.lanes, LaneName.CLAIMS)
        assert told.last_known
        assert one.last_known
        assert known
        assert told.last_known <= max(min(known, one.valid_at), one.last_known)
        if one.by_last_source:
            assert one.by_last_source == known == overview(one)["by_last_source"]
            assert str(known) in headline(one).plain()
            beside = told_by(one)
            assert beside
            assert str(known) in beside.plain()
    assert of_another_kind or every[0].valid_at < date(2017, 12, 31)
    shown = [one.newest_word for one in ordered(every, CaseOrder.LAST_SOURCE)]
    firsts = [word.first for word in shown if word and word.first]
    assert firsts == sorted(firsts, reverse=True)


@pytest.mark.parametrize(
    ("was", "action", "bears"),
    [
        (State.RESTRICTED, Action.BLOCKED, True),
        (State.RESTRICTED, Action.ORDERED, True),
        (State.RESTRICTED, Action.FINED, False),
        (State.RESTRICTED, Action.ANNOUNCED, False),
        (State.RESTRICTED, Action.THROTTLED, False),
        (State.RESTRICTED, Action.RESTORED, False),
        (State.LISTED, Action.LISTED, True),
        (State.LISTED, Action.DENIED, False),
        (State.LIFTED, Action.DELISTED, True),
        (State.LIFTED, Action.BLOCKED, False),
        (State.DEMANDED, Action.DEMANDED, True),
        (State.DEMANDED, Action.COMPLIED, False),
        (State.OBLIGATED, Action.REGISTERED, True),
    ],
)
def test_a_step_bears_out_a_state_that_it_could_bring(
    was: State, action: Action, *, bears: bool
) -> None:
    assert state.brings(was, bare(action, day.parse("2020-01-01"))) is bears


def test_what_ended_a_state_tells_that_it_stood_until_then() -> None:
    """Of a day between a block and its lift, the lift is evidence; of a day after it the block is
    none."""
    steps = [
        _step(1, Action.BLOCKED, "2017-05-04"),
        _step(2, Action.FINED, "2017-05-20"),
        _step(3, Action.RESTORED, "2018-06-01"),
    ]
    found = state.stays(steps, None)
    by_day = {
        when: [s.number for s in state.bearing(steps, found, date.fromisoformat(when))]
        for when in ("2017-01-01", "2018-01-01", "2019-01-01")
    }
    assert by_day == {"2017-01-01": [], "2018-01-01": [1, 3], "2019-01-01": [3]}


def test_what_was_lifted_had_been_laid() -> None:
    """A block told of a month is before the lift within that month, and not after it; one whose
    month begins after the lift is another."""
    for month, last in (("2023-02", State.LIFTED), ("2023-03", State.RESTRICTED)):
        steps = [_step(1, Action.RESTORED, "2023-02-07"), _step(2, Action.BLOCKED, month)]
        found = state.stays(steps, None)
        assert found[-1].state == last
    one = state.stays(
        [_step(1, Action.RESTORED, "2023-02-07"), _step(2, Action.BLOCKED, "2023-02")], None
    )
    assert state.spell(one, date(2023, 6, 1)) == (
        day.parse("2023-02-01/2023-02-07"),
        day.parse("2023-02-07"),
    )


def _step(number: int, action: Action, when: str) -> Step:
    return replace(bare(action, day.parse(when)), number=number, claims=(f"c{number}",))
