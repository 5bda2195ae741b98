"""What strangers can do to a site: eight of them ask the dearest questions, each another, while one
asks whether names are listed."""

import asyncio
import itertools
import random
import tempfile
import time
from collections import Counter
from collections.abc import Callable, Iterator
from datetime import UTC, datetime, timedelta
from pathlib import Path
from urllib.parse import quote

from msgspec import Struct, field
from tests.site.served import serve

from benchmarks.load import exchange
from benchmarks.measure import Result
from benchmarks.serving import _datasette, _hosts, _ledger, _memory, _warm
from gatewatch.analysis.registers import lookup
from gatewatch.model import selector as selectors
from gatewatch.query import ledger as reading

_STRANGERS = 8
_CEILING = 400.0
"""Megabytes of a worker."""
_QUICK = 0.2
_PAUSE = 0.02
_LONGEST = 64 << 20
"""Bytes of a reply that comes in chunks, as Datasette's do."""


class Met(Struct):
    """What the one who asks little met, and what the others did: seconds, and numbers of replies by
    status."""

    took: list[float] = field(default_factory=list)
    statuses: Counter[int] = field(default_factory=Counter)
    strangers: Counter[int] = field(default_factory=Counter)
    most: float = 0.0
    """Megabytes of the server, at most."""

    def slowest(self) -> float:
        """What ninety-nine of a hundred checks were quicker than."""
        return sorted(self.took)[int(len(self.took) * 0.99)]


def run(shared: Path, *, tiny: bool) -> Iterator[Result]:
    """On a ledger of the whole of ru-rkn, for five minutes, with no limit on how often one client
    may ask, as if each question came from another; then Datasette over the same table."""
    with tempfile.TemporaryDirectory() as scratch:
        location, _ = _ledger(shared, Path(scratch), tiny=tiny)
        seconds = 3.0 if tiny else 300.0
        hosts = _hosts(reading.open(location), 200 if tiny else 20_000)
        with serve(
            location, "--rate", "0", state=Path(scratch) / "state", own_start=True, keeps_data=True
        ) as site:
            _warm(site.port)
            checks = (f"/api/v1/check?selector={quote(one)}" for one in itertools.cycle(hosts))
            pid = site.process.pid
            ours = meet(site.port, _dearest(), checks, seconds=seconds, memory=lambda: _memory(pid))
        with _datasette(location, Path(scratch)) as port:
            keys = [k for one in hosts for k, _ in lookup.probes(selectors.parse(one))[:1]]
            looks = (
                f"/listed/listed.json?_shape=array&lookup={quote(key, safe='')}"
                for key in itertools.cycle(keys)
            )
            theirs = meet(port, _scans(), looks, seconds=seconds / 5, memory=lambda: 0.0)
        yield Result(
            "the slowest hundredth of checks while eight ask the dearest questions",
            f"{ours.slowest() * 1000:.0f} ms ({len(ours.took):,} checks beside"
            f" {sum(ours.strangers.values()):,} questions)",
            f"Datasette, a row by its key beside scans: {theirs.slowest() * 1000:.0f} ms",
            ours.slowest() / theirs.slowest(),
            "under 200 ms",
            ours.slowest() < _QUICK,
        )
        yield Result(
            "memory of a worker meanwhile",
            f"{ours.most:.0f} MB",
            f"{_CEILING:.0f} MB",
            ours.most / _CEILING,
            "under",
            ours.most < _CEILING,
        )
        wrong = [
            code
            for code in (*ours.strangers.elements(), *ours.statuses.elements())
            if code >= 500 and code != 503
        ]
        refused = ours.strangers[503] + ours.statuses[503]
        yield Result(
            "replies that are faults, but for the stated 503",
            f"{len(wrong)} (stated: {refused:,}; of checks {ours.statuses[503]})",
            f"Datasette: {theirs.strangers[500] + theirs.statuses[500]}",
            float(len(wrong)),
            "none",
            not wrong and not ours.statuses[503],
        )


def meet(
    port: int,
    dear: Iterator[str],
    cheap: Iterator[str],
    *,
    seconds: float,
    memory: Callable[[], float],
) -> Met:
    """Strangers ask what is dear as fast as they are answered, one asks what is cheap."""
    met = Met()
    end = time.perf_counter() + seconds

    async def asks(paths: Iterator[str], statuses: Counter[int], took: list[float]) -> None:
        while time.perf_counter() < end:
            reader, writer = await asyncio.open_connection("127.0.0.1", port, limit=_LONGEST)
            try:
                while time.perf_counter() < end:
                    began = time.perf_counter()
                    statuses[await exchange(reader, writer, next(paths))] += 1
                    took.append(time.perf_counter() - began)
                    if paths is cheap:
                        await asyncio.sleep(_PAUSE)
            except (ConnectionError, asyncio.IncompleteReadError):
                statuses[0] += 1
            finally:
                writer.close()

    async def weighs() -> None:
        while time.perf_counter() < end:
            met.most = max(met.most, memory())
            await asyncio.sleep(0.5)

    async def everyone() -> None:
        own: list[float] = []
        strangers = [asks(dear, met.strangers, own) for _ in range(_STRANGERS)]
        await asyncio.gather(asks(cheap, met.statuses, met.took), weighs(), *strangers)

    asyncio.run(everyone())
    return met


def _dearest() -> Iterator[str]:
    """Questions of which no two have an answer in common."""
    chance = random.Random(20170504)
    for number in itertools.count():
        at = datetime(2016, 1, 1, tzinfo=UTC) + timedelta(seconds=chance.randrange(300_000_000))
        when = quote(f"{at.isoformat()[:19]}.{number % 1_000_000:06}Z")
        yield (
            f"/api/v1/changes?as_of={when}&limit=1000",
            f"/api/v1/changes?valid_at={when}&limit=1000",
            f"/api/v1/reconcile?jurisdiction=RU&as_of={when}",
            f"/feeds/all.atom?as_of={when}",
            f"/?valid_at={when}",
            f"/cases?as_of={when}",
            f"/changes?day={at:%Y-%m-%d}&as_of={when}",
            f"/api/v1/registers/ru-rkn/entries?valid_at={when}&limit=1000",
            f"/register/ru-rkn?as_of={when}",
            f"/api/v1/listings?selector=example.com&as_of={when}",
            f"/case/wechat/RU?valid_at={when}",
            f"/picture/register/ru-rkn.png?as_of={when}",
        )[number % 12]


def _scans() -> Iterator[str]:
    """What costs Datasette most that it lets strangers ask: parts of texts over the whole table."""
    for number in itertools.count():
        yield f"/listed/listed.json?lookup__contains=a{number}&_sort=lookup&_size=1000"
