"""Where measurements stop that were there as a rule: a collapse of volume is a signal of its own."""

from datetime import date, timedelta

import msgspec
import numpy as np
from numpy.lib.stride_tricks import sliding_window_view
from numpy.typing import NDArray

from gatewatch.analysis.network.episodes import Cells
from gatewatch.analysis.network.forward_backward import Floats, Ints
from gatewatch.model.episode import Silence

_EPOCH = date(1970, 1, 1)
Flags = NDArray[np.bool_]


class Expectation(msgspec.Struct, frozen=True):
    """When few measurements are too few."""

    weeks: int = 4
    """Before a day, whose median is what is expected of it; the same weekdays count, so that quiet
    weekends are expected."""
    least: float = 5.0
    """Measurements a day from which on volume is expected at all."""
    share: float = 0.1
    """Of what is expected; at most this much is silence."""
    days: int = 3
    """In a row."""


def silences(cells: Cells, wanted: Expectation = Expectation()) -> list[Silence]:  # noqa: B008 - frozen
    """Every silence, by series and day. The last day of a jurisdiction is the last one on which any of
    its series was measured."""
    if not len(cells.hour):
        return []
    day = cells.hour // 24
    found: list[Silence] = []
    codes = np.array([code for _, code in cells.names])
    for code in sorted(set(codes.tolist())):
        inside = codes[cells.series] == code
        if inside.any():
            first, last = int(day[inside].min()), int(day[inside].max())
            found += _of_a_place(cells, inside, day, first, last, wanted)
    return sorted(found, key=lambda one: (one.target, one.probe_cc, one.first))


def _of_a_place(
    cells: Cells, inside: Flags, day: Ints, first: int, last: int, wanted: Expectation
) -> list[Silence]:
    """Silences of all series of one jurisdiction: a row a series, a column a day."""
    series, place = np.unique(cells.series[inside], return_inverse=True)
    counts = np.zeros((len(series), last - first + 1))
    np.add.at(counts, (place, day[inside] - first), cells.total[inside])
    expected = _expected(counts, wanted.weeks)
    quiet = (expected >= wanted.least) & (counts <= wanted.share * expected)
    return [
        Silence(
            target=cells.names[int(series[row])][0],
            probe_cc=cells.names[int(series[row])][1],
            first=_EPOCH + timedelta(days=first + start),
            last=_EPOCH + timedelta(days=first + stop - 1),
            expected=float(expected[row, start]),
            seen=int(counts[row, start:stop].sum()),
            ongoing=stop == counts.shape[1],
        )
        for row, start, stop in _runs(quiet, wanted.days)
    ]


def _expected(counts: Floats, weeks: int) -> Floats:
    """The median of the same weekday over the weeks before; nothing where they are not all held. A
    short silence among them moves no median."""
    rows, days = counts.shape
    expected = np.zeros_like(counts)
    if days > 7 * weeks:
        windows = sliding_window_view(counts, 7 * weeks, axis=1)[:, : days - 7 * weeks]
        same = windows[:, :, ::7]
        expected[:, 7 * weeks :] = np.median(same, axis=2)
    return expected.reshape(rows, days)


def _runs(quiet: Flags, least: int) -> list[tuple[int, int, int]]:
    """Row, first and after the last column of each run that is long enough."""
    edges = np.diff(np.pad(quiet.astype(np.int8), ((0, 0), (1, 1))), axis=1)
    starts, stops = np.argwhere(edges == 1), np.argwhere(edges == -1)
    return [
        (int(row), int(start), int(stop))
        for (row, start), (_, stop) in zip(starts, stops, strict=True)
        if stop - start >= least
    ]
