"""What the network did over time, of what a ledger holds: episodes, silences, coverage.

Series are put together by query/targets.py: each name by itself, or what belongs to one service.
"""

from collections.abc import Sequence
from datetime import date, timedelta
from functools import cached_property
from typing import TYPE_CHECKING, Any, TypeVar
from zoneinfo import ZoneInfo

import msgspec

from gatewatch.errors import needs
from gatewatch.ledger.tallies import (
    Member,
    TallyScope,
    arrow,
    jurisdictions,
    mechanisms,
    members,
    tallies,
    volumes,
)
from gatewatch.model.documentation import made
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
_LOOKED = 15
"""Days: more than for what an ingest that brought nothing is believed (ledger/tallies.py)."""

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
            return tallies(self._ledger.store, scope)
        from gatewatch.query import spread

        return spread.tallies(self._ledger.cluster, self._ledger.store, scope)

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
        import pyarrow.compute as pc

        told = self.tallies.filter(pc.greater(self.tallies["total"], 0))
        pairs = told.group_by(["about", "probe_cc"]).aggregate([]).to_pydict()
        return list(zip(pairs["about"], pairs["probe_cc"], strict=True))

    @property
    def judged(self) -> int:
        """How many verdicts say something of a block, or of its absence."""
        return 0 if self.empty else int(self.cells.total.sum())

    @cached_property
    def _found(self) -> "tuple[list[Episode], list[Worldwide]]":
        if self.empty:
            return [], []
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
    def made(self) -> frozenset[tuple[str, str]]:
        """The series of which all was invented for show, by target and jurisdiction."""
        if self.empty:
            return frozenset()
        import numpy as np

        cells = self.cells
        numbers, which = np.unique(cells.network, return_inverse=True)
        real = np.array([not made([one]) for one in numbers.tolist()], dtype=bool)
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
        held = self._once("volumes", looked, lambda: volumes(self._ledger.store, self._scope))
        return silences(_volumes(held.rows, held.until, self.targets))

    @cached_property
    def coverage(self) -> dict[tuple[str, str], dict[date, int]]:
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


def _volumes(rows: "pa.Table", until: int | None, targets: Targets) -> "Volumes":
    """Counts by day as cells. What no target names still counts for its network and country."""
    import numpy as np

    from gatewatch.analysis.network.episodes import Cells
    from gatewatch.analysis.network.silence import Volumes

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
    return Volumes(cells, np.where(whole, seen, 0).astype(np.float64), until)


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
