"""Law 9 on made worlds: any register or part of one, any verdicts, claims and reports; all faces
tell the same.

Each country is a world of its own: registers, measurements and reports are made, the claims are
those of the catalogue there. Worlds of one example share a ledger, which costs a fraction of one
for each.
"""

import asyncio
import json
from collections.abc import Iterator, Mapping, Sequence
from concurrent.futures import ThreadPoolExecutor
from datetime import UTC, date, datetime, timedelta
from itertools import count
from pathlib import Path
from random import Random
from typing import Any, NamedTuple

import httpx
import pytest
from hypothesis import HealthCheck, Phase, given, settings
from hypothesis import strategies as st
from tests.commands import invoked
from tests.probes import Probes
from tests.test_one_truth import _of_record
from tests.told import on_paper

from gatewatch import pipeline
from gatewatch.analysis.network.tools import JudgingSettings
from gatewatch.catalogue import facts
from gatewatch.catalogue import registers as catalogue
from gatewatch.exports.datasets import datasets
from gatewatch.ledger import reports as ledger_reports
from gatewatch.ledger.store import Store
from gatewatch.model.moment import Moment
from gatewatch.model.report import Report, What
from gatewatch.pipeline import measurements
from gatewatch.query import ledger as reading
from gatewatch.query import reconciliation
from gatewatch.query.ledger import Ledger
from gatewatch.query.moments import of_all
from gatewatch.query.targets import Targets
from gatewatch.site.app import build as site
from gatewatch.site.settings import SiteSettings

_REGISTER = """id = "{id}"
jurisdiction = "{code}"
authority = "A board"
title = "A list"
publisher = "A board"
licence = "none"
format = "declared"
time_zone = "Europe/Moscow"
cadence = "1d"
silence = "9d"
{practice}{part}
[expectations]
minimum_entries = 0
largest_drop = 1.0
[declared]
"""
_FIRST = date(2017, 5, 1)
_DAYS = (-2, 4, 18)
"""Days after the first state about which is asked: before it, between states, long after."""
_CODES = [
    "RU",
    "CN",
    "TR",
    "PK",
    "IN",
    "UZ",
    "IR",
    "VE",
    "BR",
    "US",
    "NP",
    "ID",
]
"""The countries with the most claims in the catalogue."""
_AT_ONCE = 6
_NAMES = (
    "wechat.com",
    "www.wechat.com",
    "https://line.me/x",
    "line.me",
    "facebook.com",
    "a.example",
)
"""Of services with claims about them, some of which are disputed; and one of no service."""
_SERVICES = {"wechat": "wechat.com", "line": "line.me", "facebook": "facebook.com"}
_LISTED = ("wechat.com", "line.me", "facebook.com", "http://line.me/x", "a.example", "wechat .com?")


class _World(NamedTuple):
    """What is made of one country."""

    states: list[set[str]]
    """Of its register, three days apart."""
    practice: str
    """What the register declares of subdomains."""
    covers: list[str] | None
    """It is a part of a list, and tells the absence of these; None: it is a whole list."""
    whole: set[str] | None
    """The one state of the list that it is a part of, held beside it; None: that is not held."""
    blocks: dict[str, tuple[int, int]]
    """Days on which hosts are blocked: the first, and how many."""
    reporters: int


def _made(chance: Random) -> _World:
    def some(names: Sequence[str]) -> list[str]:
        return [name for name in names if chance.random() < 0.5]

    part = chance.random() < 0.5
    return _World(
        states=[set(some(_LISTED)) for _ in range(chance.randint(1, 3))],
        practice=chance.choice(["", "covers_subdomains = true\n", "covers_subdomains = false\n"]),
        covers=some(_LISTED[:3]) if part else None,
        whole=set(some(_LISTED)) if chance.random() < 0.5 else None,
        blocks={
            host: (chance.randint(0, 8), chance.randint(1, 12))
            for host in some(["wechat.com", "www.line.me", "a.example"])
        },
        reporters=chance.choice([0, 3, 9]),
    )


