"""The five lanes by name, in the order in which they are told everywhere."""

from gatewatch.model.lane import LaneName
from gatewatch.model.message import Message, message

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
INKS: dict[LaneName, str] = {
    LaneName.OBLIGATIONS: "duty",
    LaneName.CLAIMS: "ink-2",
    LaneName.LISTINGS: "listed",
    LaneName.NETWORK: "access",
    LaneName.REPORTS: "reports",
}
"""Of the rule beside each name, by the palette."""
SHORT: dict[LaneName, Message] = {
    LaneName.OBLIGATIONS: message("Duties"),
    LaneName.CLAIMS: message("Said"),
    LaneName.LISTINGS: message("Lists"),
    LaneName.NETWORK: message("Probes"),
    LaneName.REPORTS: message("Users"),
}
"""Over the columns of a narrow picture: one word each, of at most 48 pixels."""
