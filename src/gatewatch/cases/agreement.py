"""What is on paper, what the network does, and how the two agree: told here for every question."""

from gatewatch.model.documentation import INVENTED
from gatewatch.model.lane import LaneName, Lanes, lane
from gatewatch.model.message import Message
from gatewatch.model.states import Agreement

_PAPER = {"not_listed": "unlisted", "none": "insufficient"}
"""Where no register is held and no source speaks of a list, nothing tells that it is on none."""


def paper(lanes: Lanes) -> str:
    """listed, listed_in_part, delisted, unlisted, or insufficient: not known on the day, or
    no register is held."""
    state = lane(lanes, LaneName.LISTINGS).state
    return _PAPER.get(state, state)


def wire(lanes: Lanes) -> str:
    """blocked, reachable, or insufficient: nothing near the day tells."""
    return lane(lanes, LaneName.NETWORK).state


def agreement(on_paper: str, on_wire: str) -> Agreement:
    """How they agree. What is listed in part is listed; with nothing measured, what was taken off
    is as good as never listed."""
    if on_paper == "insufficient":
        return Agreement.INSUFFICIENT
    if on_paper == "delisted":
        return {
            "blocked": Agreement.DELISTED_STILL_BLOCKED,
            "reachable": Agreement.DELISTED_REACHABLE,
        }.get(on_wire, Agreement.UNLISTED_INSUFFICIENT)
    listed = "listed" if on_paper.startswith("listed") else "unlisted"
    return Agreement(f"{listed}_{on_wire}")


def agreed(lanes: Lanes) -> Agreement:
    """How paper and network agree, from the lanes of a case or an answer."""
    return agreement(paper(lanes), wire(lanes))


def unheld(lanes: Lanes) -> Message | None:
    """Why there is nothing to agree with, where no register is held and no source tells of one;
    None elsewhere."""
    on_lists = lane(lanes, LaneName.LISTINGS)
    return on_lists.summary if on_lists.state == "none" else None


def network_invented(lanes: Lanes) -> bool:
    """Whether what the network says to it was invented for show."""
    return wire(lanes) != "insufficient" and lane(lanes, LaneName.NETWORK).invented


def remark(lanes: Lanes) -> Message | None:
    """What has to stand beside the word for how they agree, if anything."""
    return INVENTED if network_invented(lanes) else unheld(lanes)