_PLACES = count()


@pytest.fixture(scope="module")
def folder(tmp_path_factory: pytest.TempPathFactory) -> Path:
    return tmp_path_factory.mktemp("worlds")


@pytest.mark.parametrize(
    "seed",
    [
        1,  # an unread text that went, and nothing else, of a service's names
        11879833,  # a country that was reached while access ended in most others
    ],
)
def test_all_faces_tell_the_same(folder: Path, shared: Path, seed: int) -> None:
    """Six worlds a seed: Python, the command, the API by one and by many, reconcile, cases and
    their export."""
    _all_tell_the_same(folder, shared, seed)


@pytest.mark.whole
@settings(
    max_examples=1,
    # Shrinking would build a ledger for each attempt; a failure names its country, which is enough.
    phases=[Phase.reuse, Phase.generate],
    suppress_health_check=list(HealthCheck),
)
@given(seed=st.integers(0, 1 << 32))
def test_all_faces_tell_the_same_of_any_worlds(folder: Path, shared: Path, seed: int) -> None:
    """Worlds are drawn by a seed: hypothesis would begin with the emptiest."""
    _all_tell_the_same(folder, shared, seed)


def _all_tell_the_same(folder: Path, shared: Path, seed: int) -> None:
    place, chance = folder / str(next(_PLACES)), Random(seed)
    codes = chance.sample(_CODES, _AT_ONCE)
    location = _filled(place, {code: _made(chance) for code in codes}, shared)
    ledger = reading.open(location)
    # in a thread of its own: the browser of other tests keeps a loop in this one
    with ThreadPoolExecutor(1) as thread:
        over_http = thread.submit(asyncio.run, _over_http(location, place / "site", codes)).result()
    for turn, day in enumerate(_DAYS):
        when = str(_FIRST + timedelta(days=day))
        cases = {
            (one.service.id, str(one.jurisdiction)): one for one in ledger.cases(valid_at=when)
        }
        exported = _exported(ledger, when)
        for code in codes[turn :: len(_DAYS)]:
            answers = [
                _of_record(one.to_dict())
                for one in ledger.check(_NAMES, valid_at=when, jurisdiction=code)
            ]
            told = over_http[code]
            if code in codes[::4]:  # a command costs as much as all else
                assert _by_command(location, when, code) == answers
            assert told["many"] == answers
            assert told["one"] == answers[turn % len(_NAMES)]
            names = tuple(name for name in _NAMES if "/" not in name)
            asked = Targets(names=names, endpoints=True)
            paper = on_paper(
                ledger, reconciliation.report(ledger, code, targets=asked, valid_at=when)
            )
            for name, answer in zip(_NAMES, answers, strict=True):
                if "/" not in name:
                    assert paper.get(f"domain:{name}", "insufficient") == answer[0], (code, name)
            for service, name in _SERVICES.items():
                state = answers[_NAMES.index(name)][-1]
                one, row = cases.get((service, code)), exported.get((service, code))
                if one is None:  # no lane holds anything but a duty of its whole kind
                    assert (state in {"unknown", "obligated"}, row) == (True, None), (code, service)
                    continue
                assert row is not None
                http = over_http[when][service, code]
                assert str(one.state) == state == http["state"] == row["state"]
                assert one.network.state == http["network"] == row["network"]


def _by_command(location: str, when: str, code: str) -> list[tuple[str, ...]]:
    words = ["check", *_NAMES, "--ledger", location, "--valid-at", when, "-j", code, "-f", "json"]
    return [_of_record(one) for one in json.loads(invoked(words).stdout)]


def _exported(ledger: Ledger, when: str) -> dict[tuple[str, str], Mapping[str, Any]]:
    moment = of_all(ledger, Moment.parse(when))
    (table,) = (
        table
        for one in datasets(ledger, facts.load(), moment)
        for table in one.tables
        if table.name == "cases"
    )
    return {(row["service"], row["jurisdiction"]): row for row in table.rows()}


