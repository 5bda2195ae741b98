"""Whole made worlds: judged measurements in a ledger, with what is true of them, and what must not
be told.

Where `made` has series of counts, here are countries with their probes, and the ways in which a
probe, a helper, a resolver, a clock or a site deceives whoever counts verdicts alone.
"""

from collections.abc import Callable, Iterable, Iterator
from datetime import UTC, datetime, timedelta
from typing import Any

import numpy as np
import pyarrow as pa
from msgspec import Struct

from gatewatch.analysis.network.episodes import Cells
from gatewatch.ledger import schema
from gatewatch.ledger.store import Store
from gatewatch.ledger.tallies import WEIGHTS

START = 460_008
"""Hours since 1970, a midnight in 2022."""
DAY = 24


class Judged(Struct, frozen=True, kw_only=True):
    """A verdict on a measurement, or on a part of one. Hours are since START."""

    about: str
    code: str
    network: int | None
    hour: float
    state: str = "ok"
    subject: str = "host"
    mechanism: str | None = None
    locus: str = "unknown"
    rule: str = "made@1"
    resolver: int | None = None
    probe: str | None = None
    collected: float | None = None
    """Where the collector's time is another than the probe's."""
    of: int | None = None
    """The place of the measurement that it is a part of; None: of one of its own, as a whole."""


class Truth(Struct, frozen=True):
    """A block: hours since START; `end` is None where it goes on."""

    target: str
    code: str
    onset: float
    end: float | None


class Quiet(Struct, frozen=True):
    """A silence: of a target, of a network, or, with neither, of a country."""

    code: str
    target: str = ""
    network: int | None = None
    ongoing: bool = False


class Made(Struct, frozen=True):
    """A world with what is true of it."""

    name: str
    rows: tuple[Judged, ...]
    truths: tuple[Truth, ...] = ()
    silences: tuple[Quiet, ...] = ()
    everywhere: tuple[str, ...] = ()
    """Targets of which something began in most countries at once."""


def fill(location: str, rows: Iterable[Judged], batch: str = "made") -> None:
    """Put judged measurements into a ledger's tables."""
    held = list(rows)
    store, now = Store(location), datetime.now(UTC)
    store.create()
    store.create(schema.MEASUREMENT_TABLES)
    parts: dict[int, int] = {}
    measurements, verdicts = [], []
    for place, one in enumerate(held):
        uid = f"{batch}-{place if one.of is None else one.of:08}"
        part = 0
        if one.of is not None:
            part = parts[one.of] = parts.get(one.of, 0) + 1
        else:
            measurements.append(_measurement(one, uid, batch, now))
        verdicts.append(
            {
                "uid": uid,
                "part": part,
                "state": one.state,
                "mechanism": one.mechanism,
                "locus": one.locus,
                "rules": [one.rule],
                "subject": one.subject,
                "about": one.about,
                "batch": batch,
                "recorded_at": now,
            }
        )
    vouch = [{"origin": batch, "batch": batch, "recorded_at": now}]
    store.append(
        batch,
        {
            "measurements": _table("measurements", measurements),
            "verdicts": _table("verdicts", verdicts),
        },
        {"inputs": _table("inputs", vouch)},
        0,
    )


def _measurement(one: Judged, uid: str, batch: str, now: datetime) -> dict[str, Any]:
    return {
        "uid": uid,
        "host": one.about if one.subject == "host" else None,
        "probe_cc": one.code,
        "probe_asn": one.network,
        "resolver_asn": one.resolver,
        "probe_id": one.probe,
        "started_at": at(one.hour),
        "collected_at": at(one.hour if one.collected is None else one.collected),
        "batch": batch,
        "recorded_at": now,
    }


def at(hour: float) -> datetime:
    """An hour of these worlds as a time."""
    return datetime(1970, 1, 1, tzinfo=UTC) + timedelta(hours=START + hour)


def _table(name: str, rows: list[dict[str, Any]]) -> pa.Table:
    wanted = pa.schema(schema.arrow_schema(name))
    columns = [pa.array([row.get(f.name) for row in rows], f.type) for f in wanted]
    return pa.Table.from_arrays(columns, schema=wanted)


