"""Every listing that is held, in memory: `check` of names that registers alone know of, by the same
functions as from the ledger and some hundred times as fast."""

from bisect import bisect_left
from collections.abc import Iterable
from heapq import nsmallest
from itertools import takewhile
from typing import TYPE_CHECKING

import msgspec

from gatewatch.analysis.registers import listings as fold
from gatewatch.analysis.registers import lookup, standing
from gatewatch.ledger.history import MOST_BENEATH
from gatewatch.model.history import Listing
from gatewatch.model.moment import Moment
from gatewatch.model.selector import Kind, Selector
from gatewatch.query import standings
from gatewatch.query.check import Answer
from gatewatch.query.joined import Join
from gatewatch.query.moments import of_all
from gatewatch.query.registered import stated

if TYPE_CHECKING:
    from gatewatch.catalogue.facts import Catalogue
    from gatewatch.query.opened import OpenedLedger

_MOST_MET = 200
"""Of a host with more pages listed the ledger is asked, by a thread that may take its time."""
_HOSTS = ("d:", "h:", "m:")


class Resident:
    """Built once for a moment. It answers of names that are no service's and were neither measured
    nor reported: the caller knows which those are."""

    def __init__(self, ledger: "OpenedLedger", catalogue: "Catalogue", moment: Moment) -> None:
        self._question = standings.question(ledger, of_all(ledger, moment), None)
        self._join = Join(ledger, catalogue, self._question, None)
        self._filed: dict[str, list[Listing]] = {}
        bounds = ledger.history_of.bounds(self._question.moment)
        for name, register in self._question.registers.items():
            for events in ledger.history_of.by_entry(name, bounds):
                owner, versions = (name, events[0].change.entry_id), fold.versions(events)
                listed = fold.listings(*owner, versions)
                self._file(standing.as_stated(one, register.zone) for one in listed)
                self._file(fold.unread(*owner, versions))
        self._backwards = sorted(
            key[::-1] for key in self._filed if key.startswith(_HOSTS) and key.count(".") > 1
        )
        self._nothing = self._answer("", Selector(Kind.DOMAIN, ""), [])

    def _file(self, listed: Iterable[Listing]) -> None:
        for one in listed:
            for key in lookup.stored(one.selector):
                self._filed.setdefault(key, []).append(one)

    def answer(self, asked: str, selector: Selector, *, sideways: bool) -> Answer | None:
        """As `check` has it; None where the ledger has to be asked. `sideways`: also what is listed
        beside it, under one registrable domain."""
        if selector.kind in {Kind.CIDR, Kind.MASK}:
            return None
        probe = standings.probes(selector)
        if sideways and (parent := standings.registrable(selector)):
            probe += [(key, lookup.How.BENEATH) for key in self._beneath(f".{parent}", probe)]
        if not any(key in self._filed for key, _ in probe):
            return msgspec.structs.replace(self._nothing, asked=asked, selector=selector)
        if sum(len(self._filed.get(key, ())) for key, _ in probe) > _MOST_MET:
            return None
        met = standings.met(
            selector, probe, lambda key: self._filed.get(key, ()), self._question.registers
        )
        return self._answer(asked, selector, list(met))

    def _beneath(self, suffix: str, probe: Iterable[tuple[str, lookup.How]]) -> list[str]:
        """The first keys of names beneath a domain, with those that the question looks under
        itself, in their order: as the ledger files them."""
        start = suffix[::-1]
        place = bisect_left(self._backwards, start)
        run = takewhile(
            lambda key: key.startswith(start),
            (self._backwards[n] for n in range(place, len(self._backwards))),
        )
        first = nsmallest(MOST_BENEATH, (key[::-1] for key in run))
        own = {key for key, _ in probe if key.endswith(suffix) and key in self._filed}
        return sorted(k for k in own | {*first} if not k.startswith(lookup.UNREAD_KEY))

    def _answer(self, asked: str, selector: Selector, met: standings.Meetings) -> Answer:
        said = stated(met, self._question)
        places = self._join.places(selector, None, said["registers"])
        return Answer(asked=asked, selector=selector, service=None, places=places, **said)
