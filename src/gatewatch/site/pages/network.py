"""What the network did, for people: episodes, one measurement in steps, registers beside the
network."""

import re
from collections.abc import Callable
from datetime import date
from functools import partial
from typing import Annotated, Any

import msgspec
from litestar import Request, Response, get
from litestar.params import FromPath, FromQuery, QueryParameter
from litestar.types import AnyCallable

from gatewatch.draw import episodes as tracked
from gatewatch.draw import measurement as stepped
from gatewatch.errors import UsageError
from gatewatch.ledger.measurements import MeasuredNetwork, Measurements
from gatewatch.ledger.tallies import Member, jurisdictions
from gatewatch.model.jurisdiction import Jurisdiction
from gatewatch.model.message import Message, message
from gatewatch.model.moment import Moment
from gatewatch.model.states import Agreement
from gatewatch.model.verdict import VerdictState
from gatewatch.query import episodes, targets, verdicts
from gatewatch.query import reconciliation as reconcile
from gatewatch.query.ledger import Ledger
from gatewatch.query.moments import of_all
from gatewatch.query.verdicts import MeasurementOrder, MeasurementSearch
from gatewatch.records import episodes as episode_records
from gatewatch.records import reconciliation as reconciliation_records
from gatewatch.records import verdicts as verdict_records
from gatewatch.site.api.network import explained, of_the_day
from gatewatch.site.caching import repository_of
from gatewatch.site.paging import ListPart, part
from gatewatch.site.problem import ProblemError
from gatewatch.site.render import Picture, both_widths, lang_of, page_reply
from gatewatch.site.repository import Repository
from gatewatch.site.subjects import place_of
from gatewatch.site.times import RequestTimes, Times
from gatewatch.words.shown import last_reconciled

_A_PAGE = 100
_A_PART = 30
"""Measurements on a page of the list of all."""
_DRAWN = 20
_EXPLORER = "https://explorer.ooni.org/m/"
_BY_OONI = re.compile(r"20[0-9]{12}\.[0-9]{6}_[A-Z]{2}_[a-z0-9]+_[0-9a-f]{16}")
"""Time, country, test and a digest: github.com/ooni/spec, backends/bk-003-collector.md."""


class NetworkPage(msgspec.Struct, frozen=True):
    """Episodes and silences of one jurisdiction, or of all."""

    code: str | None
    places: list[str]
    """Jurisdictions in which anything was measured."""
    measured: int
    day: date | None
    """The last day on which anything was measured, where that is over."""
    total: int
    """Episodes, of which `rows` are the newest."""
    rows: list[dict[str, Any]]
    """As `records.episodes.row` gives them."""
    everywhere: list[dict[str, Any]]
    """What began everywhere at once, likewise."""
    silences: list[dict[str, Any]]
    picture: Picture | None


class MeasuredNetworkPage(msgspec.Struct, frozen=True):
    """One network: how much was measured from it, and the episodes that it is part of."""

    asn: int
    measured: list[MeasuredNetwork]
    """By jurisdiction."""
    rows: list[dict[str, Any]]
    """Episodes, as `records.episodes.row` gives them, the newest first."""


class MeasurementsPage(msgspec.Struct, frozen=True, kw_only=True):
    """Measurements by what they are of, in the order of `sort`."""

    target: str
    code: str
    asn: str
    verdict: str
    since: str
    until: str
    verdicts: tuple[str, ...]
    sort: str
    places: list[str]
    rows: list[dict[str, Any]]
    """As `records.verdicts.picked_row` gives them."""
    part: ListPart


class EpisodePage(msgspec.Struct, frozen=True):
    """Every episode of one host in one jurisdiction."""

    target: str
    code: str
    rows: list[dict[str, Any]]
    everywhere: list[dict[str, Any]]
    """What began everywhere at once, this country among others."""
    lasted: list[bool]
    """Of each, whether it lasted on the day asked about, or may have."""
    members: list[Member]
    """Of the last that did, the newest."""
    picture: Picture


