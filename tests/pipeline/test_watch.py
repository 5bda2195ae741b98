"""Watching: asked whether it changed, left alone for longer when it fails, nothing lost by a
fault."""

import itertools
import json
import signal
import socket
import subprocess
import sys
import threading
import time
from collections.abc import Iterator
from datetime import UTC, datetime, timedelta
from http.server import BaseHTTPRequestHandler, ThreadingHTTPServer
from pathlib import Path
from typing import Any

import pytest
from tests.conftest import DEMO
from tests.pipeline.test_following import receiving

import gatewatch
from gatewatch.errors import UsageError
from gatewatch.model.watched import Plan, Watched
from gatewatch.pipeline import visits, watch, webhook
from gatewatch.pipeline.fetch import FetchError, Validators, fetch
from gatewatch.pipeline.watch import Watch

DECLARED = """id="xx-own"
jurisdiction="UA"
authority="A"
title="T"
publisher="P"
licence="CC0 1.0"
format="declared"
time_zone="Europe/Kyiv"
cadence="2h"
silence="9d"
default_path="list.csv"
[declared]
layout="table"
delimiter=";"
[declared.columns]
no="id"
site="selector"
"""


class Publisher:
    """A server that lists: it may lie about the length, stall, fail, or say that nothing
    changed."""

    def __init__(self) -> None:
        self.body, self.etag, self.modified = (
            b"no;site\n1;a.example\n",
            '"v1"',
            "Thu, 04 May 2017 09:00:00 GMT",
        )
        self.manner, self.target = "honest", ""
        self.asked: list[dict[str, str]] = []
        publisher = self

        class Handler(BaseHTTPRequestHandler):
            def do_GET(self) -> None:
                publisher.asked.append({k.lower(): v for k, v in self.headers.items()})
                publisher.answer(self)

            def log_message(self, *_: object) -> None:
                """Quiet."""

        self.server = ThreadingHTTPServer(("127.0.0.1", 0), Handler)
        self.url = f"http://127.0.0.1:{self.server.server_port}/list.csv"

    def answer(self, to: BaseHTTPRequestHandler) -> None:
        if self.manner == "busy":
            to.send_response(503)
            to.send_header("retry-after", "7200")
            to.send_header("content-length", "0")
            to.end_headers()
            return
        if self.manner == "leads":
            to.send_response(302)
            to.send_header("location", self.target)
            to.send_header("content-length", "0")
            to.end_headers()
            return
        if self.manner == "loop":
            to.send_response(302)
            to.send_header("location", self.url)
            to.send_header("content-length", "0")
            to.end_headers()
            return
        if self.manner == "honest" and to.headers.get("if-none-match") == self.etag:
            to.send_response(304)
            to.end_headers()
            return
        to.send_response(200)
        to.send_header("etag", self.etag)
        to.send_header("last-modified", self.modified)
        more = 1000 if self.manner == "short" else 0
        to.send_header("content-length", str(len(self.body) + more))
        to.end_headers()
        to.wfile.write(self.body)


@pytest.fixture
def publisher() -> Iterator[Publisher]:
    held = Publisher()
    thread = threading.Thread(target=held.server.serve_forever)
    thread.start()
    yield held
    held.server.shutdown()
    thread.join()
    held.server.server_close()


@pytest.fixture
def declared(tmp_path: Path) -> str:
    file = tmp_path / "xx-own.toml"
    file.write_text(DECLARED, encoding="utf-8")
    return str(file)


def test_what_did_not_change_is_not_fetched_and_what_did_comes_in(
    publisher: Publisher, declared: str, tmp_path: Path
) -> None:
    """By ETag; and where a server forgets its ETag, by the bytes."""
    location = str(tmp_path / "ledger")
    source = Watched(register=declared, source=publisher.url)
    watching = Watch(location, Plan((source,)), tmp_path / "state")
    now = datetime.now(UTC)
    assert watching.due(now) == [source]
    assert watching.pull(source).state == "changed"
    assert watching.due(datetime.now(UTC)) == []
    assert watching.due(now + timedelta(hours=3)) == [source]
    assert watching.pull(source).state == "unchanged"
    assert publisher.asked[-1]["if-none-match"] == '"v1"'
    publisher.manner = "forgetful"
    assert watching.pull(source).state == "unchanged"
    publisher.manner, publisher.etag, publisher.modified = (
        "honest",
        '"v2"',
        "Fri, 05 May 2017 09:00:00 GMT",
    )
    publisher.body = b"no;site\n2;b.example\n"
    pulled = watching.pull(source)
    assert (pulled.state, pulled.detail) == ("changed", "1 snapshots, 2 changes")
    ledger = gatewatch.open(location)
    assert next(e.at.isoformat() for e in ledger.changes("xx-own")) == "2017-05-04T09:00:00+00:00"
    assert ledger.check("b.example", valid_at="2017-05-05T12:00:00Z").state == "listed"
    assert set(visits.checked(tmp_path / "state")) == {"xx-own"}
    kept = sorted(p.name for p in (tmp_path / "state" / "fetched" / "xx-own").iterdir())
    assert kept == ["xx-own-2017-05-04T12-00-00.csv", "xx-own-2017-05-05T12-00-00.csv"]


