"""Whether what a register lists is enforced, month by month, with how far that is known."""

from collections.abc import Iterator, Mapping
from datetime import UTC, date, datetime, timedelta, tzinfo
from statistics import median
from typing import TYPE_CHECKING, Any

import msgspec

from gatewatch.analysis.network.agreement import FRESH
from gatewatch.analysis.network.shares import CountedShare
from gatewatch.errors import MistakeError
from gatewatch.ledger import orders
from gatewatch.ledger.measurements import Measurements
from gatewatch.ledger.schema import moment_of
from gatewatch.model.documentation import all_invented
from gatewatch.model.moment import Moment
from gatewatch.model.register import Register
from gatewatch.query.episodes import Record
from gatewatch.query.moments import of_all
from gatewatch.query.orders import measured_of, members_of
from gatewatch.query.reconciliation import report
from gatewatch.query.targets import Targets

if TYPE_CHECKING:
    from gatewatch.query.opened import OpenedLedger

MOST_MONTHS = 36
_HOURS = 24.0
_LISTED = ("listed_blocked", "listed_reachable")


class Lag(msgspec.Struct, frozen=True):
    """Days from delisting to access, of names that were blocked while they were listed."""

    freed: int
    """How many were delisted in the month and are reachable again."""
    least: float | None
    most: float | None
    """The medians of the least and of the most days that the brackets allow."""
    blocked: int
    """How many were delisted in the month and are blocked still, by the last measurements."""


class EnforcementMonth(msgspec.Struct, frozen=True, kw_only=True):
    """A register beside the network at the end of a month, or at the moment where the month is not
    over. Only names that were measured within a week count."""

    month: date
    """Its first day. A month is one of the register's own zone."""
    at: datetime
    enforced: CountedShare
    """Of the listed names that were measured, those that a block stood on."""
    networks: int
    """Networks that measured any of them within a week of `at`."""
    unlisted: CountedShare
    """Of the names on which a block stood in the jurisdiction, those on none of its lists."""
    unlisted_networks: int
    """Networks that measured any of those."""
    lag: Lag
    invented: bool = False
    """What was measured in the jurisdiction was invented for show."""

    @property
    def told(self) -> bool:
        """Whether anything was measured that it could tell of."""
        return bool(self.enforced.whole or self.unlisted.whole or self.lag.freed + self.lag.blocked)


def enforcement(
    ledger: "OpenedLedger", register: str, moment: Moment, months: int = 12
) -> list[EnforcementMonth]:
    """The last months that the register covers, the oldest first; empty where nothing was measured.
    UsageError where the register is not held."""
    known = ledger.history_of.registers()
    if register not in known:
        raise MistakeError(
            "no register '{register}' is in this ledger; held are {held}",
            register=register,
            held=", ".join(known),
        )
    moment, one = of_all(ledger, moment), known[register]
    names = tuple(measured_of(ledger))
    span = _span(ledger, one, moment)
    if not names or span is None:
        return []
    lags = _lags(ledger, one, names, moment)
    return [
        _month(ledger, one, names, first, at=at, moment=moment, lag=lags.get(first, _NO_LAG))
        for first, at in _ends(*span, min(months, MOST_MONTHS), one.zone)
    ]


_NO_LAG = Lag(0, None, None, 0)


def _span(
    ledger: "OpenedLedger", register: Register, moment: Moment
) -> tuple[datetime, datetime] | None:
    """From the first accepted state to the moment, or as long after the last as it stands for."""
    held = ledger.history_of.snapshots(register.id, ledger.history_of.bounds(moment), ("accepted",))
    if not held:
        return None
    first, last = held[0].published_at, held[-1].published_at
    return first, min(moment.noon, last + register.patience)


