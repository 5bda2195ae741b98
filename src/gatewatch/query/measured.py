"""What probes saw of names around a moment, and what they saw last: the network lane as data."""

from collections import defaultdict
from collections.abc import Iterable, Iterator, Mapping, Sequence
from copy import copy
from datetime import UTC, date, datetime, timedelta
from functools import lru_cache
from typing import TYPE_CHECKING, Any
from urllib.parse import urlsplit

import msgspec

from gatewatch.cases.case import Network
from gatewatch.model.documentation import all_invented
from gatewatch.model.message import Message, message
from gatewatch.model.moment import Bracket
from gatewatch.query import targets
from gatewatch.query.targets import Targets

if TYPE_CHECKING:
    from gatewatch.analysis.network.episodes import Cells
    from gatewatch.catalogue.facts import Catalogue
    from gatewatch.model.episode import Episode, Silence
    from gatewatch.model.moment import Moment
    from gatewatch.query.episodes import Record
    from gatewatch.query.opened import OpenedLedger

_HOUR = 3600
_EPOCH = date(1970, 1, 1)
Measured = Mapping[tuple[str, str], Network]


def networks(record: "Record", moment: "Moment") -> Measured:
    """By target and jurisdiction: its state at the moment, and on the last measured day before."""
    if record.unmeasured:
        return {}
    parts = [_Networks(one, moment) for one in record.parts()]
    return parts[0] if len(parts) == 1 else _Several(parts)


def at(known: Measured, moment: "Moment") -> Measured:
    """The same measurements at another moment, which saw as much published and recorded."""
    return known.at(moment) if isinstance(known, (_Networks, _Several)) else known


class _Counted(msgspec.Struct, frozen=True):
    """What was measured of one series, whatever it showed."""

    measurements: int
    networks: int
    invented: bool
    """All of its networks are numbers of documentation."""
    first: date
    last: date
    near: bool
    """Something was measured near enough to tell of the moment."""
    known: datetime | None
    """The hour of the last measurement not later than the day of the moment."""
    days: tuple[tuple[date, int], ...]
    reached: bool
    """Access was seen as near to the moment."""
    reached_then: bool
    """The same of `known`."""


