"""Simulated worlds: tallies of series whose blocks are known.

A world is drawn from its seed alone. What networks do is drawn by the hour, then measurements by the
traffic of each network, then their verdicts, so the truth is there for every cell.
"""

from dataclasses import dataclass, field

import numpy as np
from numpy.typing import NDArray

from gatewatch.analysis.episodes import Cells, tidy

Random = np.random.Generator
Hours = NDArray[np.float64]
START = 420_000
"""The first hour of every world: in December 2017."""
YEAR = 8_766
BLOCKS = ("full", "partial", "networks", "throttled", "flapping", "one-day", "long")
TRAFFIC = ("hourly", "each-hourly", "daily", "weekly", "sparse", "bursts")
"""hourly: one measurement an hour in all; each-hourly: in each network; daily: each network once a day;
weekly: by day of week; sparse: about one in three days; bursts: campaigns of many rows."""


@dataclass(frozen=True)
class Plan:
    """How one series is drawn."""

    traffic: str
    networks: int
    block: str | None = None
    days: int = 365
    noise: float = 0.01
    bursts: float = 2.0
    """Hours-long faults a year in each network, in which most of what it measures looks blocked."""
    poison: str | None = None
    """`flood`: hundreds of rows from one probe in a few hours; `steady`: one a hour for weeks."""
    vanish: float = 0.0
    """Share of probes that stop measuring while blocked."""


@dataclass(frozen=True)
class Truth:
    """One event of a series: hours as fractions, `end` past the last hour if it goes on."""

    series: int
    block: str
    onset: float
    end: float
    networks: tuple[int, ...]


@dataclass
class World:
    """Cells and what is true of them. Series number n is plan n."""

    plans: list[Plan]
    truths: list[Truth] = field(default_factory=list)
    columns: list[NDArray[np.float64]] = field(default_factory=list)

    @property
    def years(self) -> float:
        return sum(plan.days for plan in self.plans) / 365.25

    def rows(self) -> NDArray[np.float64]:
        """series, network, hour, blocked, total: (rows, 5)."""
        return np.concatenate(self.columns) if self.columns else np.zeros((0, 5))

    def cells(self, until: float = np.inf) -> Cells:
        """Tallies, of what was measured before an hour."""
        rows = self.rows()
        rows = rows[rows[:, 2] < until]
        keys = [(f"{n:06}.example", "XA") for n in range(len(self.plans))]
        series, network, hour = rows[:, :3].astype(np.int64).T
        return tidy(keys, series, network, hour, rows[:, 3], rows[:, 4])


def draw(plans: list[Plan], seed: int) -> World:
    """A world; each series has a stream of random numbers of its own."""
    world = World(plans)
    for series, (plan, child) in enumerate(
        zip(plans, np.random.SeedSequence(seed).spawn(len(plans)), strict=True)
    ):
        _series(world, series, plan, np.random.default_rng(child))
    return world


def _series(world: World, series: int, plan: Plan, random: Random) -> None:
    span = plan.days * 24
    truth = _truth(series, plan, random, span)
    if truth:
        world.truths.append(truth)
    for network in range(plan.networks):
        asn = 100 + network
        hours = _traffic(plan, random, span, network)
        level = np.full(len(hours), plan.noise)
        level[_faulty(plan, random, span)[hours.astype(np.int64)]] = 0.9
        if truth and asn in truth.networks:
            inside = _inside(truth, plan, hours, random)
            level[inside] = _level(plan.block, random)
            if plan.vanish:
                kept = ~(inside & (random.random(len(hours)) < plan.vanish))
                hours, level = hours[kept], level[kept]
        blocked = _verdicts(random, level)
        _add(world, series, asn, hours, blocked)
    if plan.poison:
        hours = _poison(plan, random, span)
        _add(world, series, 100, hours, np.ones(len(hours)))


def _truth(series: int, plan: Plan, random: Random, span: int) -> Truth | None:
    if plan.block is None:
        return None
    days = {"one-day": 1.0, "long": random.uniform(120, 200)}.get(
        plan.block, float(np.exp(random.uniform(np.log(5), np.log(90))))
    )
    onset = random.uniform(0.15, 0.55) * span
    end = onset + days * 24
    number = plan.networks
    if plan.block == "networks":
        number = max(2, round(plan.networks * random.uniform(0.25, 0.6)))
    chosen = 100 + np.sort(random.permutation(plan.networks)[:number])
    end = np.inf if end >= span else START + end
    return Truth(series, plan.block, START + onset, end, tuple(chosen.tolist()))


def _inside(truth: Truth, plan: Plan, hours: Hours, random: Random) -> NDArray[np.bool_]:
    """Which measurements fell into the block; a flapping one is off for hours now and then."""
    when = START + hours
    inside = (when >= truth.onset) & (when < truth.end)
    if plan.block == "flapping":
        phase = np.random.default_rng(truth.series).uniform(0, 36)
        on = (when - truth.onset + 0 * phase) % 36 < 24
        inside &= on
    return np.asarray(inside)


def _level(block: str | None, random: Random) -> float:
    return {"partial": float(random.uniform(0.3, 0.4)), "throttled": 0.6}.get(block or "", 0.97)


def _traffic(plan: Plan, random: Random, span: int, network: int) -> Hours:
    """Times of measurements in hours from the start, sorted, as fractions."""
    days = np.arange(plan.days)
    if plan.traffic == "hourly":
        hours = np.arange(span)
        owner = np.random.default_rng(plan.days + plan.networks).integers(0, plan.networks, span)
        hours = hours[owner == network]
        return hours + random.random(len(hours))
    if plan.traffic == "each-hourly":
        return np.arange(span) + random.random(span)
    if plan.traffic == "daily":
        return np.sort(days * 24 + random.random(plan.days) * 24)
    if plan.traffic == "weekly":
        number = random.poisson(np.where(days % 7 < 5, 3.0, 0.7))
    elif plan.traffic == "sparse":
        number = random.poisson(0.35, plan.days)
    else:
        number = np.where(random.random(plan.days) < 0.06, random.poisson(40, plan.days), 0)
    return np.sort(np.repeat(days, number) * 24 + random.random(number.sum()) * 24)


def _faulty(plan: Plan, random: Random, span: int) -> NDArray[np.bool_]:
    """Hours in which the network's own resolver, or its control, is broken."""
    broken = np.zeros(span, bool)
    for start in random.integers(0, span, random.poisson(plan.bursts * span / YEAR)):
        broken[start : start + random.integers(2, 9)] = True
    return broken


def _verdicts(random: Random, level: Hours) -> Hours:
    """Weights of verdicts: most of what is blocked is seen as such, some of it only likely."""
    weight = random.choice([1.0, 0.75, 0.5], p=[0.75, 0.2, 0.05], size=len(level))
    return np.where(random.random(len(level)) < level, weight, 0.0)


def _poison(plan: Plan, random: Random, span: int) -> Hours:
    start = random.uniform(0.1, 0.7) * span
    if plan.poison == "flood":
        return np.asarray(np.sort(start + random.random(400) * 5))
    return np.asarray(start + np.arange(random.integers(5, 31) * 24) + random.random())


def _add(world: World, series: int, asn: int, hours: Hours, blocked: Hours) -> None:
    """Rows of single measurements; `tidy` adds them up."""
    when = np.floor(START + hours)
    same = np.full(len(hours), float(series)), np.full(len(hours), float(asn))
    world.columns.append(np.stack([*same, when, blocked, np.ones(len(hours))], axis=1))
