"""Every state in one table: its word, its mark and its ink. Terminal, pictures, pages and feeds
read it here, so that one state looks and is called alike everywhere.

Squares are paper, circles access, diamonds words; fill is degree. Ink repeats that and adds
nothing: blue for paper, burnt orange for access, violet for lifted, grey for what is not known.
"""

from enum import StrEnum

import msgspec

from gatewatch.model.message import Message, message
from gatewatch.words.saying import say


class Mark(StrEnum):
    """A shape with its fill. Each face has its own way to draw one, and only one."""

    DUTY = "duty"
    """Hollow square."""
    ORDER = "order"
    """Half square."""
    ENTRY = "entry"
    """Solid square."""
    FREE = "free"
    """Hollow circle."""
    PART = "part"
    """Half circle."""
    SHUT = "shut"
    """Solid circle."""
    LIFTED = "lifted"
    """Ring with a core."""
    UNSURE = "unsure"
    """Dashed circle."""
    SAID = "said"
    """Solid diamond."""
    SAID_TOO = "said_too"
    """Hollow diamond."""
    REPORT = "report"
    """Three strokes."""
    DIFFER = "differ"
    """The sign that sources differ."""
    NONE = "none"


class Ink(StrEnum):
    """A colour by what it means, as the palette of pictures and the styles of the terminal name
    it."""

    DUTY = "duty"
    LISTED = "listed"
    ACCESS = "access"
    LIFTED = "lifted"
    GREY = "grey"
    PLAIN = "ink-2"
    REPORTS = "reports"


class Look(msgspec.Struct, frozen=True):
    """How a state is called and drawn."""

    word: Message
    mark: Mark
    ink: Ink


