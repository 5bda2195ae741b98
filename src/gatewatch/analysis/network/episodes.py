"""From tallies of verdicts to episodes: since when and until when a target was blocked, with doubt.

Each cell is what one network saw in one hour. A cell's evidence is the likelihood of its counts in
a blocked country, where some networks are affected and some are not, against one that is not, where
some network may have a fault of its own: so no single cell says much. Evidence of a network adds up
within a day only so far, since distinct networks and days count and not rows. The country's state
follows a hidden Markov model in continuous time. A span that one network alone bears out, while
others measured, is that network's own affair: its evidence is taken out, and the rest is looked at
again.
"""

import os
from collections import deque
from collections.abc import Iterator
from concurrent.futures import Future, ThreadPoolExecutor
from datetime import UTC, datetime, timedelta
from functools import cached_property

import msgspec
import numpy as np
from numpy.typing import NDArray

from gatewatch.analysis.network.forward_backward import Floats, Ints, posterior
from gatewatch.analysis.network.likelihood import Model, evidence
from gatewatch.model.episode import Episode

_EPOCH = datetime(1970, 1, 1, tzinfo=UTC)
_AROUND = 240
"""Hours before and after a span that are looked at for networks that always say blocked."""
_MONTH = 720
_AT_ONCE = 1 << 15
"""Cells looked at together: few enough to stay in a processor's cache, many enough for its
speed."""
_FEW = 2
_LIKELIER = 0.5
_ALL = 0.98
"""The share of blocked verdicts that is all of them, but for chance."""
_OTHERS = 5
"""Hours of a network in which another make saw the target, before they contradict one make; and
measurements outside of a span from which on a network has a usual share of blocked ones."""


class Cells(msgspec.Struct, frozen=True):
    """Counts by series, network and hour, in any order. Arrays of one length.

    `series` are places in `names`; `hour` counts from 1970; `blocked` may be fractions (a likely
    block counts for less than one) and is at most `total`. Insufficient verdicts are in neither.
    """

    names: tuple[tuple[str, str], ...]
    """Target and probe_cc of each series."""
    series: Ints
    network: Ints
    hour: Ints
    blocked: Floats
    total: Floats
    probe: Ints | None = None
    """A number for the one probe by which all of `blocked` is, below zero for the one make of
    probes, 0 where neither is known."""
    sound: Ints | None = None
    """The make of the probes that saw no block: below zero; 1 for several, 0 for none."""


def episodes(cells: Cells, model: Model = Model()) -> list[Episode]:  # noqa: B008 - frozen
    """Every episode, by series and onset. What came in which order or batch changes nothing.

    Some series are looked at at a time, so that memory is bounded by them or by the largest one.
    """
    if not len(cells.hour):
        return []
    found: list[Episode] = []
    workers = os.cpu_count() or 1
    with ThreadPoolExecutor(workers) as threads:
        waiting: deque[Future[list[Episode]]] = deque()
        for part in _parts(cells):
            waiting.append(threads.submit(_episodes, part, model))
            if len(waiting) > workers:
                found += waiting.popleft().result()
        for future in waiting:
            found += future.result()
    return found


def _parts(cells: Cells) -> Iterator[Cells]:
    """Whole series together, as many as make up some number of cells."""
    order = np.argsort(cells.series, kind="stable")
    ends = np.cumsum(np.bincount(cells.series, minlength=len(cells.names)))
    start = 0
    while start < len(order):
        last = int(np.searchsorted(ends, start + _AT_ONCE, side="right"))
        stop = max(
            int(ends[last - 1]) if last else 0,
            int(ends[np.searchsorted(ends, start, side="right")]),
        )
        part = order[start:stop]
        yield Cells(
            names=cells.names,
            series=cells.series[part],
            network=cells.network[part],
            hour=cells.hour[part],
            blocked=cells.blocked[part],
            total=cells.total[part],
            probe=None if cells.probe is None else cells.probe[part],
            sound=None if cells.sound is None else cells.sound[part],
        )
        start = stop


