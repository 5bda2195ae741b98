"""What reading gives: proposals with their confidence."""

import datetime as dt

import msgspec

from gatewatch.model.states import Action
from gatewatch.sources.articles.dates import Told

MOST = 500
"""Proposals from one text: no article says more."""
SOFT = frozenset({Action.WARNED, Action.ANNOUNCED, Action.DENIED})
"""What changes nothing for a user: proposed on demand alone."""


class Proposal(msgspec.Struct, frozen=True, kw_only=True):
    """A claim that a text seems to make. `mark` is empty for what is proposed; else it says why
    not: hedged, negated, planned, denied, outage, past, soft. `confidence` lies in 0 to 1.
    `date` is EDTF and empty where no day is told; `not_after` is then the day of publication.
    `place` counts sentences."""

    service: str
    jurisdiction: str
    action: Action
    date: str
    not_after: dt.date | None = None
    actor: str = ""
    reasons: tuple[str, ...] = ()
    rule: str = ""
    law: str = ""
    law_year: int | None = None
    sentence: str
    place: int = 0
    stated: bool = False
    """Whether the day is that of the statement: it happened then, or a little before."""
    loose: bool = False
    """Whether its words leave open how a service is restricted."""
    confidence: float
    mark: str = ""

    @property
    def event(self) -> tuple[str, str, str]:
        return self.service, self.jurisdiction, self.action


class ArticleReading(msgspec.Struct, frozen=True):
    """What was read out of an article."""

    language: str
    proposals: tuple[Proposal, ...]

    @property
    def proposed(self) -> tuple[Proposal, ...]:
        """Those without a mark."""
        return tuple(one for one in self.proposals if not one.mark)


def confidence(*, named: bool, placed: bool, told: Told | None, noun: bool, marked: bool) -> float:
    """How far a proposal is to be believed, from what was said outright."""
    found = 0.92 - 0.2 * (not named) - 0.15 * (not placed) - 0.25 * noun
    found -= 0.05 * (told is None) + 0.15 * (told is not None and told.stated)
    return round(found * (0.5 if marked else 1), 2)
