"""A case: what is shown of one service in one jurisdiction, as of a day."""

from datetime import date, timedelta
from enum import StrEnum

import msgspec

from gatewatch.model import day as days
from gatewatch.model.claim import Citation, SourceKind
from gatewatch.model.day import Day
from gatewatch.model.display import Displayed
from gatewatch.model.episode import Episode, Silence
from gatewatch.model.lane import LaneName, Lanes
from gatewatch.model.message import Message
from gatewatch.model.moment import Bracket
from gatewatch.model.report import Reported
from gatewatch.model.service import Instrument, Service
from gatewatch.model.states import State


class Source(msgspec.Struct, frozen=True):
    """A cited text, with its number in this case. `published` may be inferred: no earlier than the
    last event that the text reports; None where not even that is known."""

    number: int
    citation: Citation
    published: date | None
    inferred: bool
    kind: SourceKind = SourceKind.PAPER
    """What it is: an official text, an agency, a paper, ... A copy is what it copies."""

    @property
    def copied(self) -> bool:
        """Whether it is seen only as another printed it."""
        return bool(self.citation.origin)

    @property
    def rank(self) -> int:
        """How near to the act it stands, from 0; a copy stands behind a paper's own text."""
        own = 2 * self.kind.rank
        return max(own, 2 * SourceKind.PAPER.rank + 1) if self.copied else own


class Position(msgspec.Struct, frozen=True):
    """One of several things told: a day, a reason, a law. `independent` counts origins, agency
    copies once, or what a claim's author had seen, whichever is more."""

    value: str
    name: str
    independent: int
    sources: tuple[int, ...]
    """Numbers of the sources, in their order."""
    claims: tuple[str, ...]
    dated: int = 0
    """How many of the claims give a day: a report of the event itself, not a mention later."""
    nearest: Source | None = None
    """Of its sources the one that stands nearest to the act."""

    @property
    def strength(self) -> tuple[int, int, int]:
        """What positions are compared by: how many say it independently, then who, then how many
        report the event itself."""
        return self.independent, -self.nearest.rank if self.nearest else -_FARTHEST, self.dated


_FARTHEST = 2 * len(SourceKind)


class Settled(StrEnum):
    """Why one of several positions is held."""

    NOT_DISPUTED = ""
    COUNT = "count"
    """More independent sources say it."""
    KIND = "kind"
    """As many say it as say otherwise, and one of them stands nearer to the act."""
    DATED = "dated"
    """As many, as near, and more of them report the event itself."""
    TIE = "tie"
    """Nobody is ahead, and none is held."""


class Question(msgspec.Struct, frozen=True):
    """Something that sources may disagree on. The first position is held, unless it is a tie."""

    positions: tuple[Position, ...] = ()
    tie: bool = False
    disputed: bool = False
    """Some source has another position without having this one: two reasons that one source gives
    together are no contradiction."""

    settled: Settled = Settled.NOT_DISPUTED

    @property
    def held(self) -> Position | None:
        return self.positions[0] if self.positions else None


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
    made: bool = False
    """Shown by what was made for show: it stands in its lane, and moves no state."""
    origins: int = 0
    """How many sources tell of it: whose texts are cited, copies of one agency counted once."""


class Duty(msgspec.Struct, frozen=True):
    """What an instrument asks of a service, and what shows that it was met."""

    instrument: Instrument
    since: Day
    met: tuple[int, ...]
    """Numbers of the steps that show it met."""
    revised: tuple[Instrument, ...] = ()
    """Its texts as revised since."""


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
    made: bool = False
    """For show: its networks are numbers of documentation, and nobody measured it."""
    names: frozenset[str] = frozenset()
    """Of a service: which hosts and addresses were measured."""


class Measured(msgspec.Struct, frozen=True):
    """What was measured where no episode and no silence is: networks and days."""

    networks: int
    first: date
    last: date
    made: bool = False


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
    duties: tuple[Duty, ...]
    would_lift: WouldLift | None
    network: Network
    listings: tuple[Listed, ...]
    """Listings held that no step accounts for."""
    last_source: date | None
    """The day of the newest source: after it nothing is known to have changed or stayed."""
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
    said: State = State.UNKNOWN
    """The state by what sources say alone, and since when."""
    said_since: Day | None = None
    registers: tuple[OnRegister, ...] = ()
    """What each register held of the jurisdiction says of the service's names."""
    lanes: Lanes = ()
    """The five layers as data, in the order of `LaneName`."""

    @property
    def last_known(self) -> date | None:
        """The day of the newest evidence that the state rests on: a source's, a register's state or
        a measurement, not later than the day asked about. A law in force tells of that day."""
        if self.by_law:
            return self.valid_at
        told = (one.last_known for one in self.lanes if one.name in _MOVING)
        return max((day for day in told if day), default=None)

    @property
    def last_told(self) -> date | None:
        """The day of that evidence itself: a source may announce a state, which is then last known
        of the day on which it began."""
        told = [one.last_known for one in self.lanes if one.name in _MOVING - {LaneName.CLAIMS}]
        if self.last_source:
            told.append(min(self.last_source, self.valid_at))
        return max((day for day in told if day), default=None)

    @property
    def newest_source(self) -> Day | None:
        """The day of `last_source`; open to later ones where it was inferred from what is told."""
        when = self.last_source
        if when is None:
            return None
        stated = any(one.published == when and not one.inferred for one in self.sources)
        return days.parse(str(when) if stated else f"{when}/..")

    @property
    def newest_word(self) -> Day | None:
        """The day of what a state is told by: of a listing the list that shows it, where one is
        held; of any other state the newest source."""
        for one in self.lanes:
            shown = one.name == LaneName.LISTINGS and not one.by_sources and one.last_known
            if shown and self.state == State.LISTED:
                return days.parse(str(one.published or one.last_known))
        return self.newest_source

    @property
    def faded(self) -> bool:
        """The newest evidence is so old that the state is told as that of its day. A law in force
        does not age."""
        return self.by_law is None and faded(self.last_known, self.valid_at)

    @property
    def by_last_source(self) -> date | None:
        """The day of the last source, where the state of a later day is told by it alone: nothing
        newer bears it out."""
        known = self.last_source
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
        listed = [one for one in self.lanes if one.name == LaneName.LISTINGS]
        ended = (
            self.state == State.LISTED
            and self.last_known
            and not all(o.current or o.by_sources for o in listed)
        )
        return not (self.faded or ended)


FADES = timedelta(days=730)
"""After which a state that rests on sources alone is told by its last source. Measured on the
catalogue: of 38 cases told as restricted, 28 rest on sources older than three years and 7 on ones
of the last two (decision 0031)."""


def faded(known: date | None, valid_at: date) -> bool:
    """Whether the newest evidence is so old that it no longer tells of the day."""
    return known is not None and valid_at - known > FADES


_MOVING = frozenset({LaneName.CLAIMS, LaneName.LISTINGS, LaneName.NETWORK})