def _episodes(cells: Cells, model: Model) -> list[Episode]:
    held = _Ordered(cells, model)
    spans = held.spans()
    for _ in range(2):
        alone = held.take_out_lone(spans)
        if not alone:
            break
        spans = held.spans()
    return [held.episode(span) for span in spans if held.stands(span)]


class _Span(msgspec.Struct, frozen=True):
    """Hours first to last of a series in which a block is likelier than not; places among hours."""

    first: int
    last: int


class _Ordered:
    """Cells in order of series, hour and network, joined where one hour of a network came twice."""

    def __init__(self, cells: Cells, model: Model) -> None:
        self._model = model
        self._names = cells.names
        self._asked: dict[_Span, tuple[Ints, Ints]] = {}
        order = np.lexsort((cells.network, cells.hour, cells.series))
        keys = [cells.series[order], cells.hour[order], cells.network[order]]
        first = _firsts(*keys)
        where = np.flatnonzero(first)
        self.series, self.hour, self.network = (row[first] for row in keys)
        self.blocked = np.add.reduceat(cells.blocked[order], where)
        self.total = np.add.reduceat(cells.total[order], where)
        self._given, self._order, self._where = cells, order, where
        self.raw = evidence(self.blocked, self.total, model)
        self.held = self._within_a_day(self.raw)
        """What counts for whether there was a block: distinct networks and days, not rows."""
        self.shown = self.raw.copy()
        """What counts for when it began and ended, once there was one."""
        hours = _firsts(self.series, self.hour)
        self.at = np.flatnonzero(hours)
        self.row_of = np.cumsum(hours) - 1
        self.hours = self.hour[self.at]
        self.of = self.series[self.at]
        self.starts = np.append(True, self.of[1:] != self.of[:-1])
        gaps = np.diff(self.hours, prepend=self.hours[0]).astype(np.float64)
        self.gaps = np.where(self.starts, 0.0, gaps)

    def _within_a_day(self, values: Floats) -> Floats:
        """What each cell adds to its network's evidence of the day, up to the most that counts."""
        day = self.hour // 24
        order = np.lexsort((self.hour, day, self.network, self.series))
        groups = _firsts(self.series[order], self.network[order], day[order])
        starts = np.flatnonzero(groups)
        sizes = np.diff(np.append(starts, len(order)))
        summed = np.cumsum(values[order])
        base = np.concatenate([[0.0], summed[:-1]])[groups]
        inside = summed - np.repeat(base, sizes)
        kept = np.clip(inside, -self._model.most_against, self._model.most_for)
        alone = self._alone()[order][starts]
        if alone.any():
            self._hour_by_hour(values[order], starts[alone], sizes[alone], kept)
        before = np.where(groups, 0.0, np.roll(kept, 1))
        found = np.empty_like(values)
        found[order] = kept - before
        return found

    def _hour_by_hour(self, values: Floats, starts: Ints, sizes: Ints, kept: Floats) -> None:
        """The same of days of one network alone, held within the bounds from hour to hour: else a
        sound morning had to be paid back before the first blocked hour of its evening counts."""
        model, held = self._model, np.zeros(len(starts))
        for hour in range(int(sizes.max())):  # 24 at the most
            there = np.flatnonzero(sizes > hour)
            at = starts[there] + hour
            held[there] += values[at]
            np.clip(held, -model.most_against, model.most_for_alone, out=held)
            kept[at] = held[there]

    def _alone(self) -> NDArray[np.bool_]:
        """Cells around which, ten days and more either way, no second network measured the
        series."""
        block = self.hour // _AROUND
        starts = np.flatnonzero(_firsts(self.series, block))
        low, high = (f.reduceat(self.network, starts) for f in (np.minimum, np.maximum))
        series, block = self.series[starts], block[starts]
        beside = (series[1:] == series[:-1]) & (block[1:] - block[:-1] == 1)
        one = low == high
        with_next = np.append(~beside | (one[1:] & (low[1:] == low[:-1])), True)
        with_last = np.append(True, ~beside | (one[:-1] & (low[1:] == low[:-1])))
        sizes = np.diff(np.append(starts, len(self.hour)))
        return np.repeat(one & with_next & with_last, sizes)

    def spans(self) -> list[_Span]:
        """Runs of hours in which a block is likelier than not."""
        model = self._model
        together = np.add.reduceat(self.held, self.at)
        self.likely = posterior(together, self.gaps, self.starts, model.onset, end=model.end)
        inside = self.likely > _LIKELIER
        begins = inside & (self.starts | ~np.roll(inside, 1))
        ends = inside & np.append(self.starts[1:] | ~inside[1:], True)
        edges = zip(np.flatnonzero(begins), np.flatnonzero(ends), strict=True)
        found = [_Span(int(a), int(b)) for a, b in edges]
        beside = zip([None, *found], found, [*found[1:], None], strict=False)
        self._beside = {
            one: (before.last + 1 if before else 0, after.first - 1 if after else len(self.of))
            for before, one, after in beside
        }
        return found

    def _cells(self, span: _Span) -> slice:
        last = self.at[span.last + 1] if span.last + 1 < len(self.at) else len(self.hour)
        return slice(int(self.at[span.first]), int(last))

    def _networks(self, span: _Span) -> tuple[Ints, Ints]:
        """Networks that measured within a span, and those of them that bear it out."""
        if span not in self._asked:
            self._asked[span] = self._count(span)
        return self._asked[span]

    def _count(self, span: _Span) -> tuple[Ints, Ints]:
        cells = self._cells(span)
        names, inverse = np.unique(self.network[cells], return_inverse=True)
        sums = np.bincount(inverse, weights=self.raw[cells])
        return names, names[sums > self._model.borne_out]

    @cached_property
    def _probe(self) -> Ints:
        """The one probe or make by which all of a cell's `blocked` is, once a span asks."""
        assert self._given.probe is not None
        return _one(self._given.probe, self._given.blocked > 0, self._order, self._where)

    @cached_property
    def _sound(self) -> Ints:
        """The make of those that saw no block in a cell: below zero; 1 for several, 0 for none."""
        said = self._given.sound
        if said is None:
            return np.zeros(len(self._where), dtype=np.int64)
        found = _one(said, said != 0, self._order, self._where)
        some = np.add.reduceat((said != 0)[self._order].astype(np.int64), self._where) > 0
        return np.where(some & (found == 0), 1, found)

    def _by_one_probe(self, span: _Span) -> bool:
        """Whether one probe, wherever it was carried, says nearly all that several networks seem to
        say: its own trust store, filter or clock goes with it. Of probes without a number, whether
        one make of them does."""
        if self._given.probe is None:
            return False
        cells = self._cells(span)
        said, place = np.unique(self._probe[cells], return_inverse=True)
        weights = np.bincount(place, weights=self.blocked[cells])
        most = int(weights.argmax())
        share = weights[most] / weights.sum()
        if said[most] > 0:
            return bool(share >= self._model.one_probe)
        return bool(said[most]) and self._follows(span, int(said[most]), float(share))

    def _follows(self, span: _Span, make: int, share: float) -> bool:
        """Whether a block follows a make of probes and not the networks: in most of the networks
        that it seems to be in others see the target, and probes of the make hardly ever do.

        That one make says all of it proves nothing, since in many countries nearly all probes are
        of one; so every block must be its word, and others must have said otherwise often enough.
        """
        if share < _ALL:
            return False
        affected = self._networks(span)[1]
        cells = self._cells(span)
        sound, network = self._sound[cells], self.network[cells]
        there = np.isin(network, affected)
        others = there & (sound != 0) & (sound != make)
        own = there & (sound == make)
        blocked = there & (self.blocked[cells] > 0)
        wide = len(np.unique(network[others])) * 2 > len(affected)
        return bool(
            wide
            and others.sum() >= _OTHERS
            and own.sum() <= (1 - self._model.one_probe) * blocked.sum()
        )

    def take_out_lone(self, spans: list[_Span]) -> bool:
        """Silence a network, or a probe, that is alone with its evidence while others measured.
        Whether any was."""
        found = False
        for span in spans:
            measured, affected = self._networks(span)
            alone = len(affected) == 1 or (len(affected) > 1 and self._by_one_probe(span))
            if alone and len(measured) > len(affected):
                cells = self._cells(span)
                lone = np.isin(self.network[cells], affected)
                for evidence_of in (self.held, self.shown):
                    evidence_of[cells] = np.where(
                        lone, np.minimum(evidence_of[cells], 0.0), evidence_of[cells]
                    )
                found = True
        return found

    def stands(self, span: _Span) -> bool:
        """Two networks bear it out that do not always say so, or the only one that measures, in
        more than two hours. What one probe says of several networks is one word."""
        measured, affected = self._networks(span)
        if self._ended(span) and self._at_its_best(span) < self._model.over:
            return False
        if len(affected) >= 2 and not self._by_one_probe(span):
            return len(np.setdiff1d(affected, self._always(span))) >= 2
        if len(measured) > len(affected) or not len(affected) or span.last - span.first < _FEW:
            return False
        around = self._networks(_Span(*self._around(span)))[0]
        return len(np.setdiff1d(around, affected)) == 0

    def _ended(self, span: _Span) -> bool:
        """Whether there are measurements of the series after it."""
        after = span.last + 1
        return after < len(self.of) and bool(self.of[after] == self.of[span.first])

    def _confidence(self, span: _Span) -> float:
        return float(self.likely[span.first : span.last + 1].mean())

    def _at_its_best(self, span: _Span) -> float:
        """The mean posterior of the hours in which somebody said blocked: what a day adds is in its
        first hours (`_within_a_day`), and the rest of it tells when and not whether."""
        said = self._hourly(span.first, span.last) > 0
        hours = self.likely[span.first : span.last + 1]
        return float(hours[said].mean()) if said.any() else 0.0

    def _around(self, span: _Span) -> tuple[int, int]:
        """A span with the days before and after it."""
        series = int(self.of[span.first])
        low, _ = self._window(span.first, series, _AROUND)
        _, high = self._window(span.last, series, _AROUND)
        return low, high

    def _always(self, span: _Span) -> Ints:
        """Networks that say blocked on the days around a span as well: they tell nothing of it.
        Days within another span are left out, since a block may be lifted and come back."""
        cells, inner = self._cells(_Span(*self._around(span))), self._cells(span)
        outside = self.likely[self.row_of[cells]] <= _LIKELIER
        outside[inner.start - cells.start : inner.stop - cells.start] = False
        names, place = np.unique(self.network[cells], return_inverse=True)
        size = len(names)

        def summed(values: Floats, of: NDArray[np.bool_]) -> Floats:
            told = np.bincount(place[of], weights=values[cells][of], minlength=size)
            return told.astype(np.float64)

        within = np.zeros(len(outside), dtype=np.bool_)
        within[inner.start - cells.start : inner.stop - cells.start] = True
        counts = summed(self.total, outside)
        usual = summed(self.blocked, outside) / np.maximum(counts, 1)
        share = summed(self.blocked, within) / np.maximum(summed(self.total, within), 1)
        noisy = (counts >= _OTHERS) & (share < self._model.contrast * usual)
        return names[(summed(self.raw, outside) > self._model.borne_out) | noisy]

    def episode(self, span: _Span) -> Episode:
        measured, affected = self._networks(span)
        cells = self._cells(span)
        series = int(self.of[span.first])
        target, code = self._names[series]
        onset = self._onset(span, series)
        end = self._ending(span, series)
        return Episode(
            target=target,
            probe_cc=code,
            onset_earliest=onset[0],
            onset_latest=onset[1],
            resolution_earliest=end[0],
            resolution_latest=end[1],
            confidence=self._confidence(span),
            networks=tuple(int(n) for n in affected),
            measured=len(measured),
            first=_time(float(self.hours[span.first])),
            last=_time(float(self.hours[span.last])),
            members=int(self.total[cells].sum()),
        )

    def _onset(self, span: _Span, series: int) -> tuple[datetime, datetime]:
        """When it began: hours before the change are sound, those after it to the span's end
        blocked."""
        low, _ = self._window(span.first, series)
        low = max(low, self._beside[span][0])
        after = np.cumsum(self._hourly(low, span.last)[::-1])[::-1]
        return self._interval(after, low)

    def _ending(self, span: _Span, series: int) -> tuple[datetime, datetime | None]:
        """When it ended: after the last hour of the span, or not within what is held."""
        if not self._ended(span):
            return _time(float(self.hours[span.last])), None
        _, high = self._window(span.last + 1, series)
        high = max(span.last, min(high, self._beside[span][1]))
        before = np.cumsum(self._hourly(span.first, high))[:-1]
        first, last = self._interval(before, span.first + 1)
        return first, last

    def _hourly(self, low: int, high: int) -> Floats:
        """Evidence of a block in each hour, all networks together, not held within any bounds:
        between two states that are known to follow each other the hours are weighed as they are."""
        stop = self.at[high + 1] if high + 1 < len(self.at) else len(self.hour)
        cells = slice(int(self.at[low]), int(stop))
        there = self.row_of[cells] - low
        summed = np.bincount(there, weights=self.shown[cells], minlength=high - low + 1)
        return np.asarray(summed, dtype=np.float64)

    def _interval(self, scores: Floats, low: int) -> tuple[datetime, datetime]:
        """The central interval of a change just before one of the hours from `low` on, each with
        its score, widened to the measurements around it: it lies between the hour of the last one
        without and the end of the hour of the first one with, as the bracket of a listing does.
        Within a gap there is no evidence, so nothing narrows it there."""
        hours = self.hours[low : low + len(scores)].astype(np.float64)
        gaps = self.gaps[low : low + len(scores)]
        mass = np.exp(scores - scores.max()) * np.where(gaps > 0, gaps, 1.0)
        summed = np.cumsum(mass)
        tail = (1 - self._model.interval) / 2 * summed[-1]
        first = int(np.searchsorted(summed, tail, side="right"))
        last = int(np.searchsorted(summed, summed[-1] - tail))
        gap = gaps[first] if gaps[first] > 0 else 1.0
        return _time(hours[first] - gap), _time(hours[min(last, len(hours) - 1)] + 1)

    def _window(self, around: int, series: int, reach: int = _MONTH) -> tuple[int, int]:
        """Places of the hours of a series that lie within a reach, in hours, of one of them."""
        start, stop = np.searchsorted(self.of, [series, series + 1])
        bounds = self.hours[around] + np.array([-reach, reach])
        low, high = np.searchsorted(self.hours[start:stop], bounds) + start
        return int(low), int(min(high, stop - 1))


def _one(numbers: Ints, said: NDArray[np.bool_], order: Ints, where: Ints) -> Ints:
    """The one number that all rows of a joined cell bear of which something is said; 0 where there
    are several, or none."""
    kept, held = said[order], numbers[order]
    low, high = np.iinfo(np.int64).min, np.iinfo(np.int64).max
    least = np.minimum.reduceat(np.where(kept, held, high), where)
    most = np.maximum.reduceat(np.where(kept, held, low), where)
    return np.where(least == most, least, 0)


def _time(hour: float) -> datetime:
    """To the second."""
    return _EPOCH + timedelta(seconds=round(hour * 3600))


def _firsts(*keys: Ints) -> NDArray[np.bool_]:
    """Where a row of sorted keys differs from the one before."""
    found = np.ones(len(keys[0]), dtype=np.bool_)
    found[1:] = False
    for key in keys:
        found[1:] |= key[1:] != key[:-1]
    return found
