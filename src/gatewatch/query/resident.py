"""Every listing that is held, in memory, beside all that is measured and reported: `check` by the
same functions as from the ledger and some hundred times as fast."""

from bisect import bisect_left
from collections.abc import Iterable, Iterator, Sequence
from heapq import nsmallest
from itertools import takewhile
from typing import TYPE_CHECKING

import msgspec

from gatewatch.analysis.registers import listings as fold
from gatewatch.analysis.registers import lookup, standing
from gatewatch.catalogue import suffixes
from gatewatch.ledger.filed import MOST_BENEATH
from gatewatch.model.history import Listing
from gatewatch.model.moment import Moment
from gatewatch.model.selector import Kind, Selector
from gatewatch.model.service import Service
from gatewatch.query import standings
from gatewatch.query.check import Answer, meant, service_of
from gatewatch.query.joined import EveryNetwork, Join
from gatewatch.query.listings import names_of
from gatewatch.query.moments import of_all
from gatewatch.query.registered import stated

if TYPE_CHECKING:
    from gatewatch.catalogue.facts import Catalogue
    from gatewatch.query.opened import OpenedLedger

_MOST_MET = 2_000
"""Of a host with more pages listed the ledger is asked, by a thread that may take its time."""
_MOST_FAMILIES = 65_536
_MOST_SAID = 1_024
"""Answers kept: of a listed name one takes some 14 kB beside the listings, which stay anyhow."""
_HOSTS = ("d:", "h:", "m:")


class Resident:
    """Built once for a moment, with all that is measured and reported."""

    def __init__(self, ledger: "OpenedLedger", catalogue: "Catalogue", moment: Moment) -> None:
        self._question = standings.question(ledger, of_all(ledger, moment), None)
        suffixes.read_whole()
        self._join = Join(ledger, catalogue, self._question, None)
        self._filed: dict[str, list[Listing]] = {}
        bounds = ledger.history_of.bounds(self._question.moment)
        for name, register in self._question.registers.items():
            for events in ledger.history_of.by_entry(name, bounds):
                owner, versions = (name, events[0].change.entry_id), fold.versions(events)
                listed = fold.listings(*owner, versions)
                self._file(name, [standing.as_stated(one, register.zone) for one in listed])
                self._file(name, fold.unread(*owner, versions))
        self._backwards = sorted(
            key[::-1] for key in self._filed if key.startswith(_HOSTS) and key.count(".") > 1
        )
        self._catalogue = catalogue
        names = [n for one in catalogue.services.values() for n in names_of(one)]
        self._join.prepare_all([(name, list(self._met(name.selector))) for name in names])
        self._parts = [one.part for one in self._question.registers.values() if one.part]
        self._first_beneath: dict[str, tuple[str, ...]] = {}
        self._said: dict[tuple[object, ...], Answer] = {}

    @property
    def networks(self) -> EveryNetwork | None:
        """All that is measured, for a question about another day."""
        return self._join.networks

    @property
    def kept(self) -> int:
        """How many answers are kept."""
        return len(self._said)

    def forget(self) -> None:
        """Let go of what was said of names: it is worked out again for those who ask."""
        self._said.clear()
        self._first_beneath.clear()
        self._question.forget()

    def _file(self, register: str, listed: Sequence[Listing]) -> None:
        standings.prejudge(listed, register, self._question)
        for one in listed:
            for key in lookup.stored(one.selector):
                self._filed.setdefault(key, []).append(one)

    def answer(self, asked: str, selector: Selector, *, sideways: bool) -> Answer | None:
        """As `check` has it; None where the ledger has to be asked. `sideways`: also what is listed
        beside it, under one registrable domain."""
        if selector.kind in {Kind.CIDR, Kind.MASK}:
            return None
        probe = [*standings.probes(selector)]
        if sideways and (parent := standings.registrable(selector)):
            probe += [(key, lookup.How.BENEATH) for key in self._beneath(f".{parent}", probe)]
        known = [(key, how) for key, how in probe if key in self._filed]
        if sum(len(self._filed[key]) for key, _ in known) > _MOST_MET:
            return None
        service = service_of(self._catalogue, selector)
        signature = self._signature(selector, service, known)
        said = self._said.get(signature)
        if said is None:
            met = standings.met(selector, known, self._filed.__getitem__, self._question.registers)
            said = self._answer(selector, service, list(met))
            if len(self._said) >= _MOST_SAID:
                self.forget()
            self._said[signature] = said
        return msgspec.structs.replace(
            said, asked=asked, selector=selector, meant=meant(self._catalogue, asked, selector)
        )

    def _met(self, selector: Selector) -> Iterator[tuple[lookup.How, Listing]]:
        known = [(key, how) for key, how in standings.probes(selector) if key in self._filed]
        return standings.met(selector, known, self._filed.__getitem__, self._question.registers)

    def _signature(
        self, selector: Selector, service: Service | None, known: Sequence[tuple[str, lookup.How]]
    ) -> tuple[object, ...]:
        """What an answer rests on. What was said of another name that is met under the same keys in
        the same ways holds of this one too; of a URL its scheme counts, and all of it where it is
        listed itself; and of each part of a list whether the name is beyond it."""
        url = selector.kind == Kind.URL
        exact = any(how == lookup.How.EXACT_URL for _, how in known)
        return (
            *known,
            *self._join.rests_on(selector, service),
            selector.value if exact else url and selector.value.startswith("https://"),
            *(lookup.beyond(part, selector, ()) for part in self._parts),
        )

    def _beneath(self, suffix: str, probe: Iterable[tuple[str, lookup.How]]) -> list[str]:
        """The first keys of names beneath a domain, with those that the question looks under
        itself, in their order: as the ledger files them."""
        first = self._first_beneath.get(suffix)
        if first is None:
            if len(self._first_beneath) >= _MOST_FAMILIES:
                self._first_beneath.clear()
            first = self._first_beneath[suffix] = self._beneath_alone(suffix)
        own = {key for key, _ in probe if key.endswith(suffix) and key in self._filed}
        return sorted(k for k in own | {*first} if not k.startswith(lookup.UNREAD_KEY))

    def _beneath_alone(self, suffix: str) -> tuple[str, ...]:
        start = suffix[::-1]
        place = bisect_left(self._backwards, start)
        run = takewhile(
            lambda key: key.startswith(start),
            (self._backwards[n] for n in range(place, len(self._backwards))),
        )
        return tuple(nsmallest(MOST_BENEATH, (key[::-1] for key in run)))

    def _answer(
        self, selector: Selector, service: Service | None, met: standings.Meetings
    ) -> Answer:
        told = stated(selector, met, self._question)
        places = self._join.places(selector, service, told["registers"])
        return Answer(asked="", selector=selector, service=service, places=places, **told)
