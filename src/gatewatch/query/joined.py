"""One name beside everything else that is known of it: its service, its network, reports."""

from collections.abc import Sequence
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
        self._networks: dict[tuple[str, str], Network] = {}
        self._reports: dict[tuple[str, str], Reported] = {}
        self._cases: dict[tuple[str, str], Case] = {}

    def prepare(
        self,
        asked: Sequence[Selector],
        services: Sequence[Service | None],
        met: Sequence[tuple[Name, Meetings]],
    ) -> None:
        """Ask the ledger for what is measured and reported of the names. What belongs to a service
        is told as that service: measurements and lists meet by the name they mean."""
        from gatewatch.query import measured, network, reports

        moment = self._question.moment
        pairs = list(zip(asked, services, strict=True))
        alone = {name for one, of in pairs if of is None and (name := measured_as(one))}
        ids = {service.id for service in services if service}
        self._registers = by_service(met, self._question)
        self._networks = dict(measured.by_name(self._ledger, alone, self._codes, moment))
        if ids:
            self._networks |= network.by_service(
                self._ledger, self._catalogue, self._codes, moment, ids=ids
            )
        self._reports = reports.reported(self._ledger, moment)

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
        lanes = self._lanes(case, mine, seen, self._sent(selector, code))
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

    def _case(self, service: Service, code: str) -> Case:
        key = (service.id, code)
        if key not in self._cases:
            moment = self._question.moment
            self._cases[key] = fold(
                self._catalogue,
                service,
                code,
                valid_at=moment.day,
                as_of=moment.published_day,
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
        self, case: Case | None, mine: Sequence[OnRegister], seen: Network, sent: Reported
    ) -> Lanes:
        day = self._question.moment.day
        alone = not mine or all(map(told.blind, mine))
        listings = told.listings(mine, case.steps if case and alone else (), day)
        if case is None:
            return (*_NO_SERVICE, listings, told.network(seen), told.reports(sent, day))
        obligations, claims, *_, reports = case.lanes
        return (obligations, claims, listings, told.network(seen), reports)


def measured_as(selector: Selector) -> str | None:
    """The name under which probes measure it."""
    if selector.kind == Kind.URL:
        return selector.host
    return selector.value if selector.kind in {Kind.DOMAIN, Kind.IP} else None


def _rank(one: JurisdictionAnswer) -> tuple[int, int, bool, str]:
    """Where it is listed, or was when last known, before where it is not."""
    listings = one.lanes[2]
    return (
        _STATES.index(listings.state),
        _STATES.index(listings.known_state),
        one.state in {None, State.UNKNOWN},
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
