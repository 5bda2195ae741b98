"""What late data changed: new, withdrawn, told otherwise, or nothing."""

from datetime import UTC, datetime, timedelta

import msgspec
import pytest

from gatewatch.analysis.network.superseded import SupersessionKind, superseded
from gatewatch.model.episode import Episode

START = datetime(2026, 3, 1, tzinfo=UTC)


def _episode(day: float, last: float | None, target: str = "a.example") -> Episode:
    at = START + timedelta(days=day)
    end = START + timedelta(days=last if last is not None else 60)
    return Episode(
        target=target,
        probe_cc="RU",
        onset_earliest=at - timedelta(hours=2),
        onset_latest=at,
        resolution_earliest=end,
        resolution_latest=None if last is None else end + timedelta(hours=2),
        confidence=0.99,
        networks=(1, 2),
        measured=3,
        first=at,
        last=end,
        members=50,
    )


@pytest.mark.parametrize(
    ("before", "after", "kinds"),
    [
        ([], [_episode(3, 5)], [SupersessionKind.NEW]),
        ([_episode(3, 5)], [], [SupersessionKind.WITHDRAWN]),
        ([_episode(3, 5)], [_episode(3, 5)], []),
        ([_episode(3, None)], [_episode(3, 40)], [SupersessionKind.CHANGED]),
        ([_episode(3, 5)], [_episode(20, 22)], [SupersessionKind.NEW, SupersessionKind.WITHDRAWN]),
        (
            [_episode(3, 5)],
            [_episode(3, 5, "b.example")],
            [SupersessionKind.WITHDRAWN, SupersessionKind.NEW],
        ),
        (
            [_episode(3, 9)],
            [_episode(3, 5), _episode(7, 9)],
            [SupersessionKind.CHANGED, SupersessionKind.NEW],
        ),
    ],
)
def test_each_episode_meets_the_one_it_overlaps(
    before: list[Episode], after: list[Episode], kinds: list[SupersessionKind]
) -> None:
    assert [change.kind for change in superseded(before, after)] == kinds


def test_what_is_told_otherwise_is_named() -> None:
    """More measurements, one of which was earlier."""
    old = _episode(3, None)
    new = msgspec.structs.replace(old, onset_latest=START + timedelta(days=2), members=70)
    (change,) = superseded([old], [new])
    assert change.fields == ("onset_latest", "members")
