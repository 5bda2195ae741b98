"""Verdicts for reading: of a file that is not in any ledger, of a measurement held, or of many."""

from collections.abc import Iterator
from datetime import UTC
from enum import StrEnum
from typing import TYPE_CHECKING
from zoneinfo import ZoneInfo

import msgspec

from gatewatch.errors import MistakeError, SourceError, UsageError
from gatewatch.ledger.measurements import Measurements
from gatewatch.ledger.selection import MeasurementFilter, Picked, PickedRows, picked
from gatewatch.model.jurisdiction import Jurisdiction
from gatewatch.model.moment import Moment, period
from gatewatch.model.observation import Observed
from gatewatch.model.verdict import Verdict, VerdictState
from gatewatch.query import targets

if TYPE_CHECKING:
    from gatewatch.analysis.network.tools import JudgingSettings
    from gatewatch.catalogue.facts import Catalogue
    from gatewatch.query.opened import OpenedLedger

_MOST_NETWORKS = 1 << 32
"""Numbers of networks have 32 bits: RFC 6793."""


class MeasurementOrder(StrEnum):
    """How a list of measurements is sorted."""

    NEWEST = "newest"
    OLDEST = "oldest"
    HOST = "host"
    JURISDICTION = "jurisdiction"
    NETWORK = "network"


_SORTED = {
    MeasurementOrder.NEWEST: ("measurement_start_time", True),
    MeasurementOrder.OLDEST: ("measurement_start_time", False),
    MeasurementOrder.HOST: ("domain", False),
    MeasurementOrder.JURISDICTION: ("probe_cc", False),
    MeasurementOrder.NETWORK: ("probe_asn", False),
}
"""By which column, and whether from its end."""


class MeasurementSearch(msgspec.Struct, frozen=True, kw_only=True):
    """Which measurements are asked for, and in which order; what is None takes nothing away."""

    target: str | None = None
    """A host, or a service by any of its names."""
    jurisdiction: Jurisdiction | None = None
    network: int | None = None
    state: VerdictState | None = None
    since: str | None = None
    until: str | None = None
    """Made in [since, until): days or times, UTC."""
    order: MeasurementOrder = MeasurementOrder.NEWEST


class Explained(msgspec.Struct, frozen=True):
    """A measurement taken apart with what was concluded; `earlier` are verdicts by other rules."""

    observed: Observed
    verdict: Verdict
    earlier: tuple[Verdict, ...] = ()


def of_file(source: str, settings: "JudgingSettings | None" = None) -> Iterator[Explained]:
    """Judge the measurements of a file or folder, as `gatewatch ingest ooni` would read them."""
    # A site tells of verdicts and judges none: what judges is loaded for whoever does.
    from gatewatch.analysis.network.observe import observe
    from gatewatch.analysis.network.tools import PROJECT, tools
    from gatewatch.sources.measurements.lines import LineFault, inputs
    from gatewatch.sources.measurements.ooni import decode

    matcher, judge = tools(settings or PROJECT)
    for each in inputs(source):
        if each.passed_over:
            continue
        for line in each.lines():
            if isinstance(line, LineFault):
                raise SourceError(f"{line.where}: {line.reason}")
            observed = observe(decode(line.data, line.uid), matcher)
            yield Explained(observed, judge.judge(observed))


def of_uid(opened: "OpenedLedger", uid: str, moment: Moment | None = None) -> Explained:
    """What the ledger concluded of a measurement; a uid may be shortened. With a moment, by the
    verdict that was in force then, if the measurement had been made, published and recorded by its
    times."""
    held = Measurements(opened.store)
    named = held.measurement(uid, moment)
    if named is None:
        by = " by the times asked about" if moment and held.measurement(uid) else ""
        raise UsageError(
            f"{uid!r} is no file, and no measurement in the ledger at {opened.location} bears this name "
            f"or alone begins with it{by}"
        )
    *earlier, last = held.verdicts(named["uid"], moment.recorded_by if moment else None)
    return Explained(held.observed(named), last, tuple(earlier))


def network_number(text: str) -> int:
    """The number of a network, from 12389 or AS12389. Raises UsageError."""
    number = text.strip().upper().removeprefix("AS")
    if not (number.isascii() and number.isdecimal() and 0 < int(number) < _MOST_NETWORKS):
        raise MistakeError("'{text}' is not the number of a network: write AS12389", text=text)
    return int(number)


def many(
    opened: "OpenedLedger",
    catalogue: "Catalogue",
    wanted: MeasurementSearch,
    moment: Moment,
    *,
    limit: int,
    offset: int = 0,
) -> tuple[list[Picked], int]:
    """Measurements made, published and recorded by the times of a moment, each with the verdict
    that counts for it, and how many there are in all."""
    order, descending = _SORTED[wanted.order]
    return picked(
        opened.store,
        _filter(opened, catalogue, wanted, moment),
        order=order,
        descending=descending,
        limit=limit,
        offset=offset,
    )


def listed(
    opened: "OpenedLedger",
    catalogue: "Catalogue",
    wanted: MeasurementSearch,
    moment: Moment,
    *,
    most: int,
) -> PickedRows:
    """The same as a list, the first so many, of which only what is asked for is read."""
    order, descending = _SORTED[wanted.order]
    asked = _filter(opened, catalogue, wanted, moment)
    return PickedRows(opened.store, asked, order=order, descending=descending, most=most)


def _filter(
    opened: "OpenedLedger", catalogue: "Catalogue", wanted: MeasurementSearch, moment: Moment
) -> MeasurementFilter:
    equal: dict[str, str | int] = {}
    if wanted.jurisdiction:
        equal["probe_cc"] = wanted.jurisdiction.code
    if wanted.network:
        equal["probe_asn"] = wanted.network
    if wanted.state:
        equal["state"] = str(wanted.state)
    since, until = period(wanted.since, wanted.until, UTC)
    return MeasurementFilter(
        equal=equal,
        about=targets.of(opened, catalogue, wanted.target).names if wanted.target else None,
        since=since,
        until=until,
        made_by=moment.span(ZoneInfo("UTC"))[1],
        as_of=moment.as_of,
        recorded_by=moment.recorded_by,
    )
