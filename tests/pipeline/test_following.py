"""Alerts: told once, signed, sent again, never into a private network."""

import asyncio
import ipaddress
import json
import socket
import threading
import time
from collections.abc import Iterator
from contextlib import contextmanager, suppress
from datetime import UTC, datetime, timedelta
from http.server import BaseHTTPRequestHandler, ThreadingHTTPServer
from pathlib import Path
from typing import Any

import msgspec
import pytest
from aiosmtpd.controller import Controller
from hypothesis import given
from hypothesis import strategies as st

from gatewatch.errors import UsageError
from gatewatch.model.event import Event
from gatewatch.model.subscription import Wish
from gatewatch.pipeline import durable, webhook
from gatewatch.pipeline.following.deliveries import WAITS
from gatewatch.pipeline.following.followers import Followers
from gatewatch.pipeline.mail import Post
from gatewatch.pipeline.webhook import Address, public

NOW = datetime(2017, 5, 4, 12, tzinfo=UTC)


def event(name: str, **more: Any) -> Event:
    return Event(
        id=name,
        kind="state",
        at=NOW,
        title=f"t {name}",
        text="what",
        path="/case/wechat/RU",
        **more,
    )


def anywhere(_: Address) -> bool:
    return True


class Receiver:
    """A real receiver: answers as it is told, keeps what came."""

    def __init__(self, port: int) -> None:
        self.url = f"http://127.0.0.1:{port}/hook"
        self.answers: list[int] = []
        self.got: list[tuple[dict[str, str], bytes]] = []


@contextmanager
def receiving() -> Iterator[Receiver]:
    class Handler(BaseHTTPRequestHandler):
        def do_POST(self) -> None:
            body = self.rfile.read(int(self.headers["content-length"]))
            held.got.append(({k.lower(): v for k, v in self.headers.items()}, body))
            status = held.answers.pop(0) if held.answers else 200
            self.send_response(status)
            if 300 <= status < 400:
                self.send_header("location", held.url + "-elsewhere")
            self.send_header("content-length", "0")
            self.end_headers()

        def log_message(self, *_: object) -> None:
            """Quiet."""

    server = ThreadingHTTPServer(("127.0.0.1", 0), Handler)
    held = Receiver(server.server_port)
    thread = threading.Thread(target=server.serve_forever)
    thread.start()
    try:
        yield held
    finally:
        server.shutdown()
        thread.join()
        server.server_close()


INWARD = (
    "https://127.0.0.1/",
    "https://localhost/",
    "https://10.1.2.3/",
    "https://192.168.0.1/x",
    "https://172.16.9.9/",
    "https://169.254.169.254/latest/meta-data",
    "https://[::1]/",
    "https://[fe80::1]/",
    "https://[fd00::1]/",
    "https://[::ffff:127.0.0.1]/",
    "https://[::ffff:10.0.0.1]/",
    "https://[64:ff9b::7f00:1]/",
    "https://[2002:7f00:1::]/",
    "https://0.0.0.0/",
    "https://100.64.0.1/",
    "https://224.0.0.1/",
    "https://255.255.255.255/",
    "https://[ff02::1]/",
    "https://[::127.0.0.1]/",
    "https://[fec0::1]/",
    "https://2130706433/",
    "https://0x7f000001/",
    "https://127.1/",
    "https://0177.0.0.1/",
    "https://intranet/",
    "https://198.18.0.1/",
    "https://192.0.2.1/",
    "https://[2001:db8::1]/",
    "https://[3fff::1]/",
    "https://192.88.99.1/",
)
WRONG = (
    "http://hooks.example.org/",
    "ftp://hooks.example.org/",
    "https://",
    "https:///x",
    "https://user:pw@hooks.example.org/",
    "https://hooks.example.org\r\nHost: x/",
    "https://hooks.example.org/ x",
    "https://hooks.example.org:99999/",
    "file:///etc/passwd",
    "gopher://hooks.example.org/",
    "https://пример.example/",
    " https://hooks.example.org/",
)


@pytest.mark.parametrize("url", [*INWARD, *WRONG])
def test_no_webhook_goes_inward_or_out_of_form(url: str, tmp_path: Path) -> None:
    """Neither when somebody subscribes nor when something is sent."""
    with pytest.raises(UsageError):
        Followers(tmp_path).subscriptions.add(url, Wish())
    assert not webhook.send(url, "m", b"{}", webhook.fresh_secret()).arrived


