"""What holds for any claims: order and later knowledge change nothing that they should not."""

from datetime import date, timedelta
from random import Random

import pytest
from hypothesis import given
from hypothesis import strategies as st

from gatewatch.cases import state
from gatewatch.cases.fold import fold
from gatewatch.catalogue.facts import Catalogue
from gatewatch.model.claim import Citation, Claim, Effect, Scope
from gatewatch.model.moment import Moment
from gatewatch.model.service import Instrument, Service
from gatewatch.model.states import Action, State

SERVICE = Service(id="s", name="S", kind="messenger", category="COMT", sources=("x",))
RULE = Instrument(
    id="r",
    jurisdiction="RU",
    name="R",
    in_force="2014-08-01",
    kinds=("messenger",),
    lifts="file",
    sources=("x",),
)
START = date(2017, 5, 1)

days = st.integers(0, 60).map(lambda n: START + timedelta(days=n))
texts = st.one_of(
    days.map(str),
    days.map(lambda d: f"../{d}"),
    st.sampled_from(["", "2017-05", "2017", "2017-06"]),
)


@st.composite
def claims(draw: st.DrawFn) -> list[Claim]:
    number = draw(st.integers(0, 12))
    return [
        Claim(
            id=f"c{n}",
            service="s",
            jurisdiction="RU",
            action=draw(st.sampled_from(list(Action))),
            date=draw(texts),
            actor=draw(st.sampled_from(["", "A", "B"])),
            rule=draw(st.sampled_from(["", "r"])),
            reasons=draw(st.sampled_from([(), ("x",), ("y",)])),
            scope=draw(st.sampled_from(list(Scope))),
            effect=draw(st.sampled_from(list(Effect))),
            seen=draw(st.integers(1, 3)),
            says="said",
            source=Citation(
                publisher=draw(st.sampled_from(["P", "Q", "R"])),
                url=f"https://{n}.example/",
                published=draw(st.one_of(st.none(), days)),
            ),
        )
        for n in range(number)
    ]


def catalogue(held: list[Claim]) -> Catalogue:
    return Catalogue({"s": SERVICE}, {"r": RULE}, {}, {}, {}, {c.id: c for c in held})


@given(claims(), st.randoms(use_true_random=False), days)
def test_arrival_order_does_not_matter(held: list[Claim], random: Random, day: date) -> None:
    """Law 3."""
    mixed = list(held)
    random.shuffle(mixed)
    one = fold(catalogue(held), SERVICE, "RU", Moment.parse(day))
    assert fold(catalogue(mixed), SERVICE, "RU", Moment.parse(day)) == one


@given(claims(), days, days)
def test_later_texts_change_nothing_for_an_earlier_day(
    held: list[Claim], valid_at: date, as_of: date
) -> None:
    """Law 1: what was published after `as_of` has no part in the answer."""
    earlier = [c for c in held if c.source.published and c.source.published <= as_of]
    dated = [c for c in held if c.source.published]
    whole = fold(catalogue(dated), SERVICE, "RU", Moment.parse(valid_at, as_of))
    assert whole == fold(catalogue(earlier), SERVICE, "RU", Moment.parse(valid_at, as_of))


@given(claims(), days)
def test_no_claim_is_lost_or_doubled(held: list[Claim], day: date) -> None:
    """Law 4: each claim supports exactly one step, and steps name their sources."""
    found = fold(catalogue(held), SERVICE, "RU", Moment.parse(day))
    assert sorted(n for s in found.steps for n in s.claims) == sorted(c.id for c in held)
    numbers = {s.number for s in found.sources}
    assert all(set(s.sources) <= numbers for s in found.steps)
    assert [s.number for s in found.steps] == list(range(1, len(found.steps) + 1))


@given(claims(), days)
def test_a_day_held_is_a_day_told_or_a_bracket(held: list[Claim], day: date) -> None:
    """Dates are never averaged."""
    told = {c.date for c in held}
    for step in fold(catalogue(held), SERVICE, "RU", Moment.parse(day)).steps:
        if step.inferred:
            continue
        exact = step.day.exact
        assert exact is None or str(exact) in told or step.dates.tie


@given(claims())
def test_states_follow_each_other(held: list[Claim]) -> None:
    """No two neighbours are alike, and the state on a day is the last one that surely began."""
    found = fold(catalogue(held), SERVICE, "RU", Moment.parse(date(2030, 1, 1)))
    pairs = list(zip(found.stays, found.stays[1:], strict=False))
    assert all(a.state != b.state and a.until == b.since for a, b in pairs)
    for stay in found.stays:
        since = state.surely(stay.since)
        assert since is not None
        assert (state.surely(state.at(found.stays, since).since) or date.max) <= since


@pytest.mark.parametrize("scope", [Scope.APPS, Scope.COLLATERAL])
@given(st.sampled_from(list(State)), st.sampled_from(list(Action)))
def test_side_effects_and_stores_change_no_state(
    scope: Scope, before: State, action: Action
) -> None:
    claim = Claim(
        id="c",
        service="s",
        jurisdiction="RU",
        action=action,
        date="2017-05-04",
        scope=scope,
        says="said",
        source=Citation(publisher="P", title="T"),
    )
    steps = fold(catalogue([claim]), SERVICE, "RU", Moment.parse(START)).steps
    assert all(state.after(before, s, duty=True) == before for s in steps if not s.inferred)
