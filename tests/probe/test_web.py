"""Web Connectivity against servers that misbehave: a bounded time, a valid measurement, a name for
what went wrong. The lab (test_lab.py) has what networks do."""

import asyncio
import random
import time
from typing import Any

import msgspec
import pytest
from tests.probe.loopback import QUICK, Client, says, serving, tools

from gatewatch.probe import failing, http
from gatewatch.probe import session as sessions
from gatewatch.probe.networks import NetworkTable
from gatewatch.probe.stream import Peer, dial
from gatewatch.probe.target import Target
from gatewatch.probe.trace import HttpExchange, Row, Trace
from gatewatch.probe.web import VERSION, WebConnectivity
from gatewatch.sources.measurements.ooni import decode

HEAD = b"HTTP/1.1 200 OK\r\nContent-Type: text/html\r\n"


def _measured(client: Client, path: str = "/") -> dict[str, Any]:
    async def main() -> WebConnectivity:
        async with serving(client) as port:
            test = WebConnectivity(f"http://127.0.0.1:{port}{path}", tools())
            await test.run()
            return test

    test = asyncio.run(main())
    session = sessions.begun("1", country="RU", asn=1, networks=NetworkTable())
    line = sessions.measured(
        session,
        test="web_connectivity",
        version=VERSION,
        named="http://127.0.0.1/",
        began="2026-01-01 00:00:00",
        seconds=1.0,
        keys=test.keys(),
        own=test.trace.own,
    )
    read = decode(line)
    assert read.readable
    assert read.problems == ()
    return dict(msgspec.json.decode(line)["test_keys"])


CASES: dict[str, tuple[Client, str | None, int | None]] = {
    "page": (says(HEAD + b"Content-Length: 2\r\n\r\nhi"), None, 200),
    "close-delimited": (says(HEAD + b"\r\nhi"), None, 200),
    "chunked": (says(HEAD + b"Transfer-Encoding: chunked\r\n\r\n2\r\nhi\r\n0\r\n\r\n"), None, 200),
    "continue": (says(b"HTTP/1.1 103 Early Hints\r\n\r\n" + HEAD + b"\r\nhi"), None, 200),
    "hangs-up": (says(b""), "eof_error", None),
    "silent": (says(b"", then="stall"), "generic_timeout_error", None),
    "no-protocol": (says(b"SSH-2.0-thing\r\n"), "unknown_failure: malformed HTTP response", None),
    "half-a-head": (says(HEAD[:20], then="stall"), "generic_timeout_error", None),
    "endless-head": (
        says(HEAD + b"A: b\r\n" * 30_000, then="stall"),
        "unknown_failure: malformed HTTP response",
        None,
    ),
    "cut-body": (says(HEAD + b"Content-Length: 9\r\n\r\nhi"), "eof_error", 200),
    "bad-chunk": (
        says(HEAD + b"Transfer-Encoding: chunked\r\n\r\nzz\r\n"),
        "unknown_failure: malformed HTTP response",
        200,
    ),
    "stalled-body": (says(HEAD + b"\r\nhi", then="stall"), None, 200),
    "large-body": (says(HEAD + b"\r\n" + b"x" * 9000, then="stall"), None, 200),
}


@pytest.mark.parametrize("name", CASES)
def test_a_server_that_misbehaves_has_a_name(name: str) -> None:
    """Each is told by its own failure, within the limits of time and size."""
    client, failure, status = CASES[name]
    began = time.monotonic()
    keys = _measured(client)
    assert time.monotonic() - began < QUICK.whole
    (row,) = keys["requests"]
    assert row["failure"] == failure
    assert row["response"]["code"] == (status or 0)
    assert len(row["response"]["body"]) <= QUICK.most_body
    assert row["response"]["body_is_truncated"] == (name in {"stalled-body", "large-body"})


def test_redirects_are_followed_with_full_records() -> None:
    """Each hop has its own steps and tags, the last comes first, and cookies are carried along."""

    async def client(reader: asyncio.StreamReader, writer: asyncio.StreamWriter) -> None:
        head = await reader.readuntil(b"\r\n\r\n")
        if head.startswith(b"GET /first "):
            more = b"Location: /second\r\nSet-Cookie: seen=yes; Path=/\r\n"
            writer.write(b"HTTP/1.1 302 Found\r\nContent-Length: 0\r\n" + more + b"\r\n")
        else:
            body = b"cookie" if b"Cookie: seen=yes" in head else b"none"
            writer.write(HEAD + f"Content-Length: {len(body)}\r\n\r\n".encode() + body)
        await writer.drain()
        writer.close()

    keys = _measured(client, "/first")
    last, first = keys["requests"]
    assert (first["response"]["code"], last["response"]["body"]) == (302, "cookie")
    assert "depth=0" in first["tags"]
    assert "depth=1" in last["tags"]
    assert len(keys["tcp_connect"]) == 2


