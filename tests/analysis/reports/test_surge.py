"""Reports against their own weekly pattern, and what of them may be shown."""

from collections.abc import Sequence
from datetime import UTC, datetime, timedelta
from random import Random

import msgspec
from hypothesis import given
from hypothesis import strategies as st

from gatewatch.analysis.reports.surge import reported
from gatewatch.model.report import K, Report

START = datetime(2026, 1, 5, tzinfo=UTC)


def _reports(rows: Sequence[tuple[int, int, int | None]]) -> list[Report]:
    """Hour, reporter, network."""
    return [
        Report(
            id=str(n),
            service="wechat",
            jurisdiction="RU",
            network=net,
            what="slow",
            received_at=START + timedelta(hours=hour),
            reporter=f"{who}-{(START + timedelta(hours=hour)).date()}",
        )
        for n, (hour, who, net) in enumerate(rows)
    ]


rows = st.lists(
    st.tuples(st.integers(0, 24 * 60), st.integers(0, 40), st.none() | st.integers(1, 5)),
    max_size=200,
)


@given(rows)
def test_nothing_under_five_reporters_is_shown(
    given_rows: list[tuple[int, int, int | None]],
) -> None:
    for one in reported(_reports(given_rows)).values():
        assert all(number >= K for _, number in one.days)
        assert all(surge.reporters >= K for surge in one.surges)


@given(rows, st.data())
def test_a_region_is_told_under_the_same_bound_and_never_more_than_its_country(
    given_rows: list[tuple[int, int, int | None]], data: st.DataObject
) -> None:
    named = st.none() | st.sampled_from(["RU-MOW", "RU-SPE"])
    held = [msgspec.structs.replace(r, region=data.draw(named)) for r in _reports(given_rows)]
    for one in reported(held).values():
        days = dict(one.days)
        for day, region, number in one.regions:
            people = {
                r.reporter for r in held if r.region == region and r.received_at.date() == day
            }
            assert K <= number == len(people) <= days[day]


@given(rows, st.randoms())
def test_the_order_of_reports_does_not_matter(
    given_rows: list[tuple[int, int, int | None]], random: Random
) -> None:
    held = _reports(given_rows)
    assert reported(held) == reported(random.sample(held, len(held)))


def test_a_weekly_pattern_is_no_surge_and_more_than_it_is() -> None:
    """Ten a Monday morning for five weeks; sixty on the sixth, from many networks."""
    usual = [(24 * 7 * week + 8, who, who) for week in range(5) for who in range(10)]
    much = [(24 * 7 * 5 + 8, who, who) for who in range(60)]
    (quiet,) = reported(_reports([r for r in usual if r[0] >= 24 * 7 * 4] + usual)).values()
    assert [s.first for s in quiet.surges if s.first >= START + timedelta(weeks=4)] == []
    (loud,) = reported(_reports(usual + much)).values()
    assert [s.first.date() for s in loud.surges][-1] == (START + timedelta(weeks=5)).date()
    assert loud.surges[-1].expected == 10.0


def test_a_crowd_in_one_network_weighs_less() -> None:
    """Eight from one network are no surge, from eight networks they are."""
    (one,) = reported(_reports([(30, who, 1) for who in range(8)])).values()
    (many,) = reported(_reports([(30, who, who) for who in range(8)])).values()
    assert (len(one.surges), len(many.surges)) == (0, 1)
    assert one.days == many.days