class MeasurementPage(msgspec.Struct, frozen=True):
    """One measurement in steps, each beside its control."""

    row: dict[str, Any]
    """As `records.verdicts.row` gives it."""
    steps: list[stepped.StepLine]
    picture: Picture
    explorer: str | None
    """Its address at OONI Explorer, where its uid is one that OONI gave."""


class ReconcilePage(msgspec.Struct, frozen=True, kw_only=True):
    """Registers beside the network, target by target."""

    places: list[str]
    code: str
    target: str | None
    state: Agreement | None
    states: list[str]
    shown: Message | None
    """Which day is shown, where none was asked for: the last that lists and network reach."""
    day: date | None
    """That day."""
    rows: list[dict[str, Any]]
    counts: dict[str, int]
    unreached: tuple[str, ...]
    as_last: dict[str, date]
    """Registers that are told as last published, with the day of that list."""
    picture: Picture | None


def _page(path: str) -> AnyCallable:
    return get(path, include_in_schema=False, sync_to_thread=True)


@_page("/network")
def network(
    request: Request[Any, Any, Any], times: Times, jurisdiction: FromQuery[str | None] = None
) -> Response[bytes]:
    """Episodes and silences, with how much was measured."""
    code, lang = place_of(jurisdiction) if jurisdiction else None, lang_of(request)

    def context(ledger: Ledger) -> NetworkPage:
        record = record_of(ledger, times, code)
        every = record_of(ledger, times) if code else record
        found = sorted(
            of_the_day(record.episodes, times), key=lambda e: e.onset_latest, reverse=True
        )
        picture = None
        if record.judged:
            picture = both_widths(partial(tracked.of_episodes, record), "e", lang)
        return NetworkPage(
            code=code,
            places=_places(every),
            measured=record.judged,
            day=_last_measured(record, times),
            total=len(found),
            rows=[episode_records.row(e) for e in found[:_A_PAGE]],
            everywhere=[episode_records.row(e) for e in of_the_day(record.everywhere, times)],
            silences=[episode_records.silence_row(s) for s in of_the_day(record.silences, times)],
            picture=picture,
        )

    return page_reply(request, times.of_all_days(), "network.html", context)


@_page("/network/{asn:str}")
def network_of(
    request: Request[Any, Any, Any], times: Times, asn: FromPath[str]
) -> Response[bytes]:
    """One network, with the episodes that it is part of."""
    number = _network_number(asn)

    def context(ledger: Ledger) -> MeasuredNetworkPage:
        moment = of_all(ledger, Moment.parse(None, times.moment.as_of, times.recorded_by))
        held = Measurements(ledger.store).networks(moment)
        measured = [one for one in held if one.asn == number]
        if not measured:
            raise ProblemError(
                404,
                message(
                    "nothing was measured from AS{number}, by what is held here", number=str(number)
                ),
            )
        found = [
            one
            for place in sorted({n.jurisdiction for n in measured})
            for one in of_the_day(
                episodes.Record(ledger, moment, jurisdiction=place).episodes, times
            )
            if number in one.networks
        ]
        found.sort(key=lambda e: e.onset_latest, reverse=True)
        return MeasuredNetworkPage(
            number, measured, [episode_records.row(e) for e in found[:_A_PAGE]]
        )

    return page_reply(request, times.of_all_days(), "asn.html", context)


def record_of(ledger: Ledger, times: RequestTimes, code: str | None = None) -> episodes.Record:
    """What was measured and published by the time asked about, in one jurisdiction or in all."""
    moment = of_all(ledger, Moment.parse(None, times.moment.as_of, times.recorded_by))
    return episodes.Record(ledger, moment, jurisdiction=code)


def _network_number(text: str) -> int:
    try:
        return verdicts.network_number(text)
    except UsageError as fault:
        raise ProblemError(404, fault) from None


