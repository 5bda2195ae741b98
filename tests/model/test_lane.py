"""The five lanes as data."""

from datetime import date

from gatewatch.model.lane import Lane, LaneName, lane
from gatewatch.model.message import message


def _lanes(state: str, known: str) -> tuple[Lane, ...]:
    return tuple(
        Lane(
            name=name,
            state=state,
            last_known=date(2026, 8, 22),
            known_state=known,
            summary=message("nothing is held"),
        )
        for name in LaneName
    )


def test_a_lane_is_found_by_its_name() -> None:
    """Each of the five can be asked for."""
    lanes = _lanes("listed", "listed")
    assert [lane(lanes, name).name for name in LaneName] == [one.name for one in lanes]


def test_a_lane_tells_today_from_last_known() -> None:
    """A state that was only known earlier is not current."""
    assert _lanes("listed", "listed")[0].current
    assert not _lanes("insufficient", "listed")[0].current
