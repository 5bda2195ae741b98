"""What the network did over time, of what a ledger holds: episodes, silences, coverage.

Series are put together by query/targets.py: each name by itself, or what belongs to one service.
"""

from collections.abc import Callable, Iterator, Sequence
from datetime import date, datetime, timedelta
from functools import cached_property
from itertools import chain, groupby
from operator import itemgetter
from typing import TYPE_CHECKING, Any, TypeVar
from zoneinfo import ZoneInfo

import msgspec

from gatewatch.errors import needs
from gatewatch.ledger.agreement import sightings
from gatewatch.ledger.tallies import (
    FEW_VERDICTS,
    Member,
    TallyScope,
    Volume,
    apart,
    arrow,
    jurisdictions,
    mechanisms,
    members,
    narrowed,
    tallies,
    volumes,
    weight,
    weights,
)
from gatewatch.model.documentation import all_invented
from gatewatch.model.episode import Episode, Silence, Worldwide
from gatewatch.model.moment import Moment
from gatewatch.query.moments import measured_by
from gatewatch.query.targets import EVERYTHING, Targets, cells_of, measured, series_of

if TYPE_CHECKING:
    import pyarrow as pa

    from gatewatch.analysis.network.episodes import Cells
    from gatewatch.analysis.network.silence import Volumes
    from gatewatch.query.opened import OpenedLedger

_UTC = ZoneInfo("UTC")
_EPOCH = date(1970, 1, 1)
_NONE = ("",)
"""Of the names that are told apart: none."""
_LOOKED = 15
"""Days: more than for what an ingest that brought nothing is believed (ledger/tallies.py)."""

Days = dict[date, int]
"""Numbers of networks by day."""
Counts = TypeVar("Counts")
Lasting = TypeVar("Lasting", bound=Episode | Silence | Worldwide)


def lasting(found: Sequence[Lasting], moment: Moment) -> list[Lasting]:
    """Those that lasted at the moment, or may have; its days are UTC's."""
    from gatewatch.analysis.network.agreement import may_last

    start, end = moment.span(_UTC)
    return [one for one in found if may_last(one, start, end)]


