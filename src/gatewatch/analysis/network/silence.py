"""Where measurements stop that were there as a rule: a collapse of volume is a signal of its own.

Every measurement counts, whatever came of it: a site that is down is measured as ever. Volumes are
looked at by target, by network and by country, all targets added up: where a country goes dark no
single target has to be measured often for that to be seen.
"""

from datetime import date, timedelta

import msgspec
import numpy as np
from numpy.typing import NDArray

from gatewatch.analysis.network.episodes import Cells
from gatewatch.analysis.network.forward_backward import Floats, Ints
from gatewatch.model.episode import Silence

_EPOCH = date(1970, 1, 1)
_WEEK = 7
Flags = NDArray[np.bool_]


class Expectation(msgspec.Struct, frozen=True):
    """When few measurements are too few."""

    weeks: int = 4
    """Before a day, whose median is what is expected of it; the same weekdays count, so that quiet
    weekends are expected. Days of a silence are left out, so it is told as long as it lasts."""
    least: float = 5.0
    """Measurements a day from which on volume is expected at all."""
    share: float = 0.1
    """Of what is expected; at most this much is silence."""
    days: int = 3
    """In a row. Single probes are switched off for a day or two all the time."""
    sure: float = 30.0
    """Of a country from which so many come a day, by more than one network, none of the weeks
    before with a day under `steady` of their median, one day is enough: that several probes of a
    steady stream all stop by chance was never seen in those weeks."""
    steady: float = 0.3
    gone: int = 28
    """Days after which a target or a network that did not come back is measured no more."""
    gone_dark: int = 365
    """The same of a country: a probe is taken away, a country is not."""


class Volumes(msgspec.Struct, frozen=True):
    """Counts of measurements as `Cells` has them, of which `total` are all of the series' target.

    `runs` are those that are about it as a whole: a run of a test with many targets counts once for
    its network and country. A series without a name counts for these alone. `until` is the last
    hour by which anything had been measured anywhere.
    """

    cells: Cells
    runs: Floats
    until: int | None = None


def silences(
    volumes: Volumes,
    wanted: Expectation = Expectation(),  # noqa: B008 - frozen
) -> list[Silence]:
    """Every silence, by country, then network, then target. What a wider one tells is not told
    again."""
    cells = volumes.cells
    if not len(cells.hour):
        return []
    found: list[Silence] = []
    codes = np.array([code for _, code in cells.names])[cells.series]
    until = int(cells.hour.max()) // 24 * 24 + 23 if volumes.until is None else volumes.until
    for code in sorted(set(codes.tolist())):
        place = _Place(volumes=volumes, inside=codes == code, code=code, until=until, wanted=wanted)
        found += place.silences()
    return found


