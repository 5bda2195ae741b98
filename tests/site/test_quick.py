"""What is answered before the framework is what the framework answers, head and body."""

import asyncio
import time
import weakref
from collections.abc import Mapping
from datetime import UTC, datetime
from pathlib import Path
from typing import Any
from urllib.parse import quote

import httpx
import pytest
from tests.site.served import Served

from gatewatch.errors import StoppedError
from gatewatch.model.moment import Moment
from gatewatch.query.resident import Resident
from gatewatch.site.api.check import from_memory
from gatewatch.site.quick import QuickCheck
from gatewatch.site.repository import Repository
from gatewatch.site.settings import SiteSettings
from gatewatch.site.times import RequestTimes

_NAMES = (
    "nobody.example",
    "zello.org",
    "www.wechat.com",
    "https://nobody.example/x?y=1",
    "192.0.2.7",
)
_TIMES = {"valid_at", "as_of"}
_OWN = {"date", "etag", "content-length", "server"}


def _both(site: Served, name: str, **more: object) -> tuple[httpx.Response, httpx.Response]:
    """Asked with one parameter, and with an empty one behind it: that question the framework
    takes."""
    path = f"/api/v1/check?selector={quote(name, safe='')}"
    return site.get(path, **more), site.get(f"{path}&", **more)


@pytest.mark.parametrize("name", _NAMES)
def test_head_and_body_are_the_same(site: Served, name: str) -> None:
    """But for the moment at which each was asked."""
    quick, framed = _both(site, name)
    assert quick.status_code == framed.status_code == 200
    first, second = quick.json(), framed.json()
    assert {n: v for n, v in first.items() if n not in _TIMES} == {
        n: v for n, v in second.items() if n not in _TIMES
    }
    assert list(first) == list(second)
    assert {n: v for n, v in quick.headers.items() if n not in _OWN} == {
        n: v for n, v in framed.headers.items() if n not in _OWN
    }


def test_what_is_wrong_is_refused_as_ever(site: Served) -> None:
    """An empty name, one that is none, one too long, and one asked twice."""
    for query in (
        "selector=",
        "selector=..",
        f"selector={'a' * 9000}",
        "selector=a&selector=b",
    ):
        quick = site.get(f"/api/v1/check?{query}")
        framed = site.get(f"/api/v1/check?{query}&")
        assert quick.status_code == framed.status_code, query
        assert quick.headers["content-type"] == framed.headers["content-type"]
        assert quick.json().get("detail") == framed.json().get("detail")


def test_a_held_reply_is_not_sent_again(site: Served) -> None:
    """304 for `*`, without a body, to both ways alike; 200 for the tag of another reply."""
    quick, framed = _both(site, "nobody.example", headers={"if-none-match": '"other"'})
    assert quick.status_code == framed.status_code == 200
    quick, framed = _both(site, "nobody.example", headers={"if-none-match": "*"})
    assert (quick.status_code, quick.content) == (framed.status_code, framed.content) == (304, b"")
    assert quick.headers["cache-control"] == framed.headers["cache-control"]
    head = httpx.head(f"{site.url}/api/v1/check", params={"selector": "nobody.example"})
    assert (head.status_code, head.content) == (200, b"")


_TAKEN = {
    "selector=nobody.example": True,
    "selector=192.0.2.7": True,
    "selector=https%3A%2F%2Fnobody.example%2Fx": True,
    "selector=wechat.com": True,  # with its service, and all that its case says
    "selector=10.0.0.0%2F8": False,
    "selector=nobody.example&jurisdiction=RU": False,
    "selector=nobody.example&valid_at=2017-05-08": False,
    "selector=nobody.example&selector=other.example": False,
    "selector=": False,
    "selector=..": False,
    "selector=%ff": False,
    "selector=nobody.example&": False,
    "selector=nobody.example;": False,
    "": False,
}


def test_what_memory_does_not_tell_whole_goes_on(filled: str, tmp_path: Path) -> None:
    """And so does what has any other parameter, another path or another method."""
    repository = Repository(SiteSettings(ledger=filled, state=tmp_path, rate=0))
    assert _built(repository)
    layer = QuickCheck(_passed_on, repository)
    found = asyncio.run(_statuses(layer))
    repository.close()
    assert found == {query: 200 if taken else _PASSED for query, taken in _TAKEN.items()} | {
        "/api/v1/find": _PASSED,
        "HEAD": _PASSED,
    }