class Record:
    """What measurements say of some targets, in one jurisdiction or all, as of one moment. Each
    part is found when it is first asked for; none looks at the moment's `valid_at`. Where nothing
    was measured all are empty, and no library of the extra `network` is needed."""

    def __init__(
        self,
        ledger: "OpenedLedger",
        moment: Moment,
        targets: Targets = EVERYTHING,
        jurisdiction: str | None = None,
    ) -> None:
        self._ledger, self.targets, self._jurisdiction = ledger, targets, jurisdiction
        self._moment, self._published = moment, measured_by(ledger, moment)
        self.empty = self._published is None or targets.names == ()
        self._scope = TallyScope(
            jurisdiction=jurisdiction,
            about=targets.names or (),
            as_of=moment.as_of,
            recorded_by=moment.recorded_by,
        )

    def parts(self) -> Iterator["Record"]:
        """Records of some of the targets each, one after the other, that together tell what this
        one does: whole series, with no more verdicts in each than are counted at a time. This one
        alone where there are few. Who lets go of each before the next has one in memory."""
        groups = self._groups
        if len(groups) < 2:
            yield self
            return
        series = self.targets.series
        for names in groups:
            own = None if series is None else {n: series[n] for n in names}
            asked = msgspec.structs.replace(self.targets, names=names, series=own)
            yield Record(self._ledger, self._moment, asked, self._jurisdiction)

    @cached_property
    def _groups(self) -> list[tuple[str, ...]]:
        """Measured names as they are counted, by series; empty where all are counted at once."""
        most, store = self._ledger.most_counted, self._ledger.store
        if most is None or self.empty or self._ledger.once("weight", lambda: weight(store)) <= most:
            return []
        known = self._ledger.once("weights", lambda: weights(store))
        every = measured(self._ledger) if self.targets.names is None else self.targets.names
        told = ((of, name) for name in every if (of := self.targets.series_of(name)) is not None)
        found: list[list[str]] = []
        room = -1
        for _, pairs in groupby(sorted(told), key=itemgetter(0)):
            names = [name for _, name in pairs]
            weighs = sum(known.get(name, 0) for name in names)
            room -= weighs
            if room < 0:
                found.append([])
                room = most - weighs
            found[-1] += names
        return [tuple(names) for names in found]

    @property
    def unmeasured(self) -> bool:
        """No verdict of any time is about one of the targets: of them nothing needs to be
        counted."""
        names = self.targets.names
        return self.empty or (names is not None and set(names).isdisjoint(measured(self._ledger)))

    @cached_property
    def tallies(self) -> "pa.Table":
        """Verdicts counted: ledger/tallies.py."""
        if self.empty:
            return arrow().empty_table()
        return self._once("tallies", self._scope, lambda: self._counted(self._scope))

    def _counted(self, scope: TallyScope) -> "pa.Table":
        """Counts, by this machine or by the ledger's cluster."""
        if self._ledger.cluster is None:
            if not self._is_small:
                return tallies(self._ledger.store, scope)
            every = self._of_all("tallies", lambda all_: tallies(self._ledger.store, all_))
            return narrowed(every, scope)
        from gatewatch.query import spread

        return spread.tallies(self._ledger.cluster, self._ledger.store, scope)

    @property
    def _is_small(self) -> bool:
        """Whether all that a ledger holds is counted as fast as a part of it."""
        store, most = self._ledger.store, self._ledger.most_counted
        held = self._ledger.once("weight", lambda: weight(store))
        return held <= (FEW_VERDICTS if most is None else min(FEW_VERDICTS, most))

    def _of_all(self, what: str, count: "Callable[[TallyScope], Counts]", *key: object) -> "Counts":
        """What is counted of every name everywhere, once for all scopes of the same time."""
        scope = self._scope
        every = TallyScope(as_of=scope.as_of, recorded_by=scope.recorded_by)
        kept = (f"{what} of all", self._published, scope.recorded_by, *key)
        return self._ledger.once(kept, lambda: count(every))

    def _volumes(self, looked: date) -> Volume:
        """How much was measured of the scope by day."""
        store, scope = self._ledger.store, self._scope
        if not self._is_small:
            return volumes(store, scope)
        return apart(self._of_all("volumes", lambda every: volumes(store, every), looked), scope)

    def _episodes_of(self, cells: "Cells", counts: "pa.Table") -> list[Episode]:
        """Episodes of some counts, by this machine or by the ledger's cluster."""
        from gatewatch.analysis.network.episodes import episodes

        if self._ledger.cluster is None:
            return episodes(cells)
        from gatewatch.query import spread

        return spread.episodes(self._ledger.cluster, counts, cells.names, self.targets)

    @cached_property
    def cells(self) -> "Cells":
        """The same as series of a target in a jurisdiction, without what says nothing of a
        block."""
        return cells_of(self.tallies, self.targets)

    @property
    def measured(self) -> list[tuple[str, str]]:
        """Each name that a series is put together of, with the jurisdictions in which a verdict
        tells of it."""
        if self.empty or not self.targets.folded:
            return []
        if len(self._groups) > 1:
            return list(self._gist.measured)
        import pyarrow.compute as pc

        told = self.tallies.filter(pc.greater(self.tallies["total"], 0))
        pairs = told.group_by(["about", "probe_cc"]).aggregate([]).to_pydict()
        return list(zip(pairs["about"], pairs["probe_cc"], strict=True))

    @property
    def judged(self) -> int:
        """How many verdicts say something of a block, or of its absence."""
        return 0 if self.empty else self._gist.judged

    @property
    def places(self) -> "dict[str, MeasuredPlace]":
        """Where anything was measured that says something of a block, by jurisdiction."""
        return {} if self.empty else self._gist.places

    @cached_property
    def _gist(self) -> "_Gist":
        """What is told of all parts together: each is counted once for all of it."""
        if len(self._groups) > 1:
            key = (self._scope, self.targets.key)
            gist: _Gist = self._once(
                "gist", key, lambda: _joined(list(map(_gist_of, self.parts())))
            )
            return gist
        return _Gist(
            judged=int(self.cells.total.sum()),
            places=_places(self.cells),
            series=self.cells.names,
        )

    def sightings(self, rows: Targets, at: datetime, fresh: float) -> "tuple[set[str], pa.Table]":
        """Every measured name, and which network saw it reached within `fresh` hours of a moment
        (ledger/agreement.py), by the rows that belong to `rows`."""
        import pyarrow as pa

        names: set[str] = set()
        seen = []
        for one in self.parts():
            counts = one.tallies
            names |= set(counts["about"].unique().to_pylist())
            seen.append(sightings(self._ledger.store, rows.rows(counts), at, fresh))
        return names, pa.concat_tables(seen)

    @cached_property
    def _found(self) -> "tuple[list[Episode], list[Worldwide]]":
        if self.empty:
            return [], []
        if len(self._groups) > 1:
            return list(self._gist.episodes), list(self._gist.everywhere)
        key = (self._scope, self.targets.key)
        found: tuple[list[Episode], list[Worldwide]] = self._once("episodes", key, self._find)
        return found

    @property
    def blocks(self) -> list[Episode]:
        """As `episodes`, without their mechanisms: what asks of each target's state needs none."""
        return self._found[0]

    @cached_property
    def episodes(self) -> list[Episode]:
        """Since when and until when targets were blocked, by target, jurisdiction and onset."""
        if len(self._groups) > 1:
            return list(self._gist.episodes)
        return self._told(self.tallies, self.blocks) if self.blocks else []

    @property
    def everywhere(self) -> list[Worldwide]:
        """What began in most countries at once: told with its evidence, and no restriction."""
        return self._found[1]

    @property
    def told(self) -> list[Episode | Worldwide]:
        """What a list of episodes holds: those of countries, then what began everywhere at once,
        which is none of any."""
        return [*self.episodes, *self.everywhere]

    @cached_property
    def invented(self) -> frozenset[tuple[str, str]]:
        """The series of which all was invented for show, by target and jurisdiction."""
        if self.empty:
            return frozenset()
        if len(self._groups) > 1:
            return self._gist.invented
        import numpy as np

        cells = self.cells
        numbers, which = np.unique(cells.network, return_inverse=True)
        real = np.array([not all_invented([one]) for one in numbers.tolist()], dtype=bool)
        measured = set(np.unique(cells.series[real[which]]).tolist())
        return frozenset(one for n, one in enumerate(cells.names) if n not in measured)

    @cached_property
    def silences(self) -> list[Silence]:
        """Where measurements stopped that were there as a rule."""
        if self.empty:
            return []
        with needs("network"):
            from gatewatch.analysis.network.silence import silences
        assert self._published is not None
        # what was looked for after the last measurement counts for some days, and no longer
        looked = min(self._moment.as_of, self._published + timedelta(days=_LOOKED)).date()
        store, scope = self._ledger.store, self._scope
        if len(self._groups) < 2 and (self._is_small or not scope.about):
            held = self._once("volumes", looked, lambda: self._volumes(looked))
            return silences(_volumes(held.rows, held.until, self.targets))
        # Of countries and of networks, which are of all that is measured, each part tells the same,
        # and so does each question about some names: counted once.
        whole = msgspec.structs.replace(scope, about=_NONE)
        kept = ("volumes", msgspec.structs.replace(whole, as_of=self._published), looked)
        every = self._ledger.once(kept, lambda: volumes(store, whole))
        if len(self._groups) < 2:
            mine = volumes(store, scope, alone=True)
            return silences(_volumes(mine.rows, every.until, self.targets, every.rows))
        told = [
            silences(_volumes(own.rows, every.until, one.targets, every.rows))
            for one in self.parts()
            for own in [volumes(store, one._scope, alone=True)]  # noqa: SLF001 - one of its own
        ]
        wide = [one for one in told[0] if not one.target]
        named = [one for part in told for one in part if one.target]
        return sorted([*wide, *named], key=lambda one: (one.probe_cc, bool(one.target)))

    @property
    def series(self) -> tuple[tuple[str, str], ...]:
        """Every target with a jurisdiction in which it was measured."""
        return () if self.empty else self._gist.series

    def coverage_of(self, wanted: Sequence[tuple[str, str]]) -> dict[tuple[str, str], Days]:
        """As `coverage`, of some of the series."""
        some = set(wanted)
        names = self._names_of({target for target, _ in some})
        series = self.targets.series
        own = None if series is None else {n: series[n] for n in names}
        asked = msgspec.structs.replace(self.targets, names=names, series=own)
        told = Record(self._ledger, self._moment, asked, self._jurisdiction).coverage
        return {here: days for here, days in told.items() if here in some}

    @cached_property
    def coverage(self) -> dict[tuple[str, str], Days]:
        """How many networks measured each target and jurisdiction, by day."""
        if self.empty:
            return {}
        import numpy as np

        cells = self.cells
        seen = np.unique(np.stack([cells.series, cells.hour // 24, cells.network]), axis=1)
        days, networks = np.unique(seen[:2], axis=1, return_counts=True)
        found: dict[tuple[str, str], dict[date, int]] = {name: {} for name in cells.names}
        for series, day, number in zip(*days.tolist(), networks.tolist(), strict=True):
            found[cells.names[series]][_EPOCH + timedelta(days=day)] = number
        return found

    def members(self, one: Episode) -> list[Member]:
        """The verdicts that an episode rests on, by time."""
        names = self._names_of([one.target])
        scope = msgspec.structs.replace(self._scope, jurisdiction=one.probe_cc, about=names)
        return members(self._ledger.store, one, scope, whole=self.targets.folded)

    def _find(self) -> tuple[list[Episode], list[Worldwide]]:
        blocks, store = self._episodes_of(self.cells, self.tallies), self._ledger.store
        # Not before: where numpy is lacking, what reads measurements says so.
        from gatewatch.analysis.network.everywhere import WorldwideLimits, everywhere

        places = self._ledger.once("jurisdictions", lambda: jurisdictions(store)) if blocks else []
        if len(places) < WorldwideLimits().countries:
            return blocks, []
        counts, others, hours = self._elsewhere({one.target for one in blocks})
        own, worldwide = everywhere([*blocks, *others], hours)
        mine = self._jurisdiction
        told = [
            self._with_mechanisms(one, counts)
            for one in worldwide
            if mine in {None, *one.countries}
        ]
        return [one for one in own if mine in {None, one.probe_cc}], told

    def _elsewhere(
        self, targets: set[str]
    ) -> "tuple[pa.Table, list[Episode], dict[tuple[str, str], Any]]":
        """The same targets in all other jurisdictions: their tallies beside one's own, their
        episodes, and the hours in which each was measured anywhere."""
        if self._jurisdiction is None:
            return self.tallies, [], _hours(self.cells, targets)
        scope = msgspec.structs.replace(
            self._scope,
            jurisdiction=None,
            besides=self._jurisdiction,
            about=self._names_of(targets),
        )
        counts = self._counted(scope)
        cells = cells_of(counts, self.targets)
        return (
            counts,
            self._episodes_of(cells, counts),
            _hours(self.cells, targets) | _hours(cells, targets),
        )

    def _with_mechanisms(self, one: Worldwide, counts: "pa.Table") -> Worldwide:
        """An effect with the ways of blocking that it seemed to be."""
        mine = [e for e in one.episodes if e.probe_cc == self._jurisdiction]
        others = [e for e in one.episodes if e.probe_cc != self._jurisdiction]
        told = [*self._told(self.tallies, mine), *self._told(counts, others)]
        how = sorted({name for episode in told for name in episode.mechanisms})
        return msgspec.structs.replace(one, mechanisms=tuple(how), episodes=tuple(told))

    def _told(self, counts: "pa.Table", blocks: Sequence[Episode]) -> list[Episode]:
        from gatewatch.analysis.network.agreement import last_seen

        how = _Mechanisms(counts, self.targets)
        told = (msgspec.structs.replace(one, mechanisms=how.of(one)) for one in blocks)
        return [last_seen(one, self._moment.as_of) for one in told]

    def _names_of(self, targets: "set[str] | Sequence[str]") -> tuple[str, ...]:
        """The measured names of some series."""
        if self.targets.series is None:
            return tuple(targets)
        return tuple(name for name, series in self.targets.series.items() if series in targets)

    def _once(self, what: str, key: object, conclude: Any) -> Any:
        """Two questions that see the same measurements are answered once."""
        scope = msgspec.structs.replace(self._scope, as_of=self._published)
        return self._ledger.once((what, scope, key if key is not self._scope else None), conclude)


class MeasuredPlace(msgspec.Struct, frozen=True):
    """How much was measured in a jurisdiction."""

    days: int
    """On which a target was measured, of all targets together."""
    last: date


class _Gist(msgspec.Struct, frozen=True, kw_only=True):
    """What is told of a record without its counts."""

    judged: int
    places: dict[str, MeasuredPlace]
    series: tuple[tuple[str, str], ...]
    measured: tuple[tuple[str, str], ...] = ()
    invented: frozenset[tuple[str, str]] = frozenset()
    episodes: tuple[Episode, ...] = ()
    everywhere: tuple[Worldwide, ...] = ()


def _gist_of(one: Record) -> _Gist:
    cells = one.cells
    return _Gist(
        judged=int(cells.total.sum()),
        places=_places(cells),
        series=cells.names,
        measured=tuple(one.measured),
        invented=one.invented,
        episodes=tuple(one.episodes),
        everywhere=tuple(one.everywhere),
    )


def _joined(parts: Sequence[_Gist]) -> _Gist:
    """Parts are told in the order of their series, and so is all of them."""

    def every(name: str) -> chain[Any]:
        return chain.from_iterable(getattr(one, name) for one in parts)

    places: dict[str, MeasuredPlace] = {}
    for code, one in chain.from_iterable(part.places.items() for part in parts):
        held = places.get(code, MeasuredPlace(0, one.last))
        places[code] = MeasuredPlace(held.days + one.days, max(held.last, one.last))
    return _Gist(
        judged=sum(one.judged for one in parts),
        places=places,
        series=tuple(every("series")),
        measured=tuple(every("measured")),
        invented=frozenset(every("invented")),
        episodes=tuple(every("episodes")),
        everywhere=tuple(every("everywhere")),
    )


def _places(cells: "Cells") -> dict[str, MeasuredPlace]:
    import numpy as np

    codes = sorted({code for _, code in cells.names})
    place = np.array([codes.index(code) for _, code in cells.names], dtype=np.int64)
    pairs = np.unique(np.stack([cells.series, cells.hour // 24]), axis=1)
    mine = place[pairs[0]]
    return {
        code: MeasuredPlace(int(here.sum()), _EPOCH + timedelta(days=int(pairs[1][here].max())))
        for n, code in enumerate(codes)
        if (here := mine == n).any()
    }


def _volumes(
    rows: "pa.Table", until: int | None, targets: Targets, every: "pa.Table | None" = None
) -> "Volumes":
    """Counts by day as cells. What no target names still counts for its network and country.
    `every`: what is counted for these, where `rows` are of the targets alone."""
    import numpy as np
    import pyarrow as pa

    from gatewatch.analysis.network.episodes import Cells
    from gatewatch.analysis.network.silence import Volumes

    alone = 0 if every is None else len(rows)
    rows = rows if every is None else pa.concat_tables([rows, every])
    known = rows["about"].unique().to_pylist()
    series = {name: targets.series_of(name) or "" for name in known}
    if targets.names is not None:
        series |= dict.fromkeys(set(known) - set(targets.names), "")
    names, place = series_of(rows, Targets(series=series))
    seen, day, network = (rows[name].to_numpy() for name in ("seen", "day", "network"))
    kept, whole = (
        column.to_numpy(zero_copy_only=False) for column in (targets.mask(rows), rows["whole"])
    )
    counted = np.where(kept, seen, 0).astype(np.float64)
    cells = Cells(
        names=names,
        series=place,
        network=network,
        hour=day * 24,
        blocked=np.zeros(len(seen)),
        total=counted,
    )
    runs = np.where(whole, seen, 0).astype(np.float64)
    runs[:alone] = 0
    return Volumes(cells, runs, until)


def _hours(cells: "Cells", targets: "set[str]") -> dict[tuple[str, str], Any]:
    """The hours in which each of some targets was measured, by jurisdiction."""
    import numpy as np

    wanted = [n for n, (target, _) in enumerate(cells.names) if target in targets]
    order = np.argsort(cells.series, kind="stable")
    ends = np.searchsorted(cells.series[order], np.arange(len(cells.names) + 1))
    return {cells.names[n]: cells.hour[order[ends[n] : ends[n + 1]]] for n in wanted}


class _Mechanisms:
    """Ways of blocking by series, looked up by networks and hours."""

    def __init__(self, counts: "pa.Table", targets: Targets) -> None:
        import numpy as np
        import pyarrow.compute as pc

        rows = targets.rows(counts.filter(pc.greater(counts["mechanisms"], 0)))
        self._names, series = series_of(rows, targets)
        order = np.argsort(series, kind="stable")
        self._schema = rows.schema
        self._bits, self._hour, self._network = (
            rows[name].to_numpy()[order] for name in ("mechanisms", "hour", "network")
        )
        self._starts = np.searchsorted(series[order], np.arange(len(self._names) + 1))
        self._place = {name: n for n, name in enumerate(self._names)}

    def of(self, one: Episode) -> tuple[str, ...]:
        """Those seen in an episode's networks while it lasted."""
        import numpy as np

        place = self._place.get((one.target, one.probe_cc))
        if place is None:
            return ()
        rows = slice(self._starts[place], self._starts[place + 1])
        first = one.onset_earliest.timestamp() / 3600
        last = (one.resolution_latest or one.resolution_earliest).timestamp() / 3600
        hour = self._hour[rows]
        inside = (hour >= first) & (hour <= last) & np.isin(self._network[rows], one.networks)
        return mechanisms(self._schema, int(np.bitwise_or.reduce(self._bits[rows][inside])))
