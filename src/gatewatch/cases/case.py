"""A case: what is shown of one service in one jurisdiction, as of a day."""

from datetime import date, timedelta

import msgspec

from gatewatch.cases.positions import Question, Source
from gatewatch.model import day as days
from gatewatch.model.day import Day
from gatewatch.model.display import Displayed
from gatewatch.model.episode import Episode, Silence
from gatewatch.model.lane import Lane, LaneName, Lanes
from gatewatch.model.message import Message
from gatewatch.model.moment import Bracket
from gatewatch.model.report import Reported
from gatewatch.model.service import Instrument, Service
from gatewatch.model.states import State


class Listed(msgspec.Struct, frozen=True):
    """Evidence from a register that the ledger holds: a listing that met one of the names asked
    about, as it stood on the day."""

    register: str
    entry: str
    selector: str
    """As it may be shown."""
    came: Bracket
    went: Bracket | None
    how: str = ""
    """How it met the name."""
    coverage: str = "whole"
    """whole, part, or related: it does not reach what was asked about."""
    state: str = ""
    """listed, not_listed or insufficient, on the day asked about."""
    entered: str | None = None
    """The entry's own day of inclusion, in the register's local time."""
    removed: str | None = None
    """Its own day of removal."""
    body: str | None = None
    number: str | None = None
    decided: str | None = None
    """The act behind it: who took it, its number, its day."""
    entered_under: str | None = None
    """The act that it came under, by body and number, where another stands behind it now."""
    ground: str | None = None


class OnRegister(msgspec.Struct, frozen=True, kw_only=True):
    """What one register says on the day asked about, and what it said last."""

    register: str
    title: str
    authority: str
    zone: str
    """The register's own, in which its days are days."""
    state: str
    """listed, listed_in_part, delisted, not_listed or insufficient."""
    known_state: str
    """The state on `known`, where `state` is insufficient; else the same."""
    known: date | None
    """The day of the last snapshot that the known state rests on."""
    published: date | None = None
    """When its list had been published; later snapshots of the same bytes checked it."""
    as_last: bool = False
    """The state is that of `known`, before the day asked about: nothing later was published."""
    restated: bool = False
    """Told after other sources, and not the authority's own text."""
    restates: str = ""
    """The official list that it restates, by its id in the catalogue."""
    beyond_part: bool = False
    """It restates a part of a list, and what was asked about is not of that part."""
    part_of: str = ""
    """The register that holds the whole, by its id, where it is a part of one."""
    leaves_subdomains: bool = False
    """It is known that a domain in it does not cover what lies beneath."""
    overdue: bool
    """By its cadence a later state was expected by the day asked about."""
    listings: tuple[Listed, ...]


class Step(msgspec.Struct, frozen=True, kw_only=True):
    """One thing that happened. `day` is the position held, or a bracket where none is."""

    number: int
    action: str
    day: Day
    actor: str
    scope: str
    effect: str
    register: str
    """The official list, by its id in the catalogue, for what concerns one."""
    duty: bool
    """That list is one of duties: being in it is compliance."""
    dates: Question
    """Days told for it, the held one first; empty where nobody gives a day."""
    loose: tuple[int, ...]
    """Sources that tell of it with a wider date that agrees, or with none."""
    disputed: bool
    disputed_by: tuple[int, ...]
    """Sources of claims that are named as irreconcilable with it."""
    inferred: Message | None
    """Why a step stands here that no claim tells of; None for all others."""
    says: tuple[str, ...]
    sources: tuple[int, ...]
    claims: tuple[str, ...]
    listings: tuple[Listed, ...] = ()
    by: str = ""
    """What shows it where no claim tells of it: register or network."""
    invented: bool = False
    """Shown by what was made for show: it stands in its lane, and moves no state."""
    origins: int = 0
    """How many sources tell of it: whose texts are cited, copies of one agency counted once."""


class Measure(msgspec.Struct, frozen=True):
    """What was done about a service within some weeks, and what it rests on: law, reason, the year
    that sources give for the law. See cases/basis.py."""

    since: Day
    """Of its first step."""
    brought: bool
    """It brought the state that stands, or that stood last under restriction."""
    ground: Question
    reason: Question
    law_year: Question


class Beside(msgspec.Struct, frozen=True):
    """A law, or a reason, of another measure that stands beside the one that brought the state."""

    about: str
    """ground or reason."""
    value: str
    name: str
    since: Day
    """The day of that measure."""


class Duty(msgspec.Struct, frozen=True):
    """What an instrument asks of a service, and what shows that it was met."""

    instrument: Instrument
    since: Day
    met: tuple[int, ...]
    """Numbers of the steps that show it met."""
    revised: tuple[Instrument, ...] = ()
    """Its texts as revised since."""
    over: bool = False
    """It ran out, or was repealed, before the day asked about: it asks nothing any more, and stands
    here as that on which the restriction was laid."""


class WouldLift(msgspec.Struct, frozen=True):
    """What would lift the restriction, by the instrument, and whether it has been done."""

    text: str
    instrument: str
    done: bool
    steps: tuple[int, ...]


