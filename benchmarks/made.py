"""Made worlds of measurements with known blocks, to hold detectors against."""

import numpy as np
from msgspec import Struct

from gatewatch.analysis.network.episodes import Cells
from gatewatch.analysis.network.forward_backward import Floats, Ints

_START = 450_000
"""Hours since 1970: in 2021."""


class Truth(Struct, frozen=True):
    """A block of one series, in hours; `end` is None where it goes on."""

    series: int
    onset: float
    end: float | None


class World(Struct, frozen=True):
    """Cells with what is true of them. `years` of series in all."""

    cells: Cells
    truths: tuple[Truth, ...]
    years: float


class Traffic(Struct, frozen=True):
    """How a series is measured: so many networks, each so many times a day."""

    networks: int
    a_day: float
    weekly: bool = False
    bursts: bool = False


def world(
    seed: int,
    series: int,
    days: int,
    traffic: Traffic,
    *,
    kinds: tuple[str, ...] = ("full",),
    noise: float = 0.02,
    poisoned: bool = False,
    faults: bool = True,
    blocks: bool = True,
) -> World:
    """Series of one traffic; each with one block of a kind at a random hour, if `blocks`.

    Kinds: full, partial (a third of measurements), by_network (half of the networks), throttled
    (half of measurements), flapping (a day on, a day off, for a week), one_day, long. `poisoned`:
    one network says blocked always. `faults`: now and then a network's own trouble lasts for hours.
    """
    rng = np.random.default_rng(seed)
    rows: list[Floats] = []
    truths: list[Truth] = []
    for number in range(series):
        hours, nets = _measured(rng, days, traffic)
        chance = np.full(len(hours), noise * rng.uniform(0, 2))
        if faults:
            _fault(rng, hours, nets, chance, traffic.networks, days)
        kind = str(rng.choice(kinds))
        if blocks:
            onset, end = _span(rng, days, kind)
            _apply(rng, kind, hours, nets, chance, onset, end, traffic.networks)
            truths.append(Truth(number, onset + _START, end + _START if end < days * 24 else None))
        if poisoned:
            chance[nets == 0] = 1.0
        blocked = rng.random(len(hours)) < chance
        rows.append(np.stack([np.full(len(hours), number), nets + 1, hours + _START, blocked]))
    joined = np.concatenate(rows, axis=1) if rows else np.zeros((4, 0))
    names = tuple((f"site{n}", "ZZ") for n in range(series))
    cells = Cells(
        names,
        joined[0].astype(np.int64),
        joined[1].astype(np.int64),
        joined[2].astype(np.int64),
        joined[3].astype(np.float64),
        np.ones(joined.shape[1]),
    )
    return World(cells, tuple(truths), series * days / 365)


def _measured(rng: np.random.Generator, days: int, traffic: Traffic) -> tuple[Ints, Ints]:
    """Hours and networks of measurements, one a row, in order."""
    rate = traffic.a_day / 24
    chance = np.full((traffic.networks, days * 24), rate)
    if traffic.weekly:
        weekend = (np.arange(days * 24) // 24) % 7 >= 5
        chance[:, weekend] *= 0.4
    if traffic.bursts:
        chance *= rng.choice([0.3, 1.0, 3.0], size=(1, days * 24), p=[0.5, 0.4, 0.1])
    if traffic.a_day <= 1:
        return _daily(rng, days, traffic)
    nets, hours = np.nonzero(rng.random(chance.shape) < chance)
    order = np.argsort(hours, kind="stable")
    return hours[order], nets[order]


def _daily(rng: np.random.Generator, days: int, traffic: Traffic) -> tuple[Ints, Ints]:
    """Each network at an hour of its own, on a share of the days."""
    at = rng.integers(0, 24, traffic.networks)
    nets, which = np.nonzero(rng.random((traffic.networks, days)) < traffic.a_day)
    hours = which * 24 + at[nets]
    order = np.argsort(hours, kind="stable")
    return hours[order], nets[order]


def _fault(
    rng: np.random.Generator, hours: Ints, nets: Ints, chance: Floats, networks: int, days: int
) -> None:
    for _ in range(rng.poisson(days / 60)):
        net, start = rng.integers(0, networks), rng.integers(0, days * 24)
        lasts = rng.integers(2, 12)
        chance[(nets == net) & (hours >= start) & (hours < start + lasts)] = 0.8


def _span(rng: np.random.Generator, days: int, kind: str) -> tuple[float, float]:
    length = {"one_day": 24, "flapping": 7 * 24, "long": days * 24}.get(
        kind, int(rng.integers(5, 25)) * 24
    )
    onset = float(rng.uniform(days * 6, days * 12))
    return onset, onset + length


def _apply(
    rng: np.random.Generator,
    kind: str,
    hours: Ints,
    nets: Ints,
    chance: Floats,
    onset: float,
    end: float,
    networks: int,
) -> None:
    at = hours + rng.random(len(hours))
    inside = (at >= onset) & (at < end)
    if kind == "by_network":
        some = rng.permutation(networks)[: max(2, networks // 2)]
        inside &= np.isin(nets, some)
    if kind == "flapping":
        inside &= ((hours - onset) // 24) % 2 == 0
    chance[inside] = {"partial": 0.34, "throttled": 0.5}.get(kind, 0.95)
