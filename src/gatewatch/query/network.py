"""What probes saw of services around a day: the network lane of cases."""

from datetime import UTC, date, datetime, time

import msgspec

from gatewatch.analysis.network.agreement import network_at
from gatewatch.cases.case import Network
from gatewatch.cases.fold import NOTHING_MEASURED
from gatewatch.catalogue import facts
from gatewatch.catalogue.facts import Catalogue
from gatewatch.ledger.measurements import Seen
from gatewatch.model.episode import Episode
from gatewatch.model.moment import Moment
from gatewatch.model.service import Service
from gatewatch.query.episodes import Record
from gatewatch.query.ledger import Ledger, When
from gatewatch.query.targets import Targets, of_services


def day_of(when: date | datetime) -> date:
    """The day of a moment, in UTC."""
    return when.astimezone(UTC).date() if isinstance(when, datetime) else when


def of(
    ledger: Ledger,
    service: Service,
    jurisdiction: str,
    when: Moment,
    as_of: When,
    recorded_by: When,
) -> Network:
    """One service, with its verdicts counted by state."""
    moment = ledger.moment(None, as_of, recorded_by)
    targets = of_services(ledger, facts.load(), [service.id])
    found = _networks(ledger, targets, jurisdiction, when, moment).get(service.id)
    if found is None:
        return NOTHING_MEASURED
    seen = ledger.verdicts_about(targets.names or (), jurisdiction, when)
    return msgspec.structs.replace(found, counts=seen.counts)


def by_service(
    ledger: Ledger,
    catalogue: Catalogue,
    jurisdiction: str,
    day: date,
    as_of: When,
    recorded_by: When,
) -> dict[str, Network]:
    """Every measured service of a jurisdiction, without counts by state."""
    moment = ledger.moment(day, as_of, recorded_by)
    return _networks(ledger, of_services(ledger, catalogue), jurisdiction, moment, moment)


def _networks(
    ledger: Ledger, targets: Targets, jurisdiction: str, when: Moment, moment: Moment
) -> dict[str, Network]:
    record = Record(ledger, moment, targets, jurisdiction)
    if record.empty:
        return {}
    import numpy as np

    cells, day = record.cells, day_of(when.valid_at)
    found = {}
    for place, (service, code) in enumerate(cells.names):
        mine = cells.series == place
        hours = cells.hour[mine]
        blocks = tuple(one for one in record.episodes if one.target == service)
        clouds = [e for w in record.everywhere if w.target == service for e in w.episodes]
        state, episode = network_at(blocks, hours, _noon(day), clouds)
        quiet = tuple(
            one for one in record.silences if one.network is None and one.target in {"", service}
        )
        silent = any(one.covers(service, day) for one in quiet)
        first, last = (
            datetime.fromtimestamp(int(h) * 3600, UTC).date() for h in (hours.min(), hours.max())
        )
        networks = len(np.unique(cells.network[mine]))
        seen = Seen({"judged": int(cells.total[mine].sum())}, networks, first, last)
        found[service] = Network(
            str(state),
            _why(state, episode, seen, silent=silent),
            {},
            networks,
            first,
            last,
            episode.mechanisms if episode else (),
            silent,
            blocks,
            quiet,
            tuple(sorted(record.coverage[service, code].items())),
        )
    return found


def _noon(day: date) -> datetime:
    return datetime.combine(day, time(12), UTC)


def _why(state: str, episode: Episode | None, seen: Seen, *, silent: bool) -> str:
    """The network's word with its counts."""
    total = sum(seen.counts.values())
    measured = f"{total:,} measurements on {seen.networks} networks, {seen.first} to {seen.last}"
    if episode:
        onset = f"since [{episode.onset_earliest:%Y-%m-%d %H:%M}, {episode.onset_latest:%Y-%m-%d %H:%M}] UTC"
        how = f", {', '.join(episode.mechanisms)}" if episode.mechanisms else ""
        return f"{len(episode.networks)} of {episode.measured} networks {onset}{how}"
    near = "no episode then" if state == "reachable" else "none within a week of the day"
    if silent:
        near += "; measurements that were expected did not come"
    return f"{measured}; {near}"
