"""Servers that want to hold a watch up, or to make it stumble: each is given up in time and told,
and the sources after it are looked at."""

import contextlib
import os
import socket
import subprocess
import sys
import threading
import time
from collections.abc import Callable, Iterator
from datetime import UTC, datetime, timedelta
from pathlib import Path
from zoneinfo import ZoneInfo

import pytest
from tests.lab import netns
from tests.needed import lacking
from tests.pipeline.test_watch import DECLARED

from gatewatch.errors import MistakeError
from gatewatch.model.watched import Plan, Watched
from gatewatch.pipeline import fetch as fetching
from gatewatch.pipeline import mail, watch
from gatewatch.pipeline.fetch import FetchError, Validators, fetch, page
from gatewatch.pipeline.watch import Watch

Speaks = Callable[[socket.socket], None]
BODY = b"no;site\n1;a.example\n"
HEAD = b"HTTP/1.1 200 OK\r\n"


@contextlib.contextmanager
def speaking(speaks: Speaks) -> Iterator[str]:
    """A server that says to everyone what it likes; its address."""
    listening = socket.create_server(("127.0.0.1", 0))
    ended = threading.Event()

    def one(connection: socket.socket) -> None:
        with connection, contextlib.suppress(OSError):
            connection.recv(65536)
            speaks(connection)

    def serve() -> None:
        while not ended.is_set():
            with contextlib.suppress(OSError):
                connection, _ = listening.accept()
                threading.Thread(target=one, args=[connection], daemon=True).start()

    thread = threading.Thread(target=serve, daemon=True)
    thread.start()
    try:
        yield f"http://127.0.0.1:{listening.getsockname()[1]}/list.csv"
    finally:
        ended.set()
        with contextlib.suppress(OSError):
            listening.shutdown(socket.SHUT_RDWR)
        listening.close()


def dripping(begin: bytes, drop: bytes = b"x", pause: float = 0.05) -> Speaks:
    """Something at once, and then a little for ever."""

    def speaks(to: socket.socket) -> None:
        to.sendall(begin)
        while True:
            to.sendall(drop)
            time.sleep(pause)

    return speaks


def saying(*lines: bytes, body: bytes = BODY) -> Speaks:
    """A good answer with some lines in its head."""

    def speaks(to: socket.socket) -> None:
        own = (b"content-length: %d" % len(body), *lines)
        to.sendall(HEAD + b"\r\n".join(own) + b"\r\n\r\n" + body)

    return speaks


ENDLESS = {
    "silent": lambda _: time.sleep(60),
    "head": dripping(b"HTTP/1.1 200 OK\r\nx-a: "),
    "status": dripping(b"HTTP/1.1 200 "),
    "early hints": dripping(b"", b"HTTP/1.1 103 Early Hints\r\n\r\n"),
    "early hints at once": dripping(b"", b"HTTP/1.1 103 Early Hints\r\n\r\n" * 100, 0.0),
    "body": dripping(HEAD + b"content-length: 1000000\r\n\r\n"),
    "chunks": dripping(HEAD + b"transfer-encoding: chunked\r\n\r\n", b"1\r\nx\r\n"),
    "size of a chunk": dripping(HEAD + b"transfer-encoding: chunked\r\n\r\n1;"),
    "trailer": dripping(HEAD + b"transfer-encoding: chunked\r\n\r\n0\r\nx-a: "),
    "without end": dripping(HEAD + b"\r\n"),
}


@pytest.mark.parametrize("manner", ENDLESS)
def test_whoever_dawdles_is_given_up(
    manner: str, tmp_path: Path, monkeypatch: pytest.MonkeyPatch
) -> None:
    """Within the time for a head or for all of it, however often something comes."""
    monkeypatch.setattr(fetching, "_HEAD", 0.6)
    monkeypatch.setattr(fetching, "_LONGEST", 1.0)
    began = time.monotonic()
    with speaking(ENDLESS[manner]) as url:
        with pytest.raises(FetchError):
            fetch(url, Validators(), tmp_path, "x")
        with pytest.raises(FetchError):
            page(url)
    assert time.monotonic() - began < 30
    assert list(tmp_path.iterdir()) == []


def test_redirections_have_one_time_together(
    tmp_path: Path, monkeypatch: pytest.MonkeyPatch
) -> None:
    """Each hop within its time, and all of them not: no chain is as long as one likes."""
    monkeypatch.setattr(fetching, "_HEAD", 1.0)
    urls: list[str] = []

    def speaks(to: socket.socket) -> None:
        time.sleep(0.4)
        to.sendall(
            b"HTTP/1.1 302 F\r\ncontent-length: 0\r\nlocation: " + urls[0].encode() + b"\r\n\r\n"
        )

    with speaking(speaks) as url:
        urls.append(url)
        with pytest.raises(FetchError, match="it took too long as a whole"):
            fetch(url, Validators(), tmp_path, "x")


ODD = [
    b"etag: \xff\xfe",
    b'etag: "\xd0\xb0"',
    b"etag: " + b"x" * 20_000,
    b'etag: "a\x80b"',
    b"last-modified: Fri, 31 Dec 9999 23:59:59 GMT",
    b"last-modified: Mon, 01 Jan 0001 00:00:00 +2359",
    b"last-modified: Mon, 99 Foo 20177 99:99:99",
    b"last-modified: \xff",
    b"content-encoding: gzip",
    b"content-encoding: br, zstd",
    b"content-type: text/csv; charset=\xff",
    b"set-cookie: a=b; domain=.",
    b"connection: keep-alive, upgrade",
]


