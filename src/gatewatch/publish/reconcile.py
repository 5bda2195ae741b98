"""Reconciliation of what a ledger holds: registers beside measurements, at three times."""

from collections.abc import Iterable
from datetime import UTC, date, datetime, timedelta
from typing import Any

import msgspec

from gatewatch.analysis.lookup import How
from gatewatch.analysis.reconcile import Reconciled, reconcile
from gatewatch.analysis.standing import State
from gatewatch.ledger.tallies import Tally
from gatewatch.model.episode import Episode
from gatewatch.model.moment import Moment
from gatewatch.model.states import Agreement
from gatewatch.publish.episodes import found as episodes_of
from gatewatch.publish.reading import Ledger, When
from gatewatch.publish.redact import defanged
from gatewatch.publish.rows import bracket

_COVERING = frozenset({How.HOST, How.MASK, How.MASK_APEX, How.PARENT})


def reconciled(
    ledger: Ledger, jurisdiction: str, *, targets: tuple[str, ...] = (), valid_at: When = None,
    as_of: When = None, recorded_by: When = None,
) -> list[Reconciled]:  # fmt: skip
    """Every measured host of a jurisdiction, or those asked for, by name."""
    moment = ledger.moment(valid_at, as_of, recorded_by)
    when = _instant(moment)
    tallies = ledger.tallies(jurisdiction=jurisdiction, hosts=targets, as_of=as_of, recorded_by=recorded_by)  # fmt: skip
    measured, blocks = _by_host(tallies)
    hosts = sorted({*measured, *targets})
    answers = ledger.check(hosts, valid_at=when, as_of=as_of, recorded_by=recorded_by, jurisdiction=jurisdiction)  # fmt: skip
    histories = ledger.histories(hosts, as_of=as_of, recorded_by=recorded_by, jurisdiction=jurisdiction)  # fmt: skip
    rows = []
    for host, answer, met in zip(hosts, answers, histories, strict=True):
        if answer.state == State.INSUFFICIENT:
            continue  # the register's history does not reach this day: nothing can agree with it
        listings = [listing for how, listing in met if how in _COVERING]
        rows.append(reconcile(host, jurisdiction, listings, blocks.get(host, []), measured.get(host, []), when))  # fmt: skip
    return _with_collateral(ledger, rows, jurisdiction, when, as_of, recorded_by)


def _instant(moment: Moment) -> datetime:
    """The moment asked about; of a day its noon in UTC."""
    if isinstance(moment.valid_at, datetime):
        return moment.valid_at
    return datetime.combine(moment.valid_at, datetime.min.time(), UTC) + timedelta(hours=12)


def _by_host(
    tallies: Iterable[Tally],
) -> tuple[dict[str, list[datetime]], dict[str, list[Episode]]]:
    """Hours in which each host was measured, and its episodes in order."""
    held = list(tallies)
    measured: dict[str, list[datetime]] = {}
    for tally in held:
        measured.setdefault(tally.host, []).append(tally.at)
    blocks: dict[str, list[Episode]] = {}
    for one in episodes_of(held):
        blocks.setdefault(one.target, []).append(one)
    return measured, blocks


def _with_collateral(
    ledger: Ledger, rows: list[Reconciled], jurisdiction: str, when: datetime, as_of: When, recorded_by: When,
) -> list[Reconciled]:  # fmt: skip
    """Blocked hosts that are on no list, with the listed addresses that they share."""
    wanted = [row.target for row in rows if row.state == Agreement.UNLISTED_BLOCKED]
    addresses = ledger.addresses_of(wanted) if wanted else {}
    asked = sorted({ip for ips in addresses.values() for ip in ips})
    answers = ledger.check(asked, valid_at=when, as_of=as_of, recorded_by=recorded_by, jurisdiction=jurisdiction) if asked else []  # fmt: skip
    listed = {ip for ip, answer in zip(asked, answers, strict=True) if answer.state == State.LISTED}
    return [
        msgspec.structs.replace(row, collateral=shared)
        if (shared := tuple(sorted(listed.intersection(addresses.get(row.target, ()))))) else row
        for row in rows
    ]  # fmt: skip


def row(one: Reconciled) -> dict[str, Any]:
    """A reconciled target as a record."""
    listing = one.listing
    return {
        "target": defanged(one.target), "jurisdiction": one.jurisdiction, "state": one.state,
        "register": listing.register if listing else None,
        "entry": listing.entry_id if listing else None,
        "came": bracket(listing.came) if listing else None,
        "went": bracket(listing.went) if listing and listing.went else None,
        "onset": _span(one.episode.onset_earliest, one.episode.onset_latest) if one.episode else None,
        "networks": len(one.episode.networks) if one.episode else None,
        "networks_measured": one.episode.measured if one.episode else None,
        "lag_hours_least": one.lag.least if one.lag else None,
        "lag_hours_most": one.lag.most if one.lag else None,
        "collateral": list(one.collateral),
    }  # fmt: skip


def _span(first: datetime, last: datetime) -> dict[str, datetime | date]:
    return {"not_before": first, "not_after": last}