def test_a_connection_has_its_times_and_bytes() -> None:
    """Every read and write is noted with its bytes, its connection and when it began and ended."""
    keys = _measured(CASES["page"][0])
    events = keys["network_events"]
    moved = [one for one in events if one["operation"] in {"read", "write"}]
    assert [one["operation"] for one in moved][:2] == ["write", "read"]
    assert all(one["num_bytes"] > 0 and one["t0"] <= one["t"] for one in moved[:2])
    (row,) = keys["requests"]
    assert {one["transaction_id"] for one in moved} == {row["transaction_id"]}


def _noise(seed: int) -> Client:
    made = random.Random(seed)
    start = made.choice(
        [b"", b"HTTP/1.1 ", b"HTTP/1.1 200 OK\r\n", HEAD + b"\r\n", b"\x16\x03\x03"]
    )
    return says(start + made.randbytes(made.randrange(1, 400)))


@pytest.mark.parametrize("seed", range(40))
def test_noise_is_a_failure_and_no_fault(seed: int) -> None:
    """Whatever bytes a server sends, a valid measurement comes of it, in time."""
    keys = _measured(_noise(seed))
    assert len(keys["requests"]) == 1


@pytest.mark.parametrize("seed", range(20))
def test_noise_in_a_handshake_has_a_name(seed: int) -> None:
    """No TLS, half of it or a record of the wrong kind: a handshake that failed, in time."""

    async def main() -> WebConnectivity:
        made = random.Random(seed)
        start = made.choice(
            [b"", b"\x16\x03\x03\x00\x50\x02", b"\x15\x03\x03\x00\x02", b"HTTP/1.1"]
        )
        async with serving(says(start + made.randbytes(made.randrange(0, 90)))) as port:
            test = WebConnectivity(f"https://127.0.0.1:{port}/", tools())
            await test.run()
            return test

    (row,) = asyncio.run(main()).keys()["tls_handshakes"]
    assert row["failure"] in {"ssl_failed_handshake", "eof_error", "connection_reset"} or (
        row["failure"] == "generic_timeout_error"
    )


def test_a_deadline_keeps_what_was_recorded() -> None:
    """A measurement that takes too long ends, and what it had seen is kept and said."""

    async def main() -> WebConnectivity:
        limits = msgspec.structs.replace(QUICK, whole=0.2, response=5.0)
        async with serving(says(b"", then="stall")) as port:
            test = WebConnectivity(f"http://127.0.0.1:{port}/", tools(limits=limits))
            await test.run()
            return test

    test = asyncio.run(main())
    assert test.interrupted
    assert test.keys()["x_interrupted"]
    assert len(test.keys()["tcp_connect"]) == 1


def test_without_a_control_none_is_said_to_have_failed() -> None:
    """A control that nobody asked, and one that did not come, are two things."""
    keys = _measured(CASES["page"][0])
    assert "control" not in keys
    assert "control_failure" not in keys
    assert keys["x_control_asked"] is False


@pytest.mark.parametrize(
    ("text", "whole"),
    [
        ("https://WeChat.com", ("https", "wechat.com", 443, False)),
        ("http://[2620:4f:8000::2]:8080/x", ("http", "2620:4f:8000::2", 8080, True)),
        ("http://[2620:4f:8000::2]/", ("http", "2620:4f:8000::2", 80, False)),
        ("https://почта.рф/", ("https", "xn--80a1acny.xn--p1ai", 443, False)),
        ("ftp://wechat.com/", None),
        ("https://", None),
        ("http://[broken/", None),
        ("http://host:99999/", None),
    ],
)
def test_a_target_is_taken_apart_once(text: str, whole: tuple[object, ...] | None) -> None:
    """Scheme, host and port; nothing for what no page can be fetched from."""
    found = Target.parse(text)
    assert (found and (found.scheme, found.host, found.port, found.explicit)) == whole