class _Networks(Mapping[tuple[str, str], Network]):
    """What a record says of each of its series, told when it is asked for. What a series was
    measured is counted at once for all: of thousands of names little is kept, and little is left
    to do of the one that is asked for. The ledger is not asked again."""

    def __init__(self, record: "Record", moment: "Moment") -> None:
        self.moment = moment
        self._count(record.cells)
        self._place = {here: n for n, here in enumerate(record.cells.names)}
        self._blocks: dict[tuple[str, str], list[Episode]] = defaultdict(list)
        for one in record.episodes:
            self._blocks[one.target, one.probe_cc].append(one)
        # Where it did not begin, access is evidence: the record of one jurisdiction knows no other.
        self._clouds: dict[tuple[str, str], list[Episode]] = defaultdict(list)
        for effect in record.everywhere:
            for code in effect.countries:
                self._clouds[effect.target, code] += effect.episodes
        self._names: dict[tuple[str, str], set[str]] = defaultdict(set)
        for name, code in record.measured:
            self._names[record.targets.series_of(name) or "", code].add(_host(name))
        self._quiet: dict[str, list[Silence]] = defaultdict(list)
        for silence in record.silences:
            if silence.network is None:
                self._quiet[silence.probe_cc].append(silence)

    def at(self, moment: "Moment") -> "_Networks":
        """Told of another moment."""
        other = copy(self)
        other.moment = moment
        return other

    def _count(self, cells: "Cells") -> None:
        """Columns by series, and others that are cut by series: of days, and of hours."""
        import numpy as np

        from gatewatch.analysis.network.agreement import saw_access

        number = len(cells.names)
        order = np.lexsort((cells.network, cells.hour // 24, cells.series))
        series, hour, network = cells.series[order], cells.hour[order], cells.network[order]
        day = hour // 24
        self._hours = hour.astype(np.int32)
        self._free = saw_access(cells.blocked, cells.total)[order]
        self._ends = np.searchsorted(series, np.arange(number + 1))
        # Where a day of a series begins, and where a network of that day does.
        new_day = _changes(series) | _changes(day)
        days = np.flatnonzero(new_day)
        self._day = day[days].astype(np.int32)
        self._day_networks = np.add.reduceat(new_day | _changes(network), days).astype(np.int32)
        self._day_ends = np.append(np.searchsorted(series[days], np.arange(number)), len(days))
        numbers, which = np.unique(network, return_inverse=True)
        pairs = np.unique(series * len(numbers) + which)
        mine = pairs // len(numbers)
        shown = np.array([all_invented((one,)) for one in numbers.tolist()])[pairs % len(numbers)]
        self._networks = np.bincount(mine, minlength=number)
        self._invented = np.bincount(mine, shown, minlength=number) == self._networks
        self._total = np.bincount(series, cells.total[order], minlength=number)

    def _counted(self, place: int) -> _Counted:
        mine = slice(self._day_ends[place], self._day_ends[place + 1])
        days = [_date(one) for one in self._day[mine].tolist()]
        noon, rows = self.moment.noon.timestamp(), slice(self._ends[place], self._ends[place + 1])
        hours, free = self._hours[rows], self._free[rows]
        past = hours[hours < noon // _HOUR + 12]
        known = datetime.fromtimestamp(int(past.max()) * _HOUR, UTC) if len(past) else None
        near = _near(hours, noon)
        return _Counted(
            measurements=int(self._total[place]),
            networks=int(self._networks[place]),
            invented=bool(self._invented[place]),
            first=days[0],
            last=days[-1],
            near=bool(near.any()),
            known=known,
            days=tuple(zip(days, self._day_networks[mine].tolist(), strict=True)),
            reached=bool((near & free).any()),
            reached_then=known is not None and bool(free[_near(hours, known.timestamp())].any()),
        )

    def __len__(self) -> int:
        return len(self._place)

    def __iter__(self) -> Iterator[tuple[str, str]]:
        return iter(self._place)

    def __contains__(self, here: object) -> bool:
        return here in self._place

    def __getitem__(self, here: tuple[str, str]) -> Network:
        from gatewatch.analysis.network.agreement import last_seen

        as_of = self.moment.as_of
        return _network(
            here,
            self.moment,
            self._counted(self._place[here]),
            blocks=tuple(last_seen(one, as_of) for one in self._blocks.get(here, ())),
            clouds=self._clouds.get(here, ()),
            names=frozenset(self._names.get(here, ())),
            quiet=tuple(one for one in self._quiet.get(here[1], ()) if one.target in {"", here[0]}),
        )


class _Several(Mapping[tuple[str, str], Network]):
    """The same of targets that were counted part by part."""

    def __init__(self, parts: Sequence[_Networks]) -> None:
        self._parts = parts
        self._part = {here: one for one in parts for here in one}

    def at(self, moment: "Moment") -> "_Several":
        """Told of another moment."""
        return _Several([one.at(moment) for one in self._parts])

    def __len__(self) -> int:
        return len(self._part)

    def __iter__(self) -> Iterator[tuple[str, str]]:
        return iter(self._part)

    def __contains__(self, here: object) -> bool:
        return here in self._part

    def __getitem__(self, here: tuple[str, str]) -> Network:
        return self._part[here][here]


def _near(hours: Any, when: float) -> Any:
    """Which hours lie near enough to tell of a time, in seconds since 1970."""
    from gatewatch.analysis.network.agreement import FRESH

    return abs(hours * float(_HOUR) - when) <= FRESH.total_seconds()


def _changes(column: Any) -> Any:
    """Where a sorted column has another value than before; at its beginning too."""
    import numpy as np

    return np.concatenate((np.ones(len(column[:1]), bool), column[1:] != column[:-1]))


@lru_cache(maxsize=4096)
def _date(day: int) -> date:
    return _EPOCH + timedelta(days=day)


def _network(
    here: tuple[str, str],
    moment: "Moment",
    counted: _Counted,
    *,
    blocks: "tuple[Episode, ...]",
    clouds: "Sequence[Episode]",
    names: frozenset[str],
    quiet: "tuple[Silence, ...]",
) -> Network:
    from gatewatch.analysis.network.agreement import network_at, standing

    target = here[0]
    state, episode = network_at(blocks, moment.noon, clouds, reached=counted.reached)
    silent = any(one.covers(target, moment.day) for one in quiet)
    known_state, known, block = _known(
        str(state), episode, counted, blocks=blocks, clouds=clouds, moment=moment
    )
    return Network(
        state=str(state),
        why=_why(
            str(state),
            episode,
            counted,
            silent=silent,
            worldwide=any(standing(clouds, moment.noon)),
        ),
        counts={},
        networks=counted.networks,
        first=counted.first,
        last=counted.last,
        mechanisms=episode.mechanisms if episode else (),
        silent=silent,
        blocks=blocks,
        silences=quiet,
        days=counted.days,
        known_state=known_state,
        known=known,
        episode=block,
        invented=counted.invented,
        names=names,
    )


def _host(name: str) -> str:
    """Of a measured name, as an endpoint tried by a test, the host or address."""
    return (urlsplit(name).hostname or name) if "://" in name else name


def _known(
    state: str,
    episode: "Episode | None",
    counted: _Counted,
    *,
    blocks: "Sequence[Episode]",
    clouds: "Sequence[Episode]",
    moment: "Moment",
) -> "tuple[str, date | None, Episode | None]":
    """The state by the last measurement not later than the day, and that day."""
    from gatewatch.analysis.network.agreement import network_at

    if counted.known is None:
        return state, moment.day if state != "insufficient" else None, episode
    if state != "insufficient":
        return state, counted.known.date(), episode
    then, block = network_at(blocks, counted.known, clouds, reached=counted.reached_then)
    return str(then), counted.known.date(), block


def _why(
    state: str,
    episode: "Episode | None",
    counted: _Counted,
    *,
    silent: bool,
    worldwide: bool,
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
    if state == "reachable":
        found = message("no episode then")
    elif worldwide:
        found = message("what was seen then began in many countries at once")
    elif counted.near:
        found = message("too few to tell a block from access then")
    else:
        found = message("none within a week of the day")
    if silent:
        missed = message("measurements that were expected did not come")
        found = message("{first}; {second}", first=found, second=missed)
    seen_on = message(
        "{n} measurement on {networks}, {first} to {last}",
        "{n} measurements on {networks}, {first} to {last}",
        n=counted.measurements,
        networks=message("{n} network", "{n} networks", n=counted.networks),
        first=counted.first,
        last=counted.last,
    )
    return message("{first}; {second}", first=seen_on, second=found)


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


def every_name(
    ledger: "OpenedLedger", catalogue: "Catalogue", codes: Sequence[str], moment: "Moment"
) -> Measured:
    """The same of every name that was measured, by its family: the name without `www.`."""
    if not ledger.store.holds("measurements"):
        return {}
    from gatewatch.query.episodes import Record

    hosts = (one for one in targets.measured(ledger) if _is_host(one, catalogue))
    series = {name: name.removeprefix("www.") for name in hosts}
    asked = Targets(names=tuple(series), series=series, endpoints=True)
    code = codes[0] if len(codes) == 1 else None
    return networks(Record(ledger, moment, asked, code), moment)


def _is_host(name: str, catalogue: "Catalogue") -> bool:
    """A host or an address: neither a service's test nor an endpoint of its programs."""
    return "://" not in name and name not in catalogue.services
