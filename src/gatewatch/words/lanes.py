"""The five lanes by name, in the order in which they are told everywhere."""

from gatewatch.model.lane import LaneName
from gatewatch.model.message import Message, message
from gatewatch.words.states import Ink

NAMES: dict[LaneName, Message] = {
    LaneName.OBLIGATIONS: message("Obligations"),
    LaneName.CLAIMS: message("Claims"),
    LaneName.LISTINGS: message("Listings"),
    LaneName.NETWORK: message("Network"),
    LaneName.REPORTS: message("Reports"),
}
HINTS: dict[LaneName, Message] = {
    LaneName.OBLIGATIONS: message("what law asks"),
    LaneName.CLAIMS: message("who said what"),
    LaneName.LISTINGS: message("on which list"),
    LaneName.NETWORK: message("what probes saw"),
    LaneName.REPORTS: message("what users met"),
}
"""What lies in each, in a few words under its name."""
INKS: dict[LaneName, Ink] = {
    LaneName.OBLIGATIONS: Ink.DUTY,
    LaneName.CLAIMS: Ink.PLAIN,
    LaneName.LISTINGS: Ink.LISTED,
    LaneName.NETWORK: Ink.ACCESS,
    LaneName.REPORTS: Ink.REPORTS,
}
"""Of the edge beside each name, in pictures and on pages. Marks in a lane have the ink of what they
say, not of their lane; `draw/palette.py` has the values."""
SHORT: dict[LaneName, Message] = {
    LaneName.OBLIGATIONS: message("Duties"),
    LaneName.CLAIMS: message("Said"),
    LaneName.LISTINGS: message("Lists"),
    LaneName.NETWORK: message("Probes"),
    LaneName.REPORTS: message("Users"),
}
"""Over the columns of a narrow picture: one word each, of at most 48 pixels."""