_OF_ACCESS = {
    "restricted": Look(message("restricted"), Mark.SHUT, Ink.ACCESS),
    "partly_restricted": Look(message("partly restricted"), Mark.PART, Ink.ACCESS),
    "lifted": Look(message("no longer restricted"), Mark.LIFTED, Ink.LIFTED),
    "unrestricted": Look(message("unrestricted"), Mark.FREE, Ink.PLAIN),
    "unknown": Look(message("state not on record"), Mark.UNSURE, Ink.GREY),
}
_OF_PAPER = {
    "in_force": Look(message("in force"), Mark.DUTY, Ink.DUTY),
    "obligated": Look(message("under a duty"), Mark.DUTY, Ink.DUTY),
    "demanded": Look(message("under a demand"), Mark.ORDER, Ink.DUTY),
    "listed": Look(message("listed"), Mark.ENTRY, Ink.LISTED),
    "listed_in_part": Look(message("listed in part"), Mark.ENTRY, Ink.LISTED),
    "not_listed": Look(message("not listed"), Mark.NONE, Ink.GREY),
    "perhaps_listed": Look(message("not known whether covered"), Mark.UNSURE, Ink.GREY),
    "delisted": Look(message("taken off the list"), Mark.LIFTED, Ink.LIFTED),
    "added": Look(message("added"), Mark.ENTRY, Ink.LISTED),
    "changed": Look(message("changed"), Mark.NONE, Ink.PLAIN),
    "removed": Look(message("removed"), Mark.LIFTED, Ink.LIFTED),
    "quarantined": Look(message("set aside"), Mark.NONE, Ink.PLAIN),
}
_OF_THE_NETWORK = {
    "blocked": Look(message("blocked"), Mark.SHUT, Ink.ACCESS),
    "likely_blocked": Look(message("likely blocked"), Mark.SHUT, Ink.ACCESS),
    "impaired": Look(message("impaired"), Mark.PART, Ink.ACCESS),
    "down": Look(message("down for everybody"), Mark.UNSURE, Ink.GREY),
    "ok": Look(message("reachable"), Mark.FREE, Ink.PLAIN),
    "reachable": Look(message("reachable"), Mark.FREE, Ink.PLAIN),
    "insufficient": Look(message("insufficient"), Mark.UNSURE, Ink.GREY),
    "none": Look(message("nothing on record"), Mark.UNSURE, Ink.GREY),
}
_TOGETHER = {
    "listed_blocked": Look(message("listed and blocked"), Mark.ENTRY, Ink.LISTED),
    "listed_reachable": Look(message("listed, yet reachable"), Mark.ENTRY, Ink.LISTED),
    "listed_insufficient": Look(message("listed, not measured"), Mark.ENTRY, Ink.LISTED),
    "unlisted_blocked": Look(message("blocked, yet not listed"), Mark.SHUT, Ink.ACCESS),
    "unlisted_reachable": Look(message("not listed, reachable"), Mark.FREE, Ink.PLAIN),
    "unlisted_insufficient": Look(message("not listed, not measured"), Mark.UNSURE, Ink.GREY),
    "delisted_still_blocked": Look(message("taken off, still blocked"), Mark.SHUT, Ink.ACCESS),
    "delisted_reachable": Look(message("taken off, reachable"), Mark.LIFTED, Ink.LIFTED),
    "delisted_insufficient": Look(message("taken off, not measured"), Mark.LIFTED, Ink.LIFTED),
}
_OF_REPORTS = {
    "reported": Look(message("reported by users"), Mark.REPORT, Ink.REPORTS),
    "too_few": Look(message("too few reports to show"), Mark.UNSURE, Ink.GREY),
    "cannot_open": Look(message("it does not open"), Mark.REPORT, Ink.REPORTS),
    "slow": Look(message("it is slow"), Mark.REPORT, Ink.REPORTS),
    "app_fails": Look(message("the app fails"), Mark.REPORT, Ink.REPORTS),
    "login_fails": Look(message("logging in fails"), Mark.REPORT, Ink.REPORTS),
    "other": Look(message("something else"), Mark.REPORT, Ink.REPORTS),
}
_MEETINGS = {
    "met_exact url": Look(message("this very address"), Mark.NONE, Ink.LISTED),
    "met_same url, other scheme": Look(
        message("this address, by another scheme"), Mark.NONE, Ink.LISTED
    ),
    "met_host": Look(message("this host"), Mark.NONE, Ink.LISTED),
    "met_mask": Look(message("a mask that covers it"), Mark.NONE, Ink.LISTED),
    "met_address": Look(message("this IP address"), Mark.NONE, Ink.LISTED),
    "met_containing prefix": Look(message("a range that holds it"), Mark.NONE, Ink.LISTED),
    "met_app": Look(message("this app"), Mark.NONE, Ink.LISTED),
    "met_parent domain": Look(message("a domain above it"), Mark.NONE, Ink.LISTED),
    "met_the mask's own domain": Look(message("the domain of a mask"), Mark.NONE, Ink.LISTED),
    "met_url on this host": Look(message("a page on this host"), Mark.NONE, Ink.LISTED),
}
"""How an entry meets what was asked for, by `met_` and the machine's word."""
_LOCI = {
    "locus_network": Look(message("in the network"), Mark.NONE, Ink.PLAIN),
    "locus_server_side": Look(message("at the server"), Mark.NONE, Ink.PLAIN),
    "locus_unknown": Look(message("not known"), Mark.NONE, Ink.PLAIN),
}
STATES = {
    **_OF_ACCESS,
    **_OF_PAPER,
    **_OF_THE_NETWORK,
    **_TOGETHER,
    **_OF_REPORTS,
    **_MEETINGS,
    **_LOCI,
}
"""By the machine's word for it."""


def look(state: str) -> Look:
    """How a state is called and drawn; one that the table has not is called by its own word."""
    known = STATES.get(str(state))
    return known or Look(Message(str(state).replace("_", " "), {}), Mark.NONE, Ink.PLAIN)


def word(state: str, language: str = "en") -> str:
    """A state in words."""
    return say(look(state).word, language)
