"""Episodes on made worlds, beside a CUSUM on the same series: right, on time, and fast."""

import tempfile
import time
import tracemalloc
from collections.abc import Callable, Iterable, Iterator
from datetime import UTC, datetime
from pathlib import Path
from typing import Any

import numpy as np

from benchmarks import worlds
from benchmarks.baseline import alarms
from benchmarks.made import Traffic, Truth, World, world
from benchmarks.measure import Result
from gatewatch.analysis.network.episodes import Cells, episodes
from gatewatch.draw import tracks
from gatewatch.draw.tracks import Track
from gatewatch.model.episode import Episode
from gatewatch.model.message import Message
from gatewatch.model.moment import Moment
from gatewatch.query import ledger as reading
from gatewatch.query.episodes import Record
from gatewatch.query.moments import of_all

_SEED = 90_000
"""Not used while the model was made."""
_SLACK = 72
_DAILY = Traffic(3, 1)
_EVENTS: tuple[tuple[Traffic, tuple[str, ...]], ...] = (
    (_DAILY, ("full", "by_network", "long")),
    (Traffic(6, 4), ("full", "partial", "throttled", "by_network", "one_day", "long", "flapping")),
    (Traffic(3, 8), ("full", "one_day", "long", "throttled")),
    (Traffic(8, 1, weekly=True), ("full", "partial", "long")),
    (Traffic(5, 2, bursts=True), ("full", "throttled", "long")),
)
Found = tuple[int, float, float, float | None]
"""Series, earliest and latest onset, end, in hours."""
Detector = Callable[[Cells], list[Found]]


def run(shared: Path, *, tiny: bool) -> Iterator[Result]:
    """Events, false episodes, poisoned probes, intervals, delays and speed."""
    del shared
    yield from _events(4 if tiny else 60)
    yield _false(4 if tiny else 150)
    yield _poisoned(4 if tiny else 60)
    yield _delay(
        "1 measurement an hour", Traffic(4, 6), 1, 24, "under 6 hours", 6, 4 if tiny else 40
    )
    yield _delay(
        "1 network, 30 measurements a day",
        Traffic(1, 30),
        1,
        24,
        "under 6 hours",
        6,
        4 if tiny else 40,
    )
    yield _delay("3 networks once a day", _DAILY, 6, 144, "under 3 days", 72, 4 if tiny else 40)
    yield _worlds(1 if tiny else 12)
    yield from _speed(20_000 if tiny else 1_000_000)
    yield _memory(20_000 if tiny else 2_000_000)


def ours(cells: Cells) -> list[Found]:
    return [
        (
            int(e.target[4:]),
            _hour(e.onset_earliest),
            _hour(e.onset_latest),
            _hour(e.resolution_latest) if e.resolution_latest else None,
        )
        for e in episodes(cells)
    ]


def theirs(cells: Cells) -> list[Found]:
    return [(series, up, up, down) for series, up, down in alarms(cells)]


def _hour(when: object) -> float:
    return when.timestamp() / 3600  # type: ignore[attr-defined,no-any-return]


def matched(truths: tuple[Truth, ...], found: list[Found]) -> tuple[int, int, int, int]:
    """True, false and missed events, and how many onsets lie within their interval."""
    used: set[int] = set()
    held = 0
    for truth in truths:
        for place, (series, first, last, end) in enumerate(found):
            over = (
                last - _SLACK <= (truth.end or np.inf) and (end or np.inf) + _SLACK >= truth.onset
            )
            if series == truth.series and place not in used and over:
                used.add(place)
                held += first <= truth.onset <= last
                break
    return len(used), len(found) - len(used), len(truths) - len(used), held


def _events(series: int) -> Iterator[Result]:
    worlds = [world(_SEED + n, series, 120, t, kinds=kinds) for n, (t, kinds) in enumerate(_EVENTS)]
    mine = np.sum([matched(w.truths, ours(w.cells)) for w in worlds], axis=0)
    base = np.sum([matched(w.truths, theirs(w.cells)) for w in worlds], axis=0)
    one, other = _f1(mine), _f1(base)
    yield Result(
        "events, F1",
        f"{one:.3f} of {mine[0] + mine[2]}",
        f"CUSUM: {other:.3f}",
        one / max(other, 1e-9),
        "at least 0.95, and better",
        one >= 0.95 and one > other,
    )
    share, before = mine[3] / max(mine[0], 1), base[3] / max(base[0], 1)
    yield Result(
        "onsets within their 90 % interval",
        f"{share:.1%}",
        f"CUSUM, which gives an hour: {before:.1%}",
        share / max(before, 0.01),
        "85 to 95 %",
        0.85 <= share <= 0.95,
    )


