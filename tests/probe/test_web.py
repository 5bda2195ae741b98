"""Web Connectivity against servers that misbehave: a bounded time, a valid measurement, a name for
what went wrong. The lab (test_lab.py) has what networks do."""

import asyncio
import random
import time
from typing import Any

import msgspec
import pytest
from tests.probe.loopback import QUICK, Client, says, serving, tools

from gatewatch.probe import session as sessions
from gatewatch.probe.networks import NetworkTable
from gatewatch.probe.web import VERSION, Target, WebConnectivity
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