def _filled(place: Path, worlds: Mapping[str, _World], shared: Path) -> str:
    place.mkdir(parents=True)
    location = str(place / "ledger")
    for code, world in worlds.items():
        name = f"xx-{code.lower()}"
        names = "".join(f'"{one}", ' for one in world.covers or ())
        part = f'part = {{ what = "some of it", of = "{name}-whole", names = [{names}] }}'
        told = {"part": part if world.covers is not None else "", "practice": world.practice}
        _ingest(location, place / name, world.states, id=name, code=code, **told)
        if world.covers is not None and world.whole is not None:
            whole = {"part": "", "practice": world.practice}
            _ingest(
                location,
                place / f"{name}-whole",
                [world.whole],
                id=f"{name}-whole",
                code=code,
                **whole,
            )
    probes = Probes(shared)
    lines = [line for code, world in worlds.items() for line in _lines(probes, code, world)]
    (place / "made.jsonl").write_bytes(b"\n".join(lines))
    measurements.ingest(location, str(place / "made.jsonl"), JudgingSettings(), processes=1)
    sent = [one for code, world in worlds.items() for one in _reports(code, world.reporters)]
    ledger_reports.add(Store(location), "made", list(enumerate(sent, 1)))
    return location


def _ingest(location: str, folder: Path, states: Sequence[set[str]], **told: str) -> None:
    folder.mkdir()
    declared = folder.with_suffix(".toml")
    declared.write_text(_REGISTER.format(**told), encoding="utf-8")
    for number, state in enumerate(states):
        file = folder / f"{_FIRST + timedelta(days=3 * number)}.txt"
        file.write_text("".join(f"{name}\n" for name in sorted(state)), encoding="utf-8")
    pipeline.ingest(location, catalogue.read(declared), str(folder))


def _lines(probes: Probes, code: str, world: _World) -> Iterator[bytes]:
    start = int(datetime.combine(_FIRST, datetime.min.time(), UTC).timestamp() // 3600)
    yield probes.line("free.example", 10, start, blocked=False, code=code)
    for host, (since, length) in world.blocks.items():
        for hour in range(0, 10 * 24, 24):
            for network in (10, 20):
                blocked = since * 24 <= hour < (since + length) * 24
                yield probes.line(host, network, start + hour, blocked=blocked, code=code)


def _reports(code: str, reporters: int) -> list[Report]:
    return [
        Report(
            id=f"{code}-{one}",
            service="wechat",
            jurisdiction=code,
            network=10,
            what=What.CANNOT_OPEN,
            received_at=datetime(2017, 5, 5, 9, tzinfo=UTC),
            reporter=f"{code}-{one}",
        )
        for one in range(reporters)
    ]


async def _over_http(location: str, state: Path, codes: Sequence[str]) -> dict[str, dict[Any, Any]]:
    """What the API says of each country on its day, of all names at once and of one by itself; and
    of all cases on each day."""
    app: Any = site(SiteSettings(ledger=location, state=state, rate=0))
    transport = httpx.ASGITransport(app=app)
    found: dict[str, dict[Any, Any]] = {}
    async with httpx.AsyncClient(transport=transport, base_url="http://localhost") as client:
        for place, code in enumerate(codes):
            turn = place % len(_DAYS)
            when = str(_FIRST + timedelta(days=_DAYS[turn]))
            times = {"valid_at": when, "jurisdiction": code}
            many = await client.post("/api/v1/check", params=times, content="\n".join(_NAMES))
            asked = {**times, "selector": _NAMES[turn % len(_NAMES)]}
            one = await client.get("/api/v1/check", params=asked)
            found[code] = {
                "many": [_of_record(json.loads(line)) for line in many.text.splitlines()],
                "one": _of_record(one.json()),
            }
        for day in _DAYS:
            when = str(_FIRST + timedelta(days=day))
            told = await client.get("/api/v1/cases", params={"valid_at": when, "limit": "1000"})
            found[when] = {
                (one["service"], one["jurisdiction"]): one for one in told.json()["results"]
            }
    return found