def _f1(counts: Any) -> float:
    return float(2 * counts[0] / max(1, 2 * counts[0] + counts[1] + counts[2]))


def _false(series: int) -> Result:
    kinds = (_DAILY, Traffic(6, 1), Traffic(4, 3), Traffic(2, 8))
    worlds = [world(_SEED + 100 + n, series, 365, t, blocks=False) for n, t in enumerate(kinds)]
    years = sum(w.years for w in worlds)
    mine = 1000 * sum(len(ours(w.cells)) for w in worlds) / years
    base = 1000 * sum(len(theirs(w.cells)) for w in worlds) / years
    return Result(
        "false episodes in 1,000 series-years",
        f"{mine:.2f} ({years:.0f} years)",
        f"CUSUM: {base:.2f}",
        mine / max(base, 0.01),
        "under 1, and fewer",
        mine < 1 and mine <= base,
    )


def _poisoned(series: int) -> Result:
    kinds = (Traffic(4, 2), _DAILY, Traffic(5, 6))
    worlds = [
        world(_SEED + 200 + n, series, 200, t, blocks=False, poisoned=True)
        for n, t in enumerate(kinds)
    ]
    mine = sum(len(ours(w.cells)) for w in worlds)
    base = sum(len(theirs(w.cells)) for w in worlds)
    return Result(
        f"episodes from one poisoned probe in {sum(w.years for w in worlds):.0f} series-years",
        f"{mine}",
        f"CUSUM: {base}",
        mine / max(base, 1),
        "none",
        mine == 0,
    )


def _delay(
    what: str, traffic: Traffic, step: int, most: int, promise: str, limit: float, series: int
) -> Result:
    made = world(_SEED + 300 + step, series, 60, traffic, kinds=("full", "long"))
    mine, base = (_median_delay(made, detect, step, most) for detect in (ours, theirs))
    return Result(
        f"median delay of an onset, {what}",
        f"{mine:.0f} h",
        f"CUSUM: {base:.0f} h" if base <= most else f"CUSUM: over {most} h",
        mine / base,
        f"{promise}, and sooner",
        mine < limit and mine <= base,
    )


def _median_delay(made: World, detect: Detector, step: int, most: int) -> float:
    """Hours from the true onset to the first run that reports it, on what had come by then."""
    c = made.cells
    onset = np.zeros(len(c.names))
    for truth in made.truths:
        onset[truth.series] = truth.onset
    first: dict[int, int] = {}
    for after in range(step, most + 1, step):
        keep = c.hour < onset[c.series] + after
        part = Cells(
            c.names, c.series[keep], c.network[keep], c.hour[keep], c.blocked[keep], c.total[keep]
        )
        for series, _, last, end in detect(part):
            if end is None and last >= onset[series] - _SLACK:
                first.setdefault(series, after)
    return float(np.median([first.get(t.series, most * 2) for t in made.truths]))


