"""What probes saw of services around a day: the network lane of cases."""

from datetime import UTC, date, datetime, time

from gatewatch.analysis.network.agreement import network_at
from gatewatch.cases.case import Network
from gatewatch.cases.fold import NOTHING_MEASURED
from gatewatch.catalogue.facts import Catalogue
from gatewatch.ledger.measurements import Seen
from gatewatch.model.episode import Episode
from gatewatch.model.moment import Moment
from gatewatch.model.service import Service
from gatewatch.query import episodes
from gatewatch.query.ledger import Ledger, When


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
    seen = ledger.verdicts_about(service.hosts, jurisdiction, when)
    if not seen.counts:
        return NOTHING_MEASURED
    tallies = ledger.tallies(
        jurisdiction=jurisdiction, hosts=service.hosts, as_of=as_of, recorded_by=recorded_by
    )
    named = dict.fromkeys(service.hosts, service.id)
    blocks, day = episodes.found(tallies, named), day_of(when.valid_at)
    state, episode = network_at(blocks, tallies["hour"].to_numpy(), _noon(day))
    quiet = episodes.quiet(tallies, named)
    silent = any(one.first <= day <= one.last for one in quiet)
    days = episodes.coverage(tallies, named)[service.id, jurisdiction] if len(tallies) else {}
    return Network(
        str(state),
        _why(state, episode, seen, silent=silent),
        seen.counts,
        seen.networks,
        seen.first,
        seen.last,
        episode.mechanisms if episode else (),
        silent,
        tuple(blocks),
        tuple(quiet),
        tuple(sorted(days.items())),
    )


def by_service(
    ledger: Ledger,
    catalogue: Catalogue,
    jurisdiction: str,
    day: date,
    as_of: When,
    recorded_by: When,
) -> dict[str, Network]:
    """Every measured service of a jurisdiction, without counts by state."""
    import numpy as np

    named = episodes.by_service(catalogue)
    tallies = ledger.tallies(
        jurisdiction=jurisdiction, hosts=tuple(named), as_of=as_of, recorded_by=recorded_by
    )
    cells = episodes.cells_of(tallies, named)
    blocks, quiet = episodes.found(tallies, named), episodes.quiet(tallies, named)
    found = {}
    for place, (service, _) in enumerate(cells.names):
        mine = cells.series == place
        hours = cells.hour[mine]
        state, episode = network_at((b for b in blocks if b.target == service), hours, _noon(day))
        first, last = (
            datetime.fromtimestamp(int(h) * 3600, UTC).date() for h in (hours.min(), hours.max())
        )
        seen = Seen(
            {"judged": int(cells.total[mine].sum())},
            len(np.unique(cells.network[mine])),
            first,
            last,
        )
        silent = any(q.target == service and q.first <= day <= q.last for q in quiet)
        found[service] = Network(
            str(state),
            _why(state, episode, seen, silent=silent),
            {},
            seen.networks,
            first,
            last,
            episode.mechanisms if episode else (),
            silent,
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