def _ends(first: datetime, last: datetime, most: int, zone: tzinfo) -> list[tuple[date, datetime]]:
    """The months from one time to another with the moment each is told of, in UTC: its last
    second in a register's zone, or the end."""
    found, month = [], month_of(first, zone)
    while month <= month_of(last, zone):
        following = date(month.year + month.month // 12, month.month % 12 + 1, 1)
        next_one = datetime(following.year, following.month, 1, tzinfo=zone).astimezone(UTC)
        found.append((month, min(next_one - timedelta(seconds=1), last)))
        month = following
    return found[-most:]


def month_of(when: datetime, zone: tzinfo) -> date:
    """The first day of the month in which it was in a zone."""
    return when.astimezone(zone).date().replace(day=1)


def _rows(
    ledger: "OpenedLedger", register: Register, names: tuple[str, ...], at: datetime, moment: Moment
) -> list[dict[str, Any]]:
    """Every measured name of the jurisdiction beside its lists, at a time."""
    found = report(
        ledger,
        register.jurisdiction,
        targets=Targets(names=names),
        valid_at=at,
        as_of=moment.as_of,
        recorded_by=moment.recorded_by,
    )
    return found.rows.to_pylist()  # type: ignore[no-any-return]


def _month(
    ledger: "OpenedLedger",
    register: Register,
    names: tuple[str, ...],
    month: date,
    at: datetime,
    *,
    moment: Moment,
    lag: Lag,
) -> EnforcementMonth:
    rows = _rows(ledger, register, names, at, moment=moment)
    listed = [r for r in rows if r["state"] in _LISTED and r["register"] == register.id]
    blocked = [r for r in rows if r["wire"] == "blocked" and r["state"] != "insufficient"]
    off = [r for r in blocked if r["state"] == "unlisted_blocked"]
    return EnforcementMonth(
        month=month,
        at=at,
        enforced=CountedShare(sum(r["wire"] == "blocked" for r in listed), len(listed)),
        networks=_networks(ledger, register, listed, at, moment=moment),
        unlisted=CountedShare(len(off), len(blocked)),
        unlisted_networks=_networks(ledger, register, off, at, moment=moment),
        lag=lag,
        invented=_invented(ledger, register, moment),
    )


def _invented(ledger: "OpenedLedger", register: Register, moment: Moment) -> bool:
    held = ledger.once(("networks", moment), lambda: Measurements(ledger.store).networks(moment))
    return all_invented(one.asn for one in held if one.jurisdiction == register.jurisdiction)


def _networks(
    ledger: "OpenedLedger",
    register: Register,
    rows: list[dict[str, Any]],
    at: datetime,
    moment: Moment,
) -> int:
    if not rows:
        return 0
    wanted = {r["target"].partition(":")[2] for r in rows}
    names = {n: n for n in measured_of(ledger) if n in wanted}
    targets = Targets(names=tuple(names))
    record = Record(ledger, moment, targets, register.jurisdiction)
    found: set[int] = set()
    for one in record.parts():
        found |= orders.networks_near(
            ledger.store,
            members=members_of(names),
            tallies=targets.rows(one.tallies),
            at=at,
            fresh=FRESH.total_seconds() / 3600,
        )
    return len(found)


def _lags(
    ledger: "OpenedLedger", register: Register, names: tuple[str, ...], moment: Moment
) -> Mapping[date, Lag]:
    """By the month in which the state was published that lacked the name."""
    rows = _rows(ledger, register, names, moment.noon, moment=moment)
    by_month: dict[date, list[dict[str, Any]]] = {}
    for month, row in _delisted(rows, register):
        by_month.setdefault(month, []).append(row)
    return {month: _lag(found) for month, found in by_month.items()}


def _delisted(
    rows: list[dict[str, Any]], register: Register
) -> Iterator[tuple[date, dict[str, Any]]]:
    for row in rows:
        went = moment_of(row["went_by"]) if row["went_by"] is not None else None
        if went and row["register"] == register.id and row["state"].startswith("delisted"):
            yield month_of(went, register.zone), row


def _lag(rows: list[dict[str, Any]]) -> Lag:
    freed = [r for r in rows if r["state"] == "delisted_reachable" and r["lag_most"] is not None]
    least = [max(r["lag_least"] or 0.0, 0.0) / _HOURS for r in freed]
    most = [max(r["lag_most"], 0.0) / _HOURS for r in freed]
    return Lag(
        freed=len(freed),
        least=round(median(least), 2) if freed else None,
        most=round(median(most), 2) if freed else None,
        blocked=sum(r["state"] == "delisted_still_blocked" for r in rows),
    )