@_page("/measurements")
def measurements(
    request: Request[Any, Any, Any],
    times: Times,
    target: FromQuery[str] = "",
    jurisdiction: FromQuery[str] = "",
    network: FromQuery[str] = "",
    verdict: FromQuery[str] = "",
    since: FromQuery[str] = "",
    until: FromQuery[str] = "",
    sort: FromQuery[str] = MeasurementOrder.NEWEST,
    offset: Annotated[int, QueryParameter(ge=0, le=100_000)] = 0,
) -> Response[bytes]:
    """Measurements with the verdict that counts for each, some on a page."""
    repository = repository_of(request)
    if verdict and verdict not in set(VerdictState):
        raise ProblemError(
            400, message("{name} is one of {known}", name="verdict", known=", ".join(VerdictState))
        )
    if sort not in set(MeasurementOrder):
        raise ProblemError(
            400, message("{name} is one of {known}", name="sort", known=", ".join(MeasurementOrder))
        )
    place = place_of(jurisdiction) if jurisdiction else ""
    asn = _network_number(network) if network else None
    wanted = MeasurementSearch(
        target=target or None,
        jurisdiction=Jurisdiction.parse(place) if place else None,
        network=asn,
        state=VerdictState(verdict) if verdict else None,
        since=since or None,
        until=until or None,
        order=MeasurementOrder(sort),
    )

    def context(ledger: Ledger) -> MeasurementsPage:
        catalogue = repository.facts(times.moment).catalogue
        found, total = verdicts.many(
            ledger, catalogue, wanted, times.moment, limit=_A_PART, offset=offset
        )
        return MeasurementsPage(
            target=target,
            code=place,
            asn=f"AS{asn}" if asn else "",
            verdict=verdict,
            since=since,
            until=until,
            verdicts=tuple(map(str, VerdictState)),
            sort=sort,
            places=jurisdictions(ledger.store)
            if total or place or asn or verdict or target or since or until
            else [],
            rows=[verdict_records.picked_row(one) for one in found],
            part=part(total, offset, _A_PART),
        )

    return page_reply(request, times, "measurements.html", context)


@_page("/episode/{code:str}/{target:str}")
def episode(
    request: Request[Any, Any, Any], times: Times, code: FromPath[str], target: FromPath[str]
) -> Response[bytes]:
    """Every episode of one host in one jurisdiction, with the measurements it rests on."""
    place, lang = place_of(code), lang_of(request)

    def context(ledger: Ledger) -> EpisodePage:
        moment = of_all(ledger, Moment.parse(None, times.moment.as_of, times.recorded_by))
        asked = targets.Targets(names=(target,), endpoints=True)
        record = episodes.Record(ledger, moment, asked, place)
        if not record.judged:
            raise ProblemError(
                404,
                message(
                    "{target} was not measured in {place}, which says nothing about it",
                    target=target,
                    place=Jurisdiction(place),
                ),
            )
        lasted = of_the_day(record.episodes, times)
        members = [m for one in lasted[-1:] for m in record.members(one)]
        return EpisodePage(
            target=target,
            code=place,
            rows=[episode_records.row(e) for e in record.episodes],
            everywhere=[episode_records.row(e) for e in record.everywhere],
            lasted=[e in lasted for e in record.episodes],
            members=members[-_A_PAGE:],
            picture=both_widths(lambda **how: tracked.of_episodes(record, **how), "e", lang),
        )

    return page_reply(request, times.of_all_days(), "episode.html", context)


@_page("/measurement/{uid:str}")
def measurement(
    request: Request[Any, Any, Any], times: Times, uid: FromPath[str]
) -> Response[bytes]:
    """One measurement in steps, each beside its control."""
    lang = lang_of(request)

    def context(ledger: Ledger) -> MeasurementPage:
        found = explained(ledger, uid, times.moment)
        whole = found.observed.measurement.uid
        return MeasurementPage(
            row=verdict_records.row(found),
            steps=stepped.lines(found),
            picture=both_widths(lambda **how: stepped.picture(found, **how), "m", lang),
            explorer=f"{_EXPLORER}{whole}" if _BY_OONI.fullmatch(whole) else None,
        )

    return page_reply(request, times, "measurement.html", context)