@pytest.mark.parametrize("manner", ["busy", "short", "loop"])
def test_a_fault_is_told_kept_and_waited_out(
    manner: str, publisher: Publisher, declared: str, tmp_path: Path
) -> None:
    """For as long as the server asks, else twice as long each time; the ledger is as it was."""
    location = str(tmp_path / "ledger")
    source = Watched(register=declared, source=publisher.url, every="2h")
    watching = Watch(location, Plan((source,)), tmp_path / "state")
    assert watching.pull(source).state == "changed"
    before = gatewatch.open(location).changes("xx-own")
    publisher.manner, publisher.body = manner, b"no;site\n"
    waits = []
    for _ in range(4):
        at = datetime.now(UTC)
        pulled = watching.pull(source)
        assert pulled.state == "failed"
        waits.append((pulled.next_at - at).total_seconds())
    if manner == "busy":
        assert all(7200 <= wait < 7300 for wait in waits)
    else:
        assert [round(wait / 60 / 1.05) for wait in waits] == [1, 2, 4, 8]
    seen = watching.seen[source.key]
    assert seen.failures == 4
    assert seen.error
    assert seen.checked_at
    assert gatewatch.open(location).changes("xx-own") == before
    assert not list((tmp_path / "state" / "fetched").rglob("*.part"))
    publisher.manner, publisher.etag, publisher.body = (
        "honest",
        '"v3"',
        b"no;site\n1;a.example\n3;c.example\n",
    )
    publisher.modified = "Sat, 06 May 2017 09:00:00 GMT"
    assert watching.pull(source).state == "changed"
    assert watching.seen[source.key].failures == 0


def test_back_off_grows_to_a_day() -> None:
    """And not beyond, however long a source fails."""
    waits = [watch.back_off(n) for n in range(40)]
    assert all(a <= b * 1.1 for a, b in itertools.pairwise(waits))
    assert timedelta(minutes=1) <= waits[0] <= timedelta(seconds=66)
    assert timedelta(days=1) <= max(waits) <= timedelta(days=1.1)


def test_what_is_too_large_or_unencrypted_after_all_is_refused(
    publisher: Publisher, tmp_path: Path, monkeypatch: pytest.MonkeyPatch
) -> None:
    """Nothing of it is left."""
    monkeypatch.setenv("GATEWATCH_MAX_SNAPSHOT", "1000")
    publisher.body = b"x" * 5000
    with pytest.raises(FetchError, match="larger than 1,000 bytes"):
        fetch(publisher.url, Validators(), tmp_path, "x")
    assert list(tmp_path.iterdir()) == []
    with pytest.raises(FetchError):
        fetch("http://127.0.0.1:9/none", Validators(), tmp_path, "x")


@pytest.mark.parametrize(
    "target",
    [
        "http://127.0.0.1:{other}/latest/meta-data",
        "http://[::ffff:127.0.0.1]:{other}/",
        "http://[64:ff9b::7f00:1]:{other}/",
        "http://169.254.169.254/latest/meta-data",
        "http://localhost:{other}/",
        "http://lists.example.org:{other}/",
    ],
)
def test_a_source_does_not_lead_into_the_network_we_stand_in(
    target: str, publisher: Publisher, tmp_path: Path, monkeypatch: pytest.MonkeyPatch
) -> None:
    """Not by a redirection, however the address is written, nor by a name that is there; the very
    host and port that the operator wrote is gone to."""
    real = socket.getaddrinfo

    def answers(host: str, *more: Any, **how: Any) -> Any:
        return real("127.0.0.1" if host == "lists.example.org" else host, *more, **how)

    monkeypatch.setattr(socket, "getaddrinfo", answers)
    with receiving() as inner:
        publisher.manner, other = "leads", inner.url.split(":")[2].split("/")[0]
        publisher.target = target.format(other=other)
        with pytest.raises(FetchError, match="not an address of the open internet"):
            fetch(publisher.url, Validators(), tmp_path, "x")
        with pytest.raises(FetchError, match="inward = true"):
            fetch(
                f"http://lists.example.org:{publisher.server.server_port}/list.csv",
                Validators(),
                tmp_path,
                "x",
            )
        assert inner.got == []
    publisher.manner = "honest"
    named = f"http://lists.example.org:{publisher.server.server_port}/list.csv"
    assert fetch(named, Validators(), tmp_path, "x", inward=True).file
    assert fetch(publisher.url, Validators(), tmp_path, "y").file
    assert publisher.asked[-2]["host"].startswith("lists.example.org:")