@given(st.one_of(st.ip_addresses(v=4), st.ip_addresses(v=6)))
def test_what_is_sent_to_is_global_however_it_is_wrapped(address: Address) -> None:
    """No special address becomes a public one inside another."""
    if public(address):
        assert address.is_global
        assert not address.is_multicast
        assert not address.is_loopback
        assert not address.is_private
    if isinstance(address, ipaddress.IPv4Address) and not address.is_global:
        mapped = ipaddress.IPv6Address(f"::ffff:{address}")
        assert not public(mapped)


def test_a_name_that_leads_inward_is_refused_when_it_is_sent_to(
    monkeypatch: pytest.MonkeyPatch,
) -> None:
    """One private address among several is enough; the address that was looked at is the one that
    is used."""
    with receiving() as held:

        def answers(host: str, port: int, **_: object) -> list[Any]:
            assert host == "hooks.example.org"
            return [(2, 1, 6, "", ("93.184.216.34", port)), (2, 1, 6, "", ("127.0.0.1", port))]

        monkeypatch.setattr("socket.getaddrinfo", answers)
        port = held.url.split(":")[2].split("/")[0]
        sent = webhook.send(
            f"https://hooks.example.org:{port}/", "m", b"{}", webhook.fresh_secret()
        )
        assert not sent.arrived
        assert "127.0.0.1" in sent.reason
        assert held.got == []


def test_an_event_is_told_once_signed_and_only_to_those_who_want_it(tmp_path: Path) -> None:
    """What was known before is told to nobody; a second run tells nothing again."""
    with receiving() as held, receiving() as other:
        followers = Followers(tmp_path, allowed=anywhere, base="https://gatewatch.example")
        one = followers.subscriptions.add(held.url, Wish(services=("wechat",)))
        followers.subscriptions.add(other.url, Wish(jurisdictions=("CN",)))
        past = event("past", service="wechat", jurisdiction="RU")
        assert followers.news.announce([past]) == 0
        new = event("new", service="wechat", jurisdiction="RU")
        assert followers.news.announce([new, past]) == 1
        assert Followers(tmp_path, allowed=anywhere).news.announce([new, past]) == 0
        assert [d.status for d in followers.deliveries.deliver()] == [200]
        assert followers.deliveries.deliver() == []
        ((headers, body),) = held.got
        assert other.got == []
        assert webhook.verified(headers, body, one.secret)
        told = json.loads(body)
        assert told["type"] == "gatewatch.state"
        assert told["data"]["url"] == "https://gatewatch.example/case/wechat/RU"


def test_a_receiver_knows_what_is_forged_old_or_seen(tmp_path: Path) -> None:
    """The signature is over id, time and body; the id stays the same when a message is sent
    again."""
    with receiving() as held:
        followers = Followers(tmp_path, allowed=anywhere)
        made = followers.subscriptions.add(held.url, Wish())
        followers.news.announce([])
        followers.news.announce([event("a")], now=NOW)
        held.answers = [500]
        followers.deliveries.deliver(NOW)
        followers.deliveries.deliver(NOW + timedelta(seconds=WAITS[0]))
        (first, body), (second, again) = held.got
    assert first["webhook-id"] == second["webhook-id"]
    assert first["webhook-signature"] != second["webhook-signature"]
    assert body == again
    assert webhook.verified(first, body, made.secret, NOW)
    assert not webhook.verified(first, body + b" ", made.secret, NOW)
    assert not webhook.verified(first, body, webhook.fresh_secret(), NOW)
    assert not webhook.verified(first, body, made.secret, NOW + timedelta(minutes=6))
    assert not webhook.verified(
        {**first, "webhook-timestamp": second["webhook-timestamp"]}, body, made.secret, NOW
    )
    assert not webhook.verified({**first, "webhook-id": "other"}, body, made.secret, NOW)


