"""Is it restricted? For a domain, URL, address or app: what each of the five layers says."""

from collections.abc import Sequence
from datetime import date
from ipaddress import IPv4Network, IPv6Network, ip_address, ip_network
from typing import TYPE_CHECKING

from gatewatch.analysis.registers.standing import ListingState
from gatewatch.model import selector as selectors
from gatewatch.model.display import Displayed
from gatewatch.model.jurisdiction import Jurisdiction
from gatewatch.model.lane import Lane, LaneName, Lanes, lane
from gatewatch.model.moment import Moment
from gatewatch.model.selector import Kind, Selector
from gatewatch.model.service import Service
from gatewatch.query import standings
from gatewatch.query.facts import facts_for
from gatewatch.query.joined import EveryNetwork, Join, JurisdictionAnswer
from gatewatch.query.listings import names_of
from gatewatch.query.moments import of_all
from gatewatch.query.registered import OfRegisters, Refused, in_their_places, meet, stated

if TYPE_CHECKING:
    from gatewatch.catalogue.facts import Catalogue
    from gatewatch.query.opened import OpenedLedger


class Answer(Displayed, OfRegisters, frozen=True, kw_only=True):
    """Is it listed? By each register and over all of them; and what the other layers say.

    From `Ledger.check`. `to_dict()` is what `gatewatch check --format json` prints.
    """

    service: Service | None = None
    """Whose name it is."""
    meant: str | None = None
    """The id of a service that is called so, of what was taken for a host."""
    places: tuple[JurisdictionAnswer, ...] = ()
    """By jurisdiction, the one that says most first."""

    @property
    def lanes(self) -> Lanes:
        """The five lanes of the jurisdiction that says most."""
        return self.places[0].lanes if self.places else ()

    @property
    def states(self) -> dict[str, list[str]]:
        """Jurisdictions by what their lists say on the day, in the order of `places`."""
        found: dict[str, list[str]] = {}
        for one in self.places:
            state = lane(one.lanes, LaneName.LISTINGS).state
            found.setdefault(state, []).append(one.jurisdiction.code)
        return found

    @property
    def on_lists(self) -> Lane | None:
        """The listings lane by which the state is told, and what was last known; where registers
        leave it open perhaps by sources. None without a jurisdiction that tells it."""
        same = {ListingState.NOT_LISTED: ("not_listed", "delisted")}
        wanted = same.get(ListingState(self.state), (self.state,))
        told = [lane(one.lanes, LaneName.LISTINGS) for one in self.places]
        leaves_open = self.state == ListingState.INSUFFICIENT
        return next(
            (one for one in told if one.state in wanted or (leaves_open and one.by_sources)), None
        )

    @property
    def known_state(self) -> str:
        """The state on `last_known`, where `state` is insufficient (then perhaps delisted or, by
        sources alone, another); else the same."""
        told = self.on_lists
        left_open = self.state == ListingState.INSUFFICIENT
        return told.known_state if told and left_open else self.state

    @property
    def last_known(self) -> date | None:
        """The day of the last evidence of `known_state`."""
        return self.on_lists.last_known if self.on_lists else None

    @property
    def by_sources(self) -> bool:
        """Whether `known_state` is what sources say of a list, where no register held tells it."""
        return self.on_lists is not None and self.on_lists.by_sources


def check(
    ledger: "OpenedLedger",
    asked: Sequence[str],
    moment: Moment,
    jurisdiction: Jurisdiction | None = None,
    catalogue: "Catalogue | None" = None,
    *,
    sideways: bool | None = None,
    networks: EveryNetwork | None = None,
) -> list[Answer]:
    """An answer for each; UsageError for what is no selector. `catalogue`: of whose services names
    are told; the shipped one and the user's own where it is left out. `sideways`: also what is
    listed beside a name, under one registrable domain; of up to `FEW` names where it is left
    out. `networks`: all that is measured in every jurisdiction, published and recorded by the
    moment, where the asker holds it: to find it of one name takes as long."""
    parsed = [selectors.parse(text) for text in asked]
    return _answers(
        ledger,
        list(zip(asked, parsed, strict=True)),
        moment,
        jurisdiction,
        catalogue=catalogue,
        sideways=sideways,
        networks=networks,
    )


def check_each(
    ledger: "OpenedLedger",
    asked: Sequence[str],
    moment: Moment,
    jurisdiction: Jurisdiction | None = None,
    catalogue: "Catalogue | None" = None,
) -> list[Answer | Refused]:
    """As `check`, with a bad line in its place and not in the way of others."""
    return in_their_places(
        asked, lambda good: _answers(ledger, good, moment, jurisdiction, catalogue=catalogue)
    )


def _answers(
    ledger: "OpenedLedger",
    asked: Sequence[tuple[str, Selector]],
    moment: Moment,
    jurisdiction: Jurisdiction | None,
    catalogue: "Catalogue | None",
    sideways: bool | None = None,
    networks: EveryNetwork | None = None,
) -> list[Answer]:
    known = catalogue or facts_for(ledger, moment).catalogue
    question = standings.question(ledger, of_all(ledger, moment), jurisdiction)
    given = [selector for _, selector in asked]
    services = [service_of(known, selector) for selector in given]
    names = [one for service in _each(services) for one in names_of(service)]
    found = meet(ledger, question, given, [one.selector for one in names], sideways=sideways)
    join = Join(ledger, known, question, jurisdiction)
    join.prepare(given, services, list(zip(names, found[len(given) :], strict=True)), networks)
    by_registers = [
        stated(selector, met, question)
        for selector, met in zip(given, found[: len(given)], strict=True)
    ]
    return [
        Answer(
            asked=text,
            selector=selector,
            service=service,
            meant=meant(known, text, selector),
            places=join.places(selector, service, said["registers"]),
            **said,
        )
        for (text, selector), service, said in zip(asked, services, by_registers, strict=True)
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
    if selector.kind == Kind.CIDR:
        return _alone_in(catalogue, ip_network(selector.value))
    host = selector.host if selector.kind == Kind.URL else selector.value.removeprefix("*.")
    return catalogue.service_of(host) if host else None


def _alone_in(catalogue: "Catalogue", network: IPv4Network | IPv6Network) -> Service | None:
    """The one service that has declared addresses in a network."""
    inside = {id_ for address, id_ in catalogue.addresses.items() if ip_address(address) in network}
    return catalogue.services[inside.pop()] if len(inside) == 1 else None


def meant(catalogue: "Catalogue", asked: str, selector: Selector) -> str | None:
    """The id of the service that is called so, where what was asked is taken for a host of one
    label: few mean that."""
    if selector.kind != Kind.DOMAIN or "." in selector.value:
        return None
    return catalogue.by_name.get(asked.strip().casefold())
