"""Cases: what one costs however large the catalogue, and what all of them cost."""

from collections.abc import Iterator
from datetime import date, timedelta
from pathlib import Path

from benchmarks.measure import Result, seconds
from gatewatch.cases.fold import fold
from gatewatch.catalogue.facts import Catalogue
from gatewatch.model.claim import Citation, Claim
from gatewatch.model.moment import Moment
from gatewatch.model.service import Service
from gatewatch.model.states import Action
from gatewatch.query.case import every

_A_CASE = 20
_ACTIONS = tuple(Action)
_DAY = date(2026, 3, 1)
_START = date(2010, 1, 1)


def run(shared: Path, *, tiny: bool) -> Iterator[Result]:
    """On made claims, 20 a case."""
    del shared
    yield _one(1_000, 10_000 if tiny else 1_000_000)
    yield _all(10 if tiny else 100, 100 if tiny else 10_000)


def _catalogue(claims: int) -> Catalogue:
    """Services with 20 claims each over some months, by several sources that differ by a day."""
    services = {}
    held = {}
    for n in range(max(1, claims // _A_CASE)):
        service = Service(
            id=f"s{n}", name=f"S{n}", kind="social", category="GRP", sources=("made",)
        )
        services[service.id] = service
        for place in range(_A_CASE):
            claim = _claim(service.id, n, place)
            held[claim.id] = claim
    return Catalogue(services, {}, {}, {}, {}, held)


def _claim(service: str, n: int, place: int) -> Claim:
    told = _START + timedelta(days=n % 2000 + 30 * (place // 3) + place % 3)
    return Claim(
        id=f"{service}-{place}",
        service=service,
        jurisdiction="RU",
        action=_ACTIONS[(place // 3) % len(_ACTIONS)],
        date=told.isoformat(),
        says="said",
        seen=1 + place % 3,
        source=Citation(
            publisher=f"P{place % 7}",
            url=f"https://{n}-{place}.example/",
            published=told + timedelta(days=1),
        ),
    )


def _fold_time(catalogue: Catalogue) -> float:
    """Folding the same case a hundred times; the catalogue's indexes are made before the clock."""
    service = catalogue.services["s0"]

    def fold_it() -> None:
        for _ in range(100):
            fold(catalogue, service, "RU", Moment.parse(_DAY))

    fold_it()
    return seconds(fold_it, 5) / 100


def _one(few: int, many: int) -> Result:
    small, large = _fold_time(_catalogue(few)), _fold_time(_catalogue(many))
    return Result(
        f"one case of {many:,} claims in the catalogue",
        f"{large * 1e6:,.0f} microseconds",
        f"of {few:,}: {small * 1e6:,.0f} microseconds",
        large / small,
        "the same: within 1.5 times",
        large / small <= 1.5,
    )


def _all(few: int, many: int) -> Result:
    def listing(services: int) -> float:
        catalogue = _catalogue(services * _A_CASE)
        return seconds(lambda: [one.state for one in every(catalogue, Moment.parse(_DAY))], 3)

    small, large = listing(few), listing(many)
    growth = (large / many) / (small / few)
    return Result(
        f"all states of {many:,} services",
        f"{large:.2f} s",
        f"of {few:,}: {small:.3f} s, and so {small * many / few:.2f} s if it grows linearly",
        growth,
        "no faster than linearly: within 1.15 times",
        growth <= 1.15,
    )