def _speed(cells: int) -> Iterator[Result]:
    half, whole = (
        world(_SEED + 400, max(2, n // 2_880), 120, Traffic(4, 6)).cells
        for n in (cells // 2, cells)
    )
    mine, less, base = _cpu(episodes, whole), _cpu(episodes, half), _cpu(alarms, whole)
    n, m = len(whole.hour), len(half.hour)
    yield Result(
        f"{n:,} hourly cells",
        f"{n / mine:,.0f} a CPU second",
        f"CUSUM: {n / base:,.0f}",
        base / mine,
        "at least as many",
        base >= mine,
    )
    growth = (mine / n) / (less / m)
    yield Result(
        "time with twice the cells",
        f"{mine:.2f} s",
        f"half: {less:.2f} s",
        growth,
        "no more than linear: within 1.15 times a cell",
        growth <= 1.15,
    )


def _memory(cells: int) -> Result:
    """Beside the cells themselves; NumPy tells tracemalloc of every array."""
    taken = []
    for number in (cells // 4, cells):
        held = world(_SEED + 500, max(2, number // 2_880), 120, Traffic(4, 6)).cells
        tracemalloc.start()
        episodes(held)
        taken.append(tracemalloc.get_traced_memory()[1] / 2**20)
        tracemalloc.stop()
    less, more = taken
    return Result(
        "peak memory beside the cells, with four times as many",
        f"{more:.0f} MB",
        f"a quarter of them: {less:.0f} MB",
        more / less,
        "at most twice: it is the work on some series, and an index",
        more <= 2 * less,
    )


def _worlds(seeds: int) -> Result:
    """Countries with their probes, and whatever deceives a count of verdicts: of each world the
    episodes, what began everywhere and the silences must be those that are true."""
    mine, base = np.zeros(4), np.zeros(4)
    quiet = made_of = 0
    for make in worlds.WORLDS:
        for seed in range(seeds):
            made = make(np.random.default_rng(_SEED + 600 + seed))
            cells = worlds.counted(made)
            truths = tuple(
                Truth(cells.names.index((t.target, t.code)), worlds.START + t.onset, _end(t))
                for t in made.truths
            )
            record = _record(made)
            mine += matched(truths, _named(record.episodes, cells))
            base += matched(truths, theirs(cells))
            told = {(s.probe_cc, s.target, s.network) for s in record.silences}
            quiet += told == {(q.code, q.target, q.network) for q in made.silences}
            made_of += 1
    one, other = _f1(mine), _f1(base)
    return Result(
        f"events in {made_of} worlds of {len(worlds.WORLDS)} kinds, F1; worlds with the right silences",
        f"{one:.3f} of {mine[0] + mine[2]:.0f}; {quiet} of {made_of}",
        f"CUSUM: {other:.3f}",
        one / max(other, 1e-9),
        "at least 0.95, and better; every silence right",
        one >= 0.95 and one > other and quiet == made_of,
    )


def _end(truth: worlds.Truth) -> float | None:
    return None if truth.end is None else worlds.START + truth.end


def _record(made: worlds.Made) -> Record:
    """What a ledger of that world tells; found before its folder goes."""
    with tempfile.TemporaryDirectory() as scratch:
        worlds.fill(f"{scratch}/ledger", made.rows)
        ledger = reading.open(f"{scratch}/ledger")
        record = Record(ledger, of_all(ledger, Moment.parse()))
        assert record.silences is not None
        assert record.episodes is not None
        return record


def _named(found: Iterable[Episode], cells: Cells) -> list[Found]:
    return [
        (
            cells.names.index((e.target, e.probe_cc)),
            _hour(e.onset_earliest),
            _hour(e.onset_latest),
            _hour(e.resolution_latest) if e.resolution_latest else None,
        )
        for e in found
    ]


def plot(file: Path) -> None:
    """Made series of several kinds: the truth, what we find, what the CUSUM finds; as SVG."""
    rows: list[Track] = []
    for number, kind in enumerate(
        ("full", "partial", "throttled", "by_network", "one_day", "flapping")
    ):
        made = world(_SEED + 700 + number, 1, 60, Traffic(6, 4), kinds=(kind,))
        truth = [(0, t.onset, t.onset, t.end) for t in made.truths]
        days = dict.fromkeys((_time(h).date() for h in made.cells.hour.tolist()), 6)
        for name, told in (
            ("the truth", truth),
            ("found", ours(made.cells)),
            ("CUSUM", theirs(made.cells)),
        ):
            title = kind.replace("_", " ") if name == "the truth" else ""
            rows.append(
                Track(
                    target=title,
                    note=Message(name, {}),
                    measured=days,
                    blocks=tuple(map(_drawn, told)),
                )
            )
    svg = tracks.picture(Message("Blocks of made series, and what is found of them", {}), rows)
    file.write_text(svg, encoding="utf-8")


def _drawn(found: Found) -> Episode:
    _, first, last, end = found
    return Episode(
        target="",
        probe_cc="",
        onset_earliest=_time(first),
        onset_latest=_time(last),
        resolution_earliest=_time(end or last),
        resolution_latest=_time(end) if end else None,
        confidence=1,
        networks=(),
        measured=0,
        first=_time(first),
        last=_time(last),
        members=0,
    )


def _time(hour: float) -> datetime:
    return datetime.fromtimestamp(hour * 3600, UTC)


def _cpu(work: Callable[[Cells], object], cells: Cells) -> float:
    best = float("inf")
    for _ in range(2):
        start = time.process_time()
        work(cells)
        best = min(best, time.process_time() - start)
    return best