def test_what_does_not_arrive_is_sent_again_in_order_and_given_up_at_last(tmp_path: Path) -> None:
    """A redirection is an answer that is not yes; it is not followed."""
    with receiving() as held:
        followers = Followers(tmp_path, allowed=anywhere)
        made = followers.subscriptions.add(held.url, Wish())
        followers.news.announce([])
        followers.news.announce([event("a"), event("b")], now=NOW)
        held.answers = [503, 302, 200, 200]
        assert [d.status for d in followers.deliveries.deliver(NOW)] == [503]
        assert followers.deliveries.deliver(NOW + timedelta(seconds=1)) == []
        at = NOW + timedelta(seconds=WAITS[0] + 1)
        followers.deliveries.deliver(at)
        at += timedelta(seconds=WAITS[1])
        assert [d.status for d in followers.deliveries.deliver(at)] == [200, 200]
        assert all("elsewhere" not in str(headers) for headers, _ in held.got)
        assert len({headers["webhook-id"] for headers, _ in held.got}) == 2
        followers.news.announce([event("c")], now=NOW)
        held.answers = [500] * 20
        for wait in (0, *WAITS):
            at += timedelta(seconds=wait + 1)
            followers.deliveries.deliver(at)
        (paused,) = followers.subscriptions.all()
        assert paused.paused
        assert "500" in paused.paused
        assert followers.news.announce([event("d")], now=NOW) == 1  # it waits until he goes on
        assert followers.deliveries.deliver(at) == []
        assert followers.deliveries.resume(made.id)
        held.answers = [410]
        followers.news.announce([event("e")], now=NOW)
        followers.deliveries.deliver(at)
        assert followers.subscriptions.all()[0].paused
        assert followers.deliveries.resume(made.id)
        held.answers, held.got[:] = [], []
        followers.deliveries.deliver(at)
        assert [json.loads(body)["data"]["id"] for _, body in held.got] == ["c", "d", "e"]


def test_a_receiver_that_dribbles_has_no_more_time_than_others(
    monkeypatch: pytest.MonkeyPatch,
) -> None:
    """A byte of a head now and then keeps nobody waiting: there is one deadline for the whole."""
    monkeypatch.setattr(webhook, "PATIENCE", 0.4)
    stop = threading.Event()
    with socket.create_server(("127.0.0.1", 0)) as server:

        def dribble() -> None:
            peer, _ = server.accept()
            with peer, suppress(OSError):
                peer.recv(65536)
                for byte in b"HTTP/1.1 200 OK\r\nX-Slow: " + b"a" * 1000:
                    peer.sendall(bytes([byte]))
                    if stop.wait(0.05):
                        return

        slow = threading.Thread(target=dribble)
        slow.start()
        began = time.monotonic()
        url = f"http://127.0.0.1:{server.getsockname()[1]}/"
        sent = webhook.send(url, "m", b"{}", webhook.fresh_secret(), allowed=anywhere)
        passed = time.monotonic() - began
        stop.set()
        slow.join()
    assert not sent.arrived
    assert "longer than 0.4 seconds" in sent.reason
    assert passed < 10


def test_who_was_given_up_keeps_nobody_else_waiting(
    tmp_path: Path, monkeypatch: pytest.MonkeyPatch
) -> None:
    """What lies in the queue for a subscription that is paused takes no place of others', and one
    with many messages leaves room for who has few."""
    monkeypatch.setattr("gatewatch.pipeline.following.deliveries._AT_ONCE", 6)
    monkeypatch.setattr("gatewatch.pipeline.following.deliveries._OF_ONE", 4)
    with receiving() as dead, receiving() as held:
        followers = Followers(tmp_path, allowed=anywhere)
        for _ in range(3):
            followers.subscriptions.add(dead.url, Wish(services=("many",)))
        followers.subscriptions.add(held.url, Wish(services=("few",)))
        followers.news.announce([])
        followers.news.announce([event(f"m{n}", service="many") for n in range(5)], now=NOW)
        followers.news.announce([event("f", service="few")], now=NOW)
        dead.answers = [410] * 3
        followers.deliveries.deliver(NOW)
        assert len(held.got) == 1
        followers.news.announce([event("g", service="few")], now=NOW)
        followers.deliveries.deliver(NOW)
        assert len(held.got) == 2