@pytest.mark.parametrize(
    ("text", "url"),
    [
        (
            "https://почта.рф/путь?a=ё#x",
            "https://xn--80a1acny.xn--p1ai/%D0%BF%D1%83%D1%82%D1%8C?a=%D1%91",
        ),
        ("https://ß.de/", "https://xn--zca.de/"),
        ("http://８.８.８.８/a b", "http://8.8.8.8/a%20b"),
        ("http://[2001:DB8:0::1]:8080", "http://[2001:db8::1]:8080/"),
        ("http://h\\x", "http://h/x"),
        ("https://a'b/", None),
        ("http://" + "a" * 250 + "'/", None),
        ("http://" + "a.b-" * 60 + "%/", None),
        ("http://\ud83d/", None),
        ("http://h:99999/", None),
        ("http://h:0/", None),
        ("http://1.2.3.4/ -x", "http://1.2.3.4/%20-x"),
        ("http://1.2.3.4/\x01x", "http://1.2.3.4/%01x"),
        ("http://" + "a" * 280 + "/", None),
        ("http://" + ("a" * 60 + ".") * 5 + "/", None),
        ("https://user:secret@h.example/x", "https://h.example/x"),
        ("ftp://h/", None),
    ],
)
def test_a_url_is_read_as_browsers_read_it(text: str, url: str | None) -> None:
    """Names and paths beyond ASCII are written as they go over the wire; a long name that is none
    is refused at once."""
    target = Target.parse(text)
    assert (target and target.url) == url
    assert target is None or Target.parse(target.url) == target


def test_a_redirect_and_a_cookie_beyond_ascii_are_followed() -> None:
    """What a server writes as UTF-8 or Latin-1, in a Location or a cookie, is said back to it as a
    browser would, and is no fault of its."""
    asked: list[bytes] = []

    async def client(reader: asyncio.StreamReader, writer: asyncio.StreamWriter) -> None:
        asked.append(await reader.readuntil(b"\r\n\r\n"))
        sends = b"HTTP/1.1 302 Found\r\nContent-Length: 0\r\nSet-Cookie: k=\xe9\r\nLocation: "
        more = [sends + "/й".encode() + b"\r\n\r\n", sends + b"/\xe9?\xff\r\n\r\n"]
        last = b"HTTP/1.1 200 OK\r\nContent-Length: 2\r\n\r\nhi"
        writer.write([*more, last][len(asked) - 1])
        await writer.drain()
        writer.close()

    async def main() -> Row:
        async with serving(client) as port:
            test = WebConnectivity(f"http://127.0.0.1:{port}/", tools())
            await test.run()
            return test.keys()

    keys = asyncio.run(main())
    assert [row["failure"] for row in keys["requests"]] == [None] * 3
    assert [line.split()[1] for line in asked] == [b"/", b"/%D0%B9", b"/%C3%A9?%C3%BF"]
    assert b"Cookie: k=\xe9" in asked[1]


LOCATIONS = {
    "a blank": b"/a b",
    "UTF-8": "/\u043f\u0440".encode(),
    "a control character": b"/\x01",
    "a host too long": b"http://" + b"a" * 280 + b"/",
    "a name too long": b"http://" + b"abcdefghi." * 30 + b"/",
    "half an address": b"http://[::1/",
    "a port too high": b"http://127.0.0.1:99999/",
    "no port": b"http://127.0.0.1:0/",
}


@pytest.mark.parametrize("location", LOCATIONS.values(), ids=LOCATIONS)
def test_wherever_a_server_sends_its_reader_is_a_value(location: bytes) -> None:
    """What can be asked for is; all else is a redirect that leads nowhere. Nothing is raised."""
    keys = _measured(says(b"HTTP/1.1 302 Found\r\nLocation: " + location + b"\r\n\r\n"))
    told = {row["failure"] for row in keys["requests"]}
    assert told <= {
        "http_invalid_redirect_location_host",
        failing.MANY_REDIRECTS,
        failing.EOF,
        None,
    }
    assert keys["queries"] == []


@pytest.mark.parametrize("alpn", ["", "h2"])
def test_what_we_cannot_say_is_no_fault_of_a_network(alpn: str) -> None:
    """A request that has no form is this machine's own failure, over either version of HTTP."""

    async def main() -> HttpExchange:
        async with serving(says(b"HTTP/1.1 200 OK\r\n\r\n")) as port:
            stream, _ = await dial(Trace(), Peer("127.0.0.1", port), (), seconds=1)
            assert stream is not None
            stream.alpn = alpn
            odd = [("Cookie", "\u043f\r\nX: y"), ("\u0451 ", "\x00")]
            try:
                return await http.exchange(stream, "http://h/", limits=QUICK, headers=odd)
            finally:
                stream.close()
                await asyncio.sleep(0.05)

    found = asyncio.run(main())
    assert found.failure == failing.INVALID
    assert found.failure in failing.OWN
