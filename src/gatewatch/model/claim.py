"""One statement by one source. It cannot be built without a citation."""

from datetime import date
from enum import StrEnum

import msgspec

from gatewatch.errors import UsageError
from gatewatch.model import day
from gatewatch.model.day import Day
from gatewatch.model.states import Action


class Scope(StrEnum):
    """How much of the service is meant. Only `whole` and, for access, `part` move the state."""

    WHOLE = "whole"
    PART = "part"
    APPS = "apps"
    """Its programs in the stores, not the service itself."""
    COLLATERAL = "collateral"
    """Hit by a measure against somebody else."""


class Effect(StrEnum):
    """What became of it, where the source says or the record shows."""

    NOT_SAID = ""
    NONE = "none"
    """It never took effect."""
    IMMEDIATE = "immediate"
    """It was carried out at once."""
    LIFT = "lift"
    """It goes against the restriction: a court or council that wants it lifted."""
    RUMOUR = "rumour"
    """Told without a day or a word of those concerned, and confirmed by nobody."""


class SourceKind(StrEnum):
    """What a source is, the nearest to the act first."""

    OFFICIAL = "official"
    REGULATOR = "regulator"
    COMPANY = "company"
    MEASUREMENT = "measurement"
    AGENCY = "agency"
    LAW = "law"
    GROUP = "group"
    PAPER = "paper"
    REFERENCE = "reference"
    BLOG = "blog"

    @property
    def rank(self) -> int:
        """Its place from 0, the nearest to the act."""
        return list(SourceKind).index(self)


class Citation(msgspec.Struct, frozen=True, forbid_unknown_fields=True, omit_defaults=True):
    """Where a statement stands. `publisher` and one of `url` and `title` are always there.

    `origin` is whose text it is, where another printed it (an agency's copy): copies of one origin
    count once. `published` is missing where the source bears no date.
    """

    publisher: str
    url: str = ""
    title: str = ""
    origin: str = ""
    published: date | None = None
    language: str = ""
    licence: str = ""
    """Under which the text or data set may be used, where that is not plain citation."""

    def __post_init__(self) -> None:
        if not self.publisher.strip() or not (self.url.strip() or self.title.strip()):
            raise UsageError("a citation names its publisher, and a url or a title")

    @property
    def source(self) -> str:
        """The name that counts when sources are counted."""
        return self.origin or self.publisher

    @property
    def key(self) -> str:
        """The same for every claim that rests on this text."""
        return self.url or f"{self.publisher}: {self.title}"


class Claim(
    msgspec.Struct, frozen=True, kw_only=True, forbid_unknown_fields=True, omit_defaults=True
):
    """One statement: what, of which service, where, when, by whom, on what ground, says who.

    `seen` is how many independent sources were met that say the same, this one included.
    """

    id: str
    service: str
    jurisdiction: str
    action: Action
    date: str = ""
    """EDTF; empty where the source gives no day."""
    actor: str = ""
    rule: str = ""
    """The instrument's id in the catalogue, where the source names one that is held there."""
    law: str = ""
    """How the source words the law, where that differs or no instrument is held."""
    law_year: int | None = None
    """The year that the source gives for the law."""
    reasons: tuple[str, ...] = ()
    register: str = ""
    """Which official list, by its id in the catalogue."""
    scope: Scope = Scope.WHOLE
    effect: Effect = Effect.NOT_SAID
    about: str = ""
    """Claims of one action with the same word here are about one event, whatever their dates."""
    disputes: tuple[str, ...] = ()
    """Ids of claims that this one cannot be squared with, where dates alone do not show it."""
    says: str = ""
    """What the source says, in our own words."""
    seen: int = 1
    source: Citation

    def __post_init__(self) -> None:
        if self.seen < 1:
            raise UsageError("seen counts this source too, and so is 1 or more")
        day.parse(self.date)

    @property
    def when(self) -> Day:
        return day.parse(self.date)


class Corrected(StrEnum):
    """What a correction says of a claim."""

    DISPUTED = "disputed"
    """Somebody concerned denies it; it stands, with that beside it."""
    SUPERSEDED = "superseded"
    """Another claim says better what this one said."""
    WITHDRAWN = "withdrawn"
    """Its source took it back, or it was read wrongly."""


class Correction(msgspec.Struct, frozen=True, kw_only=True, forbid_unknown_fields=True):
    """A word on a claim after it was written: nothing is deleted, and the log says who, when and
    why."""

    id: str
    claim: str
    verdict: Corrected
    by: str
    """Who asked for it: a person's part or a body, not a name that need not be public."""
    on: date
    why: str
    replaced_by: str = ""
    """The claim that says it better."""

    @property
    def removes(self) -> bool:
        """Whether the claim no longer counts."""
        return self.verdict != Corrected.DISPUTED


class Publishers(msgspec.Struct, frozen=True, kw_only=True, forbid_unknown_fields=True):
    """Publishers of one kind, which is the id."""

    id: str
    names: tuple[str, ...]
