"""What probes saw of names around a moment, and what they saw last: the network lane as data."""

from collections.abc import Iterable, Mapping, Sequence
from datetime import UTC, date, datetime
from typing import TYPE_CHECKING, Any

from gatewatch.cases.case import Network
from gatewatch.model.documentation import made
from gatewatch.model.message import Message, message
from gatewatch.model.moment import Bracket
from gatewatch.query import targets
from gatewatch.query.targets import Targets

if TYPE_CHECKING:
    from gatewatch.model.episode import Episode
    from gatewatch.model.moment import Moment
    from gatewatch.query.episodes import Record
    from gatewatch.query.opened import OpenedLedger

_HOUR = 3600
Measured = Mapping[tuple[str, str], Network]


def networks(record: "Record", moment: "Moment") -> Measured:
    """By target and jurisdiction: its state at the moment, and on the last measured day before."""
    if record.unmeasured:
        return {}
    import numpy as np

    cells, found = record.cells, {}
    order = np.argsort(cells.series, kind="stable")  # one sort, not a look at all cells a series
    ends = np.searchsorted(cells.series[order], np.arange(len(cells.names) + 1))
    for place, here in enumerate(cells.names):
        mine = order[ends[place] : ends[place + 1]]
        found[here] = _network(
            record,
            here,
            moment,
            cells.hour[mine],
            numbers=cells.network[mine],
            total=cells.total[mine],
        )
    return found


def _network(
    record: "Record",
    here: tuple[str, str],
    moment: "Moment",
    hours: Any,
    numbers: Any,
    total: Any,
) -> Network:
    import numpy as np

    from gatewatch.analysis.network.agreement import network_at

    target, code = here
    blocks = tuple(one for one in record.episodes if (one.target, one.probe_cc) == here)
    clouds = [e for w in record.everywhere if w.target == target for e in w.episodes]
    state, episode = network_at(blocks, hours, moment.noon, clouds)
    quiet = tuple(
        one
        for one in record.silences
        if one.network is None and one.target in {"", target} and one.probe_cc == code
    )
    silent = any(one.covers(target, moment.day) for one in quiet)
    first, last = (_day(hour) for hour in (hours.min(), hours.max()))
    known_state, known, block = _known(
        str(state), episode, blocks, clouds, hours=hours, moment=moment
    )
    seen = len(np.unique(numbers))
    return Network(
        state=str(state),
        why=_why(str(state), episode, int(total.sum()), seen, span=(first, last), silent=silent),
        counts={},
        networks=seen,
        first=first,
        last=last,
        mechanisms=episode.mechanisms if episode else (),
        silent=silent,
        blocks=blocks,
        silences=quiet,
        days=tuple(sorted(record.coverage[here].items())),
        known_state=known_state,
        known=known,
        episode=block,
        made=made(set(numbers.tolist())),
    )


def _day(hour: int) -> date:
    return datetime.fromtimestamp(int(hour) * _HOUR, UTC).date()


def _known(
    state: str,
    episode: "Episode | None",
    blocks: "Sequence[Episode]",
    clouds: "Sequence[Episode]",
    hours: Any,
    moment: "Moment",
) -> "tuple[str, date | None, Episode | None]":
    """The state by the last measurement not later than the day, and that day."""
    from gatewatch.analysis.network.agreement import network_at

    past = hours[hours < (moment.noon.timestamp() // _HOUR) + 12]
    if not len(past):
        return state, moment.day if state != "insufficient" else None, episode
    last = datetime.fromtimestamp(int(past.max()) * _HOUR, UTC)
    if state != "insufficient":
        return state, last.date(), episode
    then, block = network_at(blocks, hours, last, clouds)
    return str(then), last.date(), block


def _why(
    state: str,
    episode: "Episode | None",
    total: int,
    seen: int,
    span: tuple[date, date],
    *,
    silent: bool,
) -> Message:
    """The network's word with its counts."""
    if episode:
        since = message(
            "{n} of {measured} networks since {onset}",
            "{n} of {measured} networks since {onset}",
            n=len(episode.networks),
            measured=episode.measured,
            onset=Bracket(episode.onset_earliest, episode.onset_latest),
        )
        how = ", ".join(episode.mechanisms)
        return message("{since}, {how}", since=since, how=how) if how else since
    near = (
        message("no episode then")
        if state == "reachable"
        else message("none within a week of the day")
    )
    if silent:
        missed = message("measurements that were expected did not come")
        near = message("{first}; {second}", first=near, second=missed)
    seen_on = message(
        "{n} measurement on {networks}, {first} to {last}",
        "{n} measurements on {networks}, {first} to {last}",
        n=total,
        networks=message("{n} network", "{n} networks", n=seen),
        first=span[0],
        last=span[1],
    )
    return message("{first}; {second}", first=seen_on, second=near)


def by_name(
    ledger: "OpenedLedger", names: Iterable[str], codes: Sequence[str], moment: "Moment"
) -> Measured:
    """What was measured of each name (and of it with or without `www.`) in each jurisdiction;
    nothing: no key."""
    wanted = sorted(set(names))
    if not wanted or not ledger.store.holds("measurements"):
        return {}
    from gatewatch.query.episodes import Record

    # Two names of one family are one series: else the last one asked for would take it from the
    # other.
    families = {name: name.removeprefix("www.") for name in wanted}
    series = {one: families[name] for name in wanted for one in targets.alike(ledger, name)}
    asked = Targets(names=tuple(series), series=series, endpoints=True)
    code = codes[0] if len(codes) == 1 else None
    told = networks(Record(ledger, moment, asked, code), moment)
    places = {place for _, place in told}
    return {
        (name, place): told[family, place]
        for name, family in families.items()
        for place in places
        if (family, place) in told
    }