@_page("/reconcile")
def reconciled(
    request: Request[Any, Any, Any],
    times: Times,
    jurisdiction: FromQuery[str | None] = None,
    target: FromQuery[str | None] = None,
    agreement: FromQuery[str | None] = None,
) -> Response[bytes]:
    """Registers beside the network, target by target."""
    repository, lang = repository_of(request), lang_of(request)
    state = agreement_named(agreement)
    chosen = place_of(jurisdiction) if jurisdiction else None
    places = sorted({str(r.jurisdiction) for r in repository.registers().values()})

    def context(ledger: Ledger) -> ReconcilePage:
        page = ReconcilePage(
            places=places,
            code=chosen or _measured_most(ledger, places),
            target=target,
            state=state,
            states=[str(one) for one in Agreement],
            shown=None,
            day=None,
            rows=[],
            counts={},
            unreached=(),
            as_last={},
            picture=None,
        )
        return _filled(page, repository, ledger, times, lang=lang) if places else page

    return page_reply(request, times, "reconcile.html", context)


def agreement_named(text: str | None) -> Agreement | None:
    """How lists and network stand together, as it is asked for; 400 for what is none."""
    if text and text not in set(Agreement):
        raise ProblemError(
            400, message("{name} is one of {known}", name="agreement", known=", ".join(Agreement))
        )
    return Agreement(text) if text else None


def _measured_most(ledger: Ledger, places: list[str]) -> str:
    """Of the jurisdictions with a register the one with most measurements, else the first."""
    held = episodes.Record(ledger, of_all(ledger, Moment.parse())).places
    seen = {place: held[place].days if place in held else 0 for place in places}
    return max(seen, key=lambda place: seen[place], default="")


def _last_measured(record: episodes.Record, times: RequestTimes) -> date | None:
    """The last day on which anything was measured, if that is over."""
    last = max((one.last for one in record.places.values()), default=None)
    return last if last and last < times.moment.as_of.date() else None


def _places(record: episodes.Record) -> list[str]:
    """Jurisdictions in which anything was measured."""
    return sorted(record.places)


class ReconciledDay(msgspec.Struct, frozen=True):
    """Registers beside the network of a jurisdiction on a day, and how that is drawn."""

    day: date | None
    """The day shown, where none was asked for."""
    told: reconcile.Reconciliation
    found: list[reconcile.Reconciled]
    draw: Callable[..., str]
    """Takes `narrow` and `language`."""


def reconciled_day(
    repository: Repository,
    ledger: Ledger,
    times: RequestTimes,
    *,
    code: str,
    target: str | None = None,
    state: Agreement | None = None,
) -> ReconciledDay:
    """Of a host or a service, and of one state, if they are named."""
    moment = of_all(ledger, times.moment)
    told_of = moment if times.valid_at else reconcile.last_covered(ledger, code, moment)
    day = told_of.day if told_of != moment else None
    read: dict[str, Any] = {
        "valid_at": told_of.valid_at,
        "as_of": times.moment.as_of,
        "recorded_by": times.recorded_by,
    }
    catalogue = repository.facts(times.moment).catalogue
    about = targets.of(ledger, catalogue, target or None)
    told = reconcile.report(ledger, code, targets=about, **read)
    found = list(reconcile.reconciled(ledger, told, state=state, limit=_A_PAGE))
    draw = partial(tracked.of_reconciled, ledger, told, found[:_DRAWN], **read)
    return ReconciledDay(day, told, found, draw)


def _filled(
    page: ReconcilePage, repository: Repository, ledger: Ledger, times: RequestTimes, lang: str
) -> ReconcilePage:
    one = reconciled_day(
        repository, ledger, times, code=page.code, target=page.target, state=page.state
    )
    return msgspec.structs.replace(
        page,
        shown=last_reconciled(one.day, measured=one.told.measured) if one.day else None,
        day=one.day,
        rows=[reconciliation_records.row(each) for each in one.found],
        counts=one.told.counts(),
        unreached=one.told.unreached,
        as_last=one.told.as_last,
        picture=both_widths(one.draw, "r", lang) if one.found else None,
    )


ROUTES = (network, network_of, measurements, episode, measurement, reconciled)
