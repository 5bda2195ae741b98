"""What probes saw of services around a moment: the network lane of cases."""

from collections.abc import Collection, Sequence
from datetime import UTC, date, datetime

import msgspec

from gatewatch.cases.case import Network
from gatewatch.cases.fold import NOTHING_MEASURED
from gatewatch.catalogue.facts import Catalogue
from gatewatch.model.moment import Moment
from gatewatch.model.service import Service
from gatewatch.query.episodes import Record
from gatewatch.query.ledger import Ledger
from gatewatch.query.measured import Measured, networks
from gatewatch.query.targets import of_services


def day_of(when: date | datetime) -> date:
    """The day of a moment, in UTC."""
    return when.astimezone(UTC).date() if isinstance(when, datetime) else when


def of(
    ledger: Ledger, catalogue: Catalogue, service: Service, jurisdiction: str, moment: Moment
) -> Network:
    """One service, with its verdicts counted by state."""
    if not ledger.store.holds("measurements"):
        return NOTHING_MEASURED
    targets = of_services(ledger, catalogue, [service.id])
    record = Record(ledger, moment, targets, jurisdiction)
    found = networks(record, moment).get((service.id, jurisdiction))
    if found is None:
        return NOTHING_MEASURED
    seen = ledger.verdicts_about(targets.names or (), jurisdiction, moment)
    return msgspec.structs.replace(found, counts=seen.counts)


def by_service(
    ledger: Ledger,
    catalogue: Catalogue,
    codes: Sequence[str],
    moment: Moment,
    ids: Collection[str] | None = None,
) -> Measured:
    """Every measured service, or some, without counts by state."""
    if not ledger.store.holds("measurements"):
        return {}
    code = codes[0] if len(codes) == 1 else None
    return networks(Record(ledger, moment, of_services(ledger, catalogue, ids), code), moment)