def test_no_source_is_looked_at_more_than_once_a_minute(
    declared: str,
) -> None:
    """Whatever cadence a declaration has, which may be a stranger's."""
    file = Path(declared)
    file.write_text(DECLARED.replace('cadence="2h"', 'cadence="0m"'), encoding="utf-8")
    assert watch.every(Watched(register=declared, source="x")) == timedelta(minutes=1)


@pytest.mark.parametrize(
    ("text", "why"),
    [
        ("", "source"),
        ("[[source]]\nregister='ru-rkn'\n", "from"),
        ("[[source]]\nregister='nobody'\nfrom='x'\n", "nobody"),
        ("[[source]]\nregister='ru-rkn'\nfrom='x'\nevery='1s'\n", "duration"),
        ("[[source]]\nregister='ru-rkn'\nfrom='x'\nonce=1\n", "once"),
        (
            "[[source]]\nregister='ru-rkn'\nfrom='x'\n[[source]]\nregister='ru-rkn'\nfrom='x'\n",
            "twice",
        ),
        ("[[sou", "source"),
    ],
)
def test_a_plan_that_is_wrong_is_refused_with_its_reason(
    text: str, why: str, tmp_path: Path
) -> None:
    file = tmp_path / "plan.toml"
    file.write_text(text, encoding="utf-8")
    with pytest.raises(UsageError, match=why):
        watch.plan(file)


def test_a_watch_runs_publishes_and_ends_when_it_is_told_to(
    publisher: Publisher, declared: str, tmp_path: Path
) -> None:
    """The command: brings in, exports, goes on where it was, and ends well on SIGTERM."""
    plan = tmp_path / "plan.toml"
    plan.write_text(
        f'[[source]]\nregister = "{declared}"\nfrom = "{publisher.url}"\n'
        f'[[source]]\nregister = "{DEMO / "ru-demo.toml"}"\nfrom = "{DEMO / "prohibited-2017"}"\nevery = "1d"\n',
        encoding="utf-8",
    )
    words = [
        sys.executable,
        "-m",
        "gatewatch",
        "watch",
        str(plan),
        "--ledger",
        str(tmp_path / "ledger"),
        "--exports",
        str(tmp_path / "data"),
    ]
    process = subprocess.Popen(words, stderr=subprocess.PIPE, text=True)
    for _ in range(300):
        if (tmp_path / "data" / "index.json").exists():
            break
        time.sleep(0.1)
    twice = subprocess.run(
        [*words, "--once"], capture_output=True, text=True, check=False, timeout=60
    )
    assert twice.returncode != 0
    assert "another watch" in twice.stderr
    process.send_signal(signal.SIGTERM)
    _, log = process.communicate(timeout=60)
    assert process.returncode == 0, log
    assert log.count("changed") == 2
    ledger = gatewatch.open(str(tmp_path / "ledger"))
    assert len(ledger.registers()) == 2
    asked = len(publisher.asked)
    again = subprocess.run(
        [*words, "--once"], capture_output=True, text=True, check=False, timeout=60
    )
    assert again.returncode == 0, again.stderr
    assert len(publisher.asked) == asked  # not yet due
    status = subprocess.run(
        [*words, "--status", "--format", "json"],
        capture_output=True,
        text=True,
        check=True,
        timeout=60,
    )
    assert '"failures": 0' in status.stdout


def test_a_change_is_told_to_a_subscriber_once(
    publisher: Publisher, declared: str, tmp_path: Path
) -> None:
    """From a list on the web to a signed message, by the commands alone."""
    plan = tmp_path / "plan.toml"
    plan.write_text(
        f'[[source]]\nregister = "{declared}"\nfrom = "{publisher.url}"\n', encoding="utf-8"
    )
    ledger = ["--ledger", str(tmp_path / "ledger")]

    def run(*words: str) -> str:
        done = subprocess.run(
            [sys.executable, "-m", "gatewatch", *words, *ledger, "--private-webhooks"],
            capture_output=True,
            text=True,
            check=False,
            timeout=60,
        )
        assert done.returncode == 0, done.stderr
        return done.stdout

    watching = ("watch", str(plan), "--once", "--now", "--public-url", "https://gatewatch.example")
    with receiving() as held:
        run(*watching)
        secret = run("follow", "add", held.url, "--register", "xx-own").strip().split("\t")[2]
        run(*watching)
        assert held.got == []  # what was there before the first look is nobody's news
        publisher.etag, publisher.modified = '"v2"', "Fri, 05 May 2017 09:00:00 GMT"
        publisher.body = b"no;site\n2;b.example\n"
        run(*watching)
        run(*watching)
        told = [json.loads(body)["data"] for _, body in held.got]
        assert sorted(one["title"] for one in told) == [
            "a[.]example: taken off the list in Ukraine",
            "b[.]example: listed in Ukraine",
        ]
        assert all(one["url"].startswith("https://gatewatch.example/") for one in told)
        assert all(webhook.verified(headers, body, secret) for headers, body in held.got)
        assert len({headers["webhook-id"] for headers, _ in held.got}) == len(held.got)
