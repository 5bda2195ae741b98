"""One name beside everything else that is known of it: its service, its network, reports."""

from collections.abc import Iterator, Mapping, Sequence
from typing import TYPE_CHECKING

import msgspec

from gatewatch.cases import agreement
from gatewatch.cases import lanes as told
from gatewatch.cases.case import Case, Network, OnRegister, WouldLift
from gatewatch.cases.fold import NOTHING_MEASURED, fold
from gatewatch.catalogue.suffixes import registrable
from gatewatch.model.jurisdiction import Jurisdiction
from gatewatch.model.lane import Lane, LaneName, Lanes
from gatewatch.model.message import message
from gatewatch.model.moment import Moment
from gatewatch.model.report import Reported
from gatewatch.model.selector import Kind, Selector
from gatewatch.model.service import Service
from gatewatch.model.states import Agreement, State
from gatewatch.query.listings import Name, OnRegisters, by_service, on_register
from gatewatch.query.standings import Meetings, RegisterAnswer, RegisterQuestion

if TYPE_CHECKING:
    from gatewatch.catalogue.facts import Catalogue
    from gatewatch.query.opened import OpenedLedger

_STATES = ["listed", "listed_in_part", "delisted", "insufficient", "not_listed", "none"]


class JurisdictionAnswer(msgspec.Struct, frozen=True, kw_only=True):
    """One jurisdiction: what is on paper there, what the network does, and the five lanes."""

    jurisdiction: Jurisdiction
    service: str | None
    """The id of the service that the name belongs to."""
    state: str | None
    """That service's state there, as its case tells it."""
    paper: str
    wire: str
    agreement: Agreement
    would_lift: WouldLift | None
    lanes: Lanes


class Join:
    """The other layers of some names at one moment: measurements and reports are asked for once."""

    def __init__(
        self,
        ledger: "OpenedLedger",
        catalogue: "Catalogue",
        question: RegisterQuestion,
        jurisdiction: Jurisdiction | None,
    ) -> None:
        self._ledger, self._catalogue, self._question = ledger, catalogue, question
        held = {r.jurisdiction for r in question.registers.values()}
        self._codes = [jurisdiction.code] if jurisdiction else sorted(held)
        self._registers: OnRegisters = {}
        self._networks: Mapping[tuple[str, str], Network] = {}
        self._reports: dict[tuple[str, str], Reported] = {}
        self._cases: dict[tuple[str, str], Case] = {}

    def prepare(
        self,
        asked: Sequence[Selector],
        services: Sequence[Service | None],
        met: Sequence[tuple[Name, Meetings]],
        networks: "EveryNetwork | None" = None,
    ) -> None:
        """Ask the ledger for what is measured and reported of the names. What belongs to a service
        is told as that service: measurements and lists meet by the name they mean. `networks`: all
        that is measured of every jurisdiction asked, where somebody holds it."""
        from gatewatch.query import measured, network, reports

        moment = self._question.moment
        pairs = list(zip(asked, services, strict=True))
        alone = {name for one, of in pairs if of is None and (name := measured_as(one))}
        ids = {service.id for service in services if service}
        self._registers = by_service(met, self._question)
        if networks is not None and not networks.covers(self._codes):
            networks = None
        if networks is not None:
            self._networks = networks.at(moment)
        else:
            self._networks = dict(measured.by_name(self._ledger, alone, self._codes, moment))
        if ids and networks is None:
            self._networks = {
                **self._networks,
                **network.by_service(self._ledger, self._catalogue, self._codes, moment, ids=ids),
            }
        self._reports = reports.reported(self._ledger, moment)
        if not self._codes:  # no register is held: what was measured tells of places
            self._codes = sorted({place for _, place in self._networks})

    def prepare_all(self, met: Sequence[tuple[Name, Meetings]]) -> None:
        """The same for whoever will ask of very many names: all that is measured and reported, and
        `met` of the names of all services."""
        from gatewatch.query import measured, network, reports

        moment, catalogue = self._question.moment, self._catalogue
        self._registers = by_service(met, self._question)
        self._networks = EveryNetwork(
            network.by_service(self._ledger, catalogue, self._codes, moment),
            measured.every_name(self._ledger, catalogue, self._codes, moment),
            self._codes,
        )
        self._reports = reports.reported(self._ledger, moment)

    @property
    def networks(self) -> "EveryNetwork | None":
        """All that is measured, once all is prepared."""
        return self._networks if isinstance(self._networks, EveryNetwork) else None

    def rests_on(self, selector: Selector, service: Service | None) -> tuple[str | None, ...]:
        """What of the other layers an answer is told by, once all is prepared: two names of which
        this and the listings are the same are told alike."""
        name = (measured_as(selector) or "").removeprefix("www.")
        if service:
            return (service.id, *(self._borrowed(selector, service, c) for c in self._codes))
        seen = any((name, code) in self._networks for code in self._codes)
        site = registrable(selector.host or "") if self._reports else None
        sent = any((site, code) in self._reports for code in self._codes)
        return (None, name if seen else None, site if sent else None)

    def places(
        self, selector: Selector, service: Service | None, by: Sequence[RegisterAnswer]
    ) -> tuple[JurisdictionAnswer, ...]:
        """What is known in each jurisdiction, the one that says most first."""
        found = [self._place(code, selector, service, by) for code in self._codes]
        return tuple(sorted(found, key=_rank))

    def _place(
        self,
        code: str,
        selector: Selector,
        service: Service | None,
        by: Sequence[RegisterAnswer],
    ) -> JurisdictionAnswer:
        mine = [on_register(one, self._question) for one in by if one.jurisdiction == code]
        name = service.id if service else measured_as(selector) or ""
        seen = self._networks.get((name, code), NOTHING_MEASURED)
        case = self._case(service, code) if service else None
        borrowed = self._borrowed(selector, service, code) if service else ""
        lanes = self._lanes(case, mine, seen, self._sent(selector, code), borrowed=borrowed)
        return JurisdictionAnswer(
            jurisdiction=Jurisdiction(code),
            service=service.id if service else None,
            state=str(case.state) if case else None,
            paper=agreement.paper(lanes),
            wire=agreement.wire(lanes),
            agreement=agreement.agreed(lanes),
            would_lift=case.would_lift if case else None,
            lanes=lanes,
        )

    def _borrowed(self, selector: Selector, service: Service, code: str) -> str:
        """The service's name, where its measurements tell of a name that itself was not
        measured."""
        seen = self._networks.get((service.id, code), NOTHING_MEASURED)
        bare = (measured_as(selector) or "").removeprefix("www.")
        return "" if seen.names & {bare, f"www.{bare}"} else service.name

    def _case(self, service: Service, code: str) -> Case:
        key = (service.id, code)
        if key not in self._cases:
            self._cases[key] = fold(
                self._catalogue,
                service,
                code,
                self._question.moment,
                registers=self._registers.get(key, ()),
                network=self._networks.get(key, NOTHING_MEASURED),
                reports=self._reports.get(key, Reported()),
            )
        return self._cases[key]

    def _sent(self, selector: Selector, code: str) -> Reported:
        """Reports of a site that is no service's."""
        site = registrable(selector.host or "")
        return self._reports.get((site, code), Reported()) if site else Reported()

    def _lanes(
        self,
        case: Case | None,
        mine: Sequence[OnRegister],
        seen: Network,
        sent: Reported,
        *,
        borrowed: str,
    ) -> Lanes:
        day = self._question.moment.day
        alone = not mine or all(map(told.blind, mine))
        listings = told.listings(mine, case.steps if case and alone else (), day)
        if case is None:
            return (*_NO_SERVICE, listings, told.network(seen), told.reports(sent, day))
        obligations, claims, *_, reports = case.lanes
        return (obligations, claims, listings, told.network(seen, borrowed), reports)