class _Place:
    """One jurisdiction."""

    def __init__(
        self, volumes: Volumes, inside: Flags, code: str, until: int, wanted: Expectation
    ) -> None:
        cells = volumes.cells
        self._names, self._code, self._wanted = cells.names, code, wanted
        self._series, self._network = cells.series[inside], cells.network[inside]
        self._day = cells.hour[inside] // 24
        self._first = int(self._day.min())
        self._last = max(until // 24, int(self._day.max()))
        self._whole = self._last + 1 if until % 24 == 23 or until // 24 < self._last else self._last
        """The first day that is not over yet."""
        self._total, self._runs = cells.total[inside], volumes.runs[inside]

    def silences(self) -> list[Silence]:
        """The country's, those of networks beside others that go on, those of targets."""
        country = self._country()
        networks = [one for one in self._networks() if not _within(one, country)]
        targets = [one for one in self._targets() if not _within(one, country)]
        return [*country, *networks, *(t for t in targets if not self._explained(t, networks))]

    def _country(self) -> list[Silence]:
        none = np.zeros(len(self._day), dtype=np.int64)
        counts = self._daily(none, 1, self._runs)
        several = len(np.unique(self._network[self._runs > 0])) > 1
        return [
            self._silence(run, self._runs > 0, target="", network=None)
            for run in self._runs_of(counts, self._wanted.gone_dark, country=several)
        ]

    def _networks(self) -> list[Silence]:
        known, place = np.unique(self._network, return_inverse=True)
        counts = self._daily(place, len(known), self._runs)
        return [
            self._silence(run, place == run.row, target="", network=int(known[run.row]))
            for run in self._runs_of(counts, self._wanted.gone)
            if known[run.row] > 0
        ]

    def _targets(self) -> list[Silence]:
        known, place = np.unique(self._series, return_inverse=True)
        counts = self._daily(place, len(known), self._total)
        return [
            self._silence(
                run, place == run.row, target=self._names[int(known[run.row])][0], network=None
            )
            for run in self._runs_of(counts, self._wanted.gone)
            if self._names[int(known[run.row])][0]
        ]

    def _daily(self, place: Ints, rows: int, weights: Floats) -> Floats:
        """A row a series, a column a day."""
        counts = np.zeros((rows, self._last + 1 - self._first))
        np.add.at(counts, (place, self._day - self._first), weights)
        return counts

    def _runs_of(self, counts: Floats, gone: int, *, country: bool = False) -> "list[_Run]":
        """Silences of each row. A day that is not over can end one and not lengthen one."""
        wanted = self._wanted
        expected, quiet = _expected(counts, wanted)
        whole = min(self._whole - self._first, counts.shape[1])
        found = []
        for row, start, stop in _stretches(quiet):
            end = min(stop, whole)
            first = expected[row, start]
            sure = country and first >= wanted.sure and self._steady(counts[row, :start])
            enough = 1 if sure else wanted.days
            ongoing = stop == counts.shape[1]
            if end - start >= enough and not (ongoing and end - start > gone):
                seen = int(counts[row, start:end].sum())
                found.append(
                    _Run(
                        row=row,
                        start=start,
                        stop=end,
                        expected=float(first),
                        seen=seen,
                        ongoing=ongoing,
                    )
                )
        return found

    def _steady(self, before: Floats) -> bool:
        """Whether no day of the weeks before was nearly as quiet."""
        last = before[-_WEEK * self._wanted.weeks :]
        return bool(last.min() >= self._wanted.steady * np.median(last))

    def _silence(self, run: "_Run", counted: Flags, *, target: str, network: int | None) -> Silence:
        """`counted`: the cells that its row counts."""
        first = self._first + run.start
        before = (self._day < first) & (self._day >= first - _WEEK * self._wanted.weeks)
        return Silence(
            target=target,
            probe_cc=self._code,
            network=network,
            first=_EPOCH + timedelta(days=self._first + run.start),
            last=_EPOCH + timedelta(days=self._first + run.stop - 1),
            expected=run.expected,
            seen=run.seen,
            ongoing=run.ongoing,
            networks=tuple(np.unique(self._network[counted & before]).tolist()),
        )

    def _explained(self, target: Silence, networks: list[Silence]) -> bool:
        """Whether all networks that measured a target in the weeks before fell silent
        themselves."""
        first = (target.first - _EPOCH).days
        mine = np.array([name == target.target for name, _ in self._names])[self._series]
        before = mine & (self._day < first) & (self._day >= first - _WEEK * self._wanted.weeks)
        silent = {n.network for n in networks if n.first <= target.last and n.last >= target.first}
        return set(self._network[before].tolist()) <= silent


class _Run(msgspec.Struct, frozen=True):
    """Places of days in a row of counts."""

    row: int
    start: int
    stop: int
    expected: float
    seen: int
    ongoing: bool


def _within(one: Silence, wider: list[Silence]) -> bool:
    """Whether a wider silence tells all of it, to a day at either end."""
    day = timedelta(days=1)
    return any(w.first - day <= one.first and one.last <= w.last + day for w in wider)


def _expected(counts: Floats, wanted: Expectation) -> tuple[Floats, Flags]:
    """What is expected of each day (0 where the weeks before are not all held, and in rows that
    never have enough), and whether it is quiet. One pass over the weeks, since days of a silence
    are no part of what is expected later; a day rests on the same day of weeks before alone, so
    that the seven of a week are told at once."""
    expected, quiet = np.zeros_like(counts), np.zeros(counts.shape, dtype=np.bool_)
    busy = np.flatnonzero(counts.max(axis=1, initial=0) >= wanted.least)
    rows, days = len(busy), counts.shape[1]
    before = np.full((rows, _WEEK, wanted.weeks), np.nan)
    for start in range(0, days if rows else 0, _WEEK):
        now = counts[busy, start : start + _WEEK]
        same = before[:, : now.shape[1]]
        # A NaN sorts last: where one is, the weeks before are not all held. Sorting so few is a
        # tenth of the work of np.median.
        ordered = np.sort(same, axis=2)
        middle = (ordered[..., (wanted.weeks - 1) // 2] + ordered[..., wanted.weeks // 2]) / 2
        median = np.where(np.isnan(ordered[..., -1]), 0, middle)
        low = (median >= wanted.least) & (now <= wanted.share * median)
        expected[busy, start : start + _WEEK], quiet[busy, start : start + _WEEK] = median, low
        pushed = np.concatenate([same[..., 1:], now[..., None]], axis=2)
        before[:, : now.shape[1]] = np.where(low[..., None], same, pushed)
    return expected, quiet


def _stretches(quiet: Flags) -> list[tuple[int, int, int]]:
    """Row, first and after the last column of each run of quiet days."""
    edges = np.diff(np.pad(quiet.astype(np.int8), ((0, 0), (1, 1))), axis=1)
    starts, stops = np.argwhere(edges == 1), np.argwhere(edges == -1)
    return [
        (int(row), int(start), int(stop))
        for (row, start), (_, stop) in zip(starts, stops, strict=True)
    ]
