"""What probes saw of services around a moment: the network lane of cases."""

from collections.abc import Collection, Mapping, Sequence
from datetime import UTC, date, datetime

import msgspec

from gatewatch.cases.case import Network
from gatewatch.cases.fold import NOTHING_MEASURED
from gatewatch.catalogue.facts import Catalogue
from gatewatch.ledger.measurements import Measurements
from gatewatch.model.moment import Moment
from gatewatch.model.service import Service
from gatewatch.query.episodes import Record
from gatewatch.query.measured import Measured, networks
from gatewatch.query.opened import OpenedLedger
from gatewatch.query.targets import of_services


def day_of(when: date | datetime) -> date:
    """The day of a moment, in UTC."""
    return when.astimezone(UTC).date() if isinstance(when, datetime) else when


def of(
    ledger: OpenedLedger, catalogue: Catalogue, service: Service, jurisdiction: str, moment: Moment
) -> Network:
    """One service, with its verdicts counted by state."""
    if not ledger.store.holds("measurements"):
        return NOTHING_MEASURED
    targets = of_services(ledger, catalogue, [service.id])
    record = Record(ledger, moment, targets, jurisdiction)
    found = networks(record, moment).get((service.id, jurisdiction))
    if found is None:
        return NOTHING_MEASURED
    names = targets.names or ()
    return msgspec.structs.replace(found, counts=_counts(ledger, names, jurisdiction, moment))


def _counts(
    ledger: OpenedLedger, hosts: Sequence[str], jurisdiction: str, moment: Moment
) -> Mapping[str, int]:
    """Verdicts on some hosts, by state."""
    if not hosts:
        return {}
    held = Measurements(ledger.store)
    return held.about(hosts, jurisdiction, moment.as_of, moment.recorded_by).counts


def by_service(
    ledger: OpenedLedger,
    catalogue: Catalogue,
    codes: Sequence[str],
    moment: Moment,
    ids: Collection[str] | None = None,
) -> Measured:
    """Every measured service, or some, without counts by state."""
    if not ledger.store.holds("measurements"):
        return {}
    code = codes[0] if len(codes) == 1 else None
    chosen = None if ids is None else tuple(sorted(ids))

    def asked() -> Measured:
        targets = of_services(ledger, catalogue, chosen)
        return networks(Record(ledger, moment, targets, code), moment)

    if chosen is None:  # of all services it is as large as what is kept may be
        return asked()
    return ledger.once(("measured", catalogue.digest, chosen, code, moment), asked)
