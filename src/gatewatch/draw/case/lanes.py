"""The lanes of a case with their contents by type, as both drawings take them."""

from datetime import date

import msgspec

from gatewatch.cases.case import Case, Duty, Listed, ReportedDay, Step
from gatewatch.cases.lanes import lane_of, lanes
from gatewatch.model.episode import Episode, Silence
from gatewatch.model.lane import Lane, LaneName
from gatewatch.model.message import Message
from gatewatch.model.report import Surge


class HeldLane(msgspec.Struct, frozen=True, kw_only=True):
    """One lane, its things parted by what they are."""

    lane: Lane
    steps: tuple[Step, ...]
    measured: tuple[tuple[date, int], ...]
    """Days with measurements, and how many networks made them."""

    @property
    def name(self) -> LaneName:
        return self.lane.name

    @property
    def summary(self) -> Message:
        """The lane in one line."""
        return self.lane.summary

    @property
    def duties(self) -> tuple[Duty, ...]:
        return tuple(one for one in self.lane.items if isinstance(one, Duty))

    @property
    def listings(self) -> tuple[Listed, ...]:
        return tuple(one for one in self.lane.items if isinstance(one, Listed))

    @property
    def episodes(self) -> tuple[Episode, ...]:
        return tuple(one for one in self.lane.items if isinstance(one, Episode))

    @property
    def silences(self) -> tuple[Silence, ...]:
        return tuple(one for one in self.lane.items if isinstance(one, Silence))

    @property
    def reported(self) -> tuple[ReportedDay, ...]:
        return tuple(one for one in self.lane.items if isinstance(one, ReportedDay))

    @property
    def surges(self) -> tuple[Surge, ...]:
        return tuple(one for one in self.lane.items if isinstance(one, Surge))

    @property
    def holds(self) -> bool:
        """Whether there is anything to draw."""
        return bool(self.lane.items or self.steps or self.measured)


def held(case: Case) -> tuple[HeldLane, ...]:
    """The five lanes, each with its steps. A case that was put together by hand has them made."""
    return tuple(
        HeldLane(
            lane=lane,
            steps=tuple(step for step in case.steps if lane_of(step) == lane.name),
            measured=case.network.days if lane.name == LaneName.NETWORK else (),
        )
        for lane in case.lanes or lanes(case)
    )


__all__ = ["HeldLane", "held", "lane_of"]