def counted(made: Made) -> Cells:
    """The verdicts of a world by name, country, network and hour, with nothing else known of
    them."""
    rows = [one for one in made.rows if one.subject != "endpoint" and one.state in WEIGHTS]
    names = sorted({(one.about, one.code) for one in rows})
    place = {name: n for n, name in enumerate(names)}
    return Cells(
        tuple(names),
        np.array([place[one.about, one.code] for one in rows], dtype=np.int64),
        np.array([one.network or 0 for one in rows], dtype=np.int64),
        np.array([START + int(one.hour // 1) for one in rows], dtype=np.int64),
        np.array([WEIGHTS[one.state] for one in rows]),
        np.ones(len(rows)),
    )


Chance = np.random.Generator


def _steady(
    chance: Chance, about: str, code: str, *, networks: Iterable[int], days: int, a_day: int = 2
) -> Iterator[Judged]:
    """So many times a day by each network, at hours of its own; two verdicts in a hundred are
    false."""
    for network in networks:
        for hour in np.sort(chance.uniform(0, days * DAY, days * a_day)):
            wrong = chance.random() < 0.02
            yield Judged(
                about=about,
                code=code,
                network=network,
                hour=float(hour),
                state="likely_blocked" if wrong else "ok",
                mechanism="http.timeout" if wrong else None,
            )


def _said(rows: Iterable[Judged], first: float, last: float, **told: Any) -> Iterator[Judged]:
    """The same rows, which say something else between two hours."""
    from msgspec.structs import replace

    for one in rows:
        yield replace(one, **told) if first <= one.hour < last else one


def messenger(chance: Chance) -> Made:
    """Blocked for five days in one country, as its own test tells and nothing else: every endpoint
    of a run is dead then. Its web site was never measured."""
    onset = float(chance.uniform(20, 40)) * DAY
    rows: list[Judged] = []
    for code, hit in (("RU", True), ("KZ", False)):
        runs = list(_steady(chance, "telegram", code, networks=range(1, 7), days=60))
        if hit:
            runs = list(
                _said(runs, onset, onset + 5 * DAY, state="likely_blocked", mechanism="tcp.timeout")
            )
        for run in runs:
            place = len(rows)
            rows.append(_as(run, subject="service"))
            rows += [
                _as(run, subject="endpoint", about=f"tcp://192.0.2.{n}:443", of=place)
                for n in range(3)
            ]
    return Made(
        "a messenger by its own test",
        tuple(rows),
        (Truth("telegram", "RU", onset, onset + 5 * DAY),),
    )


def _as(one: Judged, **told: Any) -> Judged:
    from msgspec.structs import replace

    return replace(one, **told)


def helper_refused(chance: Chance) -> Made:
    """For six days the helper is refused by a site's network of caches, and every country's pages
    seem replaced. One country blocks the site by itself, since a fortnight before."""
    first, own = float(chance.uniform(25, 30)) * DAY, float(chance.uniform(10, 14)) * DAY
    rows: list[Judged] = []
    for code in ["DE", "FR", "IT", "BR", "JP", "KE", "US", "CA", "NO", "NZ", "CL", "PT", "CN"]:
        site = _steady(chance, "news.example", code, networks=range(1, 4), days=50)
        told = _said(
            site, first, first + 6 * DAY, state="likely_blocked", mechanism="http.blockpage"
        )
        if code == "CN":
            told = _said(told, own, 50 * DAY, state="blocked", mechanism="tls.reset.sni")
        rows += told
    truth = Truth("news.example", "CN", own, None)
    return Made("a helper refused everywhere", tuple(rows), (truth,), everywhere=("news.example",))


def office(chance: Chance) -> Made:
    """One probe behind a filter, every second look-up of its network failing: no second witness."""
    start = float(chance.uniform(15, 30)) * DAY
    rows = list(_steady(chance, "games.example", "FR", networks=(2, 3, 4), days=60))
    inside = _steady(chance, "games.example", "FR", networks=(7,), days=60, a_day=4)
    for n, one in enumerate(inside):
        if one.hour >= start:
            filtered = _as(one, state="blocked", mechanism="http.blockpage")
            rows.append(_as(filtered, network=None if n % 2 else 7))
    return Made("an office probe behind a filter", tuple(rows))


def down(chance: Chance) -> Made:
    """A site is down for five days and measured as ever: neither blocked nor silent."""
    first = float(chance.integers(30, 40)) * DAY
    rows = _steady(chance, "shop.example", "BR", networks=(1, 2), days=60, a_day=4)
    return Made(
        "a site down", tuple(_said(rows, first, first + 5 * DAY, state="down", mechanism=None))
    )


def blackout(chance: Chance) -> Made:
    """All networks of a country go dark and stay so; elsewhere measurements go on."""
    days, dark = 50, 48 * DAY
    rows: list[Judged] = []
    for n in range(12):
        rows += [
            one
            for one in _steady(
                chance, f"t{n}.example", "UG", networks=(1, 2, 3), days=days, a_day=1
            )
            if one.hour < dark
        ]
    rows += _steady(chance, "t0.example", "KE", networks=(5, 6), days=days)
    rows.append(Judged(about="t0.example", code="KE", network=5, hour=days * DAY - 0.5))
    return Made(
        "a national blackout that goes on", tuple(rows), silences=(Quiet("UG", ongoing=True),)
    )


def clocks(chance: Chance) -> Made:
    """Probes whose clocks are years behind: what they say is of no time, and no day is theirs."""
    rows = list(_steady(chance, "line.example", "TH", networks=(1, 2, 3), days=50))
    late = _steady(chance, "line.example", "TH", networks=(8, 9), days=50)
    rows += [
        _as(
            one,
            hour=one.hour - 7 * 365 * DAY,
            collected=one.hour,
            state="insufficient",
            rule="instrument.clock@1",
        )
        for one in late
    ]
    return Made("clocks years wrong", tuple(rows))


def trust_store(chance: Chance) -> Made:
    """The roots of one probe expire while it is carried through four networks; others go on
    there."""
    start = float(chance.uniform(20, 30)) * DAY
    rows: list[Judged] = []
    for n in range(4):
        site = f"s{n}.example"
        mine = _steady(chance, site, "ES", networks=(1, 2, 3, 4), days=60, a_day=1)
        old = _said(mine, start, 60 * DAY, state="blocked", mechanism="tls.mitm")
        rows += [_as(one, probe="old") for one in old]
        others = _steady(chance, site, "ES", networks=(1, 2, 3, 4, 5), days=60, a_day=1)
        rows += [_as(one, probe=f"p{one.network}") for one in others]
    return Made("a probe's trust store expired", tuple(rows))


def resolver(chance: Chance) -> Made:
    """A family filter forges answers for its clients in five networks: its act, not theirs."""
    start = float(chance.uniform(20, 30)) * DAY
    rows = list(_steady(chance, "chat.example", "GB", networks=range(1, 6), days=60))
    clients = _steady(chance, "chat.example", "GB", networks=range(1, 6), days=60, a_day=1)
    rows += _said(
        (_as(one, resolver=9000) for one in clients),
        start,
        60 * DAY,
        state="likely_blocked",
        mechanism="dns.injection.blockpage",
    )
    return Made("a filtering resolver elsewhere", tuple(rows))


def dark_network(chance: Chance) -> Made:
    """One of three networks stops being measured for ten days, the others go on."""
    rows: list[Judged] = []
    for n in range(8):
        sites = _steady(chance, f"n{n}.example", "PL", networks=(1, 2, 3), days=60)
        rows += [one for one in sites if one.network != 2 or not 40 * DAY <= one.hour < 50 * DAY]
    return Made("one network dark beside others", tuple(rows), silences=(Quiet("PL", network=2),))


def blocks(chance: Chance) -> Made:
    """Three countries block sites by themselves: wholly, on half of their networks, for two
    days."""
    rows: list[Judged] = []
    truths = []
    for n, (code, share, days) in enumerate((("IR", 1.0, 20), ("PK", 0.5, 20), ("VN", 1.0, 2))):
        site, onset = f"b{n}.example", float(chance.uniform(20, 35)) * DAY
        hit = range(1, 1 + round(6 * share))
        for one in _steady(chance, site, code, networks=range(1, 7), days=60, a_day=4):
            inside = one.network in hit and onset <= one.hour < onset + days * DAY
            rows.append(_as(one, state="blocked", mechanism="tls.reset.sni") if inside else one)
        truths.append(Truth(site, code, onset, onset + days * DAY))
    return Made("blocks of three countries", tuple(rows), tuple(truths))


WORLDS: tuple[Callable[[Chance], Made], ...] = (
    messenger,
    helper_refused,
    office,
    down,
    blackout,
    clocks,
    trust_store,
    resolver,
    dark_network,
    blocks,
)