class EveryNetwork(Mapping[tuple[str, str], Network]):
    """Services, and every name by its family."""

    def __init__(
        self,
        services: Mapping[tuple[str, str], Network],
        families: Mapping[tuple[str, str], Network],
        codes: Sequence[str],
    ) -> None:
        """`codes`: the jurisdictions for which it was asked; of one alone it holds no other."""
        self._services, self._families, self._codes = services, families, codes

    def covers(self, codes: Sequence[str]) -> bool:
        """Whether it tells of these jurisdictions, which are to be known: the places where a name
        was measured are another question."""
        return bool(codes) and (len(self._codes) != 1 or list(codes) == list(self._codes))

    def at(self, moment: Moment) -> "EveryNetwork":
        """The same measurements at another moment, which saw as much published and recorded."""
        from gatewatch.query import measured

        services, families = (measured.at(one, moment) for one in (self._services, self._families))
        return EveryNetwork(services, families, self._codes)

    def __getitem__(self, here: tuple[str, str]) -> Network:
        if here in self._services:
            return self._services[here]
        return self._families[here[0].removeprefix("www."), here[1]]

    def __contains__(self, here: object) -> bool:
        if here in self._services:
            return True
        return isinstance(here, tuple) and (here[0].removeprefix("www."), here[1]) in self._families

    def __iter__(self) -> Iterator[tuple[str, str]]:
        yield from self._services
        yield from self._families

    def __len__(self) -> int:
        return len(self._services) + len(self._families)


def measured_as(selector: Selector) -> str | None:
    """The name under which probes measure it."""
    if selector.kind == Kind.URL:
        return selector.host
    return selector.value if selector.kind in {Kind.DOMAIN, Kind.IP} else None


def _rank(one: JurisdictionAnswer) -> tuple[int, int, bool, bool, int, str]:
    """Where it is or was listed, or was when last known, before where it never was; then where
    anything else is on record before where nothing is, and where a list may cover it."""
    listings = one.lanes[2]
    now, last = (_STATES.index(one) for one in (listings.state, listings.known_state))
    ever = _STATES.index("insufficient")
    return (
        min(now, ever),
        min(last, ever),
        one.state in {None, State.UNKNOWN},
        not listings.perhaps,
        now,
        one.jurisdiction.code,
    )


_NO_SERVICE = tuple(
    Lane(
        name=name,
        state="none",
        last_known=None,
        known_state="none",
        summary=message("it belongs to no service on record"),
    )
    for name in (LaneName.OBLIGATIONS, LaneName.CLAIMS)
)
