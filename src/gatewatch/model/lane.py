"""The five lanes of a case or an answer as data. Faces loop over them and fill none in by hand."""

from datetime import date
from enum import StrEnum

import msgspec

from gatewatch.model.message import Message


class LaneName(StrEnum):
    """The layers that Gatewatch joins, in the order in which they are told."""

    OBLIGATIONS = "obligations"
    CLAIMS = "claims"
    LISTINGS = "listings"
    NETWORK = "network"
    REPORTS = "reports"


PERHAPS = "perhaps_listed"
"""What is called so is "not_listed" by its own name; it may be covered by a name above it."""


class Lane(msgspec.Struct, frozen=True, kw_only=True):
    """One layer on the day asked about."""

    name: LaneName
    state: str
    """The machine's word for that day: in_force, none; a State; listed, listed_in_part, not_listed,
    delisted; blocked, reachable; reported, too_few; or insufficient."""
    last_known: date | None
    """The day of the newest evidence that the state rests on; None where nothing is held."""
    known_state: str
    """The state on that day, where `state` is insufficient; else the same."""
    published: date | None = None
    """Of listings: when what was last known had been published; it may have been checked since."""
    summary: Message
    """One line that a face may print as it is."""
    faded: bool = False
    """The newest evidence is so old that the state is told as that of its day."""
    as_last: bool = False
    """Of listings: the state is that of a list published before the day, and believed for it."""
    by_sources: bool = False
    """Of listings: what sources say of a list, where no register held tells it."""
    perhaps: bool = False
    """Of listings: not by this name, and whether a domain listed above covers it is not known."""
    by_service: bool = False
    """Of network, for one name: what was measured of its service, and nothing of the name
    itself."""
    invented: bool = False
    """Of network and reports: all of it was invented for show, nobody measured or sent it."""
    items: tuple[msgspec.Struct, ...] = ()
    """What the state rests on, as typed structs (a duty, a step, a listing, an episode, a silence,
    a surge): a face draws each by its type."""

    @property
    def called(self) -> str:
        """The word for the state as last known: never a bare "not listed" beneath a listed
        domain."""
        return PERHAPS if self.perhaps else self.known_state

    @property
    def current(self) -> bool:
        """Whether the state is of the day asked about, and not of an earlier one."""
        return self.state == self.known_state and not self.faded


Lanes = tuple[Lane, ...]
"""Five of them, in the order of `LaneName`."""


def lane(lanes: Lanes, name: LaneName) -> Lane:
    """The one lane of that name."""
    return next(one for one in lanes if one.name == name)