def test_an_index_that_cannot_be_made_is_not_begun_by_each_who_asks(
    filled: str, tmp_path: Path, monkeypatch: pytest.MonkeyPatch, caplog: pytest.LogCaptureFixture
) -> None:
    """As where a ledger is too large for memory: it is told once, and tried again much later."""
    begun: list[int] = []

    def fails(*_: object) -> None:
        begun.append(1)
        raise StoppedError("too much")

    monkeypatch.setattr("gatewatch.site.repository.Resident", fails)
    repository = Repository(SiteSettings(ledger=filled, state=tmp_path, rate=0))
    for _ in range(20):
        assert repository.standing() is None
        time.sleep(0.02)
    repository.close()
    assert len(begun) == 1
    assert caplog.text.count("checks ask the ledger") == 1


def test_an_index_lasts_as_long_as_what_it_rests_on(
    filled: str, tmp_path: Path, monkeypatch: pytest.MonkeyPatch
) -> None:
    """Data sets written anew change pages and not the index: it was made again some minutes after
    each commit. And where it is made again, the one of before is gone by then: both at once took a
    worker of the whole of ru-rkn to 428 MB."""
    exports = tmp_path / "exports"
    exports.mkdir()
    settings = SiteSettings(ledger=filled, state=tmp_path, rate=0, exports=str(exports))
    repository = Repository(settings)
    assert _built(repository)
    held, version = repository.standing(), repository.version
    (exports / "index.json").write_text("{}")
    repository._looked = float("-inf")  # a second later
    repository._until = 0.0
    assert repository.version != version
    assert held
    assert repository.standing() is held
    before, made = weakref.ref(held.resident), Resident
    del held
    left: list[object] = []

    def making(*given: Any) -> Resident:
        left.append(before())
        return made(*given)

    monkeypatch.setattr("gatewatch.site.repository.Resident", making)
    monkeypatch.setattr("gatewatch.site.repository._hour", lambda: datetime(2030, 1, 1, tzinfo=UTC))
    assert _built(repository)
    assert left == [None]
    repository.close()


def test_what_is_kept_of_answers_goes_where_a_worker_is_full(
    filled: str, tmp_path: Path, monkeypatch: pytest.MonkeyPatch
) -> None:
    """Each thing that is kept has its bound, and all at once they were more than a worker may take.
    What is asked afterwards is answered the same."""
    repository = Repository(SiteSettings(ledger=filled, state=tmp_path, rate=0))
    assert _built(repository)
    held = repository.standing()
    assert held

    times = RequestTimes(None, None, None, Moment.parse(), whole=False)

    def told() -> list[bytes]:
        answers = [held.answer(name, sideways=True) for name in _NAMES]
        return [from_memory(held, one, times) for one in answers if one]

    before = told()
    assert repository.remember("kept", lambda _: 1) == 1
    monkeypatch.setattr("gatewatch.site.repository.grown", lambda *_: True)
    monkeypatch.setattr("gatewatch.site.repository.give_back", lambda *_: True)
    with repository.ledger():
        pass
    assert repository.remember("kept", lambda _: 2) == 2
    assert not held.resident.kept
    assert told() == before
    assert held.resident.kept
    repository.close()


def test_a_session_begins_anew_after_many_queries(
    filled: str, tmp_path: Path, monkeypatch: pytest.MonkeyPatch
) -> None:
    """Some memory goes back only with the session that took it; the answers stay the same."""
    repository = Repository(SiteSettings(ledger=filled, state=tmp_path, rate=0))
    monkeypatch.setattr("gatewatch.site.repository._MOST_ASKED", 3)
    sessions, told = set(), set()
    for _ in range(12):
        with repository.ledger() as ledger:
            told.add(str(ledger.store.query("SELECT count(*), max(published_at) FROM snapshots")))
            sessions.add(ledger.store.connection())
            assert ledger.store.asked <= 5
    assert len(told) == 1
    assert len(sessions) > 1
    repository.close()


def _built(repository: Repository) -> bool:
    """Wait until memory is filled, for 30 seconds at most."""
    ends = time.monotonic() + 30
    while repository.standing() is None and time.monotonic() < ends:
        time.sleep(0.02)
    return repository.standing() is not None


_PASSED = 418


async def _passed_on(scope: Any, receive: Any, send: Any) -> None:
    await send({"type": "http.response.start", "status": _PASSED, "headers": []})
    await send({"type": "http.response.body", "body": b""})


async def _statuses(layer: Any) -> Mapping[str, int]:
    transport = httpx.ASGITransport(app=layer)
    async with httpx.AsyncClient(transport=transport, base_url="http://localhost") as client:
        told = {q: (await client.get(f"/api/v1/check?{q}")).status_code for q in _TAKEN}
        other = await client.get("/api/v1/find?selector=nobody.example")
        head = await client.head("/api/v1/check?selector=nobody.example")
    return told | {"/api/v1/find": other.status_code, "HEAD": head.status_code}
