"""Law 9 on made worlds: any register, any verdicts, claims and reports; all faces tell the same."""

import asyncio
import json
from collections.abc import Iterator
from concurrent.futures import ThreadPoolExecutor
from datetime import UTC, date, datetime, timedelta
from pathlib import Path
from typing import Any

import httpx
import pytest
from hypothesis import HealthCheck, given, settings
from hypothesis import strategies as st
from tests.commands import invoked
from tests.probes import Probes
from tests.test_one_truth import _of_record
from tests.told import on_paper

from gatewatch import pipeline
from gatewatch.analysis.network.tools import JudgingSettings
from gatewatch.catalogue import facts
from gatewatch.catalogue import registers as catalogue
from gatewatch.exports.tables import datasets
from gatewatch.model.moment import Moment
from gatewatch.pipeline import demo_data, measurements
from gatewatch.query import ledger as reading
from gatewatch.query import reconciliation
from gatewatch.query.moments import of_all
from gatewatch.query.targets import Targets
from gatewatch.site.app import build as site
from gatewatch.site.settings import SiteSettings

_REGISTER = """id = "xx-made"
jurisdiction = "RU"
authority = "A board"
title = "A list"
publisher = "A board"
licence = "none"
format = "declared"
time_zone = "Europe/Moscow"
cadence = "1d"
silence = "9d"
[expectations]
minimum_entries = 0
largest_drop = 1.0
[declared]
"""
_FIRST = date(2017, 5, 1)
_NAMES = ["wechat.com", "www.wechat.com", "https://line.me/x", "line.me", "imo.im", "a.example"]
"""Of services with claims about them, some of which are disputed; and one of no service."""
_listed = st.sets(st.sampled_from(["wechat.com", "line.me", "imo.im", "a.example", "wechat .com?"]))
_states = st.lists(_listed, min_size=1, max_size=4)
_blocks = st.dictionaries(
    st.sampled_from(["wechat.com", "www.line.me", "a.example"]),
    st.tuples(st.integers(0, 12), st.integers(1, 20)),
)


@pytest.fixture(scope="module")
def folder(tmp_path_factory: pytest.TempPathFactory) -> Path:
    return tmp_path_factory.mktemp("worlds")


@settings(max_examples=6, suppress_health_check=list(HealthCheck))
@given(states=_states, blocks=_blocks, reported=st.booleans(), day=st.integers(-2, 18))
def test_all_faces_tell_the_same(
    folder: Path,
    shared: Path,
    states: list[set[str]],
    blocks: dict[str, tuple[int, int]],
    reported: bool,
    day: int,
) -> None:
    """Python, the command, the API by one and by many, reconcile, cases and their export."""
    place = folder / str(len(list(folder.iterdir())))
    location = _filled(place, states, blocks, shared)
    if reported:
        demo_data.report(location)
    ledger, when = reading.open(location), str(_FIRST + timedelta(days=day))
    answers = [_of_record(one.to_dict()) for one in ledger.check(_NAMES, valid_at=when)]

    words = ["check", *_NAMES, "--ledger", location, "--valid-at", when, "-f", "json"]
    by_command = json.loads(invoked(words).stdout)
    assert [_of_record(one) for one in by_command] == answers

    # in a thread of its own: the browser of other tests keeps a loop in this one
    with ThreadPoolExecutor(1) as thread:
        asking = thread.submit(asyncio.run, _over_http(location, place / "site", when))
        one_by_one, at_once, cases = asking.result()
    assert [_of_record(one) for one in one_by_one] == answers
    assert [_of_record(one) for one in at_once] == answers

    told = reconciliation.report(ledger, "RU", targets=Targets(names=("imo.im",)), valid_at=when)
    paper = on_paper(ledger, told).get("domain:imo.im", "insufficient")
    assert paper == answers[_NAMES.index("imo.im")][0]

    found = {one.service.id: one for one in ledger.cases(valid_at=when, jurisdiction="RU")}
    moment = of_all(ledger, Moment.parse(when))
    (table,) = (
        table
        for one in datasets(ledger, facts.load(), moment)
        for table in one.tables
        if table.name == "cases"
    )
    exported = {(row["service"], row["jurisdiction"]): row for row in table.rows()}
    for service, name in (("wechat", "wechat.com"), ("line", "line.me"), ("imo", "imo.im")):
        answer = answers[_NAMES.index(name)]
        one, over_http, row = found[service], cases[service], exported[service, "RU"]
        assert str(one.state) == answer[-1] == over_http["state"] == row["state"]
        assert one.network.state == over_http["network"] == row["network"]


def _filled(
    place: Path, states: list[set[str]], blocks: dict[str, tuple[int, int]], shared: Path
) -> str:
    (place / "states").mkdir(parents=True)
    (place / "xx.toml").write_text(_REGISTER, encoding="utf-8")
    for number, state in enumerate(states):
        file = place / "states" / f"{_FIRST + timedelta(days=3 * number)}.txt"
        file.write_text("".join(f"{name}\n" for name in sorted(state)), encoding="utf-8")
    location = str(place / "ledger")
    pipeline.ingest(location, catalogue.read(place / "xx.toml"), str(place / "states"))
    (place / "made.jsonl").write_bytes(b"\n".join(_lines(Probes(shared), blocks)))
    measurements.ingest(location, str(place / "made.jsonl"), JudgingSettings(), processes=1)
    return location


def _lines(probes: Probes, blocks: dict[str, tuple[int, int]]) -> Iterator[bytes]:
    start = int(datetime.combine(_FIRST, datetime.min.time(), UTC).timestamp() // 3600)
    yield probes.line("free.example", 10, start, blocked=False)
    for host, (since, length) in blocks.items():
        for hour in range(0, 14 * 24, 12):
            for network in (10, 20, 30):
                blocked = since * 24 <= hour < (since + length) * 24
                yield probes.line(host, network, start + hour, blocked=blocked)


async def _over_http(location: str, state: Path, when: str) -> tuple[Any, Any, dict[str, Any]]:
    """What the API says of each name, of all at once, and of the cases."""
    app: Any = site(SiteSettings(ledger=location, state=state, rate=0))
    transport = httpx.ASGITransport(app=app)
    times = {"valid_at": when}
    async with httpx.AsyncClient(transport=transport, base_url="http://localhost") as client:
        one_by_one = [
            (await client.get("/api/v1/check", params={**times, "selector": name})).json()
            for name in _NAMES
        ]
        many = await client.post("/api/v1/check", params=times, content="\n".join(_NAMES))
        asked = {**times, "jurisdiction": "RU", "limit": "1000"}
        cases = (await client.get("/api/v1/cases", params=asked)).json()["results"]
    lines = [json.loads(line) for line in many.text.splitlines()]
    return one_by_one, lines, {one["service"]: one for one in cases}
