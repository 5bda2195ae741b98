"""What is believed before any measurement, and how much likelier counts are under a block.

A cell is what one network saw in one hour: so many verdicts, so many of them blocked. In a blocked
country some networks are affected and some are not; in one that is not, some network may have a
fault of its own. Pure numbers: whose they are, and when, is the matter of episodes.py.
"""

import msgspec
import numpy as np

from gatewatch.analysis.network.forward_backward import Floats

_SMALL, _FOURTHS = 64, 4
"""Counts below the first, with weights that are fourths (ledger.tallies.WEIGHTS), are small."""


class Model(msgspec.Struct, frozen=True):
    """What is believed before any measurement. Beta parameters of the share of blocked verdicts."""

    affected: tuple[float, float] = (8.0, 2.0)
    """In a network that blocks."""
    sound: tuple[float, float] = (1.0, 40.0)
    """In one that does not: false verdicts happen."""
    share: float = 0.6
    """Of networks affected where there is a block."""
    fault: float = 0.02
    """Of networks with a fault of their own where there is none."""
    onset: float = 1 / 8760
    """Blocks an hour: one a year."""
    end: float = 1 / 720
    """Ends an hour of a block: one in 30 days."""
    most_for: float = 6.0
    most_against: float = 3.0
    """How far a network's evidence adds up within a day."""
    most_for_alone: float = 12.0
    """The same of the one network that measures for weeks: nobody else could bear it out, and a
    steady block would not be told before the next day. Four hours of it reach this; a fault of its
    own that is over in two does not stand (`_FEW`)."""
    borne_out: float = 2.0
    """Evidence from which on a network counts as affected."""
    one_probe: float = 0.8
    """The share of a span's blocked verdicts from which on they are one probe's word. Others make
    false ones too: two in a hundred of each (benchmarks/worlds.py)."""
    contrast: float = 2.5
    """How many times as often as on the days around a network says blocked where it is affected. A
    line on which every fourth connect is lost has days that are worse, and no blocks."""
    over: float = 0.8
    """The mean posterior of a span that has ended; a weaker one was a passing doubt."""
    interval: float = 0.7
    """Posterior mass between the two ends of a change. Widened to the measurements around, that
    holds the true time in about nine of ten made events (benchmarks/detection.py)."""


def evidence(blocked: Floats, total: Floats, model: Model) -> Floats:
    """Log-likelihood ratio of a block from the counts of one network in one hour.

    Most cells hold one of a few pairs of small counts: what each comes to is found once.
    """
    fourths = blocked * _FOURTHS
    counts, parts = total.astype(np.int64), fourths.astype(np.int64)
    few = len(counts) and counts.max() < _SMALL
    if not few or (parts != fourths).any() or (counts != total).any():
        return _evidence(blocked, total, model)
    pairs = counts * (_SMALL * _FOURTHS) + parts
    there = np.flatnonzero(np.bincount(pairs))
    told = np.zeros(int(there[-1]) + 1)
    count, part = np.divmod(there, _SMALL * _FOURTHS)
    told[there] = _evidence(part / _FOURTHS, count.astype(np.float64), model)
    return np.asarray(told[pairs], dtype=np.float64)


def _evidence(blocked: Floats, total: Floats, model: Model) -> Floats:
    hit = _beta_binomial(blocked, total, *model.affected)
    miss = _beta_binomial(blocked, total, *model.sound)
    there = np.logaddexp(np.log(model.share) + hit, np.log1p(-model.share) + miss)
    absent = np.logaddexp(np.log(model.fault) + hit, np.log1p(-model.fault) + miss)
    return np.asarray(there - absent, dtype=np.float64)


def _beta_binomial(k: Floats, n: Floats, a: float, b: float) -> Floats:
    """Log-probability up to the binomial coefficient, which both states share."""
    return _beta(k + a, n - k + b) - _beta(np.float64(a), np.float64(b))


def _beta(a: Floats | np.float64, b: Floats | np.float64) -> Floats:
    return np.asarray(_gamma(a) + _gamma(b) - _gamma(a + b))


def _gamma(x: Floats | np.float64) -> Floats:
    """Logarithm of the gamma function by Stirling's series, shifted by 7: exact to 1e-10."""
    x = np.asarray(x, dtype=np.float64)
    low = x * (x + 1) * (x + 2) * (x + 3) * (x + 4) * (x + 5) * (x + 6)
    y = x + 7
    series = 1 / (12 * y) - 1 / (360 * y**3) + 1 / (1260 * y**5)
    return np.asarray((y - 0.5) * np.log(y) - y + 0.9189385332046727 + series - np.log(low))
