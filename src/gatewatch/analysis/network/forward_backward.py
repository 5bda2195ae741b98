"""A two-state hidden Markov model over many series at once, without a loop over their cells.

Forward and backward messages are prefix products of 2 x 2 matrices, and such products can be taken
in log2(n) passes over one flat array. A series begins with a matrix of rank one, which forgets all
that came before, so series lie behind each other and need no padding.
"""

import numpy as np
from numpy.typing import NDArray

Floats = NDArray[np.float64]
Ints = NDArray[np.int64]
_SCALE_EVERY = 2
"""Passes between two scalings: products of a few matrices stay far from the smallest numbers."""


def posterior(
    evidence: Floats, gaps: Floats, starts: NDArray[np.bool_], onset: float, end: float
) -> Floats:
    """The posterior of state 1 in each cell.

    `evidence` are log-likelihood ratios of state 1, `gaps` hours since the cell before, `starts`
    the first cells of series. `onset` and `end` are rates per hour of changing to state 1 and back.
    """
    moves = _moves(gaps, onset, end)
    likelihood = _likelihood(evidence)
    step = moves * likelihood[:, None, :]
    prior = np.array([end, onset]) / (onset + end)
    step[starts] = (prior * likelihood[starts])[:, None, :]
    longest = _longest(starts)
    forward = _scan(step.copy(), longest)[:, 0, :]
    forward /= forward.sum(axis=1, keepdims=True)
    after = _backward(moves, likelihood, starts, longest)
    both = forward * after
    both /= both.sum(axis=1, keepdims=True)
    return np.asarray(both[:, 1])


def _moves(gaps: Floats, onset: float, end: float) -> Floats:
    """Chances of changing over gaps, in closed form for two states."""
    total = onset + end
    mixed = 1 - np.exp(-total * gaps)
    up, down = mixed * onset / total, mixed * end / total
    return np.stack([np.stack([1 - up, up], 1), np.stack([down, 1 - down], 1)], 1)


def _likelihood(evidence: Floats) -> Floats:
    """Of states 0 and 1, the larger one 1, so that nothing overflows."""
    return np.stack([np.exp(np.minimum(-evidence, 0)), np.exp(np.minimum(evidence, 0))], 1)


def _longest(starts: NDArray[np.bool_]) -> int:
    places = np.flatnonzero(starts)
    return int(np.diff(np.append(places, len(starts))).max(initial=1))


def _scan(held: Floats, longest: int) -> Floats:
    """Products of all matrices from each series' beginning, scaled as they go. The four entries lie
    in arrays of their own: that is three times as fast as strides."""
    parts = np.ascontiguousarray(held.reshape(-1, 4).T)
    shift, passes = 1, 0
    while shift < longest:
        a, b, c, d = parts[:, :-shift]
        e, f, g, h = parts[:, shift:]
        made = np.stack([a * e + b * g, a * f + b * h, c * e + d * g, c * f + d * h])
        passes += 1
        if passes % _SCALE_EVERY == 0:
            made /= made.max(axis=0)
        parts[:, shift:] = made
        shift *= 2
    return parts.T.reshape(-1, 2, 2)


def _backward(moves: Floats, likelihood: Floats, starts: NDArray[np.bool_], longest: int) -> Floats:
    """What the cells after each one say of its state: the same scan from the other end."""
    number = len(starts)
    step = np.empty_like(moves)
    step[:-1] = (moves * likelihood[:, None, :])[1:]
    last = np.append(starts[1:], True) if number else starts
    step[last] = 1.0
    turned = np.ascontiguousarray(step[::-1].transpose(0, 2, 1))
    found = _scan(turned, longest)[::-1]
    after = found.sum(axis=1)
    return np.asarray(after / after.max(axis=1, keepdims=True), dtype=np.float64)