@pytest.mark.parametrize("line", ODD, ids=range(len(ODD)))
def test_odd_heads_make_nobody_stumble(line: bytes, tmp_path: Path) -> None:
    """The list comes in, and is asked for again by what can be sent back; whatever is told of the
    future counts as now."""
    with speaking(saying(line)) as url:
        for zone in ("Europe/Kyiv", "America/Los_Angeles"):
            got = fetch(url, Validators(), tmp_path, "x", ZoneInfo(zone))
            assert got.file is not None
            assert got.file.read_bytes() == BODY
            assert not got.file.name.startswith("x-9")
            assert fetch(url, got.mark, tmp_path, "x").file is None


ANSWERS = [
    b"",
    b"\x16\x03\x01\x02\x00\x01\x00",
    b"HTTP/1.1 \xff\xff\r\n\r\n",
    b"HTTP/1.1 200 OK\r\ncontent-length: -1\r\n\r\n",
    b"HTTP/1.1 200 OK\r\ncontent-length: 99999999999999999999999\r\n\r\nx",
    b"HTTP/1.1 200 OK\r\ncontent-length: 1\r\ncontent-length: 2\r\n\r\nxx",
    b"HTTP/1.1 200 OK\r\ntransfer-encoding: chunked\r\n\r\nzz\r\n",
    b"HTTP/1.1 302 F\r\nlocation: http://[::1\r\n\r\n",
    b"HTTP/1.1 302 F\r\nlocation: http://a\x00b/\r\n\r\n",
    b"HTTP/1.1 302 F\r\nlocation: \xff\xfe\r\n\r\n",
    b"HTTP/1.1 302 F\r\nlocation: http://" + b"a" * 300 + b".example/\r\n\r\n",
    b"HTTP/1.1 302 F\r\nlocation: http://xn--\xff.example/\r\n\r\n",
    b"HTTP/1.1 302 F\r\nlocation: http://a.example:99999/\r\n\r\n",
    b"HTTP/1.1 302 F\r\nlocation: file:///etc/passwd\r\n\r\n",
    b"HTTP/1.1 302 F\r\nlocation: gopher://127.0.0.1/\r\n\r\n",
    b"HTTP/1.1 503 N\r\nretry-after: " + b"9" * 400 + b"\r\ncontent-length: 0\r\n\r\n",
    b"HTTP/1.1 503 N\r\nretry-after: Fri, 31 Dec 9999 23:59:59 -2359\r\ncontent-length: 0\r\n\r\n",
    b"HTTP/1.1 101 Switching Protocols\r\nupgrade: x\r\n\r\nabc",
]


def test_a_watch_goes_on_after_whatever_a_server_says(tmp_path: Path) -> None:
    """It is told and kept, the source is left alone for a day at most, and the next one is read."""
    declared = tmp_path / "xx-own.toml"
    declared.write_text(DECLARED, encoding="utf-8")
    with contextlib.ExitStack() as stack:
        places = [
            stack.enter_context(speaking(lambda to, said=said: to.sendall(said)))  # type: ignore[misc]
            for said in ANSWERS
        ]
        places.append(stack.enter_context(speaking(saying())))
        sources = tuple(Watched(register=str(declared), source=url) for url in places)
        watching = Watch(str(tmp_path / "ledger"), Plan(sources), tmp_path / "state")
        found = [watching.pull(one) for one in sources]
        assert [one.state for one in found] == ["failed"] * len(ANSWERS) + ["changed"]
        for one in found[:-1]:
            assert one.next_at < datetime.now(UTC) + timedelta(days=1.2)
            assert watching.seen[one.source.key].error == one.detail


def test_a_fault_of_ours_keeps_no_other_source_waiting(
    tmp_path: Path, monkeypatch: pytest.MonkeyPatch
) -> None:
    """Whatever the reading of one list runs into is told as a fault of that source."""
    declared = tmp_path / "xx-own.toml"
    declared.write_text(DECLARED, encoding="utf-8")

    def stumble(*_: object) -> None:
        raise RecursionError("too deep \ud800")

    one = Watched(register=str(declared), source=str(declared))
    watching = Watch(str(tmp_path / "ledger"), Plan((one,)), tmp_path / "state")
    monkeypatch.setattr(watch, "ingest", stumble)
    assert watching.pull(one).state == "failed"
    assert "a fault of ours: RecursionError too deep" in str(watching.seen[one.key].error)


def test_what_is_this_machines_own_is_not_public() -> None:
    """An address of ours that is as public as any: what a firewall shuts to others is open to
    us."""
    if why := netns.allowed():
        lacking(why, "a machine that lets root make network namespaces")
    name, own = f"gw-own-{os.getpid()}", ("93.184.216.34", "2606:2800:21f::1")
    netns.make(name)
    try:
        for address in own:
            family = ["-6"] if ":" in address else []
            netns.ip("-n", name, *family, "address", "add", address, "dev", "lo")
        asked = (*own, "93.184.216.35", "::ffff:93.184.216.34", "168.63.129.16")
        program = (
            "from ipaddress import ip_address; from gatewatch.pipeline.webhook import public; "
            f"print([public(ip_address(one)) for one in {asked}])"
        )
        words = netns.inside(name, [sys.executable, "-c", program])
        done = subprocess.run(words, capture_output=True, text=True, check=True)
    finally:
        netns.remove(name)
    assert done.stdout.strip() == "[False, False, True, False, False]"


@pytest.mark.parametrize(
    "address",
    ["a@127.0.0.1", "root@0x7f.1", "root@2130706433.", "a@x.localhost", "a@localhost.localdomain"],
)
def test_no_mail_goes_to_the_server_itself(address: str) -> None:
    """Numbers and own names, which a server of mail delivers on its own machine."""
    with pytest.raises(MistakeError, match="no mail address"):
        mail.check(address)
