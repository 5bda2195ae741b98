"""A user's "I cannot use it". No address, no browser's name and no text of the user's own is in
it."""

from datetime import date, datetime
from enum import StrEnum

import msgspec

K = 5
"""Distinct reporters of a service, jurisdiction and day under which no number is shown."""


class What(StrEnum):
    """What happens when one tries."""

    CANNOT_OPEN = "cannot_open"
    SLOW = "slow"
    APP_FAILS = "app_fails"
    LOGIN_FAILS = "login_fails"
    OTHER = "other"


class Report(msgspec.Struct, frozen=True, kw_only=True):
    """As it is kept. `received_at` is the hour in UTC; `reporter` a hash whose key lives for a
    day."""

    id: str
    service: str
    """The id of a service, or the registrable domain of a site that is none on record: it has a
    dot."""
    jurisdiction: str
    region: str | None = None
    """ISO 3166-2, as RU-MOW; only if the reporter named it."""
    network: int | None
    what: str
    received_at: datetime
    reporter: str


class Surge(msgspec.Struct, frozen=True, kw_only=True):
    """More reports than the weeks before let expect. A signal, never an episode."""

    service: str
    jurisdiction: str
    first: datetime
    last: datetime
    """Beginnings of the first and the last quarter of a day, in UTC."""
    reporters: int
    expected: float
    """Weighted reporters that the same quarters of the weeks before had, the median."""
    seen: float
    """Weighted reporters: each further one of a network counts for less."""


class Reported(msgspec.Struct, frozen=True):
    """What is shown of reports: days with at least `K` reporters, and surges."""

    days: tuple[tuple[date, int], ...] = ()
    regions: tuple[tuple[date, str, int], ...] = ()
    """Days and regions that have at least `K` reporters of their own."""
    surges: tuple[Surge, ...] = ()
    invented: bool = False
    """For show: all came from numbers of documentation, and nobody sent them."""
