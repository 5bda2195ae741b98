"""The baseline: a two-sided CUSUM on hourly medians, one series a target, country and network."""

from collections import defaultdict
from statistics import median

from gatewatch.analysis.network.episodes import Cells

_BEFORE, _AFTER, _THRESHOLD = 0.0, 0.7, 3.5
_DRIFT = (_BEFORE + _AFTER) / 2
_LATE, _HALF = 24, 48


def alarms(cells: Cells) -> list[tuple[int, int, int | None]]:
    """Series, hour of the alarm that says blocked, hour of the one that says unblocked or None.

    The first crossing of a series is not announced; hours without data are skipped.
    """
    grouped: dict[tuple[int, int], dict[int, list[float]]] = defaultdict(lambda: defaultdict(list))
    for s, n, h, b, t in zip(
        cells.series.tolist(),
        cells.network.tolist(),
        cells.hour.tolist(),
        cells.blocked.tolist(),
        cells.total.tolist(),
        strict=True,
    ):
        grouped[s, n][h].append(b / t)
    found = []
    for (series, _), by_hour in grouped.items():
        found += [(series, up, down) for up, down in _one(by_hour)]
    return sorted(found, key=lambda one: one[:2])


def _one(by_hour: dict[int, list[float]]) -> list[tuple[int, int | None]]:
    up = down = 0.0
    last: int | None = None
    state: bool | None = None
    found: list[tuple[int, int | None]] = []
    for hour in sorted(by_hour):
        if last is not None and hour - last > _LATE:
            fade = 0.5 ** ((hour - last) / _HALF)
            up, down = up * fade, down * fade
        last = hour
        y = median(by_hour[hour])
        up = max(0.0, up + y - _DRIFT)
        down = max(0.0, down + _DRIFT - y)
        if up > _THRESHOLD and state is not True:
            if state is not None:
                found.append((hour, None))
            state, up, down = True, 0.0, 0.0
        elif down > _THRESHOLD and state is not False:
            if state and found and found[-1][1] is None:
                found[-1] = (found[-1][0], hour)
            state, up, down = False, 0.0, 0.0
    return found
