"""What sources tell of one thing, position beside position, and which is held."""

from datetime import date
from enum import StrEnum

import msgspec

from gatewatch.model.claim import Citation, SourceKind


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
