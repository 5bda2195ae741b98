"""A span over which a target was blocked, as far as measurements show."""

from datetime import date, datetime
from typing import ClassVar

import msgspec

from gatewatch.model.display import Displayed
from gatewatch.model.documentation import all_invented


class Episode(Displayed, msgspec.Struct, frozen=True, kw_only=True):
    """One episode of one target in one jurisdiction. Whether it goes on is derived: it does where
    no end was seen and measurements are recent enough to tell. Onset and resolution are central
    intervals of the posterior, in UTC."""

    scope: ClassVar[str] = "country"
    target: str
    probe_cc: str
    onset_earliest: datetime
    onset_latest: datetime
    resolution_earliest: datetime
    """It went on at least until then."""
    resolution_latest: datetime | None
    """None: no end was seen."""
    last_seen: datetime | None = None
    """Until when it was seen, where no end was and nothing measured since tells that it goes on."""
    confidence: float
    """Mean posterior that the target was blocked, over the episode's hours with measurements."""
    networks: tuple[int, ...]
    """Autonomous systems in which it was seen."""
    measured: int
    """How many networks measured meanwhile: "3 of 41 networks"."""
    mechanisms: tuple[str, ...] = ()
    first: datetime
    last: datetime
    """The hours of the first and the last measurement within."""
    members: int
    """Judged measurements of the target from `first` to the end of the hour of `last`."""

    @property
    def invented(self) -> bool:
        """Invented for show: nobody measured it."""
        return all_invented(self.networks)

    @property
    def ongoing(self) -> bool:
        return self.resolution_latest is None and self.last_seen is None

    @property
    def networks_measured(self) -> int:
        return self.measured

    @property
    def parts(self) -> "tuple[Episode, ...]":
        """Itself: what measurements are looked up by."""
        return (self,)


class Worldwide(Displayed, msgspec.Struct, frozen=True, kw_only=True):
    """What began of a target in most countries that measure it within the same hours. The cause is
    the target itself or what measures it: never a restriction of one country. What an episode tells
    it tells too, of all its countries together."""

    scope: ClassVar[str] = "global"
    probe_cc: ClassVar[None] = None
    target: str
    onset_earliest: datetime
    onset_latest: datetime
    """The hours within which it began in all of `countries`, in UTC."""
    countries: tuple[str, ...]
    """Where it began then."""
    measured: tuple[str, ...]
    """Where the target was measured before and after, those among them."""
    mechanisms: tuple[str, ...] = ()
    episodes: tuple[Episode, ...]
    """What would have been told of each country."""

    @property
    def invented(self) -> bool:
        """Invented for show: nobody measured it."""
        return all_invented(self.networks)

    @property
    def parts(self) -> tuple[Episode, ...]:
        return self.episodes

    @property
    def resolution_earliest(self) -> datetime:
        """In none of them it ended before."""
        return min(one.resolution_earliest for one in self.episodes)

    @property
    def resolution_latest(self) -> datetime | None:
        """By then it had ended in all of them; None: in one at least no end was seen."""
        ends = [one.resolution_latest for one in self.episodes if one.resolution_latest]
        return max(ends) if len(ends) == len(self.episodes) else None

    @property
    def ongoing(self) -> bool:
        return any(one.ongoing for one in self.episodes)

    @property
    def last_seen(self) -> datetime | None:
        """As an episode's, where it neither goes on anywhere nor is known to have ended."""
        seen = [one.last_seen for one in self.episodes if one.last_seen]
        return max(seen) if seen and not self.ongoing else None

    @property
    def confidence(self) -> float:
        """That of the country of which it is least sure."""
        return min(one.confidence for one in self.episodes)

    @property
    def networks(self) -> tuple[int, ...]:
        return tuple(sorted({number for one in self.episodes for number in one.networks}))

    @property
    def networks_measured(self) -> int:
        """A network that measures in two countries counts in each."""
        return sum(one.measured for one in self.episodes)

    @property
    def members(self) -> int:
        return sum(one.members for one in self.episodes)


class Silence(msgspec.Struct, frozen=True, kw_only=True):
    """Days on which there were hardly any measurements where there are as a rule: of one target, by
    one network, or in a whole country. It is a signal of its own: neither a block nor its
    absence."""

    target: str
    """Empty: of all targets together."""
    probe_cc: str
    network: int | None = None
    """The one that fell silent beside others; None: all together."""
    first: date
    last: date
    expected: float
    """Measurements a day in the four weeks before, the median of the same weekdays."""
    seen: int
    """Measurements on these days, all together."""
    ongoing: bool
    """It reaches to the last whole day by which anything had been measured anywhere."""
    networks: tuple[int, ...] = ()
    """Those from which measurements had come in the weeks before, and so were expected."""

    @property
    def invented(self) -> bool:
        """Whether all that was expected was invented for show: nobody had measured there before."""
        return all_invented(self.networks)

    def covers(self, target: str, day: date) -> bool:
        """Whether it tells of a day of a target: its own silence, or its country's."""
        return (
            self.network is None and self.target in {"", target} and self.first <= day <= self.last
        )
