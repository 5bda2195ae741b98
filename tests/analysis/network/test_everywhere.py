"""What begins everywhere at once is told apart from what a country does."""

from datetime import UTC, datetime, timedelta

import numpy as np
import pytest
from hypothesis import given
from hypothesis import strategies as st

from gatewatch.analysis.network.everywhere import Hours, everywhere
from gatewatch.model.episode import Episode

START = datetime(2022, 1, 1, tzinfo=UTC)
CODES = ("DE", "FR", "IT", "BR", "JP", "KE")


def _episode(code: str, day: float, *, width: float = 0.25, target: str = "a.example") -> Episode:
    at = START + timedelta(days=day)
    return Episode(
        target=target,
        probe_cc=code,
        onset_earliest=at - timedelta(days=width),
        onset_latest=at,
        resolution_earliest=at + timedelta(days=5),
        resolution_latest=at + timedelta(days=6),
        confidence=0.99,
        networks=(1, 2),
        measured=3,
        first=at,
        last=at + timedelta(days=5),
        members=30,
    )


def _hours(*codes: str, target: str = "a.example", first: float = 0, last: float = 60) -> Hours:
    begin = int(START.timestamp()) // 3600
    return {
        (target, code): np.arange(begin + int(first * 24), begin + int(last * 24), 6)
        for code in codes
    }


def test_most_countries_in_the_same_hours_are_one_effect() -> None:
    """Five of six within half a day: told once, with where it began and where it was looked for."""
    found = [_episode(code, 20 + n / 10) for n, code in enumerate(CODES[:5])]
    own, (one,) = everywhere(found, _hours(*CODES))
    assert own == []
    assert (one.countries, one.measured) == (tuple(sorted(CODES[:5])), tuple(sorted(CODES)))
    assert one.onset_earliest <= START + timedelta(days=20.4)
    assert set(one.episodes) == set(found)


@pytest.mark.parametrize(
    ("found", "hours"),
    [
        ([_episode("DE", 20), _episode("FR", 20)], _hours(*CODES)),  # two of six
        ([_episode(c, 20) for c in CODES[:3]], _hours(*CODES[:3])),  # three in all: no world
        ([_episode(c, 20 + 3 * n) for n, c in enumerate(CODES)], _hours(*CODES)),  # days apart
        ([_episode(c, 20, width=9) for c in CODES], _hours(*CODES)),  # nobody knows the hour
        (
            [_episode(c, 20) for c in CODES[:3]],
            _hours(*CODES[3:], last=10),
        ),  # others stopped before
    ],
)
def test_what_is_a_country_s_own_stays(found: list[Episode], hours: Hours) -> None:
    """Few countries, a small world, other days, wide doubt, nobody else to look at."""
    assert everywhere(found, hours) == (found, [])


def test_a_block_that_stood_before_stays_while_the_world_seems_blocked() -> None:
    """Its country could not begin again, and is not among those that did."""
    before = _episode("KE", 17)
    found = [before, *(_episode(code, 20) for code in CODES[:5])]
    own, (one,) = everywhere(found, _hours(*CODES))
    assert own == [before]
    assert "KE" not in one.countries


episodes = st.lists(
    st.builds(
        _episode,
        st.sampled_from(CODES),
        st.floats(1, 50),
        width=st.sampled_from([0.1, 1.0, 8.0]),
        target=st.sampled_from(["a.example", "b.example"]),
    ),
    max_size=12,
)


@given(episodes)
def test_every_episode_is_told_once(found: list[Episode]) -> None:
    """As a country's own, or within one effect; and each effect is of more than half of a world."""
    hours = {**_hours(*CODES), **_hours(*CODES, target="b.example")}
    own, effects = everywhere(found, hours)
    told = [*own, *(one for effect in effects for one in effect.episodes)]
    assert sorted(map(repr, told)) == sorted(map(repr, found))
    for effect in effects:
        assert len(effect.measured) >= 4
        assert 2 * len(effect.countries) > len(effect.measured)
