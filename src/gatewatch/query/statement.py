"""A statement about one service or name in one jurisdiction on one day, held against each layer.

Which layers agree, which contradict, which are silent; no score, for layers do not add up: a list
prescribes, a probe sees, a source says.
"""

from enum import StrEnum
from typing import TYPE_CHECKING

import msgspec

from gatewatch.errors import UsageError
from gatewatch.model import selector as selectors
from gatewatch.model.jurisdiction import Jurisdiction
from gatewatch.model.lane import Lane, LaneName, Lanes
from gatewatch.model.message import Message, message
from gatewatch.model.moment import Moment
from gatewatch.model.states import State
from gatewatch.query.moments import of_all

if TYPE_CHECKING:
    from gatewatch.catalogue.facts import Catalogue
    from gatewatch.query.opened import OpenedLedger


class Said(StrEnum):
    """What a statement says of the day."""

    BLOCKED = "blocked"
    """Access was cut, in full or in part."""
    REACHABLE = "reachable"
    """Access was not cut."""
    LISTED = "listed"
    """It stood on an official list of what is to be restricted."""
    NOT_LISTED = "not_listed"
    """It stood on none."""


class Stand(StrEnum):
    """How a layer stands to a statement."""

    AGREES = "agrees"
    CONTRADICTS = "contradicts"
    SILENT = "silent"


class LayerStand(msgspec.Struct, frozen=True):
    """One layer: how it stands, why, and what it holds."""

    lane: Lane
    stand: Stand
    why: Message


class Statement(msgspec.Struct, frozen=True, kw_only=True):
    """A statement with how each layer stands to it."""

    subject: str
    """As it was asked: a service by its id, or a selector in its canonical form."""
    service: str | None
    jurisdiction: str
    said: Said
    moment: Moment
    layers: tuple[LayerStand, ...]

    def of(self, stand: Stand) -> tuple[LaneName, ...]:
        """The layers that stand so."""
        return tuple(one.lane.name for one in self.layers if one.stand == stand)


def statement(
    ledger: "OpenedLedger",
    catalogue: "Catalogue",
    subject: str,
    jurisdiction: Jurisdiction,
    said: Said,
    moment: Moment,
) -> Statement:
    """A statement held against what was known. `subject`: a service by any of its names, else a
    domain, web address, IP address or network. UsageError for what is neither."""
    moment = of_all(ledger, moment)
    name, service, lanes = _lanes(ledger, catalogue, subject, jurisdiction, moment=moment)
    return Statement(
        subject=name,
        service=service,
        jurisdiction=jurisdiction.code,
        said=said,
        moment=moment,
        layers=tuple(_stand(one, said) for one in lanes),
    )


def _lanes(
    ledger: "OpenedLedger",
    catalogue: "Catalogue",
    subject: str,
    jurisdiction: Jurisdiction,
    moment: Moment,
) -> tuple[str, str | None, Lanes]:
    from gatewatch.query.case import case
    from gatewatch.query.check import check

    try:
        service = catalogue.service(subject)
    except UsageError:
        selector = selectors.parse(subject)
    else:
        told = case(catalogue, service, jurisdiction, moment, ledger=ledger)
        return service.id, service.id, told.lanes
    answer = check(ledger, [subject], moment, jurisdiction, catalogue=catalogue)[0]
    owner = answer.service.id if answer.service else None
    return str(selector.value), owner, answer.lanes


_SILENT_LISTED = message("a list tells what is prescribed, not what the network does")
_SILENT_NETWORK = message("a probe tells what the network does, not what is prescribed")
_SILENT_DAY = message("it holds nothing that tells of the day")
_SILENT_LAW = message("a duty tells what law asks, not what was done")
_SILENT_REPORTS = message("reports that may be shown are none, which is no word on access")
_ON_PAPER = message("it prescribes the restriction; whether access was cut it cannot tell")
_PEOPLE = message("people report that they cannot use it; no report alone makes a block")

_A, _C, _S = Stand.AGREES, Stand.CONTRADICTS, Stand.SILENT
_CUT = {State.RESTRICTED: _A, State.PARTLY_RESTRICTED: _A, State.LIFTED: _C, State.UNRESTRICTED: _C}
_STOOD = {State.LISTED: _A}
_STANDS: dict[LaneName, dict[Said, dict[str, Stand]]] = {
    LaneName.NETWORK: {Said.BLOCKED: {"blocked": _A, "reachable": _C}},
    LaneName.CLAIMS: {
        Said.BLOCKED: {str(state): stand for state, stand in _CUT.items()},
        Said.LISTED: {str(state): stand for state, stand in _STOOD.items()},
    },
    LaneName.LISTINGS: {
        Said.BLOCKED: {"listed": _A, "listed_in_part": _A},
        Said.LISTED: {"listed": _A, "listed_in_part": _A, "not_listed": _C, "delisted": _C},
    },
    LaneName.REPORTS: {Said.BLOCKED: {"reported": _A}},
}
"""How a state of a layer stands to a statement; what is not here is silent."""
_OPPOSITE = {_A: _C, _C: _A, _S: _S}
_AFFIRMED = {Said.REACHABLE: Said.BLOCKED, Said.NOT_LISTED: Said.LISTED}
_ONLY_FOR = frozenset({(LaneName.LISTINGS, Said.REACHABLE)})
"""A list that prescribes a block agrees that there was one, and is no word against access: what is
listed and reachable is common."""


def _stand(one: Lane, said: Said) -> LayerStand:
    """How a layer stands. What is not of the day, or grew old, is silent."""
    if one.name == LaneName.OBLIGATIONS:
        return LayerStand(one, _S, _SILENT_LAW)
    if one.perhaps and one.state == "not_listed":  # beneath a listed name: perhaps covered by it
        return LayerStand(one, _S, one.summary)
    if not one.current:
        return LayerStand(one, _S, _SILENT_DAY)
    affirmed = _AFFIRMED.get(said, said)
    found = _STANDS.get(one.name, {}).get(affirmed, {}).get(one.state, _S)
    if (one.name, said) in _ONLY_FOR:
        found = _S
    stand = found if affirmed == said else _OPPOSITE[found]
    return LayerStand(one, stand, _why(one, said, stand))


def _why(one: Lane, said: Said, stand: Stand) -> Message:
    about_access = said in {Said.BLOCKED, Said.REACHABLE}
    if stand != _S:
        if one.name == LaneName.LISTINGS and about_access:
            return _ON_PAPER
        return _PEOPLE if one.name == LaneName.REPORTS else one.summary
    match one.name:
        case LaneName.LISTINGS if about_access and one.state != "insufficient":
            return _SILENT_LISTED
        case LaneName.NETWORK if not about_access:
            return _SILENT_NETWORK
        case LaneName.REPORTS if about_access:
            return _SILENT_REPORTS
        case _:
            return _SILENT_DAY