class Network(msgspec.Struct, frozen=True):
    """What probes saw. `counts` of verdicts by state, over `networks` networks."""

    state: str
    why: Message
    counts: dict[str, int]
    networks: int
    first: date | None = None
    last: date | None = None
    mechanisms: tuple[str, ...] = ()
    """Of the episode that stands at the day."""
    silent: bool = False
    """On the day volume was expected and did not come."""
    blocks: tuple[Episode, ...] = ()
    silences: tuple[Silence, ...] = ()
    days: tuple[tuple[date, int], ...] = ()
    """Days with measurements, with how many networks made them."""
    known_state: str = "insufficient"
    """The state on `known`, where `state` is insufficient; else the same."""
    known: date | None = None
    """The last measured day not later than the day asked about."""
    episode: Episode | None = None
    """The one that stood on `known`."""
    invented: bool = False
    """For show: its networks are numbers of documentation, and nobody measured it."""
    names: frozenset[str] = frozenset()
    """Of a service: which hosts and addresses were measured."""


class Measured(msgspec.Struct, frozen=True):
    """What was measured where no episode and no silence is: networks and days."""

    networks: int
    first: date
    last: date
    invented: bool = False


class ReportedDay(msgspec.Struct, frozen=True):
    """A day with enough distinct reporters to be shown."""

    day: date
    reporters: int


class Stay(msgspec.Struct, frozen=True):
    """A state over its time. `until` is None for the last one."""

    state: State
    since: Day
    until: Day | None
    steps: tuple[int, ...]


