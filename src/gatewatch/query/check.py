"""Is it restricted? For a domain, URL, address or app: what each of the five layers says."""

from collections.abc import Mapping, Sequence
from typing import TYPE_CHECKING

import msgspec

from gatewatch.analysis.registers import listings as fold
from gatewatch.analysis.registers import standing
from gatewatch.analysis.registers.index import Index
from gatewatch.analysis.registers.standing import ListingState
from gatewatch.errors import UsageError
from gatewatch.model import selector as selectors
from gatewatch.model.display import Displayed
from gatewatch.model.jurisdiction import Jurisdiction
from gatewatch.model.lane import Lanes
from gatewatch.model.moment import Moment
from gatewatch.model.register import Register
from gatewatch.model.selector import Kind, Selector
from gatewatch.model.service import Service
from gatewatch.query import standings
from gatewatch.query.joined import Join, JurisdictionAnswer
from gatewatch.query.listings import names_of
from gatewatch.query.moments import of_all
from gatewatch.query.standings import RegisterAnswer

if TYPE_CHECKING:
    from gatewatch.catalogue.facts import Catalogue
    from gatewatch.query.opened import OpenedLedger

_FEW = 3
"""Up to how many selectors at once are told with what lies beside them; more are a list."""


class Answer(Displayed, msgspec.Struct, frozen=True, kw_only=True):
    """Is it listed? By each register and over all of them; and what the other layers say.

    From `Ledger.check`. `to_dict()` is what `gatewatch check --format json` prints.
    """

    asked: str
    selector: Selector
    state: str
    """Over all registers asked: listed, listed_in_part, not_listed or insufficient."""
    moment: Moment
    registers: tuple[RegisterAnswer, ...]
    service: Service | None = None
    """Whose name it is."""
    places: tuple[JurisdictionAnswer, ...] = ()
    """By jurisdiction, the one that says most first."""
    declared: Mapping[str, Register] = {}
    """The registers asked, by their ids, as the ledger holds their declarations."""

    @property
    def lanes(self) -> Lanes:
        """The five lanes of the jurisdiction that says most."""
        return self.places[0].lanes if self.places else ()


class Refused(msgspec.Struct, frozen=True):
    """A line of many that is no selector: it costs nobody else their answer."""

    asked: str
    line: int
    """Which of those asked it was, from 1."""
    error: str


def check(
    ledger: "OpenedLedger",
    asked: Sequence[str],
    moment: Moment,
    jurisdiction: Jurisdiction | None = None,
    catalogue: "Catalogue | None" = None,
) -> list[Answer]:
    """An answer for each; UsageError for what is no selector. `catalogue`: of whose services names
    are told; the shipped one and the user's own where it is left out."""
    parsed = [selectors.parse(text) for text in asked]
    return _answers(ledger, list(zip(asked, parsed, strict=True)), moment, jurisdiction, catalogue)


def check_each(
    ledger: "OpenedLedger",
    asked: Sequence[str],
    moment: Moment,
    jurisdiction: Jurisdiction | None = None,
    catalogue: "Catalogue | None" = None,
    *,
    joined: bool = True,
) -> list[Answer | Refused]:
    """As `check`, with a bad line in its place and not in the way of others.

    Not `joined`: what the registers say alone, and no `places`, for whoever tells no more."""
    good: list[tuple[str, Selector]] = []
    bad: dict[int, Refused] = {}
    for place, text in enumerate(asked):
        try:
            good.append((text, selectors.parse(text)))
        except UsageError as fault:
            bad[place] = Refused(text, place + 1, str(fault))
    told = iter(
        _answers(ledger, good, moment, jurisdiction, catalogue, joined=joined) if good else ()
    )
    return [bad[place] if place in bad else next(told) for place in range(len(asked))]


def _answers(
    ledger: "OpenedLedger",
    asked: list[tuple[str, Selector]],
    moment: Moment,
    jurisdiction: Jurisdiction | None,
    catalogue: "Catalogue | None",
    *,
    joined: bool = True,
) -> list[Answer]:
    from gatewatch.query.facts import facts_for

    known = catalogue or facts_for(ledger, moment).catalogue
    moment = of_all(ledger, moment)
    question = standings.question(ledger, moment, jurisdiction)
    given = [selector for _, selector in asked]
    services = [service_of(known, selector) for selector in given]
    names = [one for service in _each(services) for one in names_of(service)]
    found = standings.met(
        ledger,
        [*given, *(one.selector for one in names)],
        moment,
        question.registers,
        sideways=given if len(given) <= _FEW else (),
    )
    join = Join(ledger, known, question, jurisdiction) if joined else None
    if join:
        join.prepare(given, services, list(zip(names, found[len(given) :], strict=True)))
    by_register = [standings.answers(met, question) for met in found[: len(given)]]
    return [
        Answer(
            asked=text,
            selector=selector,
            state=standing.overall([ListingState(by.state) for by in told]),
            moment=moment,
            registers=told,
            service=service,
            places=join.places(selector, service, told) if join else (),
            declared=question.registers,
        )
        for (text, selector), service, told in zip(asked, services, by_register, strict=True)
    ]


def _each(services: Sequence[Service | None]) -> list[Service]:
    return list({one.id: one for one in services if one}.values())


def service_of(catalogue: "Catalogue", selector: Selector) -> Service | None:
    """The service that a host, an address or an app belongs to."""
    if selector.kind == Kind.APP:
        name = selector.value.removeprefix("*.").casefold()
        apps = (
            (one, {app.casefold() for app in (*one.apps.google_play, *one.apps.app_store)})
            for one in catalogue.services.values()
        )
        return next((one for one, named in apps if name in named), None)
    host = selector.host if selector.kind == Kind.URL else selector.value.removeprefix("*.")
    return catalogue.service_of(host) if host else None


def index(
    ledger: "OpenedLedger",
    moment: Moment,
    jurisdiction: Jurisdiction | None = None,
    *,
    last_known: bool = False,
) -> Index:
    """All that stands at a moment, in memory: for checking thousands of selectors a second.
    `last_known`: as each register was when last published by then."""
    question = standings.question(ledger, moment, jurisdiction)
    held = question.held
    spans = {name: moment.span(at.zone) for name, at in held.items()}
    if last_known:
        held = {name: standings.last_of(at) for name, at in held.items()}
        spans = {n: (at.before, at.before) if at.before else spans[n] for n, at in held.items()}
    built = Index(
        [standing.combine([], *spans[name], held[name])[0] for name in question.registers]
    )
    by = ledger.history_of.bounds(moment)
    for name, register in question.registers.items():
        for owner, group in fold.by_entry(ledger.history_of.events(name, by=by)):
            versions = fold.versions(group)
            for listing in (*fold.listings(*owner, versions), *fold.unread(*owner, versions)):
                built.add(listing, register, held[name], spans[name])
    return built