def test_mail_is_one_plain_message_whatever_a_title_holds(tmp_path: Path) -> None:
    """A title with line ends adds no header; an address with them is refused."""
    got: list[Any] = []

    class Kept:
        async def handle_DATA(self, _: Any, __: Any, envelope: Any) -> str:  # noqa: N802 - aiosmtpd calls it
            await asyncio.sleep(0)
            got.append(envelope)
            return "250 OK"

    with socket.socket() as probe:
        probe.bind(("127.0.0.1", 0))
        port = probe.getsockname()[1]
    server = Controller(Kept(), hostname="127.0.0.1", port=port)
    server.start()
    try:
        post = Post(f"smtp://127.0.0.1:{port}", "gatewatch@example.org")
        followers = Followers(tmp_path, post=post, base="https://gatewatch.example")
        followers.subscriptions.add("mailto:desk@example.org", Wish())
        followers.news.announce([])
        followers.news.announce([msg := event("a")])
        bad = Event(
            id="b",
            kind="state",
            at=NOW,
            title="x\r\nBcc: all@example.org\r\n\r\nbody",
            text="t",
            path="/p",
        )
        followers.news.announce([bad])
        assert [d.status for d in followers.deliveries.deliver()] == [250, 250]
    finally:
        server.stop()
    assert [e.rcpt_tos for e in got] == [["desk@example.org"]] * 2
    assert msg.text.encode() in got[0].content
    assert b"\nBcc:" not in got[1].content
    for address in (
        "a@example.org\r\nBcc: b@example.org",
        "a@b",
        "two@example.org, other@example.org",
        "A <a@example.org>",
        "a\x0b@example.org",
        "a@example.org\x00",
        "a@example..org",
        "a@example.org.",
        f"{'a' * 250}@example.org",
    ):
        with pytest.raises(UsageError):
            followers.subscriptions.add(f"mailto:{address}", Wish())


ALERTS = """
CREATE TABLE subscriptions (
    id TEXT PRIMARY KEY, owner TEXT NOT NULL, target TEXT NOT NULL, wish BLOB NOT NULL, secret TEXT NOT NULL,
    made_at INTEGER NOT NULL, paused TEXT) WITHOUT ROWID;
CREATE TABLE known (event TEXT PRIMARY KEY) WITHOUT ROWID;
CREATE TABLE queue (
    number INTEGER PRIMARY KEY AUTOINCREMENT, subscription TEXT NOT NULL, name TEXT NOT NULL, event BLOB NOT NULL,
    tries INTEGER NOT NULL DEFAULT 0, due INTEGER NOT NULL, UNIQUE (subscription, name));
CREATE TABLE log (
    at INTEGER NOT NULL, subscription TEXT NOT NULL, name TEXT NOT NULL, try INTEGER NOT NULL, status INTEGER,
    reason TEXT NOT NULL);
"""
"""The file of version 0.1.0, when subscriptions were called alerts."""


def test_subscriptions_of_before_go_on(tmp_path: Path) -> None:
    """Who follows what, their secrets, who was given up, what waits in its order and with its id,
    and the log: taken over at first use, once, and the file of before is gone."""
    with receiving() as held:
        secret = webhook.fresh_secret()
        waits = [
            {"id": name, "kind": "register", "at": NOW, "title": name, "text": "t", "path": "/"}
            for name in ("first", "second")
        ]
        with durable.writing(tmp_path / "alerts.sqlite") as old:
            for statement in ALERTS.strip().split(";\n"):
                old.execute(statement)
            old.executemany(
                "INSERT INTO subscriptions VALUES (?, ?, ?, ?, ?, ?, ?)",
                [
                    ("sub_a", "desk", held.url, b'{"kinds":["register","onset"]}', secret, 9, None),
                    (
                        "sub_b",
                        "operator",
                        held.url,
                        b'{"services":["line"]}',
                        secret,
                        8,
                        "given up",
                    ),
                ],
            )
            old.executemany(
                "INSERT INTO queue (subscription, name, event, tries, due) VALUES (?, ?, ?, ?, ?)",
                [("sub_a", f"msg_{e['id']}", msgspec.json.encode(e), 1, 0) for e in waits],
            )
            old.execute(
                "INSERT INTO log VALUES (7, 'sub_a', 'msg_first', 1, 503, 'it answered 503')"
            )
        followers = Followers(tmp_path, allowed=anywhere)
        given_up, followed = followers.subscriptions.all()
        assert (given_up.id, given_up.paused, given_up.wish.services) == (
            "sub_b",
            "given up",
            ("line",),
        )
        assert followed.wish.kinds == ("listing", "change", "delisting", "onset")
        assert (followed.owner, followed.secret, followed.language) == ("desk", secret, "en")
        assert [one.status for one in followers.delivery_log.tries()] == [503]
        assert [one.status for one in followers.deliveries.deliver(NOW)] == [200, 200]
        names = [headers["webhook-id"] for headers, _ in held.got]
        assert names == ["msg_first", "msg_second"]
        assert webhook.verified(*held.got[0], secret, NOW)
    assert not list(tmp_path.glob("alerts.sqlite*"))
    assert Followers(tmp_path, allowed=anywhere).deliveries.deliver(NOW) == []