class Case(Displayed, msgspec.Struct, frozen=True, kw_only=True):
    """One service in one jurisdiction as it stood at `valid_at`, by what was known at `as_of`."""

    service: Service
    jurisdiction: str
    valid_at: date
    as_of: date | None
    state: State
    since: Day | None
    stays: tuple[Stay, ...]
    """Every state so far, in order."""
    spell: tuple[Day, Day | None] | None = None
    """When the last restriction or listing began that had begun by `valid_at`, and when it was
    lifted."""
    days: int | None
    """How many days the last restriction or listing lasted, once it was lifted."""
    steps: tuple[Step, ...]
    ground: Question
    reason: Question
    law_year: Question
    """Of the measure that brought the state, or where it has none of the nearest one."""
    duties: tuple[Duty, ...]
    would_lift: WouldLift | None
    network: Network
    listings: tuple[Listed, ...]
    """Listings held that no step accounts for."""
    last_source: date | None
    """The day of the newest source, whatever it tells of; see `last_known` for the state."""
    sources: tuple[Source, ...]
    """Every text that is cited, copies too."""
    origins: int = 0
    """How many sources tell of what had happened by the day asked about: whose texts are cited,
    copies of one agency counted once. Where a number of sources is told it is this one, of the
    whole or of a step."""
    newest_origin: date | None = None
    """The newest day of those texts."""
    reports: Reported = Reported()
    """What may be shown of users' reports."""
    measures: tuple[Measure, ...] = ()
    """Those of the last restriction, the oldest first."""
    beside: tuple[Beside, ...] = ()
    """Laws and reasons of the other ones, which stand beside; the newest measure's last."""
    said: State = State.UNKNOWN
    """The state by what sources say alone, and since when."""
    said_since: Day | None = None
    said_by: tuple[int, ...] = ()
    """Numbers of the sources that tell of that state, and not of something else in the case."""
    said_last: date | None = None
    """The newest day of those."""
    said_origins: int = 0
    """How many of them tell of it as of the day asked about, copies of one agency counted once."""
    shown_last: date | None = None
    """The newest day of what a list or the network shows of `state` by itself."""
    registers: tuple[OnRegister, ...] = ()
    """What each register held of the jurisdiction says of the service's names."""
    lanes: Lanes = ()
    """The five layers as data, in the order of `LaneName`."""

    @property
    def grounds(self) -> frozenset[str]:
        """Every law that a source names for what stands, by its id or as it is worded."""
        told = {position.value for position in self.ground.positions}
        return frozenset(told | {one.value for one in self.beside if one.about == "ground"})

    @property
    def last_known(self) -> date | None:
        """The day of the newest evidence of the state, not later than the day asked about: a
        source's that tells of it, a list's that shows it or a measurement's. A law in force tells
        of that day."""
        return self.valid_at if self.by_law else self._evidence(LaneName.CLAIMS)

    @property
    def last_told(self) -> date | None:
        """The day of that evidence itself: a source may announce a state, which is then last known
        of the day on which it began."""
        told = self._evidence()
        if self.said_last and self.state in {self.said, State.UNKNOWN}:
            told = max(told or date.min, min(self.said_last, self.valid_at))
        return told

    @property
    def reaches(self) -> date | None:
        """Up to which day evidence of the state reaches, be it after the day asked about."""
        told = [day for day in (self.last_told, self.said_last) if day]
        return max(told, default=None) if self.state == self.said else self.last_told

    def _evidence(self, *more: LaneName) -> date | None:
        """The newest day of the layers that bear the state out: of lists and network, and more."""
        told = [self.shown_last] if self.shown_last else []
        for one in self.lanes:
            if one.name == LaneName.CLAIMS:
                bears = one.name in more and self.state in {self.said, State.UNKNOWN}
            else:
                bears = self._borne_by(one)
            if bears and one.last_known:
                told.append(one.last_known)
        return min(max(told), self.valid_at) if told else None

    def _borne_by(self, one: Lane) -> bool:
        """Whether what lists or the network last said is evidence of the state, and not of another
        one. Of an unknown state everything is."""
        if one.invented or one.by_sources or one.name not in _MOVING:
            return False
        return self.state == State.UNKNOWN or one.known_state in _BEARS.get(self.state, ())

    @property
    def newest_evidence(self) -> date | None:
        """The day of the newest evidence of anything in the case, not later than the day asked
        about."""
        told = [one.last_known for one in self.lanes if one.name in _MOVING]
        told.append(self.last_source and min(self.last_source, self.valid_at))
        return max((day for day in told if day), default=None)

    @property
    def told_from(self) -> LaneName:
        """The layer whose evidence is the newest: sources, where they are as new as others."""
        told = self.last_told
        if self.said_last and min(self.said_last, self.valid_at) == told:
            return LaneName.CLAIMS
        shown = (one for one in self.lanes if self._borne_by(one) and one.last_known == told)
        return next((one.name for one in shown), LaneName.LISTINGS)

    @property
    def on_list(self) -> Lane | None:
        """The lane of a list that is held and that shows the service listed, now or when last
        published."""
        lists = (one for one in self.lanes if one.name == LaneName.LISTINGS)
        return next((one for one in lists if one.last_known and self._borne_by(one)), None)

    @property
    def newest_word(self) -> Day | None:
        """The day of what a state is told by: of a listing the list that shows it, where one is
        held; of any other state the newest source that tells of it; None where a law does. It is
        open to later days where the source bears none, and its day was inferred."""
        if self.state == State.LISTED and (shown := self.on_list):
            return days.parse(str(shown.published or shown.last_known))
        if self.by_law:
            return None
        of_state, known = self.said_by, self.said_last
        if self.state == State.UNKNOWN:
            of_state, known = tuple(one.number for one in self.sources), self.last_source
        elif self.state != self.said:
            return days.parse(str(self.last_known)) if self.last_known else None
        if known is None:
            return None
        mine = (one for one in self.sources if one.number in of_state)
        stated = any(one.published == known and not one.inferred for one in mine)
        return days.parse(str(known) if stated else f"{known}/..")

    @property
    def faded(self) -> bool:
        """The newest evidence is so old that the state is told as that of its day. A law in force
        does not age."""
        return self.by_law is None and faded(self.last_known, self.valid_at)

    @property
    def on_record(self) -> bool:
        """Whether anything is: a step, or a law alone that binds the service there."""
        return bool(self.steps) or self.state != State.UNKNOWN

    @property
    def by_last_source(self) -> date | None:
        """The day of the last source, where the state of a later day is told by it alone: nothing
        newer bears it out."""
        known = self.said_last
        by_word = self.state == self.said != State.UNKNOWN
        older = known is not None and known < self.valid_at
        return known if by_word and older and known == self.last_told else None

    @property
    def by_law(self) -> Instrument | None:
        """The law in force whose duty the state is, where no source needs to bear it out."""
        begun = (stay for stay in self.stays if stay.since == self.since)
        if self.state != State.OBLIGATED or any(stay.steps for stay in begun):
            return None
        laws = (duty.instrument for duty in self.duties)
        return next((law for law in laws if law.since == self.since), None)

    @property
    def current(self) -> bool:
        """Whether the state is of the day asked about, and not only of the last evidence of it. An
        unknown state is of no other day."""
        if self.state == State.UNKNOWN:
            return True
        ended = self.state == State.LISTED and self.on_list and not self.on_list.current
        return not (self.faded or ended)


FADES = timedelta(days=730)
"""After which a state that rests on sources alone is told by its last source. Measured on the
catalogue: of 38 cases told as restricted, 28 rest on sources older than three years and 7 on ones
of the last two (decision 0031)."""


def faded(known: date | None, valid_at: date) -> bool:
    """Whether the newest evidence is so old that it no longer tells of the day."""
    return known is not None and valid_at - known > FADES


_MOVING = frozenset({LaneName.LISTINGS, LaneName.NETWORK})
_CUT = frozenset({"listed", "listed_in_part", "blocked"})
_BEARS: dict[State, frozenset[str]] = {
    State.LISTED: _CUT,
    State.PARTLY_RESTRICTED: _CUT,
    State.RESTRICTED: _CUT,
    State.LIFTED: frozenset({"delisted", "reachable"}),
    State.UNRESTRICTED: frozenset({"reachable"}),
}
"""Which words of lists and network are evidence of a state. That a list never had a name tells of
no lift, and that pages load tells of no duty."""
