"""States by name alone: a command line that offers them loads nothing else for it."""

from enum import StrEnum


class State(StrEnum):
    """Where a service stands. Absence of a record is `unknown`, never `unrestricted`."""

    UNKNOWN = "unknown"
    UNRESTRICTED = "unrestricted"
    OBLIGATED = "obligated"
    DEMANDED = "demanded"
    LISTED = "listed"
    PARTLY_RESTRICTED = "partly_restricted"
    RESTRICTED = "restricted"
    LIFTED = "lifted"


DEGREE = (
    State.RESTRICTED,
    State.PARTLY_RESTRICTED,
    State.LISTED,
    State.DEMANDED,
    State.OBLIGATED,
    State.LIFTED,
    State.UNRESTRICTED,
    State.UNKNOWN,
)
"""States by how much they restrict."""


class CaseOrder(StrEnum):
    """What a list of cases is sorted by."""

    SERVICE = "service"
    JURISDICTION = "jurisdiction"
    STATE = "state"
    SINCE = "since"
    LAST_SOURCE = "last_source"
    SOURCES = "sources"


class Agreement(StrEnum):
    """Paper and network together."""

    LISTED_BLOCKED = "listed_blocked"
    LISTED_REACHABLE = "listed_reachable"
    LISTED_INSUFFICIENT = "listed_insufficient"
    UNLISTED_BLOCKED = "unlisted_blocked"
    UNLISTED_REACHABLE = "unlisted_reachable"
    UNLISTED_INSUFFICIENT = "unlisted_insufficient"
    DELISTED_STILL_BLOCKED = "delisted_still_blocked"
    DELISTED_REACHABLE = "delisted_reachable"
    INSUFFICIENT = "insufficient"
    """Whether it was on paper is not known."""


class Action(StrEnum):
    """What is said to have happened. Five of them hide behind "blocked", four behind "lifted"."""

    DEMANDED = "demanded"
    WARNED = "warned"
    NOTIFIED = "notified"
    ORDERED = "ordered"
    FINED = "fined"
    LISTED = "listed"
    BLOCKED = "blocked"
    THROTTLED = "throttled"
    PARTIALLY_BLOCKED = "partially_blocked"
    ANNOUNCED = "announced"
    DENIED = "denied"
    COMPLIED = "complied"
    REGISTERED = "registered"
    DELISTED = "delisted"
    RESTORED = "restored"
    REVOKED = "revoked"
