"""The baseline: two-sided CUSUM on hourly cells, as ../shared/ooni/README.md describes it.

One series per (country, network, target): S+ = max(0, S+ + y - 0.35), S- = max(0, S- + 0.35 - y),
threshold 3.5; after a gap of more than 24 hours both are first multiplied by 0.5 ** (gap / 48). The
first crossing of a series is not announced. Hours without data are skipped.
"""

from dataclasses import dataclass
from itertools import pairwise

import numpy as np

from gatewatch.analysis.episodes import Cells

MIDDLE, THRESHOLD, GAP, HALF_LIFE = 0.35, 3.5, 24, 48


@dataclass(frozen=True)
class Alert:
    """A crossing: at which hour's data a network's series is said to be blocked, or not any more."""

    series: int
    network: int
    hour: int
    blocked: bool


def alerts(cells: Cells) -> list[Alert]:
    """All announcements, in order of series, network and hour.

    The cell's share of blocked verdicts stands for the median of its scores.
    """
    score = cells.blocked / cells.total
    changed = (np.diff(cells.series) != 0) | (np.diff(cells.network) != 0)
    edges = [0, *(np.flatnonzero(changed) + 1).tolist(), len(cells)]
    found = []
    for a, b in pairwise(edges):
        if a == b:
            continue
        series, network = int(cells.series[a]), int(cells.network[a])
        for hour, blocked in crossings(cells.hour[a:b].tolist(), score[a:b].tolist()):
            found.append(Alert(series, network, hour, blocked))
    return found


def crossings(hours: list[int], scores: list[float]) -> list[tuple[int, bool]]:
    """Of one series: the changes of what it is said to be, without the first."""
    up = down = 0.0
    before, state = hours[0], None
    told = []
    for hour, score in zip(hours, scores, strict=True):
        gap = hour - before
        if gap > GAP:
            fade = 0.5 ** (gap / HALF_LIFE)
            up *= fade
            down *= fade
        before = hour
        up = max(0.0, up + score - MIDDLE)
        down = max(0.0, down + MIDDLE - score)
        if up >= THRESHOLD or down >= THRESHOLD:
            now = up >= THRESHOLD
            up = down = 0.0
            if now != state:
                if state is not None:
                    told.append((hour, now))
                state = now
    return told


def episodes(cells: Cells) -> dict[int, list[tuple[int, int | None, int]]]:
    """Announced blocks of each series over all its networks, joined where they overlap or lie less than
    two days apart: onset, end (None: none announced), networks."""
    spans: dict[int, list[tuple[int, float, int]]] = {}
    opened: dict[tuple[int, int], int] = {}
    for one in alerts(cells):
        key = (one.series, one.network)
        if one.blocked:
            opened[key] = one.hour
        elif key in opened:
            spans.setdefault(one.series, []).append((opened.pop(key), one.hour, one.network))
    for (series, network), hour in opened.items():
        spans.setdefault(series, []).append((hour, np.inf, network))
    return {series: _joined(sorted(held)) for series, held in spans.items()}


def _joined(spans: list[tuple[int, float, int]]) -> list[tuple[int, int | None, int]]:
    joined: list[tuple[int, float, set[int]]] = []
    for start, end, network in spans:
        if joined and start - joined[-1][1] < 48:
            first, last, networks = joined[-1]
            joined[-1] = (first, max(last, end), networks | {network})
        else:
            joined.append((start, end, {network}))
    return [(a, None if b == np.inf else int(b), len(n)) for a, b, n in joined]
